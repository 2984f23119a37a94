"""A city at work, at random: everything that services let people, sources and sweeps do."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apps.core import clock
from apps.grouping.services import move_report
from apps.issues.models import Category, Issue, Severity
from apps.issues.selectors import allowed_transitions
from apps.issues.services import assign_issue, reclassify_issue, transition_issue
from apps.pipeline.services import group_backlog, triage_backlog
from apps.reports.models import Report
from apps.reports.services import NewReport, ReportDraft, set_classification, store_batch, submit_report
from apps.sla.models import SLAPolicy
from apps.sla.services import check_due_clocks, recompute_clocks, rematch_clocks
from tests.conftest import City

# Around both changes of the clocks of a year, and around a leap day.
_ABOUT = [
    datetime(2025, 10, 26, 0, 30, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
    datetime(2025, 11, 2, 5, 30, tzinfo=UTC),
    datetime(2026, 3, 4, 15, 0, tzinfo=UTC),
    datetime(2024, 2, 29, 23, 50, tzinfo=UTC),
]
_TEXTS = ["Deep pothole in the road", "Graffiti on the wall", "Loud noise at night", "Gas smell, dangerous", "Trash"]


class Writer:
    """Does one thing after another in a city; the same seed does the same things."""

    def __init__(self, city: City, seed: int) -> None:
        self.city = city
        self.random = random.Random(seed)
        self.sent: list[NewReport] = []
        self.seed = seed

    def moment(self) -> datetime:
        """Some instant: often within the hour of a change of the clocks, now and then about the present."""
        # Whole hours of the present, so that a seed's minutes are the same whenever it runs.
        present = clock.now().replace(minute=0, second=0, microsecond=0)
        about = self.random.choice([*_ABOUT, present - timedelta(days=3), present - timedelta(hours=9)])
        spread = self.random.choice([45, 45, 400]) if about < present - timedelta(days=4) else 480
        return about + timedelta(minutes=self.random.randint(-spread, spread))

    def step(self) -> None:
        """Do one thing."""
        self.random.choice(self.ACTIONS)(self)

    def submit(self) -> None:
        draft = ReportDraft(
            description=self.random.choice(_TEXTS), lat=42.36 + self.random.randint(0, 3) / 1_000, lng=-71.06
        )
        submit_report(tenant_id=self.city.id, draft=draft, channel="web", now=self.moment())

    def import_some(self) -> None:
        rows = [self._imported() for _ in range(self.random.randint(1, 4))]
        self.sent += rows
        store_batch(tenant_id=self.city.id, reports=rows)

    def import_again(self) -> None:
        """The source tells something else of a report than before."""
        if self.sent:
            told = self.random.choice(self.sent)
            self.sent.append(self._imported(told.external_id, told.received_at))
            store_batch(tenant_id=self.city.id, reports=self.sent[-1:])

    def _imported(self, external_id: str = "", received_at: datetime | None = None) -> NewReport:
        received = received_at or self.moment()
        closed = self.random.random() < 0.6
        return NewReport(
            external_id=external_id or f"{self.seed}-{len(self.sent)}-{self.random.randint(0, 10**9)}",
            source="open311",
            description=self.random.choice(_TEXTS),
            received_at=received,
            lat=42.37 + self.random.randint(0, 2) / 1_000,
            lng=-71.06,
            status="closed" if closed else "open",
            acknowledged_at=received + timedelta(hours=2) if self.random.random() < 0.5 else None,
            closed_at=received + timedelta(hours=self.random.randint(3, 900)) if closed else None,
            historic=self.random.random() < 0.8,
        )

    def triage(self) -> None:
        triage_backlog(tenant_id=self.city.id)

    def group(self) -> None:
        group_backlog(tenant_id=self.city.id)

    def correct(self) -> None:
        report = self._one(Report)
        if report is not None:
            set_classification(
                tenant_id=self.city.id,
                report_id=report.pk,
                category=self.random.choice(Category.values),
                severity=self.random.choice(Severity.values),
                service_id=None,
            )

    def move(self) -> None:
        report = self._one(Report, issue__isnull=False)
        issue = self._one(Issue)
        if report is not None and issue is not None:
            move_report(tenant_id=self.city.id, report_id=report.pk, issue_id=issue.pk, actor=self.city.officer)

    def transition(self) -> None:
        issue = self._one(Issue)
        if issue is not None:
            status = self.random.choice(allowed_transitions(issue.status))
            now = max(self.moment(), issue.first_report_at)
            transition_issue(issue_id=issue.pk, status=status, actor=self.city.officer, now=now)

    def reclassify(self) -> None:
        issue = self._one(Issue)
        if issue is not None:
            reclassify_issue(
                issue_id=issue.pk,
                actor=self.city.officer,
                now=self.moment(),
                category=self.random.choice([None, *Category.values]),
                severity=self.random.choice([None, *Severity.values]),
            )

    def assign(self) -> None:
        issue = self._one(Issue)
        if issue is not None:
            assign_issue(
                issue_id=issue.pk,
                actor=None,
                now=self.moment(),
                department=None,
                assignee=self.random.choice([None, self.city.officer]),
            )

    def sweep(self) -> None:
        """Time passes: some of the clocks that run are late now."""
        check_due_clocks(now=clock.now() + timedelta(days=self.random.randint(0, 30)), limit=5)

    def switch_policies(self) -> None:
        """Without a policy in force new issues have no promise, and old ones keep theirs."""
        SLAPolicy.objects.update(is_active=self.random.random() < 0.7)

    def measure_again(self) -> None:
        issue = self._one(Issue)
        if issue is not None:
            again = self.random.choice([recompute_clocks, rematch_clocks])
            again(tenant_id=self.city.id, issue_ids=[issue.pk], now=self.moment())

    def _one(self, model: type, **of: object) -> "Report | Issue | None":
        ids = list(model.objects.filter(**of).order_by("pk").values_list("pk", flat=True))
        return model.objects.get(pk=self.random.choice(ids)) if ids else None

    ACTIONS: list[Callable[["Writer"], None]] = [
        *[submit, import_some, triage, group, group, transition, transition, transition],
        *[import_again, correct, move, reclassify, assign, sweep, switch_policies, measure_again],
    ]
