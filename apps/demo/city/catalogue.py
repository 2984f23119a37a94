"""What an invented city offers and how people write about it, read from the files beside this one.

`catalogue.toml` says how problems of each service behave, `phrases/*.toml` holds the sentences.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent
SEVERITIES = ("low", "medium", "high", "critical")
_ALL_YEAR = (1.0,) * 12


@dataclass(frozen=True, slots=True)
class PhraseBook:
    """How citizens write about one service; facts belong to the problem, everything else to the one who writes.

    `facts`: each fact's possible values, each with its synonyms. `stakes`: sentences by severity. `own`: what stands
    for the slots that bear these names.
    """

    thing: tuple[str, ...]
    short: tuple[str, ...]
    opening: tuple[str, ...]
    detail: tuple[str, ...]
    stakes: Mapping[str, tuple[str, ...]]
    german: tuple[str, ...]
    spanish: tuple[str, ...]
    closing: tuple[str, ...]
    facts: Mapping[str, tuple[tuple[str, ...], ...]]
    own: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class ServiceKind:
    """A service and how its problems behave; the file's head explains the numbers."""

    code: str
    name: str
    group: str
    category: str
    description: str
    keywords: str
    default_severity: str
    weight: float
    hours: str
    weekend: float
    severity: tuple[float, ...]
    effort: float
    phrases: PhraseBook
    season: tuple[float, ...] = _ALL_YEAR
    storm: float = 0.0
    crowd: float = 1.0
    quick: bool = False
    place: str = "address"
    attributes: tuple[Mapping[str, Any], ...] = field(default=())


@cache
def everyone() -> Mapping[str, tuple[str, ...]]:
    """Return the phrases that belong to no service: greetings, places, times."""
    return {name: tuple(values) for name, values in _phrases()["everyone"].items()}


@cache
def services() -> tuple[ServiceKind, ...]:
    """Return the services in the file's order.

    Errors: KeyError naming a service without phrases, TypeError naming a setting that is not known.
    """
    found = tomllib.loads((_FOLDER / "catalogue.toml").read_text(encoding="utf-8"))["service"]
    return tuple(_service(dict(each)) for each in found)


def _service(values: dict[str, Any]) -> ServiceKind:
    values["phrases"] = _phrase_book(_phrases()[values["code"]])
    values["attributes"] = tuple(_attribute(at, line) for at, line in enumerate(values.get("attributes", ())))
    for name in ("season", "severity"):
        if name in values:
            values[name] = tuple(values[name])
    return ServiceKind(**values)


@cache
def _phrases() -> Mapping[str, Any]:
    books: dict[str, Any] = {}
    for path in sorted((_FOLDER / "phrases").glob("*.toml")):
        books.update(tomllib.loads(path.read_text(encoding="utf-8")))
    return books


def _phrase_book(values: Mapping[str, Any]) -> PhraseBook:
    return PhraseBook(
        thing=tuple(values["thing"]),
        short=tuple(values["short"]),
        opening=tuple(values["opening"]),
        detail=tuple(values["detail"]),
        stakes={severity: tuple(values[severity]) for severity in SEVERITIES},
        german=tuple(values["de"]),
        spanish=tuple(values["es"]),
        closing=tuple(values["closing"]),
        own={name: tuple(values[name]) for name in ("thing", "detail")},
        facts={name: tuple(tuple(value.split("|")) for value in options) for name, options in values["facts"].items()},
    )


def _attribute(order: int, line: str) -> dict[str, Any]:
    """Turn "code:question:datatype[:a,b,c]" into an attribute of an Open311 service definition (GeoReport v2)."""
    code, question, datatype, *choices = line.split(":")
    values: Sequence[str] = choices[0].split(",") if choices else ()
    return {
        "variable": True,
        "code": code,
        "datatype": datatype,
        "required": False,
        "order": order + 1,
        "description": question,
        "values": [{"key": value.lower().replace(" ", "-"), "name": value} for value in values],
    }
