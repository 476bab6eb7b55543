"""Who must not be contacted."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from clientscape.activate.consent import channels, consents_known, left_out
from clientscape.tables import check_tables
from clientscape.window import Covers, day_number

IDS = pd.Series(["A", "B", "C", "D"], index=[7, 3, 5, 9], dtype="str")
AS_OF = day_number(date(2024, 6, 1))


def shop(customers=None, touches=None):
    orders = {"customer_id": IDS, "order_id": range(4), "ordered_at": pd.Timestamp("2024-02-01"), "amount": 10.0}
    frames = {"transactions": pd.DataFrame(orders)}
    if customers is not None:
        frames["customers"] = pd.DataFrame({"customer_id": ["A", "B", "C"], **customers})
    if touches is not None:
        columns = ["customer_id", "at", "kind", "channel"]
        frames["touches"] = pd.DataFrame(touches, columns=columns).astype({"at": "datetime64[us]"})
    return check_tables(frames, covers=Covers(date(2024, 1, 1), date(2024, 7, 1)), currency="EUR")


def refused(tables, channel="email", suppressed=()):
    why = left_out(tables, IDS, AS_OF, channel=channel, suppressed=set(suppressed))
    assert why.index.tolist() == IDS.index.tolist()
    return dict(zip(IDS, why, strict=True))


NO = "no consent (email_consent)"


@pytest.mark.parametrize(
    "said",
    [
        [True, False, None],
        pd.array([True, False, None], dtype="boolean"),
        [1, 0, 0],
        [1.0, 0.0, float("nan")],
        ["yes", "no", None],
        pd.Categorical([" Ja", "nein", None]),
        ["TRUE", "false", "opted out by phone"],
    ],
)
def test_consent_is_a_yes_and_nothing_else(said):
    assert refused(shop({"email_consent": said})) == {"A": "", "B": NO, "C": NO, "D": NO}


def test_a_column_speaks_of_its_channel():
    tables = shop({"consent_email": [True, False, True], "SMS_consent": [False, True, True]})
    assert refused(tables) == {"A": "", **dict.fromkeys("BD", "no consent (consent_email)"), "C": ""}
    assert refused(tables, "sms") == {**dict.fromkeys("AD", "no consent (SMS_consent)"), "B": "", "C": ""}
    assert set(refused(tables, "post").values()) == {""}


def test_without_a_channel_one_consent_is_enough():
    tables = shop({"consent_email": [True, False, False], "sms_consent": [False, True, False]})
    no = "no consent (consent_email, sms_consent)"
    assert refused(tables, None) == {"A": "", "B": "", "C": no, "D": no}


def test_a_general_consent_is_asked_for_beside_that_of_the_channel():
    tables = shop({"consent": [True, True, False], "email_consent": [True, False, True]})
    no = "no consent (consent, email_consent)"
    assert refused(tables) == refused(tables, None) == {"A": "", "B": no, "C": no, "D": no}
    assert refused(tables, "sms") == {"A": "", "B": "", **dict.fromkeys("CD", "no consent (consent)")}


TOUCHES = [
    ("A", "2024-05-31 23:00", "unsubscribed", "email"),
    ("B", "2024-06-01 00:00", "unsubscribed", "email"),
    ("C", "2024-03-01", "unsubscribed", None),
    ("D", "2024-03-01", "unsubscribed", "sms"),
    ("B", "2024-03-01", "opened", "email"),
]


def test_who_unsubscribed_before_the_date_from_the_channel_or_from_none_by_name():
    tables = shop(touches=TOUCHES)
    assert refused(tables) == {"A": "unsubscribed", "B": "", "C": "unsubscribed", "D": ""}
    assert refused(tables, "SMS") == {"A": "", "B": "", "C": "unsubscribed", "D": "unsubscribed"}
    assert refused(tables, None) == {"A": "unsubscribed", "B": "", "C": "unsubscribed", "D": "unsubscribed"}


def test_touches_without_channels_are_about_all_of_them():
    tables = shop(touches=TOUCHES)
    tables = replace(tables, touches=tables.touches.drop(columns="channel"))
    assert refused(tables) == {"A": "unsubscribed", "B": "", "C": "unsubscribed", "D": "unsubscribed"}


def test_the_first_reason_is_told():
    tables = shop({"email_consent": [False, False, True]}, TOUCHES)
    found = refused(tables, suppressed={"A", "nobody"})
    assert found == {"A": "on the suppression list", "B": NO, "C": "unsubscribed", "D": NO}


def test_where_nothing_is_known_everyone_may_be_but_the_suppressed():
    tables = shop({"region": ["north", "south", "east"]})
    assert refused(tables, suppressed={"B"}) == {"A": "", "B": "on the suppression list", "C": "", "D": ""}
    assert not consents_known(tables, "email")
    assert not consents_known(shop(), None)


def test_the_channels_are_those_of_consent_and_of_touches():
    asked = {"consent": [True] * 3, "Email_consent": [True] * 3, "consent_SMS": [True] * 3}
    assert channels(shop(asked)) == {"email", "sms"}
    touches = [
        ("A", "2024-03-01", "sent", "App"),
        ("B", "2024-03-01", "opened", "app"),
        ("C", "2024-03-01", "sent", None),
    ]
    assert channels(shop({"post_consent": [True] * 3}, touches)) == {"post", "app"}
    assert channels(shop({"consent": [True] * 3, "region": list("abc")})) == channels(shop()) == set()
    tables = shop(touches=touches)
    assert channels(replace(tables, touches=tables.touches.drop(columns="channel"))) == set()


def test_what_is_known():
    tables = shop({"email_consent": [True, True, True]})
    assert consents_known(tables, "Email")
    assert consents_known(tables, None)
    assert not consents_known(tables, "sms")
    assert consents_known(shop(touches=TOUCHES), "email")
    assert not consents_known(shop(touches=TOUCHES[-1:]), "email")
    assert not consents_known(shop(touches=TOUCHES[:2]), "sms")
