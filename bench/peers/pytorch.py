"""PyTorch: the fastest loop it has for the model, batches sliced from shuffled rows."""

import os

import serve
import torch

workload = serve.read_workload()
torch.set_num_threads(int(os.environ["PEER_THREADS"]))
torch.set_flush_denormal(True)  # as slalom does: from about the tenth epoch of W1 on it would be half as fast
x = torch.from_numpy(workload["x"])
y = torch.from_numpy(workload["y"])
rows, batch = workload["rows"], workload["batchSize"]
if workload["loss"] == "crossEntropy":
    y = y.long()
    criterion = torch.nn.CrossEntropyLoss()
else:
    criterion = torch.nn.MSELoss()


def make():
    modules = []
    for i, (weight, bias) in enumerate(workload["layers"]):
        linear = torch.nn.Linear(*weight.shape)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(weight.T.copy()))
            linear.bias.copy_(torch.from_numpy(bias))
        modules.append(linear)
        if i + 1 < len(workload["layers"]):
            modules.append(torch.nn.ReLU() if workload["activation"] == "relu" else torch.nn.Tanh())
    model = torch.nn.Sequential(*modules)
    rule = workload["optimizer"]
    if rule["rule"] == "adam":
        return model, torch.optim.Adam(model.parameters(), lr=rule["lr"])
    return model, torch.optim.SGD(model.parameters(), lr=rule["lr"], momentum=rule.get("momentum", 0))


def step(model, optimizer, inputs, targets):
    optimizer.zero_grad(set_to_none=True)
    loss = criterion(model(inputs), targets)
    loss.backward()
    optimizer.step()
    return loss


def losses(steps):
    model, optimizer = make()
    starts = [first for first in range(0, rows, batch)]
    result = []
    for i in range(steps):
        first = starts[i % len(starts)]
        result.append(step(model, optimizer, x[first : first + batch], y[first : first + batch]).item())
    return result


trained, updates = make()


def train(epochs):
    for _ in range(epochs):
        order = torch.randperm(rows)
        inputs, targets = x[order], y[order]
        for first in range(0, rows, batch):
            step(trained, updates, inputs[first : first + batch], targets[first : first + batch])


def predict(count):
    model, _ = make()
    model.eval()
    part = x[:count].clone()
    if os.environ.get("PEER_JIT"):
        with torch.inference_mode():
            model = torch.jit.freeze(torch.jit.trace(model, part))

    def call():
        with torch.inference_mode():
            return model(part)

    return call


serve.serve("PyTorch " + torch.__version__, losses, train, predict)
