"""Lists by time carry what they filter by, and their ties; what they replace goes last.

Concurrent, so that rows can be written meanwhile. A build waits for every transaction older than itself, exports that
run for minutes included: without a time-out, which would leave an index that is not valid.
"""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("issues", "0002_keep_words_for_search"),
    ]

    operations = [
        migrations.RunSQL("SET lock_timeout = 0", "RESET lock_timeout"),
        AddIndexConcurrently(
            model_name="issue",
            index=models.Index(
                fields=["tenant", "-first_report_at", "-id"],
                include=("status", "category", "severity", "department", "assignee", "merged_into"),
                name="idx_issues_first_cover",
            ),
        ),
        AddIndexConcurrently(
            model_name="issue",
            index=models.Index(
                condition=models.Q(("status__in", ["open", "acknowledged", "in_progress", "on_hold"])),
                fields=["tenant", "-first_report_at", "-id"],
                name="idx_issues_open_first",
            ),
        ),
        RemoveIndexConcurrently(
            model_name="issue",
            name="idx_issues_tenant_first",
        ),
        RemoveIndexConcurrently(
            model_name="issue",
            name="idx_issues_tenant_status",
        ),
        migrations.RunSQL("RESET lock_timeout", "SET lock_timeout = 0"),
    ]
