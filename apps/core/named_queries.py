"""A register of the queries that matter, each by a name and the function of ours that runs it.

Apps add theirs when they are ready; `explain_query` runs them and looks at what they send. So a plan is looked at for
the statements that the product really sends, whoever composes them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """One query. `run` runs it for a tenant, by its id, inside that tenant's scope; what it writes is rolled back.

    `may_scan`: it reads a large part of a table on purpose, as exports and rebuilds do.
    """

    name: str
    run: Callable[[int], Any]
    may_scan: bool = False


_register: dict[str, NamedQuery] = {}


def name_queries(queries: Iterable[NamedQuery]) -> None:
    """Add queries to the register; a name that is there already is replaced."""
    _register.update((query.name, query) for query in queries)


def named_queries() -> Mapping[str, NamedQuery]:
    """Return the register, by name in order."""
    return MappingProxyType(dict(sorted(_register.items())))
