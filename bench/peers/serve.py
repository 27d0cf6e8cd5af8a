"""What a peer in Python has in common with the others: the workload's folder, and the questions."""

import json
import pathlib
import sys
import time

import numpy as np


def read_workload():
    folder = pathlib.Path(sys.argv[-1])
    workload = json.loads((folder / "workload.json").read_text())
    sizes, rows = workload["sizes"], workload["rows"]
    mse = workload["loss"] == "mse"
    weights = np.fromfile(folder / "weights", np.float32)
    layers, at = [], 0
    for inputs, outputs in zip(sizes, sizes[1:]):
        weight = weights[at : at + inputs * outputs].reshape(inputs, outputs)
        at += inputs * outputs
        layers.append((weight, weights[at : at + outputs]))
        at += outputs
    return {
        **workload,
        "x": np.fromfile(folder / "x", np.float32).reshape(rows, sizes[0]),
        "y": np.fromfile(folder / "y", np.float32 if mse else np.int32).reshape((rows, sizes[-1]) if mse else rows),
        "layers": layers,
    }


def serve(version, losses, train):
    """Answers until the input ends."""
    print(json.dumps({"version": version}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        if "losses" in request:
            answer = {"losses": losses(request["losses"])}
        else:
            start = time.perf_counter()
            train(request["train"])
            answer = {"seconds": time.perf_counter() - start}
        print(json.dumps(answer), flush=True)
