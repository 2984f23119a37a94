"""The parameters of an export."""

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from apps.issues.models import Category, Severity
from apps.reports.errors import InvalidExport
from apps.reports.models import ReportStatus
from apps.reports.selectors import EXPORT_FIELDS, ExportFormat, ExportOptions, field_names
from apps.rest.serializers import StrictSerializer

_FIELDS = f"Names with commas between, in the order wanted; without it, all but attributes: {', '.join(EXPORT_FIELDS)}."


class ExportQuery(StrictSerializer):
    """What an export can be narrowed by: as the list of reports, by the same names."""

    fields = serializers.CharField(required=False, max_length=1_000, help_text=_FIELDS)  # type: ignore[assignment]
    received_after = serializers.DateTimeField(required=False, help_text="Inclusive.")
    received_before = serializers.DateTimeField(required=False, help_text="Exclusive.")
    status = serializers.ChoiceField(choices=ReportStatus.choices, required=False)
    category = serializers.ChoiceField(choices=Category.choices, required=False)
    severity = serializers.ChoiceField(choices=Severity.choices, required=False)
    service_code = serializers.CharField(required=False, max_length=100)
    issue = serializers.IntegerField(required=False, min_value=1, max_value=2**53, help_text="An issue's number.")


def options_of(request: Request, format: ExportFormat) -> ExportOptions:  # noqa: A002
    """Return what a request asks for; an empty parameter narrows nothing. Errors: ValidationError naming it."""
    given = {name: value for name, value in request.query_params.items() if value and name != "format"}
    query = ExportQuery(data=given)
    query.is_valid(raise_exception=True)
    chosen = dict(query.validated_data)
    if "fields" in chosen:
        chosen["fields"] = field_names(chosen["fields"])
    try:
        return ExportOptions(format=format, **chosen)
    except InvalidExport as error:
        raise ValidationError({error.field: error.message}) from error
