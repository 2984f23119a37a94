"""A day's mixture: what people ask for, as often as they do."""

import random
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

from apps.issues.models import Category, IssueStatus, Severity
from apps.operations.benchmarks.inside.visitors import Visitor

# Parts of the mixture, in percent of the requests (performance design, L3).
LISTS, DETAILS, DASHBOARDS, WRITES = 70, 15, 10, 5
URLS = 1_000
_DETAILS_A_TENANT = 5
_WINDOWS = ("", "?days=7", "?days=90")


def mixed_requests(*, users: list[Visitor], count: int, seed: int, writes: bool) -> list[dict[str, Any]]:
    """Return `count` requests as {key, path, document}; `document` None for a GET.

    About a thousand different URLs. Both tenants (those of `users`, most reports first) and the URLs of each follow
    Zipf's law: the second is asked for half as often as the first. Without `writes` their part is lists.
    """
    picker = random.Random(seed)
    tenants = _by_tenant(users)
    pages = {
        kind: {tenant: _pages(kind, group[0], len(tenants)) for tenant, group in tenants.items()} for kind in _KINDS
    }
    kinds = picker.choices(_KINDS, (LISTS, DETAILS, DASHBOARDS, WRITES), k=count)
    chosen = picker.choices(list(tenants), cum_weights=_zipf(len(tenants)), k=count)
    return [
        _request(picker, "list" if kind == "write" and not writes else kind, tenants[tenant], tenant, pages)
        for kind, tenant in zip(kinds, chosen, strict=True)
    ]


_KINDS = ("list", "detail", "dashboard", "write")


def _request(
    picker: random.Random, kind: str, users: list[Visitor], tenant: int, pages: dict[str, dict[int, list[str]]]
) -> dict[str, Any]:
    key = picker.choice(users)["key"]
    if kind == "write":
        return {"key": key, "path": "/api/v1/reports/", "document": _report(picker)}
    paths = pages[kind][tenant]
    return {"key": key, "path": picker.choices(paths, cum_weights=_zipf(len(paths)))[0], "document": None}


def _by_tenant(users: list[Visitor]) -> dict[int, list[Visitor]]:
    groups: dict[int, list[Visitor]] = {}
    for user in sorted(users, key=lambda user: -user["reports"]):
        groups.setdefault(user["tenant_id"], []).append(user)
    return groups


def _pages(kind: str, user: Visitor, tenants: int) -> list[str]:
    if kind == "dashboard":
        return [f"/api/v1/dashboard/{window}" for window in _WINDOWS]
    if kind == "detail":
        return [f"/api/v1/issues/{number}/" for number, _ in user["issues"][:_DETAILS_A_TENANT]]
    return list(_list_pages())[: max(URLS // tenants - _DETAILS_A_TENANT - len(_WINDOWS), 1)]


def _list_pages() -> Iterator[str]:
    """Yield lists, the most wanted first."""
    yield from ("/api/v1/reports/", "/api/v1/issues/", "/api/v1/issues/?status=open")
    for severity in Severity.values:
        yield f"/api/v1/issues/?severity={severity}"
    for category in Category.values:
        yield f"/api/v1/reports/?category={category}"
    for status in IssueStatus.values:
        yield f"/api/v1/issues/?status={status}&page_size=20"
    for category in Category.values:
        for severity in Severity.values:
            yield f"/api/v1/reports/?category={category}&severity={severity}"


def _zipf(count: int) -> list[float]:
    return list(accumulate(1 / rank for rank in range(1, count + 1)))


def _report(picker: random.Random) -> dict[str, Any]:
    return {
        "description": f"Benchmark: a street light is dark, number {picker.randrange(10**9)}",
        "lat": round(picker.uniform(42.3, 42.4), 6),
        "lng": round(picker.uniform(-71.1, -71.0), 6),
    }
