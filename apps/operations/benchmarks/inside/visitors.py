"""Who comes while we measure: users with a key each, of tenants as busy as they are large."""

import random
from datetime import timedelta
from typing import TypedDict

from apps.core import clock
from apps.issues.models import Issue
from apps.operations.benchmarks.inside.hot_queries import NothingToMeasure
from apps.reports.models import Report
from apps.tenants.models import ApiKey, Tenant
from apps.tenants.scoping import tenant_scope
from apps.tenants.selectors import active_tenants
from apps.tenants.services import issue_api_key, revoke_api_key

_KEY_LIFETIME = timedelta(hours=12)
_ISSUES_A_TENANT = 200
# An issue that everybody looks at has several reports and is no pile of hundreds.
_REPORTS_AN_ISSUE = (2, 50)


class Visitor(TypedDict):
    """A user: their key, and what there is to see in their tenant."""

    key: str
    tenant_id: int
    reports: int
    issues: list[list[int]]


_issued: list[ApiKey] = []


def visitors(*, users: int, seed: int) -> list[Visitor]:
    """Give `users` a key each; how many a tenant has follows its reports. `issues` are [number, reports] pairs.

    Errors: NothingToMeasure without reports and issues.
    """
    found = {tenant: view for tenant in active_tenants() if (view := _view(tenant)) is not None}
    if not found:
        raise NothingToMeasure("no tenant has reports and issues: `manage.py seed_demo` makes some")
    chosen = random.Random(seed).choices(list(found), [view["reports"] for view in found.values()], k=users)
    return [{**found[tenant], "key": _key(tenant)} for tenant in chosen]


def largest_tenant() -> Visitor:
    """Return a user of the tenant with the most reports."""
    views = [(view, tenant) for tenant in active_tenants() if (view := _view(tenant)) is not None]
    if not views:
        raise NothingToMeasure("no tenant has reports and issues: `manage.py seed_demo` makes some")
    view, tenant = max(views, key=lambda pair: pair[0]["reports"])
    return {**view, "key": _key(tenant)}


def dismiss_visitors() -> int:
    """Revoke the keys and return how many."""
    for key in _issued:
        revoke_api_key(api_key=key, now=clock.now())
    count = len(_issued)
    _issued.clear()
    return count


def data_size() -> str:
    """Say how much data is measured on. Queries: two a tenant."""
    reports = issues = 0
    tenants = active_tenants()
    for tenant in tenants:
        with tenant_scope(tenant.pk):
            reports += Report.objects.count()
            issues += Issue.objects.count()
    return f"{reports:,} reports, {issues:,} issues, {len(tenants)} tenants"


def _view(tenant: Tenant) -> Visitor | None:
    least, most = _REPORTS_AN_ISSUE
    with tenant_scope(tenant.pk):
        issues = Issue.objects.surviving().filter(report_count__range=(least, most)).order_by("-number")
        pairs = [list(pair) for pair in issues.values_list("number", "report_count")[:_ISSUES_A_TENANT]]
        if not pairs:
            return None
        return {"key": "", "tenant_id": tenant.pk, "reports": Report.objects.count(), "issues": pairs}


def _key(tenant: Tenant) -> str:
    issued = issue_api_key(tenant=tenant, name="benchmark", expires_at=clock.now() + _KEY_LIFETIME)
    _issued.append(issued.api_key)
    return issued.text
