"""Make calendars and policies, checked before anything is written."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Max

from apps.issues.models import Category, Severity
from apps.sla.engine import ALL_TIME, timeline
from apps.sla.errors import CalendarHorizonExceeded, PolicyInvalid
from apps.sla.models import BusinessCalendar, Metric, SLAPolicy, SLATarget, TargetClock
from apps.sla.rules import opening_hours, read_match
from apps.tenants.models import Tenant
from apps.tenants.scoping import tenant_scope

_ALLOWED = {"category": frozenset(Category.values), "severity": frozenset(Severity.values)}
# Any start will do to see whether a target can be reached at all; a fixed one keeps the answer the same every day.
_PROBE = datetime(2026, 1, 1, tzinfo=UTC)


class TargetSpec(NamedTuple):
    """One target of a policy to be: so many minutes of its clock for a metric of issues of a severity."""

    severity: str
    metric: str
    minutes: int
    clock: str = TargetClock.BUSINESS.value


# Monday to Friday, 9 to 17 local time: the hours that most helpdesks begin with (docs/sla.md, SeeClickFix CRM).
OFFICE_HOURS = [{"weekday": weekday, "start": 9 * 60, "end": 17 * 60} for weekday in range(5)]
WORKING_DAY = 8 * 60
# Resolution: Boston's own targets of 2015 (66,073 cases of boston_crm_2015) have their quantiles at 24 h (5 to 10 %),
# 72 to 120 h (25 to 30 %), 336 h (45 %) and 720 h (70 %); in working days 3, 10 and 22. Response: no city publishes
# it; starting values, to be measured.
DEFAULT_TARGETS = (
    TargetSpec("critical", "response", 60, "calendar"),
    TargetSpec("critical", "resolution", 24 * 60, "calendar"),
    TargetSpec("high", "response", WORKING_DAY // 2),
    TargetSpec("high", "resolution", 3 * WORKING_DAY),
    TargetSpec("medium", "response", WORKING_DAY),
    TargetSpec("medium", "resolution", 10 * WORKING_DAY),
    TargetSpec("low", "response", 2 * WORKING_DAY),
    TargetSpec("low", "resolution", 22 * WORKING_DAY),
)


def create_calendar(
    *,
    tenant_id: int,
    name: str,
    time_zone: str,
    intervals: Sequence[Mapping[str, Any]],
    exceptions: Sequence[Mapping[str, Any]] = (),
) -> BusinessCalendar:
    """Make a calendar, or the next version of the calendar of that name. Errors: CalendarInvalid naming the field."""
    opening_hours(time_zone, intervals, exceptions)
    with tenant_scope(tenant_id), transaction.atomic():
        latest = BusinessCalendar.objects.filter(name=name).aggregate(latest=Max("version"))["latest"] or 0
        return BusinessCalendar.objects.create(
            name=name,
            version=latest + 1,
            time_zone=time_zone,
            intervals=list(intervals),
            exceptions=list(exceptions),
        )


def create_policy(
    *,
    tenant_id: int,
    name: str,
    calendar: BusinessCalendar,
    targets: Sequence[TargetSpec],
    match: Mapping[str, Any] | None = None,
    position: int = 100,
) -> SLAPolicy:
    """Make a policy, or the next version of the policy of that name, which then takes the earlier one's place.

    Clocks that run keep what they were promised. Errors: PolicyInvalid naming the field, also for a target that its
    calendar cannot reach within five years and for a severity that lacks one of the two metrics.
    """
    document = dict(match or {})
    read_match(document, _ALLOWED)
    _check_targets(calendar, targets)
    with tenant_scope(tenant_id), transaction.atomic():
        versions = SLAPolicy.objects.filter(name=name)
        latest = versions.aggregate(latest=Max("version"))["latest"] or 0
        versions.filter(is_active=True).update(is_active=False)
        policy = SLAPolicy.objects.create(
            name=name, version=latest + 1, position=position, match=document, calendar=calendar
        )
        SLATarget.objects.bulk_create(SLATarget(policy=policy, **target._asdict()) for target in targets)
    return policy


def _check_targets(calendar: BusinessCalendar, targets: Sequence[TargetSpec]) -> None:
    if not targets:
        raise PolicyInvalid("targets", "at least one severity needs its targets")
    for index, target in enumerate(targets):
        _check_target(f"targets[{index}]", calendar, target)
    named = [(target.severity, target.metric) for target in targets]
    for severity in dict.fromkeys(severity for severity, _ in named):
        for metric in Metric.values:
            if named.count((severity, metric)) != 1:
                raise PolicyInvalid("targets", f"{severity} needs exactly one target for {metric}")


def _check_target(field: str, calendar: BusinessCalendar, target: TargetSpec) -> None:
    allowed = {"severity": Severity.values, "metric": Metric.values, "clock": TargetClock.values}
    for name, values in allowed.items():
        if getattr(target, name) not in values:
            raise PolicyInvalid(f"{field}.{name}", f"must be among {', '.join(values)}")
    if type(target.minutes) is not int or target.minutes < 0:
        raise PolicyInvalid(f"{field}.minutes", "must be a whole number, 0 or more")
    open_time = timeline(calendar.hours) if target.clock == TargetClock.BUSINESS else ALL_TIME
    try:
        open_time.after(_PROBE, timedelta(minutes=target.minutes))
    except (CalendarHorizonExceeded, OverflowError) as error:
        raise PolicyInvalid(f"{field}.minutes", "cannot be reached within five years under this calendar") from error


def create_default_policies(*, tenant_id: int) -> SLAPolicy:
    """Give a tenant its first calendar, office hours in its own time zone, and a policy with targets per severity.

    A tenant that has a policy in force keeps it: running twice changes nothing.
    """
    with tenant_scope(tenant_id), transaction.atomic():
        # The lock makes the second of two callers wait and find what the first one made.
        tenant = Tenant.objects.select_for_update().get(pk=tenant_id)
        existing = SLAPolicy.objects.filter(is_active=True).order_by("position", "name").first()
        if existing is not None:
            return existing
        calendar = create_calendar(
            tenant_id=tenant_id, name="Office hours", time_zone=tenant.timezone, intervals=OFFICE_HOURS
        )
        return create_policy(tenant_id=tenant_id, name="Standard", calendar=calendar, targets=DEFAULT_TARGETS)
