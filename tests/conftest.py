"""Fixtures every test may use: a clean migrated database on each engine, a real Redis, the cast.

Ana owns Alfa, Bruno is an agent there, Carla owns Beta.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import pytest
import redis

KEYS = {
    name: name.lower().ljust(40, "x")
    for name in ("SECRET_KEYS", "FIELD_KEYS", "LOOKUP_KEY", "BRIDGE_SECRET")
}
# Before anything of ours reads its settings.
os.environ.update(
    KEYS | {"APP_ENV": "test", "WHATSAPP": "simulator", "DATABASE_URL": "sqlite://:memory:"}
)

from tortoise.transactions import in_transaction

from esquadrao.companies.models import Company, Role, User
from esquadrao.database import close_database, connection, migrate, open_database
from esquadrao.gateways import bridge, live, media, queue
from esquadrao.settings import settings
from tests import moves, services
from tests.fake_bridge import FakeBridge

# The same examples each time, on a machine however slow.
hypothesis.settings.register_profile("ours", deadline=None, derandomize=True, max_examples=60)
hypothesis.settings.load_profile("ours")

ENGINES = ("sqlite", "postgres", "mysql")


@dataclass(frozen=True)
class Cast:
    alfa: Company
    beta: Company
    ana: User
    bruno: User
    carla: User


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    with services.running_redis() as url:
        os.environ["REDIS_URL"] = url
        settings.cache_clear()
        yield url


@pytest.fixture
def clean_redis(redis_url: str) -> Iterator[redis.Redis]:
    """A real Redis, emptied before each test."""
    client = redis.Redis.from_url(redis_url)
    client.flushall()
    yield client
    client.close()


@pytest.fixture
def fake(clean_redis: redis.Redis) -> FakeBridge:
    """The bridge's end of the streams."""
    return FakeBridge(clean_redis)


@pytest.fixture(autouse=True)
def own_storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("STORAGE_URL", f"file://{tmp_path / 'media'}")
    settings.cache_clear()
    media.store.cache_clear()
    queue.broker.cache_clear()
    yield
    settings.cache_clear()
    media.store.cache_clear()
    queue.broker.cache_clear()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Engine → address of a migrated database; filled by the first test that asks for the engine."""
    return {"folder": str(tmp_path_factory.mktemp("databases"))}


async def _address(engine: str, migrated: dict[str, str], tmp_path: Path) -> str:
    if engine not in migrated:
        given = services.database_url(engine, Path(migrated["folder"]))
        url = await services.own_database(engine, given)
        await migrate(url)
        migrated[engine] = url
    if engine != "sqlite":
        return migrated[engine]
    copy = tmp_path / "esquadrao.sqlite3"
    shutil.copy(migrated["sqlite"].removeprefix("sqlite://"), copy)
    return f"sqlite://{copy}"


async def empty(engine: str) -> None:
    """Every row of ours, whatever the order of keys."""
    if engine == "postgres":
        rows = await connection().execute_query_dict(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'tortoise_migrations'"
        )
        names = ", ".join(f'"{row["tablename"]}"' for row in rows)
        await connection().execute_script(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
    elif engine == "mysql":
        rows = await connection().execute_query_dict(
            "SELECT table_name AS name FROM information_schema.tables "
            "WHERE table_schema = DATABASE() AND table_name <> 'tortoise_migrations'"
        )
        async with in_transaction() as one:  # a session setting must meet the same connection
            await one.execute_query("SET FOREIGN_KEY_CHECKS = 0")
            for row in rows:
                await one.execute_query(f"DELETE FROM `{row['name']}`")
            await one.execute_query("SET FOREIGN_KEY_CHECKS = 1")


async def _opened(
    engine: str, migrated: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[str]:
    url = await _address(engine, migrated, tmp_path)
    monkeypatch.setenv("DATABASE_URL", url)
    settings.cache_clear()
    await open_database(url)
    await empty(engine)
    yield engine
    await live.close()
    await bridge.close()
    await close_database()


@pytest.fixture(params=ENGINES)
async def db(
    request: pytest.FixtureRequest,
    migrated: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    clean_redis: redis.Redis,
) -> AsyncIterator[str]:
    """A clean, migrated, open database on each of the three engines; gives the engine's name."""
    async for engine in _opened(request.param, migrated, tmp_path, monkeypatch):
        yield engine


@pytest.fixture
async def sqlite(
    migrated: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    clean_redis: redis.Redis,
) -> AsyncIterator[str]:
    """As `db`, on SQLite alone: for tests of what is above the database (pages, API)."""
    async for engine in _opened("sqlite", migrated, tmp_path, monkeypatch):
        yield engine


async def make_cast() -> Cast:
    """Both Companies with their people, written plainly; passwords are not needed here."""

    async def company(name: str) -> Company:
        made = Company(name=name, wa_key=name.encode().hex().ljust(64, "0"))
        await made.save()
        return made

    async def user(of: Company, name: str, role: Role) -> User:
        email = f"{name.lower()}@{of.name.lower()}.example"
        made = User(company_id=of.id, name=name, email=email, password_hash="-", role=role)
        await made.save()
        return made

    alfa, beta = await company("Alfa"), await company("Beta")
    return Cast(
        alfa=alfa,
        beta=beta,
        ana=await user(alfa, "Ana", Role.OWNER),
        bruno=await user(alfa, "Bruno", Role.AGENT),
        carla=await user(beta, "Carla", Role.OWNER),
    )


@pytest.fixture
async def watched(db: str) -> AsyncIterator[None]:
    """No statement of this test may move a state otherwise than the tables of `lifecycle.py` say."""
    await moves.watch()
    yield
    await moves.unwatch()


@pytest.fixture
async def cast(db: str) -> Cast:
    return await make_cast()


@pytest.fixture
async def sqlite_cast(sqlite: str) -> Cast:
    return await make_cast()
