"""Answer reports by rules."""

from collections.abc import Sequence

from apps.reports.services import ClaimedReport
from apps.triage.models import Method
from apps.triage.rules import Catalogue, Verdict
from apps.triage.services.storing import Answer


def answer_by_rules(catalogue: Catalogue, reports: Sequence[ClaimedReport], *, reason: str = "") -> list[Answer]:
    """Return an answer for every report; the same text about the same service is read once."""
    verdicts: dict[tuple[str, int | None], Verdict] = {}
    answers = []
    for report in reports:
        key = (report.description, report.service_id)
        verdict = verdicts.get(key)
        if verdict is None:
            verdict = verdicts[key] = catalogue.classify(*key)
        answers.append(
            Answer(
                report=report,
                method=Method.RULES.value,
                category=verdict.category,
                severity=verdict.severity,
                service_id=verdict.service_id if report.service_id is None else None,
                confidence=verdict.confidence,
                terms=verdict.terms,
                reason=reason,
            )
        )
    return answers
