"""Triage's runs and answers, out."""

from rest_framework import serializers

from apps.triage.models import Classification, ClassificationBatch


class BatchSerializer(serializers.ModelSerializer[ClassificationBatch]):
    """One run: one call of a provider, or one pass of rules. Money is in micros, durations in milliseconds."""

    class Meta:
        model = ClassificationBatch
        fields = [
            "id",
            "provider",
            "model",
            "prompt_version",
            "item_count",
            "tokens_in",
            "tokens_out",
            "tokens_cached",
            "cost_micros",
            "latency_ms",
            "attempts",
            "outcome",
            "error",
            "fallback_count",
            "started_at",
            "finished_at",
        ]
        read_only_fields = fields


class ClassificationSerializer(serializers.ModelSerializer[Classification]):
    """One answer about one report; `report` is its public id, `confidence` 0 to 1."""

    report = serializers.UUIDField(source="report.public_id")
    service_code = serializers.CharField(source="service.code", default=None, allow_null=True)
    batch = serializers.IntegerField(source="batch_id", allow_null=True)
    corrected_by = serializers.IntegerField(source="corrected_by_id", allow_null=True)

    class Meta:
        model = Classification
        fields = [
            "id",
            "report",
            "batch",
            "method",
            "category",
            "severity",
            "service_code",
            "confidence",
            "terms",
            "reason",
            "is_current",
            "corrected_by",
            "created_at",
        ]
        read_only_fields = fields
