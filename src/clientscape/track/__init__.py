"""MLflow and nothing else."""
