"""Every registered admin, every page of it, as officer, superuser, outsider and nobody."""

import pytest
from django.contrib import admin
from django.urls import reverse

from apps.issues.models import Department, Issue
from apps.tenants.models import Membership, TenantModel
from apps.tenants.scoping import tenant_scope
from apps.tenants.services import create_user

OURS = sorted(admin.site._registry, key=lambda model: model._meta.label)
every_admin = pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)


def url_of(model, page: str, *args) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def own_pk(model, city):
    """A row of the city's; of the shared tables, one that belongs to the city by its path."""
    with tenant_scope(city.id):
        if issubclass(model, TenantModel):
            return model.objects.values_list("pk", flat=True).first()
        paths = {"tenants.Tenant": "pk", "tenants.User": "memberships__tenant"}
        found = model.objects.filter(**{paths.get(model._meta.label, "tenant"): city.id})
        return found.values_list("pk", flat=True).first()


def pages(model, pk):
    yield url_of(model, "changelist")
    yield url_of(model, "changelist") + "?q=Pothole"
    yield url_of(model, "changelist") + "?_popup=1&_to_field=id"
    yield url_of(model, "add")
    for page in ("change", "delete", "history"):
        yield url_of(model, page, pk)
    yield url_of(model, "change", pk) + "?_popup=1&_to_field=id"


def test_the_admin_shows_our_models_and_no_others():
    names = {model._meta.label for model in OURS}
    assert {"reports.Report", "issues.Issue", "sla.SLAMetric", "triage.Classification", "grouping.Placement"} <= names
    assert {model.__module__.split(".")[0] for model in OURS} == {"apps"}


@every_admin
def test_the_officer_sees_the_citys_own_rows(model, full_city, full_other_city, officer_client):
    pk = own_pk(model, full_city)
    assert pk is not None, f"{model._meta.label}: the city has no row to look at"
    mine = admin.site.get_model_admin(model)
    for page in ("changelist", "change", "history"):
        response = officer_client.get(url_of(model, page, *([] if page == "changelist" else [pk])))
        assert response.status_code == 200, page
        assert b"Hillford" not in response.content
        assert b"hillford" not in response.content
    may_add = mine.may_add is not None
    assert officer_client.get(url_of(model, "add")).status_code == (200 if may_add else 403)


@every_admin
def test_an_outsider_gets_nothing(model, full_city, full_other_city, client):
    client.force_login(full_other_city.officer)
    pk = own_pk(model, full_city)
    for page in pages(model, pk):
        response = client.get(page)
        assert b"Riverton" not in response.content, page
        assert b"riverton" not in response.content, page
        if f"/{pk}/" in page:
            assert response.status_code in (302, 403), page
            assert response.status_code != 302 or response["Location"] == "/admin/", page
    for page in ("change", "delete"):
        answer = client.post(url_of(model, page, pk), {"post": "yes", "status": "closed", "name": "stolen"})
        assert answer.status_code in (302, 403)
        assert answer.status_code != 302 or answer["Location"] == "/admin/"
    for action in ("delete_selected", "acknowledge", "resolve", "revoke", "give_password"):
        client.post(url_of(model, "changelist"), {"action": action, "_selected_action": [pk], "post": "yes"})
    assert own_pk(model, full_city) == pk


@every_admin
def test_staff_without_a_city_get_nothing(model, full_city, lost_user, client):
    client.force_login(lost_user)
    for page in pages(model, own_pk(model, full_city)):
        assert client.get(page).status_code in (302, 403), page


@every_admin
def test_nobody_is_sent_to_the_login(model, full_city, client):
    for page in pages(model, own_pk(model, full_city)):
        response = client.get(page)
        assert response.status_code == 302
        assert response["Location"].startswith("/admin/login/")


@every_admin
def test_a_superuser_without_a_city_of_their_own_works_in_the_one_chosen(model, full_city, full_other_city, client):
    client.force_login(create_user(email="root@wardline.example", is_superuser=True))
    client.post(reverse("staff:switch_tenant"), {"tenant": "hillford"})
    assert client.get(url_of(model, "change", own_pk(model, full_other_city))).status_code == 200
    for page in pages(model, own_pk(model, full_city)):
        assert b"Riverton" not in client.get(page).content.replace(b"/riverton/", b""), page
    assert client.get(url_of(model, "change", own_pk(model, full_city))).status_code == 302


def test_autocomplete_offers_the_active_city_only(full_city, full_other_city, officer_client):
    for app, model, field in (("reports", "report", "service"), ("issues", "issue", "department")):
        query = {"app_label": app, "model_name": model, "field_name": field, "term": ""}
        answer = officer_client.get(reverse("admin:autocomplete"), query)
        assert answer.status_code == 200, (app, field)
        assert answer.json()["results"]
        assert b"Hillford" not in answer.content
    people = {"app_label": "issues", "model_name": "issue", "field_name": "assignee", "term": ""}
    assert b"Hillford" not in officer_client.get(reverse("admin:autocomplete"), people).content
    Membership.objects.filter(user=full_city.officer).update(role="agent")
    assert officer_client.get(reverse("admin:autocomplete"), people).status_code == 403


def test_forms_and_filters_offer_the_active_city_only(full_city, full_other_city, officer_client):
    issue = reverse("admin:issues_issue_change", args=[own_pk(Issue, full_city)])
    for url in (issue, reverse("admin:issues_issue_changelist")):
        assert b"Hillford" not in officer_client.get(url).content
    assert b"Works of Riverton" in officer_client.get(reverse("admin:issues_issue_changelist")).content
    theirs = own_pk(Department, full_other_city)
    narrowed = officer_client.get(reverse("admin:issues_issue_changelist"), {"department__id__exact": theirs})
    assert narrowed.context["cl"].result_count == 0
    stolen = {"status": "open", "severity": "low", "category": "other", "read_version": 1, "note": "", "comment": ""}
    for foreign in ({"department": theirs, "assignee": ""}, {"department": "", "assignee": full_other_city.officer.pk}):
        answer = officer_client.post(issue, stolen | foreign)
        assert b"valid choice" in answer.content


def test_lookups_through_the_address_bar_lead_nowhere(full_city, officer_client):
    for query in ("assignee__password__startswith=p", "tenant__slug=hillford", "events__note=x"):
        answer = officer_client.get(reverse("admin:issues_issue_changelist") + "?" + query)
        assert answer.status_code == 400, query


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
