"""Health, metrics and profiles of the running product."""
