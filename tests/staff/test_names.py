"""Who has another name is shown by it at the next read: answers kept ready do not outlive a rename."""

import pytest
from django.urls import reverse

from apps.core.query_counter import QueryCounter
from apps.issues.models import Department, Issue
from apps.issues.services import assign_issue, save_department
from apps.tenants.scoping import tenant_scope
from apps.tenants.services import create_user, edit_user, grant_membership

# Real commits: in a transaction that has written, answers are not kept at all.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def colleague(full_city):
    person = create_user(email="ada@riverton.example", name="Ada")
    grant_membership(user=person, tenant=full_city.tenant)
    return person


@pytest.fixture
def document(full_city, colleague, moment, client):
    """Read an issue that Ada of the works department has, by key; the first read is kept."""
    with tenant_scope(full_city.id):
        issue, department = Issue.objects.first(), Department.objects.get()
        assign_issue(issue_id=issue.pk, actor=full_city.officer, now=moment, department=department, assignee=colleague)

    def read():
        headers = {"Authorization": f"Bearer {full_city.key}"}
        return client.get(f"/api/v1/issues/{issue.number}/", headers=headers).json()

    assert read()["department"]["name"] == "Works of Riverton"
    with QueryCounter() as queries:
        assert read()["assignee"]["name"] == "Ada"
    assert len(queries) == 0, queries.report()
    return read


def test_a_renamed_department_is_seen_at_the_next_read(full_city, document, officer_client):
    with tenant_scope(full_city.id):
        url = reverse("admin:issues_department_change", args=[Department.objects.get().pk])
    assert officer_client.post(url, {"name": "Roads of Riverton", "email": ""}).status_code == 302
    assert document()["department"]["name"] == "Roads of Riverton"


def test_a_renamed_person_is_seen_at_the_next_read(colleague, document, officer_client):
    url = reverse("admin:tenants_user_change", args=[colleague.pk])
    values = {"email": "ada@riverton.example", "name": "Ada Lovelace", "is_active": "on"}
    assert officer_client.post(url, values).status_code == 302
    assert document()["assignee"]["name"] == "Ada Lovelace"


def test_an_account_is_shut_and_keeps_its_address_in_one_form(colleague):
    edited = edit_user(user=colleague, email=" ADA@Riverton.example ", name=" Ada L ", is_active=False)
    edited.refresh_from_db()
    assert (edited.email, edited.name, edited.is_active) == ("ada@riverton.example", "Ada L", False)


@pytest.mark.parametrize(("name", "message"), [(" ", "needs a name"), ("Works of Riverton", "taken")])
def test_a_wrong_name_of_a_department_is_refused(full_city, name, message):
    with tenant_scope(full_city.id):
        with pytest.raises(ValueError, match=f"name: .*{message}"):
            save_department(department=Department(), name=name)
        assert Department.objects.count() == 1
