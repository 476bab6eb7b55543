"""Who leaves and who declines: labels, classifiers, simple rules."""
