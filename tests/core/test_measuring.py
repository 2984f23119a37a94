"""Problems, progress, metrics, timing and pool figures."""

import asyncio
import io
import json
import logging
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from apps.core.metrics import Counter, Gauge, read_metric, render
from apps.core.pool_statistics import all_pool_statistics, pool_statistics
from apps.core.problems import FieldProblem, problem_response
from apps.core.progress import Progress, track
from apps.core.timing import timed, track_memory


def test_problem_names_fields_and_lines_under_its_own_content_type() -> None:
    errors = [FieldProblem("lat", "91 is not a latitude", line=12), FieldProblem("service", "unknown", "unknown")]
    response = problem_response(status=422, kind="invalid-report", errors=errors, headers={"Retry-After": "3"})
    assert response.status_code == 422
    assert response["Content-Type"] == "application/problem+json"
    assert (response["Retry-After"], response["Cache-Control"]) == ("3", "no-store")
    assert json.loads(response.content) == {
        "type": "urn:wardline:problem:invalid-report",
        "title": "Invalid report",
        "status": 422,
        "detail": "Unprocessable Content",
        "errors": [
            {"field": "lat", "message": "91 is not a latitude", "code": "invalid", "line": 12},
            {"field": "service", "message": "unknown", "code": "unknown"},
        ],
    }


def test_problem_without_a_kind_has_the_title_of_its_status() -> None:
    document = json.loads(problem_response(status=404).content)
    assert (document["type"], document["title"], document["errors"]) == ("about:blank", "Not Found", [])


def test_progress_off_a_terminal_is_a_line_every_five_seconds_and_one_at_the_end() -> None:
    seconds = [0.0]
    stream = io.StringIO()
    with Progress("import", total=400, stream=stream, clock=lambda: seconds[0]) as progress:
        for _ in range(4):
            seconds[0] += 3
            progress.advance(100)
    assert stream.getvalue().splitlines() == [
        "import: 200 of 400 rows (50 %), 33 rows/s, 6 s left",
        "import: 400 of 400 rows (100 %), 12.0 s",
    ]


def test_progress_on_a_terminal_is_a_bar_and_unknown_totals_are_fine(capsys: pytest.CaptureFixture[str]) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    with Progress("import", total=10, stream=terminal) as progress:
        progress.advance(10)
    assert "100%" in terminal.getvalue()
    assert list(track(iter("abc"), "letters")) == ["a", "b", "c"]
    assert capsys.readouterr().err.startswith("letters: 3 rows,")


def test_counts_add_up_by_label_and_are_rendered() -> None:
    counter = Counter("test_things", "Things seen in a test", ["kind"])
    counter.increment(kind="a")
    counter.increment(2, kind="b")
    assert {labels["kind"]: value for labels, value in read_metric("test_things_total")} == {"a": 1, "b": 2}
    assert b'wardline_test_things_total{kind="b"} 2.0' in render()


PROCESS = """
import sys
from apps.core.metrics import Counter, Gauge, forget_process, render
import os
counter, gauge = Counter("hits", "Hits", ["kind"]), Gauge("open", "Open")
counter.increment(int(sys.argv[1]), kind="a")
gauge.set(5)
if sys.argv[2] == "leave":
    forget_process(os.getpid())
else:
    print(render().decode())
"""


def run_process(folder: Path, amount: int, then: str) -> str:
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)}
    command = [sys.executable, "-c", PROCESS, str(amount), then]
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=True)
    return done.stdout + done.stderr


def test_several_processes_counters_are_added_and_a_dead_ones_gauges_forgotten(tmp_path: Path) -> None:
    run_process(tmp_path, 3, "leave")
    text = run_process(tmp_path, 4, "render")
    assert 'wardline_hits_total{kind="a"} 7.0' in text
    assert "wardline_open 5.0" in text


def test_unwritable_metrics_folder_costs_figures_and_nothing_else(tmp_path: Path) -> None:
    text = run_process(tmp_path / "missing", 1, "render")
    assert text.count("cannot be written and is left out") == 2


def test_timed_serves_blocks_functions_and_coroutines(caplog: pytest.LogCaptureFixture) -> None:
    @timed("sync_part")
    def double(number: int) -> int:
        return number * 2

    @timed("async_part", warn_seconds=-1)
    async def triple(number: int) -> int:
        await asyncio.sleep(0)
        return number * 3

    async def both() -> int:
        async with timed("block") as block:
            result = double(1) + await triple(1)
        assert block.seconds > 0
        return result

    with caplog.at_level(logging.WARNING):
        assert asyncio.run(both()) == 5
    assert [record.getMessage().split(" took")[0] for record in caplog.records] == ["async_part"]
    counts = {labels["name"]: value for labels, value in read_metric("timed_seconds_count")}
    assert {name: counts[name] for name in ("sync_part", "async_part", "block")} == dict.fromkeys(
        ("sync_part", "async_part", "block"), 1.0
    )


def test_decorated_calls_do_not_share_a_measurement() -> None:
    @timed()
    def nested(depth: int) -> int:
        return depth and nested(depth - 1)

    assert nested(3) == 0
    counts = {labels["name"]: value for labels, value in read_metric("timed_seconds_count")}
    assert next(value for name, value in counts.items() if name.endswith("<locals>.nested")) == 4


def test_memory_peak_and_what_is_kept_are_told_apart() -> None:
    with track_memory("lists") as memory:
        kept = bytes(1_000_000)
        assert len(bytes(5_000_000)) == 5_000_000
    assert len(kept) == 1_000_000
    assert 6_000_000 <= memory.peak_bytes < 7_000_000
    assert 1_000_000 <= memory.kept_bytes < 1_100_000


def pool_statistics_at_rest():
    """The pool gives connections back and opens new ones in threads of its own: look until none is on its way."""
    deadline = time.monotonic() + 10
    while (found := pool_statistics()) and found.in_use and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    return found


@pytest.mark.django_db(transaction=True)
def test_pool_figures_show_connections_in_use_and_returned() -> None:
    # A pool of its own: another test's server may still hold connections of the last one.
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    connection.cursor().execute("SELECT 1")
    connection.close()
    # What is still being opened counts as in use.
    connection.pool.wait()  # type: ignore[attr-defined]
    before = pool_statistics_at_rest()
    assert before is not None
    ready, release = threading.Barrier(4), threading.Event()

    def use() -> None:
        connection.cursor().execute("SELECT 1")
        ready.wait(10)
        release.wait(10)
        connection.close()

    threads = [threading.Thread(target=use) for _ in range(3)]
    for thread in threads:
        thread.start()
    ready.wait(10)
    during = pool_statistics()
    release.set()
    for thread in threads:
        thread.join()
    after = pool_statistics()
    assert during is not None
    assert after is not None
    assert (before.in_use, during.in_use, after.in_use) == (0, 3, 0)
    assert during.checkouts - before.checkouts == 3
    assert during.overflow == during.size - during.min_size
    assert after.errors == before.errors == 0
    assert [figures.alias for figures in all_pool_statistics()] == ["default"]


def test_gauge_moves_both_ways() -> None:
    gauge = Gauge("test_level", "A level")
    gauge.increment(3)
    gauge.increment(-1)
    assert [value for _, value in read_metric("test_level")] == [2.0]
