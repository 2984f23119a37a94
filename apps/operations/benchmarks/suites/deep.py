"""R6: what a page near the end of the largest tenant's list costs beside its first."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from apps.operations.benchmarks.load.requests import ask, request
from apps.operations.benchmarks.race import Contender, compare, race
from apps.operations.benchmarks.results import Result, result
from apps.operations.benchmarks.servers.gunicorn import Server
from apps.operations.benchmarks.stage import Stage
from apps.operations.benchmarks.subjects import Subject
from apps.operations.benchmarks.suites.api import REPORTS, WrongAnswer

# The page after row 190,000 of 200,000.
_DEPTH_SHARE = 0.95
_WALK_PAGE = 500
# Most reports of a city with two years behind it are closed: a filter that leaves a long list.
_FILTERS = {"plain": {}, "filtered": {"status": "closed"}}


def deep_pages(stage: Stage) -> Iterator[Result]:
    """Yield R6 without and with a filter, and R8 of both: time a request, with the cache off."""
    for name, filters in _FILTERS.items():
        pairs = [_pages(stage, subject, filters) for subject in stage.subjects]
        race([page for pair in pairs for page in pair[:2]], stage)
        (first, deep, row), *small = pairs
        # Rates, turned into times: cost is the inverse.
        found = compare(first, deep)
        title = f"page after row {row:,}{', filtered' if filters else ''}"
        yield result(
            f"R6.{name}",
            f"{title}, cost ÷ page 1",
            1000 / found.limit,
            "ms/req",
            limit=1000 / found.rate,
            ratio=found.ratio,
            spread=found.spread,
        )
        for _, other, _ in small:
            growth = compare(other, deep)
            yield result(
                f"R8.R6.{name}",
                f"{title}, cost at 10 × the data",
                1000 / growth.limit,
                "ms/req",
                limit=1000 / growth.rate,
                ratio=growth.ratio,
                spread=growth.spread,
            )


def _pages(stage: Stage, subject: Subject, filters: dict[str, str]) -> tuple[Contender, Contender, int]:
    """Return the first page and the deep one as contenders, and the row that the deep one begins behind."""
    server = stage.product(subject, cached=False)
    user = stage.largest(subject)
    cursor, row = _walk(server, user, filters)
    pages = [_path(filters, page_size="50", cursor=place) for place in ("", cursor)]
    sent = [request(path, key=user["key"]) for path in pages]
    lengths = [len(ask(server.address, each).document()["items"]) for each in sent]
    if lengths[0] != lengths[1]:
        raise WrongAnswer(f"page 1 has {lengths[0]} rows and the deep page {lengths[1]}")
    first, deep = (
        Contender(f"{place} page, {subject.name}", server, [each])
        for place, each in zip(("first", "deep"), sent, strict=True)
    )
    return first, deep, row


def _walk(server: Server, user: dict[str, Any], filters: dict[str, str]) -> tuple[str, int]:
    """Follow the cursors to the depth that is measured; return the cursor there and its row's number.

    The list's length is known by walking it: a total with a filter is not everywhere to be had.
    """
    places: list[tuple[str, int]] = []
    cursor, row = "", 0
    while True:
        size = min(_WALK_PAGE, max(user["reports"] // 20, 1))
        page = ask(server.address, request(_path(filters, page_size=str(size), cursor=cursor), key=user["key"]))
        if page.status != 200:
            raise WrongAnswer(f"the list answers {page.status} after row {row}: {page.body[:300]!r}")
        document = page.document()
        row += len(document["items"])
        if not document["next"]:
            break
        cursor = document["next"]
        places.append((cursor, row))
    reached = [place for place in places if place[1] <= row * _DEPTH_SHARE and place[1] + 50 <= row]
    if not reached:
        raise WrongAnswer(f"a list of {row} reports is too short to have a deep page")
    return reached[-1]


def _path(filters: dict[str, str], **paging: str) -> str:
    return f"{REPORTS}?{urlencode({**filters, **paging})}"
