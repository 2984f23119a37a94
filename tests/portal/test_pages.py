"""What anybody may read of a city, and nothing more."""

import json
from uuid import uuid4

import pytest
from django.urls import reverse

from apps.core.cache import forget_process
from apps.core.query_counter import QueryCounter
from apps.issues.models import Issue
from apps.tenants.models import Tenant
from apps.tenants.scoping import tenant_scope
from tests.portal.conftest import SECRETS, graffiti


def urls(city, told):
    slug = city.tenant.slug
    return [
        "/",
        f"/{slug}/",
        f"/{slug}/?show=all",
        f"/{slug}/?number=999",
        f"/{slug}/issues.geojson",
        f"/{slug}/report/",
        f"/{slug}/reports/{told.report.public_id}/",
        f"/{slug}/reports/{told.report.public_id}/?sent=1",
        f"/{slug}/issues/{told.issue.number}/",
    ]


def test_no_public_page_holds_anything_personal_or_internal(city, told, client):
    for signed_in in (False, True):
        if signed_in:
            client.force_login(city.officer)
        for url in urls(city, told):
            response = client.get(url)
            assert response.status_code == 200, url
            content = response.content.decode()
            assert [secret for secret in SECRETS if secret.lower() in content.lower()] == [], url


def test_an_issue_shows_its_status_its_promise_and_what_happened(city, told, client):
    content = client.get(f"/riverton/issues/{told.issue.number}/").content.decode()
    for words in ("Pothole of Riverton", "12 Elm Street", "Acknowledged", "A crew comes on Friday", "promised by"):
        assert words in content
    # 15:00 UTC is 10 o'clock in Riverton's zone; acknowledged an hour later.
    assert content.index("4 Mar 2026, 10:00") < content.index("4 Mar 2026, 11:00")


def test_a_report_shows_where_it_went(city, told, client):
    content = client.get(f"/riverton/reports/{told.report.public_id}/").content.decode()
    for words in (str(told.report.public_id), f"#{told.issue.number}", "Acknowledged", "Promised by", "Pothole"):
        assert words in content


def test_a_merged_issue_leads_to_the_one_it_is_part_of(city, told, moment, client):
    graffiti(city, moment, 1)
    with tenant_scope(city.id):
        other = Issue.objects.exclude(pk=told.issue.pk).get()
        Issue.objects.filter(pk=other.pk).update(merged_into=told.issue)
    gone = client.get(f"/riverton/issues/{other.number}/")
    assert gone["Location"] == f"/riverton/issues/{told.issue.number}/"
    assert f"/issues/{other.number}/" not in client.get("/riverton/").content.decode()


def test_another_citys_numbers_and_reports_are_not_there(city, told_elsewhere, client):
    for path in (
        f"/riverton/issues/{told_elsewhere.issue.number}/",
        f"/riverton/reports/{told_elsewhere.report.public_id}/",
        f"/riverton/reports/{uuid4()}/",
        f"/riverton/issues/{10**30}/",
        "/riverton/?cursor=nonsense",
    ):
        response = client.get(path)
        assert response.status_code == 404, path
        assert "There is nothing here" in response.content.decode()
        assert "Hillford" not in response.content.decode()


def test_staff_of_another_city_see_the_city_that_the_address_names(city, told, told_elsewhere, other_city, client):
    client.force_login(other_city.officer)
    content = client.get("/riverton/").content.decode()
    assert "Pothole of Riverton" in content
    assert "Hillford" not in content


@pytest.mark.parametrize(
    "path", ["/nowhere/", "/nowhere/report/", "/nowhere/issues/1/", "/nowhere/issues.geojson", "/www/", "/Riverton%00/"]
)
def test_an_unknown_or_inactive_city_gets_a_kind_page(city, path, client):
    assert "No city of that name" in client.get(path).content.decode()
    Tenant.objects.filter(pk=city.id).update(is_active=False)
    forget_process()  # five seconds later
    closed = client.get(path.replace("nowhere", "riverton"))
    assert closed.status_code == 404
    assert "Riverton" not in closed.content.decode()


def test_an_issue_is_found_by_its_number(city, told, client):
    number = told.issue.number
    for typed in (str(number), f"#{number}", f" {number} "):
        assert client.get("/riverton/", {"number": typed})["Location"] == f"/riverton/issues/{number}/"
    for typed in ("999", "<script>", "９９", "1" * 40):
        page = client.get("/riverton/", {"number": typed})
        assert page.status_code == 200
        assert "There is no issue" in page.content.decode()
        assert "<script>" not in page.content.decode().split("missing")[1].split("</p>")[0]


def test_the_list_is_walked_to_its_end_without_doubles(city, moment, client):
    graffiti(city, moment, 110)
    seen, url = [], "/riverton/"
    while url:
        response = client.get(url)
        seen += [issue.number for issue in response.context["page"].items]
        cursor = response.context["page"].next
        url = f"/riverton/?cursor={cursor}" if cursor else ""
    assert len(seen) == len(set(seen)) == 110


def test_the_front_page_has_the_open_issues_and_on_request_all(city, told, moment, client):
    with tenant_scope(city.id):
        Issue.objects.filter(pk=told.issue.pk).update(status="resolved", resolved_at=moment)
    assert "Pothole of Riverton" not in client.get("/riverton/").content.decode()
    assert "Pothole of Riverton" in client.get("/riverton/?show=all").content.decode()
    page = client.get(f"/riverton/issues/{told.issue.number}/").content.decode()
    assert "Resolved</dt>" in page
    assert "promised by" not in page


def test_any_other_address_gets_a_kind_page_and_programs_a_problem_document(db, client):
    for path in ("/nowhere/else/entirely/", "/riverton/reports/not-a-uuid/", "/riverton/issues/-1/"):
        page = client.get(path)
        assert page.status_code == 404
        assert "There is nothing here" in page.content.decode()
    assert client.get("/api/v1/nowhere/")["Content-Type"] == "application/problem+json"


def test_the_map_has_the_open_issues_of_its_rectangle(city, moment, client):
    graffiti(city, moment, 10)
    with tenant_scope(city.id):
        Issue.objects.filter(title="Graffiti number 0").update(status="resolved")
    found = json.loads(client.get(reverse("portal:points", args=["riverton"])).content)
    assert len(found["features"]) == 9
    assert found["complete"]
    assert set(found["features"][0]["properties"]) == {"number", "title", "status", "category"}
    some = json.loads(client.get("/riverton/issues.geojson?bbox=-71.1,42.021,-70.9,42.029").content)
    assert {point["properties"]["title"] for point in some["features"]} >= {"Graffiti number 5"}
    assert len(some["features"]) < 9


@pytest.mark.parametrize("bbox", ["1,2,3", "a,b,c,d", "nan,0,1,1", "5,0,1,1", "0,5,1,1"])
def test_a_bad_rectangle_is_named(city, bbox, client):
    answer = client.get("/riverton/issues.geojson", {"bbox": bbox})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "bbox"


def test_pages_cost_the_same_number_of_queries_at_any_size(city, told, moment, client):
    counts = []
    for start, more in ((0, 1), (1, 49), (50, 450)):
        graffiti(city, moment, more, start=start)
        counts.append({})
        for url in urls(city, told)[1:]:
            forget_process()
            with QueryCounter() as queries:
                client.get(url)
            counts[-1][url] = len(queries)
    assert counts[0] == counts[1] == counts[2]
    # An issue's page: the tenant, the issue, its events, its comments, its promise.
    assert max(counts[0].values()) <= 5, counts[0]


@pytest.mark.django_db(transaction=True)  # inside a transaction that changed the rows nothing is kept
def test_a_second_look_at_the_front_page_asks_the_database_nothing(city, told, client):
    client.get("/riverton/")
    with QueryCounter() as queries:
        client.get("/riverton/")
    assert len(queries) == 0


def test_a_city_speaks_its_language(city, client):
    Tenant.objects.filter(pk=city.id).update(language="de")
    response = client.post("/riverton/report/", {})
    assert response["Content-Language"] == "de"
    assert '<html lang="de">' in response.content.decode()
    assert "Dieses Feld ist zwingend erforderlich." in response.content.decode()
    Tenant.objects.filter(pk=city.id).update(language="tlh")
    forget_process()
    assert client.get("/riverton/")["Content-Language"] == "en"


def test_tiles_are_allowed_only_where_they_are_configured(city, settings, client):
    assert "tiles" not in client.get("/riverton/")["Content-Security-Policy"]
    settings.MAP_TILES_URL = "https://tiles.example/{z}/{x}/{y}.png"
    settings.MAP_TILES_ORIGIN = "https://tiles.example"
    response = client.get("/riverton/")
    assert "img-src 'self' data: https://tiles.example" in response["Content-Security-Policy"]
    assert "tiles.example/{z}" in response.content.decode()
