"""A measured figure, its table and its file."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import quantiles


@dataclass(frozen=True, slots=True)
class Result:
    """One figure.

    `value` and `limit` are in `unit`, `ratio` is value ÷ limit; `target` is what `value` (or, where the unit is
    "ratio", the ratio) may at most be.
    """

    id: str
    name: str
    value: float
    unit: str
    limit: float | None
    ratio: float | None
    target: float | None
    passed: bool | None


def percentile(values: Sequence[float], percent: int) -> float:
    """Return a percentile, 1 to 99, of at least two values, interpolated."""
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def table(results: Iterable[Result], earlier: dict[str, Result] | None = None) -> str:
    """Return the results as lines under a heading; with an earlier run the change of each value in percent."""
    heading = ["id", "what", "value", "limit", "ratio", "target", "", *(["earlier", "change"] if earlier else [])]
    rows = [_cells(result, earlier) for result in results]
    widths = [max(len(row[column]) for row in [heading, *rows]) for column in range(len(heading))]
    lines = [heading, ["-" * width for width in widths], *rows]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def write_results(results: Iterable[Result], file: Path) -> None:
    """Write the list as JSON, creating the folder."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps([asdict(result) for result in results], indent=2, ensure_ascii=False) + "\n")


def read_results(file: Path) -> dict[str, Result]:
    """Return an earlier run's results by id. Raises ValueError, naming the file, for anything else than such a list."""
    try:
        return {entry["id"]: Result(**entry) for entry in json.loads(file.read_text())}
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{file} is not a benchmark's output: {error}") from error


def _cells(result: Result, earlier: dict[str, Result] | None) -> list[str]:
    verdict = {True: "PASS", False: "FAIL", None: ""}[result.passed]
    cells = [
        result.id,
        result.name,
        f"{result.value:.2f} {result.unit}",
        _number(result.limit),
        _number(result.ratio),
        _number(result.target),
        verdict,
    ]
    if earlier:
        before = earlier.get(result.id)
        changed = bool(before and before.value)
        change = f"{(result.value / before.value - 1) * 100:+.0f} %" if before and changed else ""
        cells += [_number(before.value if before else None), change]
    return cells


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
