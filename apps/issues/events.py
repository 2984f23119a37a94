"""What happens to issues. Lists name at most 1,000 issues."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class IssuesOpened:
    """New issues exist."""

    tenant_id: int
    issue_ids: list[int]


@dataclass(frozen=True)
class IssueStatusChange:
    """One issue's move through the workflow; `resolved_before` is the resolution that a reopening withdrew."""

    issue_id: int
    before: str
    after: str
    at: datetime
    resolved_before: datetime | None = None


@dataclass(frozen=True)
class IssuesMoved:
    """Issues changed their status."""

    tenant_id: int
    changes: list[IssueStatusChange]


@dataclass(frozen=True)
class IssuesReclassified:
    """Issues changed category or severity."""

    tenant_id: int
    issue_ids: list[int]


@dataclass(frozen=True)
class IssuesAbsorbed:
    """Existing issues took in more reports; counts, last report and, for historic ones, status and times may differ.

    `moments` are the first-report and resolution times before, so that the days they counted on can be counted again.
    """

    tenant_id: int
    issue_ids: list[int]
    moments: list[datetime]


@dataclass(frozen=True)
class IssuesEdited:
    """Issues changed something that moves no clock and no figure: who works on them, what is written on them."""

    tenant_id: int
    issue_ids: list[int]


@dataclass(frozen=True)
class DepartmentsChanged:
    """A department is new, or has another name or address."""

    tenant_id: int


@dataclass(frozen=True)
class IssueWordsChanged:
    """Searches find other issues than before."""

    tenant_id: int
