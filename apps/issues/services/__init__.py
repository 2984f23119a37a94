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
from apps.issues.services.departments import create_department, save_department
from apps.issues.services.search import fill_issue_words, rebuild_issue_words
from apps.issues.services.work import add_comment, assign_issue, reclassify_issue, transition_issue

__all__ = [
    "Absorption",
    "NewIssue",
    "Standing",
    "absorb_reports",
    "add_comment",
    "assign_issue",
    "create_department",
    "fill_issue_words",
    "follow_reports",
    "open_issues",
    "rebuild_issue_words",
    "reclassify_issue",
    "release_reports",
    "save_department",
    "transition_issue",
]
