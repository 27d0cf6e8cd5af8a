"""scores.json: metrics of classes, probabilities and numbers by scikit-learn, on cases that trip naive code."""

import warnings

import numpy as np
import sklearn
import sklearn.metrics as sk
from fixture import number, numbers, write
from scipy.special import log_softmax, softmax

ABOUT = {
    "sklearn": sklearn.__version__,
    "dtype": "float64",
    "weights of 0": "rows of weight 0 are left out for sklearn, which counts their classes as present",
    "topK": "sklearn on classes in reverse order: it gives equal scores to the last class, we to the first",
    "logits beyond sklearn's clipping": "log-loss by its formula on log_softmax (scipy)",
    "rocAuc, prAuc": "a class without both kinds of rows (prAuc: without positives) has no value: NaN alone, left out of means",
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
        ("one label, weighted", plain, np.full(40, 2), weights),
        ("one label, always said", np.eye(CLASSES)[np.full(40, 2)], np.full(40, 2), None),
        ("weights of 0 for a class and others", plain, labels, np.where((labels == 2) | (np.arange(40) % 5 == 0), 0, weights)),
        ("weights from 2^-12 to 2^12", plain, labels, 2.0 ** draws.randint(-12, 13, 40)),
        ("huge logits", plain * 1024, labels, weights),
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
        ("single, always true", plain, np.ones(30, int), weights),
        ("single, all scores equal", np.zeros(30), target, weights),
        ("single, weights of 0", plain, target, np.where(np.arange(30) % 3 == 0, 0, weights)),
        ("single, one row", plain[:1], target[:1], None),
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
        for beta in (0.5, 2):
            yield "fBeta", {"average": average, "beta": beta}, sk.fbeta_score(label, said, beta=beta, **shared)
        yield "iou", {"average": average}, sk.jaccard_score(label, said, **shared)
        if average != "micro":
            yield "specificity", {"average": average}, specificity(label, said, weights, classes, average)


def counted(label, said, logits, weights, classes):
    """Shares of rows and the matrix of their counts."""
    if classes == 2:
        yield "binaryAccuracy", {}, sk.accuracy_score(label, said, sample_weight=weights)
        return
    yield "accuracy", {}, sk.accuracy_score(label, said, sample_weight=weights)
    matrix = sk.confusion_matrix(label, said, labels=range(classes), sample_weight=weights)
    yield "confusionMatrix", {"classes": classes}, matrix
    for k in range(1, classes + 1):
        backwards = dict(k=k, labels=range(classes), sample_weight=weights)
        yield "topK", {"k": k}, sk.top_k_accuracy_score(classes - 1 - label, logits[:, ::-1], **backwards)


def kept(weights, *arrays):
    """Without the rows of weight 0."""
    if weights is None:
        return [weights, *arrays]
    return [a[weights > 0] for a in (weights, *arrays)]


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


def probabilities(logits, label, weights, classes):
    probability = softmax(logits, axis=1)
    loss = sk.log_loss(label, probability, labels=range(classes), sample_weight=weights)
    if np.abs(logits).max() > 36:
        loss = np.average(-log_softmax(logits, axis=1)[np.arange(len(label)), label], weights=weights)
    yield "logLoss", {}, loss
    yield "perplexity", {}, np.exp(loss)
    if classes == 2:
        yield "brier", {}, sk.brier_score_loss(label, probability[:, 1], sample_weight=weights)
    else:
        squares = ((probability - np.eye(classes)[label]) ** 2).sum(1) / 2
        yield "brier", {}, np.average(squares, weights=weights)
    for bins in (5, 15):
        yield "calibrationError", {"bins": bins}, calibration(probability, label, weights, bins)


AREAS = {"rocAuc": sk.roc_auc_score, "prAuc": sk.average_precision_score}


def area_of(area, truth, scores, weights):
    """NaN where it has no value; sklearn raises, or warns and gives 0."""
    weights, truth, scores = kept(weights, truth, scores)
    if truth.sum() == 0 or (area is sk.roc_auc_score and truth.all()):
        return np.nan
    return area(truth, scores, sample_weight=weights)


def rankings():
    """Name, scores, labels, weights, metric, options, value; scores as they are."""
    for name, scores, target, weights in single_cases():
        for metric, area in AREAS.items():
            yield name, scores[:, None], target[:, None], weights, metric, {}, area_of(area, target, scores, weights)
    for name, scores, label, weights in class_cases():
        shares = np.bincount(label, weights, CLASSES)
        truth = np.eye(CLASSES, dtype=int)[label]
        for metric, area in AREAS.items():
            each = np.array([area_of(area, truth[:, c], scores[:, c], weights) for c in range(CLASSES)])
            there = ~np.isnan(each)
            for average in ("macro", "weighted", "none"):
                options = {"average": average, "logits": False}
                if average == "none":
                    value = each
                elif not there.any():
                    value = np.nan
                elif there.all():
                    value = area(truth, scores, average=average, sample_weight=weights)
                else:
                    value = np.average(each[there], weights=shares[there] if average == "weighted" else None)
                yield name, scores, label, weights, metric, options, value
        if all(shares > 0) and len(label) > 1:
            for average in ("macro", "weighted"):
                shared = dict(multi_class="ovr", average=average, sample_weight=weights)
                value = sk.roc_auc_score(label, softmax(scores, axis=1), **shared)
                yield name, scores, label, weights, "rocAuc", {"average": average}, value


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
        ("numbers, one column", prediction[:, 0], target[:, 0], weights),
        ("numbers, weights of 0", prediction, target, np.where(np.arange(30) % 2 == 0, 0, weights)),
        ("numbers, all equal", np.full((30, 3), 0.5), np.full((30, 3), 0.5), weights),
        ("numbers, weights from 2^-12 to 2^12", prediction, target, 2.0 ** draws.randint(-12, 13, 30)),
    ]:
        shared = dict(sample_weight=w)
        yield name, p, t, w, "mae", sk.mean_absolute_error(t, p, **shared)
        yield name, p, t, w, "rmse", np.sqrt(np.mean(sk.mean_squared_error(t, p, multioutput="raw_values", **shared)))
        yield name, p, t, w, "r2", sk.r2_score(t, p, **shared)
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
        w, l, z = kept(weights, label, logits)
        said = z.argmax(1)
        rows = [*averaged(l, said, w, CLASSES, False), *whole(l, said, w, CLASSES), *counted(l, said, z, w, CLASSES)]
        for metric, options, value in [*rows, *probabilities(z, l, w, CLASSES)]:
            add(name, metric, options, logits, label, weights, value)
    sure, label = softmax(grid((60, CLASSES), 13) * 1024, axis=1), np.random.RandomState(14).randint(0, CLASSES, 60)
    exact = ((sure < 1e-16) | (sure == 0.5) | (sure == 1)).all(1)
    sure, label = np.where(sure < 1e-16, 0, sure)[exact], label[exact]
    loss = sk.log_loss(label, sure, labels=range(CLASSES))
    for metric, value in [("logLoss", loss), ("perplexity", np.exp(loss))]:
        add("probabilities of 0 and 1", metric, {"logits": False}, sure, label, None, value)
    for name, logits, label, weights in single_cases():
        w, l, z = kept(weights, label, logits)
        said = (z > 0).astype(int)
        rows = [*averaged(l, said, w, 2, True), *whole(l, said, w, 2), *counted(l, said, z, w, 2)]
        for metric, options, value in [*rows, *probabilities(np.stack([0 * z, z], 1), l, w, 2)]:
            add(name, metric, options, logits[:, None], label[:, None], weights, value)
    for name, scores, label, weights, metric, options, value in rankings():
        add(name, metric, options, scores, label, weights, value)
    for name, prediction, target, weights, metric, value in regression():
        add(name, metric, {}, prediction, target, weights, value)
    return write("scores", ABOUT, {"inputs": inputs, "cases": cases})


if __name__ == "__main__":
    main()
