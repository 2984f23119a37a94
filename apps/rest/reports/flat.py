"""The list of reports as flat rows: what ReportSerializer and ReportFilters say, in SQL."""

from apps.core.flat import Column, Condition, FlatList, NotReadable, aware_time, one_of, whole_number
from apps.issues.models import Category, Severity
from apps.reports.models import Channel, Report, ReportStatus
from apps.reports.selectors import service_ids_by_code
from apps.rest.filters import newest_first
from apps.rest.reports.serializers import ReportSerializer

_EXPRESSIONS = {
    # As text: psycopg makes a UUID object of each, only for it to be written out again.
    "public_id": Column("public_id", "row.public_id::text"),
    "service_code": Column("service_code", "service.code", "service"),
    "issue": Column("issue", "issue.number", "issue"),
}


def _service_id(code: str) -> int:
    """Read a service's code of the active tenant. Errors: NotReadable; that there is none is the viewset's to tell."""
    found = service_ids_by_code().get(code)
    if found is None:
        raise NotReadable
    return found


REPORTS = FlatList(
    model=Report,
    columns=tuple(_EXPRESSIONS.get(name) or Column(name, f"row.{name}") for name in ReportSerializer.Meta.fields),
    scope="row.tenant_id = %s",
    constant=("tenant",),
    orderings=newest_first("received_at"),
    joins={
        "service": "LEFT JOIN services AS service ON service.tenant_id = row.tenant_id AND service.id = row.service_id",
        "issue": "LEFT JOIN issues AS issue ON issue.tenant_id = row.tenant_id AND issue.id = row.issue_id",
    },
    conditions={
        "status": Condition("row.status = %s", one_of(ReportStatus.values)),
        "category": Condition("row.category = %s", one_of(Category.values)),
        "severity": Condition("row.severity = %s", one_of(Severity.values)),
        "channel": Condition("row.channel = %s", one_of(Channel.values)),
        "service_code": Condition("row.service_id = %s", _service_id),
        "issue": Condition(
            "row.issue_id = (SELECT id FROM issues WHERE tenant_id = %s AND number = %s)", whole_number, scoped=True
        ),
        "received_after": Condition("row.received_at >= %s", aware_time),
        "received_before": Condition("row.received_at < %s", aware_time),
    },
)
