"""The first visitor gets a login and a key that work, and the same ones at the next start."""

import json
import stat
from pathlib import Path

import pytest

from apps.core import clock
from apps.operations.supervisor.credentials import ADMIN_EMAIL, first_visitor, password_works
from apps.operations.supervisor.welcome import welcome
from apps.tenants.models import ApiKey, User
from apps.tenants.rules import make_key
from apps.tenants.selectors import caller_of_key, forget_callers, role_in
from apps.tenants.services import revoke_api_key, set_password
from tests.conftest import City


def test_login_and_key_work_and_stay_the_same(city: City, tmp_path: Path) -> None:
    found = first_visitor(tmp_path)
    assert password_works(found)
    assert caller_of_key(found.api_key, now=clock.now()).tenant_slug == found.tenant == city.tenant.slug
    assert role_in(User.objects.get(email=ADMIN_EMAIL), city.id) == "administrator"
    assert first_visitor(tmp_path) == found


def test_only_the_owner_can_read_them(city: City, tmp_path: Path) -> None:
    first_visitor(tmp_path)
    assert stat.S_IMODE((tmp_path / "credentials.json").stat().st_mode) == 0o600


def test_a_password_that_was_changed_stays_changed_and_is_not_printed(city: City, tmp_path: Path) -> None:
    found = first_visitor(tmp_path)
    set_password(user=User.objects.get(email=ADMIN_EMAIL), password="chosen by its user")
    again = first_visitor(tmp_path)
    assert not password_works(again)
    text = welcome("http://localhost:8000", again, state="", password_known=False)
    assert found.password not in text
    assert "(the one you have set)" in text


def test_a_revoked_key_is_replaced(city: City, tmp_path: Path) -> None:
    found = first_visitor(tmp_path)
    revoke_api_key(api_key=ApiKey.objects.get(name="make run"), now=clock.now())
    forget_callers()
    assert first_visitor(tmp_path).api_key != found.api_key


def test_a_file_of_another_database_gets_its_login_made_again(city: City, tmp_path: Path) -> None:
    kept = {"email": ADMIN_EMAIL, "password": "kept since the last database", "api_key": make_key().text}
    (tmp_path / "credentials.json").write_text(json.dumps(kept))
    again = first_visitor(tmp_path)
    assert again.password == kept["password"]
    assert password_works(again)
    assert again.api_key != kept["api_key"]


def test_a_lost_or_broken_file_gets_a_new_password(city: City, tmp_path: Path) -> None:
    found = first_visitor(tmp_path)
    (tmp_path / "credentials.json").write_text("{")
    again = first_visitor(tmp_path)
    assert again.password != found.password
    assert password_works(again)


@pytest.mark.django_db
def test_without_a_city_there_is_a_login_and_no_key(tmp_path: Path) -> None:
    found = first_visitor(tmp_path)
    assert (found.tenant, found.api_key) == ("", "")
    assert "curl" not in welcome("http://localhost:8000", found, state="", password_known=True)
