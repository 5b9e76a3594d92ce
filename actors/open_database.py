from __future__ import annotations

from typing import Any

from dramatiq.asyncio import get_event_loop_thread
from dramatiq.middleware import Middleware

from esquadrao.database import close_database, open_database
from esquadrao.gateways import bridge, live


class OpenDatabase(Middleware):
    """Open the database on the worker's event loop and close everything that belongs to the loop at its end."""

    def before_worker_boot(self, _broker: Any, _worker: Any) -> None:
        run(open_database())

    def after_worker_shutdown(self, _broker: Any, _worker: Any) -> None:
        run(self._close())

    async def _close(self) -> None:
        await live.close()
        await bridge.close()
        await close_database()


def run(work: Any) -> Any:
    """Run a coroutine on the worker's event loop and wait for it."""
    thread = get_event_loop_thread()
    if thread is None:
        raise RuntimeError("the AsyncIO middleware must come first")
    return thread.run_coroutine(work)
