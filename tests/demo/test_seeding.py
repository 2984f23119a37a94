"""Seeding stores what was invented once, with its truth, in tenants of its own."""

from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count, F

from apps.demo import selectors
from apps.demo.city import CityOrder, city_profile, services
from apps.demo.errors import DemoRefused
from apps.demo.models import DemoCity, DemoTruth
from apps.demo.services import SOURCE, seed_city, submit_live_reports
from apps.reports.models import Report, ReporterContact, Service
from apps.tenants.models import Tenant
from apps.tenants.scoping import tenant_scope

UNTIL = datetime(2026, 3, 1, tzinfo=UTC)
SEED = 5


def order(number: int = 0, problems: int = 40, reports: int = 120) -> CityOrder:
    return CityOrder(profile=city_profile(seed=SEED, number=number), problems=problems, reports=reports)


@pytest.fixture
def seeded(db):
    return seed_city(order=order(), seed=SEED, until=UNTIL)


def test_every_report_is_stored_as_historic_with_its_truth(seeded):
    with tenant_scope(seeded.tenant_id):
        stored = Report.objects.filter(source=SOURCE)
        assert seeded.stored == stored.count() == 120
        assert not stored.exclude(historic=True, triage_state="pending", category="", issue=None).exists()
        assert stored.filter(status="closed", closed_at__gt=F("received_at")).exists()
        assert stored.filter(service=None).exists()
        assert not stored.filter(received_at__gte=UNTIL).exists()
        assert DemoTruth.objects.count() == 120
        assert DemoTruth.objects.aggregate(problems=Count("problem", distinct=True))["problems"] == 40
        assert Service.objects.filter(code__in=[kind.code for kind in services()]).count() == len(services())


def test_truths_belong_to_their_own_reports(seeded):
    with tenant_scope(seeded.tenant_id):
        for truth in DemoTruth.objects.select_related("report__service"):
            assert truth.report.external_id.startswith(f"{truth.problem}-")


def test_seeding_twice_is_the_same_as_once(seeded):
    again = seed_city(order=order(), seed=SEED)
    assert (again.stored, again.until) == (0, UNTIL)
    with tenant_scope(seeded.tenant_id):
        assert (Report.objects.count(), DemoTruth.objects.count()) == (120, 120)


def test_a_larger_seeding_adds_the_difference(seeded):
    more = seed_city(order=order(problems=50, reports=300), seed=SEED)
    with tenant_scope(seeded.tenant_id):
        assert Report.objects.count() == 120 + more.stored
        assert DemoTruth.objects.count() == Report.objects.count()
        assert DemoCity.objects.get().reports == 300
    assert 170 <= more.stored < 200


def test_another_tenant_sees_nothing_of_the_city(seeded, other_city):
    with tenant_scope(other_city.id):
        assert not Report.objects.exists()
        assert not DemoTruth.objects.exists()
        assert not DemoTruth.all_tenants.exists()
        assert not DemoCity.all_tenants.exists()


def test_a_tenant_that_was_not_invented_is_left_alone(db):
    profile = order().profile
    real = Tenant.objects.create(slug=profile.slug, name="Real", timezone="UTC")
    with pytest.raises(DemoRefused, match="not invented"):
        seed_city(order=order(), seed=SEED)
    with tenant_scope(real.pk):
        assert not Report.objects.exists()


@pytest.mark.parametrize(
    ("seed", "until", "argument"), [(6, None, "seed"), (SEED, datetime(2025, 1, 1, tzinfo=UTC), "until")]
)
def test_a_city_does_not_grow_by_another_seed_or_present(seeded, seed, until, argument):
    with pytest.raises(DemoRefused, match=argument):
        seed_city(order=order(), seed=seed, until=until)


def test_the_command_seeds_no_city_when_one_of_them_is_refused(db):
    taken = city_profile(seed=SEED, number=2)
    Tenant.objects.create(slug=taken.slug, name="Real", timezone="UTC")
    with pytest.raises(CommandError, match=taken.slug):
        call_command("seed_demo", reports=60, issues=20, tenants=3, seed=SEED, no_pipeline=True)
    assert Tenant.objects.count() == 1


def test_live_reports_come_in_as_from_people(seeded, moment):
    ids = submit_live_reports(order=order(), seed=SEED, tenant_id=seeded.tenant_id, count=5, now=moment)
    with tenant_scope(seeded.tenant_id):
        live = Report.objects.filter(pk__in=ids)
        assert live.filter(historic=False, status="open", received_at=moment, source="").count() == 5
        assert ReporterContact.objects.filter(report__in=ids).count() == 5
        assert DemoTruth.objects.filter(report__in=ids).count() == 5


def test_scores_compare_answers_with_the_truth(seeded):
    with tenant_scope(seeded.tenant_id):
        for truth in DemoTruth.objects.all():
            Report.objects.filter(pk=truth.report_id).update(
                category=truth.category, severity="low", triage_state="done"
            )
        low = DemoTruth.objects.filter(vague=False, severity="low").count()
        clear = DemoTruth.objects.filter(vague=False).count()
        accuracy = selectors.triage_accuracy(tenant_id=seeded.tenant_id)
        assert (accuracy.reports, accuracy.category) == (clear, 1.0)
        assert accuracy.severity == pytest.approx(low / clear, abs=0.001)


def test_the_command_seeds_once_and_says_so(db, capsys):
    arguments = {"reports": 60, "issues": 20, "tenants": 3, "seed": SEED, "until": "2026-03-01", "no_pipeline": True}
    call_command("seed_demo", **arguments)
    assert "stored 60 of 60 reports" in capsys.readouterr().out
    call_command("seed_demo", **arguments)
    assert "stored 0 of 60 reports" in capsys.readouterr().out
    assert Tenant.objects.count() == 3
    call_command("seed_demo", if_empty=True)
    assert "nothing seeded" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"until": "yesterday"}, "until: 'yesterday'"),
        ({"until": "2999-01-01"}, "until: 2999-01-01 is in the future"),
        ({"tenants": 0}, "tenants: 0"),
        ({"workers": 0}, "workers: 0"),
        ({"reports": 5, "issues": 6}, "5 reports cannot"),
        ({"tenants": 9, "issues": 3}, "3 problems cannot"),
    ],
)
def test_nonsense_is_refused_before_anything_is_written(db, arguments, message):
    with pytest.raises(CommandError, match=message):
        call_command("seed_demo", no_pipeline=True, **arguments)
    assert not Tenant.objects.exists()
