"""End tasks that were made to outlive errors."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

AGAIN_AFTER = 1.0  # s


async def end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel until they have ended. Once is not enough: a driver that is cancelled while it reads (asyncmy) raises an
    error of its own in place of the cancellation, and a loop that outlives errors goes on.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN_AFTER)
