"""The four queries of the product's hot paths, through its own selectors and through psycopg with the same SQL.

The limit is bare psycopg: the statements that a selector sends, replayed under the same tenant scope and role, the
scope's settings and the statements in one pipeline, rows fetched as tuples.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connection
from django.db.backends.postgresql.base import Cursor as ClientCursor

from apps.core.postgresql.local_settings import current_local_settings
from apps.core.progress import track
from apps.issues.models import Issue
from apps.issues.selectors import issue_by_number, open_issue_count
from apps.operations.benchmarks.results import Result
from apps.operations.benchmarks.side_by_side import Call, Timings, Way, measure
from apps.reports.models import Report
from apps.reports.selectors import newest_reports, reports_of_issue
from apps.sla.selectors import attainment
from apps.tenants.scoping import tenant_scope
from apps.tenants.selectors import active_tenants

THREADS = 10
SAMPLES = 100
# The seeds' milliseconds ÷ 2 (R1), and what the object layer may cost over psycopg (R2).
RATIO_TARGET = 1.5


class NothingToMeasure(LookupError):
    """The database holds no tenant with reports and issues."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One call's arguments, and the statements that it sends."""

    tenant_id: int
    number: int
    statements: tuple[tuple[str, Any], ...] = ()
    settings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class HotQuery:
    """A hot query: `select` runs it through the selectors inside the sample's tenant scope."""

    id: str
    name: str
    target_milliseconds: float
    select: Callable[[Sample], object]


def _issue_with_reports(sample: Sample) -> object:
    issue = issue_by_number(sample.number)
    return issue, reports_of_issue(issue.pk)


HOT_QUERIES = (
    HotQuery("reports", "newest 50 reports of a tenant", 6, lambda _: newest_reports(limit=50)),
    HotQuery("open_issues", "open issues of a tenant, counted", 4, lambda _: open_issue_count()),
    HotQuery("issue", "issue with its reports", 7.5, _issue_with_reports),
    HotQuery("sla", "SLA aggregate of a tenant", 22, lambda _: attainment()),
)


def run_database_suite(*, calls: int = 40, rounds: int = 3, seed: int = 311) -> list[Result]:
    """Measure the four queries with 10 threads; two results each: p95 in ms, and the median ÷ psycopg's.

    `calls` is per thread and round. Errors: NothingToMeasure in an empty database.
    """
    samples = choose_samples(seed=seed)
    results: list[Result] = []
    for query in track(HOT_QUERIES, "database", unit="queries"):
        sent = [_with_statements(query, sample) for sample in samples]
        ours, bare = measure([_selectors(query, sent), _psycopg(sent)], threads=THREADS, calls=calls, rounds=rounds)
        results += _results(query, ours, bare)
    return results


def choose_samples(*, seed: int) -> list[Sample]:
    """Pick tenants as often as they have reports, and an issue with reports of each. Queries: two a tenant."""
    weights: dict[int, int] = {}
    numbers: dict[int, list[int]] = {}
    for tenant in active_tenants():
        with tenant_scope(tenant.pk):
            issues = Issue.objects.filter(report_count__gt=0).order_by("-number").values_list("number", flat=True)
            numbers[tenant.pk] = list(issues[:500])
            weights[tenant.pk] = Report.objects.count() if numbers[tenant.pk] else 0
    if not any(weights.values()):
        raise NothingToMeasure("no tenant has reports and issues: `manage.py seed_demo` makes some")
    picker = random.Random(seed)
    chosen = picker.choices(list(weights), list(weights.values()), k=SAMPLES)
    return [Sample(tenant_id, picker.choice(numbers[tenant_id])) for tenant_id in chosen]


def data_size() -> str:
    """Say how much data is measured on, from PostgreSQL's estimates."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, greatest(reltuples, 0)::bigint FROM pg_class "
            "WHERE oid IN ('reports'::regclass, 'issues'::regclass)"
        )
        rows = dict(cursor.fetchall())
    return f"about {rows['reports']:,} reports, {rows['issues']:,} issues, {len(active_tenants())} tenants"


def _with_statements(query: HotQuery, sample: Sample) -> Sample:
    """Return the sample with the SQL that the selector sends for it."""
    sent: list[tuple[str, Any]] = []

    def remember(execute: Callable[..., Any], statement: str, params: Any, many: bool, context: Any) -> Any:
        sent.append((statement, params))
        return execute(statement, params, many, context)

    with tenant_scope(sample.tenant_id), connection.execute_wrapper(remember):
        query.select(sample)
        return Sample(sample.tenant_id, sample.number, tuple(sent), current_local_settings())


def _selectors(query: HotQuery, samples: list[Sample]) -> Way:
    @contextmanager
    def way() -> Iterator[Call]:
        connection.ensure_connection()

        def call(number: int) -> object:
            sample = samples[number % len(samples)]
            with tenant_scope(sample.tenant_id):
                return query.select(sample)

        yield call

    return way


def _psycopg(samples: list[Sample]) -> Way:
    @contextmanager
    def way() -> Iterator[Call]:
        parameters = {**connection.get_connection_params(), "cursor_factory": ClientCursor}
        with psycopg.connect(**parameters, autocommit=True) as bare:
            yield lambda number: _replay(bare, samples[number % len(samples)])

    return way


def _replay(bare: "psycopg.Connection[Any]", sample: Sample) -> list[list[Any]]:
    cursors = []
    calls = ", ".join("set_config(%s, %s, true)" for _ in sample.settings)
    with bare.pipeline():
        bare.execute(f"SELECT {calls}", [part for pair in sample.settings for part in pair])
        for statement, params in sample.statements:
            cursors.append(bare.execute(statement, params))
    return [cursor.fetchall() for cursor in cursors]


def _results(query: HotQuery, ours: Timings, bare: Timings) -> Iterable[Result]:
    p95, bare_p95 = ours.percentile(95), bare.percentile(95)
    p50, bare_p50 = ours.percentile(50), bare.percentile(50)
    yield Result(
        id=f"R1.{query.id}",
        name=f"{query.name}, p95 (spread {ours.spread(95):.0%})",
        value=p95,
        unit="ms",
        limit=bare_p95,
        ratio=p95 / bare_p95,
        target=query.target_milliseconds,
        passed=p95 <= query.target_milliseconds,
    )
    yield Result(
        id=f"R2.{query.id}",
        name=f"{query.name}, p50 ÷ psycopg",
        value=p50,
        unit="ms",
        limit=bare_p50,
        ratio=p50 / bare_p50,
        target=RATIO_TARGET,
        passed=p50 / bare_p50 <= RATIO_TARGET,
    )
