"""Run the generator in a process of its own."""

import json
import pickle
import subprocess
import sys
from pathlib import Path

from apps.operations.benchmarks.load.generator import LoadResult, Order

# Beyond what the order itself takes: start, connections, the last answers.
_SPARE_SECONDS = 90.0


class LoadFailed(RuntimeError):
    """The generator did not get through; the message has its last words."""


def put_load(order: Order, *, folder: Path) -> LoadResult:
    """Run the order and return what came of it; `folder` is the project's. Errors: LoadFailed."""
    command = [sys.executable, "-m", "apps.operations.benchmarks.load.generator"]
    done = subprocess.run(  # noqa: S603 - ourselves
        command,
        cwd=folder,
        input=pickle.dumps(order),
        capture_output=True,
        timeout=order.warm_seconds + order.seconds + _SPARE_SECONDS,
        check=False,
    )
    if done.returncode:
        raise LoadFailed(done.stderr.decode(errors="replace")[-2000:] or f"the generator ended with {done.returncode}")
    return LoadResult(**json.loads(done.stdout))
