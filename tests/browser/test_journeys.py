"""Two journeys from end to end, on a desktop and on a phone: staff work on an issue, a citizen reports one."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from apps.reports.models import Report
from apps.tenants.scoping import tenant_scope
from tests.browser.conftest import PASSWORD

pytestmark = pytest.mark.browser


def test_staff_sign_in_see_the_figures_and_stop_a_clock(town, live_server, page, fits):
    city, told = town
    page.goto(f"{live_server.url}/dashboard/")
    page.fill("[name=username]", city.officer.email)
    page.fill("[name=password]", PASSWORD)
    page.click("button[type=submit]")
    expect(page).to_have_url(re.compile(r"/dashboard/$"))
    expect(page.locator("body")).to_contain_text("Riverton")
    fits(page)
    page.goto(live_server.url + reverse("admin:index"))
    expect(page.get_by_role("region", name="Key figures")).to_contain_text("open issues")
    fits(page)
    for url in (reverse("admin:reports_report_changelist"), reverse("admin:issues_issue_changelist")):
        page.goto(live_server.url + url)
        expect(page.get_by_text("Pothole of Riverton").first).to_be_visible()
        fits(page)
    page.goto(live_server.url + reverse("admin:issues_issue_change", args=[told.issue.pk]))
    expect(page.locator(".wl-clock.wl-running")).to_have_count(1)
    fits(page)
    page.select_option("[name=status]", "resolved")
    page.locator("[name=_continue], [name=_save]").first.click()
    page.goto(live_server.url + reverse("admin:issues_issue_change", args=[told.issue.pk]))
    expect(page.locator(".wl-clock.wl-stopped")).to_have_count(2)
    expect(page.locator(".wl-clock.wl-running")).to_have_count(0)


def test_a_citizen_marks_a_place_and_follows_the_report(town, live_server, page, fits):
    city, told = town
    page.goto(f"{live_server.url}/riverton/")
    expect(page.locator(".dot")).to_have_count(1)
    fits(page)
    page.locator(".dot").click(force=True)
    page.get_by_role("link", name=f"#{told.issue.number} Pothole").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Pothole of Riverton")
    fits(page)
    page.get_by_role("link", name="Report a problem").click()
    page.get_by_label("What is the problem?").fill("A bench is broken")
    page.locator("[data-map]").click(position={"x": 120, "y": 180})
    assert page.input_value("#id_lat").startswith("42.3")
    fits(page)
    page.get_by_role("button", name="Send the report").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")
    fits(page)
    with tenant_scope(city.id):
        report = Report.objects.get(description="A bench is broken")
    assert str(report.public_id) in page.url
    assert 42.3 < report.lat < 42.4


def test_the_form_works_without_javascript(town, live_server, chromium):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/riverton/report/")
    page.get_by_label("What is the problem?").fill("A bench is broken")
    page.get_by_role("button", name="Send the report").click()
    expect(page.get_by_role("alert")).to_contain_text("a location is needed")
    page.get_by_label("Address or place").fill("12 Elm Street")
    page.get_by_role("button", name="Send the report").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")
    context.close()
