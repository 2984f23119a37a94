"""`manage.py services` tells an operator what runs, where, and what takes its place."""

import os
import subprocess
import sys
from pathlib import Path

from config.settings.environment import BASE_DIR


def services(var: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    return subprocess.run(
        [sys.executable, "manage.py", "services", *arguments],
        cwd=BASE_DIR,
        env=inherited | {"WARDLINE_VAR": str(var), "WARDLINE_ENV": "development"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_operator_starts_looks_stops_and_removes(clone: Path) -> None:
    assert services(clone, "status").returncode == 1
    assert services(clone, "start", "--fsync-off").stdout == "postgresql: started\nvalkey: started\n"
    status = services(clone, "status")
    assert status.returncode == 0
    assert f"{clone}/postgresql/server.log" in status.stdout
    assert services(clone, "start").stdout == "postgresql: was running\nvalkey: was running\n"
    assert services(clone, "stop").stdout == "postgresql: stopped\nvalkey: stopped\n"
    assert f"deleted {clone}/postgresql" in services(clone, "remove").stdout
    assert [path.name for path in clone.iterdir()] == ["embedded.lock"]


def test_a_url_in_the_environment_is_said_to_replace_the_server(clone: Path) -> None:
    found = services(
        clone, "start", DATABASE_URL="postgresql://app@db/app", DATABASE_OWNER_URL="postgresql://own@db/app",
        REDIS_URL="redis://cache",
    )  # fmt: skip
    assert found.returncode == 0
    assert "DATABASE_URL is set: the embedded postgresql is not used" in found.stderr
    assert "REDIS_URL is set: the embedded valkey is not used" in found.stderr
    assert list(clone.iterdir()) == []
