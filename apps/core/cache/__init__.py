"""A cache whose entries depend on tags; see tagged.py."""

from apps.core.cache.statistics import CacheStatistics, KindStatistics, cache_statistics
from apps.core.cache.tagged import bump_tags, tagged_get_or_set

__all__ = ["CacheStatistics", "KindStatistics", "bump_tags", "cache_statistics", "tagged_get_or_set"]
