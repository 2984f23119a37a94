"""The words of texts, in a table beside: see apps/core/search."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

from apps.core.search.schema import search_operations
from apps.core.search.tables import SearchedTable
from apps.tenants.scoping import protect_tenant_rows, separate_tenant_rows

# As it stood when this was written.
SEARCHED = SearchedTable(table="reports", singular="report", texts=("description", "address"), at="received_at")


class Migration(migrations.Migration):
    dependencies = [
        ("issues", "0002_keep_words_for_search"),
        ("reports", "0001_initial"),
        ("tenants", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReportWordMark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                (
                    "report_ids",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                        verbose_name="tenant",
                    ),
                ),
            ],
            options={
                "db_table": "report_word_marks",
                "abstract": False,
                "base_manager_name": "all_tenants",
                "default_manager_name": "objects",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("all_tenants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="ReportWords",
            fields=[
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "tenant_id", "report_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("report_id", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("words", django.contrib.postgres.search.SearchVectorField()),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                        verbose_name="tenant",
                    ),
                ),
            ],
            options={
                "db_table": "report_words",
                "abstract": False,
                "base_manager_name": "all_tenants",
                "default_manager_name": "objects",
                "indexes": [django.contrib.postgres.indexes.GinIndex(fields=["words"], name="idx_report_words_words")],
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("all_tenants", django.db.models.manager.Manager()),
            ],
        ),
        *protect_tenant_rows("report_word_marks"),
        separate_tenant_rows("report_words"),
        *search_operations(SEARCHED),
    ]
