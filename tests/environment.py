"""A pytest plugin, loaded before pytest-django reads the settings: the environment that tests run in."""

import os

os.environ["WARDLINE_ENV"] = "test"
os.environ.setdefault("LOG_LEVEL", "WARNING")
os.environ.setdefault("RATE_LIMIT_PER_MINUTE", "1000000")
os.environ.setdefault("RATE_LIMIT_SEARCH_PER_MINUTE", "1000000")
