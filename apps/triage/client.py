"""Talk to a provider of the chat-completions protocol: one call, bounded retries, a tally of what it took."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import openai
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from apps.triage.errors import ProviderError
from apps.triage.parsing import printable

MAX_ATTEMPTS: Final = 3
FIRST_WAIT_SECONDS: Final = 0.5
# A provider that asks for more is better replaced by rules than waited for: reports would pile up behind it.
MAX_WAIT_SECONDS: Final = 20.0
_RETRIED_STATUSES: Final = frozenset({408, 409, 425, 429})
# Local servers (vLLM, Ollama, llama.cpp) ask for no key, but the SDK refuses to start without one.
_NO_KEY: Final = "not-needed"


@dataclass(frozen=True, slots=True)
class Provider:
    """Where to send calls. An empty `base_url` is OpenAI's own; `timeout_seconds` bounds one attempt."""

    base_url: str
    api_key: str
    model: str
    timeout_seconds: float

    @property
    def name(self) -> str:
        """Return the name stored with every batch: the base URL's host, or `openai`."""
        return self.base_url.split("//")[-1].split("/")[0] if self.base_url else "openai"


@dataclass(frozen=True, slots=True)
class Completion:
    """A provider's answer and its price in tokens. `attempts` counts calls made, failed ones included."""

    content: str
    tokens_in: int
    tokens_out: int
    tokens_cached: int
    attempts: int
    truncated: bool


def _retry_after_seconds(error: BaseException | None, now: Callable[[], datetime]) -> float | None:
    """Return the wait that the provider asks for, in seconds or until a date; None when it does not ask."""
    stated = error.response.headers.get("retry-after", "") if isinstance(error, openai.APIStatusError) else ""
    try:
        return max(0.0, float(stated))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(stated) - now()).total_seconds())
    except (TypeError, ValueError):
        return None


def _worth_retrying(error: BaseException) -> bool:
    if isinstance(error, openai.APIStatusError):
        return error.status_code in _RETRIED_STATUSES or error.status_code >= 500
    return isinstance(error, openai.APIConnectionError)


def _kind(error: Exception) -> str:
    if isinstance(error, openai.APITimeoutError):
        return "timeout"
    if isinstance(error, openai.APIConnectionError):
        return "unreachable"
    if isinstance(error, openai.RateLimitError):
        return "rate_limited"
    if isinstance(error, openai.APIStatusError):
        return "server_error" if error.status_code >= 500 else "refused"
    return "garbled"


class LLMClient:
    """A provider that answers in JSON. Safe to share between threads; `sleep` is passed in by tests."""

    def __init__(self, provider: Provider, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self.provider = provider
        self._sleep = sleep
        # The SDK's own retries know neither our bound on waiting nor our tally of attempts.
        self._api = openai.OpenAI(
            api_key=provider.api_key or _NO_KEY,
            base_url=provider.base_url or None,
            timeout=provider.timeout_seconds,
            max_retries=0,
        )

    def close(self) -> None:
        """Give the connections back."""
        self._api.close()

    def complete(self, messages: Sequence[dict[str, str]], response_format: dict[str, Any]) -> Completion:
        """Make one call, retried up to three times where that may help.

        Errors: ProviderError with the kind of the last failure: timeout, unreachable, rate_limited, server_error,
        refused (a request that would fail again) or garbled.
        """
        retrying = Retrying(
            retry=retry_if_exception(_worth_retrying),
            stop=_stop,
            wait=_wait,
            sleep=self._sleep,
            reraise=True,
        )
        # No temperature: the models that reason refuse any but their own.
        request: dict[str, Any] = {
            "model": self.provider.model,
            "messages": list(messages),
            "response_format": response_format,
        }
        attempts = 0

        def attempt() -> Any:
            nonlocal attempts
            attempts += 1
            return self._api.chat.completions.create(**request)

        try:
            return completion_of(retrying(attempt), attempts)
        # ValueError: a body that is no JSON; AttributeError, TypeError, IndexError: JSON that is no completion.
        except (openai.OpenAIError, ValueError, AttributeError, TypeError, IndexError) as error:
            raise ProviderError(_kind(error), printable(str(error))[:300], attempts=attempts) from error


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _stop(state: RetryCallState) -> bool:
    """Give up after the third attempt, or at once when the provider asks for a wait that is too long."""
    asked = _retry_after_seconds(state.outcome.exception() if state.outcome else None, _utc_now)
    return stop_after_attempt(MAX_ATTEMPTS)(state) or (asked is not None and asked > MAX_WAIT_SECONDS)


def _wait(state: RetryCallState) -> float:
    """Wait as long as asked, else twice as long each time; a random part keeps many workers from returning at once."""
    asked = _retry_after_seconds(state.outcome.exception() if state.outcome else None, _utc_now)
    base = FIRST_WAIT_SECONDS * 2 ** (state.attempt_number - 1) if asked is None else asked
    return min(MAX_WAIT_SECONDS, base + random.uniform(0.0, FIRST_WAIT_SECONDS))


TOKENS_MAX: Final = 2**31 - 1  # what the column holds


def _count(usage: Any, name: str) -> int:
    """Return a figure of the provider's as a count that a column can hold; nonsense is 0."""
    value = getattr(usage, name, 0)
    return min(max(value, 0), TOKENS_MAX) if isinstance(value, int) else 0


def completion_of(answer: Any, attempts: int) -> Completion:
    """Return what is kept of the SDK's answer."""
    choice, usage = answer.choices[0], answer.usage
    details = getattr(usage, "prompt_tokens_details", None)
    return Completion(
        content=choice.message.content or "",
        tokens_in=_count(usage, "prompt_tokens"),
        tokens_out=_count(usage, "completion_tokens"),
        tokens_cached=_count(details, "cached_tokens"),
        attempts=attempts,
        truncated=choice.finish_reason == "length",
    )
