"""Walk: waiting reports get category, severity, service and a reason, with no model configured."""

import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from apps.core.events import subscribe
from apps.reports.events import ReportsClassified
from apps.reports.models import Service, TriageState
from apps.reports.services import ServiceDraft, create_services, lock_for_triage
from apps.tenants.scoping import tenant_scope
from apps.triage.models import Classification, ClassificationBatch
from apps.triage.selectors import classification_history, classification_of, recent_batches, waiting_reports
from apps.triage.services import triage_reports
from tests.conftest import City, make_city


@pytest.fixture
def heard() -> list[int]:
    """The report ids that ReportsClassified named."""
    ids: list[int] = []
    subscribe(ReportsClassified, lambda event: ids.extend(event.report_ids))
    return ids


def test_waiting_reports_are_classified_and_told_about(city: City, say, heard):
    create_services(tenant_id=city.id, drafts=[ServiceDraft(code="holes", name="Pothole", category="infrastructure")])
    pothole, gas = say("Huge pothole in the road", "Smell of gas")
    result = triage_reports(tenant_id=city.id)
    assert (result.claimed, result.written, result.by_rules, result.by_model) == (2, 2, 2, 0)
    pothole.refresh_from_db()
    gas.refresh_from_db()
    assert (pothole.category, pothole.severity, pothole.triage_state) == ("infrastructure", "medium", TriageState.DONE)
    assert Service.objects.get(pk=pothole.service_id).code == "holes"
    assert (gas.category, gas.severity, gas.service_id) == ("safety", "critical", None)
    why = classification_of(gas.pk)
    assert why is not None
    assert why.method == "rules"
    assert "smell … gas" in why.terms
    assert why.batch.model.startswith("rules-")
    assert heard == [pothole.pk, gas.pk]
    assert waiting_reports() == 0


def test_a_second_run_does_nothing(city: City, say, heard):
    say("Pothole", "Pothole")
    triage_reports(tenant_id=city.id)
    before = (Classification.objects.count(), ClassificationBatch.objects.count(), len(heard))
    assert triage_reports(tenant_id=city.id).claimed == 0
    assert (Classification.objects.count(), ClassificationBatch.objects.count(), len(heard)) == before


def test_only_the_reports_asked_for_and_no_more_than_the_limit(city: City, say):
    reports = say("one", "two", "three", "four")
    assert triage_reports(tenant_id=city.id, report_ids=[reports[3].pk]).written == 1
    assert triage_reports(tenant_id=city.id, limit=2).written == 2
    assert waiting_reports() == 1


def test_another_citys_reports_are_not_seen(city: City, say):
    reports = say("Pothole")
    outsiders = make_city("hillford", "Hillford", "Europe/Berlin")
    with tenant_scope(outsiders.id):
        assert triage_reports(tenant_id=outsiders.id, report_ids=[reports[0].pk]).claimed == 0
        assert recent_batches() == []
        assert classification_history(reports[0].pk) == []


def test_queries_do_not_grow_with_the_reports(city: City, say, django_assert_max_num_queries):
    say(*(f"Pothole number {n}" for n in range(500)))
    # services; lock; record; batch; retire; the COPY's three; and savepoints, which a live run does not have.
    with django_assert_max_num_queries(16):
        assert triage_reports(tenant_id=city.id).written == 500


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_the_work(city: City, say):
    say("Pothole", "Trash")
    held, go_on = threading.Event(), threading.Event()

    def other_worker() -> None:
        with tenant_scope(city.id), transaction.atomic():
            lock_for_triage(tenant_id=city.id, report_ids=None, limit=1)
            held.set()
            go_on.wait(20)
        connection.close()

    thread = threading.Thread(target=other_worker)
    thread.start()
    assert held.wait(20)
    assert triage_reports(tenant_id=city.id).written == 1
    go_on.set()
    thread.join()
    assert triage_reports(tenant_id=city.id).written == 1
    assert waiting_reports() == 0


def test_the_command_says_what_it_did_and_refuses_nonsense(city: City, say, capsys):
    say("Pothole", "Smell of gas", "Trash everywhere")
    call_command("triage_reports", tenant="riverton", limit=2)
    assert "riverton: 2 classified (0 by the model, 2 by rules)" in capsys.readouterr().out
    call_command("triage_reports", all=True)
    assert waiting_reports() == 0
    with pytest.raises(CommandError, match="--tenant: there is no active tenant 'atlantis'"):
        call_command("triage_reports", tenant="atlantis")
    with pytest.raises(CommandError, match="--limit"):
        call_command("triage_reports", tenant="riverton", limit=0)
