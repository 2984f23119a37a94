"""The figures by suite: each is a function from a stage to its results, run in turn by figures.py."""
