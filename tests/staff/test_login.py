"""Passwords cannot be guessed without end, and one person's failures lock nobody else out."""

import pytest
from django.test import Client

from apps.tenants.services import set_password

PASSWORD = "Right-horse-9"


def sign_in(email: str, password: str, **extra: str) -> tuple[int, bool]:
    client = Client()
    answer = client.post("/admin/login/", {"username": email, "password": password}, **extra)
    return answer.status_code, "_auth_user_id" in client.session


@pytest.fixture
def officer(city):
    set_password(user=city.officer, password=PASSWORD)
    return city.officer


def test_the_right_password_opens(officer):
    assert sign_in(officer.email, PASSWORD) == (302, True)


def test_after_five_wrong_passwords_the_right_one_is_refused_too(officer):
    statuses = [sign_in(officer.email, "wrong")[0] for _ in range(6)]
    assert statuses[-1] == 429
    assert sign_in(officer.email, PASSWORD) == (429, False)


def test_others_at_the_same_address_are_not_locked_out(officer, other_city):
    set_password(user=other_city.officer, password=PASSWORD)
    for _ in range(6):
        sign_in(officer.email, "wrong")
    assert sign_in(other_city.officer.email, PASSWORD) == (302, True)


def test_the_address_is_the_one_that_our_proxy_saw(officer, settings):
    settings.TRUSTED_PROXIES = 1
    for _ in range(6):
        sign_in(officer.email, "wrong", HTTP_X_FORWARDED_FOR="6.6.6.6")
    assert sign_in(officer.email, PASSWORD, HTTP_X_FORWARDED_FOR="7.7.7.7") == (302, True)
