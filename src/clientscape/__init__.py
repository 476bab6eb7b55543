"""clientscape: from an order log to customer segments, lifetime values and a re-engagement list."""

__version__ = "0.1.0"
