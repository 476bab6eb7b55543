from dataclasses import replace
from datetime import date

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
