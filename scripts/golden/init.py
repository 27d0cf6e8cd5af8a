"""init.json: the law each initialiser draws from, beside torch's own draws."""

import math

import torch
from torch.nn import init

from fixture import write

ABOUT = {
    "shape": "[in, out], as Slalom stores a dense weight; torch drew [out, in], fans alike",
    "limits": "every drawn value lies in [min, max]; null means unbounded",
    "mean, std": "of the distribution; std of a truncated normal is 0.87962566 * sigma",
    "tolerance": "five standard errors of a sample of n values with this kurtosis: "
    "mean 5 * std / sqrt(n), std 5 * std * sqrt((kurtosis - 1) / (4 n))",
    "reaches": "for bounded laws the largest and smallest drawn values pass this fraction of the "
    "limits, but for one sample in 1e7: 1 - 40 / n for uniform, 1 - 160 / n for truncated, whose "
    "density is 4.4 times lower at the ends",
    "sample": "torch's draw with seed 1, for comparison",
    "orthogonal": "the shorter side is orthonormal times gain: Q'Q = gain^2 I for in >= out, "
    "else QQ' = gain^2 I; std is over all entries, gain / sqrt(max(in, out)); "
    "sample.deviation is the largest error of torch's float32 draw",
}

SHAPES = [(784, 256), (64, 10)]
KURTOSIS = {"uniform": 1.8, "normal": 3.0}


def truncated_moments():
    """Standard deviation and kurtosis of a standard normal cut at 2."""
    density = math.exp(-2) / math.sqrt(2 * math.pi)
    mass = math.erf(2 / math.sqrt(2))
    second = 1 - 4 * density / mass
    fourth = 3 * second - 16 * density / mass
    return math.sqrt(second), fourth / second**2


def statistics(sample):
    """Count, mean, standard deviation and range of a draw."""
    wide = sample.double()
    return {
        "n": wide.numel(),
        "mean": wide.mean().item(),
        "std": wide.std(unbiased=False).item(),
        "min": wide.min().item(),
        "max": wide.max().item(),
    }


def laws(fan_in, fan_out):
    """Name, law, its parameter (limit or sigma), gain options, torch's function."""
    average = fan_in + fan_out
    relu = {"nonlinearity": "relu"}
    lecun, cut = math.sqrt(1 / fan_in), truncated_moments()[0]
    sigma = 0.02
    scaled = math.sqrt(1 / fan_in) / cut
    return [
        ("glorotUniform", "uniform", math.sqrt(6 / average), init.xavier_uniform_),
        ("glorotNormal", "normal", math.sqrt(2 / average), init.xavier_normal_),
        (
            "heUniform",
            "uniform",
            math.sqrt(6 / fan_in),
            lambda w: init.kaiming_uniform_(w, **relu),
        ),
        ("heNormal", "normal", math.sqrt(2 / fan_in), lambda w: init.kaiming_normal_(w, **relu)),
        (
            "lecunUniform",
            "uniform",
            math.sqrt(3 / fan_in),
            lambda w: init.kaiming_uniform_(w, nonlinearity="linear"),
        ),
        (
            "lecunNormal",
            "normal",
            lecun,
            lambda w: init.kaiming_normal_(w, nonlinearity="linear"),
        ),
        ("uniform(-0.05, 0.05)", "uniform", 0.05, lambda w: init.uniform_(w, -0.05, 0.05)),
        ("normal(0, 0.02)", "normal", sigma, lambda w: init.normal_(w, 0, sigma)),
        (
            "truncatedNormal(0, 0.02)",
            "truncated",
            sigma,
            lambda w: init.trunc_normal_(w, 0, sigma, -2 * sigma, 2 * sigma),
        ),
        (
            "varianceScaling(1, fanIn, truncatedNormal), sigma divided by 0.87962566",
            "truncated",
            scaled,
            lambda w: init.trunc_normal_(w, 0, scaled, -2 * scaled, 2 * scaled),
        ),
    ]


def expected(law, parameter, n):
    """Limits, moments and tolerances of a law."""
    if law == "uniform":
        limit, std, kurtosis, reach = parameter, parameter / math.sqrt(3), KURTOSIS[law], 40
    elif law == "normal":
        limit, std, kurtosis, reach = None, parameter, KURTOSIS[law], None
    else:
        unit, kurtosis = truncated_moments()
        limit, std, reach = 2 * parameter, parameter * unit, 160
    return {
        "parameter": parameter,
        "min": None if limit is None else -limit,
        "max": limit,
        "mean": 0.0,
        "std": std,
        "kurtosis": kurtosis,
        "tolerance": {
            "mean": 5 * std / math.sqrt(n),
            "std": 5 * std * math.sqrt((kurtosis - 1) / (4 * n)),
        },
        "reaches": None if reach is None else max(0.0, 1 - reach / n),
    }


def distribution(shape):
    """The cases of one shape."""
    fan_in, fan_out = shape
    cases = []
    for name, law, parameter, draw in laws(fan_in, fan_out):
        torch.manual_seed(1)
        sample = draw(torch.empty(fan_out, fan_in))
        cases.append(
            {
                "name": name,
                "shape": list(shape),
                "fanIn": fan_in,
                "fanOut": fan_out,
                "law": law,
                **expected(law, parameter, fan_in * fan_out),
                "sample": statistics(sample),
            }
        )
    return cases


def orthogonal(shape, gain):
    """The property of an orthogonal matrix, and how closely torch's draw has it."""
    torch.manual_seed(1)
    q = init.orthogonal_(torch.empty(*shape), gain=gain).double()
    product = q.T @ q if shape[0] >= shape[1] else q @ q.T
    deviation = (product - gain**2 * torch.eye(min(shape))).abs().max().item()
    return {
        "name": f"orthogonal({gain})",
        "shape": list(shape),
        "gain": gain,
        "std": gain / math.sqrt(max(shape)),
        "sample": {**statistics(q), "deviation": deviation},
    }


def main():
    content = {
        "cases": [case for shape in SHAPES for case in distribution(shape)],
        "orthogonal": [
            orthogonal(shape, gain)
            for shape in [*SHAPES, (10, 64), (16, 16)]
            for gain in (1.0, math.sqrt(2))
        ],
    }
    return write("init", ABOUT, content)


if __name__ == "__main__":
    main()
