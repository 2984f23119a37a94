"""Bulk writes: few rows and many take different ways to the same result."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from apps.core.bulk import (
    BulkDataError,
    TransactionRequired,
    UnknownColumn,
    UnknownTable,
    Upsert,
    copy_delete,
    copy_insert,
    copy_update,
)
from apps.core.bulk.staging import FEW_ROWS
from apps.core.query_counter import QueryCounter
from apps.reports.models import Report, Service
from apps.tenants.scoping import tenant_scope
from tests.conftest import City

COLUMNS = (
    "tenant_id code name description group category default_severity keywords attributes is_active created_at".split()
)
NOW = datetime(2026, 3, 4, 15, 0, 0, 123456, tzinfo=UTC)
BOTH_WAYS = pytest.mark.parametrize("rows", [3, FEW_ROWS + 10], ids=["few", "many"])


def service_row(city: City, number: int, **changed: Any) -> tuple[Any, ...]:
    row = dict(
        zip(COLUMNS, (city.id, f"s{number}", f"Sérvice {number} 100% \\ \t", "", "", "other", "low"), strict=False)
    )
    row |= {"keywords": "", "attributes": [{"code": number, "värde": None}], "is_active": True, "created_at": NOW}
    return tuple((row | changed).values())


def insert(city: City, rows: int, **options: Any) -> Any:
    with transaction.atomic():
        given = (service_row(city, n) for n in range(rows))
        return copy_insert(table="services", columns=COLUMNS, rows=given, **options)


@pytest.fixture
def empty_city(in_city: City) -> Iterator[City]:
    Service.objects.all().delete()
    return in_city


@BOTH_WAYS
def test_inserted_rows_read_back_as_they_were_given(empty_city: City, rows: int) -> None:
    result = insert(empty_city, rows, returning=["id", "code"])
    assert result.inserted == rows
    stored = Service.objects.order_by("id")
    assert [tuple(row) for row in stored.values_list("id", "code")] == sorted(result.rows)
    last = stored.last()
    assert last is not None
    assert (last.name, last.attributes, last.created_at) == (
        f"Sérvice {rows - 1} 100% \\ \t",
        [{"code": rows - 1, "värde": None}],
        NOW,
    )


def test_null_and_every_type_of_a_report_survive_both_ways(in_city: City) -> None:
    names = [field.column for field in Report._meta.concrete_fields if field.column != "id"]
    for rows in (1, FEW_ROWS + 1):
        reports = [
            Report(
                tenant_id=in_city.id, received_at=NOW, updated_at=NOW, created_at=NOW, lat=None if n % 2 else 0.1 + n
            )
            for n in range(rows)
        ]
        values = [[getattr(report, field.attname) for field in Report._meta.concrete_fields][1:] for report in reports]
        with transaction.atomic():
            copy_insert(table="reports", columns=names, rows=values)
        stored = {tuple(str(v) for v in row) for row in Report.objects.values_list(*names)}
        assert {tuple(str(v) for v in row) for row in values} <= stored


@BOTH_WAYS
def test_existing_rows_are_left_alone_updated_or_refused_as_asked(empty_city: City, rows: int) -> None:
    insert(empty_city, 2)
    Service.objects.update(name="old", keywords="old")
    assert insert(empty_city, rows, conflict="nothing").inserted == rows - 2
    upsert = Upsert(target=["tenant_id", "code"], update=["name"], also_set={"keywords": "services.keywords || '+%'"})
    result = insert(empty_city, rows + 1, conflict=upsert, returning=["code"])
    assert (result.inserted, result.updated, len(result.rows)) == (1, rows, rows + 1)
    assert Service.objects.get(code="s0").keywords == "old+%"
    assert not Service.objects.filter(name="old").exists()
    with pytest.raises(IntegrityError):
        insert(empty_city, rows)


@BOTH_WAYS
def test_repeated_upsert_without_changes_writes_nothing(empty_city: City, rows: int) -> None:
    upsert = Upsert(target=["tenant_id", "code"], update=["name", "attributes"], skip_unchanged=True)
    assert insert(empty_city, rows, conflict=upsert).inserted == rows
    again = insert(empty_city, rows, conflict=upsert, returning=["id"])
    assert (again.inserted, again.updated, again.rows) == (0, 0, ())


@BOTH_WAYS
def test_the_last_of_several_rows_for_one_target_wins(empty_city: City, rows: int) -> None:
    given = [service_row(empty_city, 0, name=f"version {n}") for n in range(rows)]
    with transaction.atomic():
        upsert = Upsert(target=["tenant_id", "code"], update=["name"])
        assert copy_insert(table="services", columns=COLUMNS, rows=given, conflict=upsert).inserted == 1
    assert Service.objects.get().name == f"version {rows - 1}"


def test_rows_outside_a_partial_target_are_not_taken_for_repeats(in_city: City) -> None:
    columns = [field.column for field in Report._meta.concrete_fields if field.column != "id"]

    def row(external_id: str) -> list[Any]:
        report = Report(tenant_id=in_city.id, source="boston", external_id=external_id, created_at=NOW)
        report.received_at = report.updated_at = NOW
        return [getattr(report, field.attname) for field in Report._meta.concrete_fields][1:]

    target = ["tenant_id", "source", "external_id"]
    upsert = Upsert(target=target, target_where="external_id <> ''", update=["description"])
    with transaction.atomic():
        given = [row(""), row("7"), row(""), row("7")]
        assert copy_insert(table="reports", columns=columns, rows=given, conflict=upsert).inserted == 3


@BOTH_WAYS
def test_update_and_delete_reach_exactly_the_keyed_rows(empty_city: City, rows: int) -> None:
    insert(empty_city, rows + 1)
    keys = [(empty_city.id, f"s{n}") for n in range(rows)]
    with transaction.atomic():
        updated = copy_update(
            table="services",
            key=["tenant_id", "code"],
            columns=["name", "attributes"],
            rows=[(*key, "new", {"a": 1}) for key in keys],
            also_set={"keywords": "staged.name || '%'"},
            where_sql="services.is_active",
            returning=["code"],
        )
        assert updated.updated == rows == len(updated.rows)
        assert set(Service.objects.filter(name="new").values_list("keywords", flat=True)) == {"new%"}
        assert copy_delete(table="services", key=["tenant_id", "code"], rows=keys).deleted == rows
    assert [service.code for service in Service.objects.all()] == [f"s{rows}"]


def test_policies_hold_for_bulk_writes_too(empty_city: City, other_city: City) -> None:
    insert(empty_city, 2)
    for rows in (1, FEW_ROWS + 1):
        foreign = [service_row(empty_city, 100 + n) for n in range(rows)]
        with tenant_scope(other_city.id):
            with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
                copy_insert(table="services", columns=COLUMNS, rows=foreign)
            with transaction.atomic():
                keys = [(empty_city.id, f"s{n}") for n in range(rows)]
                assert copy_delete(table="services", key=["tenant_id", "code"], rows=keys).deleted == 0


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("tenant_id", "Riverton", "Riverton"),
        ("created_at", "someday", "someday"),
        ("name", "a\0b", "0x00"),
        ("code", "c" * 101, "100"),
    ],
)
@pytest.mark.parametrize("rows", [4, 95], ids=["few", "second chunk"])
def test_a_bad_value_is_named_by_row_and_column_and_nothing_is_written(
    empty_city: City, rows: int, column: str, value: str, words: str
) -> None:
    given = [service_row(empty_city, n, **({column: value} if n == rows - 2 else {})) for n in range(rows)]
    with pytest.raises(BulkDataError, match=words) as caught, transaction.atomic():
        copy_insert(table="services", columns=COLUMNS, rows=given, chunk_rows=50)
    assert (caught.value.row, caught.value.column) == (rows - 1, column)
    assert Service.objects.count() == 0


@pytest.mark.parametrize("rows", [1, FEW_ROWS + 1])
def test_a_row_of_the_wrong_width_is_refused(empty_city: City, rows: int) -> None:
    given = [service_row(empty_city, n) for n in range(rows - 1)] + [(empty_city.id, "short")]
    with pytest.raises(BulkDataError, match=f"row {rows}: has 2 values for 11 columns"), transaction.atomic():
        copy_insert(table="services", columns=COLUMNS, rows=given)


def test_unknown_names_and_a_missing_transaction_are_refused_before_any_query(city: City) -> None:
    with QueryCounter() as queries, transaction.atomic():
        with pytest.raises(UnknownColumn, match="'colour'"):
            copy_insert(table="services", columns=["colour"], rows=[(1,)])
        upsert = Upsert(target=["code"], update=[])
        with pytest.raises(UnknownColumn, match="'code'"):
            copy_insert(table="services", columns=["name"], rows=[("a",)], conflict=upsert)
        with pytest.raises(UnknownTable, match="'servces'"):
            copy_delete(table="servces", key=["id"], rows=[(1,)])
    assert len(queries) == 0


@pytest.mark.django_db(transaction=True)
def test_bulk_write_outside_a_transaction_is_refused() -> None:
    with pytest.raises(TransactionRequired):
        copy_delete(table="services", key=["id"], rows=[(1,)])


def test_statements_are_bounded_and_copy_is_seen_by_counter_and_query_log(empty_city: City) -> None:
    connection.force_debug_cursor = True
    try:
        with QueryCounter() as queries:
            insert(empty_city, 100, chunk_rows=50)
        logged = [query["sql"] for query in connection.queries]
    finally:
        connection.force_debug_cursor = False
    verbs = [query.statement.split()[0] for query in queries.queries]
    assert verbs == ["CREATE", "COPY", "INSERT", "TRUNCATE", "COPY", "INSERT", "DROP"]
    assert sum(sql.startswith("COPY") for sql in logged) == 2
    assert "tests/core/test_bulk.py" in queries.queries[1].line
    with QueryCounter() as few, transaction.atomic():
        copy_update(table="services", key=["code"], columns=["name"], rows=[("s1", "x"), ("s2", "y")])
    assert [query.statement.split()[0] for query in few.queries] == ["UPDATE"]
