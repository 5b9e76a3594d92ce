"""One migrator at a time: Tortoise takes no lock of its own, and two releases may race (stack.md, trap 8)."""

from __future__ import annotations

import asyncio
import fcntl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncmy
import asyncpg

from esquadrao.database import connection_config
from esquadrao.settings import settings

ADVISORY_KEY = 7_316_202_611  # any number that nothing else of ours locks
LOCK_NAME = "esquadrao_migrate"
WAIT = 120  # s; longer than any migration may take


@asynccontextmanager
async def migration_lock(url: str | None = None) -> AsyncIterator[None]:
    """Hold the engine's own lock: it ends with the connection, so a killed migrator blocks nobody."""
    chosen = url or settings().database_url
    credentials = connection_config(chosen, pool=1)["credentials"]
    if chosen.startswith("sqlite"):
        async with _file_lock(Path(f"{credentials['file_path']}.migrate")):
            yield
    elif chosen.startswith("postgres"):
        names: tuple[str, ...] = ("host", "port", "user", "password", "database")
        holder = await asyncpg.connect(**{name: credentials[name] for name in names})
        try:
            await asyncio.wait_for(
                holder.execute("SELECT pg_advisory_lock($1)", ADVISORY_KEY), WAIT
            )
            yield
        finally:
            await holder.close()
    else:
        names = ("host", "port", "user", "password")
        held = await asyncmy.connect(
            db=credentials["database"], **{name: credentials[name] for name in names}
        )
        try:
            async with held.cursor() as cursor:
                await cursor.execute("SELECT GET_LOCK(%s, %s)", (LOCK_NAME, WAIT))
                await cursor.fetchall()
            yield
        finally:
            held.close()


@asynccontextmanager
async def _file_lock(path: Path) -> AsyncIterator[None]:
    if str(path).startswith(":memory:"):
        yield
        return
    with path.open("w") as handle:
        await asyncio.to_thread(fcntl.flock, handle, fcntl.LOCK_EX)
        yield
