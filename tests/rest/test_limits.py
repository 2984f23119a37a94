"""Requests are counted for each key, person and address; every answer says how many are left."""

import time

import pytest
from django.test import RequestFactory

from apps.core.client_address import client_address
from tests.rest.conftest import PROBLEM, Caller

REPORTS = "/api/v1/reports/"


@pytest.fixture(autouse=True)
def _small_limits(settings):
    settings.RATE_LIMIT_PER_MINUTE = 3
    settings.RATE_LIMIT_SEARCH_PER_MINUTE = 1


def left(response):
    return response.status_code, int(response["X-RateLimit-Limit"]), int(response["X-RateLimit-Remaining"])


def test_the_fourth_request_of_a_minute_waits(api):
    answers = [api.get(REPORTS), api.get("/api/v1/issues/"), api.get(f"{REPORTS}?status=shut"), api.get(REPORTS)]
    assert [left(answer) for answer in answers] == [(200, 3, 2), (200, 3, 1), (400, 3, 0), (429, 3, 0)]
    refused = answers[-1]
    assert refused["Content-Type"] == PROBLEM
    wait = int(refused["Retry-After"])
    assert 1 <= wait <= 60
    assert abs(int(refused["X-RateLimit-Reset"]) - time.time() - wait) <= 2


def test_search_has_a_limit_of_its_own(api):
    assert [left(api.get(f"{REPORTS}?search=x")) for _ in range(2)] == [(200, 1, 0), (429, 1, 0)]
    assert left(api.get(REPORTS)) == (200, 3, 0)


def test_a_keys_own_limit_wins(key_with):
    few = key_with(requests_per_minute=1)
    assert [left(few.get(REPORTS)) for _ in range(2)] == [(200, 1, 0), (429, 1, 0)]
    assert left(key_with(requests_per_minute=500).get(REPORTS)) == (200, 500, 499)


def test_callers_do_not_use_up_each_others_limits(api, officer, outsider):
    for _ in range(4):
        api.get(REPORTS)
    assert left(officer.get(REPORTS)) == (200, 3, 2)
    assert left(outsider.get(REPORTS)) == (200, 3, 2)


def test_the_anonymous_are_counted_by_address(city):
    wrong = Caller({"Authorization": "Bearer nonsense"})
    assert [left(wrong.get(REPORTS))[0] for _ in range(4)] == [401, 401, 401, 429]
    assert left(Caller().get(REPORTS, REMOTE_ADDR="10.0.0.9")) == (401, 3, 2)
    assert left(Caller().get("/api/v1/nothing/", REMOTE_ADDR="10.0.0.9")) == (404, 3, 1)


def test_with_redis_away_everybody_is_let_in(api, settings):
    dead = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": dead}
    assert [left(api.get(REPORTS)) for _ in range(4)] == [(200, 3, 3)] * 4


def test_limits_can_be_switched_off(api, settings):
    settings.RATE_LIMIT_ENABLED = False
    answers = [api.get(REPORTS) for _ in range(4)]
    assert {answer.status_code for answer in answers} == {200}
    assert "X-RateLimit-Limit" not in answers[0]


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "1.1.1.1", "10.0.0.1"),
        (1, "6.6.6.6, 1.1.1.1", "1.1.1.1"),
        (2, "6.6.6.6, 1.1.1.1, 2.2.2.2", "1.1.1.1"),
        (2, "1.1.1.1", "10.0.0.1"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        (1, "unreadable", "unknown"),
    ],
)
def test_only_our_own_proxies_are_believed(settings, proxies, forwarded, address):
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": forwarded})
    assert client_address(request) == address
