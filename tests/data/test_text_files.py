from typing import Any

import pytest
from tests.data.shops import LOG, OURS, ROWS, Write, refused, rows, shop

from clientscape.data.source import Format


@pytest.mark.parametrize(
    ("log", "form"),
    [
        (LOG, Format()),
        ("\ufeff" + LOG, Format()),
        (LOG.replace("amount", " amount ", 1), Format()),
        (LOG.replace("\n", "\r\n"), Format()),
        (LOG.replace(",", "\t"), Format(delimiter="\t")),
        (LOG.replace(",", ";").replace(".", ","), Format(delimiter=";", decimal=",")),
        ("Export of 5 July\nconfidential; do not pass on\n" + LOG, Format(skip_lines=2)),
        (LOG.partition("\n")[2], Format(names=OURS)),
        (LOG.replace("10.00", '"10.00"'), Format()),
    ],
    ids=["plain", "bom", "blanks", "windows", "tabs", "decimal comma", "skip lines", "names", "quotes"],
)
def test_the_same_rows_out_of_every_way_to_write_them(log: str, form: Format, write: Write) -> None:
    assert rows(shop(format=form), write(log)) == ROWS


@pytest.mark.parametrize("header", [True, False])
def test_columns_may_be_parted_by_runs_of_blanks(header: bool, write: Write) -> None:
    lines = " 007  1 20240105   10.00\n  C2  2 20240205   -5.50\n"
    form = Format(delimiter="whitespace", names=None if header else OURS)
    source = shop(format=form, time_format="%Y%m%d")
    found = rows(source, write(" ".join(OURS) + "\n" + lines if header else lines))
    assert found == [("007", "1", "2024-01-05 00:00", 1000), ("C2", "2", "2024-02-05 00:00", -550)]


def test_latin_1_is_read_when_it_is_said(write: Write) -> None:
    root = write(LOG.replace("C2", "Zoë").encode("latin-1"))
    assert rows(shop(format=Format(encoding="latin-1")), root)[1][0] == "Zoë"
    (fault,) = refused(shop(), root)
    assert "log.csv" in fault
    assert "not utf-8" in fault


@pytest.mark.parametrize(
    ("log", "form", "said"),
    [
        (LOG + "C3,3\n", Format(), "log.csv"),
        (LOG + "C3,3,2024-03-01,1\n" * 30_000 + "C4,4\n", Format(), "C4,4"),
        (LOG.encode() + b"C3,3,2024-03-01,1\n" * 30_000 + b"\xff,4,2024-03-01,1\n", Format(), "not utf-8"),
        (LOG, Format(encoding="klingon", delimiter="whitespace"), "klingon"),
        ("", Format(delimiter="whitespace"), "log.csv"),
        ("", Format(), "columns"),
        (LOG.partition("\n")[0], Format(), "no rows"),
    ],
    ids=[
        "short row",
        "late short row",
        "late bytes",
        "encoding",
        "empty blanks",
        "empty",
        "header",
    ],
)
def test_a_file_that_cannot_be_read_to_the_end_is_refused(log: Any, form: Format, said: str, write: Write) -> None:
    faults = refused(shop(format=form), write(log))
    assert all(fault.startswith("shop: transactions") for fault in faults)
    assert said in faults[0]


def test_what_is_not_what_its_name_says_is_refused(write: Write) -> None:
    root = write(**{"a.csv.gz": LOG, "a.parquet": LOG})
    for name in ("a.csv.gz", "a.parquet"):
        assert name in refused(shop(name), root)[0]
