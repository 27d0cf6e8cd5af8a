"""calibration.json: temperatures by a root of the derivative in scipy; bootstrap intervals by scipy.stats."""

import numpy as np
import scipy
import sklearn.metrics as sk
from fixture import number, numbers, write
from scipy.optimize import brentq
from scipy.special import logsumexp, softmax
from scipy.stats import bootstrap, norm

ABOUT = {
    "scipy": scipy.__version__,
    "temperature": "1 / beta, beta the root of the derivative of the mean cross-entropy of beta * logits (brentq)",
    "logLoss": "before and after, sklearn.metrics.log_loss or, for soft targets, by its formula",
    "intervals": "scipy.stats.bootstrap: its distribution of resampled values, the leave-one-out values, both ends",
    "normal": "scipy.stats.norm: x, cdf(x); p, ppf(p)",
}


def temperature(logits, truth, weights):
    """The temperature in [0.01, 100] with the least weighted cross-entropy."""

    def slope(beta):
        p = softmax(beta * logits, axis=1)
        each = (p * logits).sum(1) * truth.sum(1) - (truth * logits).sum(1)
        return (weights * each).sum()

    if slope(0.01) >= 0:
        return 100.0
    if slope(100) <= 0:
        return 0.01
    return 1 / brentq(slope, 0.01, 100, xtol=1e-15, rtol=1e-15)


def loss(logits, truth, weights):
    logs = logits - logsumexp(logits, axis=1, keepdims=True)
    return np.average(-(truth * logs).sum(1), weights=weights)


def temperatures():
    draws = np.random.RandomState(11)

    def noisy(rows, classes, scale):
        """Logits that are `scale` times too sure."""
        logits = np.round(draws.standard_normal((rows, classes)) * 64) / 64
        p = softmax(logits, axis=1)
        labels = np.array([draws.choice(classes, p=row) for row in p])
        return logits * scale, labels

    sure, labels = noisy(200, 4, 3)
    shy, shy_labels = noisy(150, 3, 0.25)
    weights = np.round(draws.uniform(0, 3, 200) * 16) / 16
    soft = np.round(draws.dirichlet(np.ones(4), 200) * 64) / 64
    score, target = noisy(120, 2, 2)
    single = np.round((score[:, 1] - score[:, 0]) * 64) / 64
    right = np.eye(3)[draws.randint(0, 3, 30)]
    cases = [
        ("too sure", sure, labels, None),
        ("not sure enough", shy, shy_labels, None),
        ("weighted", sure, labels, weights),
        ("soft targets", sure, soft, None),
        ("single scores", single[:, None], target[:, None], None),
        ("all right", right * 2, right.argmax(1), None),
        ("all wrong", right * 2, (right.argmax(1) + 1) % 3, None),
        ("huge logits", sure * 64, labels, None),
    ]
    for name, logits, given, weights in cases:
        if logits.shape[1] == 1:
            z, truth = np.hstack([np.zeros_like(logits), logits]), np.hstack([1 - given, given])
        else:
            z = logits
            truth = given if given.ndim == 2 else np.eye(z.shape[1])[given]
        w = np.ones(len(z)) if weights is None else weights
        t = temperature(z, truth, w)
        if given.ndim == 1 and name != "huge logits":
            own = sk.log_loss(given, softmax(z, axis=1), sample_weight=w, labels=range(z.shape[1]))
            assert abs(own - loss(z, truth, w)) < 1e-12
        yield {
            "name": name,
            "logits": {"shape": list(logits.shape), "data": numbers(logits)},
            "target": {"shape": list(given.shape), "data": numbers(given)},
            "weights": None if weights is None else numbers(weights),
            "temperature": number(t),
            "before": number(loss(z, truth, w)),
            "after": number(loss(z / t, truth, w)),
        }


def intervals():
    draws = np.random.RandomState(12)
    for name, sample, statistic in [
        ("mean of normal numbers", draws.standard_normal(25), np.mean),
        ("mean of skewed numbers", draws.exponential(size=30), np.mean),
        ("deviation", draws.exponential(size=20), np.std),
        ("mean, many ties", np.round(draws.standard_normal(21)), np.mean),
    ]:
        for level in (0.9, 0.95):
            ends = {}
            for method in ("percentile", "BCa"):
                result = bootstrap(
                    (sample,),
                    statistic,
                    n_resamples=99,
                    confidence_level=level,
                    method=method,
                    random_state=5,
                    vectorized=False,
                )
                ends[method] = result.confidence_interval
            left_out = [statistic(np.delete(sample, i)) for i in range(len(sample))]
            yield {
                "name": name,
                "level": level,
                "value": number(statistic(sample)),
                "resampled": numbers(result.bootstrap_distribution),
                "leftOut": numbers(left_out),
                "percentile": [number(ends["percentile"].low), number(ends["percentile"].high)],
                "bca": [number(ends["BCa"].low), number(ends["BCa"].high)],
            }


def main():
    xs = [-8.5, -5, -3.2, -1, -0.3, 0, 1e-9, 0.5, 1.96, 2.9, 4, 6, 7.9]
    ps = [1e-300, 1e-20, 1e-5, 0.005, 0.025, 0.1, 0.3, 0.5, 0.6, 0.9, 0.975, 0.9999, 1 - 1e-12]
    normal = {
        "x": xs,
        "cdf": numbers(norm.cdf(xs)),
        "p": ps,
        "ppf": numbers(norm.ppf(ps)),
    }
    return write(
        "calibration",
        ABOUT,
        {"temperatures": list(temperatures()), "intervals": list(intervals()), "normal": normal},
    )


if __name__ == "__main__":
    main()
