"""Make issues searchable: read the texts that are new or changed into the table of words."""

from apps.core.events import publish
from apps.core.search import Filled, fill_words, rebuild_words
from apps.issues.events import IssueWordsChanged
from apps.issues.searched import ISSUE_SEARCH


def fill_issue_words(*, tenant_id: int) -> Filled:
    """Read the texts that a tenant's oldest marks name (core.search.fill_words) and publish IssueWordsChanged.

    Runs inside `tenant_scope(tenant_id)`; call again while `marks` is not 0.
    """
    return fill_words(ISSUE_SEARCH, tenant_id=tenant_id, tell=lambda: _tell(tenant_id))


def rebuild_issue_words(*, tenant_id: int, after: int = 0) -> int | None:
    """Read the texts of a tenant's next issues behind an id again; return the last id, None when none was left.

    Runs inside `tenant_scope(tenant_id)`. Publishes IssueWordsChanged where words were not as they should be.
    """
    return rebuild_words(ISSUE_SEARCH, tenant_id=tenant_id, after=after, tell=lambda: _tell(tenant_id))


def _tell(tenant_id: int) -> None:
    publish(IssueWordsChanged(tenant_id=tenant_id))
