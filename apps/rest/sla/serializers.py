"""Service levels, out."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.issues.models import Severity
from apps.sla.models import BusinessCalendar, Metric, SLAMetric, SLAPolicy, TargetClock


class MetricSerializer(serializers.ModelSerializer[SLAMetric]):
    """How the promises of one issue went; seconds are counted the way the target is. `issue` is its number."""

    issue = serializers.IntegerField(source="issue.number")
    policy = serializers.CharField(source="policy.name")

    class Meta:
        model = SLAMetric
        fields = [
            "issue",
            "policy",
            "severity",
            "category",
            "state",
            "started_at",
            "response_due_at",
            "response_at",
            "response_outcome",
            "response_seconds",
            "resolution_due_at",
            "resolution_at",
            "resolution_outcome",
            "resolution_seconds",
            "next_due_at",
        ]
        read_only_fields = fields


class TargetSerializer(serializers.Serializer[Any]):
    """How many minutes a policy gives one metric of issues of one severity."""

    severity = serializers.ChoiceField(choices=Severity.choices)
    metric = serializers.ChoiceField(choices=Metric.choices)
    minutes = serializers.IntegerField()
    clock = serializers.ChoiceField(choices=TargetClock.choices)


class PolicySerializer(serializers.ModelSerializer[SLAPolicy]):
    """One version of a policy; the active one with the lowest position that matches decides."""

    calendar = serializers.CharField(source="calendar.name")
    calendar_version = serializers.IntegerField(source="calendar.version")
    targets = serializers.SerializerMethodField()

    class Meta:
        model = SLAPolicy
        fields = [
            "id",
            "name",
            "version",
            "position",
            "is_active",
            "match",
            "calendar",
            "calendar_version",
            "targets",
            "created_at",
        ]
        read_only_fields = fields

    @extend_schema_field(TargetSerializer(many=True))
    def get_targets(self, policy: SLAPolicy) -> Any:
        """Return the targets, which the view reads with the policies."""
        return policy.own_targets  # type: ignore[attr-defined]


class CalendarSerializer(serializers.ModelSerializer[BusinessCalendar]):
    """One version of a business calendar."""

    class Meta:
        model = BusinessCalendar
        fields = ["id", "name", "version", "time_zone", "intervals", "exceptions", "created_at"]
        read_only_fields = fields


class MetricAttainmentSerializer(serializers.Serializer[Any]):
    """Counts of issues; `share` is met of those decided, 0 to 1, null when none is."""

    met = serializers.IntegerField()
    missed = serializers.IntegerField()
    pending = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True)
    mean_seconds = serializers.FloatField(allow_null=True)


class SummarySerializer(serializers.Serializer[Any]):
    """How a tenant's promises went."""

    issues = serializers.IntegerField()
    response = MetricAttainmentSerializer()
    resolution = MetricAttainmentSerializer()
