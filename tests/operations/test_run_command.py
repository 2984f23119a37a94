"""`manage.py run` comes up from nothing, heals, stops in order, and starts again after the worst."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import psutil
import pytest

from apps.core.embedded.services import services_status
from config.settings.environment import BASE_DIR
from tests.operations.conftest import wait_for

_UP_SECONDS = 120.0


class Run:
    """One `manage.py run` over a `var` folder of its own, its output in a file."""

    def __init__(self, var: Path, *arguments: str) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
        # Plain static names: compressing them is the slowest step, and none of this test's business.
        chosen = {"WARDLINE_VAR": str(var), "WARDLINE_ENV": "development", "STATIC_HASHED": "false"}
        self.var = var
        self.output = var.parent / "run.log"
        with self.output.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "run", "--no-demo", *arguments],
                cwd=BASE_DIR,
                env=inherited | chosen,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def text(self) -> str:
        return self.output.read_text()

    def wait_until_up(self) -> str:
        """Wait for the greeting and return the URL that it names."""
        up = wait_for(lambda: "password" in self.text or self.process.poll() is not None, _UP_SECONDS)
        assert up, self.text
        assert self.process.poll() is None, self.text
        return self.text.split("Wardline runs at ")[1].split()[0]

    def groups(self) -> list[int]:
        return list(json.loads((self.var / "run.json").read_text())["groups"])


def status_of(url: str) -> int:
    with urllib.request.urlopen(f"{url}health/live", timeout=60) as answer:
        return int(answer.status)


def test_a_run_heals_stops_in_order_and_starts_again_after_a_kill(clone: Path) -> None:
    first = Run(clone)
    assert status_of(first.wait_until_up()) == 200
    os.kill(first.groups()[0], signal.SIGKILL)
    assert wait_for(lambda: "web was killed by SIGKILL; starting it again in 1 s" in first.text)
    login = json.loads((clone / "credentials.json").read_text())
    left = first.groups()
    first.process.kill()
    first.process.wait()

    second = Run(clone)
    assert status_of(second.wait_until_up()) == 200
    assert not any(psutil.pid_exists(pid) for pid in left)
    assert json.loads((clone / "credentials.json").read_text()) == login
    assert login["password"] in second.text
    second.process.send_signal(signal.SIGINT)
    assert second.process.wait(timeout=60) == 0
    assert second.text.rstrip().endswith("run     | stopped")
    assert [status.pid for status in services_status(clone)] == [None, None]
    assert not (clone / "run.json").exists()


@pytest.mark.parametrize("port", ["web", "65536"])
def test_a_port_that_is_none_is_refused_before_anything_starts(clone: Path, port: str) -> None:
    run = Run(clone, f"--port={port}")
    assert run.process.wait(timeout=60) == 1
    assert f"WARDLINE_PORT='{port}' must be a port number from 1 to 65535" in run.text
    assert list(clone.iterdir()) == []
