"""Walk: what a person says counts, is kept, and is refused with the field named when it makes no sense."""

from typing import Any

import pytest

from apps.reports.models import Report, TriageState
from apps.reports.services import ServiceDraft, create_services
from apps.tenants.scoping import tenant_scope
from apps.triage.errors import InvalidCorrection
from apps.triage.models import Classification
from apps.triage.selectors import classification_history, classification_of, recent_corrections
from apps.triage.services import correct_classification, triage_reports
from tests.conftest import City


def correct(city: City, report: Report, **values: Any) -> Classification:
    answer = {"category": "safety", "severity": "high", "actor": city.officer, **values}
    return correct_classification(tenant_id=city.id, report_id=report.pk, **answer)


def test_a_correction_counts_and_the_earlier_answer_is_history(city: City, say):
    services = create_services(tenant_id=city.id, drafts=[ServiceDraft(code="wires", name="Wires")])
    (report,) = say("Pothole")
    triage_reports(tenant_id=city.id)
    correct(city, report, service_id=services["wires"], note="it is a cable")
    report.refresh_from_db()
    assert (report.category, report.severity, report.service_id) == ("safety", "high", services["wires"])
    why = classification_of(report.pk)
    assert (why.method, why.confidence, why.corrected_by, why.reason) == ("person", 1.0, city.officer, "it is a cable")
    assert [(c.method, c.is_current) for c in classification_history(report.pk)] == [("person", True), ("rules", False)]
    assert [c.report for c in recent_corrections()] == [report]


def test_a_correction_before_triage_leaves_nothing_to_triage(city: City, say):
    (report,) = say("Pothole")
    correct(city, report)
    assert triage_reports(tenant_id=city.id).claimed == 0
    report.refresh_from_db()
    assert (report.category, report.triage_state) == ("safety", TriageState.DONE)


def test_a_second_correction_replaces_the_first(city: City, say):
    (report,) = say("Pothole")
    correct(city, report)
    correct(city, report, category="noise")
    assert classification_of(report.pk).category == "noise"
    assert len(classification_history(report.pk)) == 2


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"category": "aliens"}, "category"),
        ({"severity": ""}, "severity"),
        ({"service_id": 12345}, "service"),
        ({"note": "x" * 2_001}, "note"),
    ],
)
def test_nonsense_names_its_field_and_changes_nothing(city: City, say, values: dict[str, Any], field: str):
    (report,) = say("Pothole")
    with pytest.raises(InvalidCorrection, match=f"^{field}:") as refused:
        correct(city, report, **values)
    assert refused.value.field == field
    report.refresh_from_db()
    assert (report.category, report.triage_state) == ("", TriageState.PENDING)
    assert classification_history(report.pk) == []


def test_an_outsider_finds_no_report_to_correct(city: City, other_city: City, say):
    (report,) = say("Pothole")
    with tenant_scope(other_city.id), pytest.raises(InvalidCorrection, match="report: there is no report"):
        correct(other_city, report)
    assert classification_of(report.pk) is None
