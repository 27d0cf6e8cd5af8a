"""schedules.json: the learning rate of 60 steps from each of torch's schedulers."""

import math
import re
import warnings

import torch
from torch.optim import lr_scheduler as torch_schedules

from fixture import numbers, write

STEPS = 60

ABOUT = {
    "lr": "lr[t] is the rate step t uses, t from 0 to 59; one scheduler.step() follows each step",
    "momentum": "the same for the momentum, where the schedule moves it (Adam: beta1)",
    "precision": "torch updates several schedules from the rate before, so that its values carry "
    "up to about 60 roundings: compare at 1e-13 relative to the base rate, not to the bit",
    "plateau": "lr[t] is the rate after the scheduler has seen losses[t]",
    "cosineAnnealing": "torch's rate rises again after tMax, as the cosine does",
    "afterTheEnd": "past totalIters polynomial stays at 0, linear at its end factor",
}


def optimizer(lr, momentum=0.0):
    """An optimizer to hang a schedule on."""
    return torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr, momentum=momentum)


def record(lr, build, momentum=None):
    """Sixty rates, and the momenta if the schedule moves them."""
    opt = optimizer(lr, momentum or 0.0)
    schedule = build(opt)
    rates, momenta = [], []
    for _ in range(STEPS):
        rates.append(opt.param_groups[0]["lr"])
        momenta.append(opt.param_groups[0]["momentum"])
        opt.step()
        if len(rates) < STEPS:
            schedule.step()
    result = {"lr": numbers(rates)}
    return {**result, "momentum": numbers(momenta)} if momentum is not None else result


def snake(options):
    """torch's spelling of option names."""
    special = {"t0": "T_0", "tMult": "T_mult", "tMax": "T_max", "anneal": "anneal_strategy"}
    return {special.get(k) or re.sub("([A-Z])", r"_\1", k).lower(): v for k, v in options.items()}


def simple():
    """Schedules that are one torch class: name, class, base rate, options, momentum."""
    cyclic = {"baseLr": 0.001, "maxLr": 0.1, "stepSizeUp": 8, "stepSizeDown": 12}
    steady = {**cyclic, "cycleMomentum": False}
    once = {"maxLr": 0.1, "totalSteps": STEPS, "pctStart": 0.3, "divFactor": 25.0}
    once = {**once, "finalDivFactor": 1e4, "baseMomentum": 0.85, "maxMomentum": 0.95}
    return [
        ("constant", "ConstantLR", 0.1, {"factor": 1 / 3, "totalIters": 5}, None),
        ("step", "StepLR", 0.1, {"stepSize": 10, "gamma": 0.5}, None),
        ("multiStep", "MultiStepLR", 0.1, {"milestones": [5, 20, 21, 45], "gamma": 0.1}, None),
        ("exponential", "ExponentialLR", 0.1, {"gamma": 0.95}, None),
        ("polynomial", "PolynomialLR", 0.1, {"totalIters": 40, "power": 1.0}, None),
        ("polynomial", "PolynomialLR", 0.1, {"totalIters": 40, "power": 2.0}, None),
        ("polynomial", "PolynomialLR", 0.1, {"totalIters": 60, "power": 0.5}, None),
        (
            "linear",
            "LinearLR",
            0.1,
            {"startFactor": 1 / 3, "endFactor": 1.0, "totalIters": 5},
            None,
        ),
        (
            "linear",
            "LinearLR",
            0.1,
            {"startFactor": 1.0, "endFactor": 0.1, "totalIters": 40},
            None,
        ),
        ("cosineAnnealing", "CosineAnnealingLR", 0.1, {"tMax": 60, "etaMin": 0.0}, None),
        ("cosineAnnealing", "CosineAnnealingLR", 0.1, {"tMax": 59, "etaMin": 0.001}, None),
        ("cosineAnnealing", "CosineAnnealingLR", 0.1, {"tMax": 25, "etaMin": 0.01}, None),
        (
            "cosineWarmRestarts",
            "CosineAnnealingWarmRestarts",
            0.1,
            {"t0": 10, "tMult": 1, "etaMin": 0.0},
            None,
        ),
        (
            "cosineWarmRestarts",
            "CosineAnnealingWarmRestarts",
            0.1,
            {"t0": 8, "tMult": 2, "etaMin": 0.001},
            None,
        ),
        ("oneCycle", "OneCycleLR", 0.1, {**once, "anneal": "cos", "threePhase": False}, 0.9),
        ("oneCycle", "OneCycleLR", 0.1, {**once, "anneal": "linear", "threePhase": False}, 0.9),
        ("oneCycle", "OneCycleLR", 0.1, {**once, "anneal": "cos", "threePhase": True}, 0.9),
        ("oneCycle", "OneCycleLR", 0.1, {**once, "anneal": "linear", "threePhase": True}, 0.9),
        ("cyclic", "CyclicLR", 0.1, {**steady, "mode": "triangular"}, None),
        ("cyclic", "CyclicLR", 0.1, {**steady, "mode": "triangular2"}, None),
        ("cyclic", "CyclicLR", 0.1, {**steady, "mode": "exp_range", "gamma": 0.97}, None),
        (
            "cyclic",
            "CyclicLR",
            0.1,
            {**cyclic, "mode": "triangular", "baseMomentum": 0.8, "maxMomentum": 0.9},
            0.9,
        ),
    ]


def by_class(name, cls, lr, options, momentum):
    """One torch class at the given options."""
    build = lambda opt: getattr(torch_schedules, cls)(opt, **snake(options))
    values = record(lr, build, momentum)
    return {"name": name, "torch": cls, "baseLr": lr, "options": options, **values}


def warmup_cosine(opt):
    """Ten linear steps, then a cosine of fifty."""
    parts = [
        torch_schedules.LinearLR(opt, start_factor=0.1, end_factor=1.0, total_iters=10),
        torch_schedules.CosineAnnealingLR(opt, T_max=50, eta_min=0.001),
    ]
    return torch_schedules.SequentialLR(opt, parts, milestones=[10])


def noam(t):
    """The Transformer's schedule at width 64 and 20 steps of warm-up."""
    return 64**-0.5 * min((t + 1) ** -0.5, (t + 1) * 20**-1.5)


def inverse_time(t):
    """Falls as 1 / t in the end."""
    return 1 / (1 + 0.1 * t)


def chain(opt):
    """Fifteen exponential steps, fifteen at half the rate, a parabola of twenty."""
    parts = [
        torch_schedules.ExponentialLR(opt, gamma=0.9),
        torch_schedules.ConstantLR(opt, factor=0.5, total_iters=STEPS),
        torch_schedules.PolynomialLR(opt, total_iters=20, power=2.0),
    ]
    return torch_schedules.SequentialLR(opt, parts, milestones=[15, 30])


def warmup_stable_decay(t):
    """Eight steps up, thirty level, sixteen down to a tenth."""
    return t / 8 if t < 8 else 1 - 0.9 * min(max(t - 38, 0) / 16, 1)


def composed():
    """Sequences, and formulas through LambdaLR (n = t + 1)."""
    rows = [
        (
            "warmup cosine",
            "SequentialLR",
            0.1,
            {
                "linear": {"startFactor": 0.1, "endFactor": 1.0, "totalIters": 10},
                "cosineAnnealing": {"tMax": 50, "etaMin": 0.001},
                "milestones": [10],
            },
            "linear for t < 10, then cosineAnnealing at t - 10",
            warmup_cosine,
        ),
        (
            "chain",
            "SequentialLR",
            0.1,
            {
                "exponential": {"gamma": 0.9},
                "constant": {"factor": 0.5},
                "polynomial": {"totalIters": 20, "power": 2.0},
                "milestones": [15, 30],
            },
            "one after the other, each from its own step 0",
            chain,
        ),
        (
            "warmupStableDecay",
            "LambdaLR",
            0.1,
            {"warmup": 8, "stable": 30, "decay": 16, "endFactor": 0.1},
            "baseLr times t / warmup, then 1, then in a straight line to endFactor",
            lambda opt: torch_schedules.LambdaLR(opt, warmup_stable_decay),
        ),
        (
            "noam",
            "LambdaLR",
            1.0,
            {"dimension": 64, "warmup": 20, "scale": 1.0},
            "scale * dimension^-0.5 * min(n^-0.5, n * warmup^-1.5) with n = t + 1",
            lambda opt: torch_schedules.LambdaLR(opt, noam),
        ),
        (
            "inverseTime",
            "LambdaLR",
            0.1,
            {"decay": 0.1},
            "baseLr / (1 + decay * t)",
            lambda opt: torch_schedules.LambdaLR(opt, inverse_time),
        ),
    ]
    return [
        {
            "name": name,
            "torch": cls,
            "baseLr": lr,
            "options": options,
            "formula": formula,
            **record(lr, build),
        }
        for name, cls, lr, options, formula, build in rows
    ]


def plateau_losses():
    """Falls, lies flat, creeps below the threshold, jumps up, falls again; on a grid of 1/8192."""
    losses = [2.0 * 0.8**t for t in range(12)] + [0.15625] * 12
    losses += [0.15625 - (k + 1) / 8192 for k in range(12)]
    losses += [0.5, 0.45, 0.4, 0.35, 0.3, 0.25] + [0.125] * 8
    losses += [0.125 + 0.02 * math.sin(k) for k in range(10)]
    return [round(v * 8192) / 8192 for v in losses]


def plateau():
    """ReduceLROnPlateau on the fixed losses."""
    base = {"mode": "min", "factor": 0.5, "patience": 3, "threshold": 1e-4}
    base = {**base, "thresholdMode": "rel", "cooldown": 0, "minLr": 0.0, "eps": 1e-8}
    losses = plateau_losses()
    cases = []
    for change in [
        {},
        {"patience": 0},
        {"cooldown": 4},
        {"threshold": 0.01},
        {"threshold": 0.01, "thresholdMode": "abs"},
        {"minLr": 0.03, "factor": 0.1},
        {"mode": "max"},
        {"mode": "max", "thresholdMode": "abs", "threshold": 0.01, "cooldown": 2},
    ]:
        options = {**base, **change}
        opt = optimizer(0.1)
        schedule = torch_schedules.ReduceLROnPlateau(opt, **snake(options))
        rates = []
        for loss in losses:
            schedule.step(loss)
            rates.append(opt.param_groups[0]["lr"])
        cases.append({"name": "plateau", "baseLr": 0.1, "options": options, "lr": numbers(rates)})
    return {"losses": losses, "cases": cases}


def main():
    warnings.simplefilter("ignore")
    cases = [by_class(*row) for row in simple()] + composed()
    return write("schedules", ABOUT, {"cases": cases, "plateau": plateau()})


if __name__ == "__main__":
    main()
