"""/metrics and its JSON relatives: what they say, and to whom."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from celery import current_app
from django.test import Client
from django_redis import get_redis_connection

from apps.core.cache import tagged_get_or_set
from apps.core.cache.client import client as cache_client
from apps.core.metrics import read_metric
from apps.tenants.models import User
from tests.conftest import City

PAGES = ("/metrics", "/metrics/database-pool", "/metrics/cache")
TOKEN = {"Authorization": "Bearer s3cret-é"}


@pytest.fixture(autouse=True)
def _far_from_development(settings: Any) -> None:
    """Whatever environment the tests run in: loopback opens nothing."""
    settings.ENVIRONMENT = "test"


@pytest.fixture
def staff(city: City) -> Client:
    browser = Client()
    browser.force_login(city.officer)
    return browser


def samples(text: str, name: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(f"wardline_{name}")]


@pytest.mark.parametrize("page", PAGES)
def test_strangers_people_and_api_keys_get_nothing(page: str, city: City, settings: Any) -> None:
    settings.METRICS_TOKEN = "s3cret-é"
    person = Client()
    person.force_login(User.objects.create(email="citizen@example.org"))
    assert Client().get(page).status_code == 401
    assert Client().get(page, headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert Client().get(page, headers=city.headers).status_code == 401
    assert person.get(page).status_code == 403
    refused = Client().get(page)
    assert refused["WWW-Authenticate"].startswith("Bearer")
    assert refused["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("page", PAGES)
def test_staff_and_bearers_of_the_token_may_read(page: str, staff: Client, settings: Any) -> None:
    assert staff.get(page).status_code == 200
    settings.METRICS_TOKEN = "s3cret-é"
    assert Client().get(page, headers=TOKEN).status_code == 200
    assert staff.post(page).status_code == 405


def test_no_token_in_the_settings_means_that_no_token_opens(db: None) -> None:
    for sent in ("Bearer ", "Bearer", "bearer  ", ""):
        assert Client().get("/metrics", headers={"Authorization": sent}).status_code == 401


@pytest.mark.parametrize(
    ("environment", "address", "forwarded", "status"),
    [
        ("development", "127.0.0.1", {}, 200),
        ("development", "::1", {}, 200),
        ("development", "10.0.0.9", {}, 401),
        ("development", "127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, 401),
        ("production", "127.0.0.1", {}, 401),
    ],
)
def test_loopback_is_enough_in_development_only(
    db: None, settings: Any, environment: str, address: str, forwarded: dict[str, str], status: int
) -> None:
    settings.ENVIRONMENT = environment
    response = Client(REMOTE_ADDR=address).get("/metrics/database-pool", headers=forwarded)
    assert response.status_code == status


def test_requests_are_counted_by_method_pattern_and_status(staff: Client) -> None:
    def count(**wanted: str) -> float:
        return sum(value for labels, value in read_metric("request_seconds_count") if labels == wanted)

    live = {"method": "GET", "route": "/health/live", "status": "200"}
    missing = {"method": "OTHER", "route": "unmatched", "status": "404"}
    before = count(**live), count(**missing)
    staff.get("/health/live")
    staff.generic("INVENTED", "/v2/no/such/page/here")
    assert (count(**live), count(**missing)) == (before[0] + 1, before[1] + 1)
    # The request that asks is itself in flight.
    text = staff.get("/metrics").content.decode()
    assert samples(text, "requests_in_flight") == ["wardline_requests_in_flight 1.0"]


def test_prometheus_text_has_pools_cache_and_queues(staff: Client) -> None:
    tagged_get_or_set(key="k", tags=[], kind="lists", compute=int)
    queue = current_app.conf.task_default_queue
    with current_app.connection_for_write() as connection:
        channel = connection.default_channel
        channel.queue_declare(queue)
        channel.basic_publish(channel.prepare_message("{}"), routing_key=queue, exchange="")
    try:
        response = staff.get("/metrics")
    finally:
        with current_app.connection_for_write() as connection:
            connection.default_channel.queue_purge(queue)
    assert response["Content-Type"].startswith("text/plain; version=0.0.4")
    text = response.content.decode()
    assert f'wardline_queue_depth{{queue="{queue}"}} 1.0' in text
    assert 'wardline_database_pool_connections{alias="default",state="in_use"}' in text
    assert "wardline_cache_up 1.0" in text
    assert samples(text, 'cache_reads_total{kind="lists",level="redis",outcome="miss"}')


def test_pool_page_shows_the_connection_of_the_request(staff: Client) -> None:
    (pool,) = json.loads(staff.get("/metrics/database-pool").content)["pools"]
    assert pool["alias"] == "default"
    assert pool["in_use"] >= 1
    assert pool["size"] <= pool["max_size"]
    assert pool["errors"] == 0


def test_cache_page_shows_hit_rates_by_kind(staff: Client) -> None:
    get_redis_connection("default").delete(cache_client.key("statistics"))
    for _ in range(4):
        tagged_get_or_set(key="k", tags=["t"], kind="search", compute=int)
    figures = json.loads(staff.get("/metrics/cache").content)
    (kind,) = [kind for kind in figures["kinds"] if kind["kind"] == "search"]
    assert (kind["hits"], kind["misses"], kind["hit_rate"]) == (3, 1, 0.75)
    assert figures["available"] is True


def test_figures_are_served_without_redis(staff: Client, without_redis: Callable[[], None]) -> None:
    without_redis()
    assert json.loads(staff.get("/metrics/cache").content)["available"] is False
    text = staff.get("/metrics").content.decode()
    assert "wardline_cache_up 0.0" in text
    assert samples(text, 'scrape_failures_total{part="queues"}')
