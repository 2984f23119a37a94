"""What of reports is searched."""

from apps.core.search import SearchedTable

REPORT_SEARCH = SearchedTable(table="reports", singular="report", texts=("description", "address"), at="received_at")
