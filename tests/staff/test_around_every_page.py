"""What stands around staff pages: roles, the sidebar, the city's clock, the security policy."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from apps.issues.models import Department
from apps.reports.models import Report
from apps.tenants.models import Membership
from apps.tenants.scoping import tenant_scope
from apps.tenants.services import create_user, grant_membership

FORM_PAGES = {
    "admin:issues_department_add": "manager",
    "admin:reports_service_add": "manager",
    "admin:tenants_user_add": "administrator",
    "admin:tenants_apikey_add": "administrator",
}
LISTS = {
    "admin:issues_issue_changelist": "viewer",
    "admin:reports_report_changelist": "viewer",
    "admin:sla_slaclock_changelist": "viewer",
    "admin:tenants_user_changelist": "administrator",
    "admin:tenants_membership_changelist": "administrator",
    "admin:tenants_apikey_changelist": "administrator",
    "admin:tenants_tenantconfiguration_changelist": "administrator",
}
RANKS = ["viewer", "agent", "manager", "administrator"]


@pytest.mark.parametrize("role", RANKS)
def test_each_role_opens_what_it_may_and_the_sidebar_offers_just_that(role, full_city, officer_client):
    Membership.objects.filter(user=full_city.officer).update(role=role)
    sidebar = officer_client.get(reverse("staff:switch_tenant")).content.decode()
    for name, needed in (FORM_PAGES | LISTS).items():
        allowed = RANKS.index(role) >= RANKS.index(needed)
        assert officer_client.get(reverse(name)).status_code == (200 if allowed else 403), name
        if name in LISTS:
            assert (f'href="{reverse(name)}"' in sidebar) is allowed, name


def test_personal_data_of_reporters_is_for_those_who_may_answer_them(full_city, officer_client):
    with tenant_scope(full_city.id):
        report = Report.objects.get(contacts__email="carla@citizen.example")
    url = reverse("admin:reports_report_change", args=[report.pk])
    assert b"carla@citizen.example" in officer_client.get(url).content
    Membership.objects.filter(user=full_city.officer).update(role="viewer")
    assert b"carla@citizen.example" not in officer_client.get(url).content


def test_times_are_the_citys(full_city, moment, officer_client):
    with tenant_scope(full_city.id):
        report = Report.objects.get(contacts__email="carla@citizen.example")
        Report.objects.filter(pk=report.pk).update(received_at=moment)
    page = officer_client.get(reverse("admin:reports_report_change", args=[report.pk])).content.decode()
    assert "4 Mar 2026, 10:00" in page  # 15:00 UTC in New York
    api = officer_client.get("/api/v1/reports/").json()
    assert moment.isoformat().replace("+00:00", "Z") in {item["received_at"] for item in api["items"]}


def test_only_the_admin_gets_the_policy_that_its_theme_needs(full_city, officer_client):
    admins = officer_client.get(reverse("admin:issues_issue_changelist"))["Content-Security-Policy"]
    assert "'unsafe-eval'" in admins
    assert "frame-ancestors 'none'" in admins
    for url in ("/dashboard/", "/health/live", "/api/v1/reports/"):
        assert "unsafe" not in officer_client.get(url)["Content-Security-Policy"], url


def test_a_person_of_two_cities_sees_of_one_nothing_in_the_other(full_city, full_other_city, officer_client):
    grant_membership(user=full_city.officer, tenant=full_other_city.tenant, role="administrator")
    officer_client.post(reverse("staff:switch_tenant"), {"tenant": "riverton"})
    officer_client.post(reverse("admin:issues_department_add"), {"name": "Bridges of Riverton", "email": ""})
    assert LogEntry.objects.filter(object_repr="Bridges of Riverton").exists()
    assert b"Change city" in officer_client.get(reverse("admin:index")).content
    officer_client.post(reverse("staff:switch_tenant"), {"tenant": "hillford"})
    for url in (
        reverse("admin:index"),
        reverse("admin:app_list", args=["issues"]),
        reverse("admin:search") + "?s=issue",
    ):
        assert b"Bridges" not in officer_client.get(url).content, url
    with tenant_scope(full_city.id):
        department = Department.objects.get(name="Bridges of Riverton")
    assert officer_client.get(reverse("admin:issues_department_history", args=[department.pk])).status_code == 302


def test_staff_without_a_city_are_told_what_to_do(lost_user, client):
    client.force_login(lost_user)
    assert b"You are a member of no city yet" in client.get(reverse("staff:switch_tenant")).content
    assert client.get(reverse("admin:index")).status_code == 200


def test_the_switch_is_for_staff_only(client):
    visitor = create_user(email="visitor@nowhere.example")
    visitor.is_staff = False
    visitor.save()
    client.force_login(visitor)
    assert client.get(reverse("staff:switch_tenant")).status_code == 302
