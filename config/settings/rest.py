"""The REST API and its OpenAPI document."""

from typing import Any

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        # Keys first: their WWW-Authenticate is what a 401 says.
        "apps.rest.authentication.KeyAuthentication",
        "apps.rest.authentication.StaffSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["apps.rest.permissions.MayReadOrWrite"],
    "DEFAULT_RENDERER_CLASSES": ["apps.rest.rendering.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["apps.rest.rendering.OrjsonParser"],
    "DEFAULT_FILTER_BACKENDS": [
        "apps.rest.filters.KnownParameters",
        "apps.rest.filters.FieldFilters",
        "apps.rest.filters.TextSearch",
        "apps.rest.filters.Ordering",
    ],
    "DEFAULT_PAGINATION_CLASS": "apps.rest.pages.Pages",
    "DEFAULT_SCHEMA_CLASS": "apps.rest.openapi.ProblemSchema",
    "EXCEPTION_HANDLER": "apps.rest.problems.problem_of",
    "SEARCH_PARAM": "search",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Wardline",
    "DESCRIPTION": "Reports, issues and service levels of one tenant. Every error is a problem document (RFC 9457).",
    "VERSION": "1",
    "DEFAULT_GENERATOR_CLASS": "apps.rest.openapi.TenantlessGenerator",
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "Category": "apps.issues.models.Category",
        "Severity": "apps.issues.models.Severity",
        "IssueStatus": "apps.issues.models.IssueStatus",
        "ReportStatus": "apps.reports.models.ReportStatus",
        "Channel": "apps.reports.models.Channel",
        "TimelineKind": "apps.issues.models.EventKind",
        "SLAOutcome": "apps.sla.models.Outcome",
        "SLAState": "apps.sla.models.RunState",
        "SLAMetricName": "apps.sla.models.Metric",
        "TargetClock": "apps.sla.models.TargetClock",
        "BatchOutcome": "apps.triage.models.BatchOutcome",
        "TriageMethod": "apps.triage.models.Method",
    },
}
