from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from esquadrao.commands import development
from esquadrao.commands.own_redis import LONGEST_SOCKET, own_redis
from esquadrao.settings import SHORTEST_SECRET


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("ESQUADRAO_VAR", str(tmp_path / "var"))
    before = os.umask(0o022)
    yield development.state_folder()
    os.umask(before)


def test_a_taken_port_moves_to_the_next_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert development.free_port(port) > port


@pytest.mark.parametrize("given", ["abc", "0", "65536", "-1", "80a"])
def test_a_port_that_is_none_is_refused_in_words(
    monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv("PORT", given)
    with pytest.raises(ValueError, match="PORT must be a number"):
        development.wanted_port()


def test_state_is_readable_by_its_owner_alone(folder: Path) -> None:
    development.secret(folder, "SECRET_KEYS")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "secrets" / "SECRET_KEYS").stat().st_mode) == 0o600


def test_secrets_are_made_once_and_strong_enough(folder: Path) -> None:
    first = development.secret(folder, "SECRET_KEYS")
    assert len(first) >= SHORTEST_SECRET
    assert development.secret(folder, "SECRET_KEYS") == first
    assert development.secret(folder, "FIELD_KEYS") != first


def test_what_the_person_gave_wins_and_the_demo_password_stays_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/db")
    monkeypatch.setenv("ESQUADRAO_DEMO_PASSWORD", "not for every process")
    env = development.environment(folder, port=8123, redis_url="unix:///x.sock")
    assert env["DATABASE_URL"] == "postgres://elsewhere/db"
    assert env["REDIS_URL"] == "unix:///x.sock"
    assert env["PORT"] == "8123"
    assert "ESQUADRAO_DEMO_PASSWORD" not in env


def test_the_processes_are_the_procfiles() -> None:
    assert set(development.processes()) == {"web", "worker", "clock", "bridge"}


def test_a_long_path_gets_a_socket_that_fits(folder: Path) -> None:
    deep = folder / ("d" * 90)
    deep.mkdir()
    made = own_redis(deep)
    try:
        assert len(os.fsencode(made.socket)) <= LONGEST_SOCKET
        assert stat.S_IMODE(made.socket.parent.stat().st_mode) == 0o700
    finally:
        made.forget_socket()
    assert not made.socket.parent.exists()
