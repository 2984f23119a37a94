"""One clone's Valkey: started, stopped and looked at."""

import signal
from dataclasses import dataclass
from pathlib import Path

import psutil
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from apps.core.embedded.account import Account, last_lines
from apps.core.embedded.addresses import EmbeddedAddresses
from apps.core.embedded.binaries import valkey_program
from apps.core.embedded.errors import EmbeddedServerError
from apps.core.embedded.processes import ServerMark, end, living_server, processes_of, wait_until

# Loading a large append-only file takes its time.
_START_SECONDS = 60.0
_STOP_SECONDS = 20.0


@dataclass(frozen=True)
class EmbeddedValkey:
    """The server of one clone, under one account; every method may be called in any state.

    Every write is in the append-only file before it is answered, so a killed server loses nothing; the file is synced
    each second, so a power cut loses at most that (never, without `durable`).
    """

    addresses: EmbeddedAddresses
    account: Account

    @property
    def data(self) -> Path:
        return self.addresses.valkey_directory / "data"

    @property
    def log(self) -> Path:
        return self.addresses.valkey_directory / "server.log"

    @property
    def socket(self) -> Path:
        return self.addresses.valkey_socket

    def process(self) -> psutil.Process | None:
        """Return the running server's process, None when it does not run."""
        return living_server(self._pid_file, self._mark)

    def answers(self) -> bool:
        """Return whether the server takes commands: it has its data loaded and listens."""
        try:
            with self._connect() as client:
                return bool(client.ping())
        except RedisError:
            return False

    def start(self, *, durable: bool) -> bool:
        """Start the server; return whether it had to be started. A server that runs is only ever made more durable."""
        running = self.process() is not None and self.answers()
        if not running:
            self.stop()
            self._launch(durable=durable)
        elif durable:
            with self._connect() as client:
                client.config_set("appendfsync", "everysec")
        return not running

    def stop(self) -> bool:
        """Stop the server, in order or by force, and clear what it leaves; return whether it ran."""
        running = processes_of(self._mark)
        for process in running:
            end(process, signal.SIGTERM, patience_seconds=_STOP_SECONDS)
        for leftover in (self._pid_file, self.socket):
            leftover.unlink(missing_ok=True)
        return bool(running)

    @property
    def _pid_file(self) -> Path:
        return self.addresses.valkey_directory / "server.pid"

    @property
    def _mark(self) -> ServerMark:
        return ServerMark(program="valkey-server", data=self.data, text=str(self.data))

    def _connect(self) -> Redis:
        return Redis(
            unix_socket_path=str(self.socket),
            socket_timeout=5,
            socket_connect_timeout=5,
            retry=Retry(NoBackoff(), 0),
        )

    def _launch(self, *, durable: bool) -> None:
        for folder in (self.addresses.valkey_directory, self.data, self.addresses.socket_directory):
            self.account.make_private_folder(folder)
        program = valkey_program(self.account, self.addresses.binaries_directory)
        settings = {
            "port": "0",
            "unixsocket": self.socket,
            "unixsocketperm": "700",
            "dir": self.data,
            "pidfile": self._pid_file,
            "logfile": self.log,
            "daemonize": "yes",
            "appendonly": "yes",
            "appendfsync": "everysec" if durable else "no",
            "save": "",
            # Queued work shares the server with the cache: refusing a write is better than dropping someone's report.
            "maxmemory-policy": "noeviction",
            # The data folder stays on the command line, where it marks the process.
            "set-proc-title": "no",
        }
        command: list[str | Path] = [program]
        for name, value in settings.items():
            command += [f"--{name}", value if isinstance(value, Path) else str(value)]
        output = self.addresses.valkey_directory / "start.log"
        code = self.account.run(command, log=output, timeout_seconds=_START_SECONDS)
        if code or not wait_until(self.answers, seconds=_START_SECONDS):
            raise EmbeddedServerError(
                f"Valkey did not start ({self.log}):\n{last_lines(output)}\n{last_lines(self.log)}"
            )
