"""Two guards: the managers, and the database behind them."""

import threading

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from apps.issues.models import Department
from apps.reports.models import Report, Service
from apps.reports.services import ReportDraft, submit_report
from apps.tenants.errors import TenantScopeMissing
from apps.tenants.scoping import all_tenants, no_tenant, tenant_scope
from tests.conftest import make_city

DRAFT = ReportDraft(description="A deep pothole", lat=42.36, lng=-71.06)


def rows(sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


@pytest.fixture
def two_reports(city, other_city, moment):
    for each in (city, other_city):
        with tenant_scope(each.id):
            submit_report(tenant_id=each.id, draft=DRAFT, channel="web", now=moment)


def test_a_query_without_a_tenant_raises(city):
    with pytest.raises(TenantScopeMissing):
        Report.objects.count()


def test_the_database_shows_nothing_when_the_managers_are_stripped_away(two_reports, city):
    assert Report.all_tenants.count() == 0
    assert rows("SELECT count(*) FROM reports") == [(0,)]
    with tenant_scope(city.id):
        assert {tenant_id for (tenant_id,) in rows("SELECT tenant_id FROM reports")} == {city.id}
        assert Report.all_tenants.count() == 1


def test_every_tenant_is_seen_only_inside_all_tenants(two_reports, city, other_city):
    with all_tenants("count reports in a test"):
        assert Report.all_tenants.count() == 2
        with pytest.raises(TenantScopeMissing):
            Report.objects.count()
    assert Report.all_tenants.count() == 0


def test_the_serving_role_owns_nothing_and_cannot_pass_the_policies(db):
    assert rows("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user") == [(False, False)]
    assert rows("SELECT count(*) FROM pg_tables WHERE tableowner = current_user AND schemaname = 'public'") == [(0,)]
    with pytest.raises(ProgrammingError), transaction.atomic():
        rows("ALTER TABLE reports DISABLE ROW LEVEL SECURITY")


def test_a_row_cannot_be_written_for_another_tenant(city, other_city):
    with tenant_scope(city.id), pytest.raises(ProgrammingError), transaction.atomic():
        Department.all_tenants.create(tenant_id=other_city.id, name="Smuggled")


def test_a_foreign_key_cannot_point_into_another_tenant(city, other_city, moment):
    with tenant_scope(other_city.id):
        foreign = Service.objects.create(code="foreign", name="Foreign")
    with tenant_scope(city.id), pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.create(service=foreign, description="x", received_at=moment, updated_at=moment)


def test_a_nested_scope_inside_one_transaction_is_that_of_the_inner_tenant(two_reports, city, other_city):
    with tenant_scope(city.id), transaction.atomic():
        assert rows("SELECT tenant_id FROM reports") == [(city.id,)]
        with tenant_scope(other_city.id):
            assert rows("SELECT tenant_id FROM reports") == [(other_city.id,)]
        assert rows("SELECT tenant_id FROM reports") == [(city.id,)]
        with no_tenant():
            assert rows("SELECT tenant_id FROM reports") == []


def test_the_scope_survives_the_rollback_of_a_savepoint(two_reports, city):
    with transaction.atomic():
        savepoint = transaction.savepoint()
        with tenant_scope(city.id):
            assert len(rows("SELECT 1 FROM reports")) == 1
        transaction.savepoint_rollback(savepoint)
        assert rows("SELECT 1 FROM reports") == []
        with tenant_scope(city.id):
            assert len(rows("SELECT 1 FROM reports")) == 1


@pytest.mark.django_db(transaction=True)
def test_a_pooled_connection_carries_no_tenant_to_its_next_user(moment):
    city = make_city("riverton", "Riverton", "America/New_York")
    with tenant_scope(city.id):
        submit_report(tenant_id=city.id, draft=DRAFT, channel="web", now=moment)
    seen: list[int] = []

    def scoped() -> None:
        with tenant_scope(city.id):
            seen.append(len(rows("SELECT 1 FROM reports")))
            with transaction.atomic():
                seen.append(len(rows("SELECT 1 FROM reports")))
        connection.close()

    def unscoped() -> None:
        seen.append(len(rows("SELECT 1 FROM reports")))
        connection.close()

    for work in (scoped, unscoped, scoped, unscoped):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert seen == [1, 1, 0, 1, 1, 0]


def test_a_server_side_cursor_sees_the_scope_inside_a_transaction(two_reports, city):
    with tenant_scope(city.id), transaction.atomic():
        assert [report.tenant_id for report in Report.all_tenants.iterator(chunk_size=10)] == [city.id]


@pytest.mark.django_db(transaction=True)
def test_a_transaction_does_not_believe_it_holds_the_last_ones_tenant(moment):
    city = make_city("riverton", "Riverton", "America/New_York")
    with tenant_scope(city.id), transaction.atomic():
        submit_report(tenant_id=city.id, draft=DRAFT, channel="web", now=moment)
    with transaction.atomic():
        assert rows("SELECT count(*) FROM tenants") == [(1,)]  # its first statement has no tenant
        with tenant_scope(city.id):
            assert Report.objects.count() == 1


def test_a_failed_statement_under_a_scope_leaves_the_outer_transaction_alive(city):
    with transaction.atomic():
        with pytest.raises(ProgrammingError), transaction.atomic(), tenant_scope(city.id):
            rows("SELECT * FROM no_such_table")
        assert rows("SELECT 1") == [(1,)]


def test_the_serving_role_cannot_say_which_migrations_ran(db):
    with pytest.raises(ProgrammingError), transaction.atomic():
        rows("DELETE FROM django_migrations RETURNING 1")
