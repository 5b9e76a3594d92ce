"""The services figures need: a Redis of our own, PostgreSQL by address or started here from the machine's binaries."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import redis

from tests.services import redis_server

STARTS_WITHIN = 20.0  # s


@contextmanager
def own_redis() -> Iterator[str]:
    """Redis on a unix socket, append-only as an installation runs it."""
    with _folder() as folder:
        path = folder / "r.sock"
        options = {"port": "0", "unixsocket": str(path), "dir": str(folder), "save": ""}
        options |= {"appendonly": "yes", "appendfsync": "everysec"}
        pairs = [word for name, value in options.items() for word in (f"--{name}", value)]
        process = subprocess.Popen([redis_server(), *pairs], stdout=subprocess.DEVNULL)
        probe = redis.Redis.from_url(f"unix://{path}")
        try:
            _until(lambda: path.exists() and bool(probe.ping()), "Redis")
            yield f"unix://{path}"
        finally:
            probe.close()
            process.terminate()
            process.wait(STARTS_WITHIN)


def redis_version(url: str) -> str:
    probe = redis.Redis.from_url(url)
    try:
        return str(probe.info("server")["redis_version"])
    finally:
        probe.close()


@contextmanager
def postgres_server() -> Iterator[str | None]:
    """The address of a server: TEST_POSTGRES_URL, else one started from the machine's binaries, else None."""
    given = os.environ.get("TEST_POSTGRES_URL")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if given or not found:
        yield given or None
        return
    with _folder() as folder:
        binaries, as_user = found[-1].parent, _as_user(folder)
        data = folder / "data"
        quiet = subprocess.DEVNULL
        subprocess.run(
            [*as_user, binaries / "initdb", "-D", data, "-U", "bench", "-A", "trust"],
            stdout=quiet,
            check=True,
        )
        port = _free_port()
        address = ["-p", str(port), "-k", str(folder), "-c", "listen_addresses=127.0.0.1"]
        process = subprocess.Popen(
            [*as_user, binaries / "postgres", "-D", data, *address], stdout=quiet, stderr=quiet
        )
        url = f"postgres://bench@127.0.0.1:{port}/postgres"
        try:
            _until(lambda: bool(asyncio.run(_ask(url, "SELECT 1"))), "PostgreSQL")
            yield url
        finally:
            process.send_signal(2)  # SIGINT: "fast" shutdown
            process.wait(STARTS_WITHIN)


@contextmanager
def own_database(server: str) -> Iterator[str]:
    """A database of our own on the server, dropped at the end."""
    name = f"bench_{uuid.uuid4().hex[:12]}"
    asyncio.run(_ask(server, f"CREATE DATABASE {name}"))
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        asyncio.run(_ask(server, f"DROP DATABASE {name} WITH (FORCE)"))


def postgres_version(server: str) -> str:
    return str(asyncio.run(_ask(server, "SHOW server_version"))).split()[0]


async def _ask(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement) or True
    finally:
        await connection.close()


def _as_user(folder: Path) -> list[str]:
    """PostgreSQL refuses root: there it runs as the user its package made."""
    if os.geteuid() != 0:
        return []
    user = pwd.getpwnam("postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _folder() -> Iterator[Path]:
    folder = tempfile.mkdtemp(prefix="esq-bench-")  # short: a socket's path may hold 107 bytes
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _until(good: Callable[[], bool], what: str) -> None:
    ends = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < ends:
        try:
            if good():
                return
        except (OSError, redis.RedisError, asyncpg.PostgresError):
            pass
        time.sleep(0.05)
    raise RuntimeError(f"{what} did not start")
