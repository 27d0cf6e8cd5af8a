"""activations.json: values and gradients of the activations, from torch in float64."""

import mpmath
import torch
import torch.nn.functional as F

from fixture import grid, numbers, tensor, write

ABOUT = {
    "dtype": "float64",
    "inputs": "exact in float32",
    "gradient": "of the sum of value; for softmax and logSoftmax of sum(upstream * value)",
    "torchError": "the largest distance of torch's value and gradient to the same formula in 50 "
    "digits, over max(1, |exact|): below it the fixture says nothing. torch's gelu cancels at "
    "large negative x, and its softplus is x itself above 20",
    "special": "values at NaN and the infinities, no gradients; torch gives NaN for silu and gelu "
    "at -Infinity (-Infinity * 0)",
    "kinks": "the gradient at 0 and -0 is 0 for relu, slope for leakyRelu, alpha for elu",
}

TINY = [2.0**-10, 2.0**-20, 2.0**-60, 2.0**-126]
FAR = [32.0, 64.0, 100.0]


def points():
    """-20..20 in steps of a half, both zeros, tiny and far numbers."""
    steps = [k / 2 for k in range(-40, 41)]
    ends = [sign * v for v in TINY + FAR for sign in (1, -1)]
    return torch.tensor(steps + [-0.0] + ends, dtype=torch.float64)


def gelu_erf(x):
    """x * Phi(x)."""
    return x * mpmath.erfc(-x / mpmath.sqrt(2)) / 2


def gelu_tanh(x):
    """The tanh form of Hendrycks and Gimpel."""
    inner = mpmath.sqrt(2 / mpmath.pi) * (x + mpmath.mpf("0.044715") * x**3)
    return x / 2 * (1 + mpmath.tanh(inner))


def leaky(slope):
    """leakyRelu."""
    return lambda x: x if x > 0 else mpmath.mpf(slope) * x


def elu(alpha):
    """elu."""
    return lambda x: x if x > 0 else alpha * mpmath.expm1(x)


def pointwise():
    """Name, options, torch function, exact function."""
    return [
        ("relu", {}, F.relu, lambda x: max(x, 0)),
        ("leakyRelu", {"slope": 0.01}, lambda x: F.leaky_relu(x, 0.01), leaky(0.01)),
        ("leakyRelu", {"slope": 0.2}, lambda x: F.leaky_relu(x, 0.2), leaky(0.2)),
        ("elu", {"alpha": 1.0}, lambda x: F.elu(x, 1.0), elu(1)),
        ("elu", {"alpha": 0.5}, lambda x: F.elu(x, 0.5), elu(0.5)),
        ("gelu", {"approximate": "none"}, F.gelu, gelu_erf),
        ("gelu", {"approximate": "tanh"}, lambda x: F.gelu(x, approximate="tanh"), gelu_tanh),
        ("silu", {}, F.silu, lambda x: x / (1 + mpmath.exp(-x))),
        ("sigmoid", {}, torch.sigmoid, lambda x: 1 / (1 + mpmath.exp(-x))),
        ("tanh", {}, torch.tanh, mpmath.tanh),
        ("softplus", {}, F.softplus, lambda x: mpmath.log1p(mpmath.exp(x))),
    ]


def error(xs, values, exact):
    """The largest distance to the exact values, over max(1, |exact|)."""
    worst = 0.0
    for x, value in zip(xs.tolist(), values.tolist()):
        true = exact(mpmath.mpf(x))
        worst = max(worst, float(abs(value - true) / max(1, abs(true))))
    return worst


def derivative(exact):
    """The derivative, one-sided so that it stays off a kink."""
    return lambda x: mpmath.diff(exact, x, direction=-1 if x <= 0 else 1, h=mpmath.mpf(10) ** -24)


def activation(name, options, function, exact):
    """One pointwise activation over all points."""
    x = points().requires_grad_()
    y = function(x)
    y.sum().backward()
    kinked = name in ("relu", "leakyRelu", "elu")
    smooth = [i for i, v in enumerate(x.tolist()) if not (kinked and abs(v) < 2.0**-20)]
    special = torch.tensor([float("nan"), float("inf"), float("-inf")], dtype=torch.float64)
    return {
        "name": " ".join([name, *(f"{k}={v}" for k, v in options.items())]),
        "activation": name,
        "options": options,
        "torchError": {
            "value": error(x, y, exact),
            "gradient": error(x[smooth], x.grad[smooth], derivative(exact)),
        },
        "value": numbers(y),
        "gradient": numbers(x.grad),
        "special": numbers(function(special)),
    }


def rows():
    """Rows for softmax: ordinary, far apart with ties, all equal, spread evenly."""
    x = grid([6, 7], 4.0, 11)
    x[3] = torch.tensor([100, -100, 0, 50, 100, -100, 1])
    x[4] = 2.5
    x[5] = torch.tensor([-20, -10, 0, 10, 20, 19, 18])
    return x


def normalized(name, function):
    """softmax or logSoftmax over the last axis, with an upstream gradient."""
    x = rows().requires_grad_()
    up = grid([6, 7], 1.0, 12)
    y = function(x, dim=-1)
    (y * up).sum().backward()
    nan, inf = float("nan"), float("inf")
    special = [[1, nan, 2], [inf, 0, 1], [-inf, 0, 1], [-inf] * 3, [inf, inf, 0], [inf, -inf, 0]]
    special = torch.tensor(special, dtype=torch.float64)
    return {
        "name": name,
        "activation": name,
        "x": tensor(x),
        "upstream": tensor(up),
        "value": tensor(y),
        "gradient": tensor(x.grad),
        "special": {"x": tensor(special), "value": tensor(function(special, dim=-1))},
    }


def main():
    mpmath.mp.dps = 50
    content = {
        "x": numbers(points()),
        "specialX": ["NaN", "Infinity", "-Infinity"],
        "pointwise": [activation(*row) for row in pointwise()],
        "rows": [normalized("softmax", F.softmax), normalized("logSoftmax", F.log_softmax)],
    }
    return write("activations", ABOUT, content)


if __name__ == "__main__":
    main()
