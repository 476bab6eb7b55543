"""The command `features`, and the dictionary that it prints."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from typer.testing import CliRunner

from clientscape.data import size
from clientscape.data.read import read
from clientscape.features.build import features
from clientscape.features.crowd import usual_prices
from clientscape.features.plan import CATALOGUE
from clientscape.run import describe
from clientscape.run.cli import app
from clientscape.run.dictionary import dictionary, written_into
from clientscape.run.sources import load_source
from clientscape.window import Window

DATES = ["2025-01-01", "2025-04-01"]


def ask(*arguments):
    return CliRunner().invoke(app, ["features", *map(str, arguments)])


def described(out, *more):
    shown = ask("sample", *(word for day in DATES for word in ("--as-of", day)), "--out", out, *more)
    assert shown.exit_code == 0, shown.output
    return shown.output


@pytest.fixture(scope="module")
def sample():
    source, root = load_source("sample")
    return read(source, name="sample", root=root)[0]


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    out = tmp_path_factory.mktemp("described") / "features.parquet"
    said = described(out)
    return said, pd.read_parquet(out)


def test_the_file_holds_what_the_library_gives(known, sample):
    windows = [Window(date.fromisoformat(day), sample.covers) for day in DATES]
    uses = describe.every_use(sample)
    expected = features(sample, windows, uses, prices=usual_prices(sample, windows[0]))
    assert_frame_equal(known[1], expected, check_exact=True)
    assert {"attribute_region", "days_since_joined_on", "favourite_channel", "price_tier_ratio"} <= set(known[1])


def test_what_the_shop_cannot_be_asked_is_said_once_and_left_out(known):
    said, table = known
    assert said.count("without touches.category, so left out: n_categories_visited, most_visited_category") == 1
    assert "n_categories_visited" not in table
    assert f"{len(table):,} rows of {len(table.columns) - 2} features" in said


def test_a_log_read_in_shares_gives_the_same(known, tmp_path, monkeypatch):
    monkeypatch.setattr(size, "BYTES_AT_WORK", 15_000)
    said = described(tmp_path / "features.parquet")
    assert "without prices, so left out: price_tier_ratio" in said
    table = pd.read_parquet(tmp_path / "features.parquet")
    assert_frame_equal(table, known[1].drop(columns="price_tier_ratio"), check_exact=True)
    assert [path.name for path in tmp_path.iterdir()] == ["features.parquet"]


def test_some_features_as_csv_by_another_engine(known, tmp_path):
    uses = ["--use", "recency_days", "--use", "{use: spend_last, days: [30, 90]}", "--use", "favourite_category"]
    described(tmp_path / "some.csv", *uses, "--engine", "duckdb")
    table = pd.read_csv(tmp_path / "some.csv", parse_dates=["as_of"])
    names = ["as_of", "customer_id", "recency_days", "spend_last_30", "spend_last_90", "favourite_category"]
    assert table.columns.tolist() == names
    assert_frame_equal(table, known[1][names], check_dtype=False, rtol=1e-9)


def test_a_lookback_cuts_the_past(tmp_path):
    described(tmp_path / "short.parquet", "--lookback-days", 60, "--use", "tenure_days")
    assert pd.read_parquet(tmp_path / "short.parquet")["tenure_days"].max() <= 60


def test_all_faults_of_a_question_are_told_at_once(tmp_path):
    out = tmp_path / "features.xlsx"
    shown = ask(
        *("sample", "--as-of", "2023-01-01", "--out", out, "--engine", "pandas", "--memory-limit", "3"),
        *("--use", "spend_lst", "--use", "spend_last"),
    )
    assert shown.exit_code == 2
    for told in ("features.as_of", "--engine", "features.xlsx", "--memory-limit"):
        assert told in shown.output
    assert "`spend_last`, if that was meant" in shown.output
    assert "no `days`" in shown.output
    assert list(tmp_path.iterdir()) == []


def test_without_a_source_the_usage_is_shown():
    shown = ask("sample")
    assert shown.exit_code == 2
    assert "--list" in shown.output


def test_the_list_has_every_feature():
    shown = ask("--list")
    assert shown.exit_code == 0
    assert all(name in shown.output for name in CATALOGUE)
    lines = {line.name: line for line in dictionary()}
    assert lines["spend_last"].settings == "days"
    assert lines["favourite"].needs == "transactions.<which>"
    assert lines["price_tier_ratio"].needs == "prices, transactions.category, transactions.quantity"
    assert all(line.unit and line.meaning for line in lines.values())


def test_the_dictionary_in_the_readme_is_the_one_that_is_generated():
    page = Path("data/README.md").read_text(encoding="utf-8")
    assert written_into(page) == page, "run `make dictionary`"


@pytest.mark.parametrize(
    "written", ["{use: [spend_last], days: 30", "5", "", "2024-01-01", "{days: 30}", "{use: spend_last, days: []}"]
)
def test_a_use_that_is_none_is_refused(written, tmp_path):
    shown = ask("sample", "--as-of", DATES[0], "--out", tmp_path / "f.csv", "--use", written)
    assert shown.exit_code == 2
    assert "--use" in shown.output
    assert list(tmp_path.iterdir()) == []


def test_uses_of_one_name_and_what_the_shop_lacks_are_refused(tmp_path):
    out = ("--as-of", DATES[0], "--out", tmp_path / "f.csv")
    same = ("--use", "{use: n_contacts, through: [Email, email]}")
    assert "several that would be called `n_contacts_email`" in ask("sample", *out, *same).output
    shown = ask("sample", *out, "--use", "{use: attribute, column: nope}")
    assert shown.exit_code == 2
    assert "no customers.nope" in shown.output
    assert ask("sample", *out, "--lookback-days", "-5").exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_shares_agree_on_columns_and_types(tmp_path, monkeypatch):
    """Truth values with gaps, rare kinds of touches: no share decides for itself what they are."""
    lines = [f"C{i},{i},2024-02-{i % 28 + 1:02} 10:00,5.0" for i in range(40)]
    (tmp_path / "log.csv").write_text("\n".join(["customer_id,order_id,ordered_at,amount", *lines]))
    people = [f"C{i},{'' if i % 7 == 0 else i % 2 == 0},1.{i:02},2024-01-0{i % 9 + 1}" for i in range(40)]
    (tmp_path / "people.csv").write_text("\n".join(["customer_id,vip,worth,born", *people]))
    (tmp_path / "touches.csv").write_text("customer_id,at,kind\nC1,2024-02-01,sent\nC1,2024-02-02,opened\n")
    (tmp_path / "shop.yaml").write_text("""
description: small
covers: [2024-01-01, 2024-04-01]
timezone: UTC
currency: EUR
tables:
  transactions:
    files: log.csv
    columns: {customer_id: customer_id, order_id: order_id, ordered_at: ordered_at, amount: amount}
  customers:
    files: people.csv
    columns:
      {customer_id: customer_id, vip: "vip::BOOLEAN", worth: "worth::DECIMAL(9, 2)", born: "born::DATE"}
  touches: {files: touches.csv, columns: {customer_id: customer_id, at: at, kind: kind}}
""")
    tables = []
    for out, bytes_a_column in (("whole.parquet", 1), ("shares.parquet", 75_000_000)):
        monkeypatch.setattr(size, "BYTES_AT_WORK", bytes_a_column)
        shown = ask(tmp_path / "shop.yaml", "--as-of", "2024-03-15", "--out", tmp_path / out)
        assert shown.exit_code == 0, shown.output
        tables.append(pd.read_parquet(tmp_path / out))
    assert_frame_equal(*tables, check_exact=True)
    kinds = tables[0][["attribute_vip", "attribute_worth", "days_since_born", "open_ratio"]].dtypes
    assert kinds.unique().tolist() == ["float64"]
    assert tables[0]["attribute_vip"].isna().sum() == 6
    assert "n_referrals" not in tables[0]
