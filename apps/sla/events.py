"""What happens to clocks. Lists name at most 1,000 issues."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ClocksChanged:
    """Clocks of these issues, and with them their SLA metrics, started, moved, ended or were breached."""

    tenant_id: int
    issue_ids: list[int]
