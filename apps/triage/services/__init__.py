"""Writes of triage."""

from apps.triage.services.corrections import correct_classification
from apps.triage.services.triage import TriageResult, triage_reports

__all__ = ["TriageResult", "correct_classification", "triage_reports"]
