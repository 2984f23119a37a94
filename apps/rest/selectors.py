"""What the API reads most, for those who measure or warm it: the very statements that its answers are made of."""

from typing import Any

from apps.core.flat import Narrowed
from apps.core.flat.pages import page_items, page_query
from apps.core.postgresql.prepared import prepared_rows
from apps.rest.issues.document import IssueQuery, issue_document
from apps.rest.reports.flat import REPORTS

_EVERYTHING = Narrowed()
_WITH_REPORTS = IssueQuery(with_reports=True)


def newest_reports(tenant_id: int, *, limit: int = 50) -> list[dict[str, Any]]:
    """Return a tenant's newest reports as the list shows them, inside its scope. One query."""
    sql, values = page_query(
        REPORTS,
        whose=(tenant_id,),
        names=REPORTS.names,
        narrowed=_EVERYTHING,
        ordering="-received_at",
        at=None,
        page_size=limit,
    )
    return page_items(REPORTS.names, prepared_rows(sql, values)[:limit])


def issue_with_reports(tenant_id: int, number: int) -> dict[str, Any] | None:
    """Return an issue with its newest reports, inside the tenant's scope. Two queries in one round trip."""
    return issue_document(tenant_id, number, _WITH_REPORTS)
