"""The words that greet who starts the product: where it is and how to get in."""

import urllib.error
import urllib.request

from apps.operations.supervisor.credentials import Credentials

_LIVENESS = "/health/live"


def answers(url: str, *, timeout_seconds: float) -> str:
    """Ask the web server whether it lives; return '' when it does, else what is wrong, in words."""
    try:
        with urllib.request.urlopen(url + _LIVENESS, timeout=timeout_seconds):  # noqa: S310 - our own http URL
            return ""
    except urllib.error.HTTPError as error:
        return f"{_LIVENESS} answers {error.code} {error.reason}"
    except OSError as error:
        return f"the web server does not answer: {error}"


def welcome(url: str, visitor: Credentials | None, *, state: str, password_known: bool) -> str:
    """Return the greeting: URL, login, key, and a request that works as it is printed."""
    lines = [f"Wardline runs at {url}/ (Ctrl-C stops everything)"]
    if state:
        lines = [f"Wardline was started at {url}/, but {state}: see the lines above"]
    if visitor is not None:
        password = visitor.password if password_known else "(the one you have set)"
        lines += ["", f"  sign in   {url}/admin/", f"  e-mail    {visitor.email}", f"  password  {password}"]
    if visitor is not None and visitor.api_key:
        lines += [
            f"  city      {url}/{visitor.tenant}/",
            f"  API key   {visitor.api_key}",
            "",
            f"  curl -H 'Authorization: Bearer {visitor.api_key}' '{url}/api/v1/reports/'",
        ]
    return "\n" + "\n".join(lines) + "\n\n"
