"""Tiny logs, and what each feature is worth on them by hand: for customers A, B and C."""

from datetime import date
from math import log, sqrt

import numpy as np
import pandas as pd
from tests.features.logs import AS_OF, COVERS, tables_of

from clientscape.window import Window, day_number

NONE = np.nan
YEAR = Window(AS_OF.date(), COVERS, lookback_days=365)
EVER = Window(AS_OF.date(), COVERS)
UNTOLD = [None] * 9


def days_before(days):
    return AS_OF - pd.Timedelta(days=days)


ORDERS = [
    # A: three order days, two orders on the first of them, a return, an order over midnight
    ("A", "1", "2025-01-01 09:00", 10.00),
    ("A", "1", "2025-01-01 09:00", 5.00),
    ("A", "2", "2025-01-01 18:00", 5.00),
    ("A", "3", "2025-02-10 23:50", 30.00),
    ("A", "3", "2025-02-11 00:10", 3.00),
    ("A", "4", "2025-03-12 12:00", 7.00),
    ("A", "5", "2025-03-20 12:00", -4.00),
    # B: one order, yesterday
    ("B", "6", "2025-03-31 23:59", 20.10),
    # C: the first order lies before the window; a day that returns make negative
    ("C", "7", "2024-03-01 10:00", 99.00),
    ("C", "8", "2025-01-31 10:00", 40.00),
    ("C", "9", "2025-02-10 10:00", -60.00),
    ("C", "10", "2025-03-02 10:00", 8.00),
]
# A's order days are 90, 50 and 20 days before as_of (Wednesday, Monday, Wednesday), B's 1 (Monday), C's 60 and 30
# (Friday, Sunday), and 396 in the whole history. A's orders are worth 15, 5, 33 and 7.
OF_ORDERS = {
    "recency_days": (20, 1, 30),
    "tenure_days": (90, 1, 60),
    "n_orders": (4, 1, 2),
    "n_order_days": (3, 1, 2),
    "orders_last_30": (1, 1, 1),
    "orders_last_90": (4, 1, 2),
    "order_days_last_30": (1, 1, 1),
    "order_days_last_90": (3, 1, 2),
    "order_days_change_30": (0, 1, 0),
    "order_days_change_90": (1, 1, 1),
    "spend_total": (56.0, 20.1, -12.0),
    "spend_day_max": (30.0, 20.1, 40.0),
    "spend_day_median": (7.0, 20.1, 8.0),  # A's days: 20, 30, 3, 7, -4
    "spend_per_order_day": (56 / 3, 20.1, -6.0),
    "order_value_mean": (15.0, 20.1, 24.0),
    "order_value_median": (11.0, 20.1, 24.0),
    "order_value_max": (33.0, 20.1, 40.0),
    "order_value_cv_ratio": (sqrt((0 + 100 + 324 + 64) / 4) / 15, 0.0, 16 / 24),
    "order_lines_mean": (6 / 4, 1.0, 1.0),
    "gap_days_mean": (35.0, NONE, 30.0),
    "gap_days_median": (35.0, NONE, 30.0),
    "gap_days_max": (40.0, NONE, 30.0),
    "gap_days_squared_mean": ((40**2 + 30**2) / 2, NONE, 900.0),
    "gap_cv_ratio": (5 / 35, NONE, 0.0),
    "overdue_ratio": (20 / 35, NONE, 1.0),
    "order_days_per_month": (1.0, 1.0, 1.0),
    "spend_last_30": (3.0, 20.1, 8.0),
    "spend_last_90": (56.0, 20.1, -12.0),
    "spend_change_30": ((3 - 33) / (3 + 33), 1.0, NONE),
    "spend_change_90": (1.0, 1.0, NONE),
    "known_days": (90, 1, 396),
    "n_order_days_ever": (3, 1, 3),
    "is_new": (1, 1, 0),
    "is_new_30": (0, 1, 0),
    "is_new_365": (1, 1, 0),
    "return_value_ratio": (4 / 60, 0.0, 60 / 48),  # C returns what he bought before the window
    "return_line_share": (1 / 7, 0.0, 1 / 3),
    "weekend_share": (0.0, 0.0, 0.5),
    "favourite_weekday": (3, 1, 5),  # C's Friday comes before his Sunday
    "hour_share": (2 / 4, 1.0, 0.0),
    "hour_share_0_12": (1 / 4, 0.0, 1.0),
    "x": (2, 0, 1),
    "t_x": (70, 0, 30),
    "T": (89, 0, 59),
    "m_x": (20.0, NONE, 8.0),
    "m_all": (20.0, 20.1, 24.0),
    "last_rate": (2 / 90, 0.0, 1 / 90),
}

TREND = [
    ("A", "1", days_before(10), 30.0),
    ("A", "2", days_before(40), 20.0),
    ("A", "3", days_before(375), 10.0),
    ("A", "4", days_before(455), 60.0),
    ("B", "5", days_before(100), 40.0),
    ("B", "6", days_before(360), 100.0),
    ("C", "7", days_before(95), 10.0),
    ("C", "8", days_before(200), -5.0),
    ("C", "9", days_before(366), 20.0),
]
OF_TREND = {
    "spend_year_ago_30": (10.0, 0.0, 20.0),  # 366 to 395 days ago
    "spend_year_ago_90": (70.0, 0.0, 20.0),
    "spend_year_change_30": ((30 - 10) / (30 + 10), NONE, -1.0),
    "spend_year_change_90": ((50 - 70) / (50 + 70), NONE, -1.0),
    # Month 0 weighs 5.5, month 11 -5.5, over 143: A spent in months 0 and 1, B in 3 and 11, C in 3 and 6.
    "spend_slope": ((5.5 * 30 + 4.5 * 20) / 143, (2.5 * 40 - 5.5 * 100) / 143, (2.5 * 10 - 0.5 * -5) / 143),
    "months_since_best_quarter": (0, 9, 3),
}

# customer, order, moment, amount; quantity, discount, coupon, margin; product, category; channel, payment, store
LINES = [
    ("A", "1", "2024-12-01", 4.0, 2, 1.0, 0.5, 1.5, "green", "tea", "web", "card", None),
    ("A", "1", "2024-12-01", 10.0, 1, 0.0, 0.0, 4.0, "mug", "home", "web", None, None),
    ("A", "2", "2025-02-20", 3.0, 1, 0.0, 0.0, 1.0, "green", "tea", "app", "card", None),
    ("A", "3", "2025-03-10", 6.0, 3, 0.0, 0.0, 2.0, "black", "tea", "store", "cash", "Mitte"),
    ("A", "3", "2025-03-10", -10.0, -1, 0.0, 0.0, -4.0, "mug", "home", "store", "cash", "Mitte"),
    ("A", "4", "2025-03-12", 5.0, None, None, None, None, None, None, None, None, "Mitte"),
    ("B", "5", "2024-03-15", 4.0, 1, 0.0, 0.0, 1.0, "green", "tea", "web", "invoice", None),  # before the window
    ("B", "6", "2025-03-30", 4.0, 1, 4.0, 2.0, -1.0, "green", "tea", "web", "invoice", None),
    ("B", "6", "2025-03-30", 96.0, 1, 0.0, 0.0, 30.0, "rug", "home", "app", "invoice", None),
    ("C", "7", "2025-03-01", 9.0, 1, None, None, None, None, "art", None, None, None),
]
USUAL = pd.DataFrame({"category": ["home", "tea"], "usual_price_minor": [20_00, 2_00]})
OF_LINES = {
    "margin_total": (4.5, 29.0, 0.0),
    "margin_share": (4.5 / 18, 29 / 100, 0.0),
    "n_categories": (2, 2, 1),
    "category_entropy": (-(3 / 4 * log(3 / 4) + 1 / 4 * log(1 / 4)), log(2), 0.0),
    "favourite_category": ("tea", "home", "art"),
    "favourite_category_share": (3 / 4, 1 / 2, 1.0),
    "n_products": (3, 2, 0),
    "new_product_share": (1 / 2, 1.0, NONE),  # A: black, not green; B had bought green before the window
    "new_product_share_30": (1.0, 1.0, NONE),
    "repeat_product_share": (1 / 4, 0.0, NONE),
    "discount_share": (1 / 29, 4 / 104, 0.0),
    "coupon_share": (0.5 / 29, 2 / 104, 0.0),
    "price_tier_ratio": ((13 + 10) / (6 * 2 + 20), 100 / (2 + 20), NONE),
    "n_used_channel": (3, 1, 0),
    "n_used_payment_method": (2, 1, 0),
    "n_used_store": (1, 0, 0),
    "favourite_channel": ("app", "app", NONE),
    "favourite_payment_method": ("card", "invoice", NONE),
    "favourite_store": ("Mitte", NONE, NONE),
    "favourite_share_channel": (1 / 3, 1.0, NONE),
    "favourite_share_payment_method": (2 / 3, 1.0, NONE),
    "favourite_share_store": (1.0, NONE, NONE),
}

FIRST_ORDERS = [("A", "1", "2025-01-15", 1.0), ("B", "2", "2025-03-01", 1.0), ("C", "3", "2025-02-01", 1.0)]
SECOND_ORDER = ("A", "4", "2025-03-20", 1.0)
TOUCHES = [
    ("A", "2025-01-15 08:00", "sent", "email", None),
    ("A", "2025-01-15 09:00", "opened", "email", None),
    ("A", "2025-01-15 09:01", "clicked", "email", None),
    ("A", "2025-01-15 09:02", "visited", "web", "tea"),  # a day with an order
    ("A", "2025-01-16 10:00", "redeemed", "web", None),
    ("A", "2025-02-10 08:00", "sent", "email", None),
    ("A", "2025-03-12 08:00", "sent", "app", None),
    ("A", "2025-03-12 08:30", "opened", "app", None),
    ("A", "2025-03-12 09:00", "visited", "web", "mugs"),
    ("A", "2025-03-12 21:00", "visited", "web", "mugs"),
    ("A", "2025-03-13 09:00", "visited", "web", None),
    ("A", "2025-03-14 09:00", "referred", "app", None),
    ("A", "2025-03-15 09:00", "unsubscribed", "email", None),
    ("A", "2025-03-20 09:00", "visited", "web", "tea"),  # the other day with an order
    ("A", "2025-04-01 00:00", "sent", "email", None),  # seen from as_of, the future
    ("B", "2024-03-01 08:00", "sent", "email", None),  # before the window
    ("B", "2025-03-01 08:00", "answered", None, None),
]
POINTS = [
    ("A", "2025-01-15", 100.5),
    ("A", "2025-03-20", 20.0),
    ("A", "2025-03-21", -50.0),
    ("A", "2025-03-21", -10.0),
    ("A", "2025-04-01", 7.0),
    ("B", "2024-03-01", 80.0),
    ("B", "2025-03-05", -30.0),
]
PEOPLE = [("A", "north", True, "2025-01-01"), ("B", None, False, "2025-04-01"), ("D", "south", True, "2025-01-01")]
OF_PEOPLE = {
    "n_contacts": (3, 0, 0),
    "n_contacts_email": (2, 0, 0),
    "n_contacts_app": (1, 0, 0),
    "contacts_last": (1, 0, 0),
    "contacts_last_90": (3, 0, 0),
    "open_ratio": (2 / 3, NONE, NONE),
    "open_ratio_email": (1 / 2, NONE, NONE),
    "open_ratio_app": (1.0, NONE, NONE),
    "click_ratio": (1 / 3, NONE, NONE),
    "click_ratio_email": (1 / 2, NONE, NONE),
    "click_ratio_app": (0.0, NONE, NONE),
    "redeem_ratio": (1 / 3, NONE, NONE),
    "reaction_recency_days": (20, 31, NONE),
    "n_referrals": (1, 0, 0),
    "is_unsubscribed": (1, 0, 0),
    "n_visits": (5, 0, 0),
    "visit_days_without_order": (2, 0, 0),
    "visit_day_order_share": (2 / 4, NONE, NONE),
    "n_categories_visited": (2, 0, 0),
    "most_visited_category": ("mugs", NONE, NONE),
    "points_earned": (120.5, 0.0, 0.0),
    "points_spent": (60.0, 30.0, 0.0),
    "points_balance": (60.5, 50.0, 0.0),
    "points_spent_last": (60.0, 30.0, 0.0),
    "points_spent_last_90": (60.0, 30.0, 0.0),
    "redemption_days": (1, 1, 0),
    "attribute_region": ("north", NONE, NONE),
    "attribute_email_consent": (1, 0, NONE),
    "attribute_joined_on": (day_number(date(2025, 1, 1)), day_number(date(2025, 4, 1)), NONE),
    "days_since_joined_on": (90, NONE, NONE),
}


def bare(orders):
    """Lines of which only the amount is told."""
    return [(*order, *UNTOLD) for order in orders]


EXAMPLES = {
    "orders": (tables_of(bare(ORDERS)), YEAR, OF_ORDERS),
    "trend": (tables_of(bare(TREND)), EVER, OF_TREND),
    "lines": (tables_of(LINES), YEAR, OF_LINES),
    "people": (tables_of(bare([*FIRST_ORDERS, SECOND_ORDER]), TOUCHES, POINTS, PEOPLE), YEAR, OF_PEOPLE),
}
