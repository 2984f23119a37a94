"""How the installation is doing, for those who run it: the cache, the connections to the database, the indexes.

The figures are of the whole installation, not of a city, so a city's administrator does not see them: superusers do.
Nothing is changed here. The same figures for machines are at /metrics.
"""

import functools
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from apps.core.cache import CacheStatistics, cache_statistics
from apps.core.pool_statistics import PoolStatistics, all_pool_statistics
from apps.observability.selectors import IndexUsage, index_usage
from apps.staff.drawing import NOTHING, moment

View = Callable[[HttpRequest], HttpResponse]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of figures: a title, column titles, rows of as many texts, and what to know when reading it."""

    title: str
    columns: list[str]
    rows: list[list[str]]
    note: str = ""


def may_operate(request: HttpRequest) -> bool:
    """Tell whether somebody may see how the installation is doing."""
    return bool(request.user.is_active and getattr(request.user, "is_superuser", False))


def operators_page(title: Any) -> Callable[[Callable[[], list[Table]]], View]:
    """Make a page of tables; whoever is no superuser is refused."""

    def decorate(tables: Callable[[], list[Table]]) -> View:
        @require_safe
        @functools.wraps(tables)
        def page(request: HttpRequest) -> HttpResponse:
            if not may_operate(request):
                raise PermissionDenied
            context = admin.site.each_context(request) | {"title": title, "tables": tables()}
            return TemplateResponse(request, "staff/operations.html", context, headers={"Cache-Control": "no-store"})

        return page

    return decorate


@operators_page(gettext_lazy("Cache"))
def cache_page() -> list[Table]:
    """How often what was asked for was there, by kind, and what the cache holds. Queries: none."""
    statistics = cache_statistics()
    return [_cache_in_all(statistics), _cache_by_kind(statistics)]


def _cache_in_all(found: CacheStatistics) -> Table:
    shared = [
        [_("hit rate"), _share(found.hit_rate)],
        [_("entries"), _number(found.keys)],
        [_("memory in use"), filesizeformat(found.used_memory_bytes)],
        [_("removed for want of memory"), _number(found.evicted_keys)],
        [_("removed when their time was over"), _number(found.expired_keys)],
    ]
    own = [
        [_("entries in this process"), _number(found.local_entries)],
        [_("memory of this process for them"), filesizeformat(found.local_bytes)],
        [_("removed from this process for want of room"), _number(found.local_evictions)],
    ]
    away = (
        "" if found.available else _("Redis does not answer: pages are computed each time, and are slower but right.")
    )
    return Table(_("The cache in all"), [_("figure"), _("value")], (shared if found.available else []) + own, away)


def _cache_by_kind(found: CacheStatistics) -> Table:
    rows = [
        [
            kind.kind,
            _share(kind.hit_rate),
            *map(_number, (kind.local_hits, kind.redis_hits, kind.misses, kind.bypassed, kind.errors)),
        ]
        for kind in found.kinds
    ]
    return Table(
        _("By kind"),
        [
            *(_("kind"), _("hit rate"), _("found in the process"), _("found in Redis"), _("computed")),
            *(_("not asked"), _("Redis away")),
        ],
        rows,
        _("Of all processes since Redis began to count. Not asked: switched off, or in a transaction that wrote."),
    )


@operators_page(gettext_lazy("Connections"))
def connections_page() -> list[Table]:
    """The pools of connections to the database, of the process that answers. Queries: none."""
    pools = all_pool_statistics()
    return [_pool(pool) for pool in pools] or [Table(_("Connections"), [], [], _("This process has no pool."))]


def _pool(pool: PoolStatistics) -> Table:
    figures = [
        (_("open"), pool.size),
        (_("in use"), pool.in_use),
        (_("free"), pool.available),
        (_("threads waiting now"), pool.waiting),
        (_("kept open at least"), pool.min_size),
        (_("above that"), pool.overflow),
        (_("allowed at most"), pool.max_size),
        (_("handed out so far"), pool.checkouts),
        (_("of these after waiting"), pool.queued),
        (_("waited in all, in milliseconds"), pool.wait_milliseconds),
        (_("errors"), pool.errors),
    ]
    note = _("Of the process %(pid)d, which answered this page. All processes together are at /metrics.")
    return Table(
        _("Pool “%(alias)s”") % {"alias": pool.alias},
        [_("figure"), _("value")],
        [[name, _number(value)] for name, value in figures],
        note % {"pid": os.getpid()},
    )


@operators_page(gettext_lazy("Indexes"))
def indexes_page() -> list[Table]:
    """Every index with its size and its use, the needless ones first. Queries: one."""
    indexes = sorted(index_usage(), key=lambda index: (not _verdict(index), -index.size))
    note = _("Since the database's statistics were last reset; %(count)d indexes of %(size)s in all.") % {
        "count": len(indexes),
        "size": filesizeformat(sum(index.size for index in indexes)),
    }
    columns = [_("index"), _("remark"), _("size"), _("scans"), _("rows read"), _("last used"), _("table")]
    return [Table(_("Indexes"), columns, [_index_row(index) for index in indexes], note)]


def _index_row(index: IndexUsage) -> list[str]:
    # The remark stands where a phone shows it.
    return [
        *(index.name, _verdict(index), filesizeformat(index.size), _number(index.scans), _number(index.rows_read)),
        *(moment(index.last_used), index.table),
    ]


def _verdict(index: IndexUsage) -> str:
    """Return what is wrong with an index, nothing for most."""
    if not index.valid:
        return _("not valid: build it again")
    if index.covered_by is not None:
        return _("needless beside %(name)s") % {"name": index.covered_by}
    return _("not used so far") if index.unused else ""


def _number(value: int) -> str:
    return str(intcomma(value))


def _share(value: float | None) -> str:
    """Return a share of one as per cent; a dash where nothing was counted yet."""
    return NOTHING if value is None else f"{value:.1%}"


# The sidebar's group and the addresses: title, icon, name, view.
PAGES: list[tuple[Any, str, str, View]] = [
    (gettext_lazy("Cache"), "memory", "cache", cache_page),
    (gettext_lazy("Connections"), "cable", "connections", connections_page),
    (gettext_lazy("Indexes"), "list_alt", "indexes", indexes_page),
]
urlpatterns: list[URLPattern] = [
    path(f"operations/{name}/", admin.site.admin_view(view), name=f"operations_{name}")
    for _title, _icon, name, view in PAGES
]
