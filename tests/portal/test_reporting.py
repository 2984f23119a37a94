"""A citizen reports a problem by the form: taken in, or told what is wrong beside each field."""

import re

import pytest
from django.test import Client

from apps.portal.privacy import public_words
from apps.reports.models import Report, ReporterContact
from apps.tenants.scoping import tenant_scope

GOOD = {
    "description": "Street lamp is dark since Monday",
    "service_code": "streetlight",
    "address": "12 Elm Street",
    "lat": "42.36",
    "lng": "-71.06",
    "contact_name": "Carla Citizen",
    "contact_email": "carla@citizen.example",
    "contact_phone": "6175550134",
}


def reports(city):
    with tenant_scope(city.id):
        return list(Report.objects.select_related("service")), list(ReporterContact.objects.all())


@pytest.fixture
def offered(city, client):
    """A service that the form offers."""
    page = client.get("/riverton/report/").content.decode()
    codes = re.findall(r'<option value="([^"]+)"', page)
    assert codes
    return codes[0]


def test_a_report_is_stored_and_the_citizen_gets_its_number(city, offered, client):
    answer = client.post("/riverton/report/", GOOD | {"service_code": offered})
    (report,), (contact,) = reports(city)
    assert answer.status_code == 303
    assert answer["Location"] == f"/riverton/reports/{report.public_id}/?sent=1"
    assert (report.description, report.channel, report.service.code) == (GOOD["description"], "web", offered)
    assert (report.lat, report.lng, report.address) == (42.36, -71.06, "12 Elm Street")
    assert contact.email == "carla@citizen.example"
    thanks = client.get(answer["Location"]).content.decode()
    assert "Thank you" in thanks
    assert f"http://testserver/riverton/reports/{report.public_id}/" in thanks
    assert "carla" not in thanks.lower()


@pytest.mark.parametrize(
    "place", [{"address": "12 Elm Street", "lat": "", "lng": ""}, {"address": "", "lat": "42.36", "lng": "-71.06"}]
)
def test_an_address_or_a_point_is_enough_and_the_contact_is_optional(city, place, client):
    nobody = {"contact_name": "", "contact_email": "", "contact_phone": "", "service_code": ""}
    assert client.post("/riverton/report/", GOOD | nobody | place).status_code == 303
    found, contacts = reports(city)
    assert len(found) == 1
    assert contacts == []


@pytest.mark.parametrize(
    ("field", "wrong", "words"),
    [
        ("description", {"description": "  "}, "required"),
        ("description", {"description": "x" * 4_001}, "at most 4000"),
        ("description", {"description": "a\x00b"}, "Null"),
        ("lat", {"lat": "91"}, "between -90 and 90"),
        ("lng", {"lng": "-181"}, "between -180 and 180"),
        ("lng", {"lng": ""}, "go together"),
        ("lat", {"lat": "north"}, "number"),
        ("lat", {"lat": "nan"}, "number"),
        ("address", {"address": "", "lat": "", "lng": ""}, "location is needed"),
        ("address", {"address": "x" * 301}, "at most 300"),
        ("service_code", {"service_code": "dragons"}, "dragons"),
        ("contact_email", {"contact_email": "carla"}, "valid email"),
        ("homepage", {"homepage": "https://buy.example"}, "trap for programs"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_written(city, offered, field, wrong, words, client):
    answer = client.post("/riverton/report/", GOOD | {"service_code": offered} | wrong)
    assert answer.status_code == 400
    content = answer.content.decode()
    assert words in content.split(f'id="id_{field}_error"')[1].split("</ul>")[0]
    assert f'href="#id_{field}"' in content
    kept = next(name for name in ("contact_name", "contact_phone") if name not in wrong)
    assert GOOD[kept] in content
    assert reports(city) == ([], [])


def test_a_service_of_another_city_is_not_offered(city, other_city, client):
    with tenant_scope(other_city.id):
        from_there = other_city.tenant.name
    page = client.get("/riverton/report/").content.decode()
    assert from_there not in page


def test_a_form_of_another_site_is_refused(city):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/riverton/report/", GOOD).status_code == 403
    assert reports(city) == ([], [])
    page = strict.get("/riverton/report/").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    sent = strict.post("/riverton/report/", GOOD | {"service_code": "", "csrfmiddlewaretoken": token})
    assert sent.status_code == 303


@pytest.mark.parametrize("strict", [False, True])
def test_a_megabyte_of_text_is_refused_by_a_page_that_says_so(city, strict):
    answer = Client(enforce_csrf_checks=strict).post("/riverton/report/", GOOD | {"description": "x" * 1_048_576})
    assert answer.status_code == 413
    assert "room for 4,000 characters" in answer.content.decode()
    assert reports(city) == ([], [])


def test_the_trap_is_kept_from_people_until_it_has_sprung(city, client):
    trap = '<div class="trap" aria-hidden="true">'
    page = client.get("/riverton/report/").content.decode()
    assert trap in page
    assert 'tabindex="-1"' in page.split(trap)[1].split("</div>")[0]
    assert trap not in client.post("/riverton/report/", GOOD | {"homepage": "x"}).content.decode()


def test_too_many_reports_of_one_address_are_refused_with_the_time_to_wait(city, settings, client):
    settings.RATE_LIMIT_PER_MINUTE = 2
    sent = GOOD | {"service_code": ""}
    answers = [client.post("/riverton/report/", sent, REMOTE_ADDR="192.0.2.7") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [303, 303, 429]
    assert 1 <= int(answers[2]["Retry-After"]) <= 60
    assert "very many reports" in answers[2].content.decode()
    # Looking costs nothing, and others are not held up; a forged header makes nobody another.
    assert client.get("/riverton/report/", REMOTE_ADDR="192.0.2.7").status_code == 200
    assert client.post("/riverton/report/", sent, REMOTE_ADDR="192.0.2.8").status_code == 303
    forged = {"REMOTE_ADDR": "192.0.2.7", "HTTP_X_FORWARDED_FOR": "203.0.113.9"}
    assert client.post("/riverton/report/", sent, **forged).status_code == 429
    assert len(reports(city)[0]) == 3


def test_behind_a_proxy_the_caller_is_the_address_that_the_proxy_saw(city, settings, client):
    settings.RATE_LIMIT_PER_MINUTE, settings.TRUSTED_PROXIES = 1, 1
    sent = GOOD | {"service_code": ""}
    seen = ["2001:db8:1:1::1", "evil, 2001:db8:1:1::2", "2001:db8:2:2::1"]
    codes = [
        client.post("/riverton/report/", sent, REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=each).status_code
        for each in seen
    ]
    assert codes == [303, 429, 303]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Call me: +1 (617) 555-0134 please", "Call me: … please"),
        ("mail carla.citizen+x@mail.example.org!", "mail …!"),
        ("carla (at) mail.example", "…"),
        ("Lamp 12 at 1250 Elm Street, since 2026", "Lamp 12 at 1250 Elm Street, since 2026"),
    ],
)
def test_numbers_and_addresses_of_people_are_not_published(written, shown):
    assert public_words(written) == shown
