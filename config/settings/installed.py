"""Applications, middleware and templates."""

from typing import Any

from config.settings import environment as env
from config.settings.profiling import SILK_ENABLED

WARDLINE_APPS = [
    "apps.core",
    "apps.tenants",
    "apps.issues",
    "apps.reports",
    "apps.triage",
    "apps.grouping",
    "apps.sla",
    "apps.insights",
    "apps.pipeline",
    "apps.observability",
    "apps.rest",
    "apps.staff",
    "apps.dashboards",
    "apps.portal",
    "apps.demo",
    "apps.operations",
]
WARDLINE_APPS = [name for name in WARDLINE_APPS if (env.BASE_DIR / name.replace(".", "/") / "apps.py").exists()]

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
    "django_structlog",
    # Its tables are always there; its pages and its cost only with SILK_ENABLED.
    "silk",
    *WARDLINE_APPS,
]

MIDDLEWARE = [
    "apps.observability.middleware.RequestMetricsMiddleware",
    "apps.observability.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    *(["apps.observability.profiling.ProfilingMiddleware"] if SILK_ENABLED else []),
    # What keys read again and again needs none of what follows: sessions, cookies, files.
    "apps.rest.fast_lane.middleware.FastLaneMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "apps.tenants.middleware.TenantMiddleware",
    "apps.staff.middleware.StaffPagesMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "axes.middleware.AxesMiddleware",
]

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_USER_MODEL = "tenants.User"
AXES_FAILURE_LIMIT = 5
# The login form's field; axes would take the user model's, and count failures under nobody's name.
AXES_USERNAME_FORM_FIELD = "username"
AXES_CLIENT_IP_CALLABLE = "apps.core.client_address.client_address"
AXES_COOLOFF_TIME = 1  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_HANDLER = "axes.handlers.cache.AxesCacheHandler"

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [env.BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
# How dates are written; nothing but templates and the admin reads it.
FORMAT_MODULE_PATH = ["apps.staff.formats"]

STATIC_URL = "/static/"
STATIC_ROOT = env.VAR_DIR / "static"
STATICFILES_DIRS = [env.BASE_DIR / "static"]
_hashed = "whitenoise.storage.CompressedManifestStaticFilesStorage"
_plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Hashed names need collectstatic, which tests and development do without.
    "staticfiles": {"BACKEND": _hashed if env.boolean("STATIC_HASHED", env.PRODUCTION) else _plain},
}
WHITENOISE_MAX_AGE = 31_536_000
# Only hashed names are served; keeping and compressing the plain ones too took collectstatic four times as long.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (
    *("jpg", "jpeg", "png", "gif", "webp", "zip", "gz", "tgz", "bz2", "tbz", "xz", "br"),
    *(
        "swf",
        "flv",
        "woff",
        "woff2",
        "3gp",
        "3gpp",
        "asf",
        "avi",
        "m4v",
        "mov",
        "mp4",
        "mpeg",
        "mpg",
        "webm",
        "wmv",
        "map",
    ),
)
WHITENOISE_USE_FINDERS = not env.PRODUCTION
