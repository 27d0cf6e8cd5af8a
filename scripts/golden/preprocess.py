"""preprocess.json: scalers, imputers and one-hot encoding by scikit-learn, on columns that trip naive code."""

import math
import warnings

import numpy as np
import sklearn
from fixture import numbers, write
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler

ABOUT = {
    "sklearn": sklearn.__version__,
    "dtype": "float64",
    "cases": "x [rows, columns], fitted to and transformed; min, max of MinMaxScaler's data_min_, data_max_",
    "indicator": "MissingIndicator(features='all')",
    "large": "statistics of the columns that `large_columns` computes, which the test repeats; mean and scale"
    " by math.fsum, since StandardScaler's mean of the first column is off by 4e-5",
    "oneHot": "fitted to x, `rows` transformed with handle_unknown='ignore'",
}
NAN = float("nan")
RANGES = [(0.0, 1.0), (-1.0, 3.0)]


def draws(shape, seed, step=1 / 64):
    return np.round(np.random.RandomState(seed).standard_normal(shape) / step) * step


def cases():
    """Name, x. No column without a number."""
    plain = draws((21, 3), 1)
    holes = draws((20, 4), 2, step=0.5)
    holes[np.random.RandomState(3).uniform(size=holes.shape) < 0.3] = NAN
    lonely = np.full((5, 2), NAN)
    lonely[3, 0], lonely[1, 1] = 2.5, -7
    return [
        ("plain", plain),
        ("an even count", plain[:20] * [1, 1000, 1e-3]),
        ("one row", plain[:1]),
        ("two rows", plain[:2]),
        ("constant columns", np.column_stack([plain[:, 0], np.full(21, 0.1), np.full(21, -3e7), np.zeros(21)])),
        ("a great offset", 1e8 + draws((50, 2), 4) * [1e-3, 1]),
        ("a greater offset", np.array([1.7e12, -4.4e12]) + draws((50, 2), 5, step=1) * 1000),
        ("tiny and huge", draws((20, 2), 6) * [1e-30, 1e30]),
        ("missing", holes),
        ("one number a column", lonely),
        ("ties", np.array([[2, 1, 5], [1, 2, 4], [2, 3, 3], [1, 4, 2], [3, 5, 1], [NAN, NAN, NAN]], dtype=float)),
        ("signed zeros", np.array([[0.0, -0.0], [-0.0, 1.0], [0.0, 1.0], [5.0, -0.0]])),
    ]


def scaled(x):
    standard = StandardScaler().fit(x)
    return {
        "mean": numbers(standard.mean_),
        "scale": numbers(standard.scale_),
        "standardized": numbers(standard.transform(x)),
        "min": numbers(MinMaxScaler().fit(x).data_min_),
        "max": numbers(MinMaxScaler().fit(x).data_max_),
        "ranges": [
            {"range": list(ends), "scaled": numbers(MinMaxScaler(feature_range=ends).fit_transform(x))}
            for ends in RANGES
        ],
    }


def imputed(x):
    fills = {
        name: numbers(SimpleImputer(strategy=strategy).fit(x).statistics_)
        for name, strategy in (("mean", "mean"), ("median", "median"), ("mostFrequent", "most_frequent"))
    }
    return {
        "fills": fills,
        "filled": numbers(SimpleImputer(strategy="median").fit_transform(x)),
        "indicator": numbers(MissingIndicator(features="all").fit_transform(x).astype(int)),
    }


def clipped():
    x, rows = draws((10, 2), 7), draws((10, 2), 8) * 3
    scaler = MinMaxScaler(feature_range=(-1, 1), clip=True).fit(x)
    return {"x": numbers(x), "rows": numbers(rows), "scaled": numbers(scaler.transform(rows))}


def one_hot():
    lists = [
        ("whole numbers", [[3, 10], [1, 20], [3, 10], [2, 30]], [[1, 30], [3, 20], [4, 10], [2, 11]]),
        ("one category", [[5], [5]], [[5], [4]]),
        ("negative, great and broken", [[-1.5, 16777217], [0, 16777216], [-1.5, 2**40]], [[0, 16777217], [-1.5, 2**40 + 1]]),
        ("missing as a category", [[1, NAN], [NAN, 2], [NAN, 2], [0, 1]], [[NAN, NAN], [1, 2], [0, 5]]),
        ("missing that was never seen", [[1, 0], [2, 1]], [[NAN, 0], [2, NAN]]),
    ]
    found = []
    for name, x, rows in lists:
        encoder = OneHotEncoder(sparse_output=False, handle_unknown="ignore").fit(np.array(x, dtype=float))
        found.append(
            {
                "name": name,
                "columns": len(x[0]),
                "x": numbers(np.array(x, dtype=float)),
                "categories": [numbers(c) for c in encoder.categories_],
                "rows": numbers(np.array(rows, dtype=float)),
                "encoded": numbers(encoder.transform(np.array(rows, dtype=float)).astype(int)),
            }
        )
    return found


def large_columns(rows=400_000):
    i = np.arange(rows, dtype=float)
    first = 1e8 + (i * 7919 % 10007) / 1024
    second = np.where(i % 13 == 0, NAN, i * i % 997)
    third = i / rows
    return np.column_stack([first, second, third])


def mean_and_deviation(column):
    there = column[~np.isnan(column)]
    mean = math.fsum(there) / len(there)
    return mean, math.sqrt(math.fsum((there - mean) ** 2) / len(there))


def large():
    x = large_columns()
    fits = {s: SimpleImputer(strategy=s).fit(x).statistics_ for s in ("mean", "median", "most_frequent")}
    return {
        "rows": len(x),
        "mean": [mean_and_deviation(column)[0] for column in x.T],
        "scale": [mean_and_deviation(column)[1] for column in x.T],
        "min": numbers(np.nanmin(x, axis=0)),
        "max": numbers(np.nanmax(x, axis=0)),
        "median": numbers(fits["median"]),
        "mostFrequent": numbers(fits["most_frequent"]),
    }


def main():
    warnings.simplefilter("ignore")
    content = [
        {"name": name, "columns": x.shape[1], "x": numbers(x), **scaled(x), **imputed(x)} for name, x in cases()
    ]
    return write(
        "preprocess",
        ABOUT,
        {"cases": content, "clipped": clipped(), "oneHot": one_hot(), "large": large()},
    )


if __name__ == "__main__":
    main()
