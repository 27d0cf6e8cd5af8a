"""splits.json: test rows of scikit-learn's splitters, without shuffling, and rounds of successive halving."""

import warnings

import numpy as np
import sklearn
from fixture import write
from sklearn.base import BaseEstimator
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import (
    GroupKFold,
    HalvingGridSearchCV,
    KFold,
    StratifiedKFold,
    TimeSeriesSplit,
)

ABOUT = {
    "sklearn": sklearn.__version__,
    "cases": "splitter, its arguments in our names, [first, last + 1] or list of the rows of every train and test",
    "halving": "candidates and resources of every round",
}


def rows(index):
    """A run as [begin, end), else the list."""
    index = [int(i) for i in index]
    if index == list(range(index[0], index[-1] + 1)):
        return {"from": index[0], "to": index[-1] + 1}
    return index


def case(splitter, argument, options, splits):
    argument = [x if isinstance(x, str) else int(x) for x in argument] if np.ndim(argument) else int(argument)
    return {
        "splitter": splitter,
        "argument": argument,
        "options": options,
        "train": [rows(train) for train, _ in splits],
        "test": [rows(test) for _, test in splits],
    }


def k_fold():
    for n, folds in [(10, 5), (11, 4), (17, 3), (7, 7), (2, 2)]:
        yield case("kFold", n, {"folds": folds}, list(KFold(folds).split(np.zeros(n))))


def stratified():
    draws = np.random.RandomState(4)
    labels = [
        np.array([0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 2]),
        draws.randint(0, 3, 40),
        draws.randint(-2, 5, 61),
        np.where(draws.uniform(size=50) < 0.1, 7, 3),
        np.array([5, 5, 1, 1, 5, 1, 9, 5, 5]),
        np.zeros(9, int),
        np.array(["b", "a", "b", "c", "a", "b", "a", "b"]),
    ]
    for y in labels:
        for folds in (2, 3, 5):
            if np.unique(y, return_counts=True)[1].max() >= folds:
                splits = list(StratifiedKFold(folds).split(np.zeros(len(y)), y))
                yield case("stratifiedKFold", y, {"folds": folds}, splits)


def grouped():
    draws = np.random.RandomState(6)
    sizes = draws.permutation(np.arange(1, 22))
    groups = [
        draws.randint(0, 6, 30),
        draws.randint(0, 12, 45),
        np.array([3, 3, 1, 1, 2, 2, 0, 0]),
        draws.permutation(np.repeat(np.arange(21) * 3 - 7, sizes)),
        np.array(["u", "v", "u", "w", "v", "x", "x", "x"]),
    ]
    for g in groups:
        for folds in (2, 4):
            yield case("groupKFold", g, {"folds": folds}, list(GroupKFold(folds).split(np.zeros(len(g)), groups=g)))


def time_series():
    for n, options in [
        (12, {"folds": 5}),
        (13, {"folds": 3}),
        (40, {"folds": 4, "testRows": 5, "gap": 2}),
        (40, {"folds": 4, "maxTrainRows": 9}),
        (30, {"folds": 2, "testRows": 3, "gap": 1, "maxTrainRows": 100}),
        (3, {"folds": 2}),
    ]:
        splitter = TimeSeriesSplit(
            options["folds"],
            test_size=options.get("testRows"),
            gap=options.get("gap", 0),
            max_train_size=options.get("maxTrainRows"),
        )
        yield case("timeSeriesSplit", n, options, list(splitter.split(np.zeros(n))))


class Dummy(BaseEstimator):
    """Scores its own parameter; has a resource of its own."""

    def __init__(self, a=0, epochs=1):
        self.a, self.epochs = a, epochs

    def fit(self, x, y):
        return self

    def score(self, x, y):
        return self.a


def halving():
    for candidates, factor, most, least in [
        (9, 3, 27, "exhaust"),
        (20, 3, 81, "exhaust"),
        (20, 2, 10, "exhaust"),
        (7, 3, 100, 1),
        (5, 4, 3, 2),
        (1, 3, 10, "exhaust"),
        (64, 2, 16, 1),
    ]:
        search = HalvingGridSearchCV(
            Dummy(),
            {"a": list(range(candidates))},
            factor=factor,
            resource="epochs",
            max_resources=most,
            min_resources=least,
            cv=2,
            refit=False,
        )
        search.fit(np.zeros((8, 1)), np.zeros(8))
        yield {
            "candidates": candidates,
            "factor": factor,
            "max": most,
            "min": None if least == "exhaust" else least,
            "candidatesOf": [int(n) for n in search.n_candidates_],
            "resourcesOf": [int(n) for n in search.n_resources_],
        }


def main():
    warnings.simplefilter("ignore")
    cases = [*k_fold(), *stratified(), *grouped(), *time_series()]
    return write("splits", ABOUT, {"cases": cases, "halving": list(halving())})


if __name__ == "__main__":
    main()
