"""Figures are judged by what is written about them, and compared with an earlier run."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from apps.operations.benchmarks.results import (
    Result,
    is_worse,
    middle,
    percentile,
    read_results,
    result,
    spread,
    table,
    verdict,
    write_results,
)

CONTRACT = {"id", "name", "value", "unit", "limit", "ratio", "target", "passed"}


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (result("R1.reports", "p95", 6.1, "ms", limit=5.0), "FAIL"),
        (result("R1.reports", "p95", 5.0, "ms", limit=0.1), "PASS"),
        (result("R1.reports", "p95", 1.5, "ms"), "PASS (aim)"),
        (result("R2.anything", "p50", 3.0, "ms", limit=1.9), "FAIL"),
        (result("R4.list", "list", 500.0, "req/s", limit=1000.0), "FAIL"),
        (result("R4.list", "list", 500.0, "req/s", limit=1000.0, ratio=0.56), "PASS"),
        (result("R9.read", "told, not judged", 1.0, "ms"), ""),
    ],
)
def test_value_or_ratio_is_judged_as_the_target_says(found: Result, words: str) -> None:
    assert verdict(found) == words


def test_a_figure_taken_on_a_busy_machine_is_marked() -> None:
    assert verdict(replace(result("C5.computations", "x", 1, ""), fit=False)) == "PASS UNFIT"


def test_written_results_keep_the_contract_and_are_read_again(tmp_path: Path) -> None:
    found = result("R3.list", "list", 200.0, "req/s", limit=1000.0, spread=0.1)
    write_results([found], tmp_path / "deep" / "file.json")
    (entry,) = json.loads((tmp_path / "deep" / "file.json").read_text())
    assert set(entry) >= CONTRACT
    assert (entry["ratio"], entry["target"], entry["passed"]) == (0.2, 0.2, True)
    assert read_results(tmp_path / "deep" / "file.json") == {"R3.list": found}
    for broken in ("[1]", "{", '[{"id": "R1"}]'):
        (tmp_path / "broken.json").write_text(broken)
        with pytest.raises(ValueError, match=r"broken\.json is not a benchmark's output"):
            read_results(tmp_path / "broken.json")


def test_change_is_of_what_is_judged_and_marked_when_worse_by_a_tenth() -> None:
    before = {
        "R1.sla": result("R1.sla", "x", 10.0, "ms"),
        "R4.list": result("R4.list", "x", 600.0, "req/s", limit=1000.0),
    }
    # Half the requests a second on a machine of half the speed: the ratio, and so the verdict, is the same.
    same = result("R4.list", "x", 300.0, "req/s", limit=500.0)
    slower, lower = result("R1.sla", "x", 12.0, "ms"), result("R4.list", "x", 500.0, "req/s", limit=1000.0)
    assert [is_worse(each, before[each.id]) for each in (same, slower, lower)] == [False, True, True]
    assert not is_worse(result("R1.sla", "x", 5.0, "ms"), before["R1.sla"])
    lines = table([slower, same, result("C5.computations", "x", 1, "")], before).splitlines()
    assert lines[2].endswith("10.0     +20% worse")
    assert lines[3].endswith("+0%")
    assert lines[4].endswith("PASS (aim)") is False


def test_a_disturbed_round_does_not_decide() -> None:
    assert middle([1.0, 1.2, 9.0]) == 1.2
    assert spread([1.0, 1.2, 9.0]) == pytest.approx(8 / 1.2)
    assert spread([1.0]) is None


def test_percentiles_are_interpolated() -> None:
    assert percentile([1, 2, 3, 4, 5], 50) == 3
    assert percentile([0, 100], 95) == pytest.approx(95)


def test_extra_keys_say_aim_spread_and_fitness() -> None:
    assert set(asdict(result("R3.list", "x", 1.0, ""))) - CONTRACT == {"aim", "spread", "fit"}
