"""Start, stop and look at a clone's embedded servers; safe to call at once from several processes.

Whoever works with the servers for a while holds them with `services_in_use`; the last one to leave stops them, unless
`services start` has asked for them to stay.
"""

import fcntl
import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO

from apps.core.embedded.account import server_account
from apps.core.embedded.addresses import EmbeddedAddresses, embedded_addresses
from apps.core.embedded.errors import EmbeddedServerError
from apps.core.embedded.postgresql import EmbeddedPostgreSQL
from apps.core.embedded.valkey import EmbeddedValkey


class Server(StrEnum):
    """The servers that can be embedded."""

    POSTGRESQL = "postgresql"
    VALKEY = "valkey"


_REPLACED_BY = {Server.POSTGRESQL: "DATABASE_URL", Server.VALKEY: "REDIS_URL"}
_KINDS: dict[Server, type[EmbeddedPostgreSQL | EmbeddedValkey]] = {
    Server.POSTGRESQL: EmbeddedPostgreSQL,
    Server.VALKEY: EmbeddedValkey,
}


@dataclass(frozen=True)
class ServerStatus:
    """What is known of one server; `pid` is None when it does not run, `answers` says whether it can be used."""

    server: Server
    pid: int | None
    answers: bool
    socket: Path
    data: Path
    log: Path


@dataclass(frozen=True)
class ServicesStarted:
    """Where the servers are, and which of them had to be started for it."""

    addresses: EmbeddedAddresses
    started: tuple[Server, ...]


def embedded_servers(environment: Mapping[str, str] = os.environ) -> tuple[Server, ...]:
    """Return the servers that have to be embedded: those that no URL in the environment replaces."""
    return tuple(server for server, name in _REPLACED_BY.items() if not environment.get(name, "").strip())


def replacing_variable(server: Server) -> str:
    """Return the name of the environment variable whose URL takes the embedded server's place."""
    return _REPLACED_BY[server]


def ensure_services(var: Path, *, durable: bool = True, servers: Collection[Server] | None = None) -> ServicesStarted:
    """Start those embedded servers that do not run yet, with roles and database in place.

    Without `servers`, the ones that no URL in the environment replaces. `durable=False` is for tests: no fsync.
    Raises EmbeddedServerError with the log's last lines when a server does not come up.
    """
    wanted = embedded_servers() if servers is None else servers
    addresses = embedded_addresses(var)
    if not wanted:
        return ServicesStarted(addresses=addresses, started=())
    with _locked(addresses):
        started = tuple(server for server in wanted if _make(server, addresses).start(durable=durable))
    return ServicesStarted(addresses=addresses, started=started)


def stop_services(var: Path) -> tuple[Server, ...]:
    """Stop the embedded servers and clear what killed ones left behind; return those that ran."""
    addresses = embedded_addresses(var)
    if not addresses.var.exists():
        return ()
    with _locked(addresses):
        _pin(addresses).unlink(missing_ok=True)
        return _stop_all(addresses)


def remove_services(var: Path) -> tuple[Path, ...]:
    """Stop the embedded servers and delete their data, sockets and copied programs; return the folders deleted."""
    stop_services(var)
    addresses = embedded_addresses(var)
    made = (
        addresses.postgresql_directory,
        addresses.valkey_directory,
        addresses.binaries_directory,
        addresses.socket_directory,
        # Beside `var` only for root in a closed folder; `var` itself holds more than the servers' data.
        *(() if addresses.data_root == addresses.var else (addresses.data_root,)),
    )
    found = tuple(folder for folder in made if folder.is_dir() and not folder.is_symlink())
    for folder in found:
        shutil.rmtree(folder)
    return found


def services_status(var: Path) -> list[ServerStatus]:
    """Look at each embedded server without changing anything."""
    addresses = embedded_addresses(var)
    return [_status(server, addresses) for server in Server]


def running_servers(var: Path) -> tuple[Server, ...]:
    """Return the servers whose process lives; cheaper than `services_status`, for it asks them nothing."""
    addresses = embedded_addresses(var)
    return tuple(server for server in Server if _make(server, addresses).process() is not None)


def keep_services(var: Path) -> None:
    """Let the servers run on when the last one who uses them leaves, until `stop_services`."""
    _pin(embedded_addresses(var)).touch()


@contextmanager
def services_in_use(var: Path, *, durable: bool = True) -> Iterator[ServicesStarted]:
    """Have the servers run for the length of the block; on leaving, stop them if nobody else uses them or keeps them.

    A process that is killed inside the block leaves the servers running; the next one takes them as they are.
    """
    addresses = embedded_addresses(var)
    with _opened(addresses, "embedded.users") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield ensure_services(var, durable=durable)
        finally:
            with _locked(addresses):
                if _is_last(users) and not _pin(addresses).exists():
                    _stop_all(addresses)


def _is_last(users: IO[bytes]) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _make(server: Server, addresses: EmbeddedAddresses) -> EmbeddedPostgreSQL | EmbeddedValkey:
    return _KINDS[server](addresses=addresses, account=server_account())


def _stop_all(addresses: EmbeddedAddresses) -> tuple[Server, ...]:
    return tuple(server for server in Server if _make(server, addresses).stop())


def _status(server: Server, addresses: EmbeddedAddresses) -> ServerStatus:
    found = _make(server, addresses)
    process = found.process()
    return ServerStatus(
        server=server,
        pid=process.pid if process else None,
        answers=process is not None and found.answers(),
        socket=found.socket,
        data=found.data,
        log=found.log,
    )


def _pin(addresses: EmbeddedAddresses) -> Path:
    return addresses.var / "embedded.keep"


@contextmanager
def _locked(addresses: EmbeddedAddresses) -> Iterator[None]:
    """Let one process at a time start or stop servers of this clone; the system frees a killed one's lock."""
    with _opened(addresses, "embedded.lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _opened(addresses: EmbeddedAddresses, name: str) -> IO[bytes]:
    try:
        if not addresses.var.exists():
            addresses.var.mkdir(parents=True, exist_ok=True)
            # Root's servers run as another user, who must be able to pass through whatever the caller's umask is.
            addresses.var.chmod(0o755)
        return (addresses.var / name).open("ab")
    except OSError as error:
        raise EmbeddedServerError(f"{addresses.var / name} cannot be opened: {error.strerror}") from error
