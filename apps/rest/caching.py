"""Answers kept in the tagged cache: a tenant's lists look the same to all who may read them."""

import hashlib
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlencode

from rest_framework.request import Request

from apps.core.cache import tagged_get_or_set

T = TypeVar("T")


def normalised_query(request: Request, *, without: frozenset[str] = frozenset()) -> str:
    """Return the query in one order, whatever the client's; parameters in `without` are left out."""
    pairs = [
        (name, value)
        for name, values in sorted(request.query_params.lists())
        if name not in without
        for value in sorted(values)
    ]
    return urlencode(pairs)


def cached_answer(*, tenant_id: int, name: str, query: str, tags: list[str], kind: str, compute: Callable[[], T]) -> T:
    """Return a list's answer from the cache, or compute and keep it until a tag is bumped (apps.core.cache)."""
    # Hashed: clients choose a query's length, and keys are kept in memory.
    digest = hashlib.blake2b(query.encode(), digest_size=16).hexdigest()
    return tagged_get_or_set(key=f"rest:{{{tenant_id}}}:{name}:{digest}", tags=tags, kind=kind, compute=compute)
