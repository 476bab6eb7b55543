"""Where customers went between two dates, from the scores at each: who moved, how fast, and what it cost.

`before` and `now` are tables of scores at an earlier and a later date: customer_id, the segment in the column `by`,
and a column `value` [currency], by default what is expected of each customer over the horizon. In all results rows
and columns run from the segment of the highest mean value at the earlier date to that of the lowest.
"""

import numpy as np
import pandas as pd

NOT_YET, NO_LONGER = "not yet a customer", "no longer seen"

# Moves between named RFM segments that matter whatever the forecast says.
PRIZED = ("Champions", "Loyal Customers")
SLIPPING = ("At Risk", "Can't Lose Them", "Hibernating", "Lost")


def moves(
    before: pd.DataFrame, now: pd.DataFrame, *, by: str = "segment", value: str = "expected_value"
) -> pd.DataFrame:
    """One row for each customer at either date: customer_id, from, to, value_before, value_now, by falling loss.

    from is `not yet a customer` for who came, to is `no longer seen` for who left what the scores look back on; the
    value [currency] that they lack there is 0.
    """
    columns = ["customer_id", by, value]
    joined = before[columns].merge(
        now[columns], on="customer_id", how="outer", suffixes=("_1", "_2"), validate="one_to_one"
    )
    table = pd.DataFrame(
        {
            "customer_id": joined["customer_id"],
            "from": joined[f"{by}_1"].fillna(NOT_YET),
            "to": joined[f"{by}_2"].fillna(NO_LONGER),
            "value_before": joined[f"{value}_1"].fillna(0.0),
            "value_now": joined[f"{value}_2"].fillna(0.0),
        }
    )
    lost = table["value_before"] - table["value_now"]
    by_loss = table.assign(_lost=lost).sort_values(["_lost", "customer_id"], ascending=[False, True])
    return by_loss.drop(columns="_lost").reset_index(drop=True)


def matrix(
    before: pd.DataFrame, now: pd.DataFrame, *, by: str = "segment", value: str = "expected_value"
) -> pd.DataFrame:
    """Customers by segment before (rows, and `not yet a customer`) and now (columns, and `no longer seen`).

    The cells sum to all customers of either date.
    """
    table = moves(before, now, by=by, value=value)
    return _square(table.assign(n=1), "n").astype(np.int64)


def revenue(
    before: pd.DataFrame, now: pd.DataFrame, *, by: str = "segment", value: str = "expected_value"
) -> pd.DataFrame:
    """The value [currency] that moved, laid out as `matrix`.

    Each customer counts what he was worth at the earlier date, before he moved: that was at stake. Who was not yet
    a customer counts what he is worth at the later one. So the rows of segments sum to their value before, and the
    row of the newcomers to theirs now.
    """
    table = moves(before, now, by=by, value=value)
    worth = table["value_before"].where(table["from"] != NOT_YET, table["value_now"])
    return _square(table.assign(worth=worth), "worth")


def half_lives(customers: pd.DataFrame, days: int) -> pd.DataFrame:
    """How long membership lasts: customers, stayed, stay_share, half_life_days; a row a segment before.

    customers is what `matrix` gives, days lie between its dates. The half-life is days × ln 2 / -ln(stay_share):
    when half of the members would be elsewhere if they left at a constant hazard; infinite where all stayed, 0 where
    none did. Who is no longer seen has left. Who left and came back between the dates counts as stayed.
    """
    held = customers.drop(index=NOT_YET, errors="ignore")
    stayed = [int(row.get(segment, 0)) for segment, row in held.iterrows()]
    table = pd.DataFrame({"customers": held.sum(axis=1), "stayed": stayed}, index=held.index)
    table["stay_share"] = table["stayed"] / table["customers"]
    with np.errstate(divide="ignore"):
        table["half_life_days"] = days * np.log(2) / np.abs(np.log(table["stay_share"]))
    return table


def alerts(
    before: pd.DataFrame, now: pd.DataFrame, *, by: str = "segment", value: str = "expected_value"
) -> pd.DataFrame:
    """The moves that matter, those that lose most value first; a row for each pair of segments.

    A move matters if it goes to a segment whose members were worth less at the earlier date on average, or if the
    customers are no longer seen. Between named RFM segments it always does from PRIZED to SLIPPING, and never the
    other way, whatever those who cannot be lost are worth. Columns: from, to, customers; value_before and value_now
    [currency], the sums over these customers; share_of_from, of all that were in the segment before.
    """
    table = moves(before, now, by=by, value=value)
    pairs = table.groupby(["from", "to"], as_index=False, sort=True).agg(
        customers=("customer_id", "size"), value_before=("value_before", "sum"), value_now=("value_now", "sum")
    )
    pairs["share_of_from"] = pairs["customers"] / pairs["from"].map(table["from"].value_counts())
    mean = _means(table) | {NO_LONGER: -np.inf}
    falls = pairs["to"].map(mean).to_numpy() < pairs["from"].map(mean).to_numpy()
    slips = (pairs["from"].isin(PRIZED) & pairs["to"].isin(SLIPPING)).to_numpy()
    recoveries = (pairs["from"].isin(SLIPPING) & pairs["to"].isin(PRIZED)).to_numpy()
    kept = pairs[(falls & ~recoveries) | slips]
    lost = (kept["value_now"] - kept["value_before"]).sort_values(kind="stable")
    return kept.loc[lost.index].reset_index(drop=True)


def _square(table: pd.DataFrame, what: str) -> pd.DataFrame:
    """Sums of a column by segment before and now, from best to worst, newcomers and those no longer seen last."""
    sums = table.pivot_table(index="from", columns="to", values=what, aggfunc="sum", fill_value=0)
    mean = _means(table)
    ranked = sorted(mean, key=lambda name: (-mean[name], name))
    rows = [*(name for name in ranked if name in sums.index), NOT_YET]
    columns = [*(name for name in ranked if name in sums.columns), NO_LONGER]
    return sums.reindex(index=rows, columns=columns, fill_value=0)


def _means(table: pd.DataFrame) -> dict[str, float]:
    """Mean value of each segment at the earlier date; of one that nobody was in then, at the later."""
    then = table[table["from"] != NOT_YET].groupby("from")["value_before"].mean()
    later = table[table["to"] != NO_LONGER].groupby("to")["value_now"].mean()
    return {str(name): float(mean) for name, mean in (later.to_dict() | then.to_dict()).items()}
