"""Reads: tenants of a person, the caller behind a key."""

import threading
import time
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import F

from apps.core import clock
from apps.core.cache import local_get_or_set
from apps.tenants import rules
from apps.tenants.errors import InvalidApiKey
from apps.tenants.models import ApiKey, Role, Tenant, User

KEY_VERDICT_SECONDS = 5.0  # how long a revoked key may still work in a process (design: ≤ 5 s stale)
_KEY_VERDICTS_MAX = 10_000


@dataclass(frozen=True)
class Caller:
    """Who a key speaks for; what the rest layer needs on every request, without a query."""

    api_key_id: int
    tenant_id: int
    tenant_slug: str
    scopes: frozenset[str]
    requests_per_minute: int | None
    expires_at: datetime | None
    secret_hash: str


_verdicts: dict[str, tuple[float, Caller | None]] = {}
# Keys whose secret has just been found right, so that each request need not hash it again.
_right: dict[str, tuple[float, Caller]] = {}
_verdicts_lock = threading.Lock()


def caller_of_key(text: str, *, now: datetime) -> Caller:
    """Return who a key speaks for; raises InvalidApiKey. One query, none within 5 s of the last for the same key."""
    known = _right.get(text)
    caller = known[1] if known is not None and known[0] > time.monotonic() else _proven_caller(text)
    if caller.expires_at is not None and caller.expires_at <= now:
        raise InvalidApiKey("the key is not valid")
    return caller


def _proven_caller(text: str) -> Caller:
    parts = rules.split_key(text)
    if parts is None:
        raise InvalidApiKey("the key is not valid")
    prefix, secret = parts
    caller = _cached_caller(prefix)
    if caller is None or not rules.secret_matches(secret, caller.secret_hash):
        raise InvalidApiKey("the key is not valid")
    with _verdicts_lock:
        if len(_right) >= _KEY_VERDICTS_MAX:
            _right.clear()
        # No longer than the verdict itself.
        verdict = _verdicts.get(prefix)
        if verdict is not None:
            _right[text] = (verdict[0], caller)
    return caller


def forget_callers() -> None:
    """Empty this process's verdicts about keys."""
    with _verdicts_lock:
        _verdicts.clear()
        _right.clear()


def _cached_caller(prefix: str) -> Caller | None:
    found = _verdicts.get(prefix)
    if found is not None and found[0] > time.monotonic():
        return found[1]
    caller = _load_caller(prefix)
    with _verdicts_lock:
        if len(_verdicts) >= _KEY_VERDICTS_MAX:
            _verdicts.clear()
        _verdicts[prefix] = (time.monotonic() + KEY_VERDICT_SECONDS, caller)
    return caller


def _load_caller(prefix: str) -> Caller | None:
    key = (
        ApiKey.objects.select_related("tenant")
        .filter(prefix=prefix, revoked_at__isnull=True, tenant__is_active=True)
        .first()
    )
    if key is None:
        return None
    return Caller(
        api_key_id=key.pk,
        tenant_id=key.tenant_id,
        tenant_slug=key.tenant.slug,
        scopes=frozenset(key.scopes),
        requests_per_minute=key.requests_per_minute,
        expires_at=key.expires_at,
        secret_hash=key.secret_hash,
    )


def tenant_by_slug(slug: str) -> Tenant | None:
    """Return the active tenant of that slug."""
    return Tenant.objects.filter(slug=slug, is_active=True).first()


def city_by_slug(slug: str) -> Tenant | None:
    """Return the active tenant of that slug as it was at most 5 s ago, or as it is when there was none.

    Shared: do not change it. No query, one for an unknown slug and one in 5 s.
    """
    # By all slugs at once: unknown ones are the client's to invent, and would fill the memory.
    cities = local_get_or_set(key="tenants:by-slug", compute=lambda: {city.slug: city for city in active_tenants()})
    return cities.get(slug) or tenant_by_slug(slug)


@dataclass(frozen=True)
class Workplace:
    """A tenant that a person may work in, and as what."""

    tenant: Tenant
    role: str


def workplaces_of(user: User) -> list[Workplace]:
    """Return the active tenants that a person may work in, by name. One query.

    A superuser may work in all of them as an administrator.
    """
    tenants = Tenant.objects.filter(is_active=True).order_by("name")
    if user.is_superuser:
        return [Workplace(tenant, rules.Role.ADMINISTRATOR.value) for tenant in tenants]
    own = tenants.filter(memberships__user=user).annotate(own_role=F("memberships__role"))
    return [Workplace(tenant, tenant.own_role) for tenant in own]


def role_in(user: User, tenant_id: int) -> str | None:
    """Return a person's role in a tenant, None for an outsider. One query."""
    return next((place.role for place in workplaces_of(user) if place.tenant.pk == tenant_id), None)


def role_allows(role: str, needed: Role) -> bool:
    """Tell whether a role includes what another may do."""
    return rules.role_allows(role, rules.Role(needed.value))


def active_tenants() -> list[Tenant]:
    """Return every active tenant, by id. One query."""
    return list(Tenant.objects.filter(is_active=True).order_by("pk"))


def local_now(tenant: Tenant) -> datetime:
    """Return the present time in a tenant's zone."""
    return clock.now().astimezone(ZoneInfo(tenant.timezone))
