"""Addresses are known before any server runs, and fit what sockets and URLs can hold."""

import os
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from apps.core.embedded.addresses import LONGEST_SOCKET_PATH, embedded_addresses
from tests.core.embedded.conftest import MakeClone

LONG = "a-folder-name-of-forty-letters-and-signs"


def test_a_short_path_keeps_everything_below_var(clone: Path) -> None:
    addresses = embedded_addresses(clone)
    assert addresses.socket_directory == clone / "sockets"
    assert addresses.data_root == clone
    assert list(clone.iterdir()) == []


def test_each_role_has_a_url_of_its_own(clone: Path) -> None:
    addresses = embedded_addresses(clone)
    serving, owner = urlsplit(addresses.database_url), urlsplit(addresses.database_owner_url)
    assert (serving.username, owner.username) == ("wardline", "wardline_owner")
    assert serving.path == owner.path == "/wardline"
    assert parse_qs(serving.query)["host"] == [str(addresses.socket_directory)]
    assert unquote(urlsplit(addresses.redis_url).path) == str(addresses.valkey_socket)


@pytest.mark.parametrize("parts", [(LONG, LONG, LONG, LONG), ("a clone, with a comma",), ("straße",)])
def test_a_path_that_a_socket_or_url_cannot_hold_moves_the_sockets(make_clone: MakeClone, parts: tuple[str]) -> None:
    var = make_clone(*parts)
    addresses = embedded_addresses(var)
    assert addresses.socket_directory.parent == Path("/tmp")
    assert len(os.fsencode(addresses.postgresql_socket)) <= LONGEST_SOCKET_PATH
    assert addresses.data_root == var


def test_two_long_paths_never_share_sockets(make_clone: MakeClone) -> None:
    first, second = (embedded_addresses(make_clone(LONG, LONG, LONG, LONG)) for _ in range(2))
    assert first.socket_directory != second.socket_directory


def test_the_address_is_the_same_in_a_terminal_with_another_temporary_folder(
    make_clone: MakeClone, monkeypatch: pytest.MonkeyPatch
) -> None:
    var = make_clone(LONG, LONG, LONG)
    before = embedded_addresses(var)
    monkeypatch.setenv("TMPDIR", str(var))
    assert embedded_addresses(var) == before


def test_a_link_to_a_clone_leads_to_the_same_servers(clone: Path) -> None:
    link = clone.parent / "link"
    link.symlink_to(clone)
    assert embedded_addresses(link) == embedded_addresses(clone)


def test_only_root_leaves_a_folder_that_others_cannot_enter(make_clone: MakeClone) -> None:
    var = make_clone(mode=0o700)
    as_root = os.geteuid() == 0
    assert (embedded_addresses(var).data_root == var) is not as_root
