"""Reports, in and out."""

from typing import Any

from rest_framework import serializers

from apps.issues.models import Category, Severity
from apps.reports.models import Report, ReporterContact
from apps.reports.services import ReportDraft
from apps.rest.serializers import NumberField, StrictSerializer

# GeoReport attributes are a flat list of answers; deeper documents are not ours.
ATTRIBUTES_DEPTH = 5

_SHARED = [
    "public_id",
    "status",
    "category",
    "severity",
    "service_code",
    "issue",
    "channel",
    "description",
    "lat",
    "lng",
    "address",
    "received_at",
    "closed_at",
    "updated_at",
]


class ReportSerializer(serializers.ModelSerializer[Report]):
    """A report in a list: nothing personal but what its text says. `issue` is the issue's number."""

    service_code = serializers.CharField(source="service.code", default=None, allow_null=True)
    issue = serializers.IntegerField(source="issue.number", default=None, allow_null=True)

    class Meta:
        model = Report
        fields = _SHARED
        read_only_fields = _SHARED


class ContactSerializer(serializers.ModelSerializer[ReporterContact]):
    """Who sent a report."""

    class Meta:
        model = ReporterContact
        fields = ["name", "email", "phone"]
        read_only_fields = fields


class ReportDetailSerializer(ReportSerializer):
    """A report by itself. `contact` is shown to those who may write, and is null for others."""

    contact = serializers.SerializerMethodField()

    class Meta(ReportSerializer.Meta):
        fields = [
            *_SHARED,
            "source",
            "external_id",
            "status_notes",
            "address_id",
            "zipcode",
            "media_url",
            "attributes",
            "acknowledged_at",
            "historic",
            "triage_state",
            "contact",
        ]
        read_only_fields = fields

    def get_contact(self, report: Report) -> ContactSerializer(allow_null=True):  # type: ignore[valid-type]
        """Return the contact, None where there is none or it is not the caller's to see."""
        if not self.context.get("may_see_contacts"):
            return None
        contact = next(iter(report.contacts.all()), None)
        return ContactSerializer(contact).data if contact else None


class SubmittedSerializer(serializers.ModelSerializer[Report]):
    """What a submission is answered with."""

    class Meta:
        model = Report
        fields = ["public_id", "status", "received_at"]
        read_only_fields = fields


class AttributesField(serializers.JSONField):
    """Answers to a service's questions: a JSON object that PostgreSQL can store."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return the object. Errors: ValidationError."""
        if not isinstance(data, dict):
            raise serializers.ValidationError("must be an object")
        problem = _attributes_problem(data, ATTRIBUTES_DEPTH)
        if problem:
            raise serializers.ValidationError(problem)
        return data


def _attributes_problem(value: Any, depth: int) -> str:
    if isinstance(value, str):
        return "must not contain NUL" if "\x00" in value else ""
    if not isinstance(value, dict | list):
        return ""
    if not depth:
        return f"must not be nested deeper than {ATTRIBUTES_DEPTH} levels"
    parts = [*value.keys(), *value.values()] if isinstance(value, dict) else value
    return next((found for part in parts if (found := _attributes_problem(part, depth - 1))), "")


class ReportSubmission(StrictSerializer):
    """A report to take in. A location is needed: lat and lng, or an address. Lengths are the domain's to judge."""

    description = serializers.CharField(allow_blank=True)
    lat = NumberField(required=False, allow_null=True)
    lng = NumberField(required=False, allow_null=True)
    address = serializers.CharField(required=False, allow_blank=True)
    address_id = serializers.CharField(required=False, allow_blank=True, max_length=100)
    zipcode = serializers.CharField(required=False, allow_blank=True, max_length=20)
    service_code = serializers.CharField(required=False, allow_blank=True)
    media_url = serializers.URLField(required=False, allow_blank=True, max_length=1_000)
    attributes = AttributesField(required=False)
    contact_name = serializers.CharField(required=False, allow_blank=True, max_length=200)
    contact_email = serializers.EmailField(required=False, allow_blank=True, max_length=254)
    contact_phone = serializers.CharField(required=False, allow_blank=True, max_length=50)

    def draft(self) -> ReportDraft:
        """Return what is_valid() has checked as the domain takes it."""
        return ReportDraft(**self.validated_data)


class ReportCorrection(StrictSerializer):
    """A person's classification of a report; what is left out stays as it is."""

    category = serializers.ChoiceField(choices=Category.choices, required=False)
    severity = serializers.ChoiceField(choices=Severity.choices, required=False)
    service_code = serializers.CharField(required=False)
    note = serializers.CharField(required=False, allow_blank=True, max_length=1_000)
