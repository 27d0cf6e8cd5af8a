"""What the fixture scripts share: numbers as JSON, inputs on a grid, the output file."""

import json
import math
from pathlib import Path

import numpy as np
import torch

OUT = Path(__file__).resolve().parents[2] / "test" / "golden"
GRID = 64


def grid(shape, scale, seed, step=1 / GRID):
    """Normal numbers rounded to multiples of `step`, so that float32 holds them exactly."""
    draws = np.random.RandomState(seed).standard_normal(shape) * scale
    return torch.tensor(np.round(draws / step) * step, dtype=torch.float64)


def number(value):
    """A number that reads back to the same bits; JSON has no NaN and no infinity."""
    if isinstance(value, (bool, int, np.integer)):
        return int(value)
    wide = float(value)
    if math.isnan(wide):
        return "NaN"
    if math.isinf(wide):
        return "Infinity" if wide > 0 else "-Infinity"
    return float(str(value)) if isinstance(value, np.float32) else wide


def numbers(values):
    """A flat list of numbers from a tensor, an array or a sequence."""
    if isinstance(values, torch.Tensor):
        values = values.detach().numpy()
    return [number(value) for value in np.asarray(values).ravel()]


def tensor(values):
    """A tensor as { shape, data }, row-major."""
    return {"shape": list(values.shape), "data": numbers(values)}


def plain(value):
    """True for what goes on one line: a scalar, a list of scalars, a short object."""
    if isinstance(value, dict):
        return len(json.dumps(value)) < 96 and all(plain(v) for v in value.values())
    if isinstance(value, list):
        return all(not isinstance(v, (dict, list)) for v in value)
    return True


def text(value, indent=""):
    """JSON with one line for each list of numbers and each short object."""
    if plain(value):
        return json.dumps(value, allow_nan=False)
    inner = indent + " "
    if isinstance(value, dict):
        parts = [f"{inner}{json.dumps(k)}: {text(v, inner)}" for k, v in value.items()]
        return "{\n" + ",\n".join(parts) + "\n" + indent + "}"
    return "[\n" + ",\n".join(inner + text(v, inner) for v in value) + "\n" + indent + "]"


def write(name, about, content):
    """Writes test/golden/<name>.json with a header that says who wrote it."""
    header = {
        "writtenBy": f"scripts/golden/{name}.py",
        "torch": torch.__version__,
        "numpy": np.__version__,
        **about,
    }
    OUT.mkdir(parents=True, exist_ok=True)
    path = OUT / f"{name}.json"
    path.write_text(text({"about": header, **content}) + "\n")
    return path
