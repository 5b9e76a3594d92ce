"""A transaction on a pooled connection that leaves nothing behind when it cannot begin.

The library's own binds the task to the connection before BEGIN and forgets to unbind it when BEGIN fails. A loop that
outlives errors (the applier, the clock) then speaks to a dead connection for ever after one crash of the server, and
the pool is one connection poorer. Seen on MariaDB in tests/faults; PostgreSQL has the same code.
"""

from __future__ import annotations

from tortoise.backends.base.client import TransactionalDBClient, TransactionContextPooled
from tortoise.connection import get_connections

from esquadrao.engines.ending import end


class Transaction(TransactionContextPooled):
    async def __aenter__(self) -> TransactionalDBClient:
        await self.ensure_connection()
        pool = self.client._parent._pool
        self.client._connection = await pool.acquire()
        try:
            await self.client.begin()
        except BaseException:
            await pool.release(self.client._connection)
            raise
        self.token = get_connections().set(self.connection_name, self.client)
        return self.client

    async def __aexit__(self, exc_type: type[BaseException] | None, *_: object) -> None:
        """Unbound first: giving back a connection that is gone raises, too."""
        try:
            await end(self.client, exc_type)
        finally:
            get_connections().reset(self.token)
            if self.client._parent._pool:
                await self.client._parent._pool.release(self.client._connection)
