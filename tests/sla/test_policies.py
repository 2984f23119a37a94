"""Calendars and policies: made, versioned, refused."""

from typing import Any

import pytest

from apps.sla.errors import CalendarInvalid, PolicyInvalid
from apps.sla.models import BusinessCalendar, SLAPolicy
from apps.sla.rules import Metric
from apps.sla.selectors import active_policies, promise_book
from apps.sla.services import TargetSpec, create_calendar, create_default_policies, create_policy
from tests.conftest import City

MONDAY = [{"weekday": 0, "start": 540, "end": 600}]
HIGH = [TargetSpec("high", "response", 5), TargetSpec("high", "resolution", 60)]


def test_a_tenant_gets_its_calendar_and_targets_once(served: City) -> None:
    again = create_default_policies(tenant_id=served.id)
    (policy,) = active_policies()
    assert policy == again
    assert policy.calendar.time_zone == "America/New_York"
    assert {(t.severity, t.metric): (t.minutes, t.clock) for t in policy.targets.all()}["critical", "response"] == (
        60,
        "calendar",
    )
    assert policy.targets.count() == 8


def test_the_first_policy_that_matches_decides_and_a_new_version_takes_its_place(served: City) -> None:
    calendar = create_calendar(tenant_id=served.id, name="Mondays", time_zone="UTC", intervals=MONDAY)
    noise = {"tenant_id": served.id, "name": "Noise", "calendar": calendar, "match": {"category": "noise"}}
    create_policy(**noise, targets=HIGH, position=1)
    newer = create_policy(**noise, targets=[target._replace(minutes=7) for target in HIGH], position=1)
    assert (newer.version, SLAPolicy.objects.filter(name="Noise", is_active=True).get()) == (2, newer)
    book = promise_book()
    assert book.promises("noise", "high")[Metric.RESPONSE].target_seconds == 7 * 60
    assert book.promises("noise", "low") == {}, "the policy that matches promises nothing here"
    assert book.promises("safety", "low")[Metric.RESPONSE].policy_id != newer.pk
    later = create_calendar(tenant_id=served.id, name="Mondays", time_zone="UTC", intervals=MONDAY)
    assert (calendar.version, later.version) == (1, 2)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"match": {"category": "weather"}}, "match.category"),
        ({"targets": []}, "targets"),
        ({"targets": HIGH[:1]}, "targets"),
        ({"targets": [*HIGH, HIGH[0]]}, "targets"),
        ({"targets": [HIGH[0]._replace(severity="huge"), HIGH[1]]}, "targets[0].severity"),
        ({"targets": [HIGH[0], HIGH[1]._replace(metric="update")]}, "targets[1].metric"),
        ({"targets": [HIGH[0]._replace(clock="lunar"), HIGH[1]]}, "targets[0].clock"),
        ({"targets": [HIGH[0]._replace(minutes=-1), HIGH[1]]}, "targets[0].minutes"),
        ({"targets": [HIGH[0], HIGH[1]._replace(minutes=60 * 53 * 5)]}, "targets[1].minutes"),
        ({"targets": [HIGH[0], HIGH[1]._replace(minutes=10**15, clock="calendar")]}, "targets[1].minutes"),
    ],
)
def test_a_bad_policy_is_refused_with_its_field_and_nothing_is_written(
    served: City, values: dict[str, Any], field: str
) -> None:
    calendar = create_calendar(tenant_id=served.id, name="Mondays", time_zone="UTC", intervals=MONDAY)
    with pytest.raises(PolicyInvalid) as refused:
        create_policy(**({"tenant_id": served.id, "name": "Bad", "calendar": calendar, "targets": HIGH} | values))
    assert refused.value.field == field
    assert not SLAPolicy.objects.filter(name="Bad").exists()


def test_a_bad_calendar_is_refused(served: City) -> None:
    with pytest.raises(CalendarInvalid, match="time_zone"):
        create_calendar(tenant_id=served.id, name="Odd", time_zone="Nowhere", intervals=MONDAY)
    assert not BusinessCalendar.objects.filter(name="Odd").exists()
