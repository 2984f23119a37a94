"""Internal: `manage.py benchmark` starts this to run measured code in a process and an environment of its own."""

import json
import os
import signal
import sys
import traceback
from typing import Any, TextIO

from django.core.management.base import BaseCommand

from apps.operations.benchmarks.inside import FUNCTIONS


class Command(BaseCommand):
    """Call functions of benchmarks.inside as lines of JSON ask for it, until standard input is closed."""

    help = "Internal to `benchmark`: runs measured code; speaks JSON lines."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Answer each line with a line."""
        # Ctrl-C reaches the whole terminal; our parent ends us in order, after the keys are revoked.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        # Whatever else is printed here must not come between the answers.
        with os.fdopen(os.dup(sys.stdout.fileno()), "w") as answers:
            os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
            for line in sys.stdin:
                _write(answers, _answer(json.loads(line)))


def _answer(order: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"result": FUNCTIONS[order["call"]](**order["arguments"])}
    except Exception:  # noqa: BLE001 - told to the process that asked
        return {"error": traceback.format_exc(limit=-3)}


def _write(answers: TextIO, answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()
