"""What a peer in Python has in common with the others: the workload's folder, and the questions."""

import functools
import json
import pathlib
import resource
import sys
import time

import openblas

openblas.name_kernels()  # before numpy loads it

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


def timed(f, *args):
    start = time.perf_counter()
    f(*args)
    return time.perf_counter() - start


def serve(version, losses, train, predict):
    """Answers until the input ends. `predict(rows)` makes a call that predicts the first rows."""

    def trained(epochs):
        seconds = timed(train, epochs)
        # Kilobytes on Linux.
        return {"seconds": seconds, "peakMegabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}

    # Made once: who serves keeps the model, and just-in-time compilers what they know of it.
    call_for = functools.cache(predict)

    def calls(detail):
        call = call_for(detail[0])
        return {"calls": [timed(call) for _ in range(detail[1])]}

    answers = {
        "losses": lambda steps: {"losses": losses(steps)},
        "train": trained,
        "outputs": lambda rows: {"outputs": np.asarray(call_for(rows)(), np.float64).ravel().tolist()},
        "predict": calls,
    }
    print(json.dumps({"version": version, "unit": "epoch"}), flush=True)
    for line in sys.stdin:
        ((question, detail),) = json.loads(line).items()
        print(json.dumps(answers[question](detail)), flush=True)
