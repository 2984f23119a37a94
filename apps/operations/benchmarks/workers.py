"""Processes that run measured code inside a subject's environment, and answer by lines of JSON."""

import json
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from apps.operations.supervisor import tether


class WorkerFailed(RuntimeError):
    """A call inside a worker raised; the message is its traceback's end."""


class Worker:
    """One process of `manage.py benchmark_worker`; its calls come one after the other.

    It ends when its standard input is closed, and dies with us.
    """

    def __init__(self, environment: Mapping[str, str], *, folder: Path) -> None:
        command = [sys.executable, "manage.py", "benchmark_worker"]
        self._process = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-I", "-S", str(tether.__file__), *command],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def call(self, name: str, **arguments: Any) -> Any:
        """Run a function of benchmarks.inside and return its result. Errors: WorkerFailed."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            stdin.write(json.dumps({"call": name, "arguments": arguments}) + "\n")
            stdin.flush()
            line = stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise WorkerFailed(f"{name}: the process ended with {self._process.wait()}; see its words above")
        answer = json.loads(line)
        if "error" in answer:
            raise WorkerFailed(f"{name}: {answer['error']}")
        return answer["result"]

    def close(self) -> None:
        """End the process."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


def call_together(workers: list[Worker], name: str, **arguments: Any) -> list[Any]:
    """Run the same function in several workers at once; each is told its `number` and the `start` of the others."""
    with ThreadPoolExecutor(len(workers)) as pool:
        futures = [pool.submit(worker.call, name, **arguments, number=number) for number, worker in enumerate(workers)]
        return [future.result() for future in futures]
