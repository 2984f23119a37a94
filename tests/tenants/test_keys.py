"""A key speaks for one tenant until it is revoked or expires."""

from datetime import timedelta

import pytest

from apps.core import clock
from apps.tenants.errors import InvalidApiKey
from apps.tenants.models import ApiKey
from apps.tenants.selectors import caller_of_key, forget_callers
from apps.tenants.services import issue_api_key, revoke_api_key


def test_a_key_names_its_tenant_and_scopes(city):
    caller = caller_of_key(city.key, now=clock.now())
    assert (caller.tenant_id, caller.scopes) == (city.id, {"read", "write"})


def test_only_a_hash_of_the_key_is_kept(city):
    row = ApiKey.objects.values().get()
    assert not any(city.key.split("_", 2)[2] in str(value) for value in row.values())


@pytest.mark.parametrize("text", ["", "wl_", "Bearer x", "wl_aaaaaaaaaaaa_" + "x" * 43])
def test_what_is_no_key_is_refused(city, text):
    with pytest.raises(InvalidApiKey):
        caller_of_key(text, now=clock.now())


def test_a_wrong_secret_is_refused(city):
    wrong = city.key[:-1] + ("a" if city.key[-1] != "a" else "b")
    with pytest.raises(InvalidApiKey):
        caller_of_key(wrong, now=clock.now())


def test_a_revoked_key_stops_working(city):
    revoke_api_key(api_key=ApiKey.objects.get(), now=clock.now())
    forget_callers()
    with pytest.raises(InvalidApiKey):
        caller_of_key(city.key, now=clock.now())


def test_an_expired_key_stops_working_at_once(city):
    now = clock.now()
    issued = issue_api_key(tenant=city.tenant, name="short", expires_at=now + timedelta(minutes=1))
    assert caller_of_key(issued.text, now=now).tenant_id == city.id
    with pytest.raises(InvalidApiKey):
        caller_of_key(issued.text, now=now + timedelta(minutes=1))


def test_a_second_look_within_seconds_asks_the_database_nothing(city, django_assert_num_queries):
    caller_of_key(city.key, now=clock.now())
    with django_assert_num_queries(0):
        caller_of_key(city.key, now=clock.now())
