"""A city's public pages. Nothing here reads a model: what may be shown is decided in selectors.py."""

from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from apps.core import clock
from apps.core.keyset import InvalidCursor
from apps.core.problems import FieldProblem, problem_response
from apps.portal import selectors
from apps.portal.cities import in_city
from apps.portal.forms import MOST_CHARACTERS, ReportForm
from apps.portal.limits import seconds_to_wait
from apps.portal.places import parse_bounds
from apps.reports.errors import InvalidReport
from apps.reports.models import Channel
from apps.reports.selectors import active_services
from apps.reports.services import submit_report
from apps.tenants.models import Tenant
from apps.tenants.selectors import active_tenants

_NUMBER_DIGITS = 12  # the longest issue number that a person may look for
_POINTS_MAX_AGE_SECONDS = 15


@require_safe
def cities(request: HttpRequest) -> HttpResponse:
    """List the cities with their public pages, and the way in for staff."""
    return render(request, "portal/cities.html", {"cities": sorted(active_tenants(), key=lambda city: city.name)})


@require_safe
@in_city
def home(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Show the city's map and its recent open issues; `?number=` leads to an issue, `?show=all` adds the done."""
    wanted = request.GET.get("number", "").strip().lstrip("#")
    if wanted.isascii() and wanted.isdigit() and len(wanted) <= _NUMBER_DIGITS:
        if selectors.issue_exists(int(wanted)):
            return redirect("portal:issue", slug=tenant.slug, number=int(wanted))
        missing = wanted
    else:
        missing = wanted[:_NUMBER_DIGITS]
    only_open = request.GET.get("show") != "all"
    try:
        page = selectors.recent_issues(cursor=request.GET.get("cursor", ""), only_open=only_open)
    except InvalidCursor as error:
        raise Http404 from error
    context = {"page": page, "only_open": only_open, "figures": selectors.city_figures(), "missing": missing}
    return render(request, "portal/home.html", _with_map(tenant) | context)


def _with_map(tenant: Tenant) -> dict[str, object]:
    return {
        "tenant": tenant,
        "tiles_url": settings.MAP_TILES_URL,
        "tiles_attribution": settings.MAP_TILES_ATTRIBUTION,
    }


@require_safe
@in_city
def points(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Answer the newest open issues as GeoJSON, within `?bbox=west,south,east,north` where it is given."""
    text = request.GET.get("bbox", "")
    try:
        bounds = parse_bounds(text) if text else None
    except ValueError as error:
        return problem_response(
            status=400, detail=f"bbox: {error}", errors=[FieldProblem(field="bbox", message=str(error))]
        )
    answer = JsonResponse(selectors.open_points(bounds), content_type="application/geo+json")
    answer.headers["Cache-Control"] = f"max-age={_POINTS_MAX_AGE_SECONDS}"
    return answer


@csrf_exempt
def report(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the form or take in a report; one of more than DATA_UPLOAD_MAX_MEMORY_SIZE bytes gets 413.

    Its length is looked at before the check against forgery, which would read it and end in a bare 400.
    """
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdecimal() and int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        return _too_long(request, slug=slug)
    return _report(request, slug=slug)


@in_city
def _too_long(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    context = {"tenant": tenant, "most": MOST_CHARACTERS}
    return render(request, "portal/too_long.html", context, status=413)


@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
@in_city
def _report(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    if request.method == "POST" and (seconds := seconds_to_wait(request)):
        return _too_many(request, tenant, seconds)
    form = ReportForm(request.POST if request.method == "POST" else None, services=active_services())
    if request.method == "POST" and form.is_valid():
        try:
            sent = submit_report(tenant_id=tenant.pk, draft=form.draft(), channel=Channel.WEB, now=clock.now())
        except InvalidReport as error:
            form.show_problems(error.problems)
        else:
            url = reverse("portal:report_status", kwargs={"slug": tenant.slug, "public_id": sent.public_id})
            return HttpResponse(status=303, headers={"Location": f"{url}?sent=1"})
    status = 400 if form.errors else 200
    return render(request, "portal/report_form.html", _with_map(tenant) | {"form": form}, status=status)


def _too_many(request: HttpRequest, tenant: Tenant, seconds: int) -> HttpResponse:
    answer = render(request, "portal/too_many.html", {"tenant": tenant, "seconds": seconds}, status=429)
    answer.headers["Retry-After"] = str(seconds)
    return answer


@require_safe
@in_city
def report_status(request: HttpRequest, tenant: Tenant, public_id: UUID) -> HttpResponse:
    """Show how a report stands; `?sent=1` thanks for it."""
    page = selectors.report_page(public_id)
    if page is None:
        raise Http404(_("no such report"))
    context = {
        "tenant": tenant,
        "report": page,
        "sent": "sent" in request.GET,
        "link": request.build_absolute_uri(request.path),
    }
    return render(request, "portal/report_status.html", context)


@require_safe
@in_city
def issue(request: HttpRequest, tenant: Tenant, number: int) -> HttpResponse:
    """Show how an issue stands; one that was merged leads to the one it is part of."""
    page = selectors.issue_page(number)
    if page is None:
        kept = selectors.surviving_number(number)
        if kept is None:
            raise Http404(_("no such issue"))
        return redirect("portal:issue", slug=tenant.slug, number=kept)
    return render(request, "portal/issue.html", {"tenant": tenant, "page": page, "issue": page.issue})
