"""PyTorch's answer to bench/predict.ts: the same questions, weights by its own draw."""

import json
import sys
import time

import torch

torch.set_num_threads(1)
sizes = [784, 512, 256, 10]
modules = []
for i, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
    modules += [torch.nn.Linear(inputs, outputs)] + ([torch.nn.ReLU()] if i < 2 else [])
model = torch.nn.Sequential(*modules).eval()


def seconds(f, x, count):
    times = []
    for _ in range(count):
        start = time.perf_counter()
        f(x)
        times.append(time.perf_counter() - start)
    return times


with torch.inference_mode():
    frozen = torch.jit.freeze(torch.jit.trace(model, torch.zeros(1, sizes[0])))
    row, rows = torch.full((1, sizes[0]), 0.5), torch.full((1024, sizes[0]), 0.5)
    for f in (model, frozen):
        seconds(f, row, 300)
        seconds(f, rows, 3)
    for line in sys.stdin:
        answer = {
            "PyTorch, eager": seconds(model, row, 500),
            "PyTorch, jit": seconds(frozen, row, 500),
            "PyTorch, jit, 1,024 rows": seconds(frozen, rows, 5),
        }
        print(json.dumps(answer), flush=True)
