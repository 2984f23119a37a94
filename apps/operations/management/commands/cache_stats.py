"""Show how well the cache does."""

from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError

from apps.core.cache import CacheStatistics, KindStatistics, cache_statistics


class Command(BaseCommand):
    """Print reads by kind and level over all processes, and Redis's own figures. Fails when Redis does not answer.

    `local`: a process had the answer in its own memory; `redis`: Redis sent it.
    """

    help = "Hits by level, misses and hit rate of the cache by kind; keys, memory and evictions of Redis."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the form of the answer."""
        parser.add_argument("--json", action="store_true", help="the figures as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the figures."""
        statistics = cache_statistics()
        if not statistics.available:
            raise CommandError("Redis does not answer: nothing is cached, and every page computes what it shows")
        if options["json"]:
            kinds = [
                asdict(kind) | {"redis_hits": kind.redis_hits, "hit_rate": kind.hit_rate} for kind in statistics.kinds
            ]
            # This command's own process has read nothing: its memory says nothing about anybody else's.
            document = {name: value for name, value in asdict(statistics).items() if not name.startswith("local_")}
            document |= {"hit_rate": statistics.hit_rate, "kinds": kinds}
            self.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
            return
        self.stdout.write(_table(statistics))


_COLUMNS = ("local", "redis", "misses", "bypassed", "errors")


def _table(statistics: CacheStatistics) -> str:
    heading = f"{'kind':<14}" + "".join(f"{name:>12}" for name in _COLUMNS) + f"{'hit rate':>10}"
    lines = [heading, *(_line(kind) for kind in statistics.kinds)]
    megabytes = statistics.used_memory_bytes / 1_000_000
    lines.append(f"hit rate {_percent(statistics.hit_rate)}; {statistics.keys:,} keys, {megabytes:,.1f} MB in Redis")
    lines.append(f"{statistics.expired_keys:,} keys expired, {statistics.evicted_keys:,} evicted")
    return "\n".join(lines)


def _line(kind: KindStatistics) -> str:
    figures = (kind.local_hits, kind.redis_hits, kind.misses, kind.bypassed, kind.errors)
    return f"{kind.kind:<14}" + "".join(f"{figure:>12,}" for figure in figures) + f"{_percent(kind.hit_rate):>10}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"
