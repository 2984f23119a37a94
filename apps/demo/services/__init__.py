"""Make cities: their tenants, their reports waiting for the pipeline or finished, and live reports from them."""

from apps.demo.services.all_finished import FinishedSummary, seed_finished_cities
from apps.demo.services.finished import (
    FinishedWork,
    complete_city,
    found_finished_cities,
    read_city,
    write_finished_city,
)
from apps.demo.services.founding import check_cities
from apps.demo.services.live import submit_live_reports
from apps.demo.services.seeding import SeededCity, seed_city
from apps.demo.writing.rows import SOURCE

__all__ = [
    "SOURCE",
    "FinishedSummary",
    "FinishedWork",
    "SeededCity",
    "check_cities",
    "complete_city",
    "found_finished_cities",
    "read_city",
    "seed_city",
    "seed_finished_cities",
    "submit_live_reports",
    "write_finished_city",
]
