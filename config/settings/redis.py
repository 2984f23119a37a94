"""Redis: the cache, Celery's broker and the lifetimes of cached things by kind."""

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from apps.core.embedded.addresses import embedded_addresses
from config.settings import environment as env

_SCHEMES = ("redis", "rediss", "unix")


def with_database(redis_url: str, number: int) -> str:
    """Return a Redis URL with another database number."""
    parts = urlsplit(redis_url)
    if parts.scheme == "unix":
        kept = [part for part in parts.query.split("&") if part and not part.startswith("db=")]
        return f"unix://{parts.path}?{'&'.join([*kept, f'db={number}'])}"
    return urlunsplit(parts._replace(path=f"/{number}"))


REDIS_URL = env.required_in_production(
    "REDIS_URL", env.url("REDIS_URL", embedded_addresses(env.VAR_DIR).redis_url, schemes=_SCHEMES)
)
if env.ENVIRONMENT == "test":
    # Tests empty their Redis database: one of their own for each test process, never the product's.
    REDIS_URL = with_database(REDIS_URL, 8 + int("0" + env.text("PYTEST_XDIST_WORKER").removeprefix("gw")))
REDIS_MAX_CONNECTIONS = env.integer("REDIS_MAX_CONNECTIONS", 50, minimum=1, maximum=10_000)


def broker_url(redis_url: str) -> str:
    """Spell a Redis URL as Celery wants it: redis+socket:// and virtual_host for a Unix socket."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    return f"redis+socket://{parts.path}?{parts.query.replace('db=', 'virtual_host=')}"


CELERY_BROKER_URL = env.url(
    "CELERY_BROKER_URL", broker_url(REDIS_URL), schemes=("redis", "rediss", "redis+socket", "amqp", "amqps")
)

CACHE_ENABLED = env.boolean("CACHE_ENABLED", True)
CACHE_DEFAULT_TTL = env.integer("CACHE_DEFAULT_TTL", 300, minimum=1)
_HOUR = 3600
# Seconds by kind of content.
CACHE_TTLS = {
    "search": env.integer("CACHE_SEARCH_TTL", _HOUR, minimum=1),
    "metadata": env.integer("CACHE_METADATA_TTL", 24 * _HOUR, minimum=1),
    "analysis": env.integer("CACHE_ANALYSIS_TTL", _HOUR, minimum=1),
    "preferences": env.integer("CACHE_PREFERENCES_TTL", 12 * _HOUR, minimum=1),
    "lists": env.integer("CACHE_LISTS_TTL", 300, minimum=1),
    "statistics": env.integer("CACHE_STATISTICS_TTL", 900, minimum=1),
    "responses": env.integer("CACHE_RESPONSES_TTL", 300, minimum=1),
}
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "TIMEOUT": CACHE_DEFAULT_TTL,
        "KEY_PREFIX": "wardline",
        "OPTIONS": {
            "CLIENT_CLASS": "django_redis.client.DefaultClient",
            "CONNECTION_POOL_KWARGS": {"max_connections": REDIS_MAX_CONNECTIONS},
            # Seconds. A Redis that accepts and never answers holds up every command of a request for this long.
            "SOCKET_CONNECT_TIMEOUT": 0.5,
            "SOCKET_TIMEOUT": 0.5,
            # Redis away: slower answers, never failed ones.
            "IGNORE_EXCEPTIONS": True,
            "LOG_IGNORED_EXCEPTIONS": True,
        },
    }
}
