"""Issues, in and out."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.issues.models import Category, Comment, Department, Issue, IssueEvent, IssueStatus, Severity
from apps.issues.selectors import allowed_transitions
from apps.rest.serializers import StrictSerializer
from apps.tenants.models import User

_SHARED = [
    "number",
    "title",
    "status",
    "category",
    "severity",
    "service_code",
    "department",
    "assignee",
    "lat",
    "lng",
    "address",
    "report_count",
    "first_report_at",
    "last_report_at",
    "acknowledged_at",
    "resolved_at",
    "closed_at",
    "updated_at",
    "version",
]


class IssueSerializer(serializers.ModelSerializer[Issue]):
    """An issue in a list; `department` and `assignee` are ids, their names are read with the single issue."""

    department = serializers.IntegerField(source="department_id", allow_null=True)
    assignee = serializers.IntegerField(source="assignee_id", allow_null=True)

    class Meta:
        model = Issue
        fields = _SHARED
        read_only_fields = _SHARED


class NamedDepartment(serializers.ModelSerializer[Department]):
    """A department inside something else."""

    class Meta:
        model = Department
        fields = ["id", "name"]
        read_only_fields = fields


class NamedPerson(serializers.ModelSerializer[User]):
    """A member of staff inside something else."""

    class Meta:
        model = User
        fields = ["id", "name"]
        read_only_fields = fields


class IssueDetailSerializer(serializers.ModelSerializer[Issue]):
    """An issue by itself, with the statuses that the workflow allows next."""

    department = NamedDepartment(allow_null=True, read_only=True)
    assignee = NamedPerson(allow_null=True, read_only=True)
    allowed_transitions = serializers.SerializerMethodField()
    merged_into = serializers.IntegerField(source="merged_into.number", default=None, allow_null=True)

    class Meta(IssueSerializer.Meta):
        fields = [*_SHARED, "allowed_transitions", "merged_into", "historic", "created_at"]
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(choices=IssueStatus.choices)))
    def get_allowed_transitions(self, issue: Issue) -> list[str]:
        """Return the statuses that may follow."""
        return allowed_transitions(issue.status)


class VersionedInput(StrictSerializer):
    """Input about an issue; with `version`, it is refused when the issue has changed since."""

    version = serializers.IntegerField(required=False, min_value=1, max_value=2**31 - 1)


class IssueChange(VersionedInput):
    """A new category or severity; what is left out stays as it is."""

    category = serializers.ChoiceField(choices=Category.choices, required=False)
    severity = serializers.ChoiceField(choices=Severity.choices, required=False)


class Transition(VersionedInput):
    """A move along the workflow."""

    status = serializers.ChoiceField(choices=IssueStatus.choices)
    note = serializers.CharField(required=False, allow_blank=True, max_length=2_000)


class Assignment(VersionedInput):
    """Who works on an issue: ids, null for nobody; what is left out stays as it is."""

    department = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=2**63 - 1)
    assignee = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=2**63 - 1)


class CommentInput(StrictSerializer):
    """A comment to write; internal unless said otherwise."""

    text = serializers.CharField(max_length=10_000)
    is_public = serializers.BooleanField(required=False, default=False)


class CommentSerializer(serializers.ModelSerializer[Comment]):
    """A comment with its author, null for a key."""

    author = NamedPerson(allow_null=True, read_only=True)

    class Meta:
        model = Comment
        fields = ["id", "author", "text", "is_public", "created_at"]
        read_only_fields = fields


class TimelineSerializer(serializers.ModelSerializer[IssueEvent]):
    """A line of an issue's timeline; `before` and `after` hold what changed."""

    actor = NamedPerson(allow_null=True, read_only=True)

    class Meta:
        model = IssueEvent
        fields = ["id", "at", "kind", "actor", "before", "after", "note"]
        read_only_fields = fields


class ClockSerializer(serializers.Serializer[Any]):
    """One clock of an issue: what was promised and how it went; `remaining` is in words."""

    metric = serializers.CharField(source="clock.metric")
    cycle = serializers.IntegerField(source="clock.cycle")
    policy = serializers.CharField(source="clock.policy.name")
    state = serializers.CharField(source="clock.state")
    outcome = serializers.CharField()
    target_seconds = serializers.IntegerField(source="clock.target_seconds")
    started_at = serializers.DateTimeField(source="clock.started_at")
    due_at = serializers.DateTimeField(source="clock.due_at", allow_null=True)
    stopped_at = serializers.DateTimeField(source="clock.stopped_at", allow_null=True)
    breached_at = serializers.DateTimeField(source="clock.breached_at", allow_null=True)
    remaining = serializers.CharField()
