"""mlp.json: whole runs of a 20-16-8-4 perceptron, in float64 and float32 on one thread."""

import torch
import torch.nn.functional as F

from fixture import grid, numbers, tensor, write

SIZES = [20, 16, 8, 4]
BATCHES, ROWS, STEPS = 10, 16, 50

ABOUT = {
    "model": "dense(16, relu), dense(8, relu), dense(4); weights [in, out]; names as in "
    "nn.sequential: layers.0.weight, layers.0.bias, ...",
    "batches": "x [10, 16, 20] and labels [10, 16]; step t (from 0) uses batch t % 10",
    "loss": "mean cross entropy of step t before its update",
    "firstGradients": "of step 0, in float64",
    "f32": "torch on one thread; shortest decimals that read back as float32",
    "f32Deviation": "the largest distance of the float32 losses to the float64 losses, relative, "
    "and of the float32 final weights to the float64 ones, absolute",
    "sgd": "velocity = momentum * velocity + g; theta = theta - lr * velocity",
}

RUNS = [
    ("adam", "adam", {"lr": 0.01}, {}),
    ("sgd with momentum", "sgd", {"lr": 0.05, "momentum": 0.9}, {}),
    ("adam, label smoothing", "adam", {"lr": 0.01}, {"labelSmoothing": 0.1}),
]


def weights():
    """Initial weights in [in, out], about Glorot in size, exact in float32."""
    result = {}
    for i, (width, out) in enumerate(zip(SIZES, SIZES[1:])):
        scale = (2 / (width + out)) ** 0.5
        result[f"layers.{i}.weight"] = grid([width, out], scale, 31 + i, 2.0**-10)
        result[f"layers.{i}.bias"] = grid([out], 0.1, 41 + i, 2.0**-10)
    return result


def batches():
    """Inputs, and labels from a linear teacher so that there is something to learn."""
    x = grid([BATCHES, ROWS, SIZES[0]], 1.0, 51, 2.0**-5)
    teacher = grid([SIZES[0], SIZES[-1]], 1.0, 52)
    return x, (x @ teacher).argmax(-1)


def forward(parameters, x):
    """The logits."""
    for i in range(len(SIZES) - 1):
        x = x @ parameters[f"layers.{i}.weight"] + parameters[f"layers.{i}.bias"]
        x = F.relu(x) if i < len(SIZES) - 2 else x
    return x


def train(rule, options, loss_options, dtype):
    """Fifty steps: losses, gradients of the first, final weights."""
    parameters = {k: v.to(dtype).requires_grad_() for k, v in weights().items()}
    x, labels = batches()
    cls = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}[rule]
    optimizer = cls(parameters.values(), foreach=False, **options)
    losses, first = [], None
    for t in range(STEPS):
        logits = forward(parameters, x[t % BATCHES].to(dtype))
        smoothing = loss_options.get("labelSmoothing", 0.0)
        loss = F.cross_entropy(logits, labels[t % BATCHES], label_smoothing=smoothing)
        optimizer.zero_grad()
        loss.backward()
        first = first or {k: v.grad.clone() for k, v in parameters.items()}
        losses.append(loss.detach())
        optimizer.step()
    return torch.stack(losses), first, {k: v.detach() for k, v in parameters.items()}


def run(name, rule, options, loss_options):
    """One variant in both precisions."""
    losses, first, final = train(rule, options, loss_options, torch.float64)
    losses32, _, final32 = train(rule, options, loss_options, torch.float32)
    deviation = {
        "losses": ((losses32.double() - losses) / losses).abs().max().item(),
        "final": max((final32[k].double() - final[k]).abs().max().item() for k in final),
    }
    return {
        "name": name,
        "optimizer": {"rule": rule, "options": options},
        "loss": {"name": "crossEntropy", "options": loss_options},
        "f64": {"losses": numbers(losses), "final": {k: numbers(v) for k, v in final.items()}},
        "f32": {
            "losses": numbers(losses32),
            "final": {k: numbers(v) for k, v in final32.items()},
        },
        "firstGradients": {k: numbers(v) for k, v in first.items()},
        "f32Deviation": deviation,
    }


def main():
    torch.set_num_threads(1)
    x, labels = batches()
    content = {
        "sizes": SIZES,
        "initial": {k: tensor(v) for k, v in weights().items()},
        "batches": {"x": tensor(x), "labels": tensor(labels)},
        "runs": [run(*row) for row in RUNS],
    }
    return write("mlp", ABOUT, content)


if __name__ == "__main__":
    main()
