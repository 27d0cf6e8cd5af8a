"""Minimax polynomials of native/kernels/math.inl, by Remez's exchange in extended precision.

Prints float32 coefficients, lowest degree first, and the relative error that they leave before
rounding of the evaluation. Needs mpmath. Run: /usr/bin/python3 scripts/polynomials/fit.py
"""

from mpmath import mp, mpf, cos, erf, erfc, exp, linspace, log, lu_solve, matrix, pi, sin, sqrt

mp.dps = 40


def remez(target, weight, low, high, degree):
    """Coefficients c minimising max |weight(x) * (sum c_k x^k - target(x))| on [low, high]."""
    count = degree + 2
    nodes = [(low + high) / 2 - (high - low) / 2 * cos(pi * i / (count - 1)) for i in range(count)]
    grid = linspace(low, high, 2000)
    for _ in range(30):
        system = matrix(count, count)
        right = matrix(count, 1)
        for i, x in enumerate(nodes):
            for k in range(degree + 1):
                system[i, k] = x**k
            system[i, degree + 1] = (-1) ** i / weight(x)
            right[i] = target(x)
        solution = lu_solve(system, right)
        coefficients = [solution[k] for k in range(degree + 1)]
        error = [weight(x) * (evaluate(coefficients, x) - target(x)) for x in grid]
        extremes = []
        start = 0
        for i in range(1, len(grid) + 1):
            if i == len(grid) or (error[i] > 0) != (error[start] > 0):
                best = max(range(start, i), key=lambda j: abs(error[j]))
                extremes.append(best)
                start = i
        if len(extremes) < count:
            break
        while len(extremes) > count:
            extremes.pop(0 if abs(error[extremes[0]]) < abs(error[extremes[-1]]) else -1)
        nodes = [grid[i] for i in extremes]
    return coefficients, max(abs(e) for e in error)


def evaluate(coefficients, x):
    total = mpf(0)
    for c in reversed(coefficients):
        total = total * x + c
    return total


def show(name, target, weight, low, high, degree):
    coefficients, error = remez(target, weight, mpf(low), mpf(high), degree)
    print(f"{name}: relative error {float(error):.1e}")
    print("  " + ", ".join(f"{float(c):.9g}f" for c in coefficients))


half_ln2 = log(2) / 2
quarter_pi = (pi / 4) ** 2
tiny = mpf("1e-9")

show("exp: (e^r - 1 - r) / r^2", lambda r: (exp(r) - 1 - r) / r**2 if abs(r) > tiny else mpf(1) / 2 + r / 6,
     lambda r: r**2 + tiny, -half_ln2 * mpf("1.01"), half_ln2 * mpf("1.01"), 5)
show("exp: (e^r - 1) / r", lambda r: (exp(r) - 1) / r if abs(r) > tiny else 1 + r / 2,
     lambda r: (r + tiny) / exp(r), -half_ln2 * mpf("1.001"), half_ln2 * mpf("1.001"), 5)
show("exp2: (2^f - 1) / f", lambda f: (mpf(2)**f - 1) / f if abs(f) > tiny else log(2) + f * log(2)**2 / 2,
     lambda f: (f + tiny) / mpf(2)**f, -mpf(1) / 2, mpf(1) / 2, 5)
show("log: (log(1 + f) - f + f^2 / 2) / f^3",
     lambda f: (log(1 + f) - f + f**2 / 2) / f**3 if abs(f) > mpf("1e-6") else mpf(1) / 3 - f / 4 + f * f / 5,
     lambda f: f**2 + tiny, sqrt(mpf(1) / 2) - 1, sqrt(mpf(2)) - 1, 8)
show("sin: (sin(r) / r - 1) / r^2, in r^2", lambda s: (sin(sqrt(s)) / sqrt(s) - 1) / s if s > tiny else -mpf(1) / 6 + s / 120,
     lambda s: s + tiny, 0, quarter_pi * mpf("1.01"), 3)
show("cos: (cos(r) - 1 + r^2 / 2) / r^4, in r^2",
     lambda s: (cos(sqrt(s)) - 1 + s / 2) / s**2 if s > mpf("1e-6") else mpf(1) / 24 - s / 720,
     lambda s: s**2 + tiny, 0, quarter_pi * mpf("1.01"), 3)
show("erf: erf(x) / x - 1, in x^2, |x| < 0.93", lambda s: erf(sqrt(s)) / sqrt(s) - 1 if s > tiny else 2 / sqrt(pi) - 1 - 2 * s / (3 * sqrt(pi)),
     lambda s: mpf(1), 0, mpf("0.93") ** 2, 6)
show("erf: -log(1 - erf(x)) / x - 1, 0.92 < x < 4", lambda x: -log(erfc(x)) / x - 1, lambda x: x * erfc(x), mpf("0.92"), 4, 7)
