"""Forecasters that read features as well: what a lifetime model expects, times what was learnt at earlier dates."""
