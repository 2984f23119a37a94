"""What gunicorn serves: the fast lane in front of Django says what Django says, and lets go of what it borrowed."""

import io
import sys
from typing import Any

import pytest
from django.db import connection

from apps.core.metrics import Histogram
from apps.observability import measures
from config.wsgi import application, django_application
from tests.conftest import City


def call(app: Any, city: City, path: str, query: str = "", **more: Any) -> tuple[int, dict[str, str], bytes]:
    found: list[Any] = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "HTTP_HOST": "localhost",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_AUTHORIZATION": f"Bearer {city.key}",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.url_scheme": "http",
        **more,
    }
    answer = app(environ, lambda status, headers: found.append((int(status[:3]), dict(headers))))
    body = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    return (*found[0], body)


# Different from request to request.
VARYING = {"X-Request-ID", "X-RateLimit-Remaining", "X-RateLimit-Reset"}
# What Django's security middleware says of pages; data refers to nothing and opens nothing.
OF_PAGES = {"Referrer-Policy", "Cross-Origin-Opener-Policy"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/api/v1/reports/", "/api/v1/issues/", "/api/v1/sla/metrics/", "/api/v1/dashboard/"])
def test_both_doors_give_the_same_answer_and_headers(path: str, city: City) -> None:
    for more in ({}, {"HTTP_ACCEPT_ENCODING": "gzip"}):
        status, headers, body = call(application, city, path, **more)
        other_status, other_headers, other_body = call(django_application, city, path, **more)
        assert (status, body) == (other_status, other_body) == (200, body)
        assert {n: v for n, v in headers.items() if n not in VARYING} == {
            n: v for n, v in other_headers.items() if n not in VARYING | OF_PAGES
        }
        assert headers.keys() >= VARYING
        again = call(application, city, path, HTTP_IF_NONE_MATCH=headers["ETag"], **more)
        assert (again[0], again[2]) == (304, b"")


@pytest.mark.django_db(transaction=True)
def test_what_the_lane_leaves_is_answered_by_django(city: City) -> None:
    assert call(application, city, "/api/v1/reports/", "colour=red")[0] == 400
    assert call(application, city, "/api/v1/issues/99/")[0] == 404
    assert call(application, city, "/api/v1/reports/", HTTP_AUTHORIZATION="Bearer wl_no_no")[0] == 401
    assert call(application, city, "/api/v1/reports/", HTTP_HOST="evil.example")[0] == 400
    assert call(application, city, "/health/live")[0] == 200


@pytest.mark.django_db(transaction=True)
def test_the_connection_goes_back_to_the_pool_and_the_request_is_measured(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(Histogram, "observe", lambda self, seconds, **labels: seen.append((self.name, labels)))
    call(application, city, "/api/v1/reports/")
    assert connection.connection is None
    labels = {"method": "GET", "route": "/api/v1/reports/", "status": 200}
    assert (measures.request_seconds.name, labels) in seen


@pytest.mark.django_db(transaction=True)
def test_a_client_chooses_its_requests_id(city: City) -> None:
    assert (
        call(application, city, "/api/v1/reports/", HTTP_X_REQUEST_ID="abcdefgh-1")[1]["X-Request-ID"] == "abcdefgh-1"
    )


@pytest.mark.django_db(transaction=True)
def test_with_tls_what_came_without_it_is_sent_on(city: City, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert "Content-Security-Policy" in call(application, city, "/api/v1/reports/", HTTP_X_FORWARDED_PROTO="https")[1]
    found = call(application, city, "/api/v1/reports/")[1]
    assert not found.get("Content-Security-Policy", "").startswith("default-src 'none'")


@pytest.mark.django_db(transaction=True)
def test_one_request_too_many_is_refused_before_anything_is_read(city: City, settings: Any) -> None:
    settings.RATE_LIMIT_PER_MINUTE = 1
    assert call(application, city, "/api/v1/reports/")[0] == 200
    status, headers, body = call(application, city, "/api/v1/reports/")
    assert (status, headers["Content-Type"]) == (429, "application/problem+json")
    assert int(headers["Retry-After"]) > 0
    assert b"too many" in body
