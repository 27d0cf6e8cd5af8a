"""scores.json: metrics of classes, probabilities and numbers by scikit-learn, on cases that trip naive code."""

import warnings

import numpy as np
import sklearn
import sklearn.metrics as sk
from fixture import number, numbers, write
from scipy.special import expit, softmax

ABOUT = {
    "sklearn": sklearn.__version__,
    "dtype": "float64",
    "specificity": "the recall of all other classes, by its formula from the confusion matrix",
    "brier": "for more than two classes half the sum of squares (numpy); for two, sk.brier_score_loss",
    "calibrationError": "Naeini et al. 2015 in numpy: bin b holds confidences in (b / n, (b + 1) / n]",
}
CLASSES = 4


def grid(shape, seed, step=0.25):
    """Scores with many ties."""
    return np.round(np.random.RandomState(seed).standard_normal(shape) / step) * step


def class_cases():
    """Name, logits [rows, classes], labels, weights or None."""
    draws = np.random.RandomState(3)
    plain, labels = grid((40, CLASSES), 1), draws.randint(0, CLASSES, 40)
    weights = np.round(draws.uniform(0, 3, 40) * 16) / 16
    sure = np.eye(CLASSES)[labels] * 4
    return [
        ("plain", plain, labels, None),
        ("weighted", plain, labels, weights),
        ("a class absent from the labels", plain, np.where(labels == 2, 1, labels), None),
        ("a class never predicted", np.where(np.arange(CLASSES) == 3, -9, plain), labels, None),
        ("a class in neither", np.where(np.arange(CLASSES) == 0, -9, plain), np.where(labels == 0, 1, labels), weights),
        ("one label", plain, np.full(40, 1), None),
        ("all scores equal", np.zeros((40, CLASSES)), labels, None),
        ("perfect", sure, labels, weights),
        ("all wrong", np.roll(sure, 1, axis=1), labels, None),
        ("one row", plain[:1], labels[:1], None),
    ]


def single_cases():
    """Name, logits [rows], targets of 0 and 1, weights or None."""
    draws = np.random.RandomState(5)
    plain, target = grid(30, 7), draws.randint(0, 2, 30)
    weights = np.round(draws.uniform(0, 3, 30) * 16) / 16
    return [
        ("single", plain, target, None),
        ("single, weighted", plain, target, weights),
        ("single, never true", plain, np.zeros(30, int), None),
        ("single, never said", -np.abs(plain) - 1, target, None),
        ("single, perfect", np.where(target == 1, 3.0, -3.0), target, None),
    ]


def specificity(label, said, weights, classes, average):
    matrix = sk.confusion_matrix(label, said, labels=range(classes), sample_weight=weights).astype(float)
    hits, actual, predicted, n = np.diag(matrix), matrix.sum(1), matrix.sum(0), matrix.sum()
    each = np.divide(n - predicted - actual + hits, n - actual, out=np.zeros(classes), where=n != actual)
    if average == "none":
        return list(each)
    if average == "binary":
        return float(each[1])
    present = (actual > 0) | (predicted > 0)
    share = actual[present] if average == "weighted" else np.ones(present.sum())
    return float((each[present] * share).sum() / share.sum())


def averaged(label, said, weights, classes, single):
    kinds = ["binary", "macro", "none"] if single else ["macro", "micro", "weighted", "none"]
    for average in kinds:
        labels = range(classes) if average == "none" else None
        shared = dict(
            average=None if average == "none" else average, labels=labels, sample_weight=weights, zero_division=0
        )
        yield "precision", {"average": average}, sk.precision_score(label, said, **shared)
        yield "recall", {"average": average}, sk.recall_score(label, said, **shared)
        yield "f1", {"average": average}, sk.f1_score(label, said, **shared)
        yield "fBeta", {"average": average, "beta": 2}, sk.fbeta_score(label, said, beta=2, **shared)
        yield "iou", {"average": average}, sk.jaccard_score(label, said, **shared)
        if average != "micro":
            yield "specificity", {"average": average}, specificity(label, said, weights, classes, average)


def whole(label, said, weights, classes):
    yield "balancedAccuracy", {}, sk.balanced_accuracy_score(label, said, sample_weight=weights)
    yield "matthews", {}, sk.matthews_corrcoef(label, said, sample_weight=weights)
    for kind in ("none", "linear", "quadratic"):
        value = sk.cohen_kappa_score(
            label, said, labels=range(classes), sample_weight=weights, weights=None if kind == "none" else kind
        )
        yield "cohenKappa", {"weights": kind}, value


def calibration(probability, label, weights, bins):
    weights = np.ones(len(label)) if weights is None else weights
    confidence, right = probability.max(1), probability.argmax(1) == label
    bin_of = np.clip(np.ceil(confidence * bins) - 1, 0, bins - 1)
    total = 0
    for b in range(bins):
        inside = weights * (bin_of == b)
        total += abs((inside * right).sum() - (inside * confidence).sum())
    return total / weights.sum()


def probabilities(probability, label, weights, classes):
    loss = sk.log_loss(label, probability, labels=range(classes), sample_weight=weights)
    yield "logLoss", {}, loss
    yield "perplexity", {}, np.exp(loss)
    if classes == 2:
        yield "brier", {}, sk.brier_score_loss(label, probability[:, 1], sample_weight=weights)
    else:
        squares = ((probability - np.eye(classes)[label]) ** 2).sum(1) / 2
        yield "brier", {}, np.average(squares, weights=weights)
    for bins in (5, 15):
        yield "calibrationError", {"bins": bins}, calibration(probability, label, weights, bins)


def rankings():
    """Name, scores, labels, weights, metric, options, value; scores as they are."""
    for name, scores, target, weights in single_cases():
        if 0 < target.sum() < len(target):
            shared = dict(sample_weight=weights)
            yield name, scores[:, None], target[:, None], weights, "rocAuc", {}, sk.roc_auc_score(target, scores, **shared)
            yield name, scores[:, None], target[:, None], weights, "prAuc", {}, sk.average_precision_score(
                target, scores, **shared
            )
    for name, scores, label, weights in class_cases():
        counts = [(label == c).sum() for c in range(CLASSES)]
        if min(counts) == 0 or len(label) == 1:
            continue
        truth = np.eye(CLASSES, dtype=int)[label]
        for average in ("macro", "weighted", "none"):
            options = {"average": average, "logits": False}
            shared = dict(average=None if average == "none" else average, sample_weight=weights)
            yield name, scores, label, weights, "rocAuc", options, sk.roc_auc_score(truth, scores, **shared)
            yield name, scores, label, weights, "prAuc", options, sk.average_precision_score(truth, scores, **shared)


def regression():
    draws = np.random.RandomState(9)
    target, prediction = grid((30, 3), 11), grid((30, 3), 12)
    weights = np.round(draws.uniform(0, 3, 30) * 16) / 16
    constant = np.where(np.arange(3) == 1, 2.0, target)
    offset = constant + np.array([0.5, 0.5, -3])
    for name, p, t, w in [
        ("numbers", prediction, target, None),
        ("numbers, weighted", prediction, target, weights),
        ("numbers, a constant column", prediction, constant, None),
        ("numbers, offset", offset, constant, None),
        ("numbers, exact", target, target, weights),
        ("numbers, targets of 0", prediction, np.where(target < 0, 0, target), None),
    ]:
        shared = dict(sample_weight=w)
        yield name, p, t, w, "mse", sk.mean_squared_error(t, p, **shared)
        yield name, p, t, w, "mape", sk.mean_absolute_percentage_error(t, p, **shared)
        yield name, p, t, w, "explainedVariance", sk.explained_variance_score(t, p, **shared)


def main():
    warnings.simplefilter("ignore")
    cases, inputs = [], {}

    def add(name, metric, options, prediction, target, weights, value):
        value = numbers(value) if np.ndim(value) else number(value)
        cases.append({"input": name, "metric": metric, "options": options, "value": value})
        inputs[name] = {
            "prediction": {"shape": list(prediction.shape), "data": numbers(prediction)},
            "target": {"shape": list(target.shape), "data": numbers(target)},
            "weights": None if weights is None else numbers(weights),
        }

    for name, logits, label, weights in class_cases():
        said = logits.argmax(1)
        rows = [*averaged(label, said, weights, CLASSES, False), *whole(label, said, weights, CLASSES)]
        for metric, options, value in [*rows, *probabilities(softmax(logits, axis=1), label, weights, CLASSES)]:
            add(name, metric, options, logits, label, weights, value)
    for name, logits, label, weights in single_cases():
        said, p = (logits > 0).astype(int), expit(logits)
        rows = [*averaged(label, said, weights, 2, True), *whole(label, said, weights, 2)]
        for metric, options, value in [*rows, *probabilities(np.stack([1 - p, p], 1), label, weights, 2)]:
            add(name, metric, options, logits[:, None], label[:, None], weights, value)
    for name, scores, label, weights, metric, options, value in rankings():
        add(name, metric, options, scores, label, weights, value)
    for name, prediction, target, weights, metric, value in regression():
        add(name, metric, {}, prediction, target, weights, value)
    return write("scores", ABOUT, {"inputs": inputs, "cases": cases})


if __name__ == "__main__":
    main()
