"""A shop's files become tables."""
