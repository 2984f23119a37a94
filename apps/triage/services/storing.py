"""Write answers: reports, batch and classifications in one transaction, set-based."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction

from apps.core import clock
from apps.core.bulk import copy_insert
from apps.reports.services import ClaimedReport, ClassifiedReport, record_classifications
from apps.triage.measures import CLASSIFIED
from apps.triage.models import BatchOutcome, ClassificationBatch, Method
from apps.triage.rules import RULES_VERSION

_COLUMNS = (
    "tenant_id report_id batch_id method category severity service_id confidence terms reason is_current created_at"
).split()
_RETIRE = "UPDATE classifications SET is_current = false WHERE tenant_id = %s AND report_id = ANY(%s) AND is_current"


@dataclass(frozen=True, slots=True)
class Answer:
    """What triage decided about one report. `service_id` is set where the report had none and one fits."""

    report: ClaimedReport
    method: str
    category: str
    severity: str
    service_id: int | None
    confidence: float
    terms: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """What is worth keeping about a run; the defaults are those of rules, which cost nothing."""

    started_at: datetime
    provider: str = "rules"
    model: str = RULES_VERSION
    prompt_version: str = ""
    item_count: int | None = None
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    cost_micros: int = 0
    latency_ms: int = 0
    attempts: int = 1
    outcome: str = BatchOutcome.COMPLETE.value
    error: str = ""
    fallback_count: int = 0
    finished_at: datetime = field(default_factory=clock.now)


def store_answers(*, tenant_id: int, record: BatchRecord, answers: Sequence[Answer]) -> list[int]:
    """Store a run and its answers; return the ids of the reports that took theirs.

    A report that moved on meanwhile (a person classified it, another worker was faster) keeps what it has; the late
    answer is stored as one that does not count. Queries: 4, and the COPY's.
    """
    with transaction.atomic():
        written = record_classifications(tenant_id=tenant_id, results=[_result(answer) for answer in answers])
        batch = _store_batch(tenant_id, record, len(answers))
        if not answers:
            return []
        retire_answers(tenant_id, written)
        counting = set(written)
        copy_insert(
            table="classifications",
            columns=_COLUMNS,
            rows=[_row(tenant_id, batch, answer, answer.report.id in counting) for answer in answers],
        )
    for method in Method.values:
        count = sum(answer.method == method for answer in answers)
        if count:
            CLASSIFIED.increment(count, method=method)
    return written


def retire_answers(tenant_id: int, report_ids: list[int]) -> None:
    """Let the present answers of reports no longer count. Inside the transaction that stores their successors."""
    with connection.cursor() as cursor:
        cursor.execute(_RETIRE, [tenant_id, report_ids])


def _result(answer: Answer) -> ClassifiedReport:
    return ClassifiedReport(
        report_id=answer.report.id,
        triage_version=answer.report.triage_version,
        category=answer.category,
        severity=answer.severity,
        service_id=answer.service_id,
    )


def _store_batch(tenant_id: int, record: BatchRecord, answered: int) -> ClassificationBatch:
    return ClassificationBatch.objects.create(
        tenant_id=tenant_id,
        provider=record.provider,
        model=record.model,
        prompt_version=record.prompt_version,
        item_count=answered if record.item_count is None else record.item_count,
        tokens_in=record.tokens_in,
        tokens_out=record.tokens_out,
        tokens_cached=record.tokens_cached,
        cost_micros=record.cost_micros,
        latency_ms=record.latency_ms,
        attempts=record.attempts,
        outcome=record.outcome,
        error=record.error,
        fallback_count=record.fallback_count,
        started_at=record.started_at,
        finished_at=record.finished_at,
    )


def _row(tenant_id: int, batch: ClassificationBatch, answer: Answer, counts: bool) -> tuple[object, ...]:
    return (
        *(tenant_id, answer.report.id, batch.pk, answer.method, answer.category, answer.severity, answer.service_id),
        *(answer.confidence, list(answer.terms), answer.reason, counts, batch.finished_at),
    )
