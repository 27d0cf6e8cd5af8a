"""optimizers.json: trajectories of torch.optim on a fixed problem, and gradient clipping."""

import math

import numpy as np
import torch

from fixture import grid, numbers, tensor, write

STEPS = 100
RECORDED = [1, 2, 3, 5, 10, 20, 50, 100]

ABOUT = {
    "problem": "parameters w [3,4] and b [4]; step t from 1 to 100 has the gradient "
    "g = curvature * theta + drive[t - 1], elementwise at the theta before the step, which is the "
    "gradient of sum(curvature * theta^2 / 2 + drive[t - 1] * theta)",
    "drive": "round(1024 * 0.5 * sin(t + 0.7 * i)) / 1024 at flat index i (w first, then b); "
    "the table is what was used. The last element of b has no curvature and no drive: "
    "its gradient is always 0",
    "trajectories": "w and b after the steps listed in recorded, row-major",
    "f32": "shortest decimals that read back as float32; put them through Math.fround",
    "f32Deviation": "the largest distance of the float32 trajectory to the float64 one, absolute",
    "clipNorm": "in a trajectory: g * min(1, clipNorm / norm) with the norm over w and b together, "
    "before weight decay; clipValue: g clamped to [-clipValue, clipValue]",
    "weightDecay": "sgd, adam, rmsprop: added to the gradient as weightDecay * theta; "
    "adamW: theta is multiplied by 1 - lr * weightDecay first",
    "clipping": "torch's clip_grad_norm_ multiplies by min(1, maxNorm / (norm + 1e-6)): clipped; "
    "the same without the 1e-6: clippedExactly",
}


def problem():
    """Start, curvature and drive; all exact in float32."""
    theta = grid([16], 1.0, 21)
    curvature = torch.tensor([0.125 + 0.0625 * (i % 12) for i in range(15)] + [0.0]).double()
    t = np.arange(1, STEPS + 1)[:, None]
    drive = np.round(512 * np.sin(t + 0.7 * np.arange(16)[None, :])) / 1024
    drive[:, 15] = 0
    return theta, curvature, torch.tensor(drive)


def cases():
    """Rule, torch's class, options by their Slalom names (all of them, defaults included)."""
    sgd = {"lr": 0.05, "momentum": 0.0, "nesterov": False, "weightDecay": 0.0}
    adam = {"lr": 1e-3, "betas": [0.9, 0.999], "eps": 1e-8, "weightDecay": 0.0, "amsgrad": False}
    adam_w = {**adam, "weightDecay": 0.01}
    rms = {"lr": 0.01, "alpha": 0.99, "eps": 1e-8, "weightDecay": 0.0}
    rms = {**rms, "momentum": 0.0, "centered": False}
    combined = {"momentum": 0.9, "nesterov": True, "weightDecay": 0.1}
    table = {
        "sgd": (
            sgd,
            {
                "plain": {},
                "momentum": {"momentum": 0.9},
                "nesterov": {"momentum": 0.9, "nesterov": True},
                "weightDecay": {"weightDecay": 0.1},
                "momentum, weightDecay": {"momentum": 0.9, "weightDecay": 0.1},
                "all": combined,
                "clipNorm": {"clipNorm": 0.5},
                "clipValue": {"clipValue": 0.25},
                "all, clipNorm": {**combined, "clipNorm": 0.5},
            },
        ),
        "adam": (
            adam,
            {
                "defaults": {},
                "lr": {"lr": 0.05},
                "betas": {"lr": 0.05, "betas": [0.8, 0.95]},
                "eps": {"lr": 0.05, "eps": 0.01},
                "amsgrad": {"lr": 0.05, "amsgrad": True, "betas": [0.9, 0.95]},
                "weightDecay": {"lr": 0.05, "weightDecay": 0.1},
                "all": {
                    "lr": 0.05,
                    "betas": [0.8, 0.95],
                    "eps": 1e-3,
                    "weightDecay": 0.1,
                    "amsgrad": True,
                },
                "clipNorm": {"lr": 0.05, "clipNorm": 0.5},
            },
        ),
        "adamW": (
            adam_w,
            {
                "defaults": {},
                "weightDecay": {"lr": 0.05, "weightDecay": 0.1},
                "no weightDecay": {"lr": 0.05, "weightDecay": 0.0},
                "all": {
                    "lr": 0.05,
                    "betas": [0.8, 0.95],
                    "eps": 1e-3,
                    "weightDecay": 0.1,
                    "amsgrad": True,
                },
            },
        ),
        "rmsprop": (
            rms,
            {
                "defaults": {},
                "alpha": {"alpha": 0.9},
                "eps": {"eps": 0.01},
                "centered": {"centered": True},
                "momentum": {"momentum": 0.9},
                "weightDecay": {"weightDecay": 0.1},
                "centered, momentum": {"centered": True, "momentum": 0.9, "alpha": 0.9},
                "all": {
                    "alpha": 0.9,
                    "eps": 1e-3,
                    "weightDecay": 0.1,
                    "momentum": 0.5,
                    "centered": True,
                },
            },
        ),
    }
    return [
        (f"{rule} {name}", rule, {**base, **changes})
        for rule, (base, rows) in table.items()
        for name, changes in rows.items()
    ]


def build(rule, parameters, options):
    """The torch optimizer with Slalom's option names translated."""
    cls = {
        "sgd": torch.optim.SGD,
        "adam": torch.optim.Adam,
        "adamW": torch.optim.AdamW,
        "rmsprop": torch.optim.RMSprop,
    }[rule]
    words = {"weightDecay": "weight_decay"}
    mine = {words.get(k, k): v for k, v in options.items() if not k.startswith("clip")}
    return cls(parameters, foreach=False, **mine)


def clip(gradients, options):
    """Clips by the exact formulas of ABOUT."""
    if "clipNorm" in options:
        norm = math.sqrt(sum(float((g.double() ** 2).sum()) for g in gradients))
        gradients = [g * min(1.0, options["clipNorm"] / norm) for g in gradients]
    if "clipValue" in options:
        limit = options["clipValue"]
        gradients = [g.clamp(-limit, limit) for g in gradients]
    return gradients


def trajectory(rule, options, dtype):
    """The parameters after each recorded step."""
    theta, curvature, drive = (part.to(dtype) for part in problem())
    w = theta[:12].reshape(3, 4).clone().requires_grad_()
    b = theta[12:].clone().requires_grad_()
    optimizer = build(rule, [w, b], options)
    kept = {"w": [], "b": []}
    for t in range(1, STEPS + 1):
        flat = curvature * torch.cat([w.detach().ravel(), b.detach()]) + drive[t - 1]
        w.grad, b.grad = clip([flat[:12].reshape(3, 4), flat[12:]], options)
        optimizer.step()
        if t in RECORDED:
            kept["w"].append(numbers(w))
            kept["b"].append(numbers(b))
    return kept


def case(name, rule, options):
    """One trajectory in both precisions."""
    wide = trajectory(rule, options, torch.float64)
    narrow = trajectory(rule, options, torch.float32)
    deviation = max(np.abs(np.array(wide[k]) - np.array(narrow[k])).max() for k in wide)
    return {
        "name": name,
        "rule": rule,
        "options": options,
        "f64": wide,
        "f32": narrow,
        "f32Deviation": float(deviation),
    }


def clipping():
    """clip_grad_norm_ and clip_grad_value_ on one set of gradients."""
    gradients = [grid([3, 4], 1.0, 22), grid([4], 1.0, 23)]
    zeros = [torch.zeros(3, 4).double(), torch.zeros(4).double()]
    norm = math.sqrt(sum(float((g**2).sum()) for g in gradients))
    result = []
    for name, source, limit in [
        ("norm above", gradients, 1.0),
        ("norm just above", gradients, norm * 0.999),
        ("norm below", gradients, 100.0),
        ("all zero", zeros, 1.0),
    ]:
        leaves = [torch.zeros_like(g).requires_grad_() for g in source]
        for leaf, g in zip(leaves, source):
            leaf.grad = g.clone()
        total = torch.nn.utils.clip_grad_norm_(leaves, limit)
        factor = min(1.0, limit / float(total)) if total > 0 else 1.0
        result.append(
            {
                "name": f"clipNorm {name}",
                "clipNorm": limit,
                "gradients": [tensor(g) for g in source],
                "norm": float(total),
                "clipped": [numbers(leaf.grad) for leaf in leaves],
                "clippedExactly": [numbers(g * factor) for g in source],
            }
        )
    for limit in (0.5, 100.0):
        leaves = [torch.zeros_like(g).requires_grad_() for g in gradients]
        for leaf, g in zip(leaves, gradients):
            leaf.grad = g.clone()
        torch.nn.utils.clip_grad_value_(leaves, limit)
        result.append(
            {
                "name": f"clipValue {limit}",
                "clipValue": limit,
                "gradients": [tensor(g) for g in gradients],
                "clipped": [numbers(leaf.grad) for leaf in leaves],
            }
        )
    return result


def main():
    theta, curvature, drive = problem()
    content = {
        "start": {"w": tensor(theta[:12].reshape(3, 4)), "b": tensor(theta[12:])},
        "curvature": {"w": tensor(curvature[:12].reshape(3, 4)), "b": tensor(curvature[12:])},
        "drive": [numbers(row) for row in drive],
        "recorded": RECORDED,
        "cases": [case(*row) for row in cases()],
        "clipping": clipping(),
    }
    return write("optimizers", ABOUT, content)


if __name__ == "__main__":
    main()
