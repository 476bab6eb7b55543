"""The text of the SQL peer: what does not depend on the date, what does, and the features.

Money is whole cents in doubles, which add up exactly below 2^53.
"""

# Customers become numbers once, so that each of the groupings hashes numbers.
ROLLED = {
    "customers": """
        SELECT customer_id, row_number() OVER ()::INTEGER AS customer
        FROM (SELECT DISTINCT customer_id FROM read_parquet('{log}'))
    """,
    "lines": """
        SELECT customer, order_id, product_id, category, channel, payment_method, store,
               epoch_us(ordered_at) // 3600000000 AS moment,
               (epoch_us(ordered_at) // 86400000000)::INTEGER AS day,
               round(amount * 100) AS amount, round(discount * 100) AS discount, round(quantity * 1000) AS quantity
        FROM read_parquet('{log}') JOIN customers USING (customer_id)
        WHERE ordered_at < (SELECT max(date) FROM dates)
    """,
    "whole_orders": """
        SELECT customer, order_id, min(moment) AS moment, max(day) AS last_day, max(amount) AS dearest,
               count(*) AS n_lines, sum(amount) AS amount,
               min(channel) AS channel, min(payment_method) AS payment_method, min(store) AS store
        FROM lines GROUP BY customer, order_id
    """,
    "of_several_days": """
        SELECT customer, order_id FROM whole_orders WHERE last_day > moment // 24
    """,
    "line_days": """
        SELECT customer, day, sum(amount) AS amount, count(*) AS n_lines, count(*) FILTER (amount < 0) AS n_returns,
               coalesce(sum(amount) FILTER (amount >= 0), 0) AS bought,
               coalesce(sum(discount) FILTER (amount >= 0), 0) AS discount
        FROM lines GROUP BY customer, day
    """,
    "product_days": """
        SELECT customer, day, day - lag(day) OVER (PARTITION BY customer, product_id ORDER BY day) AS unseen
        FROM (SELECT DISTINCT customer, product_id, day FROM lines WHERE amount >= 0 AND product_id IS NOT NULL)
    """,
}

# Seen from the last date every order is whole.
ORDERS_ONE_DATE = """
orders_ever AS (
    SELECT as_of, start, customer, (moment // 24)::INTEGER AS day, moment % 24 AS hour,
           n_lines, amount, channel, payment_method, store
    FROM whole_orders, dates WHERE dearest >= 0
)
"""

# From an earlier date an order of several days may not be.
ORDERS = """
orders_ever AS (
    SELECT as_of, start, customer, (moment // 24)::INTEGER AS day, moment % 24 AS hour,
           n_lines, amount, channel, payment_method, store
    FROM whole_orders JOIN dates ON last_day < as_of
    WHERE dearest >= 0 AND last_day = moment // 24
    UNION ALL
    SELECT as_of, start, customer, (min(moment) // 24)::INTEGER, min(moment) % 24,
           count(*), sum(amount), min(channel), min(payment_method), min(store)
    FROM lines SEMI JOIN of_several_days USING (customer, order_id) JOIN dates ON day < as_of
    GROUP BY as_of, start, customer, order_id HAVING max(amount) >= 0
)
"""

DAYS = """
order_days AS (
    SELECT as_of, start, customer, day, as_of - day AS age, n_orders, amount,
           lag(day) OVER (PARTITION BY as_of, customer ORDER BY day) AS day_before
    FROM (
        SELECT as_of, start, customer, day, count(*) AS n_orders, sum(amount) AS amount
        FROM orders_ever GROUP BY as_of, start, customer, day
    )
),
gapped AS (
    SELECT *, CASE WHEN day_before >= start THEN day - day_before END AS gap, day >= start AS seen FROM order_days
),
from_days AS (
    SELECT as_of, customer, max(age) AS known_days, count(*) AS n_order_days_ever,
           min(age) AS recency_days, max(age) FILTER (seen) AS tenure_days,
           sum(n_orders) FILTER (seen) AS n_orders, count(*) FILTER (seen) AS n_order_days,
           sum(n_orders) FILTER (seen AND age <= 30) AS orders_30,
           sum(n_orders) FILTER (seen AND age <= 90) AS orders_90,
           count(*) FILTER (seen AND age <= 30) AS days_30, count(*) FILTER (seen AND age <= 60) AS days_60,
           count(*) FILTER (seen AND age <= 90) AS days_90, count(*) FILTER (seen AND age <= 180) AS days_180,
           avg(gap) AS gap_days_mean, median(gap) AS gap_days_median, max(gap) AS gap_days_max,
           sum(gap::BIGINT * gap) / count(gap) AS gap_days_squared_mean, avg(amount) FILTER (gap > 0) / 100 AS m_x,
           avg(amount) FILTER (seen) / 100 AS m_all, count(*) FILTER (gap > 0 AND age <= 90) / 90 AS last_rate
    FROM gapped GROUP BY as_of, customer HAVING n_order_days > 0
),
from_spend AS (
    SELECT as_of, customer, sum(amount) AS spend, sum(bought) AS bought, sum(discount) AS discount,
           max(amount) / 100 AS spend_day_max, median(amount) / 100 AS spend_day_median,
           sum(n_returns) / sum(n_lines) AS return_line_share,
           coalesce(sum(amount) FILTER (age <= 30), 0) AS last_30,
           coalesce(sum(amount) FILTER (age > 30 AND age <= 60), 0) AS before_30,
           coalesce(sum(amount) FILTER (age > 365 AND age <= 395), 0) AS year_30,
           coalesce(sum(amount) FILTER (age > 365 AND age <= 455), 0) AS year_90,
           coalesce(sum(amount) FILTER (age <= 90), 0) AS quarter_0,
           coalesce(sum(amount) FILTER (age > 90 AND age <= 180), 0) AS quarter_1,
           coalesce(sum(amount) FILTER (age > 180 AND age <= 270), 0) AS quarter_2,
           coalesce(sum(amount) FILTER (age > 270 AND age <= 360), 0) AS quarter_3,
           greatest(quarter_0, quarter_1, quarter_2, quarter_3) AS best,
           coalesce(sum(amount * (11 - (age - 1) // 30 * 2)) FILTER (age <= 360), 0) AS slope
    FROM (SELECT *, as_of - day AS age FROM line_days JOIN dates ON day < as_of AND day >= start)
    GROUP BY as_of, customer
),
orders AS (
SELECT * FROM orders_ever WHERE day >= start
),
from_orders AS (
    SELECT as_of, customer, avg(amount) / 100 AS order_value_mean, median(amount) / 100 AS order_value_median,
           max(amount) / 100 AS order_value_max, avg(n_lines) AS order_lines_mean,
           CASE WHEN sum(amount) > 0
                THEN sqrt(greatest(count(*) * sum(amount * amount) - sum(amount) * sum(amount), 0)) / sum(amount)
           END AS order_value_cv_ratio,
           count(*) FILTER (weekday >= 6) / count(*) AS weekend_share,
           count(*) FILTER (hour >= 17) / count(*) AS hour_share,
           [count(*) FILTER (weekday = 1), count(*) FILTER (weekday = 2), count(*) FILTER (weekday = 3),
            count(*) FILTER (weekday = 4), count(*) FILTER (weekday = 5), count(*) FILTER (weekday = 6),
            count(*) FILTER (weekday = 7)] AS weekdays,
           list_position(weekdays, list_max(weekdays)) AS favourite_weekday
    FROM (SELECT *, (day + 3) % 7 + 1 AS weekday FROM orders) GROUP BY as_of, customer
)
"""

WAY = """
from_{way} AS (
    SELECT as_of, customer, count(*) AS n_used_{way}, min(top).word AS favourite_{way},
           max(n) / sum(n) AS favourite_share_{way}
    FROM (
        SELECT as_of, customer, count(*) AS n, {{'fewer': -count(*), 'word': {way}}} AS top
        FROM orders WHERE {way} IS NOT NULL GROUP BY as_of, customer, {way}
    ) GROUP BY as_of, customer
)
"""

PRODUCTS = """
category_cells AS (
    SELECT as_of, customer, category, count(*) AS n, {'fewer': -count(*), 'word': category} AS top,
           coalesce(sum(quantity) FILTER (quantity > 0), 0) AS quantity,
           coalesce(sum(amount) FILTER (quantity > 0), 0) AS paid
    FROM lines JOIN dates ON day < as_of AND day >= start
    WHERE amount >= 0 AND category IS NOT NULL GROUP BY as_of, customer, category
),
from_categories AS (
    SELECT as_of, customer, count(*) AS n_categories, min(top).word AS favourite_category,
           max(n) / sum(n) AS favourite_category_share,
           greatest(ln(sum(n)) - sum(n * ln(n)) / sum(n), 0) AS category_entropy,
           sum(paid) FILTER (worth > 0) * 1000 / sum(worth) FILTER (worth > 0) AS price_tier_ratio
    FROM (SELECT *, quantity * usual_price_minor AS worth FROM category_cells LEFT JOIN prices USING (category))
    GROUP BY as_of, customer
),
from_products AS (
    SELECT as_of, customer, count(*) FILTER (unseen IS NULL OR age + unseen > as_of - start) AS n_products,
           count(*) FILTER (age <= 90 AND (unseen IS NULL OR age + unseen > as_of - start))
           / nullif(count(*) FILTER (age <= 90 AND (unseen IS NULL OR age + unseen > 90)), 0) AS new_product_share,
           1 - n_products / count(*) AS repeat_product_share
    FROM (SELECT *, as_of - day AS age FROM product_days JOIN dates ON day < as_of AND day >= start)
    GROUP BY as_of, customer
)
"""

FEATURES = """
SELECT date AS as_of, customer_id, recency_days, tenure_days, n_orders, n_order_days, known_days, n_order_days_ever,
    gap_days_mean, gap_days_median, gap_days_max, gap_days_squared_mean, m_x, m_all, last_rate,
    sqrt(greatest(gap_days_squared_mean - gap_days_mean * gap_days_mean, 0)) / gap_days_mean AS gap_cv_ratio,
    recency_days / CASE WHEN gap_days_median < 1 THEN 1 ELSE gap_days_median END AS overdue_ratio,
    n_order_days * 30 / greatest(tenure_days, 30) AS order_days_per_month,
    n_order_days - 1 AS x, tenure_days - recency_days AS t_x, tenure_days - 1 AS "T",
    CASE WHEN sees >= 30 THEN coalesce(orders_30, 0) END AS orders_last_30,
    CASE WHEN sees >= 90 THEN coalesce(orders_90, 0) END AS orders_last_90,
    CASE WHEN sees >= 30 THEN days_30 END AS order_days_last_30,
    CASE WHEN sees >= 90 THEN days_90 END AS order_days_last_90,
    CASE WHEN sees >= 60 THEN (2 * days_30 - days_60) / nullif(days_60, 0) END AS order_days_change_30,
    CASE WHEN sees >= 180 THEN (2 * days_90 - days_180) / nullif(days_180, 0) END AS order_days_change_90,
    CASE WHEN history >= 91 THEN (known_days <= 90)::INTEGER END AS is_new,
    spend / 100 AS spend_total, spend_day_max, spend_day_median, spend / 100 / n_order_days AS spend_per_order_day,
    CASE WHEN bought + discount > 0 THEN discount / (bought + discount) END AS discount_share,
    CASE WHEN bought > 0 THEN (bought - spend) / bought END AS return_value_ratio, return_line_share,
    CASE WHEN sees >= 30 THEN last_30 / 100 END AS spend_last_30,
    CASE WHEN sees >= 90 THEN quarter_0 / 100 END AS spend_last_90,
    CASE WHEN sees >= 60 THEN change(last_30, before_30) END AS spend_change_30,
    CASE WHEN sees >= 180 THEN change(quarter_0, quarter_1) END AS spend_change_90,
    CASE WHEN sees >= 395 THEN year_30 / 100 END AS spend_year_ago_30,
    CASE WHEN sees >= 455 THEN year_90 / 100 END AS spend_year_ago_90,
    CASE WHEN sees >= 395 THEN change(last_30, year_30) END AS spend_year_change_30,
    CASE WHEN sees >= 455 THEN change(quarter_0, year_90) END AS spend_year_change_90,
    CASE WHEN sees >= 360 THEN slope / 28600 END AS spend_slope,
    CASE WHEN sees >= 360 AND best > 0
         THEN CASE best WHEN quarter_0 THEN 0 WHEN quarter_1 THEN 3 WHEN quarter_2 THEN 6 ELSE 9 END
    END AS months_since_best_quarter,
    order_value_mean, order_value_median, order_value_max, order_value_cv_ratio, order_lines_mean,
    weekend_share, favourite_weekday, hour_share,
    {ways}
    coalesce(n_categories, 0) AS n_categories, category_entropy, favourite_category, favourite_category_share,
    price_tier_ratio, coalesce(n_products, 0) AS n_products, repeat_product_share,
    CASE WHEN sees >= 90 THEN new_product_share END AS new_product_share
FROM from_days
    JOIN dates USING (as_of)
    JOIN customers USING (customer)
    JOIN from_spend USING (as_of, customer)
    JOIN from_orders USING (as_of, customer)
    {joins}
    LEFT JOIN from_categories USING (as_of, customer)
    LEFT JOIN from_products USING (as_of, customer)
ORDER BY date, customer_id
"""

CHANGE = """
CREATE MACRO change(now, earlier) AS
    CASE WHEN now >= 0 AND earlier >= 0 THEN (now - earlier) / nullif(now + earlier, 0) END
"""
