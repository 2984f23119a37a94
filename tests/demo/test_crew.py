"""Work spread over processes: done in full, in the test's database, and given up together."""

import psycopg
import pytest
from django.core.management import call_command
from django.db import connections
from django.db.models import Sum

from apps.demo.crew import CrewFailed, work_through
from apps.demo.management.commands import seed_demo
from apps.demo.services import all_finished
from apps.issues.models import Issue
from apps.reports.models import Report
from apps.tenants.models import Tenant
from apps.tenants.scoping import all_tenants


def count_up(job: int, heard) -> int:
    for _ in range(job):
        heard(1)
    return job * job


def fail_at_two(job: int, heard) -> int:
    if job == 2:
        raise LookupError("two is not to be had")
    while True:
        heard(1)


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_the_order_of_the_jobs_and_all_progress_is_heard(workers):
    heard: list[int] = []
    assert work_through(count_up, [3, 1, 2], workers=workers, heard=heard.append) == [9, 1, 4]
    assert sum(heard) == 6


def test_one_failure_ends_all_and_tells_why():
    # The first job would never end by itself.
    with pytest.raises(CrewFailed, match="LookupError: two is not to be had"):
        work_through(fail_at_two, [1, 2], workers=2, heard=lambda amount: None)


@pytest.mark.django_db(databases=["default", "owner"], transaction=True)
def test_a_large_seeding_uses_processes_and_leaves_tables_vacuumed_and_analysed(monkeypatch, capsys):
    monkeypatch.setattr(all_finished, "ROWS_WORTH_THE_EFFORT", 100)
    call_command("seed_demo", reports=400, issues=60, tenants=3, finished=True, workers=2)
    assert "wrote 400 of 400 reports" in capsys.readouterr().out
    assert Tenant.objects.count() == 3
    with all_tenants("test"):
        assert Report.all_tenants.filter(triage_state="done", issue__isnull=False).count() == 400
        assert Issue.all_tenants.aggregate(total=Sum("report_count")) == {"total": 400}
    owner = connections["owner"].get_connection_params() | {"dbname": connections["default"].settings_dict["NAME"]}
    with psycopg.connect(**owner) as connection:
        found = connection.execute(
            "SELECT relname, reltuples, relallvisible FROM pg_class WHERE relname = ANY(%s)",
            [["reports", "issues", "sla_metrics"]],
        ).fetchall()
    assert {(name, tuples) for name, tuples, _ in found} == {("reports", 400), ("issues", 60), ("sla_metrics", 60)}
    assert all(visible > 0 for *_, visible in found)


NOTHING_SAID = {"reports": 8_000, "finished": False, "pipeline": False, "no_pipeline": False}


@pytest.mark.parametrize(
    ("said", "finished"),
    [
        ({}, False),
        ({"reports": 49_999}, False),
        ({"reports": 50_000}, True),
        ({"reports": 1_000_000}, True),
        ({"finished": True}, True),
        ({"reports": 1_000_000, "pipeline": True}, False),
        ({"reports": 1_000_000, "no_pipeline": True}, False),
    ],
)
def test_large_seedings_are_written_finished_unless_told_otherwise(monkeypatch, db, said, finished):
    ways: list[str] = []
    command = seed_demo.Command()
    monkeypatch.setattr(command, "_write_finished", lambda *args: ways.append("finished"))
    monkeypatch.setattr(command, "_seed_for_pipeline", lambda *args: ways.append("pipeline"))
    call_command(command, **NOTHING_SAID | said)
    assert ways == ["finished" if finished else "pipeline"]
