"""Who the customers of a segment are beside what they order, and what they buy more of than others.

Many pairs are looked at, so some stand out by chance: among all of one table that are called `significant`, the share
of false finds is held at `false_share` (Benjamini, Hochberg 1995).
"""

import pandas as pd
from scipy.stats import false_discovery_control, hypergeom, norm

TYPICAL = (
    *("segment", "attribute", "level", "n_customers", "share", "base_share", "lift"),
    *("known_share", "p_value", "significant"),
)
OVER_BOUGHT = (
    *("segment", "category", "n_customers", "share_of_spend", "base_share", "lift"),
    *("p_value", "significant"),
)


def typical(
    attributes: pd.DataFrame,
    segments: "pd.Series[str] | pd.Series[int]",
    *,
    min_customers: int = 20,
    false_share: float = 0.05,
) -> pd.DataFrame:
    """What of their attributes is more frequent among a segment's customers than among the others.

    Parameters
    ----------
    attributes : a row a customer, columns of words. A missing one is not counted, in the segment or elsewhere: all
        shares are of those whose attribute is known.
    segments : (n,), of its rows.
    min_customers : levels that fewer customers have in all are not looked at.

    Returns
    -------
    A row for each segment, attribute and level, highest lift first: segment, attribute, level, n_customers, share,
    base_share (of all customers), lift (share over base_share), known_share (of the segment, whose attribute is
    known), p_value (Fisher's exact test, one-sided: the segment against the rest), significant.
    """
    found = [_levels(attributes[column], segments, min_customers) for column in attributes.columns]
    return _judged(found, TYPICAL, false_share)


def over_bought(lines: pd.DataFrame, *, min_customers: int = 20, false_share: float = 0.05) -> pd.DataFrame:
    """Categories that have a larger share of a segment's spend than of all customers' spend.

    Parameters
    ----------
    lines : a row an order line, or a sum of such: segment, category, amount, customer_id. Returns are taken off;
        lines without a category are not counted.
    min_customers : of the segment, who bought of the category; with fewer it is not looked at.

    Returns
    -------
    A row for each segment and category with a lift above 1, highest first: segment, category, n_customers (of the
    segment, who bought of it), share_of_spend, base_share (of all customers' spend), lift (one over the other),
    p_value (one-sided: the segment against the rest), significant. A share of spend is a ratio of two sums over
    customers, and its variance that of ratio estimators (Cochran 1977, ch. 6), residuals taken from the share of all
    customers: from their own share those of one big buyer, who makes it, would be small.
    """
    by, known = ["segment", "customer_id"], lines.dropna(subset=["category"])
    if known.empty:
        return _judged([], OVER_BOUGHT, false_share)
    spent = known.groupby([*by, "category"], observed=True)["amount"].sum().rename("a")
    bought = spent.reset_index().assign(t=spent.groupby(by, observed=True).transform("sum").to_numpy())
    bought = bought.assign(aa=bought["a"] ** 2, at=bought["a"] * bought["t"], n_customers=bought["a"] > 0)
    customers = bought.drop_duplicates(by).assign(n=1, tt=lambda rows: rows["t"] ** 2)

    cells = bought.groupby(["segment", "category"], observed=True)[["a", "aa", "at", "n_customers"]].sum()
    totals = customers.groupby("segment", observed=True)[["n", "t", "tt"]].sum()
    inside = cells.join(totals, on="segment")
    everyone = cells[["n_customers"]].join(
        cells.groupby("category", observed=True)[["a", "aa", "at"]].sum(), "category"
    )
    everyone = everyone.assign(**totals.sum())

    rest = everyone - inside
    base = everyone["a"] / everyone["t"]
    table = inside.assign(share_of_spend=inside["a"] / inside["t"], base_share=base)
    table["lift"] = table["share_of_spend"] / base
    error = (_variance(inside, base) + _variance(rest, base)) ** 0.5
    z: pd.Series[float] = (table["share_of_spend"] - rest["a"] / rest["t"]) / error
    table["p_value"] = norm.sf(z)
    looked_at = (table["n_customers"] >= min_customers) & z.notna()
    found = _judged([table[looked_at].reset_index()], OVER_BOUGHT, false_share)
    return found[found["lift"] > 1].reset_index(drop=True)


def _variance(sums: pd.DataFrame, base: "pd.Series[float]") -> "pd.Series[float]":
    """Variance of a ratio of sums over customers, if it were `base` in truth.

    sums : n customers; of a, what is looked at, and t, of which it is a part: a, aa, at, t, tt summed over them.
    """
    residuals = sums["aa"] - 2 * base * sums["at"] + base**2 * sums["tt"]
    return residuals.clip(lower=0.0) / sums["t"] ** 2 * sums["n"] / (sums["n"] - 1)


def _levels(attribute: pd.Series, segments: pd.Series, min_customers: int) -> pd.DataFrame:
    """The counts of an attribute's levels in each segment, beside those of all customers."""
    known = attribute.notna().to_numpy()
    of, level = segments.to_numpy()[known], attribute[known].astype(str).to_numpy()
    cross = pd.crosstab(pd.Series(of, name="segment"), pd.Series(level, name="level"))
    in_segment, with_level = cross.sum(axis=1), cross.sum()
    table = pd.DataFrame({"n_customers": cross.stack()}).reset_index().assign(attribute=str(attribute.name))
    n, of_level = table["segment"].map(in_segment), table["level"].map(with_level)
    table["share"], table["base_share"] = table["n_customers"] / n, of_level / len(of)
    table["lift"] = table["share"] / table["base_share"]
    table["known_share"] = table["segment"].map(in_segment / pd.Series(segments.to_numpy()).value_counts())
    table["p_value"] = hypergeom.sf(table["n_customers"] - 1, len(of), of_level, n)
    return table[of_level >= min_customers]


def _judged(found: list[pd.DataFrame], columns: tuple[str, ...], false_share: float) -> pd.DataFrame:
    """The tests of all tables in one, with their verdicts."""
    tables = [table for table in found if len(table)]
    if not tables:
        return pd.DataFrame(columns=list(columns)).astype({"significant": bool})
    table = pd.concat(tables, ignore_index=True)
    table["significant"] = false_discovery_control(table["p_value"]) <= false_share
    ordered = table.sort_values("lift", ascending=False, kind="stable").sort_values("segment", kind="stable")
    return ordered[list(columns)].reset_index(drop=True)
