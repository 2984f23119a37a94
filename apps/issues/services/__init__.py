"""Writes to issues: opening and absorbing in bulk, the workflow, what staff edit."""

from apps.issues.services.bulk import (
    Absorption,
    NewIssue,
    Standing,
    absorb_reports,
    follow_reports,
    open_issues,
    release_reports,
)
from apps.issues.services.work import add_comment, assign_issue, create_department, reclassify_issue, transition_issue

__all__ = [
    "Absorption",
    "NewIssue",
    "Standing",
    "absorb_reports",
    "add_comment",
    "assign_issue",
    "create_department",
    "follow_reports",
    "open_issues",
    "reclassify_issue",
    "release_reports",
    "transition_issue",
]
