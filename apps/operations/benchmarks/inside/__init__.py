"""What runs inside a worker process, in the environment of the database that is measured."""

from collections.abc import Callable
from typing import Any

from apps.operations.benchmarks.inside.consistency import check_consistency
from apps.operations.benchmarks.inside.exports import time_export
from apps.operations.benchmarks.inside.hot_queries import hot_query_ids, time_hot_query
from apps.operations.benchmarks.inside.mixed import mixed_requests
from apps.operations.benchmarks.inside.pool import query_from_threads
from apps.operations.benchmarks.inside.tagged import cache_reads, compute_together, time_tags
from apps.operations.benchmarks.inside.visitors import data_size, dismiss_visitors, largest_tenant, visitors

# What `benchmark_worker` may be asked for; arguments and results are JSON.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        cache_reads,
        check_consistency,
        compute_together,
        data_size,
        dismiss_visitors,
        hot_query_ids,
        largest_tenant,
        mixed_requests,
        query_from_threads,
        time_export,
        time_hot_query,
        time_tags,
        visitors,
    )
}
