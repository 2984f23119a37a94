"""Read settings from the environment; nonsense stops the start with a message that names the variable."""

import json
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent.parent
ENVIRONMENTS = ("development", "test", "production")
_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}


def text(name: str, default: str = "", *, pattern: str | None = None) -> str:
    """Return the variable as text, the default when it is absent or empty."""
    value = os.environ.get(name, "").strip() or default
    if pattern and value and not re.fullmatch(pattern, value):
        raise ImproperlyConfigured(f"{name}={value!r} does not look like {pattern}")
    return value


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    """Return one of the allowed words."""
    value = text(name, default)
    if value not in allowed:
        raise ImproperlyConfigured(f"{name}={value!r} must be one of: {', '.join(allowed)}")
    return value


def boolean(name: str, default: bool) -> bool:
    """Return true for 1/true/yes/on and false for 0/false/no/off, in any case."""
    value = text(name, str(default)).lower()
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise ImproperlyConfigured(f"{name}={value!r} must be true or false")


def integer(name: str, default: int, *, minimum: int = 0, maximum: int = 2**31 - 1) -> int:
    """Return a whole number within the bounds."""
    value = text(name, str(default))
    try:
        number = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name}={value!r} must be a whole number") from None
    if not minimum <= number <= maximum:
        raise ImproperlyConfigured(f"{name}={number} must be between {minimum} and {maximum}")
    return number


def decimal(name: str, default: float, *, minimum: float = 0.0, maximum: float = 1e9) -> float:
    """Return a number within the bounds; NaN and infinity are refused."""
    value = text(name, str(default))
    try:
        number = float(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name}={value!r} must be a number") from None
    if not minimum <= number <= maximum:
        raise ImproperlyConfigured(f"{name}={value} must be between {minimum} and {maximum}")
    return number


def document(name: str) -> dict[str, Any]:
    """Return a JSON object; empty when the variable is absent."""
    value = text(name, "{}")
    try:
        found = json.loads(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a JSON object") from None
    if not isinstance(found, dict):
        raise ImproperlyConfigured(f"{name} must be a JSON object")
    return found


def words(name: str, default: str = "") -> list[str]:
    """Return a comma-separated list without empty entries."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def url(name: str, default: str = "", *, schemes: tuple[str, ...]) -> str:
    """Return a URL whose scheme is one of those given."""
    value = text(name, default)
    if value and urlsplit(value).scheme not in schemes:
        raise ImproperlyConfigured(
            f"{name} must be a URL starting with one of: {', '.join(s + '://' for s in schemes)}"
        )
    return value


ENVIRONMENT = choice("WARDLINE_ENV", "development", ENVIRONMENTS)
PRODUCTION = ENVIRONMENT == "production"
VAR_DIR = Path(text("WARDLINE_VAR", str(BASE_DIR / "var"))).resolve()


def required_in_production(name: str, value: str) -> str:
    """Return the value, or refuse to start in production without it."""
    if PRODUCTION and not os.environ.get(name, "").strip():
        raise ImproperlyConfigured(f"{name} must be set in production")
    return value
