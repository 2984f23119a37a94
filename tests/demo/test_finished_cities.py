"""Cities written finished: every table agrees with every other, and with what the product itself would compute."""

from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from django.apps import apps
from django.contrib.postgres.search import SearchQuery
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Count, F, Max, Min

from apps.demo.city import CityOrder, city_profile
from apps.demo.errors import DemoRefused
from apps.demo.management.commands import seed_demo
from apps.demo.models import DemoCity
from apps.demo.selectors import raw_totals
from apps.demo.services import (
    SOURCE,
    complete_city,
    found_finished_cities,
    read_city,
    seed_city,
    submit_live_reports,
    write_finished_city,
)
from apps.grouping.models import Placement, PlacementMethod
from apps.insights.models import DailyRollup, RollupMark, TenantScore
from apps.insights.services import rebuild_rollups
from apps.issues.models import Comment, EventKind, Issue, IssueEvent, IssueNumber, IssueStatus, IssueWords
from apps.issues.rules import TRANSITIONS
from apps.pipeline.services import process_backlog, tenants_behind
from apps.reports.models import Report, ReporterContact, ReportWords
from apps.sla.models import SLAMetric
from apps.sla.services import recompute_clocks
from apps.tenants.models import Tenant
from apps.tenants.scoping import tenant_scope
from apps.triage.models import Classification, ClassificationBatch

UNTIL = datetime(2026, 3, 1, tzinfo=UTC)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SEED = 5
PROBLEMS, REPORTS = 90, 700
ORDER = CityOrder(profile=city_profile(seed=SEED, number=20), problems=PROBLEMS, reports=REPORTS)


class Interrupted(Exception):
    """Ctrl-C, at a chunk's end."""


def silent(rows: int) -> None:
    """Hear of progress."""


def write(chunk_rows: int = 300) -> int:
    (city,) = found_finished_cities(orders=[ORDER], seed=SEED, until=UNTIL)
    write_finished_city(order=ORDER, tenant_id=city.tenant_id, progress=silent, chunk_rows=chunk_rows)
    assert read_city(tenant_id=city.tenant_id, progress=silent) > 0
    complete_city(tenant_id=city.tenant_id, now=NOW, progress=silent)
    return city.tenant_id


def fingerprint() -> list[list[tuple[object, ...]]]:
    """Return what two runs must agree on: all but ids."""
    reports = Report.objects.order_by("public_id").values_list(
        *(
            "public_id",
            "external_id",
            "description",
            "category",
            "severity",
            "service__code",
            "attributes",
            "closed_at",
        ),
        *("issue__number", "issue__department__name", "issue__assignee__email", "media_url", "contacts__email"),
    )
    events = IssueEvent.objects.exclude(kind__in=["assignment", "comment"]).order_by("issue__number", "at", "kind")
    placements = Placement.objects.order_by("report__public_id")
    metrics = SLAMetric.objects.order_by("issue__number")
    return [
        list(reports),
        list(events.values_list("issue__number", "at", "kind", "before", "after", "actor__email")),
        list(placements.values_list("method", "score", "features", "decided_at")),
        list(
            metrics.values_list("state", "response_at", "response_outcome", "resolution_due_at", "resolution_seconds")
        ),
        list(Comment.objects.order_by("issue__number", "created_at").values_list("text", "is_public", "author__email")),
    ]


@pytest.fixture
def finished(db):
    with tenant_scope(write()):
        yield DemoCity.objects.get()


def test_nothing_is_left_for_the_pipeline_to_do(finished):
    assert (finished.written, finished.finished_at) == (REPORTS, NOW)
    assert Report.objects.count() == REPORTS
    assert not Report.objects.exclude(triage_state="done", triage_version=1, issue__isnull=False).exists()
    assert not RollupMark.objects.exists()
    assert not any(tenants_behind().values())


def test_issues_are_numbered_without_gaps_in_order_of_their_first_reports(finished):
    issues = list(Issue.objects.order_by("first_report_at").values_list("number", "pk"))
    assert [number for number, _ in issues] == list(range(1, PROBLEMS + 1))
    assert [pk for _, pk in issues] == sorted(pk for _, pk in issues)
    assert IssueNumber.objects.get().last_number == PROBLEMS


def test_issues_agree_with_their_reports(finished):
    counted = Issue.objects.annotate(
        count=Count("reports"), first=Min("reports__received_at"), last=Max("reports__received_at")
    )
    assert counted.count() == PROBLEMS
    assert not counted.exclude(report_count=F("count"), first_report_at=F("first"), last_report_at=F("last")).exists()
    assert not Report.objects.exclude(category=F("issue__category"), severity=F("issue__severity")).exists()
    assert not Report.objects.filter(status="closed", closed_at__isnull=True).exists()
    assert not Report.objects.filter(status="closed", issue__resolved_at__isnull=True).exists()
    assert not Report.objects.filter(status="open", issue__resolved_at__isnull=False).exists()
    assert Report.objects.filter(status="closed").exists()
    sizes = sorted(Issue.objects.values_list("report_count", flat=True))
    assert sizes[PROBLEMS // 3] <= 2
    assert sizes[-1] > 3 * REPORTS / PROBLEMS


def test_timelines_lead_by_the_workflow_to_where_issues_stand(finished):
    statuses = Counter()
    for issue in Issue.objects.prefetch_related("events"):
        events = sorted(issue.events.all(), key=lambda event: (event.at, event.pk))
        moves = [event for event in events if event.kind == EventKind.STATUS]
        path = ["open", *(move.after["status"] for move in moves)]
        assert path[:-1] == [move.before["status"] for move in moves]
        assert all(IssueStatus(after) in TRANSITIONS[before] for before, after in pairwise(path))
        assert path[-1] == issue.status
        reached = {move.after["status"]: move.at for move in moves}
        assert issue.acknowledged_at == reached.get("acknowledged")
        assert issue.resolved_at == reached.get("resolved")
        assert issue.closed_at == reached.get("closed")
        assert events[0].kind == EventKind.OPENED
        assert issue.first_report_at == events[0].at
        assert all(event.at <= UNTIL for event in events)
        assert issue.updated_at == max(issue.last_report_at, *(move.at for move in moves), issue.first_report_at)
        assigned = [event for event in events if event.kind == EventKind.ASSIGNMENT]
        assert issue.version == 1 + len(moves) + len(assigned)
        assert [event.after for event in assigned] == [
            {"department": issue.department_id, "assignee": issue.assignee_id} for _ in assigned
        ]
        assert bool(issue.department_id) is bool(assigned)
        statuses[issue.status] += 1
    assert {"closed", "in_progress"} <= statuses.keys()


def test_comments_stand_in_the_timeline(finished):
    told = {event.after["comment"]: event for event in IssueEvent.objects.filter(kind=EventKind.COMMENT)}
    comments = Comment.objects.all()
    assert comments
    assert told.keys() == {comment.pk for comment in comments}
    for comment in comments:
        event = told[comment.pk]
        assert (event.issue_id, event.at, event.actor_id) == (comment.issue_id, comment.created_at, comment.author_id)
        assert event.after["public"] is comment.is_public


def test_ledgers_tell_of_every_report_once(finished):
    assert Placement.objects.filter(issue=F("report__issue"), undone_at=None).count() == REPORTS
    methods = Counter(Placement.objects.values_list("method", flat=True))
    assert methods[PlacementMethod.NEW] == PROBLEMS
    assert methods[PlacementMethod.AUTO] > methods[PlacementMethod.MANUAL] > 0
    assert not Placement.objects.filter(method="manual", decided_by=None).exists()
    joined = Placement.objects.filter(method="auto").first()
    assert joined.features.keys() == {"metres", "hours", "text", "address", "contradictions", "profile"}
    answers = Classification.objects.filter(is_current=True)
    assert answers.filter(category=F("report__category"), severity=F("report__severity")).count() == REPORTS
    assert not answers.filter(service__isnull=False).exclude(service=F("report__service")).exists()
    batches = ClassificationBatch.objects.annotate(answers=Count("classifications"))
    assert [(batch.item_count, batch.provider) for batch in batches] == [(batch.answers, "demo") for batch in batches]


def test_texts_can_be_searched(finished):
    report = Report.objects.exclude(address="").first()
    assert ReportWords.objects.count() == REPORTS
    assert IssueWords.objects.count() == PROBLEMS
    street = SearchQuery(report.address, config="english")
    assert report.pk in ReportWords.objects.filter(words=street).values_list("report_id", flat=True)


def test_contacts_and_photos_are_there_for_some(finished):
    assert 0.2 < ReporterContact.objects.count() / REPORTS < 0.4
    assert not ReporterContact.objects.exclude(email__endswith="@example.org").exists()
    assert 0.02 < Report.objects.exclude(media_url="").count() / REPORTS < 0.15


def test_clocks_are_what_the_engine_computes(finished):
    assert SLAMetric.objects.count() == PROBLEMS
    assert {"met", "missed"} <= set(SLAMetric.objects.values_list("resolution_outcome", flat=True))
    ids = list(Issue.objects.values_list("pk", flat=True))
    assert recompute_clocks(tenant_id=finished.tenant_id, issue_ids=ids, now=NOW).clocks == 0


def test_figures_equal_those_of_a_rebuild_and_of_the_raw_rows(finished):
    def figures() -> dict[str, list[tuple[object, ...]]]:
        found = {}
        for model in apps.get_app_config("insights").get_models():
            names = [field.name for field in model._meta.fields if field.name not in ("id", "created_at")]
            found[model.__name__] = sorted(model.objects.values_list(*names), key=repr)
        return found

    before = figures()
    rebuild_rollups(tenant_id=finished.tenant_id, now=NOW)
    assert figures() == before
    totals = raw_totals(tenant_id=finished.tenant_id)
    assert TenantScore.objects.values(*totals).get() == totals


def test_the_same_seed_writes_the_same_city_however_it_is_cut_into_chunks(db):
    found = []
    for chunk_rows in (77, 1_000):
        with transaction.atomic():
            with tenant_scope(write(chunk_rows)):
                found.append(fingerprint())
            transaction.set_rollback(True)
    assert found[0] == found[1]


def test_an_interrupted_city_is_taken_up_where_it_stopped(db):
    with transaction.atomic():
        with tenant_scope(write()):
            whole = fingerprint()
        transaction.set_rollback(True)
    (city,) = found_finished_cities(orders=[ORDER], seed=SEED, until=UNTIL)

    def interrupt(rows: int) -> None:
        raise Interrupted

    with pytest.raises(Interrupted):
        write_finished_city(order=ORDER, tenant_id=city.tenant_id, progress=interrupt, chunk_rows=150)
    with tenant_scope(city.tenant_id):
        assert Report.objects.count() == DemoCity.objects.get().written == 150
    assert write() == city.tenant_id
    with tenant_scope(city.tenant_id):
        assert fingerprint() == whole


def test_another_tenant_sees_nothing_of_the_city(finished, other_city):
    with tenant_scope(other_city.id):
        for model in (Report, Issue, IssueEvent, Comment, Placement, Classification, SLAMetric, DailyRollup, DemoCity):
            assert not model.objects.exists()
            assert not model.all_tenants.exists()
    staff = Tenant.objects.get(pk=finished.tenant_id).memberships.values_list("user_id", flat=True)
    assert set(Issue.objects.exclude(assignee=None).values_list("assignee_id", flat=True)) <= set(staff)


COMMAND = {"reports": 120, "issues": 20, "tenants": 3, "seed": SEED, "finished": True}


def test_repeating_the_command_adds_nothing(db, capsys):
    call_command("seed_demo", **COMMAND)
    assert "wrote 120 of 120 reports; started the clocks of 20 issues; 3 cities" in capsys.readouterr().out
    call_command("seed_demo", **COMMAND)
    assert "wrote 0 of 120 reports; the others were there already" in capsys.readouterr().out
    for tenant in Tenant.objects.all():
        with tenant_scope(tenant.pk):
            city = DemoCity.objects.get()
            assert Report.objects.filter(source=SOURCE).count() == city.reports
            assert Issue.objects.count() == SLAMetric.objects.count() == city.problems


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"reports": 240}, "a finished city does not grow"),
        ({"seed": SEED + 1}, "was made with seed 5"),
        ({"until": "2025-01-01"}, "until"),
    ],
)
def test_other_arguments_are_refused_and_change_nothing(db, changes, message):
    call_command("seed_demo", **COMMAND)
    with pytest.raises(CommandError, match=message):
        call_command("seed_demo", **COMMAND | changes)
    assert Tenant.objects.count() == 3


def test_finished_cities_and_cities_for_the_pipeline_do_not_mix(db):
    found_finished_cities(orders=[ORDER], seed=SEED, until=UNTIL)
    with pytest.raises(DemoRefused, match="was written finished"):
        seed_city(order=ORDER, seed=SEED)
    other = CityOrder(profile=city_profile(seed=SEED, number=1), problems=2, reports=2)
    seed_city(order=other, seed=SEED, until=UNTIL)
    with pytest.raises(DemoRefused, match="was seeded for the pipeline"):
        found_finished_cities(orders=[other], seed=SEED, until=UNTIL)
    assert Tenant.objects.count() == 2


def test_life_goes_on_in_a_finished_city(finished):
    ids = submit_live_reports(order=ORDER, seed=SEED, tenant_id=finished.tenant_id, count=4, now=NOW)
    assert process_backlog(tenant_id=finished.tenant_id).placed == 4
    assert Report.objects.filter(pk__in=ids, issue__isnull=False).count() == 4
    numbers = Issue.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, len(numbers) + 1))
    totals = raw_totals(tenant_id=finished.tenant_id)
    assert TenantScore.objects.values(*totals).get() == totals


def test_ctrl_c_says_how_to_go_on(db, monkeypatch):
    def interrupted(**arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(seed_demo, "seed_finished_cities", interrupted)
    with pytest.raises(CommandError, match="the same command takes it up again") as refusal:
        call_command("seed_demo", **COMMAND)
    assert refusal.value.returncode == 130


def test_two_runs_at_once_do_not_write_a_city_twice(db):
    (city,) = found_finished_cities(orders=[ORDER], seed=SEED, until=UNTIL)

    def overtake(rows: int) -> None:
        DemoCity.objects.update(written=F("written") + 1)

    with pytest.raises(DemoRefused, match="another process"):
        write_finished_city(order=ORDER, tenant_id=city.tenant_id, progress=overtake, chunk_rows=100)
    with tenant_scope(city.tenant_id):
        assert Report.objects.count() == 100
