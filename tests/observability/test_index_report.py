"""Operators see which indexes cost without serving, and which plans read whole tables."""

import json
from contextlib import contextmanager
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, connections

from apps.core.named_queries import NamedQuery, name_queries, named_queries
from apps.observability.explaining import explain, scanned_tables
from apps.observability.selectors import index_usage
from apps.reports.models import Report
from apps.reports.services import NewReport, store_batch
from tests.conftest import MOMENT


@contextmanager
def owned(*statements, undo):
    """Run statements as the role that owns the tables, and take them back."""
    parameters = connections["owner"].get_connection_params() | {"dbname": connection.settings_dict["NAME"]}
    with connections["owner"].Database.connect(**parameters, autocommit=True) as owner:
        for statement in statements:
            owner.execute(statement)
        try:
            yield
        finally:
            connection.close()
            owner.execute(undo)


def index(name):
    return next(each for each in index_usage() if each.name == name)


@pytest.mark.django_db(transaction=True)
def test_superfluous_and_unused_indexes_are_found(transactional_db):
    with owned(
        "CREATE INDEX zz_prefix ON issues (tenant_id, cell) WHERE cell IS NOT NULL AND merged_into_id IS NULL",
        "CREATE INDEX zz_other_condition ON issues (tenant_id, cell)",
        "CREATE INDEX zz_other_order ON reports (tenant_id, received_at)",
        "CREATE INDEX zz_first ON comments (tenant_id, text)",
        "CREATE INDEX zz_second ON comments (tenant_id, text)",
        "CREATE INDEX zz_like_the_constraint ON departments (tenant_id, name)",
        undo="DROP INDEX zz_prefix, zz_other_condition, zz_other_order, zz_first, zz_second, zz_like_the_constraint",
    ):
        covered = {each.name: each.covered_by for each in index_usage()}
        assert covered["zz_prefix"] == "idx_issues_tenant_cell"
        assert covered["zz_other_condition"] is covered["zz_other_order"] is covered["zz_first"] is None
        assert covered["zz_second"] == "zz_first"
        assert covered["zz_like_the_constraint"] == "uniq_departments_tenant_name"
        assert index("zz_prefix").unused
        shown = StringIO()
        with pytest.raises(SystemExit) as ended:
            call_command("index_report", unused=True, json=True, stdout=shown)
        assert ended.value.code == 1
        unused = {each["name"]: each for each in json.loads(shown.getvalue())}
        assert unused["zz_prefix"]["table"] == "issues"
        assert "issues_pkey" not in unused


def test_no_index_of_ours_is_superfluous_or_broken(db):
    found = index_usage()
    assert len(found) > 60
    assert [each.name for each in found if not each.valid] == []
    assert [f"{each.name} beside {each.covered_by}" for each in found if each.covered_by] == []


def test_the_report_can_be_read(db):
    shown = StringIO()
    call_command("index_report", stdout=shown)
    lines = shown.getvalue().splitlines()
    (line,) = [line for line in lines if " reports_pkey " in line]
    assert line.split()[0] == "reports"
    assert line.endswith("constraint")
    assert lines[-1].startswith(f"{len(index_usage())} indexes")


@pytest.fixture
def stored(in_city):
    rows = [NewReport(external_id="", description=f"Nr {n}", received_at=MOMENT) for n in range(20)]
    store_batch(tenant_id=in_city.id, reports=rows)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_indexonlyscan = off")
    return in_city


@pytest.mark.parametrize("analyze", [True, False])
def test_a_sequential_scan_is_noticed_in_the_plan(stored, analyze):
    found = explain("all", lambda: list(Report.objects.all()), analyze=analyze, large_from_rows=0)
    assert found.scanned == ("reports",)
    (statement,) = found.statements
    assert statement.scanned == ("reports",)
    assert (statement.rows == 20) is analyze
    assert explain("all", lambda: list(Report.objects.all()), analyze=False, large_from_rows=1_000_000).scanned == ()


def test_a_sequential_scan_inside_a_function_is_noticed(stored):
    def count():
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE FUNCTION pg_temp.counted() RETURNS bigint LANGUAGE plpgsql AS "
                "$$ BEGIN RETURN (SELECT count(*) FROM reports); END $$"
            )
            cursor.execute("SELECT 1")
            cursor.execute("DO $$ BEGIN PERFORM pg_temp.counted(); END $$")

    found = explain("function", count, analyze=True, large_from_rows=0)
    assert [statement.scanned for statement in found.statements] == [()]
    assert found.scanned == ("reports",)


def test_scans_are_found_however_deep():
    leaf = {"Node Type": "Seq Scan", "Relation Name": "issues"}
    plan = {"Node Type": "Limit", "Plans": [{"Node Type": "Index Scan", "Relation Name": "reports", "Plans": [leaf]}]}
    assert scanned_tables(plan) == {"issues"}


def test_nothing_that_an_explained_query_writes_stays(in_city):
    def write():
        store_batch(tenant_id=in_city.id, reports=[NewReport(external_id="", description="x", received_at=MOMENT)])

    found = explain("writes", write, analyze=True)
    assert any("INSERT INTO" in statement.sql for statement in found.statements)
    assert Report.objects.count() == 0


def explained(*arguments, **options):
    shown = StringIO()
    call_command("explain_query", *arguments, stdout=shown, stderr=shown, **options)
    return shown.getvalue()


def test_every_named_query_can_be_explained(stored):
    names = explained().splitlines()
    assert len(names) > 80
    assert {"list: reports, newest", "search reports, common", "sweep: tenants behind"} <= set(names)
    document = json.loads(explained(all=True, analyze=True, json=True, tenant="riverton", large_from=10**9))
    assert [each["name"] for each in document] == names
    silent = [each["name"] for each in document if not each["statements"]]
    assert silent == []


def test_a_query_that_reads_a_whole_table_ends_the_command_with_1_unless_it_may(stored, monkeypatch):
    monkeypatch.setattr("apps.core.named_queries._register", dict(named_queries()))
    name_queries([NamedQuery("test: scan", lambda _: list(Report.objects.all()))])
    with pytest.raises(SystemExit) as ended:
        explained("test: scan", large_from=0)
    assert ended.value.code == 1
    name_queries([NamedQuery("test: scan", lambda _: list(Report.objects.all()), may_scan=True)])
    assert "READS ALL OF reports" in explained("test: scan", large_from=0)


def test_unknown_names_and_tenants_are_refused(in_city):
    with pytest.raises(CommandError, match="no query's name begins with 'nothing'"):
        explained("nothing")
    with pytest.raises(CommandError, match="no active tenant 'nowhere'"):
        explained("reports", tenant="nowhere")
