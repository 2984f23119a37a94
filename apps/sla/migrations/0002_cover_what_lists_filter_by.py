"""Lists by time carry what they filter by, and their ties; what they replace goes last.

Concurrent, so that rows can be written meanwhile. A build waits for every transaction older than itself, exports that
run for minutes included: without a time-out, which would leave an index that is not valid.
"""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("issues", "0003_cover_what_lists_filter_by"),
        ("sla", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL("SET lock_timeout = 0", "RESET lock_timeout"),
        AddIndexConcurrently(
            model_name="slametric",
            index=models.Index(
                fields=["tenant", "-started_at", "-id"],
                include=("severity", "category", "state", "response_outcome", "resolution_outcome"),
                name="idx_sla_metrics_started_cover",
            ),
        ),
        AddIndexConcurrently(
            model_name="slametric",
            index=models.Index(
                fields=["tenant", "resolution_outcome", "-started_at", "-id"], name="idx_sla_metrics_resolved_as"
            ),
        ),
        AddIndexConcurrently(
            model_name="slametric",
            index=models.Index(
                fields=["tenant", "response_outcome", "-started_at", "-id"], name="idx_sla_metrics_answered_as"
            ),
        ),
        RemoveIndexConcurrently(
            model_name="slametric",
            name="idx_sla_metrics_started",
        ),
        RemoveIndexConcurrently(
            model_name="slametric",
            name="idx_sla_metrics_resolution",
        ),
        RemoveIndexConcurrently(
            model_name="slametric",
            name="idx_sla_metrics_response",
        ),
        migrations.RunSQL("RESET lock_timeout", "SET lock_timeout = 0"),
    ]
