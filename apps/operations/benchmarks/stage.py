"""Where a run takes place: the subjects, and the servers and worker processes that are started for them once."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from apps.operations.benchmarks.load.requests import Address
from apps.operations.benchmarks.servers.gunicorn import BARE, PRODUCT, Application, Server, serving
from apps.operations.benchmarks.subjects import Subject
from apps.operations.benchmarks.workers import Worker

T = TypeVar("T")

# Two processes, as the product has them in the tables of limits; threads are the product's own default.
WEB_WORKERS = 2
# Limits count and are never reached: a 429 would be an error.
_UNREACHED = "100000000"


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how often; `seconds` is one turn of one server, and a round has two of each."""

    rounds: int = 3
    seconds: float = 4.0
    connections: int = 10
    users: int = 50
    calls: int = 200
    seed: int = 311
    clients: int = 200
    tag_entries: int = 100_000
    export_rows: int = 1_000_000
    consistency_seconds: float = 30.0
    log_level: str = "WARNING"


QUICK = Plan(
    rounds=1,
    seconds=0.3,
    connections=4,
    users=4,
    calls=4,
    clients=20,
    tag_entries=200,
    export_rows=1_000,
    consistency_seconds=2.0,
)


@dataclass
class Stage:
    """A run's surroundings. `small` is a tenth of the data, for growth; None without it.

    `base_url` is a product that runs already and is measured in place of one started here.
    """

    plan: Plan
    large: Subject
    small: Subject | None
    folder: Path
    logs: Path
    say: Callable[[str], None]
    base_url: Address | None = None
    _stack: ExitStack = field(default_factory=ExitStack)
    _kept: dict[Any, Any] = field(default_factory=dict)

    def __enter__(self) -> "Stage":
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    @property
    def subjects(self) -> list[Subject]:
        """Return the subjects, the large one first."""
        return [self.large, *([self.small] if self.small else [])]

    def worker(self, subject: Subject, number: int = 0, *, pool: int | None = None, cached: bool = True) -> Worker:
        """Return a process in a subject's environment; the same one for the same arguments."""

        def start() -> Worker:
            environment = self._environment(subject, cached=cached)
            if pool is not None:
                environment["DATABASE_POOL_MAX_SIZE"] = str(pool)
            worker = Worker(environment, folder=self.folder)
            self._stack.callback(worker.close)
            return worker

        return self._once(("worker", subject.name, number, pool, cached), start)

    def product(self, subject: Subject, *, cached: bool) -> Server:
        """Return the product over a subject, with its cache or without."""
        if self.base_url is not None:
            return Server(f"product at {self.base_url}", self.base_url, ())
        return self.server(PRODUCT, subject, cached=cached)

    def bare(self) -> Server:
        """Return the bare view."""
        return self.server(BARE, self.large, cached=True)

    def server(self, application: Application, subject: Subject, *, cached: bool) -> Server:
        """Return a running server; what is started stays for the rest of the run and costs nothing while it idles."""
        log = self.logs / f"{application.name.replace(' ', '-')}.log"

        def start() -> Server:
            self.say(f"starting {application.name}, cache {'on' if cached else 'off'}, {subject.name}")
            return self._stack.enter_context(
                serving(
                    application,
                    environment=self._environment(subject, cached=cached),
                    workers=WEB_WORKERS,
                    folder=self.folder,
                    log=log,
                )
            )

        return self._once(("server", application, subject.name, cached), start)

    def visitors(self, subject: Subject) -> list[dict[str, Any]]:
        """Return the subject's simulated users; their keys are revoked at the end."""

        def arrive() -> list[dict[str, Any]]:
            worker = self.worker(subject)
            self._stack.callback(worker.call, "dismiss_visitors")
            found: list[dict[str, Any]] = worker.call("visitors", users=self.plan.users, seed=self.plan.seed)
            return found

        return self._once(("visitors", subject.name), arrive)

    def largest(self, subject: Subject) -> dict[str, Any]:
        """Return a user of the subject's largest tenant."""
        self.visitors(subject)

        def arrive() -> dict[str, Any]:
            found: dict[str, Any] = self.worker(subject).call("largest_tenant")
            return found

        return self._once(("largest", subject.name), arrive)

    def _once(self, name: tuple[Any, ...], make: Callable[[], T]) -> T:
        if name not in self._kept:
            self._kept[name] = make()
        kept: T = self._kept[name]
        return kept

    def _environment(self, subject: Subject, *, cached: bool) -> dict[str, str]:
        """Everything on, as in production, but for what would measure something else: profiles, limits that are
        reached, and a log line a request, which the bare view does not write either."""
        return {
            **subject.environment,
            "CACHE_ENABLED": str(cached).lower(),
            "RATE_LIMIT_ENABLED": "true",
            "RATE_LIMIT_PER_MINUTE": _UNREACHED,
            "RATE_LIMIT_SEARCH_PER_MINUTE": _UNREACHED,
            "SILK_ENABLED": "false",
            "LOG_LEVEL": self.plan.log_level,
            "WEB_WORKERS": str(WEB_WORKERS),
            "PROMETHEUS_MULTIPROC_DIR": str(self.logs / "metrics"),
        }
