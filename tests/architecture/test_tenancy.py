"""Every domain table belongs to a tenant, and the doors between tenants are counted."""

import ast

import pytest
from django.db import connection

from apps.tenants.models import TenantModel
from tests.architecture.house import ROOT, our_models, sources

# What signing in has to find before any tenant is known.
# The cache's bookkeeping: tags and an epoch, and no tenant's data.
OUTSIDE = {"users", "tenants", "memberships", "api_keys", "cache_bumps", "cache_epoch"}
# Who may open `all_tenants(reason)`, or use the plain manager of that name.
ACROSS_TENANTS = {
    "apps/observability/hot_queries.py",
    "apps/observability/measures.py",
    "apps/reports/selectors.py",
    "apps/tenants/models.py",
    "apps/tenants/scoping.py",
    "apps/pipeline/services.py",
    "apps/sla/services/sweep.py",
}


def test_every_model_has_a_tenant_or_stands_on_the_list():
    assert {m._meta.db_table for m in our_models() if not issubclass(m, TenantModel)} == OUTSIDE


@pytest.mark.django_db
def test_every_tenant_table_is_under_forced_row_level_security():
    tables = {model._meta.db_table for model in our_models() if issubclass(model, TenantModel)}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid "
            "WHERE c.relrowsecurity AND c.relforcerowsecurity"
        )
        assert tables - {name for (name,) in cursor.fetchall()} == set()


@pytest.mark.django_db
def test_every_foreign_key_between_tenant_tables_carries_the_tenant():
    wanted = {
        (model._meta.db_table, field.column)
        for model in our_models()
        if issubclass(model, TenantModel)
        for field in model._meta.concrete_fields
        if field.is_relation and issubclass(field.related_model, TenantModel)
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, a.attname FROM pg_constraint c JOIN pg_attribute a "
            "ON a.attrelid = c.conrelid AND a.attnum = c.conkey[2] WHERE contype = 'f' AND cardinality(conkey) = 2"
        )
        assert wanted - set(cursor.fetchall()) == set()


def test_only_named_files_reach_across_tenants():
    users = set()
    for path in sources("apps", "config"):
        for node in ast.walk(ast.parse(path.read_text())):
            named = isinstance(node, ast.Attribute) and node.attr == "all_tenants"
            if named or (isinstance(node, ast.Name) and node.id == "all_tenants"):
                users.add(str(path.relative_to(ROOT)))
    assert users - ACROSS_TENANTS == set()


def test_unique_constraints_and_indexes_begin_with_the_tenant():
    loose = [
        f"{model._meta.db_table}: {part.name}"
        for model in our_models()
        if issubclass(model, TenantModel)
        for part in [*model._meta.indexes, *(c for c in model._meta.constraints if hasattr(c, "fields"))]
        if part.fields and part.fields[0] != "tenant" and part.name not in OTHERS_FIRST
    ]
    assert loose == []


# Across tenants is looked for what falls due and what came in: the time comes first there. Of words, a lexeme names
# the tenant.
OTHERS_FIRST = {
    "idx_sla_clocks_next_check",
    "idx_reports_created",
    "idx_issue_words_words",
    "idx_report_words_words",
}
