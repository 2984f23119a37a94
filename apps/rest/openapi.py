"""How the schema describes errors: as problem documents, on every operation."""

from typing import Any, Literal

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers
from rest_framework.viewsets import GenericViewSet

from apps.core.problems import CONTENT_TYPE
from apps.tenants.scoping import tenant_scope

# Ids begin at 1: no tenant has this one, and no row belongs to it.
_NOBODY = 0


class FieldProblemSerializer(serializers.Serializer[Any]):
    """One entry of a problem's errors."""

    field = serializers.CharField()
    message = serializers.CharField()
    code = serializers.CharField()
    line = serializers.IntegerField(required=False)


class ProblemSerializer(serializers.Serializer[Any]):
    """A problem document (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = FieldProblemSerializer(many=True)  # type: ignore[assignment]


# For operations that can meet another change of the same row.
CONFLICT = {(409, CONTENT_TYPE): ProblemSerializer}

_ALWAYS = {
    "401": "No key or session, or one that is not valid.",
    "403": "The key's scopes or the person's role do not suffice.",
    "406": "The answer cannot be given in the media type asked for.",
    "429": "Too many requests; Retry-After says when to come again.",
}
_FIELDS = OpenApiParameter(
    "fields", OpenApiTypes.STR, description="Names of the members wanted, with commas between; without it, all."
)
_INPUT = {"400": "The request is wrong; errors name the fields."}
_ROW = {"404": "There is no such row."}
_BODY = {**_INPUT, "413": "The body is too large.", "415": "The body is not JSON."}


class TenantlessGenerator(SchemaGenerator):
    """Builds the schema as a tenant that does not exist: filters are described over empty querysets, which need one."""

    def get_schema(self, request: Any = None, public: bool = False) -> dict[str, Any]:
        """Return the OpenAPI document."""
        with tenant_scope(_NOBODY):
            document: dict[str, Any] = super().get_schema(request, public)  # type: ignore[no-untyped-call]
        return document


class ProblemSchema(AutoSchema):
    """DRF-spectacular's schema with the errors that each kind of operation can answer."""

    def get_override_parameters(self) -> list[Any]:
        """Describe `fields=`, which every read of rows takes."""
        own = list(super().get_override_parameters())
        reads_rows = isinstance(self.view, GenericViewSet) and self.method == "GET"
        return [*own, _FIELDS] if reads_rows else own

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        found: dict[str, Any] = super()._get_response_bodies(direction)
        wanted = dict(_ALWAYS)
        if self.method in ("POST", "PUT", "PATCH"):
            wanted |= _BODY
        elif self.view.kwargs or self._is_list_view():
            wanted |= _INPUT
        if "{" in self.path:
            wanted |= _ROW
        for status, description in wanted.items():
            problem = OpenApiResponse(ProblemSerializer, description)
            # The media type is the errors' own, whatever the view renders.
            answer = self._get_response_for_code(problem, status, [CONTENT_TYPE], direction)  # type: ignore[no-untyped-call]
            found.setdefault(status, answer)
        return dict(sorted(found.items()))
