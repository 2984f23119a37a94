"""UNIQUE (tenant_id, id), which every tenant's table has, is an index over the same columns."""

from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("insights", "0002_count_by_month_and_status")]

    operations = [RemoveIndexConcurrently(model_name="rollupmark", name="idx_rollup_marks_tenant")]
