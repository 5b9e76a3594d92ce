"""Work on many rows of many Companies, where one that cannot be worked on stops none of the others (D24)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

import structlog
from tortoise.exceptions import DBConnectionError

T = TypeVar("T")
log = structlog.get_logger()
# The database or Redis is away: that is everybody's, and whoever rang tries again.
OF_ALL = (DBConnectionError, OSError)


async def apart(name: str, rows: Iterable[T], act: Callable[[T], Awaitable[object]]) -> None:
    """Act on each row; what fails is logged as the defect it is, and found again by the next ring."""
    for row in rows:
        try:
            await act(row)
        except OF_ALL:
            raise
        except Exception:
            named = getattr(row, "id", None) or getattr(row, "__name__", "")
            log.exception("row_failed", step=name, row=str(named))
