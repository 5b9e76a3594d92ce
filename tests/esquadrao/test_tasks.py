from __future__ import annotations

import asyncio

import pytest

from esquadrao import tasks


async def test_a_loop_whose_driver_swallows_a_cancellation_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tasks, "AGAIN_AFTER", 0)
    swallowed: list[int] = []

    async def outlives_errors() -> None:
        while len(swallowed) < 3:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                swallowed.append(1)
        await asyncio.Event().wait()

    task = asyncio.create_task(outlives_errors())
    await asyncio.sleep(0)
    await tasks.end([task])
    assert task.cancelled()
    assert len(swallowed) == 3


async def test_nothing_to_end_is_no_error() -> None:
    await tasks.end([])
