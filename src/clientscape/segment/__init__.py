"""Segments: spaces, clusterers, rules and their identity."""
