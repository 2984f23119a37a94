"""One issue as clients read it, with its newest reports where they are asked for; one round trip to the database."""

from dataclasses import dataclass
from typing import Any

from apps.core.flat import Column, FlatList, Narrowed
from apps.core.flat.pages import page_items, page_query
from apps.core.postgresql.prepared import prepared_results
from apps.issues.models import Issue
from apps.issues.selectors import allowed_transitions
from apps.rest.issues.flat import ISSUES, SCOPE
from apps.rest.reports.flat import REPORTS

# As many as a page of them; the rest is at reports/.
REPORTS_SHOWN = 50
INCLUDABLE = ("reports",)

_ISSUE = FlatList(
    model=Issue,
    columns=(
        *(column for column in ISSUES.columns if column.name not in ("department", "assignee")),
        Column("department_id", "row.department_id"),
        Column("department_name", "department.name", "department"),
        Column("assignee_id", "row.assignee_id"),
        Column("assignee_name", "assignee.name", "assignee"),
        Column("merged_into", "target.number", "target"),
        Column("historic", "row.historic"),
        Column("created_at", "row.created_at"),
    ),
    scope=f"{SCOPE} AND row.number = %s",
    constant=("tenant",),
    orderings={"number": ("number",)},
    joins={
        "department": "LEFT JOIN departments AS department "
        "ON department.tenant_id = row.tenant_id AND department.id = row.department_id",
        "assignee": "LEFT JOIN users AS assignee ON assignee.id = row.assignee_id",
        "target": "LEFT JOIN issues AS target ON target.tenant_id = row.tenant_id AND target.id = row.merged_into_id",
    },
)
# A path may hold any number; a column ends here.
_LARGEST_NUMBER = 2**63 - 1
_OF_ISSUE = REPORTS.conditions["issue"]
NAMES = (*ISSUES.names, "allowed_transitions", "merged_into", "historic", "created_at")


@dataclass(frozen=True, slots=True)
class IssueQuery:
    """Which members are wanted, and whether the reports are."""

    names: tuple[str, ...] = NAMES
    with_reports: bool = False


def issue_document(tenant_id: int, number: int, wanted: IssueQuery) -> dict[str, Any] | None:
    """Return the issue, None where the tenant has none of that number. One round trip, of two queries with reports."""
    if number > _LARGEST_NUMBER:
        return None
    statements = [
        page_query(
            _ISSUE,
            whose=(tenant_id, number),
            names=_ISSUE.names,
            narrowed=Narrowed(),
            ordering="number",
            at=None,
            page_size=1,
        )
    ]
    if wanted.with_reports:
        whose = (tenant_id,)
        statements.append(
            page_query(
                REPORTS,
                whose=whose,
                names=REPORTS.names,
                narrowed=_OF_ISSUE.narrow([str(number)], whose),
                ordering="-received_at",
                at=None,
                page_size=REPORTS_SHOWN,
            )
        )
    found, *more = prepared_results(statements)
    if not found:
        return None
    document = _with_people(page_items(_ISSUE.names, found)[0])
    chosen = {name: document[name] for name in wanted.names}
    if more:
        chosen["reports"] = page_items(REPORTS.names, more[0][:REPORTS_SHOWN])
    return chosen


def _with_people(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "department": _named(row["department_id"], row["department_name"]),
        "assignee": _named(row["assignee_id"], row["assignee_name"]),
        "allowed_transitions": allowed_transitions(row["status"]),
    }


def _named(key: int | None, name: str | None) -> dict[str, Any] | None:
    return None if key is None else {"id": key, "name": name}
