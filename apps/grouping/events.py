"""What happens to placements. Lists name at most 1,000 reports."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ReportsPlaced:
    """Reports have an issue; `issue_ids` are the issues opened, joined or left by it, each once, ascending."""

    tenant_id: int
    report_ids: list[int]
    issue_ids: list[int]
