"""Every row of real cities' files is taken; skipped where the files are not."""

from collections import Counter

import pytest

from apps.reports.formats import RejectedRow
from tests.reports.imports.conftest import rows_of

pytestmark = pytest.mark.real_data

FILES = [
    ("boston_open311.dev.csv.gz", "open311", 224_592, {"closed": 202_758, "open": 21_834}),
    ("boston_crm_2015.dev.csv.gz", "boston_crm", 84_876, {"closed": 70_889, "open": 13_987}),
    ("boston_crm_2011.dev.csv.gz", "boston_crm", 40_644, {"closed": 38_093, "open": 2_551}),
    ("newport_seeclickfix.dev.csv.gz", "seeclickfix", 716, {"closed": 682, "open": 34}),
    ("open311/boston/requests_other.json", "open311", 704, {"closed": 401, "open": 303}),
    ("open311/newport_ri/seeclickfix_issues.json", "seeclickfix", 100, {"closed": 83, "open": 17}),
]


@pytest.mark.parametrize(("name", "layout", "count", "statuses"), FILES, ids=[each[0] for each in FILES])
def test_all_rows_are_good(real_data, name, layout, count, statuses):
    found = Counter()
    for each in rows_of(real_data / name, layout):
        assert not isinstance(each, RejectedRow), each
        found[each.status] += 1
        assert each.closed_at is None or each.closed_at >= each.received_at
    assert (found.total(), found) == (count, statuses)
