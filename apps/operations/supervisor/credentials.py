"""A way in for the first visitor: an administrator and an API key, the same ones at every start."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from apps.core import clock
from apps.tenants.errors import InvalidApiKey
from apps.tenants.models import Role, Tenant, User
from apps.tenants.selectors import active_tenants, caller_of_key
from apps.tenants.services import create_user, grant_membership, issue_api_key, set_password

ADMIN_EMAIL = "admin@wardline.example"
_FILE = "credentials.json"


@dataclass(frozen=True)
class Credentials:
    """What the first visitor needs; `tenant` is the slug that the key belongs to, both empty without a tenant."""

    email: str
    password: str
    tenant: str
    api_key: str


def first_visitor(var: Path) -> Credentials:
    """Return a working login and key, kept readable for their owner alone in `var/credentials.json`.

    What is missing is made: the user, a password for one whose password is not on file, a key where the kept one does
    not work any more. A password that its user has changed since stays changed, and is then not known here.
    """
    kept = _read(var / _FILE)
    password = kept.get("password", "")
    user = User.objects.filter(email=ADMIN_EMAIL).first()
    if user is None:
        password = password or secrets.token_urlsafe(12)
        user = create_user(email=ADMIN_EMAIL, name="Administrator", password=password, is_superuser=True)
    elif not password:
        password = secrets.token_urlsafe(12)
        set_password(user=user, password=password)
    tenants = active_tenants()
    for tenant in tenants:
        grant_membership(user=user, tenant=tenant, role=Role.ADMINISTRATOR)
    slug, api_key = _key(kept, tenants)
    found = Credentials(email=ADMIN_EMAIL, password=password, tenant=slug, api_key=api_key)
    if asdict(found) != kept:
        _write(var / _FILE, found)
    return found


def password_works(credentials: Credentials) -> bool:
    """Return whether the user still has the password that is on file."""
    user = User.objects.filter(email=credentials.email).first()
    return user is not None and user.check_password(credentials.password)


def _key(kept: dict[str, str], tenants: list[Tenant]) -> tuple[str, str]:
    """Return the kept key while it works, else a new one of the oldest tenant."""
    text = kept.get("api_key", "")
    try:
        return caller_of_key(text, now=clock.now()).tenant_slug, text
    except InvalidApiKey:
        if not tenants:
            return "", ""
    return tenants[0].slug, issue_api_key(tenant=tenants[0], name="make run").text


def _read(path: Path) -> dict[str, str]:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return {name: str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def _write(path: Path, credentials: Credentials) -> None:
    """Write the file so that nobody else can read it at any moment."""
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(credentials), file, indent=2)
    unfinished.rename(path)
