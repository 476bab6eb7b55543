"""What sets segments apart: sizes, shares of the spend, deviation of each feature from the average customer."""

import numpy as np
import pandas as pd


def deviations(coordinates: pd.DataFrame, segments: "pd.Series[str] | pd.Series[int]") -> pd.DataFrame:
    """Mean of each column in each segment, in spreads of the column over all customers; 0 is the average customer.

    coordinates has a row a customer and a column a feature, best on the scale of the space; result: a row a segment.
    """
    spread = coordinates.std(ddof=0).replace(0.0, np.nan)
    standard = (coordinates - coordinates.mean()) / spread
    return standard.fillna(0.0).groupby(segments.to_numpy()).mean()


def sizes(scores: pd.DataFrame, spend: "pd.Series[float]", by: str) -> pd.DataFrame:
    """Customers and spend of each segment: n_customers, share_of_customers, share_of_spend, means of the forecasts."""
    grouped = scores.assign(_spend=spend.to_numpy()).groupby(by)
    table = pd.DataFrame({"n_customers": grouped.size(), "spend": grouped["_spend"].sum()})
    table["share_of_customers"] = table["n_customers"] / table["n_customers"].sum()
    total = table["spend"].sum()
    table["share_of_spend"] = table.pop("spend") / total if total else np.nan
    for column in ("expected_orders", "expected_value", "p_churn", "p_decline"):
        table[column] = grouped[column].mean()
    return table.sort_values("share_of_spend", ascending=False, kind="stable")
