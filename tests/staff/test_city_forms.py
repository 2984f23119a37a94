"""Managers keep services and departments, administrators the city's entry and configuration."""

import pytest
from django.urls import reverse

from apps.core.cache import tagged_get_or_set
from apps.issues.models import Department
from apps.reports import tags
from apps.reports.models import Service
from apps.tenants.models import TenantConfiguration
from apps.tenants.scoping import tenant_scope

SERVICE = {
    "code": "bench",
    "name": "Broken bench",
    "description": "",
    "group": "",
    "category": "maintenance",
    "default_severity": "low",
    "keywords": "bench",
    "attributes": "[]",
    "is_active": "on",
}


def add_service(client, **values):
    return client.post(reverse("admin:reports_service_add"), SERVICE | values)


def test_a_new_service_is_the_citys_and_those_who_show_services_hear_of_it(
    full_city, officer_client, django_capture_on_commit_callbacks
):
    def cached() -> int:
        with tenant_scope(full_city.id):
            seen = [tags.services(full_city.id)]
            return tagged_get_or_set(key="seen", tags=seen, kind="lists", compute=Service.objects.count)

    before = cached()
    with django_capture_on_commit_callbacks(execute=True):
        assert add_service(officer_client, attributes='[{"code": "WOOD"}]').status_code == 302
    assert cached() == before + 1
    with tenant_scope(full_city.id):
        assert Service.objects.get(code="bench").attributes == [{"code": "WOOD"}]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"code": "pothole"}, "Taken"),
        ({"attributes": '{"code": "X"}'}, "must be a list"),
        ({"attributes": '[{"code": "X"}, {"name": "Y"}]'}, "Entry 2"),
        ({"attributes": "[nonsense"}, "valid JSON"),
    ],
)
def test_a_wrong_service_is_refused_at_its_field(wrong, message, full_city, officer_client):
    answer = add_service(officer_client, **wrong)
    assert answer.status_code == 200
    assert message in answer.content.decode()
    with tenant_scope(full_city.id):
        assert not Service.objects.filter(name="Broken bench").exists()


def test_a_department_has_a_name_of_its_own_in_its_city_only(full_city, full_other_city, officer_client):
    url = reverse("admin:issues_department_add")
    assert "Taken" in officer_client.post(url, {"name": "Works of Riverton"}).content.decode()
    assert officer_client.post(url, {"name": "Works of Hillford"}).status_code == 302
    with tenant_scope(full_city.id):
        own = Department.objects.get(name="Works of Riverton")
    change = reverse("admin:issues_department_change", args=[own.pk])
    assert officer_client.post(change, {"name": "Works of Riverton", "email": "w@r.example"}).status_code == 302


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ('{"grouping": {"automatic": false}}', None),
        ("[1]", "must be an object"),
        ('{"colour": {}}', "“colour” is none of the sections"),
        ('{"grouping": 1}', "The section “grouping” must be an object"),
        ("{nonsense", "valid JSON"),
    ],
)
def test_the_configuration_is_an_object_of_known_sections(document, message, full_city, officer_client):
    with tenant_scope(full_city.id):
        configuration = TenantConfiguration.objects.get()
    url = reverse("admin:tenants_tenantconfiguration_change", args=[configuration.pk])
    answer = officer_client.post(url, {"document": document})
    assert answer.status_code == (302 if message is None else 200)
    assert message is None or message in answer.content.decode()


@pytest.mark.parametrize(
    ("values", "message"), [({}, None), ({"lat": "91"}, "between -90 and 90"), ({"lng": ""}, "go together")]
)
def test_a_city_is_renamed_and_stands_on_earth(values, message, full_city, officer_client):
    url = reverse("admin:tenants_tenant_change", args=[full_city.id])
    form = {"name": "New Riverton", "language": "en", "lat": "42.3", "lng": "-71", "slug": "x", "timezone": "UTC"}
    answer = officer_client.post(url, form | values)
    tenant = full_city.tenant
    tenant.refresh_from_db()
    assert message is None or message in answer.content.decode()
    assert tenant.name == ("New Riverton" if message is None else "Riverton")
    assert (tenant.slug, tenant.timezone) == ("riverton", "America/New_York")
