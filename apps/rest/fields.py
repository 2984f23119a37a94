"""Sparse fields: `fields=number,status` leaves the rest of each item out."""

from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer, ListSerializer, Serializer

PARAMETER = "fields"


def keep_fields(serializer: BaseSerializer[Any], request: Request) -> None:
    """Leave out of a serializer what a read does not ask for. Errors: ValidationError naming what there is."""
    text = request.query_params.get(PARAMETER) if request.method in ("GET", "HEAD") else None
    item = serializer.child if isinstance(serializer, ListSerializer) else serializer
    if text is None or not isinstance(item, Serializer):
        return
    for name in set(item.fields) - set(wanted_fields(text, known=list(item.fields))):
        del item.fields[name]


def wanted_fields(text: str, *, known: list[str]) -> list[str]:
    """Return the names that a text lists, in the order of those known. Errors: ValidationError for any other."""
    wanted = text.split(",")
    unknown = [name for name in wanted if name not in known]
    if unknown:
        named = ", ".join(repr(name[:100]) for name in unknown[:10])
        raise ValidationError({PARAMETER: f"there is no {named}; known: {', '.join(known)}"})
    return [name for name in known if name in wanted]
