"""The tables of `campaigns/lifecycle.py` as triggers: the database itself refuses a move that is not in them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from esquadrao.campaigns.lifecycle import DELIVERY_MOVES, MESSAGE_MOVES, MOVES
from esquadrao.database import Dialect, connection, dialect

State = TypeVar("State", bound=StrEnum)
REFUSED = "is no move of"
PAIR = "OLD.state || '>' || NEW.state"
WATCHES: dict[Dialect, tuple[str, ...]] = {
    "sqlite": (
        """CREATE TRIGGER IF NOT EXISTS watch_{table} BEFORE UPDATE OF state ON {table} WHEN {wrong}
        BEGIN SELECT RAISE(ABORT, 'this {refused} {table}'); END""",
    ),
    "postgres": (
        """CREATE OR REPLACE FUNCTION watch_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF {wrong} THEN RAISE EXCEPTION '% {refused} {table}', {pair}; END IF; RETURN NEW; END $$""",
        """CREATE OR REPLACE TRIGGER watch BEFORE UPDATE OF state ON {table} FOR EACH ROW
        EXECUTE FUNCTION watch_{table}()""",
    ),
    "mysql": (
        """CREATE OR REPLACE TRIGGER watch_{table} BEFORE UPDATE ON {table} FOR EACH ROW BEGIN
        IF {wrong} THEN SET @words = CONCAT({pair}, ' {refused} {table}');
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = @words; END IF; END""",
    ),
}


UNWATCHED = {
    "sqlite": "DROP TRIGGER IF EXISTS watch_{table}",
    "postgres": "DROP TRIGGER IF EXISTS watch ON {table}",
    "mysql": "DROP TRIGGER IF EXISTS watch_{table}",
}


async def watch() -> None:
    """Put the triggers into the open, migrated database; again changes nothing."""
    pair = PAIR if dialect() != "mysql" else "CONCAT(OLD.state, '>', NEW.state)"
    for table, allowed in _tables().items():
        wrong = f"NEW.state <> OLD.state AND {pair} NOT IN ({allowed})"
        words = {"table": table, "wrong": wrong, "pair": pair, "refused": REFUSED}
        for watcher in WATCHES[dialect()]:
            await connection().execute_script(watcher.format(**words))


async def unwatch() -> None:
    """The next test may set its rows up as it likes."""
    for table in _tables():
        await connection().execute_script(UNWATCHED[dialect()].format(table=table))


def _tables() -> dict[str, str]:
    return {
        "campaign": _pairs(MOVES),
        "delivery": _pairs(DELIVERY_MOVES),
        "message": _pairs(MESSAGE_MOVES),
    }


def _pairs(moves: Mapping[State, frozenset[State]]) -> str:
    return ", ".join(f"'{one}>{other}'" for one, others in moves.items() for other in others)
