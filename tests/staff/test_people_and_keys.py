"""Administrators invite people, give roles, and make keys; secrets are shown once."""

import re

import pytest
from django.contrib.auth import authenticate
from django.urls import reverse

from apps.tenants.models import ApiKey, Membership, User
from apps.tenants.services import create_user, grant_membership

ADD = "admin:tenants_user_add"
PEOPLE = "admin:tenants_user_changelist"
SECRET = re.compile(r"<output>(\S+)</output>")


def invite(client, **values):
    return client.post(reverse(ADD), {"email": "New@Person.example", "name": "Nora New", "role": "agent"} | values)


@pytest.fixture
def colleague(city):
    user = create_user(email="colleague@riverton.example", name="Cole", password="old enough for me")
    grant_membership(user=user, tenant=city.tenant, role="agent")
    return user


def test_somebody_new_is_invited_and_the_password_is_shown_once(city, officer_client, rf):
    answer = invite(officer_client)
    password = SECRET.search(answer.content.decode())[1]
    assert "no-store" in answer["Cache-Control"]
    user = User.objects.get(email="new@person.example")
    assert user.check_password(password)
    assert authenticate(rf.post("/"), username=user.email, password=password) == user
    assert Membership.objects.get(user=user).role == "agent"
    assert password not in officer_client.get(reverse(PEOPLE)).content.decode()


def test_somebody_who_has_an_account_keeps_it(city, other_city, officer_client):
    stranger = other_city.officer
    answer = invite(officer_client, email=stranger.email.upper(), name="Renamed", role="viewer")
    assert answer.status_code == 302
    stranger.refresh_from_db()
    assert stranger.name == "Officer of Hillford"
    roles = set(Membership.objects.filter(user=stranger).values_list("tenant__slug", "role"))
    assert roles == {("hillford", "administrator"), ("riverton", "viewer")}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"email": "nonsense"}, "valid email"), ({"role": "king"}, "valid choice"), ({"email": ""}, "required")],
)
def test_a_wrong_invitation_is_refused_at_its_field(wrong, message, city, officer_client):
    answer = invite(officer_client, **wrong)
    assert answer.status_code == 200
    assert message in answer.content.decode()
    assert not User.objects.filter(name="Nora New").exists()


def test_who_works_here_is_not_invited_again(city, colleague, officer_client):
    assert "works here already" in invite(officer_client, email=colleague.email).content.decode()
    assert Membership.objects.get(user=colleague).role == "agent"


def test_an_account_that_another_city_shares_is_not_edited_here(city, other_city, colleague, officer_client):
    url = reverse("admin:tenants_user_change", args=[colleague.pk])
    values = {"email": colleague.email, "name": "Cole Younger", "is_active": "on"}
    assert officer_client.post(url, values).status_code == 302
    colleague.refresh_from_db()
    assert colleague.name == "Cole Younger"
    grant_membership(user=colleague, tenant=other_city.tenant, role="agent")
    assert officer_client.post(url, values | {"email": "thief@riverton.example"}).status_code == 403
    action = {"action": "give_password", "_selected_action": [colleague.pk]}
    assert "Choose one person" in officer_client.post(reverse(PEOPLE), action, follow=True).content.decode()
    colleague.refresh_from_db()
    assert colleague.check_password("old enough for me")


def test_a_forgotten_password_is_replaced_once(city, colleague, officer_client):
    answer = officer_client.post(reverse(PEOPLE), {"action": "give_password", "_selected_action": [colleague.pk]})
    colleague.refresh_from_db()
    assert colleague.check_password(SECRET.search(answer.content.decode())[1])


def test_what_another_city_did_to_a_shared_account_stays_there(city, other_city, client):
    client.force_login(other_city.officer)
    invite(client)
    person = User.objects.get(email="new@person.example")
    client.force_login(city.officer)
    invite(client)
    history = client.get(reverse("admin:tenants_user_history", args=[person.pk])).content.decode()
    assert "officer@riverton.example" in history
    assert "hillford" not in history


def test_roles_of_others_change_and_end_but_not_ones_own(city, colleague, officer_client):
    own = Membership.objects.get(user=city.officer)
    theirs = Membership.objects.get(user=colleague)
    change = "admin:tenants_membership_change"
    assert officer_client.post(reverse(change, args=[theirs.pk]), {"role": "manager"}).status_code == 302
    theirs.refresh_from_db()
    assert (theirs.role, theirs.user_id) == ("manager", colleague.pk)
    assert officer_client.post(reverse(change, args=[own.pk]), {"role": "viewer"}).status_code == 403
    delete = {"action": "delete_selected", "_selected_action": [own.pk, theirs.pk], "post": "yes"}
    officer_client.post(reverse("admin:tenants_membership_changelist"), delete)
    assert Membership.objects.filter(pk=own.pk).exists()
    officer_client.post(reverse("admin:tenants_membership_delete", args=[theirs.pk]), {"post": "yes"})
    assert not Membership.objects.filter(pk=theirs.pk).exists()
    assert User.objects.filter(pk=colleague.pk).exists()


def make_key(client, **values):
    form = {"name": "app", "scopes": ["read"], "requests_per_minute": "", "expires_at_0": "", "expires_at_1": ""}
    return client.post(reverse("admin:tenants_apikey_add"), form | values)


def test_a_new_keys_text_works_and_is_shown_once(city, officer_client, client):
    answer = make_key(officer_client)
    key = re.search(r"wl_[a-z0-9]{12}_[\w-]{43}", answer.content.decode())[0]
    assert "no-store" in answer["Cache-Control"]
    assert ApiKey.objects.get(name="app").scopes == ["read"]
    client.logout()
    assert client.get("/api/v1/reports/", headers={"Authorization": f"Bearer {key}"}).status_code == 200


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"scopes": []}, "required"),
        ({"scopes": ["read", "steal"]}, "valid choice"),
        ({"requests_per_minute": "0"}, "At least 1"),
        ({"expires_at_0": "2020-01-01", "expires_at_1": "00:00"}, "has passed"),
    ],
)
def test_a_key_that_could_not_work_is_not_made(wrong, message, city, officer_client):
    answer = make_key(officer_client, **wrong)
    assert message in answer.content.decode()
    assert not ApiKey.objects.filter(name="app").exists()


def test_keys_are_revoked_from_the_list(city, officer_client):
    key = ApiKey.objects.get(tenant=city.tenant)
    action = {"action": "revoke", "_selected_action": [key.pk]}
    answer = officer_client.post(reverse("admin:tenants_apikey_changelist"), action, follow=True)
    assert "1 key works no longer" in answer.content.decode()
    key.refresh_from_db()
    assert key.revoked_at is not None
