"""A cache whose entries depend on tags; see reading.py."""

from apps.core.cache.bumping import bump_tags
from apps.core.cache.decorators import cached, invalidates
from apps.core.cache.reading import Limited
from apps.core.cache.statistics import CacheStatistics, KindStatistics, cache_statistics
from apps.core.cache.sweeping import sweep_bumps
from apps.core.cache.tagged import (
    forget_process,
    invalidate_pattern,
    limited_get_or_set,
    local_get_or_set,
    tagged_get_or_set,
)

__all__ = [
    "CacheStatistics",
    "KindStatistics",
    "Limited",
    "bump_tags",
    "cache_statistics",
    "cached",
    "forget_process",
    "invalidate_pattern",
    "invalidates",
    "limited_get_or_set",
    "local_get_or_set",
    "sweep_bumps",
    "tagged_get_or_set",
]
