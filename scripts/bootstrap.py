"""Set up .venv for one of the sets of requirements; standard library only, for it runs before anything is installed.

    python3.11 scripts/bootstrap.py run|test|development

A stamp holds what was installed, so that a second run takes no time. Sets grow: development holds test, test holds run.
"""

import fcntl
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
INTERPRETER = ENVIRONMENT / "bin" / "python"
STAMP = ENVIRONMENT / "installed.json"
LOG = ENVIRONMENT / "install.log"
REQUIREMENTS = ROOT / "requirements"
# In order of size: a set that is installed serves each one before it.
SETS: dict[str, tuple[str, ...]] = {
    "run": ("base.txt", "local.txt"),
    "test": ("test.txt",),
    "development": ("development.txt",),
}
_PROBE = """\
import sys
from importlib.util import find_spec
sys.exit(not ((3, 11) <= sys.version_info[:2] <= (3, 13) and find_spec("pip")))
"""


def main() -> int:
    """Set up what the arguments ask for; return the process's exit code."""
    if len(sys.argv) != 2 or sys.argv[1] not in SETS:
        print(f"usage: bootstrap.py {'|'.join(SETS)}", file=sys.stderr)
        return 2
    # Two targets at once would install over each other; the folder itself is the lock, which leaves no file behind.
    lock = os.open(ROOT, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    return set_up(sys.argv[1])


def set_up(name: str) -> int:
    """Make .venv hold the set, doing nothing when it does; return 0, or the installer's exit code."""
    if not works():
        print(f"Making .venv with Python {platform.python_version()}", flush=True)
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        venv.create(ENVIRONMENT, with_pip=True, symlinks=True)
    installed = read_stamp()
    names = list(SETS)
    if any(installed.get(larger) == fingerprint(larger) for larger in names[names.index(name) :]):
        return 0
    print(f"Installing the packages of `{name}` into .venv (once; a minute or two)", flush=True)
    began = time.monotonic()
    code = install(SETS[name])
    if code:
        lines = LOG.read_text(errors="replace").splitlines()[-25:]
        print("\n".join(lines), file=sys.stderr)
        print(f"The packages could not be installed (all of it: {LOG}). Is the network there?", file=sys.stderr)
        return code
    STAMP.write_text(json.dumps(installed | {name: fingerprint(name)}))
    print(f"Installed in {time.monotonic() - began:.0f} s", flush=True)
    return 0


def works() -> bool:
    """Return whether .venv has an interpreter that starts: its Python may have been removed or upgraded since."""
    if not INTERPRETER.exists():
        return False
    probe = [str(INTERPRETER), "-c", _PROBE]
    return subprocess.run(probe, check=False, stderr=subprocess.DEVNULL).returncode == 0


def read_stamp() -> dict[str, str]:
    """Return the fingerprint of each set that was installed."""
    try:
        found = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def fingerprint(name: str) -> str:
    """Return a hash of the set's requirement files, those that they include, and the interpreter in .venv."""
    digest = hashlib.sha256((ENVIRONMENT / "pyvenv.cfg").read_bytes())
    waiting = list(SETS[name])
    seen: set[str] = set()
    while waiting:
        file = waiting.pop(0)
        if file in seen:
            continue
        seen.add(file)
        text = (REQUIREMENTS / file).read_text(encoding="utf-8")
        digest.update(text.encode())
        waiting += [line.split()[1] for line in text.splitlines() if line.startswith("-r ")]
    return digest.hexdigest()


def install(files: tuple[str, ...]) -> int:
    """Install the files' packages with uv where it is present, else with pip; return the installer's exit code."""
    requirements = [part for file in files for part in ("-r", str(REQUIREMENTS / file))]
    uv = shutil.which("uv")
    if uv and run([uv, "pip", "install", "--quiet", "--python", str(INTERPRETER), *requirements]) == 0:
        return 0
    # Half of pip's time goes into compiling modules of which most are never imported (44 s instead of 98 s).
    quiet = ["--quiet", "--no-input", "--no-compile", "--progress-bar", "off", "--disable-pip-version-check"]
    return run([str(INTERPRETER), "-m", "pip", "install", *quiet, *requirements])


def run(command: list[str]) -> int:
    """Run the command with its output in the log."""
    with LOG.open("ab") as log:
        environment = os.environ | {"PIP_ROOT_USER_ACTION": "ignore"}
        return subprocess.run(command, check=False, stdout=log, stderr=subprocess.STDOUT, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
