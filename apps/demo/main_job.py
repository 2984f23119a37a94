"""The main job once, as it happens in a city: reports come in, a worker does the rest, staff act, figures follow."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime

from apps.core import clock
from apps.demo import selectors
from apps.demo.city import CityOrder
from apps.demo.errors import StageStuck
from apps.demo.services import SeededCity, seed_city, submit_live_reports
from apps.insights.selectors import ALL_DAYS, dashboard
from apps.issues.models import OPEN_STATUSES, Issue, IssueStatus
from apps.issues.services import transition_issue
from apps.tenants.models import Tenant
from apps.tenants.scoping import tenant_scope
from apps.tenants.services import create_user, grant_membership

ACKNOWLEDGED, RESOLVED = 12, 6
# No stage of a few thousand reports is silent for so long, even on one slow core.
PATIENCE_SECONDS = 60.0
_POLL_SECONDS = 0.2
_STAGES = ("triage", "grouping", "clocks", "rollups")
Say = Callable[[str], None]


@dataclass
class Summary:
    """What the main job has made, how long it took and how good it was; written as JSON."""

    counts: dict[str, int]
    dashboard: dict[str, int]
    raw: dict[str, int]
    staff: dict[str, int]
    triage: dict[str, float]
    grouping: dict[str, float]
    seconds: dict[str, float] = field(default_factory=dict)

    def problems(self) -> list[str]:
        """Return why the job cannot count as done, empty when every stage did its work."""
        counts = self.counts
        found = [f"{name} is 0" for name, count in counts.items() if not count]
        if counts["classified"] != counts["reports"]:
            found.append(f"classified is {counts['classified']}, reports is {counts['reports']}")
        found += [
            f"the dashboard says {name} {self.dashboard[name]}, the raw rows say {count}"
            for name, count in self.raw.items()
            if self.dashboard[name] != count
        ]
        found += [f"staff: {name} is 0" for name, count in self.staff.items() if not count]
        return found


def run_main_job(
    *,
    order: CityOrder,
    seed: int,
    live: int,
    last_words: Callable[[], str],
    say: Say,
    patience_seconds: float = PATIENCE_SECONDS,
) -> Summary:
    """Seed a city, let live reports come in, wait for the worker, act as staff does, and compare the figures.

    A worker must run on the same database and queue. `last_words` tells what it wrote last, should a stage be stuck;
    `patience_seconds` is how long nothing may move.
    Errors: StageStuck, naming the stage.
    """
    watch = _Watch()
    worker = _Worker(last_words=last_words, patience_seconds=patience_seconds, say=say)
    city = seed_city(order=order, seed=seed)
    say(f"{city.name}: {city.stored:,} reports of two years stored")
    watch.lap("seed")
    submit_live_reports(order=order, seed=seed, tenant_id=city.tenant_id, count=live, now=clock.now())
    say(f"{live} citizens have reported something just now")
    watch.lap("live")
    with tenant_scope(city.tenant_id):
        worker.wait(city.tenant_id, watch)
        staff = _act(city, clock.now())
        say(f"staff acknowledged {staff['acknowledged']} issues and resolved {staff['resolved']}")
        watch.lap("staff")
        worker.wait(city.tenant_id, _Watch())
        watch.lap("staff figures")
        return _summary(city.tenant_id, staff, watch)


class _Watch:
    """Seconds of each part, in order."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._began = self._last = time.monotonic()

    def lap(self, name: str) -> None:
        """Say that a part has ended now."""
        now = time.monotonic()
        self.seconds[name] = round(now - self._last, 2)
        self._last = now

    def total(self) -> float:
        """Return the seconds since the beginning."""
        return round(time.monotonic() - self._began, 2)


@dataclass(frozen=True)
class _Worker:
    """The worker as seen from here: what is left to do, and what it said last."""

    last_words: Callable[[], str]
    patience_seconds: float
    say: Say

    def wait(self, tenant_id: int, watch: _Watch) -> None:
        """Wait until no stage has work left; a stage is over when it and all before it are."""
        before: dict[str, int] = {}
        moved, over = time.monotonic(), 0
        while True:
            left: dict[str, int] = asdict(selectors.waiting_work(tenant_id=tenant_id))
            while over < len(_STAGES) and not left[_STAGES[over]]:
                watch.lap(_STAGES[over])
                over += 1
            if not any(left.values()):
                return
            if left != before:
                before, moved = left, time.monotonic()
                self.say("waiting: " + ", ".join(f"{name} {count:,}" for name, count in left.items()))
            elif time.monotonic() - moved > self.patience_seconds:
                raise self._stuck(left)
            time.sleep(_POLL_SECONDS)

    def _stuck(self, left: dict[str, int]) -> StageStuck:
        stage = next(name for name in _STAGES if left[name])
        return StageStuck(
            f"{stage} is stuck: {left[stage]:,} left, and nothing has moved for {self.patience_seconds:g} s. "
            f"The worker's last lines:\n{self.last_words()}"
        )


def _act(city: SeededCity, now: datetime) -> dict[str, int]:
    """Acknowledge and resolve some of the issues that live reports have opened, and see their clocks answer."""
    officer = create_user(email=f"officer@{city.slug}.example", name=f"Officer of {city.name}")
    grant_membership(user=officer, tenant=Tenant.objects.get(pk=city.tenant_id))
    waiting = Issue.objects.filter(historic=False, status__in=OPEN_STATUSES, merged_into=None)
    issues = [issue.pk for issue in waiting.order_by("number")[:ACKNOWLEDGED]]
    for issue_id in issues:
        transition_issue(issue_id=issue_id, status=IssueStatus.ACKNOWLEDGED, actor=officer, now=now)
    for issue_id in issues[:RESOLVED]:
        transition_issue(issue_id=issue_id, status=IssueStatus.RESOLVED, actor=officer, now=now)
    return {
        "acknowledged": len(issues),
        "resolved": len(issues[:RESOLVED]),
        "responses measured": Issue.objects.filter(
            pk__in=issues, sla_metrics__response_outcome__in=("met", "missed")
        ).count(),
        "resolutions measured": Issue.objects.filter(
            pk__in=issues, sla_metrics__resolution_outcome__in=("met", "missed")
        ).count(),
    }


def _summary(tenant_id: int, staff: dict[str, int], watch: _Watch) -> Summary:
    accuracy = selectors.triage_accuracy(tenant_id=tenant_id)
    quality = selectors.grouping_quality(tenant_id=tenant_id)
    totals = dashboard(tenant_id, days=ALL_DAYS, now=clock.now())["totals"]
    watch.lap("figures")
    return Summary(
        counts=selectors.stage_counts(tenant_id=tenant_id),
        dashboard=dict(totals),
        raw=selectors.raw_totals(tenant_id=tenant_id),
        staff=staff,
        triage=asdict(accuracy),
        grouping=asdict(quality),
        seconds=watch.seconds | {"total": watch.total()},
    )
