"""One statement says what six queries and sums in Python say."""

import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

import orjson
import pytest
from django.db.models import F, Max, Sum

from apps.core.query_counter import QueryCounter
from apps.insights import counting
from apps.insights.models import DailyRollup, IssueCount, RollupMark, TenantScore
from apps.insights.selectors import ALL_DAYS, cached_dashboard, dashboard, dashboard_key, open_issues, sla_attainment
from apps.insights.services import refresh_rollups
from apps.issues.models import Category, Issue, Severity
from apps.sla.selectors import attainment
from apps.tenants.scoping import tenant_scope
from tests.conftest import make_city
from tests.insights.writers import Writer

FLOWS = ("reports_received", "issues_opened", "issues_resolved")
OUTCOMES = ("response_met", "response_missed", "resolution_met", "resolution_missed")
TODAY = date(2026, 3, 4)
NOON = datetime(2026, 3, 4, 17, 0, tzinfo=UTC)


def window(days, today):
    """First and last day, from the daily rollups themselves."""
    last = DailyRollup.objects.aggregate(last=Max("day"))["last"]
    if days == ALL_DAYS:
        first = DailyRollup.objects.order_by("day").values_list("day", flat=True).first()
        end = max(today, last) if last and (today - last).days < 31 else last or today
        return first or today, end
    end = last if last is not None and last < today - timedelta(days=days) else today
    return end - timedelta(days=days - 1), end


def expected(days, today):
    """The window's figures, by sums in Python over its daily rollups."""
    first, last = window(days, today)
    monthly = (last - first).days >= 400
    rows = list(DailyRollup.objects.filter(day__range=(first, last)).values())
    before = DailyRollup.objects.filter(day__lt=first).aggregate(n=Sum(F("issues_opened") - F("issues_resolved")))
    points, still_open = defaultdict(lambda: [0, 0, 0]), before["n"] or 0
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        _ = points[day.replace(day=1) if monthly else day]
    for row in rows:
        for position, name in enumerate(FLOWS):
            points[row["day"].replace(day=1) if monthly else row["day"]][position] += row[name]
    flow = []
    for day, (received, opened, resolved) in sorted(points.items()):
        still_open += opened - resolved
        flow.append((day.isoformat(), received, opened, resolved, still_open))
    lines = {
        (key, word): tuple(sum(row[name] for row in rows if row[key] == word) for name in (*FLOWS, *OUTCOMES))
        for key, words in (("category", Category.values), ("severity", Severity.values))
        for word in words
    }
    return (
        (first.isoformat(), last.isoformat(), "month" if monthly else "day"),
        flow,
        lines,
        {name: sum(row[name] for row in rows) for name in OUTCOMES},
    )


def shown(figures):
    """The same from a dashboard."""
    lines = {
        (key, line[key]): (
            *(line[name] for name in ("reports", "opened", "resolved")),
            *(line[metric][outcome] for metric in ("response", "resolution") for outcome in ("met", "missed")),
        )
        for key in ("category", "severity")
        for line in figures[f"by_{key}"]
    }
    outcomes = {name: figures[name.split("_")[0]][name.split("_")[1]] for name in OUTCOMES}
    flow = [tuple(point.values()) for point in figures["flow"]]
    return tuple(figures[name] for name in ("first_day", "last_day", "step")), flow, lines, outcomes


def roll(city, days, seed):
    """Random rollups of some days, and what is summed from them."""
    chance = random.Random(seed)
    names = [*FLOWS, *OUTCOMES, "now_open", "now_on_hold"]
    DailyRollup.objects.bulk_create(
        DailyRollup(day=day, category=category, severity=severity, **{name: chance.randint(0, 9) for name in names})
        for day in days
        for category in Category.values
        for severity in chance.sample(Severity.values, 2)
    )
    # Untriaged: reports and nothing else.
    DailyRollup.objects.bulk_create(DailyRollup(day=day, reports_received=chance.randint(1, 9)) for day in days)
    counting.replace_sums(city.id, list(days))
    counting.replace_totals(city.id, NOON)


HISTORIES = {
    "two years": [TODAY - timedelta(days=n) for n in range(0, 740, 3)],
    "a few days": [TODAY - timedelta(days=n) for n in (0, 1, 5)],
    "some of it to come": [TODAY + timedelta(days=n) for n in range(-40, 12, 4)],
    "an archive": [date(2019, 5, 31) - timedelta(days=n) for n in range(0, 900, 7)],
    "nothing": [],
}


@pytest.mark.parametrize("history", HISTORIES)
def test_every_window_of_every_history_shows_what_its_days_hold(in_city, history):
    roll(in_city, HISTORIES[history], seed=len(history))
    for days in (1, 7, 30, 90, 365, 400, 401, 430, 800, 3_660, ALL_DAYS):
        figures = dashboard(in_city.id, days=days, now=NOON)
        assert shown(figures) == expected(days, TODAY), days
        for key in ("status", "category", "severity"):
            counts = dict(IssueCount.objects.values_list(key).annotate(Sum("issues")))
            here = figures["by_status"] if key == "status" else {n[key]: n["open"] for n in figures[f"by_{key}"]}
            assert {word: open_now for word, open_now in here.items() if open_now} == counts
        assert figures["totals"]["open_issues"] == sum(figures["by_status"].values())
        # Plain values only: they go as they are into JSON and into the cache.
        assert orjson.loads(orjson.dumps(figures)) == figures


def test_a_dashboard_is_one_statement_and_knows_whether_it_is_behind(in_city):
    roll(in_city, HISTORIES["a few days"], seed=1)
    with QueryCounter() as queries:
        assert dashboard(in_city.id, now=NOON)["behind"] is False
    assert len(queries) == 1
    RollupMark.objects.create(day=TODAY)
    assert dashboard(in_city.id, now=NOON)["behind"] is True


@pytest.mark.django_db(transaction=True)
def test_a_cached_dashboard_knows_at_once_that_it_is_behind_and_when_no_more():
    city = make_city("riverton", "Riverton", "America/New_York")
    writer = Writer(city, 1)
    with tenant_scope(city.id):

        def read():
            figures = cached_dashboard(city.id, days=ALL_DAYS)
            return figures["behind"], figures["totals"]["reports"]

        for count in (1, 2):
            writer.submit()
            assert read() == (True, count - 1)
            refresh_rollups(tenant_id=city.id)
            assert read() == (False, count)
            with QueryCounter() as queries:
                assert read() == (False, count)
            assert len(queries) == 0, queries.report()


def test_an_unknown_tenant_is_named(db):
    with tenant_scope(4_711), pytest.raises(LookupError, match="4711"):
        dashboard(4_711)


def test_the_days_end_with_the_tenants_midnight(in_city):
    for now, day in (
        (datetime(2026, 3, 5, 4, 59, tzinfo=UTC), "2026-03-04"),
        (datetime(2026, 3, 5, 5, tzinfo=UTC), "2026-03-05"),
    ):
        assert dashboard(in_city.id, now=now)["last_day"] == day


def test_what_is_cached_is_another_after_midnight_in_every_zone():
    for offset in (timedelta(0), timedelta(hours=5, minutes=45), timedelta(hours=-3, minutes=-30)):
        midnight = datetime(2026, 3, 5, tzinfo=UTC) - offset
        before, after = (dashboard_key(days=30, now=midnight + timedelta(seconds=n)) for n in (-1, 0))
        assert before != after
        assert (
            dashboard_key(days=30, now=midnight + timedelta(minutes=14)) == after != dashboard_key(days=7, now=midnight)
        )


def test_open_issues_and_attainment_are_those_of_the_raw_rows(in_city):
    assert (open_issues(), sla_attainment().issues, sla_attainment().response.share) == (0, 0, None)
    writer = Writer(in_city, 3)
    for _ in range(80):
        writer.step()
    writer.group()
    refresh_rollups(tenant_id=in_city.id)
    assert open_issues() == Issue.objects.open().count() > 0
    for severity in (None, "low", "critical"):
        counted, raw = sla_attainment(severity=severity), attainment(severity=severity)
        assert counted.issues == raw.issues
        for ours, theirs in ((counted.response, raw.response), (counted.resolution, raw.resolution)):
            assert (ours.met, ours.missed, ours.pending) == (theirs.met, theirs.missed, theirs.pending)
            assert ours.mean_seconds == pytest.approx(theirs.mean_seconds)
    assert TenantScore.objects.get().promised > 0


def test_a_question_of_one_row_is_one_query(in_city):
    for ask in (open_issues, sla_attainment, lambda: sla_attainment(severity="low")):
        with QueryCounter() as queries:
            ask()
        assert len(queries) == 1
