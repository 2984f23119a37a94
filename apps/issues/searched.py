"""What of issues is searched."""

from apps.core.search import SearchedTable

ISSUE_SEARCH = SearchedTable(table="issues", singular="issue", texts=("title", "address"), at="first_report_at")
