"""The database benchmark measures the selectors beside the same SQL, and tells what it found."""

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.core import clock
from apps.issues.models import Issue
from apps.operations.benchmarks import database
from apps.operations.benchmarks.results import Result, percentile, read_results, table
from apps.operations.benchmarks.side_by_side import Timings, measure
from apps.reports.models import Report
from apps.tenants.scoping import tenant_scope
from tests.conftest import City, make_city


@pytest.fixture
def measured_city(transactional_db: None) -> City:
    city = make_city("riverton", "Riverton", "America/New_York")
    now = clock.now()
    with tenant_scope(city.id):
        issue = Issue.objects.create(
            number=1, title="hole", first_report_at=now, last_report_at=now, updated_at=now, report_count=3
        )
        for _ in range(3):
            Report.objects.create(issue=issue, received_at=now, updated_at=now)
    return city


def run(tmp_path: Path, *arguments: str) -> tuple[list[dict[str, Any]], Path]:
    output = tmp_path / "deep" / "benchmark.json"
    call_command("benchmark", *arguments, "--calls", "2", "--rounds", "1", "--output", output)
    return json.loads(output.read_text()), output


def test_four_queries_are_measured_beside_psycopg_and_written(
    measured_city: City, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results, output = run(tmp_path, "--database")
    assert [entry["id"] for entry in results] == [
        f"{row}.{query}" for query in ("reports", "open_issues", "issue", "sla") for row in ("R1", "R2")
    ]
    for entry in results:
        assert set(entry) == {"id", "name", "value", "unit", "limit", "ratio", "target", "passed"}
        assert entry["value"] > 0
        assert entry["ratio"] == pytest.approx(entry["value"] / entry["limit"])
        compared = entry["value"] if entry["id"].startswith("R1") else entry["ratio"]
        assert entry["passed"] is (compared <= entry["target"])
    printed = capsys.readouterr().out
    assert "R1.reports" in printed
    # How quick this machine is today is not the test's business; that each verdict is printed is.
    assert all(("PASS" if entry["passed"] else "FAIL") in printed for entry in results)
    run(tmp_path, "--all", "--compare", str(output))
    assert "earlier" in capsys.readouterr().out


def test_psycopg_reads_the_same_rows_as_the_selectors(measured_city: City) -> None:
    (sample, *_) = database.choose_samples(seed=1)
    lengths = {}
    for query in database.HOT_QUERIES:
        prepared = database._with_statements(query, sample)
        with database._psycopg([prepared])() as call:
            lengths[query.id] = [len(rows) for rows in call(0)]  # type: ignore[attr-defined]
    assert lengths == {"reports": [3], "open_issues": [1], "issue": [1, 3], "sla": [1]}


def test_empty_database_and_nonsense_are_refused_with_the_reason(transactional_db: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="seed_demo"):
        run(tmp_path, "--database")
    with pytest.raises(CommandError, match="choose a suite: --all, --database"):
        call_command("benchmark")
    broken = tmp_path / "broken.json"
    broken.write_text("[1]")
    with pytest.raises(CommandError, match=r"broken.json is not a benchmark's output"):
        run(tmp_path, "--database", "--compare", str(broken))


def test_strict_run_fails_when_a_target_is_missed(
    measured_city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    impossible = database.HotQuery("sla", "SLA", 0.000001, database.HOT_QUERIES[3].select)
    monkeypatch.setattr(database, "HOT_QUERIES", (impossible,))
    with pytest.raises(CommandError, match=r"missed: R1.sla"):
        run(tmp_path, "--database", "--strict")
    assert json.loads((tmp_path / "deep" / "benchmark.json").read_text())[0]["passed"] is False


def test_disturbed_round_does_not_decide() -> None:
    timings = Timings(rounds=[[1.0, 1.0], [1.2, 1.2], [9.0, 9.0]])
    assert timings.percentile(95) == 1.2
    assert timings.spread(50) == pytest.approx(8 / 1.2)


def test_percentiles_are_interpolated() -> None:
    assert percentile([1, 2, 3, 4, 5], 50) == 3
    assert percentile([0, 100], 95) == pytest.approx(95)


def test_error_in_a_thread_is_raised_to_the_caller() -> None:
    def fail(number: int) -> object:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        measure([lambda: nullcontext(fail)], threads=3, calls=2, rounds=1)


def test_comparison_shows_the_change_in_percent(tmp_path: Path) -> None:
    now = Result("R1.x", "x", 3.0, "ms", 2.0, 1.5, 4.0, True)
    before = {"R1.x": Result("R1.x", "x", 2.0, "ms", 2.0, 1.0, 4.0, True)}
    assert table([now], before).splitlines()[-1].split()[-2:] == ["+50", "%"]
    with pytest.raises(ValueError, match=r"absent\.json"):
        read_results(tmp_path / "absent.json")
