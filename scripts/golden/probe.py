"""probe.json: what a step of a small perceptron would do, by torch and NumPy, in float64."""

import numpy as np
import torch
import torch.nn.functional as F

from fixture import grid, numbers, tensor, write

SIZES = [6, 9, 5, 4]
ROWS, BATCH, BINS = 21, 6, 8
MOMENTS = [0, 3, 6]

ABOUT = {
    "model": "dense(9, relu), dense(5, tanh), dense(4); weights [in, out]; names as in nn.sequential",
    "data": "x [21, 6] and labels [21], in order, batches of 6: the fourth of an epoch has 3 rows",
    "moments": "after so many steps; loss, gradients and updates are those of the coming step",
    "statistics": "norm = root of the sum of squares; std divides by the number of elements; "
    "histogram = numpy.histogram with 8 bins",
    "update": "norm of the new parameters less the old ones; ratio = that over the norm of the old ones",
    "gradientNorm": "of the coming batch, all parameters together, before clipping",
    "whole": "greatest |g| and norm of the gradient of the mean loss over all rows",
    "saturatedShare": "share of tanh outputs y with 1 - y^2 < 1/20",
    "deadShare": "share of units that are 0 for every row of the batch",
}

RUNS = [
    ("adam", "adam", {"lr": 0.01}, None),
    ("sgd", "sgd", {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weightDecay": 0.01}, None),
    ("adam, clipNorm", "adam", {"lr": 0.02, "eps": 0.01}, 0.25),
]


def weights():
    """Initial weights in [in, out], exact in float32; one relu unit is dead."""
    result = {}
    for i, (width, out) in enumerate(zip(SIZES, SIZES[1:])):
        result[f"layers.{i}.weight"] = grid([width, out], 2 * (2 / (width + out)) ** 0.5, 61 + i, 2.0**-10)
        result[f"layers.{i}.bias"] = grid([out], 0.1, 71 + i, 2.0**-10)
    result["layers.0.bias"][2] = -50
    return result


def forward(p, x):
    """Logits, and what the activations give."""
    hidden = F.relu(x @ p["layers.0.weight"] + p["layers.0.bias"])
    outer = torch.tanh(hidden @ p["layers.1.weight"] + p["layers.1.bias"])
    return outer @ p["layers.2.weight"] + p["layers.2.bias"], {"layers.0": hidden, "layers.1": outer}


def basic(values):
    """Norm, moments, extremes and a histogram."""
    flat = values.detach().numpy().ravel()
    counts, edges = np.histogram(flat, BINS)
    return {
        "norm": float(np.sqrt((flat**2).sum())),
        "mean": float(flat.mean()),
        "std": float(flat.std()),
        "min": float(flat.min()),
        "max": float(flat.max()),
        "histogram": {"edges": numbers(edges), "counts": numbers(counts)},
    }


def activation(kind, y):
    """Of what one activation gives."""
    y = y.detach()
    flat = 1 - y**2 < 1 / 20 if kind == "tanh" else torch.zeros_like(y)
    return {
        "kind": kind,
        "units": y.shape[-1],
        "zeroShare": float((y == 0).double().mean()),
        "deadShare": float((y == 0).all(0).double().mean()),
        "saturatedShare": float(flat.double().mean()),
        **basic(y),
    }


def whole(p, x, labels):
    """Norms of the gradient over all rows."""
    gradients = torch.autograd.grad(F.cross_entropy(forward(p, x)[0], labels), list(p.values()))
    flat = torch.cat([g.ravel() for g in gradients])
    return {"max": float(flat.abs().max()), "2": float(flat.norm())}


def run(name, rule, options, clip):
    """What each moment sees."""
    p = {k: v.clone().requires_grad_() for k, v in weights().items()}
    words = {"weightDecay": "weight_decay"}
    cls = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}[rule]
    optimizer = cls(p.values(), foreach=False, **{words.get(k, k): v for k, v in options.items()})
    x, labels = data()
    batches = (ROWS + BATCH - 1) // BATCH
    moments = []
    for t in range(max(MOMENTS) + 1):
        rows = slice(t % batches * BATCH, t % batches * BATCH + BATCH)
        total = whole(p, x, labels)
        logits, seen = forward(p, x[rows])
        loss = F.cross_entropy(logits, labels[rows])
        optimizer.zero_grad()
        loss.backward()
        gradients = {k: v.grad.clone() for k, v in p.items()}
        before = {k: v.detach().clone() for k, v in p.items()}
        norm = float(torch.cat([g.ravel() for g in gradients.values()]).norm())
        if clip is not None:
            for v in p.values():
                v.grad *= min(1.0, clip / norm)
        optimizer.step()
        if t not in MOMENTS:
            continue
        parameters = {}
        for k, old in before.items():
            update = float((p[k].detach() - old).norm())
            ratio = update / float(old.norm())
            parameters[k] = {
                "weight": basic(old),
                "gradient": basic(gradients[k]),
                "update": {"norm": update, "ratio": ratio},
            }
        moments.append(
            {
                "step": t,
                "rows": len(labels[rows]),
                "loss": float(loss),
                "gradientNorm": norm,
                "parameters": parameters,
                "activations": {
                    "layers.0": activation("relu", seen["layers.0"]),
                    "layers.1": activation("tanh", seen["layers.1"]),
                },
                "whole": total,
            }
        )
    clipping = {} if clip is None else {"clipNorm": clip}
    return {"name": name, "rule": rule, "options": options, **clipping, "moments": moments}


def data():
    """Inputs, and labels from a linear teacher."""
    x = grid([ROWS, SIZES[0]], 1.0, 81, 2.0**-5)
    return x, (x @ grid([SIZES[0], SIZES[-1]], 1.0, 82)).argmax(-1)


def main():
    x, labels = data()
    content = {
        "weights": {k: tensor(v) for k, v in weights().items()},
        "x": tensor(x),
        "labels": numbers(labels),
        "batchSize": BATCH,
        "bins": BINS,
        "runs": [run(*row) for row in RUNS],
    }
    return write("probe", ABOUT, content)


if __name__ == "__main__":
    main()
