"""A burning ground for every engine: servers and the warm parent once a run, clean rows, new processes each test."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from esquadrao.database import close_database, open_database
from esquadrao.gateways import bridge, live, queue
from esquadrao.settings import settings
from tests import services
from tests.faults.ground import SETTINGS, Ground
from tests.faults.servers import MariaDb, Postgres
from tests.installation import FAST

ENGINES = ("sqlite", "postgres", "mysql")
QUICK = {
    "SIMULATOR_DELAYS": "login:0-1,pair:10,ack:0-60,delivered:0-40,read:0-40",
    # A third of all people are on WhatsApp under their number without its ninth digit.
    "SIMULATOR_RATES": f"{FAST['SIMULATOR_RATES']},eight_digits:0.33",
}


@pytest.fixture(scope="session")
def grounds() -> Iterator[dict[str, Ground]]:
    """Engine → its ground, prepared by the first test that asks."""
    prepared: dict[str, Ground] = {}
    yield prepared
    for one in prepared.values():
        one.stop()


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def ground(
    engine: str,
    grounds: dict[str, Ground],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Ground]:
    """Nothing runs yet but the servers; this process speaks to the same database and Redis."""
    if engine not in grounds:
        grounds[engine] = prepared(engine)
    async with lit(grounds[engine], monkeypatch) as here:
        yield here


@asynccontextmanager
async def lit(here: Ground, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ground]:
    """A ground with clean rows, to which this process speaks too; nothing of it runs on afterwards."""
    for name in ("DATABASE_URL", "REDIS_URL", "STORAGE_URL", *SETTINGS):
        monkeypatch.setenv(name, here.env[name])
    settings.cache_clear()
    queue.broker.cache_clear()
    here.clear()
    await here.emptied()
    await open_database(here.database_url)
    yield here
    here.clear()
    await live.close()
    await bridge.close()
    await close_database()


def prepared(engine: str, **options: Any) -> Ground:
    """Raises what keeps its servers from starting; `options` are the Ground's own."""
    if engine == "postgres" and Postgres.binaries() is None:
        services.missing("PostgreSQL's programs", "install postgresql")
    if engine == "mysql" and MariaDb.program() is None:
        services.missing("MariaDB's programs", "install mariadb-server")
    folder = Path(tempfile.mkdtemp(prefix="esq-"))  # short: a socket's path is bounded
    folder.chmod(0o711)  # the database's own user passes through
    made = Ground(engine, folder, **options)
    try:
        made.prepare()
    except BaseException:
        made.stop()
        raise
    return made
