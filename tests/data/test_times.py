from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from tests.data.shops import LOG, PLAIN, ROWS, Write, refused, rows, shop


def test_times_of_another_zone_fall_on_the_local_day(write: Write) -> None:
    root = write(LOG.replace("2024-01-05 10:00", "2024-06-05 22:30"))
    assert [row[2] for row in rows(shop(time_zone="UTC"), root)] == ["2024-06-06 00:30", "2024-02-06 00:30"]
    assert [row[2] for row in rows(shop(time_zone="America/New_York"), root)] == [
        "2024-06-06 04:30",
        "2024-02-06 05:30",
    ]


@pytest.mark.parametrize(
    ("first", "time_format", "expression"),
    [
        ("05.01.2024 10:00", "%d.%m.%Y %H:%M", "ordered_at"),
        ("2024-01-05T10:00", None, "replace(ordered_at, '.', '-')"),
        ("2024-01-05 04:00 -0500", "%Y-%m-%d %H:%M %z", "ordered_at"),
        ("2024-01-05 09:00 UTC", "%Y-%m-%d %H:%M %Z", "ordered_at"),
        ("2024-01-05 09:00Z", None, "ordered_at::TIMESTAMPTZ"),
        ("2024-01-05 09:00:00 UTC", None, "ordered_at::TIMESTAMPTZ"),
        ("05.01.2024 10:00 Uhr", "%d.%m.%Y %H:%M Uhr", "ordered_at"),
        ("2024-01-05 10:00", None, "strptime(ordered_at, '%Y-%m-%d %H:%M')"),
    ],
)
def test_times_in_other_writings(first: str, time_format: str | None, expression: str, write: Write) -> None:
    root = write(f"customer_id,order_id,ordered_at,amount\n007,1,{first},10.00\n")
    source = shop(columns=PLAIN | {"ordered_at": expression}, time_format=time_format)
    assert rows(source, root) == ROWS[:1]


@pytest.mark.parametrize(
    "offset",
    ["Z", "+02:00", "+0200", "-05", " +02", " UTC", " utc", " Z", " CET", " Europe/Berlin", " Etc/GMT+5", " PM"],
)
def test_what_stands_behind_a_time_is_not_dropped(offset: str, write: Write) -> None:
    (fault,) = refused(shop(), write(LOG.replace("23:30:00", f"23:30:00{offset}")))
    assert f"log.csv row 2: '2024-02-05 23:30:00{offset}'" in fault
    assert "without an offset or a zone" in fault


def test_a_zone_word_after_minutes_is_not_dropped_either(write: Write) -> None:
    (fault,) = refused(shop(), write(LOG.replace("23:30:00", "23:30 UTC")))
    assert "log.csv row 2: '2024-02-05 23:30 UTC'" in fault


@pytest.mark.parametrize("zone", ["Z", " UTC", " +0000", " Etc/UTC"])
def test_a_zone_that_is_mere_text_of_the_format_has_to_be_said(zone: str, write: Write) -> None:
    root = write(LOG.replace(":00,", f":00{zone},"))
    form = f"%Y-%m-%d %H:%M:%S{zone}"
    (fault,) = refused(shop(time_format=form), root)
    assert fault.startswith(f"shop: transactions.time_format: found `{form}`, which skips `{zone.strip()}`")
    assert [row[2] for row in rows(shop(time_format=form, time_zone="UTC"), root)] == [
        "2024-01-05 11:00",
        "2024-02-06 00:30",
    ]


@pytest.mark.parametrize(("form", "zone"), [("%z", "+00"), ("%Z", "UTC")])
def test_a_zone_that_the_format_reads_goes_before_the_table_s(form: str, zone: str, write: Write) -> None:
    root = write(LOG.replace(":00,", f":00 {zone},"))
    source = shop(time_format=f"%Y-%m-%d %H:%M:%S {form}", time_zone="America/New_York")
    assert [row[2] for row in rows(source, root)] == ["2024-01-05 11:00", "2024-02-06 00:30"]


@pytest.mark.parametrize("time", ["99999-01-01", "infinity"])
def test_times_beyond_all_calendars_are_outside_the_cover(time: str, write: Write) -> None:
    (fault,) = refused(shop(), write(LOG + f"C3,3,{time},1.00\n"))
    assert "1 orders outside" in fault


def test_zones_and_covers_that_cannot_be_are_refused(write: Write) -> None:
    covers = (date(2024, 7, 1), date(2024, 7, 1))
    source = replace(shop(time_zone="Mars"), timezone="Europe/Berlinn", covers=covers)
    faults = refused(source, write())
    assert [fault.partition(": found")[0] for fault in faults] == [
        "shop: covers",
        "shop: timezone",
        "shop: transactions.time_zone",
    ]
    assert "write `Europe/Berlin`" in faults[1]


@pytest.mark.parametrize("other", ["05.02.2024 23:30", "02/05/2024", "5 Feb 2024", "20240205"])
def test_two_writings_of_dates_in_one_column_are_refused_with_the_rows(other: str, write: Write) -> None:
    root = write(LOG.replace("2024-02-05 23:30:00", other))
    (fault,) = refused(shop(), root)
    assert fault.startswith(f"shop: transactions.ordered_at: found 1 values that are not (log.csv row 2: '{other}')")
    if other.startswith("05."):
        (fault,) = refused(shop(time_format="%d.%m.%Y %H:%M"), root)
        assert "log.csv row 1: '2024-01-05 10:00:00'" in fault


def test_text_with_offsets_falls_on_the_local_day_of_each(write: Write) -> None:
    root = write(LOG.replace("10:00:00", "23:30:00 -0500").replace("23:30:00,-", "23:30:00 +0900,-"))
    source = shop(time_format="%Y-%m-%d %H:%M:%S %z")
    assert [row[2] for row in rows(source, root)] == ["2024-01-06 05:30", "2024-02-05 15:30"]


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_parquet_times_with_a_zone_come_to_the_local_day(unit: str, zone: str, tmp_path: Path) -> None:
    at = pd.Series(pd.to_datetime(["2024-01-05 23:30", "2024-06-05 22:30"])).dt.tz_localize("UTC").dt.tz_convert(zone)
    frame = pd.DataFrame({"customer_id": ["a", "b"], "order_id": [1, 2], "ordered_at": at, "amount": [1, 2]})
    frame.astype({"ordered_at": f"datetime64[{unit}, {zone}]"}).to_parquet(tmp_path / "log.parquet")
    for time_zone in (None, "UTC", "Asia/Tokyo"):  # a time that knows its zone needs none
        found = [row[2] for row in rows(shop("log.parquet", time_zone=time_zone), tmp_path)]
        assert found == ["2024-01-06 00:30", "2024-06-06 00:30"]


@pytest.mark.parametrize("naive", ["csv", "parquet"])
def test_times_with_and_without_a_zone_in_one_column_are_refused(naive: str, write: Write) -> None:
    root = write(**{"parts/log.csv": LOG})
    frame = pd.read_csv(root / "log.csv", dtype="str").astype({"ordered_at": "datetime64[us]", "amount": "float"})
    if naive == "parquet":
        (root / "parts/log.csv").unlink()
        frame.to_parquet(root / "parts/log.parquet")
    frame.assign(ordered_at=frame["ordered_at"].dt.tz_localize("UTC")).to_parquet(root / "parts/utc.parquet")
    (fault,) = refused(shop("parts"), root)
    assert fault.startswith("shop: transactions.columns.ordered_at: found TIMESTAMP WITH TIME ZONE in ")
    assert "two sources of the table" in fault


def test_whole_numbers_are_no_times(tmp_path: Path) -> None:
    frame = pd.DataFrame({"customer_id": ["a"], "order_id": [1], "ordered_at": [1704445200], "amount": [1]})
    frame.to_parquet(tmp_path / "log.parquet")
    (fault,) = refused(shop("log.parquet"), tmp_path)
    assert "log.parquet row 1: 1704445200" in fault
    assert "`to_timestamp(column)`" in fault
    read = shop("log.parquet", PLAIN | {"ordered_at": "to_timestamp(ordered_at)"})
    assert rows(read, tmp_path)[0][2] == "2024-01-05 10:00"
