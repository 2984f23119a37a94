"""What staff of Boston closed as duplicates, replayed in time order: only the labelled reports, so that it is quick.

The full replay among all reports is in the app's README; here the figures are guarded against a slip.
"""

import csv
import gzip
from datetime import datetime
from pathlib import Path

import pytest

from apps.grouping.engine import Arrival, Placer
from apps.grouping.versions import CURRENT
from apps.reports.rules import grid_cell, neighbour_cells


def rows_of(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def arrival(row: dict[str, str]) -> Arrival:
    lat, lng = float(row["lat"]), float(row["long"])
    traits = CURRENT.read_traits(
        lat=lat,
        lng=lng,
        category="other",
        service_code=row["service_code"],
        service_name=row["service_name"],
        text=row["description"],
        address=row["address"],
    )
    closed = row["updated_datetime"] if row["status"] == "closed" else ""
    closed_at = datetime.fromisoformat(closed) if closed else None
    received_at = datetime.fromisoformat(row["requested_datetime"])
    return Arrival(int(row["service_request_id"]), traits, grid_cell(lat, lng), received_at, closed_at, historic=True)


@pytest.mark.real_data
def test_half_of_the_duplicates_are_found_and_few_are_put_with_something_else(real_data: Path) -> None:
    pairs = rows_of(real_data / "boston_open311_duplicate_pairs.dev.csv.gz")
    wanted = {pair[end] for pair in pairs for end in ("duplicate_id", "original_id")}
    reports = rows_of(real_data / "boston_open311.dev.csv.gz")
    arrivals = [arrival(row) for row in reports if row["service_request_id"] in wanted]
    placer = Placer(CURRENT, neighbour_cells)
    ordered = sorted(arrivals, key=lambda report: (report.received_at, report.report_id))
    issue_of = {str(report.report_id): placer.place(report).key for report in ordered}

    root_of = {pair["original_id"]: pair["root"] for pair in pairs}
    root_of |= {pair["duplicate_id"]: pair["root"] for pair in pairs}
    together: dict[int, list[str]] = {}
    for report, issue in issue_of.items():
        together.setdefault(issue, []).append(root_of[report])
    couples = [(a, b) for roots in together.values() for i, a in enumerate(roots) for b in roots[:i]]
    assert sum(a == b for a, b in couples) / len(couples) >= 0.93
    found = sum(issue_of[pair["duplicate_id"]] == issue_of[pair["original_id"]] for pair in pairs)
    assert found / len(pairs) >= 0.5
