"""What serializers share."""

from typing import Any

from rest_framework import serializers


class StrictSerializer(serializers.Serializer[Any]):
    """Input that names every field it does not know: a misspelt field must not be lost in silence."""

    def to_internal_value(self, data: Any) -> Any:
        """Check the names, then the values. Errors: ValidationError."""
        if isinstance(data, dict):
            unknown = sorted(set(data) - set(self.fields))
            if unknown:
                raise serializers.ValidationError(
                    {name[:100]: f"is not a field here; known: {', '.join(self.fields)}" for name in unknown}
                )
        return super().to_internal_value(data)


class NumberField(serializers.FloatField):
    """A number; true and false are not numbers."""

    def to_internal_value(self, data: Any) -> float:
        """Return the number. Errors: ValidationError."""
        if isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)
