"""Sets of rules: the published tables, a shop's own cells, stages of life, tiers and trends, groups by chance."""

import itertools
import re
from collections import Counter

import numpy as np
import pandas as pd
import pytest
import skops.io

from clientscape.catalog import functions
from clientscape.faults import InputError
from clientscape.segment import rules
from clientscape.segment.rules import (
    cells,
    lifecycle,
    putler11,
    random_groups,
    rf10,
    rfm125,
    value_tiers,
    value_trend,
)

RFM = ["".join(code) for code in itertools.product("12345", repeat=3)]
RF = ["".join(code) for code in itertools.product("12345", repeat=2)]

# As published: rows R = 5 to 1, columns FM = 1 to 5.
PUTLER = """
New Customers  | Potential Loyalists | Potential Loyalists | Champions       | Champions
Promising      | Potential Loyalists | Potential Loyalists | Loyal Customers | Champions
About To Sleep | About To Sleep      | Need Attention      | Loyal Customers | Loyal Customers
Hibernating    | Hibernating         | At Risk             | At Risk         | At Risk
Lost           | Hibernating         | At Risk             | Can't Lose Them | Can't Lose Them
"""
GRID = [[name.strip() for name in row.split("|")] for row in PUTLER.strip().splitlines()]
PUTLERS_RFM = {code: GRID[5 - int(code[0])][int((int(code[1]) + int(code[2])) / 2 + 0.5) - 1] for code in RFM}

COPIED = """
Champions 555 554 544 545 454 455 445 · Loyal Customers 543 444 435 355 354 345 344 335 · Potential Loyalists 553 551
552 541 542 533 532 531 452 451 442 441 431 453 433 432 423 353 352 351 342 341 333 323 · New Customers 512 511 422
421 412 411 311 · Promising 525 524 523 522 521 515 514 513 425 424 413 414 415 315 314 313 · Need Attention 535 534
443 434 343 334 325 324 · About To Sleep 331 321 312 221 213 231 241 251 · At Risk 255 254 245 244 253 252 243 242 235
234 225 224 153 152 145 143 142 135 134 133 125 124 · Can't Lose Them 155 154 144 214 215 115 114 113 · Hibernating
332 322 233 232 223 222 132 123 122 212 211 · Lost 111 112 121 131 141 151
"""
COPIED_RFM = {
    code: re.sub(r"\d", "", part).strip() for part in COPIED.split("·") for code in re.findall(r"\d{3}", part)
}

# As the notebooks write it: regular expressions over R and F.
NOTEBOOKS = {
    "5[4-5]": "Champions",
    "[3-4][4-5]": "Loyal Customers",
    "[4-5][2-3]": "Potential Loyalists",
    "51": "New Customers",
    "41": "Promising",
    "33": "Need Attention",
    "3[1-2]": "About To Sleep",
    "[1-2]5": "Can't Lose Them",
    "[1-2][3-4]": "At Risk",
    "[1-2][1-2]": "Hibernating",
}
NOTEBOOKS_RF = {code: [name for e, name in NOTEBOOKS.items() if re.fullmatch(e, code)] for code in RF}

OWN = {"good": ["[4-5][1-5]", "3[3-5]"], "middling": ["3[1,2]", "2[1-5]"], "poor": ["1[1-5]"]}
SETTINGS = {
    "cells": {"scores": "R FM", "names": OWN},
    "value_tiers": {"n_segments": 5},
    "random_groups": {"n_segments": 4, "seed": 7},
}
TRUSTED = [
    "clientscape.segment.cells_of_rules.Cells",
    *(f"clientscape.segment.rules_beside_cells.{c}" for c in ("Lifecycle", "ValueTiers", "ValueTrend", "ByChance")),
]
EVERY = list(functions(rules))
NEEDS_FIT = [name for name in EVERY if name != "random_groups"]


def made(name):
    return functions(rules)[name](**SETTINGS.get(name, {}))


def customers(n=400, seed=2):
    """A shop: most ordered once, some were not known a horizon ago, some are worth nothing."""
    rng = np.random.default_rng(seed)
    days = 1.0 + rng.poisson(0.4, n)
    before = rng.lognormal(3, 1, n) * (rng.random(n) > 0.2)
    return pd.DataFrame(
        {
            "customer_id": [f"C{i}" for i in range(n)],
            "recency_days": rng.integers(1, 300, n).astype(float),
            "n_order_days": days,
            "spend_total": rng.lognormal(3, 1, n).round(2) - 5,
            "gap_days_median": np.where(days > 1, rng.integers(1, 90, n), np.nan),
            "order_days_ever": days + rng.poisson(0.2, n),
            "expected_value": before * rng.lognormal(0, 0.5, n) * (rng.random(n) > 0.1),
            "expected_value_before": np.where(rng.random(n) < 0.3, np.nan, before),
        }
    )


def by_code():
    """Customers of whom each has the scores of one of the 125 codes, and a crowd that cuts between them."""
    fifths = np.repeat([1.0, 2, 3, 4, 5], 20)
    crowd = pd.DataFrame({"recency_days": fifths, "n_order_days": fifths, "spend_total": fifths})
    asked = pd.DataFrame([[6 - int(r), int(f), int(m)] for r, f, m in RFM], columns=crowd.columns, dtype=float)
    return crowd, asked


def names_by_code(rule_set):
    crowd, asked = by_code()
    return dict(zip(RFM, rule_set.fit(crowd).predict(asked), strict=True))


class TestPublished:
    def test_putlers_grid(self):
        assert names_by_code(putler11()) == PUTLERS_RFM

    def test_three_of_putlers_names_belong_to_one_code_each(self):
        counts = Counter(names_by_code(putler11()).values())
        assert {name for name, n in counts.items() if n == 1} == {"New Customers", "Promising", "Lost"}

    def test_the_copied_list_of_codes(self):
        assert len(re.findall(r"\d{3}", COPIED)) == len(COPIED_RFM) == 125
        assert names_by_code(rfm125()) == COPIED_RFM

    def test_the_ten_names_over_r_and_f(self):
        assert {len(names) for names in NOTEBOOKS_RF.values()} == {1}
        assert names_by_code(rf10()) == {code: NOTEBOOKS_RF[code[:2]][0] for code in RFM}

    def test_the_two_of_eleven_agree_on_55_codes_only(self):
        one, other = names_by_code(putler11()), names_by_code(rfm125())
        assert set(one.values()) == set(other.values())
        assert sum(one[code] == other[code] for code in RFM) == 55

    @pytest.mark.parametrize(("make", "n"), [(putler11, 11), (rfm125, 11), (rf10, 10)])
    def test_every_name_is_given(self, make, n):
        assert len(make().names) == n
        assert set(names_by_code(make()).values()) == set(make().names)

    @pytest.mark.parametrize("name", ["putler11", "rfm125", "rf10", "cells"])
    def test_the_names_over_codes_are_those_of_customers(self, name):
        assert dict(sorted(made(name).over_rfm().items())) == names_by_code(made(name))


class TestOwnCells:
    def test_patterns_stand_for_codes(self):
        found = names_by_code(cells(scores="RF", names=OWN))
        assert [found[code] for code in ("411", "335", "321", "315", "211", "155")] == [
            "good", "good", "middling", "middling", "middling", "poor",
        ]  # fmt: skip

    def test_a_code_may_be_written_twice_under_one_name(self):
        assert cells(scores="RF", names={"all": ["[1-5][1-5]", "55"]}).names == ("all",)

    def test_all_that_is_wrong_is_said_at_once(self):
        names = {"a": ["[1,3-5][1-5]", "2[1-4]", "60", "111"], "b": ["13", "1[2-2]", "[3-2]1"], "none": []}
        with pytest.raises(InputError) as refused:
            cells(scores="RF", names=names)
        said = [fault.found for fault in refused.value.faults]
        assert said == [
            "no codes of RF: `60` (a), `111` (a), `[3-2]1` (b)",
            "names without a code: `none`",
            "1 without a name: 25",
            "2 with several names: 13 (a, b), 12 (a, b)",
        ]
        assert all(fault.cure and fault.where == "cells.names" for fault in refused.value.faults)

    def test_all_codes_that_are_left_out_are_listed(self):
        left_out = {"241", "312", "555"}
        with pytest.raises(InputError) as refused:
            cells(scores="RFM", names={"most": [code for code in RFM if code not in left_out]})
        assert re.findall(r"\d{3}", refused.value.faults[0].found) == ["555", "312", "241"]

    @pytest.mark.parametrize("text", ["", "5", "5[", "5[]", "5[4-]", "[4-5]", "5[4-5]1", "5 4", "05", "5[4;5]", "５5"])
    def test_what_is_no_code(self, text):
        with pytest.raises(InputError, match="no codes of RF: `"):
            cells(scores="RF", names={"all": ["[1-5][1-5]", text]})

    def test_other_scores_are_refused(self):
        with pytest.raises(InputError, match="one of RFM, RF, R FM"):
            cells(scores="FM", names=OWN)

    def test_only_what_is_scored_is_needed(self):
        crowd, asked = by_code()
        fitted = cells(scores="RF", names=OWN).fit(crowd.drop(columns="spend_total"))
        assert fitted.needs == ("recency_days", "n_order_days")
        assert len(fitted.predict(asked.drop(columns="spend_total"))) == 125


class TestScores:
    def test_one_more_than_the_cuts_strictly_below(self):
        # Quintiles of spend: 1.8, 3.6, 5.4, 7.2; of order days: 1, 1, 1, 1.2.
        crowd = pd.DataFrame(
            {"recency_days": 1.0, "n_order_days": [1.0] * 8 + [2, 9], "spend_total": np.arange(10.0)}, index=range(10)
        )
        asked = pd.DataFrame({"recency_days": 1.0, "n_order_days": [0.0, 1, 2, 10], "spend_total": [0, 1.8, 1.9, 99]})
        scores = rfm125().fit(crowd).scores(asked)
        assert scores["F"].tolist() == [1, 1, 5, 5]  # most order once: no 2, 3 or 4
        assert scores["M"].tolist() == [1, 1, 2, 5]

    @pytest.mark.parametrize("name", ["putler11", "rfm125", "rf10", "cells", "value_trend", "value_tiers", "lifecycle"])
    def test_a_thousand_equal_customers_get_one_name(self, name):
        alike = pd.concat([customers(1).assign(gap_days_median=30.0, expected_value_before=3.0)] * 1000)
        assert len(set(made(name).fit(alike).predict(alike))) == 1

    def test_a_thousand_equal_customers_get_one_score_among_others(self):
        alike = pd.concat([customers(1)] * 1000 + [customers()], ignore_index=True)
        scores = rfm125().fit(alike).scores(alike)
        assert all(len(set(values[:1000])) == 1 < len(set(values)) for values in scores.values())

    def test_a_better_customer_never_scores_lower(self):
        table = customers()
        fitted = rfm125().fit(table)
        for letter, column, sign in (("R", "recency_days", -1), ("F", "n_order_days", 1), ("M", "spend_total", 1)):
            assert (np.diff(fitted.scores(table.sort_values(column))[letter]) * sign >= 0).all()


@pytest.mark.parametrize("name", EVERY)
class TestEverySet:
    @pytest.mark.parametrize("seed", range(5))
    def test_every_customer_has_exactly_one_of_the_names(self, name, seed):
        table = customers(seed=seed)
        fitted = made(name).fit(table)
        named = fitted.predict(table)
        assert named.shape == (400,)
        assert named.dtype == object
        assert set(named) <= set(fitted.names)
        assert len(set(fitted.names)) == len(fitted.names)

    def test_nothing_but_the_needs_is_read(self, name):
        table = customers()
        fitted = made(name).fit(table)
        assert (made(name).fit(table[[*fitted.needs]]).predict(table[[*fitted.needs]]) == fitted.predict(table)).all()

    def test_a_customer_alone_is_named_as_in_company(self, name):
        table = customers()
        fitted = made(name).fit(table)
        named = fitted.predict(table)
        assert all(fitted.predict(table.iloc[[i]])[0] == named[i] for i in range(0, 400, 40))

    def test_cuts_are_frozen_at_fit(self, name):
        table = customers()
        fitted = made(name).fit(table)
        before = fitted.predict(table)
        numbers = table.select_dtypes("number").columns
        fitted.predict(table.assign(**{column: table[column] * 50 for column in numbers}))
        assert (fitted.predict(table) == before).all()

    def test_stored_and_read_it_gives_the_same_names(self, name):
        table = customers()
        fitted = made(name).fit(table)
        read = skops.io.loads(skops.io.dumps(fitted), trusted=TRUSTED)
        assert (read.predict(table) == fitted.predict(table)).all()
        assert read.names == fitted.names

    def test_nobody_gets_no_name(self, name):
        assert made(name).fit(customers()).predict(customers()[:0]).tolist() == []


@pytest.mark.parametrize("name", NEEDS_FIT)
class TestRefusals:
    def test_a_column_that_lacks(self, name):
        column = made(name).needs[0]
        fitted = made(name).fit(customers())
        with pytest.raises(InputError, match=f"rules: {column}: found no such column"):
            fitted.predict(customers().drop(columns=column))

    def test_a_missing_number(self, name):
        column = made(name).needs[0]
        fitted = made(name).fit(customers())
        with pytest.raises(InputError, match="2 of 400 missing or infinite"):
            fitted.predict(customers().assign(**{column: [np.nan, np.inf] + [1.0] * 398}))

    def test_nobody_to_learn_from(self, name):
        if name == "lifecycle":  # takes 30 and 90 days
            assert made(name).fit(customers()[:0])
        else:
            with pytest.raises(InputError, match="no customers"):
                made(name).fit(customers()[:0])


class TestLifecycle:
    def stages(self, gaps, recency, days):
        fitted = lifecycle().fit(pd.DataFrame({"gap_days_median": gaps}))
        return fitted.predict(pd.DataFrame({"recency_days": recency, "order_days_ever": days}, dtype=float)).tolist()

    def test_it_goes_on_in_one_direction(self):
        seen = self.stages(np.arange(1.0, 101), np.arange(1, 500), 5)
        assert list(dict.fromkeys(seen)) == ["active", "lapsing", "lost"]
        assert sum(a != b for a, b in itertools.pairwise(seen)) == 2

    def test_stages_change_at_the_quantiles_of_the_shops_gaps(self):
        gaps = [np.nan, *np.arange(0.0, 101)]
        assert self.stages(gaps, [80, 81, 97, 98], 2) == ["active", "lapsing", "lapsing", "lost"]
        assert self.stages(gaps, [80, 81], 1) == ["new", "lapsing"]

    def test_where_nobody_came_twice_a_month_is_active(self):
        assert self.stages([np.nan, np.nan], [30, 31, 90, 91], 2) == ["active", "lapsing", "lapsing", "lost"]


class TestValue:
    def trends(self, now, before, **settings):
        crowd = pd.DataFrame({"expected_value": np.arange(0.0, 301)})
        asked = pd.DataFrame({"expected_value": now, "expected_value_before": before}, dtype=float)
        return value_trend(**settings).fit(crowd).predict(asked).tolist()

    def test_terciles(self):
        assert self.trends([100, 101, 200, 201], [100, 101, 200, 201]) == [
            "low, steady", "middle, steady", "middle, steady", "high, steady",
        ]  # fmt: skip

    def test_a_quarter_less_and_a_third_more_are_steady(self):
        assert self.trends([75, 74, 40, 41], [100, 100, 30, 30]) == [
            "low, steady", "low, falling", "low, steady", "low, rising",
        ]  # fmt: skip

    def test_up_and_down_are_symmetric(self):
        rng = np.random.default_rng(0)
        a, b = rng.lognormal(0, 1, (2, 300))
        there, back = self.trends(a, b, band=0.4), self.trends(b, a, band=0.4)
        turned = {"rising": "falling", "falling": "rising", "steady": "steady"}
        assert [turned[name.split(", ")[1]] for name in there] == [name.split(", ")[1] for name in back]

    def test_from_and_to_nothing(self):
        assert self.trends([0, 0, 5, 250, -3], [0, 5, 0, np.nan, -9]) == [
            "low, steady", "low, falling", "low, rising", "high, new", "low, steady",
        ]  # fmt: skip

    def test_tiers_count_from_the_best(self):
        table = pd.DataFrame({"expected_value": np.arange(100.0)})
        tiers = value_tiers(n_segments=5).fit(table).predict(table)
        assert tiers.tolist() == [f"tier {5 - i // 20} of 5" for i in range(100)]

    def test_equal_customers_are_in_equal_tiers(self):
        table = pd.DataFrame({"expected_value": [0.0] * 70 + [1.0] * 20 + [2.0] * 10})
        counts = Counter(value_tiers(n_segments=4).fit(table).predict(table))
        # Three cut points at 0, 0 and 1: nobody lies between the first two.
        assert counts == {"tier 4 of 4": 70, "tier 2 of 4": 20, "tier 1 of 4": 10}


class TestChance:
    def groups(self, ids, **settings):
        table = pd.DataFrame({"customer_id": ids})
        return random_groups(**{"n_segments": 5, "seed": 7} | settings).fit(table).predict(table)

    def test_groups_are_of_equal_size(self):
        counts = Counter(self.groups([str(i) for i in range(20_000)]))
        expected = 20_000 / 5
        statistic = sum((n - expected) ** 2 / expected for n in counts.values())
        assert statistic < 18.5  # chi squared, 4 degrees of freedom, p = 0.001

    def test_another_seed_is_another_draw(self):
        ids = [str(i) for i in range(20_000)]
        same = (self.groups(ids) == self.groups(ids, seed=8)).mean()
        assert abs(same - 0.2) < 0.01

    def test_a_group_lasts_whoever_else_there_is(self):
        assert (self.groups(["a", "b", "c"])[::-1] == self.groups(["c", "b", "a"])).all()
        assert (self.groups([17850, 2]) == self.groups(["17850", "2"])).all()

    def test_the_hash_is_that_of_the_papers(self):
        # Made by the definitions of SipHash-2-4 and of SplitMix: another hash would deal all customers anew.
        found = self.groups(["a", "b", "c", "17850", "é", "customer-000012345"])
        assert [int(name.split()[1]) for name in found] == [5, 4, 4, 3, 3, 4]
