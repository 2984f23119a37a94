"""A changelist costs the same number of queries at 1, 50 and 500 rows."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.insights.models import DailyRollup
from apps.issues.models import Comment, Department, Issue
from apps.tenants.scoping import tenant_scope
from tests.staff.conftest import fill
from tests.staff.test_every_page import OURS, url_of

BUDGET = 10  # session, user, tenants, role, one count, the page, its prefetches, and filter choices
# One row a tenant, or a handful: they do not grow with reports.
SMALL = {"tenants", "users", "memberships", "api_keys", "tenant_configurations", "sla_policies", "business_calendars"}


@pytest.fixture(params=[1, 50, 500])
def rows(request, city, moment):
    fill(city, moment, reports=request.param + 1)
    with tenant_scope(city.id):
        Department.objects.bulk_create(Department(name=f"Department {n}") for n in range(request.param))
        issue = Issue.objects.first()
        Comment.objects.bulk_create(Comment(issue=issue, text=f"Comment {n}") for n in range(request.param))
        assert DailyRollup.objects.exists()
    return request.param


def test_changelists_stay_within_their_budget(rows, officer_client):
    counts = {}
    for model in OURS:
        if model._meta.db_table in SMALL:
            continue
        with CaptureQueriesContext(connection) as queries:
            response = officer_client.get(url_of(model, "changelist"))
        assert response.status_code == 200
        counts[model._meta.label] = len(queries)
    assert {label: count for label, count in counts.items() if count > BUDGET} == {}


def test_an_issue_page_costs_the_same_however_many_reports_it_has(rows, city, officer_client):
    with tenant_scope(city.id):
        issue = Issue.objects.first()
    with CaptureQueriesContext(connection) as queries:
        officer_client.get(reverse("admin:issues_issue_change", args=[issue.pk]))
    assert len(queries) <= 16
