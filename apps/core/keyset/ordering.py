"""The ordering of a queryset, checked to be one that a cursor can seek in."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, Model, QuerySet, UniqueConstraint
from django.db.models.constants import LOOKUP_SEP
from django.db.models.expressions import F, OrderBy


class UnseekableOrdering(TypeError):
    """The queryset's ordering cannot be paged by cursor: a programming error, with what to change."""


@dataclass(frozen=True, slots=True)
class SeekKey:
    """The ordered fields as paths (`issue__number`, `id`), their model fields, and the one direction of all."""

    paths: tuple[str, ...]
    fields: tuple["Field[Any, Any]", ...]
    descending: bool

    def signature(self) -> str:
        """Return a text that differs for every other ordering; a cursor of one is refused by another."""
        return ("-" if self.descending else "+") + ",".join(self.paths)


def seek_key(queryset: "QuerySet[Any, Any]", *, constant: Collection[str] = ()) -> SeekKey:
    """Read the queryset's ordering.

    `constant` names fields that the queryset's filter holds to one value, such as the tenant: a unique constraint
    over them and the ordered fields then suffices.
    Errors: UnseekableOrdering without an ordering; with mixed directions, for which no row comparison exists; with a
    nullable field, whose NULL rows every comparison would drop; when rows may share all ordered values.
    """
    terms = queryset.query.order_by or (queryset.model._meta.ordering if queryset.query.default_ordering else ())
    if not terms:
        raise UnseekableOrdering(f"{queryset.model.__name__} rows have no ordering: call order_by() before paging")
    annotations = queryset.query.annotations
    model: type[Model] = queryset.model
    # reverse() leaves the terms as they are and notes that they are meant the other way round.
    turned = not queryset.query.standard_ordering
    given = tuple((path, descending != turned) for path, descending in map(_direction, terms))
    return _checked_key(
        model,
        given,
        tuple((path, annotations[path].output_field) for path, _ in given if path in annotations),
        frozenset(constant),
    )


def named_key(model: type[Model], names: Sequence[str], *, constant: Collection[str] = ()) -> SeekKey:
    """Return the key of an ordering given by names, as in ("-received_at", "-id"). Errors: UnseekableOrdering."""
    return _checked_key(model, tuple(map(_direction, names)), (), frozenset(constant))


def _direction(term: Any) -> tuple[str, bool]:
    plain = isinstance(term, OrderBy) and not (term.nulls_first or term.nulls_last)
    if plain and isinstance(term.expression, F):
        named: Any = term.expression
        return named.name, term.descending
    if not isinstance(term, str) or term == "?":
        raise UnseekableOrdering(f"cannot seek in the ordering {term!r}: order by field names or annotations")
    return term.lstrip("-+"), term.startswith("-")


@lru_cache(maxsize=1024)
def _checked_key(
    model: type[Model],
    terms: tuple[tuple[str, bool], ...],
    annotated: tuple[tuple[str, "Field[Any, Any]"], ...],
    constant: frozenset[str],
) -> SeekKey:
    directions = {descending for _, descending in terms}
    if len(directions) > 1:
        raise UnseekableOrdering(f"cannot seek with mixed directions: {', '.join(path for path, _ in terms)}")
    annotations = dict(annotated)
    paths, fields = [], []
    for path, _ in terms:
        chain = [annotations[path]] if path in annotations else list(_resolve(model, path))
        if path not in annotations and any(step.null for step in chain):
            raise UnseekableOrdering(f"cannot seek by {path}, which may be NULL: order by an annotated Coalesce()")
        paths.append(path)
        fields.append(chain[-1])
    own = {field.name for path, field in zip(paths, fields, strict=True) if LOOKUP_SEP not in path}
    if not _is_unique(model, own - annotations.keys(), constant):
        raise UnseekableOrdering(f"{model.__name__} rows may share {', '.join(paths)}: add the primary key at the end")
    return SeekKey(paths=tuple(paths), fields=tuple(fields), descending=directions.pop())


def _resolve(model: type[Model], path: str) -> "Iterator[Field[Any, Any]]":
    for part in path.split(LOOKUP_SEP):
        try:
            field: Any = model._meta.pk if part == "pk" else model._meta.get_field(part)
        except FieldDoesNotExist:
            raise UnseekableOrdering(f"{model.__name__} has no field {part!r} to order by") from None
        yield field
        if field.is_relation:
            model = field.related_model


def _is_unique(model: type[Model], ordered: set[str], constant: frozenset[str]) -> bool:
    fields = model._meta.concrete_fields
    if any((field.unique or field.primary_key) and field.name in ordered for field in fields):
        return True
    return any(set(names) <= ordered | constant and set(names) & ordered for names in _unique_sets(model))


def _unique_sets(model: type[Model]) -> Iterator[Sequence[str]]:
    yield from model._meta.unique_together
    for constraint in model._meta.constraints:
        if isinstance(constraint, UniqueConstraint) and constraint.condition is None and constraint.fields:
            yield constraint.fields
