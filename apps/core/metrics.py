"""Prometheus metrics that never get in the way: an unwritable metrics folder costs figures, not requests.

With `PROMETHEUS_MULTIPROC_DIR` in the environment when the process starts, every process of the product writes its
values into files there and `render` merges them; without it each process knows only itself.
"""

import logging
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client import Counter as PrometheusCounter
from prometheus_client import Gauge as PrometheusGauge
from prometheus_client import Histogram as PrometheusHistogram
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

logger = logging.getLogger(__name__)

PREFIX = "wardline_"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# From a cached answer (1 ms) to a statement time-out (30 s).
DURATION_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


@dataclass(slots=True)
class _Guarded:
    """A Prometheus metric whose failures are logged once and then ignored."""

    name: str
    documentation: str
    labels: Sequence[str] = ()
    _metric: Any = field(init=False, default=None)
    _failed: bool = field(init=False, default=False)
    _children: dict[tuple[str, ...], Any] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        # Without labels the metric opens its file at once.
        try:
            self._metric = self._make()
        except OSError as error:
            self._report(error)

    def _make(self) -> Any:
        raise NotImplementedError

    def _child(self, labels: dict[str, object]) -> Any:
        values = tuple(str(labels[name]) for name in self.labels)
        child = self._children.get(values)
        if child is None:
            child = self._metric.labels(*values) if values else self._metric
            self._children[values] = child
        return child

    def _write(self, method: str, value: float, labels: dict[str, object]) -> None:
        if self._metric is None:
            return
        try:
            getattr(self._child(labels), method)(value)
        except OSError as error:
            self._report(error)

    def _report(self, error: OSError) -> None:
        if not self._failed:
            self._failed = True
            logger.warning("metric %s cannot be written and is left out: %s", self.name, error)


class Counter(_Guarded):
    """A figure that only grows."""

    __slots__ = ()

    def _make(self) -> PrometheusCounter:
        return PrometheusCounter(PREFIX + self.name, self.documentation, self.labels)

    def increment(self, amount: float = 1, **labels: object) -> None:
        """Add to the figure of these labels."""
        self._write("inc", amount, labels)


@dataclass(slots=True)
class Gauge(_Guarded):
    """A figure that goes up and down.

    Over several processes the living ones' figures are added up; a `shared` one is about something that all of them
    see, such as Redis, and the last word counts.
    """

    shared: bool = False

    def _make(self) -> PrometheusGauge:
        mode: Literal["mostrecent", "livesum"] = "mostrecent" if self.shared else "livesum"
        return PrometheusGauge(PREFIX + self.name, self.documentation, self.labels, multiprocess_mode=mode)

    def set(self, value: float, **labels: object) -> None:
        """State this process's present figure."""
        self._write("set", value, labels)

    def increment(self, amount: float = 1, **labels: object) -> None:
        """Add to this process's figure; a negative amount takes away."""
        self._write("inc", amount, labels)


@dataclass(slots=True)
class Histogram(_Guarded):
    """A distribution, by default of seconds."""

    buckets: Sequence[float] = DURATION_BUCKETS

    def _make(self) -> PrometheusHistogram:
        return PrometheusHistogram(PREFIX + self.name, self.documentation, self.labels, buckets=self.buckets)

    def observe(self, value: float, **labels: object) -> None:
        """Count one value."""
        self._write("observe", value, labels)


def merged_registry() -> CollectorRegistry:
    """Return the registry that knows every process's figures, as far as this process can see them."""
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if not folder or not Path(folder).is_dir():
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def render() -> bytes:
    """Return all figures in Prometheus's text format."""
    return generate_latest(merged_registry())


def read_metric(name: str) -> Iterable[tuple[dict[str, str], float]]:
    """Yield (labels, value) of every sample named `name` (without our prefix, with `_total`, `_count`, …)."""
    metrics: Iterable[Metric] = merged_registry().collect()
    for metric in metrics:
        for sample in metric.samples:
            if sample.name == PREFIX + name:
                yield sample.labels, sample.value


def forget_process(pid: int) -> None:
    """Take a dead process's gauges out of the sums; its counters stay. For the web server's child_exit hook."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        mark_process_dead(pid)  # type: ignore[no-untyped-call]


def prepare_folder(folder: Path) -> None:
    """Make the metrics folder and empty it of an earlier start's figures. For whoever starts the processes."""
    folder.mkdir(parents=True, exist_ok=True)
    for left_behind in folder.glob("*.db"):
        left_behind.unlink(missing_ok=True)
