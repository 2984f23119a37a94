"""`benchmark` starts what it needs, measures, and tells what it found."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.operations.benchmarks import figures
from apps.operations.benchmarks.figures import Figure
from apps.operations.benchmarks.machine import usage
from apps.operations.benchmarks.results import Result, result
from apps.operations.benchmarks.stage import Stage
from apps.operations.benchmarks.subjects import DataSize, drop_own, redis_database
from apps.tenants.models import ApiKey
from tests.conftest import City


def run(tmp_path: Path, *arguments: str) -> list[dict[str, Any]]:
    output = tmp_path / "deep" / "benchmark.json"
    call_command("benchmark", "--quick", *arguments, "--json", output)
    found: list[dict[str, Any]] = json.loads(output.read_text())
    return found


def test_selectors_are_measured_beside_psycopg_on_the_current_database(
    measured_city: City, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = run(tmp_path, "--all", "--only", "r1,R2")
    queries = ("reports", "open_issues", "issue", "sla")
    wanted = [f"{row}.{query}" for query in queries for row in ("R1", "R2")]
    assert [entry["id"] for entry in found] == wanted
    assert all(entry["value"] > 0 and entry["limit"] > 0 and entry["ratio"] > 0 for entry in found)
    printed = capsys.readouterr().out
    # How quick this machine is today is not the test's business; that each verdict is printed is.
    assert all(("PASS" if entry["passed"] else "FAIL") in printed for entry in found)
    assert "measured on database test_wardline" in printed
    assert not ApiKey.objects.filter(name="benchmark", revoked_at=None).exists()


def test_data_of_its_own_is_made_once_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str], db: None) -> None:
    size = DataSize(reports=300, issues=40, tenants=1)
    arguments = ("--no-growth", "--reports=300", "--issues=40", "--tenants=1")
    try:
        found = {entry["id"]: entry for entry in run(tmp_path, "--all", "--only=R3,R4,R6,R10", *arguments)}
        assert "csv export of 300 reports" in found["R10.csv"]["name"]
        assert found.keys() >= {"R3.list", "R3.stock", "R4.list", "R4.not_modified", "R6.plain", "R6.filtered"}
        assert all(entry["ratio"] > 0 for entry in found.values() if entry["id"][:3] in ("R3.", "R4.", "R6."))
        printed = capsys.readouterr().out
        assert f"making database {size.database}" in printed
        assert "measured on database benchmark_300_40_1: 300 reports" in printed
        compared = ("--compare", str(tmp_path / "deep" / "benchmark.json"))
        run(tmp_path, "--database", "--only=R10", *arguments, *compared)
        printed = capsys.readouterr().out
        assert f"using database {size.database} of an earlier run" in printed
        assert "worse by more than a tenth" in printed
    finally:
        drop_own(size)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "choose a suite: --all, --database, --api, --cache, --concurrent"),
        (["--api", "--only", "R77"], "--only: R77 is not one of R8, C1"),
        (["--api", "--only", "R9"], "none of these figures belongs to the chosen suites"),
        (["--api", "--rounds", "0"], "--rounds must be more than 0"),
        (["--api", "--issues", "5"], "--issues and --tenants say how the data of --reports is made"),
        (["--api", "--base-url", "ftp://x"], "'ftp://x' is not like http"),
        (["--api", "--base-url", "http://x", "--reports", "5"], "leave out --reports"),
    ],
)
def test_nonsense_is_refused_before_anything_is_started(arguments: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        call_command("benchmark", *arguments)


@pytest.fixture
def one_figure(monkeypatch: pytest.MonkeyPatch, measured_city: City) -> Iterator[list[Result]]:
    """Two figures in place of all: one that cannot be measured, and one that yields what is in the list."""
    found: list[Result] = []

    def broken(stage: Stage) -> Iterator[Result]:
        yield result("R9.bump", "x", 0.1, "ms")
        raise ConnectionError("nobody answers")

    measured = (Figure("cache", ("R9",), broken), Figure("api", ("R4",), lambda stage: iter(found)))
    monkeypatch.setattr(figures, "FIGURES", measured)
    return found


def test_a_figure_that_breaks_does_not_end_the_run_and_fails_it(one_figure: list[Result], tmp_path: Path) -> None:
    one_figure.append(result("R4.list", "x", 1.0, "req/s", limit=1.0))
    with pytest.raises(CommandError, match="could not be measured: R9: nobody answers"):
        run(tmp_path, "--all")
    entries = json.loads((tmp_path / "deep" / "benchmark.json").read_text())
    assert [entry["id"] for entry in entries] == ["R9.bump", "R4.list"]


def test_a_missed_target_fails_a_strict_run_alone(one_figure: list[Result], tmp_path: Path) -> None:
    one_figure.append(result("R4.list", "x", 1.0, "req/s", limit=10.0))
    assert [entry["passed"] for entry in run(tmp_path, "--api")] == [False]
    with pytest.raises(CommandError, match=r"missed: R4\.list"):
        run(tmp_path, "--api", "--strict")


def test_what_our_own_processes_use_is_not_foreign(db: None) -> None:
    burn = "import time\nwhile time.process_time() < 0.3: pass"
    with usage() as machine:
        subprocess.run([sys.executable, "-c", burn], check=True)
    assert machine.ours >= 0.28
    assert machine.busy <= machine.available + 0.01


def test_another_database_of_redis_keeps_the_rest_of_the_address() -> None:
    assert redis_database("unix:///var/valkey.sock?db=0&x=1", 6) == "unix:///var/valkey.sock?x=1&db=6"
    assert redis_database("redis://:secret@host:6379/0", 6) == "redis://:secret@host:6379/6"


def test_the_worker_tells_errors_and_goes_on(db: None) -> None:
    lines = '{"call": "data_size", "arguments": {"x": 1}}\n{"call": "hot_query_ids", "arguments": {}}\n'
    done = subprocess.run(
        [sys.executable, "manage.py", "benchmark_worker"],
        input=lines,
        capture_output=True,
        text=True,
        cwd=settings.BASE_DIR,
        check=True,
    )
    first, second = map(json.loads, done.stdout.splitlines())
    assert "unexpected keyword argument 'x'" in first["error"]
    assert set(second["result"]) == {"reports", "open_issues", "issue", "sla"}
