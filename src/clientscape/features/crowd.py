"""What the crowd teaches: learnt from the past of a training date, frozen, and handed to features like any table."""

import pandas as pd

from clientscape.tables import Tables
from clientscape.window import Window


def usual_prices(tables: Tables, window: Window) -> pd.DataFrame | None:
    """The median price that was paid for one piece in each category within the window; None where nothing tells.

    Returns
    -------
    DataFrame of category, usual_price_minor (int64, at least 1), sorted by category.
    """
    lines = tables.transactions
    if not {"category", "quantity_milli"} <= set(lines.columns):
        return None
    bought = lines[window.past(lines["day"]) & (lines["amount_minor"] > 0) & (lines["quantity_milli"] > 0)]
    price = bought["amount_minor"] * 1000 / bought["quantity_milli"]
    usual = price.groupby(bought["category"]).median().round().clip(lower=1).astype("int64")
    table: pd.DataFrame = usual.rename("usual_price_minor").rename_axis("category").sort_index().reset_index()
    return table
