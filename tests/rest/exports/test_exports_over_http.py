import csv
import gzip
import io
import json
from contextlib import closing

import pytest
from django.db import connection, transaction

from apps.core.pool_statistics import pool_statistics
from apps.reports.models import Report
from apps.reports.selectors import EXPORT_FIELDS
from apps.rest.exports import places, views
from apps.tenants.scoping import tenant_scope
from tests.conftest import MOMENT
from tests.rest.conftest import MARK, PROBLEM, signed_in

PATH = "/api/v1/reports/export/"
TYPES = {
    "csv": "text/csv; charset=utf-8; header=present",
    "ndjson": "application/x-ndjson",
    "geojson": "application/geo+json",
}

pytestmark = pytest.mark.django_db(transaction=True)


def body(answer) -> bytes:
    assert answer.status_code == 200, answer.content
    with closing(answer):
        return answer.getvalue()


def problem(answer) -> dict:
    assert answer["Content-Type"] == PROBLEM
    return answer.json()


def test_an_export_says_what_the_list_says(holdings, api):
    with tenant_scope(holdings.city.id):
        Report.objects.create(description="=1", received_at=MOMENT.replace(microsecond=7), updated_at=MOMENT)
    (second, first) = api.get("/api/v1/reports/").json()["items"]
    assert [json.loads(line) for line in body(api.get(f"{PATH}?format=ndjson")).splitlines()] == [second, first]
    features = json.loads(body(api.get(f"{PATH}?format=geojson")))["features"]
    assert [feature["id"] for feature in features] == [second["public_id"], first["public_id"]]
    rows = list(csv.DictReader(io.StringIO(body(api.get(PATH)).decode(), newline="")))
    assert [row["received_at"] for row in rows] == [second["received_at"], first["received_at"]]
    assert [row["description"] for row in rows] == ["'=1", first["description"]]


@pytest.mark.parametrize("format_", TYPES)
def test_it_is_a_download_that_nobody_keeps(holdings, api, format_):
    answer = api.get(f"{PATH}?format={format_}&fields=public_id,attributes")
    assert answer.streaming
    assert answer["Content-Type"] == TYPES[format_]
    assert answer["Content-Disposition"].startswith('attachment; filename="riverton-reports-20')
    assert answer["Content-Disposition"].endswith(f'.{format_}"')
    assert answer["Cache-Control"] == "private, no-store"
    assert "X-RateLimit-Remaining" in answer
    assert "ETag" not in answer
    assert "Content-Length" not in answer
    assert str(holdings.report.public_id).encode() in body(answer)


@pytest.mark.parametrize("format_", TYPES)
def test_it_is_compressed_for_those_who_take_it(holdings, api, format_):
    api.headers["Accept-Encoding"] = "gzip"
    packed = api.get(f"{PATH}?format={format_}")
    api.headers["Accept-Encoding"] = "gzip;q=0, identity"
    plain = api.get(f"{PATH}?format={format_}")
    assert packed["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed["Vary"]
    assert "Content-Encoding" not in plain
    assert gzip.decompress(body(packed)) == body(plain)


@pytest.mark.parametrize(
    ("query", "accept", "format_"),
    [
        ("", "application/geo+json", "geojson"),
        ("", "text/html,application/xhtml+xml,*/*;q=0.8", "csv"),
        ("?format=ndjson", "application/json", "ndjson"),
    ],
)
def test_the_format_is_negotiated(holdings, officer, query, accept, format_):
    officer.headers["Accept"] = accept
    answer = officer.get(f"{PATH}{query}")
    assert answer["Content-Type"] == TYPES[format_]
    answer.close()


def test_filters_are_those_of_the_list(holdings, api):
    public_id = str(holdings.report.public_id).encode()
    later = MOMENT.replace(year=2027).isoformat().replace("+00:00", "Z")
    for query, found in (
        (f"service_code={MARK}&status=open&issue=1&category=", True),
        ("status=closed", False),
        (f"received_after={later}", False),
        (f"received_before={later}", True),
        ("issue=2", False),
    ):
        assert (public_id in body(api.get(f"{PATH}?{query}"))) is found, query


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("format=xlsx", "format"),
        ("fields=status,contact", "fields"),
        ("stauts=open", "stauts"),
        ("status=opened", "status"),
        ("received_after=soon", "received_after"),
        ("issue=one", "issue"),
        ("service_code=none", "service_code"),
        ("service_code=%00", "service_code"),
        ("received_after=2026-03-02T00:00Z&received_before=2026-03-01T00:00Z", "received_before"),
        ("page_size=5", "page_size"),
    ],
)
def test_nonsense_is_a_problem_that_names_it(holdings, api, query, field):
    for method in ("GET", "HEAD"):
        answer = api(method, f"{PATH}?{query}")
        assert (answer.status_code, answer["Content-Type"]) == (400, PROBLEM)
    assert [error["field"] for error in api.get(f"{PATH}?{query}").json()["errors"]] == [field]


def test_what_it_cannot_be_is_406(holdings, api):
    api.headers["Accept"] = "application/pdf"
    assert problem(api.get(PATH))["status"] == 406


def test_head_tells_of_the_file_without_making_it(holdings, api):
    answer = api("HEAD", PATH)
    assert (answer.status_code, answer["Content-Type"]) == (200, TYPES["csv"])
    assert body(answer) == b""


@pytest.mark.parametrize("format_", TYPES)
def test_the_outsider_gets_an_empty_file(holdings, api, outsider, other_city, anonymous, format_):
    path = f"{PATH}?format={format_}&fields={','.join(EXPORT_FIELDS)}"
    own = body(api.get(path))
    assert MARK.encode() in own
    assert b"ann@example.org" not in own
    for caller in (outsider, signed_in(other_city.officer)):
        data = body(caller.get(path))
        assert MARK.encode() not in data
        assert str(holdings.report.public_id).encode() not in data
        assert problem(caller.get(f"{path}&service_code={MARK}"))["status"] == 400
    assert problem(anonymous.get(path))["status"] == 401


def test_the_test_ends_with_every_place_and_connection_free(holdings, api):
    connection.close()
    before = pool_statistics().in_use
    free = places._places._value
    unread = api.get(PATH)
    assert places._places._value == free - 1
    unread.close()
    body(api.get(PATH))
    connection.close()
    assert (pool_statistics().in_use, places._places._value) == (before, free)


def test_more_exports_than_places_are_told_to_come_again(holdings, api):
    taken = [api.get(PATH) for _ in range(places._places._value)]
    answer = api.get(PATH)
    assert (problem(answer)["status"], answer["Retry-After"]) == (503, "10")
    for each in taken:
        each.close()
    assert MARK.encode() in body(api.get(PATH))


def test_an_error_before_the_first_byte_is_a_problem(holdings, api, monkeypatch):
    monkeypatch.setattr(views, "TIME_LIMIT", views.timedelta(milliseconds=20))
    api.client.raise_request_exception = False
    free = places._places._value
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE reports IN ACCESS EXCLUSIVE MODE")
        answer = api.get(PATH)
    assert problem(answer)["status"] == 500
    assert places._places._value == free
