"""Open and close the database in web, worker and commands; the settings each engine needs to keep our promises.

SQLite: WAL, synchronous=FULL (committed = kept), transactions that BEGIN IMMEDIATE (several processes write).
PostgreSQL: a bounded pool. MariaDB: READ COMMITTED and FOUND_ROWS, or a conditional UPDATE that changes nothing
because the values were equal would look like a lost race (handover.md, The databases).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any, Literal, ParamSpec, TypeVar, cast
from urllib.parse import parse_qsl, unquote, urlsplit

import asyncpg
import structlog
from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connection
from tortoise.exceptions import OperationalError
from tortoise.migrations.api import migrate as run_migrations
from tortoise.models import Model
from tortoise.queryset import QuerySet

from esquadrao.settings import settings

log = structlog.get_logger()
_connection_name = "sqlite"
Dialect = Literal["sqlite", "postgres", "mysql"]
Row = TypeVar("Row", bound=Model)
Result = TypeVar("Result")
Params = ParamSpec("Params")

MODELS = [
    "esquadrao.companies.models",
    "esquadrao.channels.models",
    "esquadrao.contacts.models",
    "esquadrao.campaigns.models",
    "esquadrao.messages.models",
    "esquadrao.lease",
    "esquadrao.instance",
]
BUSY_TIMEOUT = 20_000  # ms an SQLite writer waits for another process; our write transactions end within 200 ms
STATEMENT_TIMEOUT = (
    30.0  # s; a PostgreSQL statement that takes longer is a defect, and would hold its locks
)
# A frozen worker must not hold the rows of a Channel for ever: its transaction ends, and the others go on.
FROZEN_AFTER = "15s"
# jit: the claim looks dear to the planner and takes milliseconds; compiling it took a hundred, each time anew.
POSTGRES_SESSION = {"idle_in_transaction_session_timeout": FROZEN_AFTER, "jit": "off"}
FOUND_ROWS = 2  # MySQL client flag: rowcount of an UPDATE counts the rows that matched
MYSQL_SESSION = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"


class Unaltered(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no types
    """Goes back to the pool as it is: we never change a session, and the reset costs a round trip a query."""

    def get_reset_query(self) -> str:
        return ""


def connection_config(url: str, *, pool: int) -> dict[str, Any]:
    """Tortoise's connection entry for a database URL. Raises ValueError for an engine we do not know."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        path = url.removeprefix("sqlite://")
        if path != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        return {
            "engine": "esquadrao.engines.sqlite",
            "credentials": {"file_path": path, "synchronous": "FULL", "busy_timeout": BUSY_TIMEOUT},
        }
    credentials: dict[str, Any] = {
        "host": parts.hostname or "127.0.0.1",
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "database": parts.path.lstrip("/"),
        "minsize": 1,
        "maxsize": pool,
        **dict(parse_qsl(parts.query)),
    }
    if parts.scheme in {"postgres", "postgresql"}:
        credentials |= {
            "port": parts.port or 5432,
            "command_timeout": STATEMENT_TIMEOUT,
            "server_settings": POSTGRES_SESSION,
            "connection_class": Unaltered,
        }
        return {"engine": "esquadrao.engines.postgres", "credentials": credentials}
    if parts.scheme in {"mysql", "mariadb"}:
        credentials |= {
            "port": parts.port or 3306,
            "client_flag": FOUND_ROWS,
            "init_command": MYSQL_SESSION,
            "charset": "utf8mb4",
        }
        return {"engine": "esquadrao.engines.mysql", "credentials": credentials}
    raise ValueError("DATABASE_URL must begin with sqlite://, postgres:// or mysql://")


def tortoise_config(url: str | None = None) -> dict[str, Any]:
    chosen = url or settings().database_url
    name = urlsplit(chosen).scheme
    return {
        "connections": {name: connection_config(chosen, pool=settings().database_pool)},
        "apps": {
            "esquadrao": {
                "models": MODELS,
                "default_connection": name,
                "migrations": "esquadrao.migrations",
            }
        },
        "use_tz": True,
        "timezone": "UTC",
    }


async def open_database(url: str | None = None) -> None:
    """Bind the ORM to the running event loop of this process. One loop a process owns it."""
    global _connection_name  # one database a process; a test run opens three, one after the other
    config = tortoise_config(url)
    # Named for the engine: Tortoise keeps the SQL it wrote under the connection's name, also past a close.
    (_connection_name,) = config["connections"]
    await Tortoise.init(config=config, _enable_global_fallback=True)


async def close_database() -> None:
    await Tortoise.close_connections()


@asynccontextmanager
async def database(url: str | None = None) -> AsyncIterator[None]:
    await open_database(url)
    try:
        yield
    finally:
        await close_database()


def connection() -> BaseDBAsyncClient:
    """The connection of this task: inside `unit_of_work` it is the open transaction."""
    return get_connection(_connection_name)


def dialect() -> Dialect:
    return cast(Dialect, connection().capabilities.dialect)


def locked(rows: QuerySet[Row], *, skip_locked: bool = False) -> QuerySet[Row]:
    """The rows FOR UPDATE where the engine has row locks; SQLite's transaction already is the only writer.

    PostgreSQL takes NO KEY: a plain FOR UPDATE would wait for every insert that only points at the row. Await model
    objects of it, never `.values()`: that drops the lock in silence (stack.md, trap 1).
    """
    engine = dialect()
    if engine == "sqlite":
        return rows
    return rows.select_for_update(skip_locked=skip_locked, no_key=engine == "postgres")


DEADLOCKS = ("deadlock", "lock wait timeout", "could not serialize", "database is locked")
DEADLOCK_TRIES = 4


def again_on_deadlock(
    work: Callable[Params, Awaitable[Result]],
) -> Callable[Params, Awaitable[Result]]:
    """Run a whole unit of work again when the engine made it the victim of a deadlock; nothing of it was kept."""

    @wraps(work)
    async def tried(*args: Params.args, **kwargs: Params.kwargs) -> Result:
        for attempt in range(1, DEADLOCK_TRIES + 1):
            try:
                return await work(*args, **kwargs)
            except OperationalError as error:
                if attempt == DEADLOCK_TRIES or not any(
                    word in str(error).lower() for word in DEADLOCKS
                ):
                    raise
                log.info("deadlock_tried_again", work=work.__qualname__, attempt=attempt)
        raise AssertionError("unreachable")

    return tried


NOW = {
    "sqlite": "SELECT strftime('%Y-%m-%d %H:%M:%f', 'now') AS moment",
    "postgres": "SELECT clock_timestamp() AS moment",
    "mysql": "SELECT UTC_TIMESTAMP(6) AS moment",
}


async def db_now() -> datetime:
    """The database's clock as an aware UTC moment. Due times and leases are reckoned from it, never from a host's.

    Callers compute their deadlines from this value in Python and hand them back as parameters, so that no engine's
    own date arithmetic or text form of a date takes part in a comparison.
    """
    rows = await connection().execute_query_dict(NOW[dialect()])
    said = rows[0]["moment"]
    moment: datetime = datetime.fromisoformat(said) if isinstance(said, str) else said
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


async def is_reachable(*, within: float = 1.0) -> bool:
    """Whether the database answers in time; for /readyz and doctor."""
    try:
        await asyncio.wait_for(connection().execute_query("SELECT 1"), within)
    except Exception:  # noqa: BLE001  # whatever keeps it from answering, the answer is no
        return False
    return True


async def migrate(url: str | None = None) -> None:
    """Bring the schema to this code's version. Safe when two releases race: a lock of the engine's own holds."""
    from esquadrao.migration_lock import migration_lock  # noqa: PLC0415  # it needs an open database itself

    async with migration_lock(url):
        try:
            await run_migrations(config=tortoise_config(url))
        finally:
            await (
                Tortoise.close_connections()
            )  # an open SQLite connection's thread would keep the process alive
