"""Lists by time carry what they filter by, and their ties; what they replace goes last.

Concurrent, so that rows can be written meanwhile. A build waits for every transaction older than itself, exports that
run for minutes included: without a time-out, which would leave an index that is not valid.
"""

from django.contrib.postgres.indexes import BrinIndex
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("issues", "0003_cover_what_lists_filter_by"),
        ("reports", "0002_keep_words_for_search"),
    ]

    operations = [
        migrations.RunSQL("SET lock_timeout = 0", "RESET lock_timeout"),
        AddIndexConcurrently(
            model_name="report",
            index=models.Index(
                fields=["tenant", "-received_at", "-id"],
                include=("status", "category", "severity", "channel", "service"),
                name="idx_reports_received_cover",
            ),
        ),
        AddIndexConcurrently(
            model_name="report",
            index=models.Index(fields=["tenant", "status", "-received_at", "-id"], name="idx_reports_status_received"),
        ),
        AddIndexConcurrently(
            model_name="report",
            index=BrinIndex(autosummarize=True, fields=["created_at"], name="idx_reports_created", pages_per_range=32),
        ),
        RemoveIndexConcurrently(
            model_name="report",
            name="idx_reports_tenant_received",
        ),
        RemoveIndexConcurrently(
            model_name="report",
            name="idx_reports_tenant_status",
        ),
        migrations.RunSQL("RESET lock_timeout", "SET lock_timeout = 0"),
    ]
