"""
What a person may take back: the only mutable truth of a service.

A vault is the schema `vault` of the service's own database. Its tables come from `vault.sql`, which only ever adds
(`CREATE TABLE IF NOT EXISTS …`): unlike a read model, a vault cannot be rebuilt from the log.
"""

from contextlib import AbstractAsyncContextManager
from typing import Any

from libs.service.database import Connection, Pool


class Vault:
    """A service's erasable data; each use is one transaction."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def open(self) -> AbstractAsyncContextManager[Connection]:
        """Return a context that holds one connection in one transaction."""
        return _Transaction(self._pool)


class _Transaction(AbstractAsyncContextManager[Connection]):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def __aenter__(self) -> Connection:
        self._connection: Connection = await self._pool.acquire()
        self._transaction = self._connection.transaction()
        await self._transaction.start()
        return self._connection

    async def __aexit__(self, kind: type[BaseException] | None, fault: Any, traceback: Any) -> None:
        try:
            if kind is None:
                await self._transaction.commit()
            else:
                await self._transaction.rollback()
        finally:
            await self._pool.release(self._connection)
