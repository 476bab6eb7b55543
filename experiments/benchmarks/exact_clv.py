"""The lifetime models against many digits: exact values of their forecasts on a wide grid, and the worst errors there.

    python -m experiments.benchmarks.exact_clv           # measures against tests/clv/exact.csv
    python -m experiments.benchmarks.exact_clv --write   # computes that table anew first, in a few minutes

Needs mpmath. The values come from the textbook forms with 2F1 and alternating sums, which need many digits, and
from integrals over the time of dropout: none of them is how the package computes. A row of the table is a model, its
parameters, a method, its arguments and the value.
"""

import csv
import sys
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from random import Random

import mpmath as mp
import numpy as np

from clientscape.clv.bgnbd import BGNBD
from clientscape.clv.gamma_gamma import GammaGamma
from clientscape.clv.mbgnbd import MBGNBD
from clientscape.clv.paretonbd import ParetoNBD

TABLE = Path(__file__).parents[2] / "tests" / "clv" / "exact.csv"
MODELS = {model.__name__: model for model in (BGNBD, MBGNBD, ParetoNBD, GammaGamma)}
DIGITS = 40
SMALLEST = 1e-300  # below, floats lose digits and then vanish

HISTORIES = [
    (0, 0, 0), (0, 0, 1e-3), (0, 0, 39), (0, 0, 1e4), (1, 1e-5, 39), (1, 39, 39), (2, 5, 1e4), (3, 20, 39),
    (26, 30.857, 31), (300, 1, 39), (300, 38.999, 39), (3000, 900, 1000),
]  # fmt: skip
HORIZONS = (1e-3, 39, 100_000)
COUNTS = (0, 1, 2, 12, 100, 400)
SPENDS = [(0, 0), (1, 0.01), (1, 35), (3, 1e4), (12, 24.5), (300, 1), (3000, 5000)]

# Besides the corners, this many sets of parameters are drawn from the lists.
DRAWN = 4
RATES, TIMES = (0.05, 0.25, 0.6, 1, 5, 80), (0.01, 1, 10, 300, 1e4)
DROPOUT = (0.02, 0.3, 0.8, 1 - 1e-7, 1, 1 + 1e-7, 2.4, 40, 1000)
CORNERS = {
    "BGNBD": [(0.243, 4.414, 0.793, 2.426), (0.25, 4.4, 0.3, 0.4), (0.25, 4.4, 1, 2.4), (5, 300, 0.02, 0.05)],
    "MBGNBD": [(0.525, 6.183, 0.891, 1.614), (0.25, 4.4, 0.3, 0.4), (0.25, 4.4, 1, 2.4), (5, 300, 0.02, 0.05)],
    "ParetoNBD": [
        (0.553, 10.58, 0.606, 11.67), (0.25, 0.01, 1, 1e4), (0.6, 1e4, 0.02, 0.01), (0.05, 4.4, 1 - 1e-7, 10),
    ],
    "GammaGamma": [(6.25, 3.74, 15.44), (0.1, 1.001, 1), (300, 1.5, 1e-3), (2, 500, 1e5)],
}  # fmt: skip


def nb(n: int, r: mp.mpf, alpha: mp.mpf, t: mp.mpf) -> mp.mpf:
    """Chance of n orders in t without dropout."""
    return mp.rf(r, n) / mp.factorial(n) * (alpha / (alpha + t)) ** r * (t / (alpha + t)) ** n


class BetaGeometric:
    """BG/NBD and MBG/NBD, whose customers have `first` chances to drop out at the first order."""

    def __init__(self, first: int, *parameters: float) -> None:
        self.first = first
        self.r, self.alpha, self.a, self.b = map(mp.mpf, parameters)

    def likelihoods(self, x: int, t_x: mp.mpf, T: mp.mpf) -> tuple[mp.mpf, mp.mpf]:
        """Alive at T, and dropped out at t_x."""
        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        c, orders = x + self.first, mp.rf(r, x) * alpha**r / mp.beta(a, b)
        alive = orders * mp.beta(a, b + c) / (alpha + T) ** (r + x)
        return alive, orders * mp.beta(a + 1, b + c - 1) / (alpha + t_x) ** (r + x) if c else mp.mpf(0)

    def expected_if_alive(self, x: int, T: mp.mpf, t: mp.mpf, survived: int) -> mp.mpf:
        """Eq. 10 of Fader, Hardie & Lee (2005) without P(alive); at its pole a = 1 from beside it."""
        a = self.a + mp.mpf(10) ** -DIGITS if self.a == 1 else self.a
        k, b, z = self.r + x, self.b + survived, t / (self.alpha + T + t)
        return (a + b - 1) / (a - 1) * (1 - (1 - z) ** k * mp.hyp2f1(k, b, a + b - 1, z))

    def expected_orders(self, x: int, t_x: mp.mpf, T: mp.mpf, t: mp.mpf) -> mp.mpf:
        """Of a customer with this history."""
        return p_alive(self, x, t_x, T) * self.expected_if_alive(x, T, t, x + self.first)

    def expected_orders_new(self, t: mp.mpf) -> mp.mpf:
        """Of a new customer."""
        stays = self.b / (self.a + self.b) if self.first else 1
        return stays * self.expected_if_alive(0, mp.mpf(0), t, self.first)

    def probability_of(self, n: int, t: mp.mpf) -> mp.mpf:
        """Eq. 8, with the chance to reach n as the sum of its parts or, where they fall slowly, of all others."""
        a, b, c = self.a, self.b, n + self.first
        lives = mp.beta(a, b + c) / mp.beta(a, b) * nb(n, self.r, self.alpha, t)
        if not c:
            return lives
        if t < self.alpha:
            reaches = mp.fsum(nb(j, self.r, self.alpha, t) for j in range(n, n + 5 * mp.mp.dps + 500))
        else:
            reaches = 1 - mp.fsum(nb(j, self.r, self.alpha, t) for j in range(n))
        return lives + mp.beta(a + 1, b + c - 1) / mp.beta(a, b) * reaches


class Pareto:
    """Pareto/NBD by the forms of Fader & Hardie (2005)."""

    def __init__(self, *parameters: float) -> None:
        self.r, self.alpha, self.s, self.beta = map(mp.mpf, parameters)

    def likelihoods(self, x: int, t_x: mp.mpf, T: mp.mpf) -> tuple[mp.mpf, mp.mpf]:
        """Alive at T, and dropped out between t_x and T."""
        r, alpha, s, beta = self.r, self.alpha, self.s, self.beta
        orders, total = mp.rf(r, x) * alpha**r * beta**s, r + s + x
        larger, other = (alpha, s + 1) if alpha >= beta else (beta, r + x)

        def term(t: mp.mpf) -> mp.mpf:
            z = abs(alpha - beta) / (larger + t)
            return mp.hyp2f1(total, other, total + 1, z) / (larger + t) ** total

        alive = orders / (alpha + T) ** (r + x) / (beta + T) ** s
        return alive, orders * s / total * (term(t_x) - term(T))

    def expected_if_alive(self, x: int, T: mp.mpf, t: mp.mpf) -> mp.mpf:
        """E[Y(t)] without P(alive)."""
        s, late = self.s, self.beta + T
        growth = mp.log((late + t) / late) if s == 1 else (1 - (late / (late + t)) ** (s - 1)) / (s - 1)
        return (self.r + x) * late / (self.alpha + T) * growth

    def expected_orders(self, x: int, t_x: mp.mpf, T: mp.mpf, t: mp.mpf) -> mp.mpf:
        """Of a customer with this history."""
        return p_alive(self, x, t_x, T) * self.expected_if_alive(x, T, t)

    def expected_orders_new(self, t: mp.mpf) -> mp.mpf:
        """Of a new customer."""
        return self.expected_if_alive(0, mp.mpf(0), t)

    def probability_of(self, n: int, t: mp.mpf) -> mp.mpf:
        """Alive at t, or dropped out at some time before: by integration over the logarithm of that time."""
        r, alpha, s, beta = self.r, self.alpha, self.s, self.beta

        def log_gone(w: mp.mpf) -> mp.mpf:
            u = mp.exp(w)
            return (n + 1) * w - (r + n) * mp.log(alpha + u) - (s + 1) * mp.log(beta + u)

        constant = mp.rf(r, n) / mp.factorial(n) * alpha**r * s * beta**s
        return (beta / (beta + t)) ** s * nb(n, r, alpha, t) + constant * _integral(log_gone, mp.log(t))


def _integral(log_density: Callable[[mp.mpf], mp.mpf], end: mp.mpf) -> mp.mpf:
    """Integral up to the end over a density with one peak, piece by piece between where it has fallen by so much."""

    def turn(condition: Callable[[mp.mpf], bool], low: mp.mpf, high: mp.mpf) -> mp.mpf:
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (low, middle) if condition(middle) else (middle, high)
        return low

    start, step = end - 2000, mp.mpf("1e-12")
    peak = turn(lambda w: log_density(w + step) < log_density(w), start, end)
    top, falls = log_density(peak), (1, 4, 10, 20, 40, 70, 100)
    before = [turn(lambda w, fall=fall: log_density(w) > top - fall, start, peak) for fall in falls]
    after = [turn(lambda w, fall=fall: log_density(w) < top - fall, peak, end) for fall in falls]
    pieces = sorted({*before, peak, *after, end})
    # In units of the peak, since mpmath stops at an absolute error.
    return mp.exp(top) * mp.quad(lambda w: mp.exp(log_density(w) - top), pieces)


class Spend:
    """Gamma-Gamma."""

    def __init__(self, *parameters: float) -> None:
        self.p, self.q, self.v = map(mp.mpf, parameters)

    def expected_order_value(self, x: int, m: mp.mpf) -> mp.mpf:
        """Eq. 5."""
        p, q, v = self.p, self.q, self.v
        weight = (q - 1) / (p * x + q - 1)
        return weight * v * p / (q - 1) + (1 - weight) * m

    def log_likelihood(self, x: int, m: mp.mpf) -> mp.mpf:
        """Eq. 1a."""
        p, q, v = self.p, self.q, self.v
        shape = p * x
        values = mp.gamma(shape + q) / mp.gamma(shape) / mp.gamma(q)
        return mp.log(values * v**q * m ** (shape - 1) * x**shape / (v + m * x) ** (shape + q))


def p_alive(model: BetaGeometric | Pareto, x: int, t_x: mp.mpf, T: mp.mpf) -> mp.mpf:
    """Share of the likelihood in which the customer lives."""
    alive, gone = model.likelihoods(x, t_x, T)
    return alive / (alive + gone)


def exact_forms(name: str, parameters: tuple[float, ...]) -> dict[str, Callable[..., mp.mpf]]:
    """The exact form of each method."""
    if name == "GammaGamma":
        spend = Spend(*parameters)
        return {"expected_order_value": spend.expected_order_value, "log_likelihood": spend.log_likelihood}
    model = Pareto(*parameters) if name == "ParetoNBD" else BetaGeometric(int(name == "MBGNBD"), *parameters)
    return {
        "log_likelihood": lambda *history: mp.log(mp.fsum(model.likelihoods(*history))),
        "p_alive": lambda *history: p_alive(model, *history),
        "expected_orders": model.expected_orders,
        "expected_orders_new": model.expected_orders_new,
        "probability_of": model.probability_of,
    }


def cases(name: str) -> Iterator[tuple[str, tuple[float, ...]]]:
    """Methods and arguments."""
    if name == "GammaGamma":
        yield from (("expected_order_value", spend) for spend in SPENDS)
        yield from (("log_likelihood", spend) for spend in SPENDS if spend[0])
        return
    for history in HISTORIES:
        yield from ((method, history) for method in ("log_likelihood", "p_alive"))
        yield from (("expected_orders", (*history, horizon)) for horizon in HORIZONS)
    yield from (("expected_orders_new", (horizon,)) for horizon in HORIZONS)
    yield from (("probability_of", case) for case in product(COUNTS, HORIZONS))


def parameter_sets(name: str, random: Random) -> Iterator[tuple[float, ...]]:
    """The corners, and some drawn."""
    yield from CORNERS[name]
    for _ in range(DRAWN):
        if name == "GammaGamma":
            yield random.choice(RATES), 1 + random.choice(DROPOUT), random.choice(TIMES)
        else:
            last = random.choice(TIMES if name == "ParetoNBD" else DROPOUT)
            yield random.choice(RATES), random.choice(TIMES), random.choice(DROPOUT), last


def table(seed: int = 0) -> Iterator[list[str]]:
    """Rows of the table; numbers with as many digits as a float has."""
    random = Random(seed)
    for name in MODELS:
        for parameters in parameter_sets(name, random):
            forms = exact_forms(name, parameters)
            for method, arguments in cases(name):
                integral = name == "ParetoNBD" and method == "probability_of"
                with mp.workdps(DIGITS if integral else 5 * DIGITS):
                    value = float(forms[method](*map(_number, arguments)))
                yield [name, " ".join(map(repr, parameters)), method, " ".join(map(repr, arguments)), repr(value)]


def _number(value: float) -> int | mp.mpf:
    return value if isinstance(value, int) else mp.mpf(value)


def fitted(name: str, parameters: list[float]) -> BGNBD | MBGNBD | ParetoNBD | GammaGamma:
    """A model with these parameters."""
    model = MODELS[name]()
    for parameter, value in zip(model.RAN_AWAY, parameters, strict=True):
        setattr(model, f"{parameter}_", value)
    model.status_ = "ok"
    return model


def error(row: list[str]) -> float:
    """Relative error of a row of the table (of a log-likelihood, to one at least)."""
    name, parameters, method, arguments, exact = row
    numbers = [float(argument) for argument in arguments.split()]
    columns = [[number] for number in numbers]
    if method in ("expected_orders", "expected_orders_new", "probability_of"):
        columns[-1] = numbers[-1]
    found = float(np.squeeze(getattr(fitted(name, [float(p) for p in parameters.split()]), method)(*columns)))
    scale = max(1.0, abs(float(exact))) if method == "log_likelihood" else abs(float(exact))
    if not np.isfinite(found) or (found < 0 and method != "log_likelihood"):
        return float("inf")
    return abs(found - float(exact)) / scale if scale > SMALLEST else float(found > 2 * SMALLEST)


def worst(rows: list[list[str]]) -> dict[tuple[str, str], tuple[float, list[str]]]:
    """The worst error of each model and method, and where it is."""
    found: dict[tuple[str, str], tuple[float, list[str]]] = {}
    for row in rows:
        key = row[0], row[2]
        found[key] = max(found.get(key, (0.0, row)), (error(row), row))
    return found


def main() -> None:
    """Write the table where asked to; print the worst errors."""
    if "--write" in sys.argv:
        with TABLE.open("w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(table())
    with TABLE.open(newline="") as file:
        rows = list(csv.reader(file))
    print(f"{len(rows)} values")
    for (name, method), (size, row) in worst(rows).items():
        print(f"{name:11} {method:21} {size:8.1e}   at {row[1]} | {row[3]}")


if __name__ == "__main__":
    main()
