"""The dashboard's figures, out."""

from typing import Any

from rest_framework import serializers


class AttainmentSerializer(serializers.Serializer[Any]):
    """Promises kept and broken; `share` is 0 to 1, null when nothing was due."""

    met = serializers.IntegerField()
    missed = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True)


class FlowPointSerializer(serializers.Serializer[Any]):
    """One day or month: what came, and how much was open at its end."""

    day = serializers.DateField()
    reports = serializers.IntegerField()
    opened = serializers.IntegerField()
    resolved = serializers.IntegerField()
    open = serializers.IntegerField()


class BreakdownSerializer(serializers.Serializer[Any]):
    """One category's or severity's line."""

    label = serializers.CharField()  # type: ignore[assignment]
    open = serializers.IntegerField()
    reports = serializers.IntegerField()
    opened = serializers.IntegerField()
    resolved = serializers.IntegerField()
    response = AttainmentSerializer()
    resolution = AttainmentSerializer()


class CategoryLineSerializer(BreakdownSerializer):
    """A category's line."""

    category = serializers.CharField()


class SeverityLineSerializer(BreakdownSerializer):
    """A severity's line."""

    severity = serializers.CharField()


class DashboardSerializer(serializers.Serializer[Any]):
    """Everything that the staff's dashboard draws; `behind` says that a recount was due when this was read."""

    tenant = serializers.CharField()
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    step = serializers.ChoiceField(choices=["day", "month"])
    totals = serializers.DictField(child=serializers.IntegerField())
    score = serializers.FloatField(allow_null=True)
    flow = FlowPointSerializer(many=True)
    response = AttainmentSerializer()
    resolution = AttainmentSerializer()
    by_status = serializers.DictField(child=serializers.IntegerField())
    by_category = CategoryLineSerializer(many=True)
    by_severity = SeverityLineSerializer(many=True)
    refreshed_at = serializers.DateTimeField(allow_null=True)
    behind = serializers.BooleanField()
