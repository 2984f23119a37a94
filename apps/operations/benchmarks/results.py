"""A measured figure, its table, its file, and the change since an earlier file."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median, quantiles

from apps.operations.benchmarks.targets import Better, Judged, target_of

# A change by more than this share is worth a look; less is what two runs differ by anyway.
WORSE_SHARE = 0.10


@dataclass(frozen=True, slots=True)
class Result:
    """One figure.

    `value` and `limit` are in `unit`; `ratio` is value ÷ limit. What `target` and `aim` are compared with, value or
    ratio, and which way is better, is written in targets.py by id. `spread`: the rounds' range ÷ their median, of
    what is judged. `fit`: whether the machine was ours while it was measured, None where that is not known.
    """

    id: str
    name: str
    value: float
    unit: str
    limit: float | None = None
    ratio: float | None = None
    target: float | None = None
    passed: bool | None = None
    aim: float | None = None
    spread: float | None = None
    fit: bool | None = None

    @property
    def judged(self) -> float | None:
        """What the target is compared with."""
        return self.ratio if target_of(self.id).judged is Judged.RATIO else self.value


def result(
    id: str,  # noqa: A002 - the contract's word
    name: str,
    value: float,
    unit: str,
    *,
    limit: float | None = None,
    ratio: float | None = None,
    spread: float | None = None,
) -> Result:
    """Return the figure, judged by its target; `ratio` is value ÷ limit unless the rounds' median is given."""
    target = target_of(id)
    if ratio is None and limit:
        ratio = value / limit
    found = Result(id, name, value, unit, limit, ratio, target.required, None, target.aim, spread)
    judged = found.judged
    if target.required is None or judged is None:
        return found
    higher = target.better is Better.HIGHER
    return replace(found, passed=judged >= target.required if higher else judged <= target.required)


def percentile(values: Sequence[float], percent: int) -> float:
    """Return a percentile, 1 to 99, of at least two values, interpolated."""
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def middle(rounds: Sequence[float]) -> float:
    """Return the median round: a disturbed round does not decide."""
    return median(rounds)


def spread(rounds: Sequence[float]) -> float | None:
    """Return how far the rounds lie apart, as a share of their median; None where there is but one."""
    centre = median(rounds)
    return (max(rounds) - min(rounds)) / centre if centre and len(rounds) > 1 else None


def change(now: Result, before: Result | None) -> float | None:
    """Return by which share what is judged has changed; None where there is nothing to compare."""
    judged, earlier = now.judged, before.judged if before else None
    return judged / earlier - 1 if judged is not None and earlier else None


def is_worse(now: Result, before: Result | None) -> bool:
    """Tell whether the figure has become worse by more than a tenth."""
    changed = change(now, before)
    if changed is None:
        return False
    return (-changed if target_of(now.id).better is Better.HIGHER else changed) > WORSE_SHARE


def table(results: Iterable[Result], earlier: Mapping[str, Result] | None = None) -> str:
    """Return the results as lines under a heading; with an earlier run each figure's change, `worse` beyond 10 %."""
    heading = ["id", "what", "value", "limit", "ratio", "spread", "target", "aim", ""]
    heading += ["earlier", "change"] if earlier is not None else []
    rows = [_cells(each) + (_change_cells(each, earlier) if earlier is not None else []) for each in results]
    widths = [max(len(row[column]) for row in [heading, *rows]) for column in range(len(heading))]
    lines = [heading, ["-" * width for width in widths], *rows]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def verdict(found: Result) -> str:
    """Return PASS or FAIL, with the aim where it is reached and a warning where others used the machine."""
    word = {True: "PASS", False: "FAIL", None: ""}[found.passed]
    if found.passed and found.aim is not None and found.judged is not None:
        higher = target_of(found.id).better is Better.HIGHER
        word += " (aim)" if (found.judged >= found.aim if higher else found.judged <= found.aim) else ""
    return f"{word} UNFIT".strip() if found.fit is False else word


def write_results(results: Iterable[Result], file: Path) -> None:
    """Write the list as JSON, creating the folder."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps([asdict(each) for each in results], indent=2, ensure_ascii=False) + "\n")


def read_results(file: Path) -> dict[str, Result]:
    """Return an earlier run's results by id. Raises ValueError, naming the file, for anything else than such a list."""
    try:
        return {entry["id"]: Result(**entry) for entry in json.loads(file.read_text())}
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{file} is not a benchmark's output: {error}") from error


def _cells(found: Result) -> list[str]:
    return [
        found.id,
        found.name,
        f"{_number(found.value)} {found.unit}",
        _number(found.limit),
        _number(found.ratio),
        "" if found.spread is None else f"{found.spread:.0%}",
        _number(found.target),
        _number(found.aim),
        verdict(found),
    ]


def _change_cells(found: Result, earlier: Mapping[str, Result]) -> list[str]:
    before = earlier.get(found.id)
    changed = change(found, before)
    words = "" if changed is None else f"{changed:+.0%}"
    return [_number(before.judged) if before else "", f"{words} worse" if is_worse(found, before) else words]


def _number(value: float | None) -> str:
    if value is None:
        return ""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    return f"{value:,.{digits}f}"
