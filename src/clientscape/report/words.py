"""Features and numbers in the words of a reader, in English and German."""

import math
import re

from clientscape.report.cells import heading
from clientscape.segment.traits import Language, beginning, rest

# The beginning of a feature's name -> what its numbers are (plain, %, money, or yes for 0 and 1), and how a quantity of
# it is said: {} is the quantity, `day/days` what one and many are called, <> what follows the beginning in the name.
QUANTITIES = {
    "recency_days": ("", "{} day/days since the last order", "{} Tag/Tage seit der letzten Bestellung"),
    "tenure_days": ("", "{} day/days since the first order", "{} Tag/Tage seit der ersten Bestellung"),
    "known_days": ("", "known for {} day/days", "seit {} Tag/Tagen bekannt"),
    "n_orders": ("", "{} order/orders", "{} Bestellung/Bestellungen"),
    "n_order_days": ("", "{} order day/days", "{} Bestelltag/Bestelltage"),
    "n_order_days_ever": ("", "{} order day/days ever", "{} Bestelltag/Bestelltage insgesamt"),
    "orders_last": ("", "{} order/orders in the last <> days", "{} Bestellung/Bestellungen in den letzten <> Tagen"),
    "order_days_last": (
        "",
        "{} order day/days in the last <> days",
        "{} Bestelltag/Bestelltage in den letzten <> Tagen",
    ),
    "order_days_change": (
        "",
        "change of order days over <> days of {}",
        "Änderung der Bestelltage über <> Tage von {}",
    ),
    "order_days_per_month": ("", "{} order day/days a month", "{} Bestelltag/Bestelltage im Monat"),
    "spend_total": ("money", "{} of spend", "{} Umsatz"),
    "spend_day_max": ("money", "dearest day of {}", "teuerster Tag von {}"),
    "spend_day_median": ("money", "usual day of {}", "üblicher Tag von {}"),
    "spend_per_order_day": ("money", "spend an order day of {}", "Umsatz je Bestelltag von {}"),
    "spend_last": ("money", "{} of spend in the last <> days", "{} Umsatz in den letzten <> Tagen"),
    "spend_last_horizon": ("money", "{} of spend in the last period", "{} Umsatz im letzten Zeitraum"),
    "spend_horizon_before": (
        "money",
        "{} of spend in the period before the last",
        "{} Umsatz im vorletzten Zeitraum",
    ),
    "spend_year_ago": ("money", "{} of spend a year ago", "{} Umsatz vor einem Jahr"),
    "spend_change": ("", "change of spend over <> days of {}", "Änderung des Umsatzes über <> Tage von {}"),
    "spend_year_change": ("", "change of spend on the year before of {}", "Änderung des Umsatzes zum Vorjahr von {}"),
    "spend_slope": ("money", "monthly rise of spend of {}", "monatlicher Anstieg des Umsatzes von {}"),
    "margin_total": ("money", "{} of margin", "{} Marge"),
    "margin_share": ("%", "margin on spend of {}", "Marge am Umsatz von {}"),
    "order_value_mean": ("money", "mean order value of {}", "mittlerer Bestellwert von {}"),
    "order_value_median": ("money", "usual order value of {}", "üblicher Bestellwert von {}"),
    "order_value_max": ("money", "dearest order of {}", "teuerste Bestellung von {}"),
    "order_value_cv_ratio": ("", "unevenness of orders of {}", "Ungleichheit der Bestellungen von {}"),
    "order_lines_mean": ("", "{} line/lines an order", "{} Position/Positionen je Bestellung"),
    "gap_days_mean": ("", "{} day/days between orders", "{} Tag/Tage zwischen Bestellungen"),
    "gap_days_median": ("", "{} day/days of usual gap", "{} Tag/Tage üblicher Abstand"),
    "gap_days_max": ("", "longest gap of {} day/days", "längster Abstand von {} Tag/Tagen"),
    "gap_days_squared_mean": ("", "mean squared gap of {}", "mittlerer quadrierter Abstand von {}"),
    "gap_cv_ratio": ("", "irregularity of {}", "Unregelmäßigkeit von {}"),
    "overdue_ratio": ("", "{} usual gap/gaps since the last order", "{} übliche Abstände seit der letzten Bestellung"),
    "months_since_best_quarter": (
        "",
        "{} month/months since the best quarter",
        "{} Monat/Monate seit dem besten Quartal",
    ),
    "is_new": ("yes", "new", "neu"),
    "n_categories": ("", "{} category/categories", "{} Kategorie/Kategorien"),
    "category_entropy": ("", "variety of categories of {}", "Vielfalt der Kategorien von {}"),
    "favourite_category": ("", "favourite category of {}", "liebste Kategorie von {}"),
    "favourite_category_share": ("%", "share of the favourite category of {}", "Anteil der liebsten Kategorie von {}"),
    "n_products": ("", "{} product/products", "{} Produkt/Produkte"),
    "new_product_share": ("%", "share of new products of {}", "Anteil neuer Produkte von {}"),
    "repeat_product_share": ("%", "share of products bought again of {}", "Anteil wieder gekaufter Produkte von {}"),
    "discount_share": ("%", "discounts of {}", "Rabatte von {}"),
    "coupon_share": ("%", "coupons of {}", "Coupons von {}"),
    "return_value_ratio": ("%", "returns of {}", "Rückgaben von {}"),
    "return_line_share": ("%", "share of returned lines of {}", "Anteil der Rückgaben von {}"),
    "price_tier_ratio": ("", "price level of {}", "Preisniveau von {}"),
    "weekend_share": ("%", "weekend share of {}", "Anteil am Wochenende von {}"),
    "hour_share": ("%", "share at <> h of {}", "Anteil um <> Uhr von {}"),
    "favourite_weekday": ("", "favourite weekday (1 to 7) of {}", "liebster Wochentag (1 bis 7) von {}"),
    "favourite": ("", "favourite <> of {}", "Favorit (<>) von {}"),
    "favourite_share": ("%", "share of the favourite <> of {}", "Anteil des Favoriten (<>) von {}"),
    "n_used": ("", "{} of <> used", "{} genutzte (<>)"),
    "redemption_days": ("", "{} day/days with points redeemed", "{} Tag/Tage mit eingelösten Punkten"),
    "points_balance": ("", "{} point/points left", "{} Punkt/Punkte übrig"),
    "points_earned": ("", "{} point/points earned", "{} Punkt/Punkte gesammelt"),
    "points_spent": ("", "{} point/points redeemed", "{} Punkt/Punkte eingelöst"),
    "points_spent_last": (
        "",
        "{} point/points redeemed in the last <> days",
        "{} Punkt/Punkte in den letzten <> Tagen eingelöst",
    ),
    "n_contacts": ("", "{} contact/contacts", "{} Kontakt/Kontakte"),
    "contacts_last": ("", "{} contact/contacts in the last <> days", "{} Kontakt/Kontakte in den letzten <> Tagen"),
    "open_ratio": ("%", "opens for a contact of {}", "Öffnungen je Kontakt von {}"),
    "click_ratio": ("%", "clicks for a contact of {}", "Klicks je Kontakt von {}"),
    "redeem_ratio": ("%", "redemptions for a contact of {}", "Einlösungen je Kontakt von {}"),
    "reaction_recency_days": ("", "{} day/days since the last reaction", "{} Tag/Tage seit der letzten Reaktion"),
    "is_unsubscribed": ("yes", "unsubscribed", "abgemeldet"),
    "n_visits": ("", "{} visit/visits", "{} Besuch/Besuche"),
    "visit_days_without_order": ("", "{} day/days of visits without an order", "{} Besuchstag/Besuchstage ohne Kauf"),
    "n_categories_visited": ("", "{} category/categories visited", "{} besuchte Kategorie/Kategorien"),
    "most_visited_category": ("", "most visited category of {}", "meistbesuchte Kategorie von {}"),
    "visit_day_order_share": ("%", "share of visits with an order of {}", "Anteil der Besuche mit Kauf von {}"),
    "n_referrals": ("", "{} referral/referrals", "{} Empfehlung/Empfehlungen"),
    "expected_orders": ("", "{} order day/days expected", "{} Bestelltag/Bestelltage erwartet"),
    "expected_order_value": ("money", "expected order value of {}", "erwarteter Bestellwert von {}"),
    "expected_value": ("money", "expected value of {}", "erwarteter Wert von {}"),
    "p_alive": ("%", "chance to be active of {}", "Chance aktiv zu sein von {}"),
    "p_churn": ("%", "chance to stay away of {}", "Risiko auszubleiben von {}"),
    "p_decline": ("%", "chance to decline of {}", "Risiko nachzulassen von {}"),
    "x": ("", "{} order day/days after the first", "{} Bestelltag/Bestelltage nach dem ersten"),
    "t_x": (
        "",
        "{} day/days from the first order to the last",
        "{} Tag/Tage von der ersten bis zur letzten Bestellung",
    ),
    "T": ("", "{} day/days from the first order on", "{} Tag/Tage seit der ersten Bestellung"),
    "m_x": ("money", "spend of {} on order days after the first", "Umsatz von {} an Bestelltagen nach dem ersten"),
    "m_all": ("money", "spend of {} on order days", "Umsatz von {} an Bestelltagen"),
    "last_rate": ("", "{} order day/days a day lately", "{} Bestelltag/Bestelltage je Tag zuletzt"),
    "days_since": ("", "{} day/days since <>", "{} Tag/Tage seit <>"),
    "attribute": ("", "<> of {}", "<> von {}"),
}
NOT = {"en": "not", "de": "nicht"}
UNNAMED = {"en": "{} of {{}}", "de": "{} von {{}}"}
BOUNDS = {"en": ("at least {}", "at most {}", "{} to {}"), "de": ("mindestens {}", "höchstens {}", "{} bis {}")}


def quantity(column: str, low: float | None, high: float | None, language: Language, currency: str) -> str:
    """How many of a feature, by words: `at least 12 order days`; one of the bounds may be missing."""
    kind, said = _said(column, language)
    if kind == "yes":
        return f"{NOT[language]} {said}" if low is None else said
    at_least, at_most, between = BOUNDS[language]
    texts = [number(bound, language, kind) for bound in (low, high) if bound is not None]
    bounds = between if len(texts) == 2 else at_least if high is None else at_most
    unit = f" {currency}" if kind == "money" and currency else ""
    last = high if high is not None else low
    return counted(said, last == 1).format(bounds.format(*texts) + unit)


def noun(column: str, language: Language) -> str:
    """What a feature is called where its number stands beside it: `order days`, `spend in the last 90 days`."""
    said = counted(_said(column, language)[1], one=False)
    return re.sub(r"( of| von)? ?\{\}( of)? ?", " ", said).strip()


def number(value: float, language: Language, kind: str = "") -> str:
    """A number as it is, without digits that it has not; kind is `%` for shares."""
    value = value * 100 if kind == "%" else value
    decimals = 0 if not value else max(0, 5 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{decimals}f}".replace("-", "−")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return local(text, language) + ({"en": "%", "de": " %"}[language] if kind == "%" else "")


def local(text: str, language: Language) -> str:
    """An English number with the signs of the language: 1,200.5 is 1.200,5 in German."""
    return text.translate(str.maketrans(",.", ".,")) if language == "de" else text


def _said(column: str, language: Language) -> tuple[str, str]:
    """What a feature's numbers are, and how a quantity of it is said."""
    start = beginning(column, QUANTITIES)
    if not start:
        plain = heading(column)
        return "", UNNAMED[language].format(plain[:1].lower() + plain[1:])
    kind, *said = QUANTITIES[start]
    return kind, said[language == "de"].replace("<>", rest(column, start))


def counted(said: str, one: bool) -> str:
    """A phrase with `day/days` as one or many are called."""
    return re.sub(r"(\w+)/(\w+)", r"\1" if one else r"\2", said)
