"""Take in one report from a person or a program."""

from datetime import datetime

import orjson
from django.db import transaction

from apps.core.events import publish
from apps.reports import rules
from apps.reports.errors import InvalidReport
from apps.reports.events import ReportsStored
from apps.reports.models import Report, ReporterContact, Service
from apps.reports.rules import ReportDraft


def submit_report(*, tenant_id: int, draft: ReportDraft, channel: str, now: datetime) -> Report:
    """Check a report, store it and publish ReportsStored; it is in the database when this returns.

    Errors: InvalidReport with every offending field; nothing is written then.
    Queries: the service where one is named, the report, the contact where there is one.
    """
    problems = rules.draft_problems(draft, attributes_bytes=len(orjson.dumps(draft.attributes)))
    service = Service.objects.filter(code=draft.service_code, is_active=True).first() if draft.service_code else None
    if draft.service_code and service is None:
        problems["service_code"] = f"there is no service {draft.service_code[:100]!r}"
    if problems:
        raise InvalidReport(problems)
    with transaction.atomic():
        report: Report = Report.objects.create(
            tenant_id=tenant_id,
            service=service,
            channel=channel,
            description=rules.clean_text(draft.description),
            lat=draft.lat,
            lng=draft.lng,
            cell=rules.grid_cell(draft.lat, draft.lng) if draft.lat is not None and draft.lng is not None else None,
            address=rules.clean_text(draft.address),
            address_id=draft.address_id[:100],
            zipcode=draft.zipcode[:20],
            media_url=draft.media_url[:1000],
            attributes=draft.attributes,
            received_at=now,
            updated_at=now,
            content_hash=rules.content_hash(draft.description),
        )
        if draft.contact_name or draft.contact_email or draft.contact_phone:
            ReporterContact.objects.create(
                tenant_id=tenant_id,
                report=report,
                name=draft.contact_name[:200],
                email=draft.contact_email[:254],
                phone=draft.contact_phone[:50],
            )
        publish(ReportsStored(tenant_id=tenant_id, report_ids=[report.pk]))
    return report
