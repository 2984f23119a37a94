"""Classify waiting reports, by the model where one is configured, else by rules."""

from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db import transaction

from apps.core import clock
from apps.reports.models import Service
from apps.reports.services import ClaimedReport, claim_for_triage, lock_for_triage
from apps.triage.client import MAX_ATTEMPTS, MAX_WAIT_SECONDS, LLMClient, Provider
from apps.triage.models import Method
from apps.triage.prompts import ServiceLabel
from apps.triage.rules import CRITICAL, HIGH, SEVERITIES, Catalogue, ServiceHint, read
from apps.triage.services.accounting import record_of
from apps.triage.services.by_model import Interview, Question, questions_of
from apps.triage.services.by_rules import answer_by_rules
from apps.triage.services.storing import Answer, BatchRecord, store_answers

# Reports that one transaction of rules holds locked; as many as an event may name.
RULES_CHUNK: Final = 1_000
# What storing a wave may take on top of its calls before another worker takes the reports over.
LEASE_MARGIN_SECONDS: Final = 60.0


@dataclass(frozen=True)
class TriageResult:
    """Counts of reports: claimed, written, and of the written ones who answered; and the runs stored."""

    claimed: int = 0
    written: int = 0
    by_model: int = 0
    by_rules: int = 0
    batches: int = 0

    def __add__(self, other: "TriageResult") -> "TriageResult":
        return TriageResult(
            self.claimed + other.claimed,
            self.written + other.written,
            self.by_model + other.by_model,
            self.by_rules + other.by_rules,
            self.batches + other.batches,
        )


def triage_reports(
    *, tenant_id: int, report_ids: list[int] | None = None, limit: int = RULES_CHUNK, client: LLMClient | None = None
) -> TriageResult:
    """Classify up to `limit` waiting reports of the active tenant (of `report_ids`, where given), oldest first.

    Safe to run twice and side by side: reports that others hold are skipped, and an answer that comes after a person's
    does not count. With a model, call it outside a transaction: network calls are made. `client` replaces the
    configured provider. Publishes ReportsClassified. Queries: 2, and about 8 for every 1,000 reports by rules or for
    every call of a model.
    """
    services = list(Service.objects.filter(is_active=True).order_by("code"))
    catalogue = Catalogue([_hint(service) for service in services])
    if client is not None:
        return _by_model(tenant_id, report_ids, limit, catalogue, services, client)
    provider = configured_provider()
    if provider is None:
        return _by_rules(tenant_id, report_ids, limit, catalogue)
    configured = LLMClient(provider)
    try:
        return _by_model(tenant_id, report_ids, limit, catalogue, services, configured)
    finally:
        configured.close()


def configured_provider() -> Provider | None:
    """Return the provider that the settings name, None when they name neither a key nor a base URL."""
    if not (settings.LLM_API_KEY or settings.LLM_BASE_URL):
        return None
    return Provider(
        base_url=str(settings.LLM_BASE_URL or ""),
        api_key=settings.LLM_API_KEY,
        model=settings.LLM_MODEL,
        timeout_seconds=float(settings.LLM_TIMEOUT),
    )


def _hint(service: Service) -> ServiceHint:
    return ServiceHint(
        id=service.pk,
        code=service.code,
        name=service.name,
        category=service.category,
        severity=service.default_severity,
        keywords=service.keywords,
    )


def _by_rules(tenant_id: int, report_ids: list[int] | None, limit: int, catalogue: Catalogue) -> TriageResult:
    """Classify chunk by chunk, each locked, answered and stored in one transaction: no lease can be left behind."""
    total = TriageResult()
    while total.claimed < limit:
        wanted = min(RULES_CHUNK, limit - total.claimed)
        with transaction.atomic():
            started_at = clock.now()
            reports = lock_for_triage(tenant_id=tenant_id, report_ids=report_ids, limit=wanted)
            if reports:
                answers = answer_by_rules(catalogue, reports)
                written = store_answers(tenant_id=tenant_id, record=BatchRecord(started_at=started_at), answers=answers)
                total += TriageResult(len(reports), len(written), by_rules=len(written), batches=1)
        if len(reports) < wanted:
            break
    return total


def _by_model(
    tenant_id: int,
    report_ids: list[int] | None,
    limit: int,
    catalogue: Catalogue,
    services: list[Service],
    client: LLMClient,
) -> TriageResult:
    """Classify wave by wave: claim what the calls can carry at once, ask, store each call's answers as it ends."""
    interview = Interview(
        client=client,
        services=[ServiceLabel(service.code, service.name, service.category) for service in services],
        batch_size=settings.LLM_BATCH_SIZE,
        concurrency=settings.LLM_CONCURRENCY,
    )
    wave_reports = interview.batch_size * interview.concurrency
    total = TriageResult()
    while total.claimed < limit:
        wanted = min(wave_reports, limit - total.claimed)
        claimed = claim_for_triage(
            tenant_id=tenant_id, report_ids=report_ids, limit=wanted, lease_seconds=lease_seconds(client.provider)
        )
        wave_result = _wave(tenant_id, claimed, catalogue, interview) if claimed else TriageResult()
        total += wave_result
        if len(claimed) < wanted:
            break
        if not wave_result.by_model:
            # The provider is away or talks nonsense; the rest should not wait for it to come back.
            return total + _by_rules(tenant_id, report_ids, limit - total.claimed, catalogue)
    return total


def lease_seconds(provider: Provider) -> float:
    """Return how long a wave may take: two rounds of calls, each with all its attempts and waits, and storing.

    Suspicious texts travel alone and can make a wave longer; then others may repeat its work; the first to store wins.
    """
    one_call = MAX_ATTEMPTS * (provider.timeout_seconds + MAX_WAIT_SECONDS)
    return 2 * one_call + LEASE_MARGIN_SECONDS


def _wave(tenant_id: int, claimed: list[ClaimedReport], catalogue: Catalogue, interview: Interview) -> TriageResult:
    ids_by_code = {service.code: service.id for service in catalogue.services.values()}
    total = TriageResult(claimed=len(claimed))
    wordless = [report for report in claimed if not report.description.strip()]
    if wordless:
        answers = answer_by_rules(catalogue, wordless, reason="nothing to read")
        read_none = store_answers(tenant_id=tenant_id, record=BatchRecord(started_at=clock.now()), answers=answers)
        total += TriageResult(0, len(read_none), by_rules=len(read_none), batches=1)
    for call in interview.ask(questions_of([report for report in claimed if report.description.strip()])):
        answers = [
            _model_answer(report, question, answer.category, answer.severity, answer.confidence, answer.reason, service)
            for question, answer in call.answered()
            for service in [ids_by_code.get(answer.service)]
            for report in question.reports
        ]
        left = [report for question in call.unanswered for report in question.reports] if call.final else []
        answers += answer_by_rules(catalogue, left, reason=f"the model gave no usable answer ({call.outcome})")
        written = set(
            store_answers(
                tenant_id=tenant_id, record=record_of(call, interview.client.provider, len(left)), answers=answers
            )
        )
        by_model = sum(a.method == Method.LLM and a.report.id in written for a in answers)
        total += TriageResult(0, len(written), by_model, len(written) - by_model, 1)
    return total


def _model_answer(
    report: ClaimedReport,
    question: Question,
    category: str,
    severity: str,
    confidence: float,
    reason: str,
    service_id: int | None,
) -> Answer:
    """Take the model's word, but not below high where the text speaks of danger to life: neither a careless model nor
    a text that asks for `low` may make a gas leak wait."""
    reading = read(question.item.text)
    terms: tuple[str, ...] = ()
    if reading.raised >= CRITICAL and SEVERITIES.index(severity) < HIGH:
        severity, terms = SEVERITIES[HIGH], reading.severity_terms
        reason = f"{reason} (raised: words of danger)".strip()
    return Answer(
        report=report,
        method=Method.LLM.value,
        category=category,
        severity=severity,
        service_id=service_id if report.service_id is None else None,
        confidence=confidence,
        terms=terms,
        reason=reason,
    )
