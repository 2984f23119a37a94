"""Does a reader ever see less than what was committed before it asked?

Writers use the product's services and, when a call has returned, publish what they have committed. Readers note what
is published, ask over HTTP, with the cache on, and compare: an answer may be newer than what was published when it was
asked for, never older. Servers in other processes than the writers' make it a test of invalidation, not of memory.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any

import orjson
from django.db import connection

from apps.core import clock
from apps.issues.models import Issue, Severity
from apps.issues.services import reclassify_issue
from apps.reports.models import Channel
from apps.reports.services import ReportDraft, submit_report
from apps.tenants.scoping import tenant_scope

_PATIENCE_SECONDS = 30.0
# Writers that change issues; the others submit reports.
_EDITORS_SHARE = 0.5
_NEWEST_ISSUES = 50


@dataclass(slots=True)
class Board:
    """What has been committed, as far as it was told: versions of issues, and how many reports there are at least."""

    versions: dict[int, int]
    reports: int
    writes: int = 0
    reads: int = 0
    stale: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def publish_version(self, number: int, version: int) -> None:
        """Say that an issue is at this version now."""
        with self.lock:
            self.versions[number] = max(self.versions[number], version)
            self.writes += 1

    def publish_report(self) -> None:
        """Say that there is one report more."""
        with self.lock:
            self.reports += 1
            self.writes += 1

    def snapshot(self) -> tuple[dict[int, int], int]:
        """Return what is published at this moment."""
        with self.lock:
            return dict(self.versions), self.reports

    def compare(self, what: str, expected: int, seen: int | None) -> None:
        """Note a read, and whether it was stale."""
        with self.lock:
            self.reads += 1
            if seen is None or seen < expected:
                self.stale.append(f"{what}: published {expected}, seen {seen}")


def check_consistency(
    *, host: str, port: int, key: str, tenant_id: int, seconds: float, writers: int = 8, readers: int = 8
) -> dict[str, Any]:
    """Write and read one tenant's issues and reports at once for a while.

    Returns the numbers of `writes` and `reads`, the `stale` reads and the `failures`, each in words. What is read: the
    first page of issues, single issues, and the total of the list of reports. It changes data for good.
    """
    with tenant_scope(tenant_id):
        issues = list(Issue.objects.surviving().order_by("-first_report_at", "-id")[: max(writers // 2, 1)])
    first = _Reader(host, port, key)
    board = Board(versions={issue.number: issue.version for issue in issues}, reports=first.report_total())
    ends = time.monotonic() + seconds
    jobs = [_writer(number, writers, issues, tenant_id) for number in range(writers)]
    jobs += [_Reader(host, port, key).look for _ in range(readers)]
    threads = [threading.Thread(target=_repeat, args=(job, board, ends)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"writes": board.writes, "reads": board.reads, "stale": board.stale, "failures": board.failures}


def _repeat(job: Callable[[Board, int], None], board: Board, ends: float) -> None:
    turn = 0
    try:
        while time.monotonic() < ends:
            job(board, turn)
            turn += 1
    except Exception as error:  # noqa: BLE001 - told at the end; the others go on
        board.failures.append(repr(error))
    finally:
        connection.close()


def _writer(number: int, writers: int, issues: list[Issue], tenant_id: int) -> Callable[[Board, int], None]:
    if number < writers * _EDITORS_SHARE:
        return lambda board, turn: _reclassify(issues[number % len(issues)], tenant_id, board)
    return lambda board, turn: _submit(number, tenant_id, board, turn)


def _reclassify(issue: Issue, tenant_id: int, board: Board) -> None:
    # Always another severity than the last: what changes nothing writes no version.
    severity = Severity.values[(Severity.values.index(issue.severity) + 1) % len(Severity.values)]
    with tenant_scope(tenant_id):
        changed = reclassify_issue(issue_id=issue.pk, actor=None, now=clock.now(), severity=severity)
    issue.severity = changed.severity
    board.publish_version(changed.number, changed.version)


def _submit(number: int, tenant_id: int, board: Board, turn: int) -> None:
    draft = ReportDraft(description=f"Benchmark: writer {number}, report {turn}", address="1 Main Street")
    with tenant_scope(tenant_id):
        submit_report(tenant_id=tenant_id, draft=draft, channel=Channel.API.value, now=clock.now())
    board.publish_report()


class _Reader:
    """One connection that reads, and compares with the board."""

    def __init__(self, host: str, port: int, key: str) -> None:
        self._connection = HTTPConnection(host, port, timeout=_PATIENCE_SECONDS)
        self._headers = {"Authorization": f"Bearer {key}"}

    def look(self, board: Board, turn: int) -> None:
        """Read one of the three kinds of answers, in turn."""
        versions, reports = board.snapshot()
        if turn % 3 == 0:
            board.compare("total of reports", reports, self.report_total())
        elif turn % 3 == 1:
            items = self._get(f"/api/v1/issues/?page_size={_NEWEST_ISSUES}")["items"]
            seen = {item["number"]: item["version"] for item in items}
            for number, version in versions.items():
                board.compare(f"issue {number} in the list", version, seen.get(number))
        else:
            number = list(versions)[turn % len(versions)]
            seen_version = self._get(f"/api/v1/issues/{number}/")["version"]
            board.compare(f"issue {number}", versions[number], seen_version)

    def report_total(self) -> int:
        """Return how many reports the list says that there are."""
        return int(self._get("/api/v1/reports/?page=1&page_size=1")["total"])

    def _get(self, path: str) -> Any:
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise ConnectionError(f"{path}: {answer.status} {body[:200]!r}")
        return orjson.loads(body)
