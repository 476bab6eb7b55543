"""The highest profit of campaigns by the package empulse: the numbers that tests/evaluate/test_profit.py expects.

    python3 -m venv empulse
    empulse/bin/pip install empulse==0.13.1
    empulse/bin/python experiments/benchmarks/profit_empulse.py     # writes tests/evaluate/empulse.csv anew

empulse wants other versions of what clientscape needs, hence an environment of its own. Where all customers are worth
the same it is asked for `mpc_score` (Verbraken et al. 2013); where each has his own value, for its strategy
`EmpiricalMaxProfit` on the same costs. Both are profits per customer [currency], and its `clv` is what is saved of one
who stays. A row of the table is a campaign, and the share of the customers whose contact brings most.
"""

import csv
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from random import Random

TABLE = Path(__file__).parents[2] / "tests" / "evaluate" / "empulse.csv"
FOUND = ("profit_per_customer", "contacted_share")

# success rate [share], value saved, offer cost, contact cost [currency]
CAMPAIGNS = [
    (0.3, 200, 10, 1), (0.3, 200, 60, 1), (0.1, 200, 10, 1), (0.1, 200, 10, 9), (0.05, 80, 2, 0.5), (0.5, 30, 12, 1),
    (0.9, 12.5, 6, 2), (1, 40, 25, 0), (0.2, 1000, 0, 15), (0.2, 50, 0, 0), (0, 200, 10, 1), (0.3, 15, 14, 2),
]  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A campaign, and the customers that a seed makes up for it."""

    seed: int
    own_values: bool
    success_rate: float
    value: float
    offer_cost: float
    contact_cost: float

    def customers(self, n: int = 400) -> Iterator[tuple[float, bool, float]]:
        """What each is ranked by, with many ties; whether he declined; what is saved if he stays [currency]."""
        drawn = Random(self.seed)
        for _ in range(n):
            p = round(drawn.random(), 2)
            declined = drawn.random() < p * p
            value = self.value * (0.2 + 1.6 * drawn.random()) if self.own_values else float(self.value)
            yield p * round(value) if self.own_values else p, declined, value


def cases() -> list[Case]:
    """Each campaign among customers of one value, and of their own."""
    return [Case(seed, own, *campaign) for own in (False, True) for seed, campaign in enumerate(CAMPAIGNS)]


def found_by_empulse(case: Case) -> tuple[float, float]:
    """Profit per customer at the best threshold, and the share of the customers above it."""
    import numpy as np
    import sympy
    from empulse.metrics import CostMatrix, EmpiricalMaxProfit, Metric, mpc_score

    ranked_by, declined, value = (np.array(column) for column in zip(*case.customers(), strict=True))
    costs = {"incentive_cost": case.offer_cost, "contact_cost": case.contact_cost, "accept_rate": case.success_rate}
    if not case.own_values:
        asked = mpc_score, case.value
    else:
        clv, gamma, d, f = sympy.symbols("clv gamma d f")
        matrix = CostMatrix().add_tp_benefit(gamma * (clv - d) - f).add_fp_cost(d + f)
        names = {"incentive_cost": "d", "contact_cost": "f", "accept_rate": "gamma"}
        asked = Metric(matrix.alias(names), EmpiricalMaxProfit()), value
    metric, saved = asked
    given = declined.astype(int), ranked_by
    return tuple(float(ask(*given, clv=saved, **costs)) for ask in (metric, metric.optimal_rate))


def main() -> None:
    """Write the table."""
    with TABLE.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow([*(field.name for field in fields(Case)), *FOUND])
        rows.writerows([*astuple(case), *found_by_empulse(case)] for case in cases())


if __name__ == "__main__":
    main()
