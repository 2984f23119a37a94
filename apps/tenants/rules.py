"""Decisions about tenants: slugs, roles and key formats. Standard library only."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# First path segments that belong to the product; a tenant's public page lives at /<slug>/.
RESERVED_SLUGS = frozenset(
    (
        "accounts admin api app assets auth dashboard demo discovery docs favicon.ico favicon feeds health "
        "help login logout media metrics null open311 public redoc report reports robots.txt robots schema "
        "settings silk static staff status support system tenants undefined v1 v2 wardline well-known www"
    ).split()
)
TENANT_SESSION_KEY = "tenant_id"  # where a session keeps the city that its owner chose
SLUG_PATTERN = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?")
KEY_PATTERN = re.compile(r"wl_([a-z0-9]{12})_([A-Za-z0-9_-]{32,64})")


class Role(StrEnum):
    """What a member of a tenant's staff may do, each including the ones before."""

    VIEWER = "viewer"
    AGENT = "agent"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"


class Scope(StrEnum):
    """What an API key may do."""

    READ = "read"
    WRITE = "write"


_RANK = {role: rank for rank, role in enumerate(Role)}


def role_allows(role: str, needed: Role) -> bool:
    """Tell whether a role includes what another may do; an unknown role allows nothing."""
    return role in _RANK and _RANK[Role(role)] >= _RANK[needed]


def slug_problem(slug: str) -> str | None:
    """Return why a slug cannot be used, None when it can."""
    if not SLUG_PATTERN.fullmatch(slug):
        return (
            f"{slug!r} must be 1 to 63 lower-case letters, digits, dots or hyphens, "
            "beginning and ending with a letter or digit"
        )
    if slug in RESERVED_SLUGS:
        return f"{slug!r} is reserved, for it is a path of the product itself"
    return None


def timezone_problem(name: str) -> str | None:
    """Return why a time zone cannot be used, None when it is a zone of the IANA database."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return f"{name!r} is not a time zone of the IANA database, such as America/New_York"
    return None


@dataclass(frozen=True)
class NewKey:
    """A key just made: `text` is shown once, the prefix and hash are kept."""

    text: str
    prefix: str
    secret_hash: str


def make_key() -> NewKey:
    """Make a random API key: `wl_<prefix>_<secret>`, 62 and 256 bits."""
    alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
    prefix = "".join(secrets.choice(alphabet) for _ in range(12))
    secret = secrets.token_urlsafe(32)
    return NewKey(text=f"wl_{prefix}_{secret}", prefix=prefix, secret_hash=hash_secret(secret))


def hash_secret(secret: str) -> str:
    """Return the hash that is stored; SHA-256 suffices for 256 random bits, where nothing can be guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def split_key(text: str) -> tuple[str, str] | None:
    """Return the prefix and secret of a key, None when it does not look like one."""
    match = KEY_PATTERN.fullmatch(text.strip())
    return (match[1], match[2]) if match else None


def secret_matches(secret: str, secret_hash: str) -> bool:
    """Compare a secret with the stored hash in constant time."""
    return hmac.compare_digest(hash_secret(secret), secret_hash)
