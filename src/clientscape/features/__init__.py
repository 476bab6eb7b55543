"""Tables become one row per customer."""
