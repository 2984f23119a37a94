"""How the installation is doing, for those who run it."""

import pytest
from django.urls import reverse

from apps.core.cache import tagged_get_or_set
from apps.core.query_counter import QueryCounter
from apps.staff.operations import PAGES
from apps.tenants.models import Membership, User

NAMES = [name for _title, _icon, name, _view in PAGES]
every_page = pytest.mark.parametrize("name", NAMES)


@pytest.fixture
def operator_client(client, full_city):
    client.force_login(User.objects.create_superuser("root@wardline.example"))
    return client


def shown(client, name) -> dict[str, list[str]]:
    """Return the rows of a page's tables by their first cell."""
    page = client.get(reverse(f"staff:operations_{name}"))
    assert page.status_code == 200
    return {row[0]: row[1:] for table in page.context["tables"] for row in table.rows}


@every_page
def test_only_superusers_see_them_or_are_offered_them(name, full_city, client):
    url = reverse(f"staff:operations_{name}")
    assert client.get(url).status_code == 302
    Membership.objects.filter(user=full_city.officer).update(role="administrator")
    client.force_login(full_city.officer)
    assert client.get(url).status_code == 403
    assert f'href="{url}"' not in client.get(reverse("staff:switch_tenant")).content.decode()


@every_page
def test_superusers_are_led_there_and_nothing_is_changed(name, operator_client):
    url = reverse(f"staff:operations_{name}")
    page = operator_client.get(url)
    assert f'href="{url}"' in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert operator_client.post(url).status_code == 405


@every_page
def test_a_page_asks_the_database_for_little_but_who_is_asking(name, operator_client):
    operator_client.get(reverse(f"staff:operations_{name}"))
    with QueryCounter() as queries:
        operator_client.get(reverse(f"staff:operations_{name}"))
    # The session, the person, the tenants; the indexes are one more.
    assert len(queries) <= 4, queries.report()


def test_the_cache_page_counts_reads_by_kind(operator_client):
    before = shown(operator_client, "cache").get("preferences")
    for _ in range(4):
        tagged_get_or_set(key="seen:by:operators", tags=["seen"], kind="preferences", compute=lambda: 1)
    rate, *counts = shown(operator_client, "cache")["preferences"]
    earlier = [int(count) for count in before[1:]] if before else [0] * 5
    assert rate.endswith("%")
    assert sum(int(count) for count in counts[:3]) == sum(earlier[:3]) + 4


def test_the_pool_page_shows_the_pool_that_answers(operator_client):
    pool = shown(operator_client, "connections")
    assert int(pool["in use"][0]) >= 1
    assert int(pool["handed out so far"][0]) >= 1
    assert pool["allowed at most"] != ["0"]


def test_the_index_page_lists_our_indexes_with_what_is_wrong_first(operator_client):
    indexes = shown(operator_client, "indexes")
    assert indexes["uniq_reports_tenant_public_id"][-1] == "reports"
    remarks = [remark for remark, *_ in indexes.values()]
    assert remarks == sorted(remarks, key=lambda remark: not remark)
    # What a rule of the table needs is never called unused.
    assert "not used" not in indexes["uniq_reports_tenant_public_id"][0]
