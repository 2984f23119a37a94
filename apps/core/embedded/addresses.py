"""Where a clone's embedded servers live: path arithmetic over the standard library, nothing is made or started.

Settings import this module, so that a URL is known before its server runs; the servers themselves ask it too, so that
both always agree. An answer depends on the path, on whether the user is root, and for root on the folders' modes.
"""

import hashlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

SERVING_ROLE = "wardline"
OWNER_ROLE = "wardline_owner"
DATABASE = "wardline"

# sun_path holds 108 bytes on Linux and 104 on macOS, the closing zero included.
LONGEST_SOCKET_PATH = 103
_POSTGRESQL_SOCKET = ".s.PGSQL.5432"
_VALKEY_SOCKET = "valkey.sock"
# unix_socket_directories is a comma-separated list and a URL has its own special characters: plain paths only.
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/._+-]+")
# Not tempfile.gettempdir(): TMPDIR differs between two terminals, and the address must not.
_TEMPORARY = Path("/tmp")  # noqa: S108
# Root's servers run as another user; where that user cannot enter the clone, the data goes here. Not /var/tmp, which
# systemd empties of files that nobody has touched for a month, cold tables of a running database included.
_ROOT_DATA = Path("/var/lib/wardline")


@dataclass(frozen=True)
class EmbeddedAddresses:
    """The places and URLs of one clone's servers; `data_root` is `var` itself except for root in a closed folder."""

    var: Path
    data_root: Path
    socket_directory: Path
    identity: str

    @property
    def database_url(self) -> str:
        """The URL of the role that serves and owns nothing."""
        return self._postgresql_url(SERVING_ROLE)

    @property
    def database_owner_url(self) -> str:
        """The URL of the role that owns the tables and migrates them."""
        return self._postgresql_url(OWNER_ROLE)

    @property
    def redis_url(self) -> str:
        """The URL of Valkey's first database, as redis-py spells a socket."""
        return f"unix://{quote(str(self.valkey_socket))}?db=0"

    @property
    def postgresql_directory(self) -> Path:
        """PostgreSQL's folder: `data/` and `server.log`."""
        return self.data_root / "postgresql"

    @property
    def valkey_directory(self) -> Path:
        """Valkey's folder: `data/` and `server.log`."""
        return self.data_root / "valkey"

    @property
    def binaries_directory(self) -> Path:
        """Copies of the programs, made only where root's servers cannot reach the installed ones."""
        return self.data_root / "binaries"

    @property
    def postgresql_socket(self) -> Path:
        return self.socket_directory / _POSTGRESQL_SOCKET

    @property
    def valkey_socket(self) -> Path:
        return self.socket_directory / _VALKEY_SOCKET

    def _postgresql_url(self, role: str) -> str:
        return f"postgresql://{role}@/{DATABASE}?host={quote(str(self.socket_directory))}"


def embedded_addresses(var: Path) -> EmbeddedAddresses:
    """Say where the embedded servers of the clone with this `var` folder are, running or not."""
    var = Path(os.path.realpath(var))
    identity = hashlib.sha256(str(var).encode()).hexdigest()[:12]
    user = os.geteuid()
    data_root = var
    if user == 0 and not enterable_by_others(var):
        data_root = _ROOT_DATA / identity
    sockets = data_root / "sockets"
    longest = len(os.fsencode(sockets / _POSTGRESQL_SOCKET))
    if longest > LONGEST_SOCKET_PATH or not _PLAIN_PATH.fullmatch(str(sockets)):
        sockets = _TEMPORARY / f"wardline-{user}-{identity}"
    return EmbeddedAddresses(var=var, data_root=data_root, socket_directory=sockets, identity=identity)


def enterable_by_others(folder: Path) -> bool:
    """Return whether a user without any rights of their own may enter the folder; missing folders count as open."""
    return all(_mode(part) & stat.S_IXOTH for part in (folder, *folder.parents))


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return stat.S_IXOTH
