"""Services, out."""

from rest_framework import serializers

from apps.reports.models import Service


class ServiceSerializer(serializers.ModelSerializer[Service]):
    """A type of report that the tenant offers; `attributes` is its Open311 definition."""

    class Meta:
        model = Service
        fields = [
            "code",
            "name",
            "description",
            "group",
            "category",
            "default_severity",
            "keywords",
            "attributes",
            "is_active",
        ]
        read_only_fields = fields
