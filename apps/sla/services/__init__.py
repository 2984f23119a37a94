"""Writes of calendars, policies and clocks."""

from apps.sla.services.clocks import (
    ClocksWritten,
    apply_status_changes,
    recompute_clocks,
    rematch_clocks,
    start_clocks,
)
from apps.sla.services.policies import TargetSpec, create_calendar, create_default_policies, create_policy
from apps.sla.services.sweep import SweepResult, check_due_clocks

__all__ = [
    "ClocksWritten",
    "SweepResult",
    "TargetSpec",
    "apply_status_changes",
    "check_due_clocks",
    "create_calendar",
    "create_default_policies",
    "create_policy",
    "recompute_clocks",
    "rematch_clocks",
    "start_clocks",
]
