from datetime import date

import numpy as np
import pandas as pd
import pytest

from clientscape.report.cells import heading, table


def column(name, values):
    written = table(pd.DataFrame({"customer_id": range(len(values)), name: values}), currency="EUR", colours={})
    return written.headings[1].text, [row.cells[1].text for row in written.rows]


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("share_of_customers", [0.125, np.nan], ("Share of customers", ["12.5%", "–"])),
        ("p_churn", [0.5, -0.25], ("Chance of churn", ["50.0%", "−25.0%"])),
        ("coverage", [1.0, 0.5], ("Customers placed", ["100.0%", "50.0%"])),
        ("expected_value", [1234.5, -20.0], ("Expected value, EUR", ["1,234", "−20"])),
        ("value_at_risk", [9.5, np.nan], ("Value at risk, EUR", ["9.50", "–"])),
        ("silhouette_score", [0.4567, np.nan], ("Silhouette", ["0.457", "–"])),
        ("calinski_harabasz_score", [1234.56, 90.0], ("Calinski–Harabasz", ["1,235", "90"])),
        ("lift_at_10_score", [2.34, 1.0], ("Lift in the top tenth", ["2.3×", "1.0×"])),
        ("recency_days", [1200.0, np.nan], ("Recency, days", ["1,200", "–"])),
        ("n_customers", [12345, 1], ("Customers", ["12,345", "1"])),
        ("orders", [12345, 1], ("Orders", ["12,345", "1"])),
        ("expected_orders", [0.256, 1.0], ("Expected orders", ["0.26", "1.00"])),
        ("as_of", [date(2024, 5, 1), None], ("As of", ["2024-05-01", "–"])),
        ("flagged", [True, False], ("Flagged", ["yes", "no"])),
        ("status", ["too new", None], ("Status", ["too new", "–"])),
        ("value_at_risk", [np.nan, np.nan], ("Value at risk, EUR", ["–", "–"])),
    ],
)
def test_a_column_is_written_by_what_it_counts(name, values, expected):
    assert column(name, values) == expected


def test_an_id_is_never_written_as_an_amount():
    written = table(pd.DataFrame({"customer_id": [12345]}), currency="EUR", colours={})
    assert written.rows[0].cells[0].text == "12345"
    assert not written.headings[0].number


def test_a_segment_has_its_colour_and_its_sentence():
    frame = pd.DataFrame(
        {"segment": ["Loyal", "New"], "rfm_segment": ["Loyal", "x"], "description": ["Order often.", None]}
    )
    loyal, new = table(frame, currency="EUR", colours={"Loyal": "#2f6db3"}).rows
    assert [cell.colour for cell in loyal.cells] == ["#2f6db3", ""]
    assert (loyal.sentence, new.sentence) == ("Order often.", "")
    assert len(loyal.cells) == 2


def test_trials_are_marked(trials):
    written = table(trials, currency="EUR", colours={})
    assert [row.mark for row in written.rows] == ["", "chosen", "refused", "", "", "refused", "refused"]
    assert "Passed" not in [cell.text for cell in written.headings]
    assert written.rows[2].cells[-1].text == "smallest_share"


def test_a_range_is_written_below_its_number_where_it_has_one():
    frame = pd.DataFrame(
        {
            "roc_auc_score": [0.8, 0.7],
            "roc_auc_score_low": [0.78, 0.7],
            "roc_auc_score_high": [0.823, 0.7],
            "jaccard_low": [0.1, 0.2],
        }
    )
    written = table(frame, currency="EUR", colours={})
    assert [cell.text for cell in written.headings] == ["ROC AUC", "Jaccard low"]
    assert [row.cells[0].text for row in written.rows] == ["0.800\n0.780 to 0.823", "0.700"]
    assert all(row.cells[0].number for row in written.rows)


def test_an_empty_frame_is_an_empty_table():
    assert table(pd.DataFrame(), currency="EUR", colours={}).rows == ()


def test_an_unknown_column_is_put_in_words():
    assert heading("gap_days_median") == "Gap days median"
    assert heading("n_categories") == "Categories"
    assert heading("p_upgrade") == "Chance of upgrade"
