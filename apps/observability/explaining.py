"""Run a query of ours, catch what it sends, and ask PostgreSQL how it goes about it."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.db import connection, transaction

from apps.core.query_counter import fingerprint

# The tables that no query of the product's daily work reads from end to end.
WATCHED = ("issues", "reports", "sla_metrics")
# A table of a few pages is read whole whatever indexes there are, and should be.
LARGE_FROM_ROWS = 10_000
_EXPLAINED = re.compile(r"\s*(?:/\*.*?\*/\s*)?(?:SELECT|WITH|INSERT|UPDATE|DELETE)\b", re.IGNORECASE | re.DOTALL)
_BOOKKEEPING = re.compile(r"\s*(?:/\* cache upkeep \*/|SELECT\s+(?:set_config|pg_advisory))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sent:
    """A statement as it was sent; `prepared` ones are planned without a look at their values."""

    sql: str
    params: Any
    prepared: bool


@dataclass(frozen=True)
class StatementPlan:
    """How PostgreSQL runs a statement. Milliseconds, rows and 8 kB pages are None where it was not run for real."""

    sql: str
    plan: dict[str, Any]
    milliseconds: float | None
    rows: int | None
    pages: int | None
    scanned: tuple[str, ...]


@dataclass(frozen=True)
class Explanation:
    """What became of a named query: its plans, and the watched tables of more than `large_from_rows` rows that it read
    from end to end, be it inside a function."""

    name: str
    statements: list[StatementPlan] = field(default_factory=list)
    scanned: tuple[str, ...] = ()

    @property
    def milliseconds(self) -> float | None:
        """The time of all statements together."""
        times = [each.milliseconds for each in self.statements if each.milliseconds is not None]
        return sum(times) if times else None


def explain(name: str, run: Callable[[], Any], *, analyze: bool, large_from_rows: int = LARGE_FROM_ROWS) -> Explanation:
    """Run a function, then explain each statement that it sent, as the serving role; nothing that it wrote stays.

    `analyze` runs every statement once more with EXPLAIN (ANALYZE, BUFFERS); one that needs what an earlier one wrote
    cannot be explained. Call it inside the scope that the function needs.
    """
    with transaction.atomic():
        large = _large_tables(large_from_rows)
        before = _scans()
        # Undone before its statements are explained: they would find their own traces.
        with transaction.atomic(), _caught() as sent:
            run()
            transaction.set_rollback(True)
        scanned = {table for table, scans in _scans().items() if scans > before.get(table, 0)}
        plans = [_plan(each, large, analyze=analyze) for each in sent]
        transaction.set_rollback(True)
    scanned |= {table for plan in plans for table in plan.scanned}
    return Explanation(name, plans, tuple(sorted(scanned & large)))


@contextmanager
def _caught() -> Iterator[list[Sent]]:
    sent: list[Sent] = []

    def catch(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        text = sql if isinstance(sql, str) else ""
        if not many and _EXPLAINED.match(text) and not _BOOKKEEPING.match(text):
            sent.append(Sent(text, params, prepared=context.get("cursor") is None))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(catch):
        yield sent


def _plan(sent: Sent, large: set[str], *, analyze: bool) -> StatementPlan:
    options = "ANALYZE, BUFFERS, FORMAT JSON" if analyze else "FORMAT JSON"
    with transaction.atomic(), connection.cursor() as cursor:
        if sent.prepared:
            found = _explain_prepared(cursor, sent, options)
        else:
            cursor.execute(f"EXPLAIN ({options}) {sent.sql}", sent.params)
            found = cursor.fetchone()[0]
        transaction.set_rollback(True)
    document: dict[str, Any] = (found if isinstance(found, list) else orjson.loads(found))[0]
    plan = document["Plan"]
    pages = plan.get("Shared Hit Blocks", 0) + plan.get("Shared Read Blocks", 0)
    return StatementPlan(
        sql=fingerprint(sent.sql),
        plan=document,
        milliseconds=document.get("Execution Time"),
        rows=plan.get("Actual Rows"),
        pages=pages if analyze else None,
        scanned=tuple(sorted(scanned_tables(plan) & large)),
    )


def _explain_prepared(cursor: Any, sent: Sent, options: str) -> Any:
    """Explain the plan that serves every value, which is what a prepared statement runs by."""
    parts = sent.sql.split("%s")
    numbered = "".join(f"{part}${place}" for place, part in enumerate(parts[:-1], start=1)) + parts[-1]
    cursor.execute("SELECT set_config('plan_cache_mode', 'force_generic_plan', true)")
    cursor.execute(f"PREPARE explained AS {numbered.replace('%%', '%')}")
    values = f"({', '.join(['%s'] * len(sent.params))})" if sent.params else ""
    try:
        cursor.execute(f"EXPLAIN ({options}) EXECUTE explained{values}", list(sent.params) or None)
        return cursor.fetchone()[0]
    finally:
        cursor.execute("DEALLOCATE explained")


def scanned_tables(plan: dict[str, Any]) -> set[str]:
    """Return the tables that a plan reads from end to end: sequential scans, in its sub-plans too."""
    own = {plan["Relation Name"]} if plan["Node Type"] == "Seq Scan" else set()
    return own.union(*(scanned_tables(each) for each in plan.get("Plans", ())))


def _large_tables(rows: int) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') "
            "AND relname = ANY(%s) AND greatest(reltuples, 0) >= %s",
            [list(WATCHED), rows],
        )
        return {name for (name,) in cursor.fetchall()}


def _scans() -> dict[str, int]:
    """Return how many sequential scans of each watched table this transaction has begun, those in functions too."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, seq_scan FROM pg_stat_xact_user_tables WHERE schemaname = 'public' AND relname = ANY(%s)",
            [list(WATCHED)],
        )
        return dict(cursor.fetchall())
