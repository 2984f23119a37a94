"""The embedded servers start from nothing, from leftovers, and from several processes at once."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from redis import Redis

from apps.core.embedded.addresses import embedded_addresses
from apps.core.embedded.errors import EmbeddedServerError
from apps.core.embedded.processes import wait_until
from apps.core.embedded.services import (
    Server,
    embedded_servers,
    ensure_services,
    keep_services,
    services_in_use,
    services_status,
    stop_services,
)
from tests.core.embedded.conftest import MakeClone

BOTH = (Server.POSTGRESQL, Server.VALKEY)
LONG = "a-folder-name-of-forty-letters-and-signs"


def ensure(var: Path, *, durable: bool = False) -> tuple[Server, ...]:
    return ensure_services(var, durable=durable, servers=BOTH).started


def query(var: Path, statement: str, *, owner: bool = False) -> list[tuple[object, ...]]:
    addresses = embedded_addresses(var)
    url = addresses.database_owner_url if owner else addresses.database_url
    with psycopg.connect(url) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def redis(var: Path) -> Redis:
    return Redis.from_url(embedded_addresses(var).redis_url)


def kill_both(var: Path) -> None:
    for status in services_status(var):
        assert status.pid
        os.kill(status.pid, signal.SIGKILL)
    assert wait_until(lambda: not any(status.answers for status in services_status(var)), seconds=5)


def test_a_fresh_clone_gets_roles_that_cannot_pass_row_level_security(clone: Path) -> None:
    assert ensure(clone) == BOTH
    roles = query(
        clone,
        "SELECT rolname::text, rolcanlogin, rolsuper, rolbypassrls, rolcreatedb FROM pg_roles "
        "WHERE rolname LIKE 'wardline%' ORDER BY 1",
    )
    assert roles == [("wardline", True, False, False, False), ("wardline_owner", True, False, False, True)]
    assert query(clone, "SELECT pg_get_userbyid(datdba)::text FROM pg_database WHERE datname = 'wardline'") == [
        ("wardline_owner",)
    ]
    query(clone, "CREATE TABLE kept (id int)", owner=True)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        query(clone, "CREATE TABLE mine (id int)")


def test_the_servers_listen_on_no_port_and_keep_commits(clone: Path) -> None:
    ensure(clone)
    settings = "SELECT current_setting(n) FROM unnest(ARRAY['listen_addresses', 'synchronous_commit', 'TimeZone']) n"
    assert query(clone, settings) == [("",), ("on",), ("UTC",)]
    with redis(clone) as client:
        wanted = client.config_get("port", "appendonly", "maxmemory-policy")
    assert wanted == {"port": "0", "appendonly": "yes", "maxmemory-policy": "noeviction"}


def test_starting_twice_starts_once_and_stopping_twice_stops_once(clone: Path) -> None:
    assert ensure(clone) == BOTH
    assert ensure(clone) == ()
    assert stop_services(clone) == BOTH
    assert stop_services(clone) == ()
    assert [status.pid for status in services_status(clone)] == [None, None]


def test_a_kill_loses_nothing_and_does_not_stop_the_next_start(clone: Path) -> None:
    ensure(clone)
    query(clone, "CREATE TABLE kept AS SELECT generate_series(1, 500) AS id", owner=True)
    with redis(clone) as client:
        client.set("kept", 500)
    kill_both(clone)
    assert ensure(clone) == BOTH
    assert query(clone, "SELECT count(*) FROM kept", owner=True) == [(500,)]
    with redis(clone) as client:
        assert client.get("kept") == b"500"


def test_a_process_number_given_to_someone_else_is_not_taken_for_the_server(clone: Path) -> None:
    ensure(clone)
    stop_services(clone)
    ours = str(os.getpid())
    (clone / "postgresql" / "data" / "postmaster.pid").write_text(f"{ours}\n{clone}\n")
    (clone / "valkey" / "server.pid").write_text(f"{ours}\n")
    assert [status.pid for status in services_status(clone)] == [None, None]
    assert ensure(clone) == BOTH


def test_sockets_swept_from_the_temporary_folder_are_made_anew(make_clone: MakeClone) -> None:
    var = make_clone(LONG, LONG, LONG, LONG)
    ensure(var)
    addresses = embedded_addresses(var)
    addresses.postgresql_socket.unlink()
    addresses.valkey_socket.unlink()
    assert ensure(var) == BOTH
    assert all(status.answers for status in services_status(var))


def test_an_initialisation_that_was_cut_short_is_done_again(clone: Path) -> None:
    half_made = clone / "postgresql" / "initialising"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")
    assert ensure(clone) == BOTH


def test_data_of_another_major_version_is_refused_by_name(clone: Path) -> None:
    ensure(clone)
    stop_services(clone)
    (clone / "postgresql" / "data" / "PG_VERSION").write_text("15\n")
    with pytest.raises(EmbeddedServerError, match="made by PostgreSQL 15"):
        ensure(clone)


def test_a_server_that_does_not_start_says_why(clone: Path) -> None:
    ensure(clone)
    stop_services(clone)
    (clone / "postgresql" / "data" / "postgresql.auto.conf").write_text("max_connections = plenty\n")
    with pytest.raises(EmbeddedServerError, match='invalid value for parameter "max_connections"'):
        ensure(clone)


def test_a_folder_put_there_by_somebody_else_is_refused(clone: Path) -> None:
    (clone / "sockets").symlink_to("/etc")
    with pytest.raises(EmbeddedServerError, match=r"sockets.* is not a folder of user"):
        ensure(clone)


def test_starts_at_the_same_time_make_one_server(clone: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from apps.core.embedded.services import ensure_services, Server;"
        "print(len(ensure_services(Path(sys.argv[1]), durable=False, servers=tuple(Server)).started))"
    )
    starters = [
        subprocess.Popen([sys.executable, "-c", program, str(clone)], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert sorted(starter.communicate(timeout=60)[0].strip() for starter in starters) == ["0", "0", "0", "2"]


def test_two_clones_run_side_by_side(make_clone: MakeClone) -> None:
    first, second = make_clone(), make_clone(mode=0o700)
    assert ensure(first) == ensure(second) == BOTH
    query(first, "CREATE TABLE only_here (id int)", owner=True)
    with pytest.raises(psycopg.errors.UndefinedTable):
        query(second, "SELECT FROM only_here", owner=True)
    stop_services(first)
    assert all(status.answers for status in services_status(second))


def test_durability_is_raised_while_running_and_never_lowered(clone: Path) -> None:
    ensure(clone, durable=False)
    assert query(clone, "SHOW fsync") == [("off",)]
    ensure(clone, durable=True)
    assert wait_until(lambda: query(clone, "SHOW fsync") == [("on",)], seconds=5)
    ensure(clone, durable=False)
    assert query(clone, "SHOW fsync") == [("on",)]
    with redis(clone) as client:
        assert client.config_get("appendfsync") == {"appendfsync": "everysec"}


def test_the_last_user_stops_the_servers(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    with services_in_use(clone, durable=False):
        with services_in_use(clone, durable=False) as inner:
            assert inner.started == ()
        assert all(status.answers for status in services_status(clone))
    assert [status.pid for status in services_status(clone)] == [None, None]


def test_servers_started_by_hand_outlive_their_users(clone: Path) -> None:
    ensure(clone)
    keep_services(clone)
    with services_in_use(clone, durable=False):
        pass
    assert all(status.answers for status in services_status(clone))
    assert stop_services(clone) == BOTH


def test_a_url_takes_the_place_of_its_server() -> None:
    assert embedded_servers({}) == BOTH
    assert embedded_servers({"DATABASE_URL": "postgresql://u@h/d"}) == (Server.VALKEY,)
    assert embedded_servers({"DATABASE_URL": "postgresql://u@h/d", "REDIS_URL": "redis://h"}) == ()
