"""The config, the experiment, the command line."""
