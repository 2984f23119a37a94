"""Counting the rows of a list without reading all of them."""

from typing import Any

from django.core.paginator import Paginator
from django.utils.functional import cached_property

# PostgreSQL counts by visiting every row. Past 200 pages of 50 nobody leafs on: they search or filter, and exact
# totals are the dashboard's.
COUNT_CAP = 10_000


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts to a cap and no further; `capped` tells that there are more rows, and the page says "10000+"."""

    template_name = "staff/pagination.html"
    capped = False

    @cached_property
    def count(self) -> int:
        """Return the number of rows, the cap where there are more. One query, which stops at the cap."""
        rows: Any = self.object_list
        found: int = rows.order_by()[: COUNT_CAP + 1].count()
        self.capped = found > COUNT_CAP
        return min(found, COUNT_CAP)
