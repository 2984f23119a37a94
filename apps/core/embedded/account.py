"""The operating system's account that the servers run under: the caller's own, or `nobody` when the caller is root."""

import os
import pwd
import stat
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from apps.core.embedded.errors import EmbeddedServerError

_ROOT = 0


@dataclass(frozen=True)
class Account:
    """Whose processes and files the servers are."""

    uid: int
    gid: int

    @property
    def is_another(self) -> bool:
        """Whether processes have to change user: PostgreSQL refuses to run as root."""
        return self.uid != os.geteuid()

    def run(self, command: Sequence[str | Path], *, log: Path, timeout_seconds: float) -> int:
        """Run a program to its end as this account and return its exit code, its output appended to `log`.

        The log is a file and never a pipe: a daemon keeps its parent's pipe open, and reading that would not end.
        """
        with log.open("ab") as output:
            finished = subprocess.run(  # noqa: S603 - our own programs
                [str(part) for part in command],
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env={"PATH": os.defpath, "LC_ALL": "C"},
                umask=0o077,
                start_new_session=True,
                timeout=timeout_seconds,
                user=self.uid if self.is_another else None,
                group=self.gid if self.is_another else None,
                extra_groups=[] if self.is_another else None,
            )
        return finished.returncode

    def make_private_folder(self, folder: Path) -> None:
        """Make the folder, or take it over from the caller; refuse one that is a link or anybody else's."""
        try:
            folder.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
            found = folder.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {self.uid, os.geteuid()}:
                raise EmbeddedServerError(
                    f"{folder} is not a folder of user {self.uid} but of user {found.st_uid}: "
                    "run as that user, or move the folder away"
                )
            self.own(folder)
            folder.chmod(0o700)
        except OSError as error:
            raise EmbeddedServerError(f"{folder} cannot be prepared: {error.strerror}") from error

    def own(self, path: Path) -> None:
        """Hand the file or folder to this account."""
        if self.is_another:
            os.chown(path, self.uid, self.gid)


def server_account() -> Account:
    """Return the account that this caller's servers run under."""
    if os.geteuid() != _ROOT:
        return Account(uid=os.geteuid(), gid=os.getegid())
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise EmbeddedServerError("PostgreSQL refuses to run as root, and this machine has no user `nobody`") from None
    return Account(uid=nobody.pw_uid, gid=nobody.pw_gid)


def last_lines(log: Path, count: int = 12) -> str:
    """Return the end of a log, for the message of an error."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
    except OSError as error:
        return f"(the log cannot be read: {error.strerror})"
