from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientscape.window import Covers, Window, day_number

YEAR = Covers(date(2024, 1, 1), date(2025, 1, 1))
SUMMER = Window(date(2024, 7, 1), YEAR, lookback_days=30, horizon_days=10)


def days(window: Window) -> list[date]:
    """The days of a year before and after that a window takes as its past."""
    span = np.arange(day_number(date(2023, 1, 1)), day_number(date(2026, 1, 1)))
    return [date(1970, 1, 1) + timedelta(days=int(day)) for day in span[window.past(span)]]


def first_last(window: Window) -> tuple[date, date]:
    found = days(window)
    return found[0], found[-1]


def test_day_numbers_count_from_1970() -> None:
    assert day_number(date(1970, 1, 1)) == 0
    assert day_number(date(2024, 1, 5)) == 19727
    assert day_number(date(1969, 12, 31)) == -1


def test_the_past_is_half_open() -> None:
    assert first_last(SUMMER) == (date(2024, 6, 1), date(2024, 6, 30))
    assert len(days(SUMMER)) == SUMMER.past_days == 30
    assert SUMMER.history_days == 182


def test_the_future_begins_where_the_past_ends() -> None:
    assert first_last(SUMMER.ahead()) == (date(2024, 7, 1), date(2024, 7, 10))
    assert SUMMER.end == SUMMER.ahead().as_of == date(2024, 7, 11)


def test_one_horizon_earlier_the_future_ends_at_as_of() -> None:
    earlier = SUMMER.before()
    assert first_last(earlier) == (date(2024, 5, 22), date(2024, 6, 20))
    assert first_last(earlier.ahead())[1] == date(2024, 6, 30)
    assert earlier.ahead().as_of == SUMMER.as_of


def test_recent_is_one_horizon_and_whole_is_all() -> None:
    assert first_last(SUMMER.recent()) == (date(2024, 6, 21), date(2024, 6, 30))
    assert first_last(SUMMER.whole()) == (YEAR.first, date(2024, 6, 30))
    assert SUMMER.whole().past_days == SUMMER.history_days


def test_a_day_of_23_hours_is_a_day() -> None:
    spring = Window(date(2024, 4, 1), YEAR, lookback_days=2)  # Europe turned its clocks on 2024-03-31
    assert first_last(spring) == (date(2024, 3, 30), date(2024, 3, 31))


@pytest.mark.parametrize("kind", ["numpy", "pandas", "narwhals"])
def test_anything_that_compares_can_be_cut(kind: str) -> None:
    numbers = [day_number(date(2024, 5, 31)) + n for n in (0, 1, 30, 31)]  # 31 May, 1 June, 30 June, 1 July
    inside: dict[str, Callable[[], Any]] = {
        "numpy": lambda: SUMMER.past(np.array(numbers)),
        "pandas": lambda: SUMMER.past(pd.Series(numbers)),
        "narwhals": lambda: nw.from_native(pd.DataFrame({"day": numbers})).select(SUMMER.past(nw.col("day")))["day"],
    }
    assert list(inside[kind]()) == [False, True, True, False]


@pytest.mark.parametrize(
    ("as_of", "lookback_days", "horizon_days", "key", "cure"),
    [
        (date(2024, 1, 1), 30, 10, "as_of", "choose an as_of inside"),
        (date(2023, 12, 31), None, 10, "as_of", "choose an as_of inside"),
        (date(2025, 1, 2), 30, 10, "as_of", "choose an as_of inside"),
        (date(2024, 1, 30), 30, 10, "lookback_days", "set lookback_days to at most 29"),
        (date(2024, 12, 23), 30, 10, "horizon_days", "set as_of to at most 2024-12-22"),
        (date(2024, 7, 1), 30, 366, "horizon_days", "set a shorter horizon_days"),
        (date(2024, 7, 1), 10**12, 10, "lookback_days", "set lookback_days to at most 182"),
        (date(2024, 7, 1), 30, 10**12, "horizon_days", "set a shorter horizon_days"),
    ],
)
def test_what_the_source_cannot_answer_is_a_fault(
    as_of: date, lookback_days: int | None, horizon_days: int, key: str, cure: str
) -> None:
    (fault,) = Window(as_of, YEAR, lookback_days, horizon_days).faults(with_future=True)
    assert fault.where == f"window.{key}"
    assert cure in fault.cure


@pytest.mark.parametrize(
    ("as_of", "lookback_days", "horizon_days"),
    [
        (date(2024, 1, 2), 1, 10),
        (date(2024, 1, 2), None, 10),
        (date(2024, 1, 31), 30, 10),
        (date(2024, 12, 22), 30, 10),
    ],
)
def test_up_to_the_edge_there_is_no_fault(as_of: date, lookback_days: int | None, horizon_days: int) -> None:
    assert Window(as_of, YEAR, lookback_days, horizon_days).faults(with_future=True) == []


def test_scoring_on_the_last_night_needs_no_future() -> None:
    last_night = Window(YEAR.end, YEAR, lookback_days=366)
    assert last_night.faults() == []
    assert [fault.where for fault in last_night.faults("run", with_future=True)] == ["run.horizon_days"]


def test_a_window_too_long_on_both_sides_has_two_faults() -> None:
    faults = Window(date(2024, 7, 1), YEAR, lookback_days=200, horizon_days=200).faults(with_future=True)
    assert [fault.where for fault in faults] == ["window.lookback_days", "window.horizon_days"]


class TestOrigins:
    """Earlier dates to learn from."""

    def test_horizons_end_by_as_of_and_are_as_long_as_they_can_be(self) -> None:
        # The music shop: 273 days of history, 273 ahead; the first horizon is a third of the history.
        covers = Covers(date(1997, 1, 1), date(1998, 7, 1))
        found = Window(date(1997, 10, 1), covers, None, 273).origins(4, 30)
        assert [(str(w.as_of), w.horizon_days) for w in found] == [
            ("1997-07-02", 91), ("1997-06-02", 121), ("1997-05-03", 151), ("1997-04-03", 181)
        ]  # fmt: skip
        assert {w.end for w in found} == {date(1997, 10, 1)}

    def test_long_histories_give_whole_horizons(self) -> None:
        found = Window(date(2024, 12, 1), YEAR, lookback_days=90, horizon_days=60).origins(3, 30)
        assert [(str(w.as_of), w.horizon_days) for w in found] == [
            ("2024-10-02", 60), ("2024-09-02", 60), ("2024-08-03", 60)
        ]  # fmt: skip
        assert all(w.end <= date(2024, 12, 1) for w in found)

    def test_none_that_lacks_its_past(self) -> None:
        assert len(Window(date(2024, 12, 1), YEAR, lookback_days=260, horizon_days=60).origins(9, 15)) == 2
        assert Window(date(2024, 12, 1), YEAR, lookback_days=300, horizon_days=60).origins(9, 15) == []
        assert Window(date(2024, 1, 3), YEAR, horizon_days=60).origins(9, 15) == []


class TestLessons:
    """Earlier dates whose horizon is as long as this one's and has ended by as_of."""

    def test_the_latest_first_as_far_as_the_past_is_covered(self) -> None:
        window = Window(date(2024, 12, 1), YEAR, lookback_days=90, horizon_days=60)
        found = window.lessons(9, 45)
        assert [str(w.as_of) for w in found] == ["2024-10-02", "2024-08-18", "2024-07-04", "2024-05-20", "2024-04-05"]
        assert found[0] == window.before()
        # The lookback of the next would begin before the source does.
        assert (date(2024, 4, 5) - timedelta(days=45) - YEAR.first).days < 90

    def test_whose_history_a_label_needs(self) -> None:
        window = Window(date(2024, 12, 1), YEAR, lookback_days=30, horizon_days=60)
        assert [len(window.lessons(9, 30, least)) for least in (1, 2, 3, 4, 5)] == [8, 6, 4, 2, 0]
        assert window.lessons(9, 30, 4)[-1].history_days == 245

    @given(
        as_of=st.dates(YEAR.first - timedelta(days=40), YEAR.end + timedelta(days=40)),
        lookback_days=st.none() | st.integers(1, 400),
        horizon_days=st.integers(1, 400),
        n=st.integers(1, 12),
        every_days=st.integers(1, 400),
        least_horizons=st.integers(1, 4),
    )
    def test_no_horizon_passes_as_of_and_no_past_passes_the_source(
        self,
        as_of: date,
        lookback_days: int | None,
        horizon_days: int,
        n: int,
        every_days: int,
        least_horizons: int,
    ) -> None:
        window = Window(as_of, YEAR, lookback_days, horizon_days)
        found = window.lessons(n, every_days, least_horizons)
        assert len(found) <= n
        for step, lesson in enumerate(found):
            assert lesson.end == as_of - timedelta(days=step * every_days)
            assert (lesson.horizon_days, lesson.lookback_days, lesson.covers) == (horizon_days, lookback_days, YEAR)
            assert lesson.start >= YEAR.first
            assert lesson.history_days >= least_horizons * horizon_days
            assert not lesson.faults()
        if len(found) < n:  # the next one lacks history, or the past that features see
            left = (as_of - timedelta(days=horizon_days + len(found) * every_days) - YEAR.first).days
            beyond = as_of - timedelta(days=horizon_days + len(found) * every_days) > YEAR.end
            assert left < max(1, least_horizons * horizon_days, lookback_days or 0) or beyond
