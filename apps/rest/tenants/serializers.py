"""Tenants, out."""

from rest_framework import serializers

from apps.tenants.models import Tenant


class TenantSerializer(serializers.ModelSerializer[Tenant]):
    """A municipality or agency; the slug is Open311's jurisdiction_id."""

    class Meta:
        model = Tenant
        fields = ["slug", "name", "timezone", "language", "lat", "lng", "created_at"]
        read_only_fields = fields
