"""What much or little of a feature says of a customer, in English and German."""

import re
from collections.abc import Container
from typing import Literal, NamedTuple

from clientscape.columns import IS

Language = Literal["en", "de"]


class Words(NamedTuple):
    """What is said of a customer who has more of a feature than the average one, and of one who has less."""

    more: str
    less: str


class Trait(NamedTuple):
    """Something to be said of a customer; features with equal words are one trait."""

    en: Words
    de: Words

    def turned(self) -> "Trait":
        """The trait of a feature that counts the other way round."""
        return Trait(Words(self.en.less, self.en.more), Words(self.de.less, self.de.more))


def _trait(en_more: str, en_less: str, de_more: str, de_less: str) -> Trait:
    return Trait(Words(en_more, en_less), Words(de_more, de_less))


KNOWN = _trait("long known", "new", "lange bekannt", "neu")
OFTEN = _trait("frequent", "infrequent", "häufig", "selten")
LARGE = _trait("large orders", "small orders", "große Bestellungen", "kleine Bestellungen")
RHYTHM = _trait("slow rhythm", "quick rhythm", "langsamer Rhythmus", "schneller Rhythmus")
GROWTH = _trait("rising", "falling", "steigend", "fallend")
WIDE = _trait("buys widely", "buys narrowly", "breites Sortiment", "schmales Sortiment")
RETURNS = _trait("many returns", "few returns", "viele Rückgaben", "wenige Rückgaben")
CHANNELS = _trait("many channels", "one channel", "mehrere Kanäle", "ein Kanal")
PAYMENTS = _trait("many ways of payment", "one way of payment", "mehrere Zahlarten", "eine Zahlart")
STORES = _trait("many stores", "one store", "mehrere Filialen", "eine Filiale")
REDEEMS = _trait("redeems points", "redeems few points", "löst Punkte ein", "löst selten Punkte ein")
CONTACTED = _trait("much contacted", "little contacted", "oft angeschrieben", "selten angeschrieben")
ANSWERS = _trait("responsive", "unresponsive", "ansprechbar", "schwer ansprechbar")
LOOKS = _trait("looks without buying", "seldom looks only", "schaut ohne Kauf", "schaut selten nur")

# The beginning of a feature's name -> its trait; the longest beginning that fits is taken. Braces take the rest.
TRAITS = {
    "recency_days": _trait("long unseen", "seen lately", "lange nicht gesehen", "kürzlich da"),
    **dict.fromkeys(("tenure_days", "known_days", "T"), KNOWN),
    "is_new": KNOWN.turned(),
    **dict.fromkeys(("n_orders", "n_order_days", "orders_last", "order_days_last"), OFTEN),
    **dict.fromkeys(("order_days_per_month", "x", "last_rate"), OFTEN),
    "order_days_change": _trait("more often lately", "less often lately", "zuletzt häufiger", "zuletzt seltener"),
    **dict.fromkeys(("spend_day", "spend_per_order_day", "order_value", "expected_order_value"), LARGE),
    **dict.fromkeys(("m_x", "m_all"), LARGE),
    "order_value_cv_ratio": _trait("uneven orders", "even orders", "ungleiche Bestellungen", "gleiche Bestellungen"),
    "order_lines_mean": _trait("full baskets", "few items an order", "volle Körbe", "wenig je Bestellung"),
    "margin_share": _trait("high margin", "low margin", "hohe Marge", "geringe Marge"),
    "gap_days": RHYTHM,
    "gap_cv_ratio": _trait("irregular", "regular", "unregelmäßig", "regelmäßig"),
    "overdue_ratio": _trait("overdue", "on time", "überfällig", "im Takt"),
    "spend_last": _trait("much spent lately", "little spent lately", "zuletzt viel gekauft", "zuletzt wenig gekauft"),
    **dict.fromkeys(("spend_change", "spend_year_change", "spend_slope"), GROWTH),
    "spend_year_ago": _trait("strong a year ago", "weak a year ago", "vor einem Jahr stark", "vor einem Jahr schwach"),
    "months_since_best_quarter": _trait(
        "past the best time", "in the best time", "beste Zeit vorbei", "in bester Zeit"
    ),
    **dict.fromkeys(("n_categories", "category_entropy"), WIDE),
    "favourite_category_share": WIDE.turned(),
    "n_products": _trait("many products", "few products", "viele Produkte", "wenige Produkte"),
    "new_product_share": _trait("tries new things", "keeps to the known", "probiert Neues", "bleibt bei Bekanntem"),
    "repeat_product_share": _trait("buys the same again", "seldom the same again", "kauft dasselbe", "kauft anderes"),
    "discount_share": _trait("seeks discounts", "pays full prices", "sucht Rabatte", "zahlt volle Preise"),
    "coupon_share": _trait("uses coupons", "few coupons", "nutzt Coupons", "kaum Coupons"),
    **dict.fromkeys(("return_value_ratio", "return_line_share"), RETURNS),
    "price_tier_ratio": _trait("dear goods", "cheap goods", "teure Ware", "günstige Ware"),
    "weekend_share": _trait("at weekends", "on weekdays", "am Wochenende", "an Werktagen"),
    "favourite_weekday": _trait("late in the week", "early in the week", "spät in der Woche", "früh in der Woche"),
    "hour_share": _trait("often at {} h", "seldom at {} h", "oft um {} Uhr", "selten um {} Uhr"),
    "n_used_channel": CHANNELS,
    "favourite_share_channel": CHANNELS.turned(),
    "n_used_payment_method": PAYMENTS,
    "favourite_share_payment_method": PAYMENTS.turned(),
    "n_used_store": STORES,
    "favourite_share_store": STORES.turned(),
    "points_earned": _trait("earns many points", "earns few points", "sammelt Punkte", "sammelt kaum Punkte"),
    **dict.fromkeys(("points_spent", "redemption_days"), REDEEMS),
    "points_balance": _trait("many points left", "few points left", "viele Punkte übrig", "wenige Punkte übrig"),
    **dict.fromkeys(("n_contacts", "contacts_last"), CONTACTED),
    **dict.fromkeys(("open_ratio", "click_ratio", "redeem_ratio"), ANSWERS),
    "reaction_recency_days": _trait("long silent", "reacted lately", "lange still", "kürzlich reagiert"),
    "n_referrals": _trait("recommends", "seldom recommends", "empfiehlt weiter", "empfiehlt selten"),
    "is_unsubscribed": _trait("unsubscribed", "not unsubscribed", "abgemeldet", "nicht abgemeldet"),
    "n_visits": _trait("many visits", "few visits", "viele Besuche", "wenige Besuche"),
    "visit_days_without_order": LOOKS,
    "visit_day_order_share": LOOKS.turned(),
    "n_categories_visited": _trait("looks widely", "looks narrowly", "schaut breit", "schaut schmal"),
    "t_x": _trait("came for long", "came for short", "kam lange", "kam nur kurz"),
    "expected_orders": _trait("many orders expected", "few orders expected", "kauft wohl oft", "kauft wohl selten"),
    "p_alive": _trait("active", "likely gone", "aktiv", "wohl fort"),
    "p_churn": _trait("likely to stay away", "likely to come", "bleibt wohl fort", "kommt wohl wieder"),
    "p_decline": _trait("likely to decline", "likely to hold", "lässt wohl nach", "hält sich wohl"),
    "days_since": _trait("{} long ago", "{} lately", "{} lange her", "{} erst kürzlich"),
    "attribute": _trait("high {}", "low {}", "{}: hoch", "{}: niedrig"),
    "n": _trait("many {}", "few {}", "viele {}", "wenige {}"),
}
OTHER = TRAITS["attribute"]


def trait(column: str) -> Trait:
    """What much and little of a column say; one that is not known is named by its own words."""
    if IS in column:  # a level of an attribute
        level = column.partition(IS)[2]
        return Trait(Words(level, f"not {level}"), Words(level, f"nicht {level}"))
    start = beginning(column, TRAITS)
    found = TRAITS[start] if start else OTHER
    plain = rest(column, start) if start else rest(re.sub(r"_(ratio|share|days)$", "", column), "")
    return Trait(*(Words(*(word.format(plain) for word in words)) for words in found))


def beginning(column: str, known: Container[str]) -> str:
    """The longest of the known names, cut at underscores, that a column begins with; empty where none is."""
    parts = column.split("_")
    beginnings = ("_".join(parts[:size]) for size in range(len(parts), 0, -1))
    return next((start for start in beginnings if start in known), "")


def rest(column: str, start: str) -> str:
    """What follows a column's beginning, in words; two numbers are a span: `hour_share_17_24` gives 17–24."""
    return re.sub(r"(\d+) (\d+)", r"\1–\2", column.removeprefix(start).strip("_").replace("_", " "))
