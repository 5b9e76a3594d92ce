"""MariaDB, with transactions that leave nothing behind when they cannot begin."""

from __future__ import annotations

from tortoise.backends.mysql.client import MySQLClient, TransactionWrapper

from esquadrao.engines.pooled import Transaction


class Client(MySQLClient):
    def _in_transaction(self) -> Transaction:
        return Transaction(TransactionWrapper(self), self._pool_init_lock)


client_class = Client
