"""Pages by cursor walk every row once in both directions, whatever is written meanwhile; pages by number count."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from apps.core.bulk import copy_insert
from apps.core.keyset import (
    InvalidCursor,
    PageOutOfRange,
    UnseekableOrdering,
    numbered_page,
    seek_page,
)
from apps.core.query_counter import QueryCounter
from apps.reports.models import Report, Service
from tests.conftest import City

START = datetime(2026, 3, 1, 12, 0, 0, 1, tzinfo=UTC)
ROWS = 25


@pytest.fixture
def reports(in_city: City) -> QuerySet[Report]:
    """25 reports, always three received at the same microsecond, newest first."""
    for n in range(ROWS):
        received = START + timedelta(microseconds=n // 3)
        Report.objects.create(received_at=received, updated_at=received, lat=None if n % 2 else 1.5, description=str(n))
    return Report.objects.order_by("-received_at", "-id")


def walk(queryset: QuerySet[Any, Any], size: int) -> list[Any]:
    """Follow `next` to the end."""
    rows: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        page = seek_page(queryset, cursor=cursor, page_size=size)
        rows += page.items
        cursor = page.next
    return rows


@pytest.mark.parametrize("size", [1, 2, 3, 7, 24, 25, 26])
@pytest.mark.parametrize(
    "ordering", [("-received_at", "-id"), ("received_at", "id"), ("received_at", "pk"), ("-public_id",), ("pk",)]
)
def test_every_row_comes_once_forwards_and_backwards(
    reports: QuerySet[Report], size: int, ordering: tuple[str, ...]
) -> None:
    ordered = reports.order_by(*ordering)
    constant = ["tenant"]
    forward: list[Report] = []
    cursor: str | None = ""
    while cursor is not None:
        page = seek_page(ordered, cursor=cursor, page_size=size, constant=constant)
        forward += page.items
        back, cursor = page.previous, page.next
    assert forward == list(ordered)
    backward: list[Report] = page.items
    while back is not None:
        page = seek_page(ordered, cursor=back, page_size=size, constant=constant)
        backward = page.items + backward
        back = page.previous
    assert backward == forward
    assert page.has_next == (size < ROWS)


@pytest.mark.parametrize("shape", ["values", "tuples", "named"])
def test_flat_rows_page_like_instances(reports: QuerySet[Report], shape: str) -> None:
    names = ("description", "received_at", "id")
    flat: QuerySet[Any, Any] = {
        "values": reports.values(*names),
        "tuples": reports.values_list(*names),
        "named": reports.values_list(*names, named=True),
    }[shape]
    assert walk(flat, 7) == list(flat)
    with pytest.raises(UnseekableOrdering, match="received_at"):
        seek_page(reports.values("id"), cursor="", page_size=7)


def test_related_and_computed_orders_can_be_sought(reports: QuerySet[Report]) -> None:
    service = Service.objects.first()
    reports.update(service=service)
    computed = reports.annotate(place=Coalesce("lat", 0.0)).order_by(F("place").desc(), "-id")
    assert walk(computed, 4) == list(computed)
    named = Service.objects.order_by("tenant__name", "id").select_related("tenant")
    assert walk(named, 2) == list(named)
    assert walk(reports.reverse(), 4) == list(reports.reverse())


def test_rows_written_or_deleted_meanwhile_neither_repeat_nor_skip_others(reports: QuerySet[Report]) -> None:
    before = list(reports)
    first = seek_page(reports, cursor="", page_size=5)
    Report.objects.create(received_at=START + timedelta(days=1), updated_at=START)
    first.items[-1].delete()
    assert first.next is not None
    assert seek_page(reports, cursor=first.next, page_size=5).items == before[5:10]


def test_way_back_from_an_emptied_end_is_kept(reports: QuerySet[Report]) -> None:
    page = seek_page(reports, cursor="", page_size=20)
    assert page.next is not None
    last_shown = page.items[-1]
    Report.objects.filter(received_at__lte=last_shown.received_at, id__lt=last_shown.id).delete()
    emptied = seek_page(reports, cursor=page.next, page_size=20)
    assert (emptied.items, emptied.next) == ([], None)
    assert emptied.previous is not None
    assert seek_page(reports, cursor=emptied.previous, page_size=3).items[-1] == last_shown


def test_one_query_without_count_or_offset_and_one_row_range(reports: QuerySet[Report]) -> None:
    second = seek_page(reports, cursor="", page_size=5).next
    assert second is not None
    with QueryCounter() as queries:
        seek_page(reports, cursor=second, page_size=5)
    (query,) = queries.queries
    assert '("reports"."received_at", "reports"."id") < (%s, %s)' in query.statement
    assert "LIMIT 6" in query.statement
    assert "OFFSET" not in query.statement


def test_deep_page_starts_in_the_index(in_city: City) -> None:
    columns = ["tenant_id", "public_id", *"channel source external_id description category severity status".split()]
    columns += "status_notes address address_id zipcode media_url attributes received_at updated_at".split()
    columns += "content_hash historic triage_state triage_version created_at".split()
    empty = [Report(tenant_id=in_city.id, received_at=START + timedelta(seconds=n)) for n in range(3_000)]
    for report in empty:
        report.updated_at = report.created_at = report.received_at
    with transaction.atomic():
        rows = [[getattr(report, name) for name in columns] for report in empty]
        copy_insert(table="reports", columns=columns, rows=rows)
        connection.cursor().execute("SET LOCAL enable_seqscan = off")
        page = seek_page(Report.objects.order_by("-received_at", "-id"), cursor="", page_size=2_000)
        assert page.next is not None
        with QueryCounter() as queries:
            seek_page(Report.objects.order_by("-received_at", "-id"), cursor=page.next, page_size=5)
        edge = page.items[-1]
        with connection.cursor() as cursor:
            params = [in_city.id, edge.received_at, edge.id]
            cursor.execute("EXPLAIN " + queries.queries[0].statement, params)
            plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index Cond" in plan
    assert "ROW(received_at, id) < ROW(" in plan.partition("Filter")[0]
    assert "Sort" not in plan


@pytest.mark.parametrize(
    ("ordering", "reason"),
    [
        ((), "no ordering"),
        (("-received_at",), "add the primary key"),
        (("-received_at", "id"), "mixed directions"),
        (("-lat", "-id"), "lat, which may be NULL"),
        (("issue__number", "id"), "issue__number, which may be NULL"),
        (("?",), "cannot seek in the ordering"),
        ((F("received_at").desc(nulls_last=True), "-id"), "cannot seek in the ordering"),
    ],
)
def test_orders_that_would_lose_rows_are_refused(reports: QuerySet[Report], ordering: Any, reason: str) -> None:
    with pytest.raises(UnseekableOrdering, match=reason):
        seek_page(reports.order_by(*ordering), cursor="", page_size=5)


def test_constraint_with_the_tenant_makes_an_order_unique_only_where_the_tenant_is_fixed(in_city: City) -> None:
    by_code = Service.objects.order_by("code")
    assert seek_page(by_code, cursor="", page_size=3, constant=["tenant"]).items == list(by_code[:3])
    with pytest.raises(UnseekableOrdering, match="may share code"):
        seek_page(by_code, cursor="", page_size=3)


def test_cursor_of_another_list_order_or_scope_is_refused(reports: QuerySet[Report]) -> None:
    cursor = seek_page(reports, cursor="", page_size=5, scope="7:open").next
    assert cursor is not None
    seek_page(reports, cursor=cursor, page_size=9, scope="7:open")
    for queryset, scope in ((reports, "8:open"), (reports.reverse(), "7:open"), (reports.order_by("-id"), "7:open")):
        with pytest.raises(InvalidCursor):
            seek_page(queryset, cursor=cursor, page_size=5, scope=scope)


@pytest.mark.django_db
@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 60), put=st.sampled_from("AZaz09-_=% é\0"))
def test_tampered_cursor_is_refused_and_never_another_error(reports: QuerySet[Report], at: int, put: str) -> None:
    cursor = seek_page(reports, cursor="", page_size=5).next
    assert cursor is not None
    tampered = cursor[:at] + put + cursor[at + 1 :]
    if tampered.rstrip("=") == cursor.rstrip("="):
        return
    with pytest.raises(InvalidCursor):
        seek_page(reports, cursor=tampered, page_size=5)


@pytest.mark.parametrize("cursor", ["x", "A" * 40, "A" * 10_000, "%%%", "🙂"])
def test_invented_cursor_is_refused(reports: QuerySet[Report], cursor: str) -> None:
    with pytest.raises(InvalidCursor, match="does not belong to this list"):
        seek_page(reports, cursor=cursor, page_size=5)


def test_numbered_pages_take_a_given_total_and_know_their_neighbours(reports: QuerySet[Report]) -> None:
    page = numbered_page(reports, page=3, page_size=10)
    assert (page.items, page.total, page.total_pages) == (list(reports)[20:], ROWS, 3)
    assert (page.has_next, page.has_previous) == (False, True)
    with QueryCounter() as queries:
        assert numbered_page(reports, page=2, page_size=10, total=lambda: 1_000).has_next
    queries.assert_max_queries(1)
    empty = numbered_page(reports.none(), page=1, page_size=10)
    assert (empty.items, empty.total_pages, empty.has_next) == ([], 1, False)


@pytest.mark.parametrize("page", [0, -1, 4])
def test_page_outside_the_list_is_refused(reports: QuerySet[Report], page: int) -> None:
    with pytest.raises(PageOutOfRange, match=f"no page {page}; the last one is 3"):
        numbered_page(reports, page=page, page_size=10)


def test_page_of_no_rows_and_unordered_numbered_page_are_refused(reports: QuerySet[Report]) -> None:
    for cut in (
        lambda: seek_page(reports, cursor="", page_size=0),
        lambda: numbered_page(reports, page=1, page_size=0),
    ):
        with pytest.raises(ValueError, match="page of 0 rows"):
            cut()
    with pytest.raises(UnseekableOrdering):
        numbered_page(reports.order_by(), page=1, page_size=10)
