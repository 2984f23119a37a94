"""What a person says about a report."""

from django.db import transaction

from apps.issues.models import Category, Severity
from apps.reports.models import Report, Service
from apps.reports.services import set_classification
from apps.tenants.models import User
from apps.triage.errors import InvalidCorrection
from apps.triage.models import Classification, Method
from apps.triage.services.storing import retire_answers

NOTE_MAX = 2_000  # characters


def correct_classification(
    *,
    tenant_id: int,
    report_id: int,
    category: str,
    severity: str,
    actor: User,
    service_id: int | None = None,
    note: str = "",
) -> Classification:
    """Let a person's answer count for a report of the active tenant, now and against any answer still on its way.

    The earlier answers stay as history. Publishes ReportsClassified. `service_id` None leaves the service as it is.
    Errors: InvalidCorrection naming the field: category, severity, service, report, note.
    """
    _check(category, severity, service_id, note)
    with transaction.atomic():
        if not Report.objects.filter(pk=report_id).select_for_update().exists():
            raise InvalidCorrection("report", f"there is no report with id {report_id}")
        retire_answers(tenant_id, [report_id])
        classification: Classification = Classification.objects.create(
            tenant_id=tenant_id,
            report_id=report_id,
            method=Method.PERSON.value,
            category=category,
            severity=severity,
            service_id=service_id,
            confidence=1.0,
            reason=note,
            corrected_by=actor,
        )
        # Last, because it tells the others, and they may want to read the answer.
        set_classification(
            tenant_id=tenant_id, report_id=report_id, category=category, severity=severity, service_id=service_id
        )
    return classification


def _check(category: str, severity: str, service_id: int | None, note: str) -> None:
    if category not in Category.values:
        raise InvalidCorrection("category", f"{category[:40]!r} is none of {', '.join(Category.values)}")
    if severity not in Severity.values:
        raise InvalidCorrection("severity", f"{severity[:40]!r} is none of {', '.join(Severity.values)}")
    if service_id is not None and not Service.objects.filter(pk=service_id).exists():
        raise InvalidCorrection("service", f"there is no service with id {service_id}")
    if len(note) > NOTE_MAX:
        raise InvalidCorrection("note", f"at most {NOTE_MAX} characters, not {len(note)}")
