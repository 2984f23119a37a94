"""Decisions about issues: categories, severities and the workflow. Standard library only."""

from enum import StrEnum


class Category(StrEnum):
    """What kind of problem an issue is; every service belongs to one."""

    INFRASTRUCTURE = "infrastructure"
    SANITATION = "sanitation"
    SAFETY = "safety"
    NOISE = "noise"
    MAINTENANCE = "maintenance"
    OTHER = "other"


class Severity(StrEnum):
    """How urgent an issue is, mildest first."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class IssueStatus(StrEnum):
    """Where an issue stands in the workflow."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    RESOLVED = "resolved"
    CLOSED = "closed"


OPEN_STATUSES = (IssueStatus.OPEN, IssueStatus.ACKNOWLEDGED, IssueStatus.IN_PROGRESS, IssueStatus.ON_HOLD)
SEVERITY_RANK = {severity: rank for rank, severity in enumerate(Severity)}

# Where each status may lead. Reopening leads from resolved or closed back to open.
TRANSITIONS: dict[IssueStatus, tuple[IssueStatus, ...]] = {
    IssueStatus.OPEN: (
        IssueStatus.ACKNOWLEDGED,
        IssueStatus.IN_PROGRESS,
        IssueStatus.ON_HOLD,
        IssueStatus.RESOLVED,
        IssueStatus.CLOSED,
    ),
    IssueStatus.ACKNOWLEDGED: (
        IssueStatus.IN_PROGRESS,
        IssueStatus.ON_HOLD,
        IssueStatus.RESOLVED,
        IssueStatus.CLOSED,
    ),
    IssueStatus.IN_PROGRESS: (IssueStatus.ON_HOLD, IssueStatus.RESOLVED, IssueStatus.CLOSED),
    IssueStatus.ON_HOLD: (IssueStatus.IN_PROGRESS, IssueStatus.RESOLVED, IssueStatus.CLOSED),
    IssueStatus.RESOLVED: (IssueStatus.CLOSED, IssueStatus.OPEN),
    IssueStatus.CLOSED: (IssueStatus.OPEN,),
}


def allowed_transitions(status: str) -> tuple[IssueStatus, ...]:
    """Return the statuses that an issue may take next."""
    return TRANSITIONS[IssueStatus(status)]


def is_open(status: str) -> bool:
    """Tell whether an issue still needs work."""
    return status in OPEN_STATUSES


def highest_severity(severities: list[str]) -> str:
    """Return the most urgent of some severities; low for none. Unknown words do not count."""
    known = [Severity(severity) for severity in severities if severity in SEVERITY_RANK]
    return max(known, key=SEVERITY_RANK.__getitem__, default=Severity.LOW).value
