"""What to do with scores."""
