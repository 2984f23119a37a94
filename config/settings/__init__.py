"""Wardline's settings, one subject a module; every tunable comes from the environment and is checked at start."""

from config.settings.background import *
from config.settings.database import DATABASES, DEFAULT_AUTO_FIELD
from config.settings.environment import BASE_DIR, ENVIRONMENT, PRODUCTION, VAR_DIR
from config.settings.installed import *
from config.settings.limits import *
from config.settings.logs import DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID, LOG_FORMAT, LOG_LEVEL, LOGGING
from config.settings.maps import *
from config.settings.profiling import *
from config.settings.redis import CACHE_DEFAULT_TTL, CACHE_ENABLED, CACHE_TTLS, CACHES, CELERY_BROKER_URL, REDIS_URL
from config.settings.rest import REST_FRAMEWORK, SPECTACULAR_SETTINGS
from config.settings.security import *
from config.settings.staff import UNFOLD

__all__ = [
    "BASE_DIR",
    "CACHES",
    "CACHE_DEFAULT_TTL",
    "CACHE_ENABLED",
    "CACHE_TTLS",
    "CELERY_BROKER_URL",
    "DATABASES",
    "DEFAULT_AUTO_FIELD",
    "DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID",
    "ENVIRONMENT",
    "LOGGING",
    "LOG_FORMAT",
    "LOG_LEVEL",
    "PRODUCTION",
    "REDIS_URL",
    "REST_FRAMEWORK",
    "SPECTACULAR_SETTINGS",
    "UNFOLD",
    "VAR_DIR",
]
