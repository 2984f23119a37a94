"""The four queries of the product's hot paths, through its own selectors and through psycopg with the same SQL.

The limit is bare psycopg: the statements that a selector sends, replayed under the same tenant scope and role, the
scope's settings and the statements in one pipeline, rows fetched as tuples. What the product sends prepared and reads
in binary is replayed so.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connection
from django.db.backends.postgresql.base import Cursor as ClientCursor
from psycopg.types.numeric import Int8

from apps.core.postgresql.local_settings import current_local_settings
from apps.insights.selectors import open_issues, sla_attainment
from apps.issues.models import Issue
from apps.operations.benchmarks.inside.threads import Call, Way, time_threads
from apps.reports.models import Report
from apps.rest.selectors import issue_with_reports, newest_reports
from apps.tenants.scoping import tenant_scope
from apps.tenants.selectors import active_tenants

SAMPLES = 200
_ISSUES_A_TENANT = 500


class NothingToMeasure(LookupError):
    """The database holds no tenant with reports and issues."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as the product sends it."""

    sql: str
    params: Any
    prepared: bool


@dataclass(frozen=True, slots=True)
class Sample:
    """One call's arguments, and the statements that it sends."""

    tenant_id: int
    number: int
    statements: tuple[Statement, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class HotQuery:
    """A hot query: `select` runs it through the selectors inside the sample's tenant scope."""

    id: str
    name: str
    select: Callable[[Sample], object]


HOT_QUERIES = (
    HotQuery("reports", "newest 50 reports of a tenant", lambda sample: newest_reports(sample.tenant_id)),
    HotQuery("open_issues", "open issues of a tenant, counted", lambda _: open_issues()),
    HotQuery("issue", "issue with its reports", lambda each: issue_with_reports(each.tenant_id, each.number)),
    HotQuery("sla", "SLA aggregate of a tenant", lambda _: sla_attainment()),
)
_samples: dict[str, list[Sample]] = {}


def hot_query_ids() -> dict[str, str]:
    """Return the queries' names by id."""
    return {query.id: query.name for query in HOT_QUERIES}


def time_hot_query(*, query: str, way: str, threads: int, calls: int, seed: int, number: int = 0) -> list[float]:
    """Return the milliseconds of `threads` × `calls` calls of a query; `way` is "selectors" or "psycopg".

    Errors: NothingToMeasure in a database without reports and issues.
    """
    chosen = next(each for each in HOT_QUERIES if each.id == query)
    if query not in _samples:
        # Each process of several takes others: `number` says which this one is.
        _samples[query] = [with_statements(chosen, sample) for sample in choose_samples(seed=seed + number)]
    ways = {"selectors": selector_way, "psycopg": psycopg_way}
    return time_threads(ways[way](chosen, _samples[query]), threads=threads, calls=calls)


def choose_samples(*, seed: int) -> list[Sample]:
    """Pick tenants as often as they have reports, and an issue with reports of each. Queries: two a tenant."""
    weights: dict[int, int] = {}
    numbers: dict[int, list[int]] = {}
    for tenant in active_tenants():
        with tenant_scope(tenant.pk):
            issues = Issue.objects.filter(report_count__gt=0).order_by("-number").values_list("number", flat=True)
            numbers[tenant.pk] = list(issues[:_ISSUES_A_TENANT])
            weights[tenant.pk] = Report.objects.count() if numbers[tenant.pk] else 0
    if not any(weights.values()):
        raise NothingToMeasure("no tenant has reports and issues: `manage.py seed_demo` makes some")
    picker = random.Random(seed)
    chosen = picker.choices(list(weights), list(weights.values()), k=SAMPLES)
    return [Sample(tenant_id, picker.choice(numbers[tenant_id])) for tenant_id in chosen]


def with_statements(query: HotQuery, sample: Sample) -> Sample:
    """Return the sample with the SQL that the selector sends for it."""
    sent: list[Statement] = []

    def remember(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        # core.postgresql.prepared shows its statements without one of Django's cursors.
        sent.append(Statement(sql, params, prepared=context["cursor"] is None))
        return execute(sql, params, many, context)

    with tenant_scope(sample.tenant_id), connection.execute_wrapper(remember):
        query.select(sample)
        return Sample(sample.tenant_id, sample.number, tuple(sent), current_local_settings())


def selector_way(query: HotQuery, samples: list[Sample]) -> Way:
    """Call the product's selectors, each thread on a connection of the pool."""

    @contextmanager
    def way() -> Iterator[Call]:
        connection.ensure_connection()

        def call(number: int) -> object:
            sample = samples[number % len(samples)]
            with tenant_scope(sample.tenant_id):
                return query.select(sample)

        yield call

    return way


def psycopg_way(query: HotQuery, samples: list[Sample]) -> Way:
    """Send the same statements by psycopg alone, each thread on a connection of its own."""

    @contextmanager
    def way() -> Iterator[Call]:
        parameters = {**connection.get_connection_params(), "cursor_factory": ClientCursor}
        with psycopg.connect(**parameters, autocommit=True) as bare:
            yield lambda number: _replay(bare, samples[number % len(samples)])

    return way


def _replay(bare: "psycopg.Connection[Any]", sample: Sample) -> list[list[Any]]:
    settings = list(sample.settings)
    if any(statement.prepared for statement in sample.statements):
        settings.append(("plan_cache_mode", "force_generic_plan"))
    calls = ", ".join("set_config(%s, %s, true)" for _ in settings)
    with bare.pipeline():
        psycopg.Cursor(bare).execute(f"SELECT {calls}", [part for pair in settings for part in pair], prepare=True)
        cursors = [_send(bare, statement) for statement in sample.statements]
    return [cursor.fetchall() for cursor in cursors]


def _send(bare: "psycopg.Connection[Any]", statement: Statement) -> "psycopg.Cursor[Any]":
    if not statement.prepared:
        return bare.execute(statement.sql, statement.params)
    typed = [Int8(value) if type(value) is int else value for value in statement.params]
    return psycopg.Cursor(bare).execute(statement.sql, typed, prepare=True, binary=True)
