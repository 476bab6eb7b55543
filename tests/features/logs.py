"""Tables out of tuples, and logs that are as nasty as contracts allow."""

from dataclasses import replace
from datetime import date

import pandas as pd
from hypothesis import strategies as st

from clientscape.columns import KINDS_OF_TOUCH
from clientscape.tables import check_tables
from clientscape.window import Covers

COVERS = Covers(date(2024, 1, 1), date(2025, 7, 1))
AS_OF = pd.Timestamp("2025-04-01")

LINE = ["customer_id", "order_id", "ordered_at", "amount", "quantity", "discount", "coupon", "margin"]
LINE += ["product_id", "category", "channel", "payment_method", "store"]
TOUCH = ["customer_id", "at", "kind", "channel", "category"]
POINTS = ["customer_id", "at", "points"]
PERSON = ["customer_id", "region", "email_consent", "joined_on"]
COLUMNS = {"transactions": LINE, "touches": TOUCH, "points": POINTS, "customers": PERSON}
TEXT = {"product_id", "category", "channel", "payment_method", "store", "region"}
TIMES = {"ordered_at", "at", "joined_on"}
NOBODY = {
    "transactions": ("nobody", "0", AS_OF, 1.0, *[None] * 9),
    "touches": ("nobody", AS_OF, "sent", None, None),
    "points": ("nobody", AS_OF, 1.0),
    "customers": ("nobody", None, None, None),
}


def tables_of(transactions, touches=(), points=(), customers=()):
    """Tables of all four kinds, each out of tuples, also out of none."""
    given = {"transactions": transactions, "touches": touches, "points": points, "customers": customers}
    frames = {}
    for table, rows in given.items():
        frame = pd.DataFrame([*rows, NOBODY[table]], columns=COLUMNS[table])
        for column in frame:
            if column in TEXT:
                frame[column] = frame[column].astype("str")
            elif column in TIMES:
                frame[column] = pd.to_datetime(frame[column], format="ISO8601")
            elif column == "email_consent":
                frame[column] = frame[column].astype("boolean")
        frames[table] = frame
    tables = check_tables(frames, covers=COVERS, currency="EUR")
    bare = {table: getattr(tables, table).iloc[:-1] for table in frames}
    return replace(tables, **bare, records=frozenset({*(f"touches.{kind}" for kind in KINDS_OF_TOUCH), "times of day"}))


# Words that locales sort otherwise than their bytes, that look missing, or are empty; and what is missing.
WORDS = ["apple", "Zebra", "zebra", "Ärger", "éclair", "e", "ß", "ss", "日本", "😀", "a b", "", "NaN", "None", "null"]
PRICES = pd.DataFrame({"category": WORDS[::2], "usual_price_minor": range(100, 100 + 50 * len(WORDS[::2]), 50)})
PEOPLE = ["A", "B", "a", "Ä", "10", "9", "x y", "é", "日"]

words = st.sampled_from([*WORDS, None])
few_words = st.sampled_from(["b", "Ä", "a", None])
people = st.sampled_from(PEOPLE)
days = st.one_of(st.integers(-3, 30), st.integers(1, 456))  # before as_of; some lie in the future
hours = st.integers(0, 23)
cents = st.one_of(st.integers(-5_000, 20_000), st.just(0)).filter(lambda c: c == 0 or abs(c) > 2)
some_cents = st.one_of(st.none(), st.integers(0, 900))
quantities = st.sampled_from([1, 2, 3, 1, 0, -1, None, 0.5])


def at(days_before, hour):
    """A moment of the so many-th day before as_of; of the last day that the source covers, if it lies behind it."""
    return AS_OF + pd.Timedelta(days=-days_before, hours=hour)


def euros(minor):
    return None if minor is None else minor / 100


moments = st.builds(at, days, hours)
# Few order ids: orders have several lines, over several days; and two customers share them.
orders = st.tuples(people, st.integers(1, 4).map(str), moments, cents.map(euros), quantities)
lines = st.builds(
    lambda order, money, what, how: (*order, *money, *what, *how),
    orders,
    st.tuples(*[some_cents.map(euros)] * 3),
    st.tuples(words, words),
    st.tuples(few_words, few_words, words),
)
touches = st.tuples(people, moments, st.sampled_from([*KINDS_OF_TOUCH, "sent", "visited"]), few_words, words)
points = st.tuples(people, moments, st.sampled_from([10.5, 3.0, 0.0, -2.0, -0.125]))
dates = st.one_of(st.none(), days.map(lambda n: at(n, 0)))
persons = st.tuples(people, words, st.sampled_from([True, False, None]), dates)


def nasty(min_lines, max_lines):
    """Logs of so many lines, with or without touches, points and what is known of customers."""
    return st.builds(
        tables_of,
        st.lists(lines, min_size=min_lines, max_size=max_lines),
        st.lists(touches, max_size=max_lines),
        st.lists(points, max_size=max_lines // 2),
        st.lists(persons, max_size=len(PEOPLE), unique_by=lambda person: person[0]),
    )
