"""Migrations of indexes can be taken back, and come again."""

import pytest
from django.core.management import call_command
from django.db import connection

# (app, before, after, indexes before only, indexes after only)
MIGRATIONS = [
    (
        "sla",
        "0001",
        "0002",
        {"idx_sla_metrics_started", "idx_sla_metrics_resolution", "idx_sla_metrics_response"},
        {"idx_sla_metrics_started_cover", "idx_sla_metrics_resolved_as", "idx_sla_metrics_answered_as"},
    ),
    (
        "reports",
        "0002",
        "0003",
        {"idx_reports_tenant_received", "idx_reports_tenant_status"},
        {"idx_reports_received_cover", "idx_reports_status_received", "idx_reports_created"},
    ),
    (
        "issues",
        "0002",
        "0003",
        {"idx_issues_tenant_first", "idx_issues_tenant_status"},
        {"idx_issues_first_cover", "idx_issues_open_first"},
    ),
    ("insights", "0002", "0003", {"idx_rollup_marks_tenant"}, set()),
    ("reports", "0001", "0002", set(), {"idx_report_words_words"}),
    ("issues", "0001", "0002", set(), {"idx_issue_words_words"}),
    (
        "tenants",
        "0002",
        "0003",
        {"api_keys_prefix_8bd1f38a_like", "tenants_slug_01bfd60f_like", "users_email_0ea73cca_like"},
        set(),
    ),
]


def valid_indexes():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indisvalid "
            "AND c.relnamespace = 'public'::regnamespace"
        )
        return {name for (name,) in cursor.fetchall()}


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_every_migration_of_indexes_has_a_way_back():
    latest = valid_indexes()
    try:
        for app, before, after, old, new in MIGRATIONS:
            assert new <= valid_indexes(), (app, after)
            call_command("migrate", app, before, database="owner", verbosity=0)
            assert old <= valid_indexes(), (app, before)
            assert not new & valid_indexes(), (app, before)
    finally:
        call_command("migrate", database="owner", verbosity=0)
    assert valid_indexes() == latest
