"""Twenty processes at once see one pothole, not twenty."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from apps.grouping.models import Placement
from apps.grouping.services import place_reports
from apps.issues.models import Issue
from apps.tenants.scoping import tenant_scope
from tests.conftest import make_city
from tests.grouping.conftest import MakeReport

THREADS = 20


@pytest.mark.django_db(transaction=True)
def test_twenty_simultaneous_reports_of_one_pothole_make_one_issue(make_report: MakeReport) -> None:
    city = make_city("riverton", "Riverton", "America/New_York")
    with tenant_scope(city.id):
        # Four metres apart, over the border between two cells.
        ids = [make_report("hole", north=number * 4 - 10, hours=number / 100).pk for number in range(4)] + [
            make_report("pothole", north=number / 2, hours=number / 100).pk for number in range(THREADS - 4)
        ]
    together = Barrier(THREADS)

    def place(report_id: int) -> int:
        try:
            with tenant_scope(city.id):
                together.wait(timeout=30)
                return place_reports(tenant_id=city.id, report_ids=[report_id]).placed
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        assert sum(pool.map(place, ids)) == THREADS
    with tenant_scope(city.id):
        issue = Issue.objects.get()
        assert (issue.report_count, issue.number) == (THREADS, 1)
        assert Placement.objects.filter(undone_at=None, issue=issue).count() == THREADS
        assert Placement.objects.filter(method="new").count() == 1
