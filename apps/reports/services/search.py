"""Make reports searchable: read the texts that are new or changed into the table of words."""

from apps.core.events import publish
from apps.core.search import Filled, fill_words, rebuild_words
from apps.reports.events import ReportWordsChanged
from apps.reports.searched import REPORT_SEARCH


def fill_report_words(*, tenant_id: int) -> Filled:
    """Read the texts that a tenant's oldest marks name (core.search.fill_words) and publish ReportWordsChanged.

    Runs inside `tenant_scope(tenant_id)`; call again while `marks` is not 0.
    """
    return fill_words(REPORT_SEARCH, tenant_id=tenant_id, tell=lambda: _tell(tenant_id))


def rebuild_report_words(*, tenant_id: int, after: int = 0) -> int | None:
    """Read the texts of a tenant's next reports behind an id again; return the last id, None when none was left.

    Runs inside `tenant_scope(tenant_id)`. Publishes ReportWordsChanged where words were not as they should be.
    """
    return rebuild_words(REPORT_SEARCH, tenant_id=tenant_id, after=after, tell=lambda: _tell(tenant_id))


def _tell(tenant_id: int) -> None:
    publish(ReportWordsChanged(tenant_id=tenant_id))
