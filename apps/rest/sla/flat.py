"""The list of SLA metrics as flat rows: what MetricSerializer and MetricFilters say, in SQL."""

from apps.core.flat import Column, Condition, FlatList, aware_time, one_of
from apps.issues.models import Category, Severity
from apps.rest.filters import newest_first
from apps.rest.sla.serializers import MetricSerializer
from apps.sla.models import Outcome, RunState, SLAMetric

_JOINED = {"issue": Column("issue", "issue.number", "issue"), "policy": Column("policy", "policy.name", "policy")}

METRICS = FlatList(
    model=SLAMetric,
    columns=tuple(_JOINED.get(name) or Column(name, f"row.{name}") for name in MetricSerializer.Meta.fields),
    scope="row.tenant_id = %s",
    constant=("tenant",),
    orderings=newest_first("started_at"),
    joins={
        "issue": "LEFT JOIN issues AS issue ON issue.tenant_id = row.tenant_id AND issue.id = row.issue_id",
        "policy": "LEFT JOIN sla_policies AS policy ON policy.tenant_id = row.tenant_id AND policy.id = row.policy_id",
    },
    conditions={
        "severity": Condition("row.severity = %s", one_of(Severity.values)),
        "category": Condition("row.category = %s", one_of(Category.values)),
        "state": Condition("row.state = %s", one_of(RunState.values)),
        "response_outcome": Condition("row.response_outcome = %s", one_of(Outcome.values)),
        "resolution_outcome": Condition("row.resolution_outcome = %s", one_of(Outcome.values)),
        "started_after": Condition("row.started_at >= %s", aware_time),
        "started_before": Condition("row.started_at < %s", aware_time),
    },
)
