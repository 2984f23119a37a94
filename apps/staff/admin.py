"""Django looks here for every ModelAdmin."""

from apps.staff import figures, issues, people, reports

__all__ = ["figures", "issues", "people", "reports"]
