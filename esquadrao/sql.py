"""Set-based statements in one spelling for three databases.

`run("UPDATE … WHERE company_id = :company", company=…)` writes each `:name` as the engine's own placeholder and each
value as the engine stores it. A list becomes `(?, ?, …)`, for `IN :ids` (PostgreSQL: `= ANY($1)`); a `Given` becomes a
table of as many rows as it holds, in one text however many they are: an engine plans again for every text it has not
seen, and planning a statement of a thousand arms costs more than running it. SQL text stands only in the files that an
architecture test lists, and every statement there binds or joins `company_id`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Literal
from uuid import UUID

import orjson

from esquadrao.database import Dialect, connection, dialect
from esquadrao.walk import Walk

NAME = re.compile(r"(?<!:):([a-z_][a-z0-9_]*)")
IN_LIST = re.compile(r"\bIN :([a-z_][a-z0-9_]*)")
TEXT_CASE = {"sqlite": "?", "mysql": "%s"}
Kind = Literal["uuid", "bigint", "int", "bool", "text", "timestamptz"]
# What a column of a Given is called on MariaDB. The collation is that of our tables: two never compare.
TEXT = "CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
MARIADB: dict[Kind, str] = {
    "uuid": f"CHAR(36) {TEXT}",
    "bigint": "BIGINT",
    "int": "INT",
    "bool": "TINYINT",
    "text": f"LONGTEXT {TEXT}",
    "timestamptz": "DATETIME(6)",
}


@dataclass(frozen=True, slots=True)
class Given:
    """Rows handed to a statement as a table, `FROM :rows AS v`; columns in the order of each row's values."""

    columns: Mapping[str, Kind]
    rows: Sequence[Sequence[object]]

    def written(self, engine: Dialect) -> tuple[str, list[object]]:
        """The table expression with `{}` for each placeholder, and its parameters."""
        names = ", ".join(self.columns)
        if engine == "postgres":
            arrays = ", ".join(f"{{}}::{kind}[]" for kind in self.columns.values())
            columns: list[object] = [list(column) for column in zip(*self.rows, strict=True)]
            text = f"(SELECT * FROM unnest({arrays}) AS u({names}))"
            return text, columns or [[] for _ in self.columns]
        packed = orjson.dumps([[_stored(one, engine) for one in row] for row in self.rows]).decode()
        if engine == "mysql":
            columns_said = ", ".join(
                f"{name} {MARIADB[kind]} PATH '$[{at}]' ERROR ON ERROR"
                for at, (name, kind) in enumerate(self.columns.items())
            )
            return f"JSON_TABLE({{}}, '$[*]' COLUMNS ({columns_said}))", [packed]
        picked = ", ".join(
            f"json_extract(value, '$[{at}]') AS {name}" for at, name in enumerate(self.columns)
        )
        return f"(SELECT {picked} FROM json_each({{}}))", [packed]


def _stored(value: object, engine: Dialect) -> object:
    """The value as Tortoise would store it, so that raw statements and models compare the same bytes."""
    if isinstance(value, list):
        # asyncpg takes UUIDs, moments and our enums, which are strings, as they are.
        return value if engine == "postgres" else [_stored(one, engine) for one in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, UUID) and engine != "postgres":
        return str(value)
    if isinstance(value, datetime):
        return _stored_moment(value.astimezone(UTC), engine)
    return int(value) if isinstance(value, bool) and engine != "postgres" else value


def _stored_moment(moment: datetime, engine: Dialect) -> object:
    if engine == "sqlite":
        return moment.isoformat(" ")
    return moment.replace(tzinfo=None) if engine == "mysql" else moment


def written(sql: str, values: dict[str, Any], engine: Dialect) -> tuple[str, list[object]]:
    """The statement with the engine's placeholders, and its parameters in order."""
    bound: list[object] = []

    def place(value: object) -> str:
        bound.append(_stored(value, engine))
        return f"${len(bound)}" if engine == "postgres" else TEXT_CASE[engine]

    def name(match: re.Match[str]) -> str:
        value = values[match[1]]
        if isinstance(value, Given | Walk):
            text, parameters = value.written(engine)
            return text.format(*[place(one) for one in parameters])
        if isinstance(value, list | tuple) and engine != "postgres":
            return f"({', '.join(place(one) for one in value)})"
        return place(value)

    if engine == "postgres":
        # One text however many there are: PostgreSQL plans a statement again for every text it has not seen.
        sql = IN_LIST.sub(lambda found: f"= ANY(:{found[1]})", sql)
        values = {key: list(one) if isinstance(one, tuple) else one for key, one in values.items()}
    return NAME.sub(name, sql), bound


async def rows(sql: str, **values: Any) -> list[dict[str, Any]]:
    """Run a statement that returns rows."""
    text, bound = written(sql, values, dialect())
    return await connection().execute_query_dict(text, bound)


async def run(sql: str, **values: Any) -> int:
    """Run a statement that changes rows; returns how many matched. On PostgreSQL an INSERT always answers 0."""
    text, bound = written(sql, values, dialect())
    count, _ = await connection().execute_query(text, bound)
    return int(count)


async def update_each(
    table: str,
    given: Given,
    *,
    on: Iterable[str],
    sets: Mapping[str, str],
    where: str = "",
    **values: Any,
) -> int:
    """One UPDATE that gives each row its own values; returns how many matched.

    `t` is the table, `v` the given rows, joined on the columns `on`; `sets` maps a column to its expression, `where`
    adds the state the rows are expected in.
    """
    joined = " AND ".join(f"t.{column} = v.{column}" for column in on)
    condition = f"{joined} AND {where}" if where else joined
    if dialect() == "mysql":
        # STRAIGHT_JOIN: the given rows first, each finding its row by key; the optimizer knows nothing of their number.
        said = ", ".join(f"t.{column} = {value}" for column, value in sets.items())
        text = f"UPDATE :given AS v STRAIGHT_JOIN {table} AS t ON {joined} SET {said} WHERE {condition}"
    else:
        said = ", ".join(f"{column} = {value}" for column, value in sets.items())
        text = f"UPDATE {table} AS t SET {said} FROM :given AS v WHERE {condition}"
    return await run(text, given=given, **values)


async def insert_each(
    table: str, given: Given, *, sets: Mapping[str, str], once: bool = False
) -> None:
    """One INSERT of all given rows; `sets` maps the columns they lack to an expression.

    `once` passes over rows whose unique key is there already.
    """
    columns = ", ".join([*given.columns, *sets])
    values = ", ".join([*(f"v.{name}" for name in given.columns), *sets.values()])
    into = "INSERT IGNORE INTO" if once and dialect() == "mysql" else "INSERT INTO"
    # WHERE TRUE: SQLite would read ON CONFLICT as the ON of a join.
    end = " WHERE TRUE ON CONFLICT DO NOTHING" if once and dialect() != "mysql" else ""
    await run(f"{into} {table} ({columns}) SELECT {values} FROM :given AS v{end}", given=given)


ROW_LOCK: dict[Dialect, str] = {
    "sqlite": "",
    "postgres": " FOR NO KEY UPDATE OF {0}",
    "mysql": " FOR UPDATE",
}


def row_lock(alias: str, *, skip_locked: bool = False) -> str:
    """The end of a SELECT that locks the rows of `alias`; nothing on SQLite, whose transaction is the only writer."""
    text = ROW_LOCK[dialect()].format(alias)
    return f"{text} SKIP LOCKED" if text and skip_locked else text


def moment(value: object) -> datetime | None:
    """A moment as a raw row holds it (SQLite: text; MariaDB: without a zone), as an aware UTC one."""
    if value is None:
        return None
    said = datetime.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(said, datetime):
        raise TypeError(f"not a moment: {value!r}")
    return said.replace(tzinfo=UTC) if said.tzinfo is None else said.astimezone(UTC)


def uuid(value: object) -> UUID:
    """An id as a raw row holds it (PostgreSQL: UUID; else text)."""
    return value if isinstance(value, UUID) else UUID(str(value))
