from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clientscape.columns import KINDS_OF_TOUCH
from clientscape.data.synthesize import PLANTED, Frames, sample, shop, write_sample
from clientscape.tables import check_tables
from clientscape.window import Covers

COVERS = Covers(date(2024, 1, 1), date(2025, 7, 1))
COMMITTED = Path(__file__).parents[2] / "data" / "sample"


def small(seed: int, n_customers: int = 40) -> Frames:
    return shop(n_customers, first=COVERS.first, end=COVERS.end, seed=seed)


@pytest.fixture(scope="module")
def frames() -> Frames:
    return small(seed=3, n_customers=500)


@pytest.fixture(scope="module")
def dirty() -> pd.DataFrame:
    return sample()["transactions"]


@pytest.fixture(scope="module")
def bought(frames: Frames) -> pd.DataFrame:
    """Order lines with the planted segment of their customer."""
    return frames["transactions"].merge(frames["customers"], on="customer_id")


def per_customer(bought: pd.DataFrame, values: pd.Series) -> pd.Series:
    """Median over the customers of a segment of the sum of some values."""
    return values.groupby([bought["planted_segment"], bought["customer_id"]]).sum().groupby(level=0).median()


def test_same_seed_same_frames() -> None:
    for table, frame in small(seed=1).items():
        pd.testing.assert_frame_equal(frame, small(seed=1)[table])


def test_another_seed_is_another_shop() -> None:
    assert not small(seed=1)["transactions"].equals(small(seed=2)["transactions"])


@pytest.mark.parametrize("n_customers", [6, 40])
def test_every_frame_keeps_its_contract(n_customers: int) -> None:
    tables = check_tables(small(seed=1, n_customers=n_customers), covers=COVERS, currency="EUR")
    assert tables.customers is not None
    assert len(tables.customers) == n_customers


def test_shares_are_those_that_are_stated(frames: Frames) -> None:
    shares = frames["customers"]["planted_segment"].value_counts(normalize=True)
    assert sum(behaviour.share for behaviour in PLANTED.values()) == pytest.approx(1)
    assert shares.to_dict() == pytest.approx({name: behaviour.share for name, behaviour in PLANTED.items()}, abs=0.002)


def test_nothing_happens_outside_the_days_of_the_shop(frames: Frames) -> None:
    for table, time in (("transactions", "ordered_at"), ("touches", "at"), ("points", "at")):
        assert frames[table][time].between(pd.Timestamp(COVERS.first), pd.Timestamp(COVERS.end), inclusive="left").all()


def test_nobody_orders_before_joining(bought: pd.DataFrame) -> None:
    assert (bought["ordered_at"] >= bought["joined_on"]).all()


def test_faded_spend_far_less_than_before(bought: pd.DataFrame) -> None:
    cut = pd.Timestamp(COVERS.end) - pd.Timedelta(days=150)
    is_late = bought["ordered_at"] >= cut
    late = per_customer(bought, bought["amount"].where(is_late, 0.0)) / 150
    early = per_customer(bought, bought["amount"].where(~is_late, 0.0)) / (cut - pd.Timestamp(COVERS.first)).days
    ratio = late / early
    assert ratio["faded"] < 0.25
    assert (ratio[["devoted", "steady", "bargain"]] > 0.6).all()
    assert early["faded"] > 2 * early["steady"]


def test_segments_differ_as_told(bought: pd.DataFrame) -> None:
    orders = per_customer(bought, (~bought.duplicated("order_id")).astype(int))
    spend = per_customer(bought, bought["amount"])
    discounted = (bought["discount"] > 0).groupby(bought["planted_segment"]).mean()
    first = bought.groupby(["planted_segment", "customer_id"])["ordered_at"].min().groupby(level=0).median()
    assert spend.idxmax() == "devoted"
    assert orders["bargain"] > 2 * orders["steady"]
    assert spend["bargain"] < spend["steady"]
    assert discounted.idxmax() == "bargain"
    assert orders["occasional"] <= 4
    assert first.idxmax() == "newcomers"


def test_money_is_exact_to_the_cent(dirty: pd.DataFrame) -> None:
    for column in ("unit_price", "discount", "amount"):
        assert (dirty[column] == np.rint(dirty[column] * 100) / 100).all()
    assert (dirty["amount"] == (dirty["quantity"] * dirty["unit_price"] - dirty["discount"]).round(2)).all()


def test_touches_answer_campaigns_and_stop_when_unsubscribed(frames: Frames) -> None:
    touches, customers = frames["touches"], frames["customers"]
    assert set(touches["kind"]) == set(KINDS_OF_TOUCH)
    left = touches[touches["kind"] == "unsubscribed"].set_index("customer_id")["at"]
    assert not (touches["at"] > touches["customer_id"].map(left)).any()
    assert not customers.loc[customers["customer_id"].isin(left.index), "email_consent"].any()


def test_no_account_of_points_is_overdrawn(frames: Frames) -> None:
    assert (frames["points"].groupby("customer_id")["points"].cumsum() >= 0).all()
    assert (frames["points"]["points"] < 0).any()


def test_the_sample_has_the_dirt_that_rules_are_to_find(dirty: pd.DataFrame) -> None:
    is_return = dirty["order_id"].str.startswith("R")
    pd.testing.assert_series_equal(is_return, dirty["quantity"] < 0, check_names=False)
    assert is_return.mean() == pytest.approx(0.03, abs=0.005)
    assert dirty["customer_id"].isna().mean() == pytest.approx(0.015, abs=0.001)
    assert dirty.duplicated().mean() == pytest.approx(0.005, abs=0.001)
    assert (dirty["product_id"] == "TEST").sum() == 10
    assert (dirty["product_id"] == "SHIPPING").sum() == 40


def test_committed_files_are_what_is_written_today(tmp_path: Path) -> None:
    write_sample(tmp_path)
    written = sorted(path.name for path in tmp_path.iterdir())
    assert written == sorted(path.name for path in COMMITTED.iterdir())
    for name in written:
        pd.testing.assert_frame_equal(pd.read_csv(COMMITTED / name), pd.read_csv(tmp_path / name))


def test_the_sample_stays_small() -> None:
    assert sum(path.stat().st_size for path in COMMITTED.iterdir()) < 700_000
