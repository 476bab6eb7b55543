"""Lifetime value: models of orders, dropout and order value."""
