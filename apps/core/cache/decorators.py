"""`cached` and `invalidates`: the cache around functions, selectors and views.

The key is made of what is asked: namespace:resource:id:variant, as in "call:{7}:insights.selectors.scores:<digest>" or
"view:{7}:portal.views.issue:number=12:<digest>". Core does not know of tenants: `partition` says whose answer it is.
"""

import hashlib
import inspect
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest
from rest_framework.request import Request

from apps.core.cache.bumping import bump_tags
from apps.core.cache.responses import NotKept, keep_response, request_variant, response_of
from apps.core.cache.tagged import tagged_get_or_set

P = ParamSpec("P")
R = TypeVar("R")
# A tag, or a function that makes it from the partition, as every app's tags.py has them.
Tag = str | Callable[[Any], str]
# Whose answer it is: the name of an argument, a function without arguments, for views one of the request.
Partition = str | Callable[..., Any] | None

_PLAIN = (str, bytes, int, float, Decimal, date, time, datetime, timedelta, UUID, type(None))


def cached(
    *,
    kind: str,
    tags: Iterable[Tag] = (),
    partition: Partition = None,
    key: Callable[..., str] | None = None,
    ttl: int | None = None,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Keep what a function, a selector or a view returns, under tags, by what it was asked.

    `tags` are texts, or functions of the partition: `@cached(kind="lists", partition=require_tenant_id,
    tags=[issues])`. `partition` names an argument, or is called: without arguments for a function, with the request
    for a view. `key` makes the key from the arguments instead, and must hold whatever the answer depends on.
    A function's arguments are plain values and collections of such (TypeError for others); its answer is pickled.
    A view is a function of a request, or a method of one, such as DRF's `list`; put the decorator below whatever signs
    in and permits. Only GET and HEAD are kept, only 200, and neither streams nor answers with cookies; the caller's
    authorisation and language and the query's parameters in one order are part of the key.
    """
    names = tuple(tags)

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        subject = _Subject(function, partition)

        @wraps(function)
        def answer(*args: P.args, **kwargs: P.kwargs) -> R:
            request = _request_of(args)
            if request is not None and request.method not in {"GET", "HEAD"}:
                return function(*args, **kwargs)

            def compute() -> Any:
                found = function(*args, **kwargs)
                return found if request is None else keep_response(found)

            whose = subject.whose(request, args, kwargs)
            name = key(*args, **kwargs) if key else subject.key(whose, request, args, kwargs)
            try:
                kept = tagged_get_or_set(key=name, tags=_tags(names, whose), kind=kind, compute=compute, ttl=ttl)
            except NotKept as refused:
                return cast("R", refused.response)
            return cast("R", kept if request is None else response_of(kept))

        return answer

    return decorate


def invalidates(*, tags: Iterable[Tag], partition: Partition = None) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Bump tags once what a function, a service or a view has written is committed; see cached for the arguments.

    The function runs in a transaction, so that the bump is as durable as the write. Nothing is bumped when it raises,
    nor by a view's GET, HEAD and OPTIONS.
    """
    names = tuple(tags)

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        subject = _Subject(function, partition)

        @wraps(function)
        def write(*args: P.args, **kwargs: P.kwargs) -> R:
            request = _request_of(args)
            if request is not None and request.method in {"GET", "HEAD", "OPTIONS"}:
                return function(*args, **kwargs)
            with transaction.atomic():
                result = function(*args, **kwargs)
                bump_tags(_tags(names, subject.whose(request, args, kwargs)))
            return result

        return write

    return decorate


class _Subject:
    """What is decorated: its name, its arguments, and whose its answers are."""

    def __init__(self, function: Callable[..., Any], partition: Partition) -> None:
        self._signature = inspect.signature(function)
        self._partition = partition
        self._name = f"{function.__module__.removeprefix('apps.')}.{function.__qualname__}"

    def whose(self, request: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Return the partition of one call."""
        if isinstance(self._partition, str):
            return self._arguments(args, kwargs).get(self._partition)
        if self._partition is None:
            return None
        return self._partition() if request is None else self._partition(request)

    def key(self, whose: Any, request: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
        """Return namespace:resource:id:variant of one call."""
        if request is None:
            return f"call:{{{whose}}}:{self._name}:{_digest(_plain(self._arguments(args, kwargs), self._name))}"
        ids = ",".join(f"{name}={value}" for name, value in sorted(kwargs.items()))
        # Clients choose how long an id is; the digest has all of it.
        return f"view:{{{whose}}}:{self._name}:{ids[:60]}:{_digest(f'{ids}?{request_variant(request)}')}"

    def _arguments(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return dict(bound.arguments)


def _request_of(args: tuple[Any, ...]) -> HttpRequest | Request | None:
    return next((each for each in args[:2] if isinstance(each, HttpRequest | Request)), None)


def _tags(tags: Iterable[Tag], whose: Any) -> list[str]:
    return [tag(whose) if callable(tag) else tag for tag in tags]


def _plain(value: Any, where: str) -> str:
    """Spell a value so that equal ones are spelt alike and others are not."""
    if isinstance(value, Enum):
        return _plain(value.value, where)
    if isinstance(value, _PLAIN):
        return repr(value)
    if isinstance(value, Mapping):
        return f"{{{','.join(sorted(f'{_plain(k, where)}:{_plain(v, where)}' for k, v in value.items()))}}}"
    if isinstance(value, set | frozenset):
        return f"<{','.join(sorted(_plain(each, where) for each in value))}>"
    if isinstance(value, list | tuple):
        return f"[{','.join(_plain(each, where) for each in value)}]"
    raise TypeError(f"{where}: a cached function's arguments are plain values, not {type(value).__name__}; give a key")


def _digest(text: str) -> str:
    # Hashed: callers choose the length, and keys are kept in memory.
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
