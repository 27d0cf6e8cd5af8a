"""losses.json: values and gradients of every loss, from torch.nn.functional in float64."""

import torch
import torch.nn.functional as F

from fixture import grid, tensor, write

REDUCTIONS = ("mean", "sum", "none")

ABOUT = {
    "dtype": "float64",
    "inputs": "exact in float32",
    "value": "a number, or for reduction 'none' a tensor",
    "gradient": "of value with respect to prediction; for 'none' of the sum of value",
    "elementwise": "mse, mae, huber, binaryCrossEntropy: 'mean' divides by the number of "
    "elements, 'none' keeps the shape of the prediction",
    "crossEntropy": "classes are the last axis; 'none' drops it; int targets are labels, others "
    "probabilities. 'mean' over labels divides by the sum of classWeights[label] (1 without "
    "weights) over the labels that are not ignored; over probabilities by the number of rows",
    "ignoredRows": "value 0 for 'none', gradient 0. With every row ignored torch's 'mean' is NaN "
    "and is left out here",
    "sampleWeight": "not in torch: every loss of sample i, of shape 'none', is multiplied by "
    "sampleWeight[i], and the divisor of 'mean' stays the one without sample weights, "
    "so 'mean' is sum(w_i * l_i) / N",
    "ties": "the derivative of mae at 0 is 0",
}


def inputs():
    """Named tensors that the cases refer to."""
    scores = grid([6, 5], 2.0, 1)
    probabilities = torch.tensor(
        [
            [0.5, 0.25, 0.125, 0.0625, 0.0625],
            [0, 0, 1, 0, 0],
            [0.25, 0.25, 0.25, 0.125, 0.125],
            [0, 0.75, 0, 0.25, 0],
            [0.5, 0.5, 0, 0, 0],
            [0.125, 0.125, 0.125, 0.125, 0.5],
        ],
        dtype=torch.float64,
    )
    extreme = [[100, -100, 0], [-100, 100, 100], [100, 100, 100], [-100, -100, -100], [0, 0, 100]]
    values = grid([6, 5], 1.5, 2)
    targets = grid([6, 5], 1.5, 3)
    # Row 0: equal; exactly 1 and 0.5 away (the joints of huber); far away.
    targets[0] = values[0] + torch.tensor([0, 1, -1, 0.5, -0.5], dtype=torch.float64)
    targets[1, 0] = values[1, 0] + 100
    return {
        "values": values,
        "targets": targets,
        "column": grid([7, 1], 1.0, 4),
        "columnTargets": grid([7, 1], 1.0, 5),
        "scores": scores,
        "labels": torch.tensor([0, 4, 2, 2, 1, 3]),
        "oneClass": torch.tensor([2, 2, 2, 2, 2, 2]),
        "someIgnored": torch.tensor([0, -100, 2, 2, -100, 3]),
        "threeIgnored": torch.tensor([3, 4, 2, 3, 1, 3]),
        "allIgnored": torch.tensor([-100] * 6),
        "probabilities": probabilities,
        "extremeScores": torch.tensor(extreme, dtype=torch.float64),
        "extremeLabels": torch.tensor([0, 0, 2, 1, 0]),
        "extremeProbabilities": torch.tensor(
            [[1, 0, 0], [0.5, 0.5, 0], [0.25, 0.25, 0.5], [0, 1, 0], [0.5, 0, 0.5]],
            dtype=torch.float64,
        ),
        "singleScore": torch.tensor([[3.5], [-100.0], [0.0]], dtype=torch.float64),
        "singleLabels": torch.tensor([0, 0, 0]),
        "sequence": grid([2, 3, 4], 2.0, 6),
        "sequenceLabels": torch.tensor([[0, 3, 1], [2, -100, 1]]),
        "logits": grid([6, 3], 3.0, 7),
        "binary": torch.tensor(
            [[0, 1, 1], [1, 0, 1], [0.5, 0.25, 0.75], [0, 0, 0], [1, 1, 1], [0.125, 0, 1]],
            dtype=torch.float64,
        ),
        "extremeLogits": torch.tensor([[100, -100], [100, -100], [0, 40], [-40, 0]]).double(),
        "extremeBinary": torch.tensor([[1, 0], [0, 1], [0.5, 0], [1, 1]]).double(),
        "sampleWeight": torch.tensor([1, 0.5, 2, 0, 1.5, 0.25], dtype=torch.float64),
    }


def elementwise(name):
    """The torch function of an elementwise loss, unreduced."""
    functions = {
        "mse": lambda p, t, o: F.mse_loss(p, t, reduction="none"),
        "mae": lambda p, t, o: F.l1_loss(p, t, reduction="none"),
        "huber": lambda p, t, o: F.huber_loss(p, t, reduction="none", delta=o.get("delta", 1.0)),
        "binaryCrossEntropy": lambda p, t, o: F.binary_cross_entropy_with_logits(
            p, t, reduction="none"
        ),
    }
    return functions[name]


def cross_entropy(prediction, target, options, reduction):
    """torch's cross entropy with the classes on the last axis."""
    weights = options.get("classWeights")
    rows = prediction.reshape(-1, prediction.shape[-1])
    labels = not target.is_floating_point()
    loss = F.cross_entropy(
        rows,
        target.reshape(-1) if labels else target.reshape(rows.shape),
        weight=None if weights is None else torch.tensor(weights, dtype=torch.float64),
        ignore_index=options.get("ignoreIndex", -100),
        label_smoothing=options.get("labelSmoothing", 0.0),
        reduction=reduction,
    )
    return loss.reshape(prediction.shape[:-1]) if reduction == "none" else loss


def divisor(target, options, losses):
    """What torch divides by in 'mean': kept labels, or their class weights, or elements."""
    if target.is_floating_point():
        return losses.numel()
    kept = target[target != options.get("ignoreIndex", -100)]
    weights = options.get("classWeights")
    return len(kept) if weights is None else float(torch.tensor(weights).double()[kept].sum())


def compute(loss, prediction, target, weight, options, reduction):
    """One loss value as torch gives it, composed by hand where samples have weights."""
    if loss == "crossEntropy" and weight is None:
        return cross_entropy(prediction, target, options, reduction)
    if loss == "crossEntropy":
        losses = cross_entropy(prediction, target, options, "none")
    else:
        losses = elementwise(loss)(prediction, target, options)
    count = divisor(target, options, losses)
    if weight is not None:
        losses = losses * weight.reshape([-1] + [1] * (losses.dim() - 1))
    if reduction == "none":
        return losses
    return losses.sum() if reduction == "sum" else losses.sum() / count


def table():
    """Rows of loss, prediction, target, options, sample weights."""
    rows = []
    for loss, options in [
        ("mse", {}),
        ("mae", {}),
        ("huber", {"delta": 1.0}),
        ("huber", {"delta": 0.5}),
    ]:
        rows.append((loss, "values", "targets", options, None))
        rows.append((loss, "column", "columnTargets", options, None))
        rows.append((loss, "values", "targets", options, "sampleWeight"))
    weights = {"classWeights": [1.0, 0.5, 2.0, 0.25, 1.5]}
    smooth = {"labelSmoothing": 0.1}
    ignore = {"ignoreIndex": -100}
    three = {"ignoreIndex": 3}
    for target, options, sample in [
        ("labels", {}, None),
        ("labels", smooth, None),
        ("labels", weights, None),
        ("labels", {**weights, **smooth}, None),
        ("oneClass", {}, None),
        ("oneClass", weights, None),
        ("someIgnored", ignore, None),
        ("someIgnored", {**ignore, **smooth}, None),
        ("someIgnored", {**ignore, **weights}, None),
        ("someIgnored", {**ignore, **weights, **smooth}, None),
        ("threeIgnored", three, None),
        ("threeIgnored", {**three, **weights}, None),
        ("allIgnored", ignore, None),
        ("probabilities", {}, None),
        ("probabilities", smooth, None),
        ("probabilities", weights, None),
        ("probabilities", {**weights, **smooth}, None),
        ("labels", {}, "sampleWeight"),
        ("labels", {**weights, **smooth}, "sampleWeight"),
        ("someIgnored", ignore, "sampleWeight"),
        ("probabilities", {}, "sampleWeight"),
    ]:
        rows.append(("crossEntropy", "scores", target, options, sample))
    rows += [
        ("crossEntropy", "extremeScores", "extremeLabels", {}, None),
        ("crossEntropy", "extremeScores", "extremeLabels", smooth, None),
        ("crossEntropy", "extremeScores", "extremeProbabilities", {}, None),
        ("crossEntropy", "singleScore", "singleLabels", {}, None),
        ("crossEntropy", "singleScore", "singleLabels", smooth, None),
        ("crossEntropy", "sequence", "sequenceLabels", ignore, None),
        ("binaryCrossEntropy", "logits", "binary", {}, None),
        ("binaryCrossEntropy", "logits", "binary", {}, "sampleWeight"),
        ("binaryCrossEntropy", "extremeLogits", "extremeBinary", {}, None),
    ]
    return rows


def case(row, reduction, named):
    """One row at one reduction, as it stands in the file."""
    loss, prediction, target, options, weight = row
    x = named[prediction].clone().requires_grad_()
    value = compute(loss, x, named[target], named.get(weight), options, reduction)
    value.sum().backward()
    words = [f"{key}={number}" for key, number in options.items() if key != "classWeights"]
    words += ["classWeights"] * ("classWeights" in options) + ["sampleWeight"] * bool(weight)
    result = {
        "name": " ".join([loss, f"{prediction}/{target}", *words, reduction]),
        "loss": loss,
        "options": {**options, "reduction": reduction},
        "prediction": prediction,
        "target": target,
    }
    if weight:
        result["sampleWeight"] = weight
    result["value"] = tensor(value) if reduction == "none" else value.item()
    result["gradient"] = tensor(x.grad)
    return result


def main():
    named = inputs()
    cases = [
        case(row, reduction, named)
        for row in table()
        for reduction in REDUCTIONS
        if not (row[2] == "allIgnored" and reduction == "mean")
    ]
    listed = {
        name: {"dtype": "float" if value.is_floating_point() else "int", **tensor(value)}
        for name, value in named.items()
    }
    return write("losses", ABOUT, {"inputs": listed, "cases": cases})


if __name__ == "__main__":
    main()
