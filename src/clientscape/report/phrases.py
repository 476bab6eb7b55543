"""The phrases of a customer's reasons, in English and German: they tell his own numbers and judge nothing."""

# The beginning of a feature's name -> what its number is (plain, %, money), and the phrase in English and German: {} is
# the number, `day/days` what one and many are called, <> what follows the beginning in the name.
PHRASES = {
    "recency_days": ("", "last order {} day/days ago", "letzte Bestellung vor {} Tag/Tagen"),
    "tenure_days": ("", "first order on record {} day/days ago", "erste erfasste Bestellung vor {} Tag/Tagen"),
    "known_days": ("", "known for {} day/days", "seit {} Tag/Tagen bekannt"),
    "n_orders": ("", "{} order/orders on record", "{} Bestellung/Bestellungen erfasst"),
    "n_order_days": ("", "{} order day/days on record", "{} Bestelltag/Bestelltage erfasst"),
    "n_order_days_ever": ("", "{} order day/days ever", "{} Bestelltag/Bestelltage insgesamt"),
    "orders_last": ("", "{} order/orders in the last <> days", "{} Bestellung/Bestellungen in den letzten <> Tagen"),
    "order_days_last": (
        "",
        "{} order day/days in the last <> days",
        "{} Bestelltag/Bestelltage in den letzten <> Tagen",
    ),
    "order_days_per_month": ("", "{} order day/days a month", "{} Bestelltag/Bestelltage im Monat"),
    "spend_total": ("money", "{} of spend on record", "{} Umsatz erfasst"),
    "spend_last": ("money", "{} spent in the last <> days", "{} Umsatz in den letzten <> Tagen"),
    "spend_last_horizon": ("money", "{} spent in the last period", "{} Umsatz im letzten Zeitraum"),
    "spend_horizon_before": (
        "money",
        "{} spent in the period before the last",
        "{} Umsatz im vorletzten Zeitraum",
    ),
    "spend_year_ago": (
        "money",
        "{} spent in the same <> days a year ago",
        "{} Umsatz in denselben <> Tagen vor einem Jahr",
    ),
    "spend_per_order_day": ("money", "{} spent on an order day", "{} Umsatz an einem Bestelltag"),
    "gap_days_mean": (
        "",
        "{} day/days between orders on average",
        "im Mittel {} Tag/Tage zwischen zwei Bestellungen",
    ),
    "gap_days_median": ("", "usually {} day/days between orders", "sonst {} Tag/Tage zwischen zwei Bestellungen"),
    "gap_days_max": ("", "at most {} day/days between orders so far", "bisher längstens {} Tag/Tage ohne Bestellung"),
    "gap_cv_ratio": (
        "%",
        "gaps between orders vary by {} of their mean",
        "Abstände zwischen Bestellungen schwanken um {} ihres Mittels",
    ),
    "overdue_ratio": (
        "",
        "{} time/times the usual gap since the last order",
        "seit der letzten Bestellung das {}-Fache des üblichen Abstands",
    ),
    "expected_orders": (
        "",
        "{} order day/days expected in the time ahead",
        "{} Bestelltag/Bestelltage in nächster Zeit erwartet",
    ),
    "expected_value": ("money", "{} expected in the time ahead", "{} in nächster Zeit erwartet"),
    "expected_order_value": ("money", "{} expected on an order day", "{} an einem Bestelltag erwartet"),
    "p_alive": ("%", "still active with a chance of {}", "noch aktiv mit einer Chance von {}"),
    "attribute": ("", "<> on file: {}", "<> laut Kundendaten: {}"),
}

# What is said instead where the number is nothing, or comes to nothing when it is written.
NOTHING = {
    "orders_last": ("no order in the last <> days", "keine Bestellung in den letzten <> Tagen"),
    "order_days_last": ("no order in the last <> days", "keine Bestellung in den letzten <> Tagen"),
    "spend_last": ("nothing spent in the last <> days", "kein Umsatz in den letzten <> Tagen"),
    "spend_last_horizon": ("nothing spent in the last period", "kein Umsatz im letzten Zeitraum"),
    "spend_horizon_before": ("nothing spent in the period before the last", "kein Umsatz im vorletzten Zeitraum"),
    "spend_year_ago": (
        "nothing spent in the same <> days a year ago",
        "kein Umsatz in denselben <> Tagen vor einem Jahr",
    ),
    "expected_orders": ("hardly an order expected in the time ahead", "kaum eine Bestellung in nächster Zeit erwartet"),
    "expected_value": ("hardly any value expected in the time ahead", "kaum Umsatz in nächster Zeit erwartet"),
    "gap_cv_ratio": ("all gaps between orders were equal", "alle Abstände zwischen Bestellungen waren gleich"),
    "p_alive": ("hardly a chance to be still active", "kaum noch eine Chance, aktiv zu sein"),
}
RETURNED = {
    "spend_last": (
        "{} more returned than bought in the last <> days",
        "in den letzten <> Tagen {} mehr zurückgegeben als gekauft",
    ),
}

# Of a change: less, more, nothing any more, nothing before, and the same; {} is a percentage.
CHANGES = {
    "spend_change": (
        (
            "{} less spent in the last <> days than in the <> before",
            "{} more spent in the last <> days than in the <> before",
            "nothing spent in the last <> days, unlike in the <> before",
            "spent something in the last <> days, and nothing in the <> before",
            "as much spent in the last <> days as in the <> before",
        ),
        (
            "{} weniger Umsatz in den letzten <> Tagen als in den <> davor",
            "{} mehr Umsatz in den letzten <> Tagen als in den <> davor",
            "kein Umsatz in den letzten <> Tagen, anders als in den <> davor",
            "Umsatz in den letzten <> Tagen, keiner in den <> davor",
            "gleich viel Umsatz in den letzten <> Tagen wie in den <> davor",
        ),
    ),
    "spend_year_change": (
        (
            "{} less spent in the last <> days than in the same days a year ago",
            "{} more spent in the last <> days than in the same days a year ago",
            "nothing spent in the last <> days, unlike in the same days a year ago",
            "spent something in the last <> days, and nothing in the same days a year ago",
            "as much spent in the last <> days as in the same days a year ago",
        ),
        (
            "{} weniger Umsatz in den letzten <> Tagen als in denselben Tagen vor einem Jahr",
            "{} mehr Umsatz in den letzten <> Tagen als in denselben Tagen vor einem Jahr",
            "kein Umsatz in den letzten <> Tagen, anders als in denselben Tagen vor einem Jahr",
            "Umsatz in den letzten <> Tagen, keiner in denselben Tagen vor einem Jahr",
            "gleich viel Umsatz in den letzten <> Tagen wie in denselben Tagen vor einem Jahr",
        ),
    ),
    "order_days_change": (
        (
            "{} fewer order days in the last <> days than in the <> before",
            "{} more order days in the last <> days than in the <> before",
            "no order in the last <> days, unlike in the <> before",
            "ordered in the last <> days, and not in the <> before",
            "as many order days in the last <> days as in the <> before",
        ),
        (
            "{} weniger Bestelltage in den letzten <> Tagen als in den <> davor",
            "{} mehr Bestelltage in den letzten <> Tagen als in den <> davor",
            "keine Bestellung in den letzten <> Tagen, anders als in den <> davor",
            "Bestellungen in den letzten <> Tagen, keine in den <> davor",
            "gleich viele Bestelltage in den letzten <> Tagen wie in den <> davor",
        ),
    ),
}

# What is put behind, of the customer's own habit.
USUALLY = ("; usually {}", "; sonst {}")
EVERY = ("; usually every {} days", "; sonst alle {} Tage")
EVERY_DAY = ("; usually every day", "; sonst jeden Tag")
OF_GAP = (": {} days, usually {}", ": {} Tage, sonst {}")
BEFORE = ("; {} in the period before", "; {} im Zeitraum davor")

NO_GAP = ("no usual gap yet: one order day", "noch kein üblicher Abstand: erst ein Bestelltag")
MISSING = {
    **dict.fromkeys(("gap_days", "gap_cv_ratio", "overdue_ratio"), NO_GAP),
    **dict.fromkeys(
        ("spend_change", "spend_year_change"),
        ("no spend to compare over <> days", "kein Umsatz zum Vergleich über <> Tage"),
    ),
    "order_days_change": ("no orders to compare over <> days", "keine Bestellungen zum Vergleich über <> Tage"),
    "attribute": ("<> not on file", "<> nicht in den Kundendaten"),
}
# What has no phrase, or no value: its name stands in front.
NO_REASON = ("nothing stands out: it is his value that is at stake", "nichts sticht heraus: es geht um seinen Wert")
UNKNOWN = ("{}: not known", "{}: nicht bekannt")
