"""A web server as in production, in front of the tests' database."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from django.conf import settings
from django.db import connections

ROOT = Path(__file__).parent.parent.parent.parent


def _url(alias: str) -> str:
    chosen = connections[alias].settings_dict
    who = f"{quote(chosen['USER'])}:{quote(chosen['PASSWORD'])}"
    place = urlencode({"host": chosen["HOST"], "port": chosen["PORT"]})
    return f"postgresql://{who}@/{connections['default'].settings_dict['NAME']}?{place}"


@pytest.fixture
def server(transactional_db: None) -> Iterator[tuple[str, int]]:
    """gunicorn with one worker and the product's configuration; gives host and port."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        environment = os.environ | {
            "DATABASE_URL": _url("default"),
            "DATABASE_OWNER_URL": _url("owner"),
            "REDIS_URL": settings.REDIS_URL,
            "WEB_WORKERS": "1",
        }
        number = listening.fileno()
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py", "--bind", f"fd://{number}"],
            cwd=ROOT,
            env=environment,
            pass_fds=[number],
        )
        try:
            yield listening.getsockname()
        finally:
            process.terminate()
            process.wait(timeout=30)
