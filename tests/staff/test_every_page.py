"""Every registered admin, every page of it, as officer, superuser, outsider and nobody."""

import pytest
from django.contrib import admin
from django.urls import reverse

from apps.tenants.models import TenantModel
from apps.tenants.scoping import tenant_scope
from apps.tenants.services import create_user

OURS = sorted(
    (model for model in admin.site._registry if model.__module__.startswith("apps.")), key=lambda m: m._meta.label
)


def url_of(model, page: str, *args) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def own_pk(model, city):
    with tenant_scope(city.id):
        if issubclass(model, TenantModel):
            return model.objects.values_list("pk", flat=True).first()
        names = {field.name for field in model._meta.get_fields()}
        path = "tenant" if "tenant" in names else "memberships__tenant" if "memberships" in names else "pk"
        if model._meta.label == "tenants.Tenant":
            path = "pk"
        return model.objects.filter(**{path: city.id}).values_list("pk", flat=True).first()


def pages(model, pk):
    yield url_of(model, "changelist")
    yield url_of(model, "changelist") + "?q=Pothole"
    yield url_of(model, "add")
    if pk is not None:
        yield url_of(model, "change", pk)
        yield url_of(model, "delete", pk)
        yield url_of(model, "history", pk)


def test_every_domain_model_of_the_flow_is_registered():
    names = {model._meta.label for model in OURS}
    assert {"reports.Report", "issues.Issue", "sla.SLAMetric", "triage.Classification", "grouping.Placement"} <= names


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_the_officer_sees_the_citys_own_rows(model, full_city, officer_client):
    pk = own_pk(model, full_city)
    assert pk is not None, f"{model._meta.label}: the city has no row to look at"
    assert officer_client.get(url_of(model, "changelist")).status_code == 200
    assert officer_client.get(url_of(model, "change", pk)).status_code == 200


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_an_outsider_gets_nothing(model, full_city, full_other_city, client):
    client.force_login(full_other_city.officer)
    pk = own_pk(model, full_city)
    for page in pages(model, pk):
        response = client.get(page)
        assert b"Riverton" not in response.content, page
        if pk is not None and f"/{pk}/" in page:
            assert response.status_code in (302, 403, 404), page
            assert response.status_code != 302 or response["Location"] in ("/admin/",), page
    for page in ("change", "delete"):
        answer = client.post(url_of(model, page, pk), {"post": "yes", "status": "closed", "name": "stolen"})
        assert answer.status_code in (302, 403, 404)
    assert own_pk(model, full_city) == pk


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_staff_without_a_city_get_nothing(model, full_city, lost_user, client):
    client.force_login(lost_user)
    for page in pages(model, own_pk(model, full_city)):
        assert client.get(page).status_code in (302, 403, 404), page


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_nobody_is_sent_to_the_login(model, full_city, client):
    for page in pages(model, own_pk(model, full_city)):
        response = client.get(page)
        assert response.status_code == 302
        assert response["Location"].startswith("/admin/login/")


def test_autocomplete_offers_the_active_city_only(full_city, full_other_city, officer_client):
    for app, model, field, label in (
        ("reports", "report", "service", "name"),
        ("issues", "issue", "department", "name"),
        ("tenants", "membership", "user", "email"),
    ):
        query = {"app_label": app, "model_name": model, "field_name": field, "term": ""}
        answer = officer_client.get(reverse("admin:autocomplete"), query)
        assert answer.status_code == 200, (app, field)
        assert answer.json()["results"]
        assert b"Hillford" not in answer.content
        assert b"hillford" not in answer.content, label


def test_a_superuser_works_in_one_city_at_a_time(full_city, full_other_city, client):
    client.force_login(create_user(email="root@wardline.example", is_superuser=True))
    changelist = reverse("admin:reports_report_changelist")
    seen = set()
    for slug in ("riverton", "hillford"):
        assert client.post(reverse("staff:switch_tenant"), {"tenant": slug}).status_code == 302
        content = client.get(changelist).content.decode()
        seen.add((slug, "of Riverton" in content or "in Riverton" in content, "in Hillford" in content))
    assert seen == {("riverton", True, False), ("hillford", False, True)}


def test_nobody_can_switch_to_a_city_they_do_not_work_in(full_city, full_other_city, officer_client):
    assert officer_client.post(reverse("staff:switch_tenant"), {"tenant": "hillford"}).status_code == 404
    assert b"Hillford" not in officer_client.get(reverse("admin:reports_report_changelist")).content
