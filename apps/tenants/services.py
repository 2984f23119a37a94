"""Writes: tenants, users, memberships, keys."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction

from apps.core.events import publish
from apps.tenants import rules
from apps.tenants.errors import InvalidTenant
from apps.tenants.events import PeopleChanged, TenantCreated
from apps.tenants.models import ApiKey, Membership, Role, Scope, Tenant, TenantConfiguration, User
from apps.tenants.scoping import tenant_scope


@dataclass(frozen=True)
class IssuedKey:
    """A key just issued; `text` is the only time that the secret is seen."""

    api_key: ApiKey
    text: str


def create_tenant(
    *,
    slug: str,
    name: str,
    timezone: str = "UTC",
    language: str = "en",
    lat: float | None = None,
    lng: float | None = None,
) -> Tenant:
    """Create a tenant with its configuration; whoever hears TenantCreated adds services, policies and calendar.

    Errors: InvalidTenant naming the field, for a slug that is malformed, reserved or taken, an empty name or an
    unknown time zone. Nothing is written then.
    """
    _refuse("slug", rules.slug_problem(slug))
    _refuse("name", None if name.strip() else "must not be empty")
    _refuse("timezone", rules.timezone_problem(timezone))
    with transaction.atomic():
        tenant, created = Tenant.objects.get_or_create(
            slug=slug,
            defaults={"name": name.strip(), "timezone": timezone, "language": language, "lat": lat, "lng": lng},
        )
        _refuse("slug", None if created else f"{slug!r} is taken by another tenant")
        with tenant_scope(tenant.pk):
            TenantConfiguration.objects.create(document={})
            publish(TenantCreated(tenant_id=tenant.pk))
    return tenant


def _refuse(field: str, problem: str | None) -> None:
    if problem:
        raise InvalidTenant(field, problem)


def create_user(*, email: str, name: str = "", password: str | None = None, is_superuser: bool = False) -> User:
    """Create a person who may use the admin; returns the existing one when the e-mail is known."""
    existing = User.objects.filter(email=email.strip().lower()).first()
    if existing is not None:
        return existing
    return User.objects.create_user(email, password, name=name, is_staff=True, is_superuser=is_superuser)


def edit_user(*, user: User, email: str, name: str, is_active: bool) -> User:
    """Give a person another address or name, or shut the account; publish PeopleChanged for the tenants of the person.

    A tenant that the person has left hears nothing: what it keeps ready may show the earlier name until it expires.
    """
    with transaction.atomic():
        user.email, user.name, user.is_active = email.strip().lower(), name.strip(), is_active
        user.save(update_fields=["email", "name", "is_active"])
        tenant_ids = Membership.objects.filter(user=user).order_by("tenant_id").values_list("tenant_id", flat=True)
        publish(PeopleChanged(tenant_ids=list(tenant_ids)))
    return user


def set_password(*, user: User, password: str) -> None:
    """Give a user a new password."""
    user.set_password(password)
    user.save(update_fields=["password"])


def grant_membership(*, user: User, tenant: Tenant, role: str = Role.AGENT) -> Membership:
    """Give a user a role in a tenant, in place of an earlier one."""
    membership, _ = Membership.objects.update_or_create(user=user, tenant=tenant, defaults={"role": Role(role)})
    return membership


def issue_api_key(
    *,
    tenant: Tenant,
    name: str,
    scopes: tuple[str, ...] = (Scope.READ, Scope.WRITE),
    expires_at: datetime | None = None,
    requests_per_minute: int | None = None,
) -> IssuedKey:
    """Make a key for a tenant and return its text, which is not kept."""
    new = rules.make_key()
    api_key = ApiKey.objects.create(
        tenant=tenant,
        name=name,
        prefix=new.prefix,
        secret_hash=new.secret_hash,
        scopes=[Scope(scope).value for scope in scopes],
        expires_at=expires_at,
        requests_per_minute=requests_per_minute,
    )
    return IssuedKey(api_key=api_key, text=new.text)


def revoke_api_key(*, api_key: ApiKey, now: datetime) -> ApiKey:
    """Stop a key from working; it stays in the list with the time."""
    ApiKey.objects.filter(pk=api_key.pk, revoked_at__isnull=True).update(revoked_at=now)
    api_key.refresh_from_db()
    return api_key


def choose_tenant(*, session: SessionBase, tenant: Tenant) -> None:
    """Make a tenant the active one of a session; the middleware still asks whether its owner is a member."""
    session[rules.TENANT_SESSION_KEY] = tenant.pk
