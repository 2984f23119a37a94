"""Every list costs as many queries as tests/query_budgets.json says, at 1, 50 and 500 rows."""

import json
from pathlib import Path

import pytest

from apps.core.query_counter import QueryCounter
from apps.issues.models import Comment, Department, Issue, IssueEvent
from apps.issues.services import open_issues
from apps.pipeline.services import read_words_backlog
from apps.reports.models import Report
from apps.reports.services import NewReport, ServiceDraft, create_services, store_batch
from apps.sla.models import BusinessCalendar, SLAPolicy, SLATarget
from apps.tenants.scoping import tenant_scope
from apps.tenants.selectors import forget_callers
from apps.triage.models import ClassificationBatch
from apps.triage.services import triage_reports
from tests.conftest import MOMENT
from tests.rest.conftest import new_issue, signed_in
from tests.rest.test_outsiders_get_nothing import ROUTES

BUDGETS = json.loads((Path(__file__).parent.parent / "query_budgets.json").read_text())["rest"]
LISTS = BUDGETS["lists"]


def fill(city, count):
    """Give a city `count` rows of everything that the API lists, all of those under one issue."""
    pothole = create_services(
        tenant_id=city.id, drafts=[ServiceDraft(code=f"s{n}", name=f"S {n}") for n in range(count)]
    )["s0"]
    open_issues(tenant_id=city.id, issues=[new_issue()] * count)
    issue = Issue.objects.get(number=1)
    rows = [
        NewReport(external_id="", description="A pothole", received_at=MOMENT, lat=42.3, lng=-71.0, service_id=pothole)
        for _ in range(count)
    ]
    store_batch(tenant_id=city.id, reports=rows)
    triage_reports(tenant_id=city.id, limit=count)
    Report.objects.update(issue=issue)
    Department.objects.bulk_create([Department(name=f"D {n}") for n in range(count)])
    Comment.objects.bulk_create([Comment(issue=issue, author=city.officer, text="Seen") for _ in range(count)])
    IssueEvent.objects.bulk_create(
        [IssueEvent(issue=issue, at=MOMENT, kind="comment", actor=city.officer) for _ in range(count)]
    )
    ClassificationBatch.objects.bulk_create(
        [
            ClassificationBatch(
                provider="p", model="m", item_count=1, outcome="complete", started_at=MOMENT, finished_at=MOMENT
            )
            for _ in range(count)
        ]
    )
    calendars = BusinessCalendar.objects.bulk_create(
        [BusinessCalendar(name=f"C {n}", time_zone="UTC", intervals=[]) for n in range(count)]
    )
    policies = SLAPolicy.objects.bulk_create(
        [SLAPolicy(name=f"P {n}", calendar=calendar) for n, calendar in enumerate(calendars)]
    )
    SLATarget.objects.bulk_create(
        [SLATarget(policy=policy, severity="low", metric="response", minutes=60) for policy in policies]
    )


def counted(caller, path):
    separator = "&" if "?" in path else "?"
    sized = path if path.endswith("sla/") else f"{path}{separator}page_size={100 if 'page=' in path else 500}"
    with QueryCounter() as queries:
        answer = caller.get(sized)
    assert answer.status_code == 200, answer.content[:300]
    document = answer.json()
    return queries, len(document) if isinstance(document, list) else len(document["items"])


@pytest.mark.parametrize("count", [1, 50, 500])
def test_lists_keep_to_their_budgets(count, city, api):
    with tenant_scope(city.id):
        fill(city, count)
        read_words_backlog(tenant_id=city.id)
    officer = signed_in(city.officer)
    for path, wanted in LISTS.items():
        forget_callers()
        for caller, signing_in in ((api, BUDGETS["signing in"]["key"]), (officer, BUDGETS["signing in"]["session"])):
            queries, rows = counted(caller, path)
            assert len(queries) == len(wanted) + len(signing_in), f"{path} at {count} rows: {queries.report()}"
        few = path.endswith(("/sla/", "/tenants/"))
        assert few or rows >= min(count, 100 if "page=" in path else 500), path


def test_budgets_stay_small_and_every_list_has_one():
    longest = max(len(queries) for queries in LISTS.values())
    for way, most in BUDGETS["at most"].items():
        assert longest + len(BUDGETS["signing in"][way]) <= most
    lists = {
        route.template.replace("<int:number>", "1")
        for route in ROUTES
        if not route.parameters or route.template.startswith("/api/v1/issues/<int:number>/")
    }
    not_lists = {
        "/api/v1/dashboard/",
        "/api/v1/sla/summary/",
        "/api/v1/reports/export/",
        *(f"/api/v1/issues/1/{rest}" for rest in ("", "transition/", "assign/")),
    }
    assert lists - not_lists == {path.partition("?")[0] for path in LISTS}
