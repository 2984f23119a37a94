"""Routes of /api/: the resources of v1, the documentation, and an answer for everything else."""

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.urls import URLPattern, URLResolver, include, path, re_path
from rest_framework.routers import SimpleRouter

from apps.rest.dashboard.views import DashboardView
from apps.rest.departments.views import DepartmentViewSet
from apps.rest.documentation import RedocView, SchemaView, SwaggerView
from apps.rest.exports.views import ReportExportView
from apps.rest.issues.views import IssueViewSet
from apps.rest.reports.views import ReportViewSet
from apps.rest.services.views import ServiceViewSet
from apps.rest.sla.views import CalendarViewSet, MetricViewSet, PolicyViewSet, SummaryView
from apps.rest.tenants.views import TenantsViewSet
from apps.rest.triage.views import BatchViewSet, ClassificationViewSet
from apps.rest.views import UnknownPath

app_name = "rest"

router = SimpleRouter(use_regex_path=False)
router.register("reports", ReportViewSet, basename="report")
router.register("issues", IssueViewSet, basename="issue")
router.register("services", ServiceViewSet, basename="service")
router.register("departments", DepartmentViewSet, basename="department")
router.register("tenants", TenantsViewSet, basename="tenant")
router.register("sla/metrics", MetricViewSet, basename="sla-metric")
router.register("sla/policies", PolicyViewSet, basename="sla-policy")
router.register("sla/calendars", CalendarViewSet, basename="sla-calendar")
router.register("triage/batches", BatchViewSet, basename="triage-batch")
router.register("triage/classifications", ClassificationViewSet, basename="triage-classification")

v1: list[URLPattern | URLResolver] = [
    path("sla/summary/", SummaryView.as_view(), name="sla-summary"),
    path("dashboard/", DashboardView.as_view(), name="dashboard"),
    # Before the router's own: no report has this id.
    path("reports/export/", ReportExportView.as_view(), name="report-export"),
    *router.urls,
]

# Swagger and Redoc set styles on elements; scripts stay as strict as everywhere.
_documented = csp_replace({"style-src": [SELF, UNSAFE_INLINE], "worker-src": [SELF, "blob:"]})

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include(v1)),
    path("api/schema/", SchemaView.as_view(), name="schema"),
    path("api/docs/", _documented(SwaggerView.as_view()), name="docs"),
    path("api/redoc/", _documented(RedocView.as_view()), name="redoc"),
    re_path(r"^api/", UnknownPath.as_view(), name="unknown"),
]
