"""Numbers about finished models."""
