"""metrics.json: evaluation metrics by their formulas, in numpy float64."""

import numpy as np

from fixture import grid, number, tensor, write

ABOUT = {
    "dtype": "float64",
    "inputs": "exact in float32",
    "accuracy": "share of rows whose argmax is the label (for 2-d targets: the argmax of the "
    "target); the first of equal values is the argmax",
    "topK": "share of rows in which fewer than k classes come before the label: a class comes "
    "before it if its score is greater, or equal at a smaller index; k = 1 is accuracy",
    "binaryAccuracy": "share of elements where (prediction > threshold) equals (target > 0.5); "
    "a prediction equal to the threshold is the negative class. With logits the prediction is "
    "sigmoid(x) and the compared quantity x > log(threshold / (1 - threshold))",
    "mae, rmse": "over all elements",
    "r2": "1 - SSres / SStot per output column, then the mean of the columns; a column of equal "
    "targets counts 1 if SSres is 0, else 0 (scikit-learn's rule)",
    "confusionMatrix": "row = label, column = argmax of the prediction",
}


def scores():
    """Scores with ties at the top, on the edge of the first three, and everywhere."""
    ties = [
        [1, 1, 0, 0, 0],
        [1, 1, 0, 0, 0],
        [3, 2, 1, 1, 0],
        [3, 2, 1, 1, 0],
        [2, 2, 2, 2, 2],
        [2, 2, 2, 2, 2],
        [0, 0.5, 1, 1.5, 2],
        [-1, -2, -0.5, -0.5, -0.5],
    ]
    plain = grid([12, 5], 1.5, 61).numpy()
    labels = [0, 1, 2, 3, 2, 3, 1, 3] + [0, 1, 2, 3, 4, 0, 1, 2, 3, 3, 2, 2]
    return np.concatenate([np.array(ties, dtype=float), plain]), np.array(labels)


def first_argmax(x):
    """Index of the first greatest value of each row."""
    return np.argmax(x, axis=-1)


def top_k(x, labels, k):
    """Top-k accuracy with ties in favour of the smaller index."""
    classes = np.arange(x.shape[1])[None, :]
    own = x[np.arange(len(labels)), labels][:, None]
    before = (x > own) | ((x == own) & (classes < labels[:, None]))
    return (before.sum(1) < k).mean()


def confusion(x, labels, classes):
    """Counts by label and predicted class."""
    matrix = np.zeros((classes, classes), dtype=int)
    np.add.at(matrix, (labels, first_argmax(x)), 1)
    return matrix


def r2_score(prediction, target):
    """Coefficient of determination, averaged over columns."""
    residual = ((target - prediction) ** 2).sum(0)
    total = ((target - target.mean(0)) ** 2).sum(0)
    ratio = 1 - residual / np.where(total == 0, 1, total)
    return np.where(total == 0, (residual == 0).astype(float), ratio).mean()


def case(metric, options, prediction, target, value):
    """One metric on one pair of arrays."""
    words = [f"{k}={v}" for k, v in options.items()]
    return {
        "name": " ".join([metric, *words]),
        "metric": metric,
        "options": options,
        "prediction": tensor(prediction),
        "target": tensor(target),
        "value": tensor(value) if isinstance(value, np.ndarray) else number(value),
    }


def classification():
    """accuracy, topK, confusionMatrix."""
    x, labels = scores()
    share = (first_argmax(x) == labels).mean()
    hot = np.eye(5)[labels]
    soft = np.array([[0.5, 0.5, 0], [0.25, 0.5, 0.25], [0, 0.25, 0.75]])
    guess = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0], [1.0, 0.0, 0.5]])
    softened = (first_argmax(guess) == first_argmax(soft)).mean()
    cases = [
        case("accuracy", {}, x, labels, share),
        case("accuracy", {}, x, hot, share),
        case("accuracy", {}, guess, soft, softened),
    ]
    cases += [case("topK", {"k": k}, x, labels, top_k(x, labels, k)) for k in (1, 2, 3, 5)]
    cases.append(case("confusionMatrix", {"classes": 5}, x, labels, confusion(x, labels, 5)))
    return cases


def binary():
    """binaryAccuracy on probabilities and on logits."""
    p = np.array([0, 0.25, 0.5, 0.5625, 0.75, 1, 0.75, 0.375, 0.625, 0.125])
    y = np.array([0, 0, 0, 1, 1, 1, 0, 1, 1, 1])
    cases = [
        case("binaryAccuracy", {"threshold": t, "logits": False}, p, y, ((p > t) == (y > 0.5)).mean())
        for t in (0.25, 0.5, 0.75)
    ]
    logits = np.array([-100, -1, 0, 0, 1, 100, 0.5, -0.5, 3, 2])
    for t in (0.5, 0.9):
        hits = (logits > np.log(t / (1 - t))) == (y > 0.5)
        options = {"threshold": t, "logits": True}
        cases.append(case("binaryAccuracy", options, logits, y, hits.mean()))
    return cases


def regression():
    """mae, rmse, r2 on matrices, a vector, a perfect and a constant target."""
    a, b = grid([9, 3], 1.0, 62).numpy(), grid([9, 3], 1.0, 63).numpy()
    far = grid([11], 0.25, 64).numpy() + 1024
    flat = np.full((5, 1), 2.0)
    pairs = [(a, b), (a + b, b), (a, a.copy()), (far + 0.5, far)]
    pairs += [(flat, flat.copy()), (flat + np.arange(5)[:, None], flat)]
    cases = []
    for prediction, target in pairs:
        error = prediction - target
        cases.append(case("mae", {}, prediction, target, np.abs(error).mean()))
        cases.append(case("rmse", {}, prediction, target, np.sqrt((error**2).mean())))
        cases.append(case("r2", {}, prediction, target, r2_score(prediction, target)))
    return cases


def main():
    return write("metrics", ABOUT, {"cases": classification() + binary() + regression()})


if __name__ == "__main__":
    main()
