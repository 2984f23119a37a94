"""What the API reads most, for those who measure or warm it: the very reads that its answers are made of."""

from typing import Any

from apps.core.flat import Narrowed, read_page
from apps.rest.issues.document import IssueQuery, issue_document
from apps.rest.reports.flat import REPORTS


def newest_reports(tenant_id: int, *, limit: int = 50) -> list[dict[str, Any]]:
    """Return a tenant's newest reports as the list shows them, inside its scope. One query."""
    page = read_page(
        REPORTS,
        whose=(tenant_id,),
        names=REPORTS.names,
        narrowed=Narrowed(),
        ordering="-received_at",
        cursor="",
        page_size=limit,
        scope=str(tenant_id),
    )
    return page.items


def issue_with_reports(tenant_id: int, number: int) -> dict[str, Any] | None:
    """Return an issue with its newest reports, inside the tenant's scope. Two queries in one round trip."""
    return issue_document(tenant_id, number, IssueQuery(with_reports=True))
