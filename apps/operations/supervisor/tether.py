"""Run a program that stops when the process that started it dies, however that dies: tether.py PROGRAM [ARGUMENT …]

A script of its own in front of the program: a child of a process with threads must not run Python between fork and
exec. Standard library only. Where the system has no such signal (macOS) the program runs untethered.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main() -> None:
    """Ask for SIGTERM at the parent's death, which survives exec, and become the program."""
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        # It may have died while we asked; nobody would tell us any more.
        if os.getppid() != parent:
            sys.exit(1)
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - becoming another program is the point


if __name__ == "__main__":
    main()
