"""The list of issues as flat rows: what IssueSerializer and IssueFilters say, in SQL."""

from apps.core.flat import Choice, Column, Condition, FlatList, aware_time, one_of, whole_number
from apps.issues.models import OPEN_STATUSES, Category, Issue, IssueStatus, Severity
from apps.rest.filters import newest_first
from apps.rest.issues.serializers import IssueSerializer

_RENAMED = {"department": "department_id", "assignee": "assignee_id"}
_WORDS = ", ".join(f"'{status.value}'" for status in OPEN_STATUSES)
_OPEN = f"row.status IN ({_WORDS})"
SCOPE = "row.tenant_id = %s"

ISSUES = FlatList(
    model=Issue,
    columns=tuple(Column(name, f"row.{_RENAMED.get(name, name)}") for name in IssueSerializer.Meta.fields),
    # A merged issue is found by its number, and listed nowhere.
    scope=f"{SCOPE} AND row.merged_into_id IS NULL",
    constant=("tenant",),
    orderings={**newest_first("first_report_at"), "number": ("number",), "-number": ("-number",)},
    conditions={
        "status": Condition("row.status = %s", one_of(IssueStatus.values), several="row.status = ANY(%s)"),
        # Spelled out: the partial index over open issues serves no comparison with a value.
        "open": Choice({"true": _OPEN, "false": f"NOT ({_OPEN})"}),
        "category": Condition("row.category = %s", one_of(Category.values)),
        "severity": Condition("row.severity = %s", one_of(Severity.values)),
        "department": Condition("row.department_id = %s", whole_number),
        "assignee": Condition("row.assignee_id = %s", whole_number),
        "reported_after": Condition("row.first_report_at >= %s", aware_time),
        "reported_before": Condition("row.first_report_at < %s", aware_time),
    },
)
