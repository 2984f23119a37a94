"""Whatever is written in whatever order, the figures kept step by step are those of the raw rows, to the last row."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from apps.core.clock import now
from apps.grouping.errors import MoveRefused, PlacesKeepChanging
from apps.insights import counting
from apps.insights.models import DailyRollup, IssueCount, RollupMark, TenantScore
from apps.insights.services import check_rollups, rebuild_rollups, refresh_rollups
from apps.issues.errors import TransitionRefused
from apps.reports.services import ReportDraft, submit_report
from apps.tenants.scoping import tenant_scope
from tests.conftest import make_city
from tests.insights.oracle import kept_figures, true_figures
from tests.insights.writers import Writer

STEPS = 200
# Clocks go back at one, to midnight, on the Azores; by half an hour on Lord Howe; never in Kathmandu.
ZONES = ["America/New_York", "Atlantic/Azores", "Australia/Lord_Howe", "Asia/Kathmandu"]


@pytest.mark.parametrize(("seed", "zone"), list(enumerate(ZONES)))
def test_any_mix_of_writes_leaves_the_figures_of_a_rebuild(db, seed, zone):
    city = make_city("riverton", "Riverton", zone)
    writer = Writer(city, seed)
    with tenant_scope(city.id):
        for step in range(STEPS):
            writer.step()
            if writer.random.random() < 0.12 or step == STEPS - 1:
                refresh_rollups(tenant_id=city.id)
                assert kept_figures() == true_figures(city.tenant), f"seed {seed}, step {step}"
        incremental = kept_figures()
        assert rebuild_rollups(tenant_id=city.id).is_exact
        assert kept_figures() == incremental
        # Enough has happened for the comparison to mean something.
        totals = TenantScore.objects.get()
        assert min(totals.open_issues, totals.resolved_issues, totals.resolution_met, totals.resolution_missed) > 0


@pytest.mark.django_db(transaction=True)
def test_no_day_is_lost_between_writers_and_refreshes_at_once():
    city = make_city("riverton", "Riverton", "America/New_York")
    done = Event()

    def write(seed: int) -> None:
        writer = Writer(city, seed)
        try:
            with tenant_scope(city.id):
                for _ in range(60):
                    try:
                        writer.step()
                    except (OperationalError, PlacesKeepChanging, MoveRefused, TransitionRefused):
                        # Two of them met at one row, and one withdrew: nothing of its step is there.
                        continue
        finally:
            connection.close()

    def refresh() -> int:
        days = 0
        try:
            with tenant_scope(city.id):
                while not done.is_set():
                    days += refresh_rollups(tenant_id=city.id).days
        finally:
            connection.close()
        return days

    with ThreadPoolExecutor(5) as pool:
        refreshing = [pool.submit(refresh) for _ in range(2)]
        writing = [pool.submit(write, seed) for seed in range(100, 103)]
        try:
            for each in writing:
                each.result()
        finally:
            done.set()
        assert sum(each.result() for each in refreshing) > 0
    with tenant_scope(city.id):
        refresh_rollups(tenant_id=city.id)
        assert not RollupMark.objects.exists()
        assert kept_figures() == true_figures(city.tenant)
        assert check_rollups(tenant_id=city.id).is_exact


@pytest.mark.django_db(transaction=True)
def test_a_refresh_in_the_middle_of_another_waits_and_then_counts_what_came_meanwhile(moment, monkeypatch):
    city = make_city("riverton", "Riverton", "America/New_York")
    replace_days, replace_totals = counting.replace_days, counting.replace_totals
    submitted, done = Event(), Event()

    def submit(days_later: int) -> None:
        draft = ReportDraft(description="Noise", lat=42.36, lng=-71.06)
        submit_report(tenant_id=city.id, draft=draft, channel="web", now=moment + timedelta(days=days_later))

    def other() -> None:
        try:
            with tenant_scope(city.id):
                submit(1)
                submitted.set()
                refresh_rollups(tenant_id=city.id)
        finally:
            done.set()
            connection.close()

    def count_then_let_the_other_write(*args):
        changed = replace_days(*args)
        if not submitted.is_set():
            pool.submit(other)
            assert submitted.wait(timeout=30)
        return changed

    def wait_until_the_other_waits(*args):
        monkeypatch.setattr(counting, "replace_totals", replace_totals)
        with connection.cursor() as cursor:
            for _ in range(1_000):
                cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                if cursor.fetchone()[0] or done.wait(timeout=0.01):
                    break
        replace_totals(*args)

    monkeypatch.setattr(counting, "replace_days", count_then_let_the_other_write)
    monkeypatch.setattr(counting, "replace_totals", wait_until_the_other_waits)
    with ThreadPoolExecutor(1) as pool, tenant_scope(city.id):
        submit(0)
        refresh_rollups(tenant_id=city.id)
    with tenant_scope(city.id):
        assert DailyRollup.objects.count() == 2
        assert kept_figures() == true_figures(city.tenant)


@pytest.fixture
def worked(in_city):
    writer = Writer(in_city, 7)
    for action in (Writer.submit, Writer.import_some, Writer.triage, Writer.group):
        action(writer)
    refresh_rollups(tenant_id=in_city.id)
    return in_city


def test_a_rebuild_finds_tells_and_mends_what_is_wrong(worked, capsys):
    row = DailyRollup.objects.earliest("day")
    DailyRollup.objects.filter(pk=row.pk).update(issues_opened=999)
    IssueCount.objects.all().delete()
    TenantScore.objects.update(reports=1_000_000)
    wrong = kept_figures()
    with pytest.raises(CommandError, match="1 tenants differ"):
        call_command("refresh_scores", "--check")
    assert kept_figures() == wrong
    call_command("refresh_scores", "--rebuild")
    said = capsys.readouterr().out
    assert row.day.isoformat() in said
    assert kept_figures() == true_figures(worked.tenant)
    call_command("refresh_scores", "--check")
    assert "no difference" in capsys.readouterr().out


def test_being_behind_is_no_difference(worked):
    Writer(worked, 8).submit()
    found = check_rollups(tenant_id=worked.id)
    assert found.is_exact
    assert RollupMark.objects.exists()


def test_figures_of_days_that_have_nothing_left_go(worked):
    refresh_rollups(tenant_id=worked.id)
    DailyRollup.objects.create(day=now().date().replace(year=1999, day=1), category="noise", severity="low")
    assert len(rebuild_rollups(tenant_id=worked.id).wrong_days) == 1
    assert kept_figures() == true_figures(worked.tenant)
