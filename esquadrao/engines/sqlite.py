"""SQLite with transactions that BEGIN IMMEDIATE, and that leave nothing behind when they cannot begin.

A deferred transaction that reads and then writes fails with BUSY_SNAPSHOT when another process wrote in between, and
no busy timeout cures it. Taking the write lock at the start makes them queue instead.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress

from tortoise.backends.base.client import TransactionalDBClient
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
)
from tortoise.connection import get_connections
from tortoise.exceptions import OperationalError

from esquadrao.engines.ending import end


class ImmediateTransaction(SqliteTransactionWrapper):
    async def begin(self) -> None:
        try:
            await self._connection.commit()
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error


class Transaction(SqliteTransactionContext):
    """The library's own keeps the connection's lock for ever when BEGIN fails: the whole process would stand."""

    async def __aenter__(self) -> TransactionalDBClient:
        await self._trxlock.acquire()
        try:
            await self.ensure_connection()
            await self.connection.begin()
        except BaseException:
            await self._undo()  # cancelled while BEGIN was on its way: it must not stay open
            self._trxlock.release()
            raise
        self.token = get_connections().set(self.connection_name, self.connection)
        opened: TransactionalDBClient = self.connection
        return opened

    async def __aexit__(self, exc_type: type[BaseException] | None, *_: object) -> None:
        """A COMMIT that failed (disk full) stays open: the next one's would keep what the caller was told is lost."""
        try:
            await end(self.connection, exc_type)
        except BaseException:
            await self._undo()
            raise
        finally:
            get_connections().reset(self.token)
            self._trxlock.release()

    async def _undo(self) -> None:
        with suppress(Exception):
            await self.connection._connection.rollback()


class Client(SqliteClient):
    def _in_transaction(self) -> SqliteTransactionContext:
        return Transaction(ImmediateTransaction(self), self._lock)


client_class = Client
