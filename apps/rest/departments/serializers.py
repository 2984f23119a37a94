"""Departments, out."""

from rest_framework import serializers

from apps.issues.models import Department


class DepartmentSerializer(serializers.ModelSerializer[Department]):
    """Who works on issues of some kind."""

    class Meta:
        model = Department
        fields = ["id", "name", "email", "created_at"]
        read_only_fields = fields
