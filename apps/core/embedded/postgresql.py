"""One clone's PostgreSQL: made, started, stopped and looked at."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from apps.core.embedded.account import Account, last_lines
from apps.core.embedded.addresses import DATABASE, OWNER_ROLE, SERVING_ROLE, EmbeddedAddresses
from apps.core.embedded.binaries import POSTGRESQL_MAJOR, postgresql_programs
from apps.core.embedded.errors import EmbeddedServerError
from apps.core.embedded.postgresql_settings import configuration
from apps.core.embedded.processes import ServerMark, end, living_server, processes_of, wait_until

SUPERUSER = "postgres"
_INITDB_SECONDS = 120.0
# Replaying the log after a crash in the middle of a large import takes its time.
_START_SECONDS = 300
_STOP_SECONDS = 60.0
# A killed server's children see that it is gone within moments.
_ORPHAN_SECONDS = 10.0
_ROLES = {
    OWNER_ROLE: "LOGIN NOSUPERUSER CREATEDB NOCREATEROLE NOBYPASSRLS",
    SERVING_ROLE: "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS",
}


@dataclass(frozen=True)
class EmbeddedPostgreSQL:
    """The server of one clone, under one account; every method may be called in any state."""

    addresses: EmbeddedAddresses
    account: Account

    @property
    def data(self) -> Path:
        return self.addresses.postgresql_directory / "data"

    @property
    def log(self) -> Path:
        return self.addresses.postgresql_directory / "server.log"

    @property
    def socket(self) -> Path:
        return self.addresses.postgresql_socket

    def process(self) -> psutil.Process | None:
        """Return the running server's process, None when it does not run."""
        return living_server(self.data / "postmaster.pid", self._mark)

    def answers(self) -> bool:
        """Return whether the server accepts connections on its socket."""
        try:
            with self._connect("postgres"):
                return True
        except psycopg.OperationalError:
            return False

    def start(self, *, durable: bool) -> bool:
        """Start the server with its roles and database in place; return whether it had to be started.

        `durable=False` leaves out fsync, which survives a killed process and not a power cut: for tests. A server that
        runs durably stays so; one that runs without is made durable on the spot when that is asked for.
        """
        running = self.process() is not None and self.answers()
        if not running:
            self.stop()
            self._launch(durable=durable)
        elif durable:
            self._make_durable()
        self._make_roles_and_database()
        return not running

    def stop(self) -> bool:
        """Stop the server, in order or by force, and clear what it leaves; return whether it ran."""
        process = self.process()
        if process is not None:
            # SIGINT is PostgreSQL's fast shutdown: sessions end, the log is checkpointed.
            end(process, signal.SIGINT, patience_seconds=_STOP_SECONDS)
        self._end_orphans()
        for leftover in (self.data / "postmaster.pid", self.socket, self.socket.with_name(self.socket.name + ".lock")):
            leftover.unlink(missing_ok=True)
        return process is not None

    @property
    def _mark(self) -> ServerMark:
        return ServerMark(program="postgres", data=self.data, text=self._cluster_name)

    @property
    def _cluster_name(self) -> str:
        return f"wardline-{self.addresses.identity}"

    def _end_orphans(self) -> None:
        if not wait_until(lambda: not processes_of(self._mark), seconds=_ORPHAN_SECONDS):
            for process in processes_of(self._mark):
                end(process, signal.SIGTERM, patience_seconds=1.0)

    def _launch(self, *, durable: bool) -> None:
        self.account.make_private_folder(self.addresses.postgresql_directory)
        self.account.make_private_folder(self.addresses.socket_directory)
        programs = postgresql_programs(self.account, self.addresses.binaries_directory)
        if not self.data.exists():
            self._initialise(programs, durable=durable)
        self._check_version()
        self._configure(durable=durable)
        command: list[str | Path] = [
            programs / "pg_ctl",
            "start",
            "-D",
            self.data,
            "-w",
            "-t",
            str(_START_SECONDS),
            "-s",
        ]
        # The cluster's name stands on the command line too: there it marks the process for `living_server`.
        self._run([*command, "-l", self.log, "-o", f"-c cluster_name={self._cluster_name}"], "did not start")

    def _initialise(self, programs: Path, *, durable: bool) -> None:
        """Make the data folder beside its place and move it there whole, so that a half-made one is never used."""
        unfinished = self.data.with_name("initialising")
        shutil.rmtree(unfinished, ignore_errors=True)
        options = [
            "-U",
            SUPERUSER,
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-instructions",
            *([] if durable else ["--no-sync"]),
        ]
        # The same order and case rules on every machine, whatever its C library knows.
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        self._run([programs / "initdb", "-D", unfinished, *options, *locale], "could not be initialised")
        with (unfinished / "postgresql.conf").open("a", encoding="utf-8") as main_configuration:
            main_configuration.write("\ninclude 'wardline.conf'\n")
        unfinished.rename(self.data)

    def _check_version(self) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        if found != POSTGRESQL_MAJOR:
            raise EmbeddedServerError(
                f"{self.data} was made by PostgreSQL {found} and cannot be served by {POSTGRESQL_MAJOR}: "
                "dump it with the old version, or remove it"
            )

    def _configure(self, *, durable: bool) -> None:
        path = self.data / "wardline.conf"
        text = configuration(sockets=self.addresses.socket_directory, durable=durable)
        path.write_text(text, encoding="utf-8")
        self.account.own(path)

    def _make_durable(self) -> None:
        with self._connect("postgres") as connection:
            row = connection.execute("SHOW fsync").fetchone()
            if row is None or row[0] == "on":
                return
            self._configure(durable=True)
            connection.execute("SELECT pg_reload_conf()")
        # What was written before the switch is still in the system's memory only.
        os.sync()

    def _run(self, command: list[str | Path], failure: str) -> None:
        try:
            code = self.account.run(command, log=self.log, timeout_seconds=_START_SECONDS + _INITDB_SECONDS)
        except (OSError, subprocess.SubprocessError) as error:
            raise EmbeddedServerError(f"PostgreSQL {failure}: {error}") from error
        finally:
            if self.log.exists():
                self.account.own(self.log)
        if code:
            raise EmbeddedServerError(f"PostgreSQL {failure} ({self.log}):\n{last_lines(self.log)}")

    @contextmanager
    def _connect(self, database: str) -> Iterator[psycopg.Connection]:
        folder = str(self.addresses.socket_directory)
        with psycopg.connect(
            host=folder,
            user=SUPERUSER,
            dbname=database,
            autocommit=True,
            connect_timeout=5,
            application_name="services",
        ) as connection:
            yield connection

    def _make_roles_and_database(self) -> None:
        """Make what is missing of the two roles and the database; roles are looked up first, so usually one query."""
        with self._connect("postgres") as connection:
            made = {str(row[0]) for row in connection.execute("SELECT rolname FROM pg_roles")}
            for role in _ROLES.keys() - made:
                connection.execute(sql.SQL("CREATE ROLE {} " + _ROLES[role]).format(sql.Identifier(role)))
            if connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).rowcount:
                return
            names = {"database": sql.Identifier(DATABASE), "owner": sql.Identifier(OWNER_ROLE)}
            connection.execute(sql.SQL("CREATE DATABASE {database} OWNER {owner} TEMPLATE template0").format(**names))
            names["serving"] = sql.Identifier(SERVING_ROLE)
            connection.execute(sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {serving}").format(**names))
