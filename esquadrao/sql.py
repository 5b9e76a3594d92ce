"""Set-based statements in one spelling for three databases.

`run("UPDATE … WHERE company_id = :company", company=…)` writes each `:name` as the engine's own placeholder and each
value as the engine stores it. A list becomes `(?, ?, …)`, for `IN :ids` (PostgreSQL: `= ANY($1)`). SQL text stands only
in the files that an architecture test lists, and every statement there binds or joins `company_id`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from esquadrao.database import Dialect, connection, dialect

NAME = re.compile(r"(?<!:):([a-z_][a-z0-9_]*)")
IN_LIST = re.compile(r"\bIN :([a-z_][a-z0-9_]*)")
TEXT_CASE = {"sqlite": "?", "mysql": "%s"}


def _stored(value: object, engine: Dialect) -> object:
    """The value as Tortoise would store it, so that raw statements and models compare the same bytes."""
    if isinstance(value, list):
        return [_stored(one, engine) for one in value]
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
    return [dict(row) for row in await connection().execute_query_dict(text, bound)]


async def run(sql: str, **values: Any) -> int:
    """Run a statement that changes rows; returns how many matched. On PostgreSQL an INSERT always answers 0."""
    text, bound = written(sql, values, dialect())
    count, _ = await connection().execute_query(text, bound)
    return int(count)


def choices(
    pairs: Sequence[tuple[object, object]], *, of: str, cast: str, prefix: str, otherwise: str = ""
) -> tuple[str, dict[str, object]]:
    """`CASE of WHEN … THEN … END` for a value a row in one UPDATE, with its parameters.

    `cast` is PostgreSQL's type of the value, `prefix` keeps the parameters of several choices apart.
    """
    suffix = f"::{cast}" if cast and dialect() == "postgres" else ""
    values: dict[str, object] = {}
    arms: list[str] = []
    for number, (key, value) in enumerate(pairs):
        values[f"{prefix}k{number}"], values[f"{prefix}v{number}"] = key, value
        arms.append(f"WHEN :{prefix}k{number} THEN :{prefix}v{number}{suffix}")
    default = f" ELSE {otherwise}" if otherwise else ""
    return f"CASE {of} {' '.join(arms)}{default} END", values
