"""Finished tables become figures and pages."""
