"""PostgreSQL: the serving role, the owning role, the pool and the time-outs of every connection."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from apps.core.embedded.addresses import embedded_addresses
from config.settings import environment as env

_SCHEMES = ("postgresql", "postgres")
_addresses = embedded_addresses(env.VAR_DIR)

DATABASE_URL = env.url("DATABASE_URL", _addresses.database_url, schemes=_SCHEMES)
DATABASE_OWNER_URL = env.url(
    "DATABASE_OWNER_URL",
    DATABASE_URL if env.text("DATABASE_URL") else _addresses.database_owner_url,
    schemes=_SCHEMES,
)
env.required_in_production("DATABASE_URL", DATABASE_URL)
env.required_in_production("DATABASE_OWNER_URL", DATABASE_OWNER_URL)
if env.text("DATABASE_URL") and not env.text("DATABASE_OWNER_URL"):
    raise ImproperlyConfigured(
        "DATABASE_OWNER_URL must be set beside DATABASE_URL: migrations run as a role that owns the tables, "
        "and the product serves as one that does not"
    )

POOL_MIN_SIZE = env.integer("DATABASE_POOL_MIN_SIZE", 1, minimum=0, maximum=500)
# Five processes of 15 stay below the 100 connections that a PostgreSQL server allows unless told otherwise.
POOL_MAX_SIZE = env.integer("DATABASE_POOL_MAX_SIZE", 15, minimum=1, maximum=500)
POOL_TIMEOUT_SECONDS = env.decimal("DATABASE_POOL_TIMEOUT", 10.0, minimum=0.1, maximum=600)
POOL_MAX_LIFETIME_SECONDS = env.decimal("DATABASE_POOL_MAX_LIFETIME", 3600.0, minimum=10)
STATEMENT_TIMEOUT_MS = env.integer("DATABASE_STATEMENT_TIMEOUT_MS", 30_000, maximum=3_600_000)
LOCK_TIMEOUT_MS = env.integer("DATABASE_LOCK_TIMEOUT_MS", 10_000, maximum=3_600_000)
if POOL_MIN_SIZE > POOL_MAX_SIZE:
    raise ImproperlyConfigured(
        f"DATABASE_POOL_MIN_SIZE={POOL_MIN_SIZE} must not exceed DATABASE_POOL_MAX_SIZE={POOL_MAX_SIZE}"
    )


def connection_settings(name: str, url: str, *, statement_timeout_ms: int) -> dict[str, Any]:
    """Turn a postgresql:// URL into Django's settings; `?host=/folder` names a socket folder."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    database = unquote(parts.path.lstrip("/"))
    if not database or not parts.username:
        raise ImproperlyConfigured(f"{name} must name a user and a database")
    try:
        port = parts.port or query.pop("port", "")
    except ValueError:
        raise ImproperlyConfigured(f"{name} has a port that is not a number") from None
    host = unquote(parts.hostname or "") or query.pop("host", "")
    options: dict[str, Any] = {
        **query,
        # 0 as the time-out means none, in PostgreSQL's own terms.
        # A plan made for any tenant estimates too much, which turns jit on: 50 ms of compiling for a statement of one.
        "options": f"-c statement_timeout={statement_timeout_ms} -c lock_timeout={LOCK_TIMEOUT_MS} "
        "-c TimeZone=UTC -c jit=off",
        # Django passes None, which makes psycopg ignore prepare=True; this keeps the choice with each statement.
        "prepare_threshold": 10**9,
    }
    return {
        "ENGINE": "apps.core.postgresql",
        "NAME": database,
        "USER": unquote(parts.username),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(port),
        "OPTIONS": options,
        "CONN_MAX_AGE": 0,
    }


_serving = connection_settings("DATABASE_URL", DATABASE_URL, statement_timeout_ms=STATEMENT_TIMEOUT_MS)
_serving["CONN_HEALTH_CHECKS"] = True
_serving["OPTIONS"]["pool"] = {
    "min_size": POOL_MIN_SIZE,
    "max_size": POOL_MAX_SIZE,
    "timeout": POOL_TIMEOUT_SECONDS,
    "max_lifetime": POOL_MAX_LIFETIME_SECONDS,
}
DATABASES = {
    "default": _serving,
    # Migrations, ANALYZE and the creation of test databases only; no pool and no statement time-out.
    "owner": connection_settings("DATABASE_OWNER_URL", DATABASE_OWNER_URL, statement_timeout_ms=0),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
