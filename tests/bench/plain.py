"""Baselines of the chain: a plain pipeline, bare Dramatiq jobs, bare round trips through Redis streams."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from esquadrao import sql
from esquadrao.contacts.models import Contact
from esquadrao.database import connection
from esquadrao.gateways import bridge
from tests.bench.processes import started, until

MOST = 4_000  # jobs of a baseline: a rate shows in less than the whole chain takes
CAMPAIGNS = 100
WITHIN = 40.0  # s
TRIPS = 1_000
WORKER = "dramatiq tests.bench.plain_actors -p $WORKER_PROCESSES -t 8"
TABLES = """
CREATE TABLE plain_campaign (id INT PRIMARY KEY, sent INT NOT NULL);
CREATE TABLE plain_message (id INT PRIMARY KEY, contact_id VARCHAR(40), body TEXT, state VARCHAR(12))
"""


async def rates(many: int) -> tuple[float, float]:
    """Messages a second of the plain pipeline, and jobs a second of a bare no-op."""
    from tests.bench.plain_actors import nothing, send_one  # noqa: PLC0415  # declares its own broker

    for statement in TABLES.split(";"):
        await connection().execute_script(statement)
    for number in range(CAMPAIGNS):
        await sql.run("INSERT INTO plain_campaign (id, sent) VALUES (:id, 0)", id=number)
    ids = [str(one.id) for one in await Contact.across_companies().limit(many).only("id")]

    async def all_sent() -> bool:
        rows = await sql.rows("SELECT SUM(sent) AS many FROM plain_campaign")
        return int(rows[0]["many"] or 0) >= len(ids)

    async def no_job_left() -> bool:
        pipeline = bridge.redis().pipeline(transaction=False)
        pipeline.llen("bench:plain")
        pipeline.hlen("bench:plain.msgs")
        return not any(await pipeline.execute())

    async with started({"plain worker": WORKER}):
        await _timed(nothing.send, no_job_left)  # its processes are up
        started_at = time.perf_counter()
        await asyncio.to_thread(
            lambda: [send_one.send(at, at % CAMPAIGNS, one) for at, one in enumerate(ids)]
        )
        await until(all_sent, "the plain pipeline", within=WITHIN)
        steps = len(ids) / (time.perf_counter() - started_at)
        no_ops = many / await _timed(lambda: [nothing.send() for _ in range(many)], no_job_left)
    return steps, no_ops


async def _timed(enqueue: Callable[[], object], is_done: Callable[[], Awaitable[bool]]) -> float:
    started_at = time.perf_counter()
    await asyncio.to_thread(enqueue)
    await until(is_done, "bare jobs", within=WITHIN)
    return time.perf_counter() - started_at


async def lateness(many: int, *, within: float) -> list[float]:
    """Seconds that delayed jobs run after their time, spread over `within` seconds."""
    from tests.bench.plain_actors import LATE, late  # noqa: PLC0415  # declares its own broker

    def send_all() -> None:
        for number in range(many):
            delay = 1 + within * number / many
            message = late.message(time.time() + delay)
            late.broker.enqueue(message, delay=round(delay * 1000))

    async def all_ran() -> bool:
        return await bridge.redis().llen(LATE) >= many

    async with started({"plain worker": WORKER}):
        await asyncio.to_thread(send_all)
        await until(all_ran, "delayed jobs", within=within + WITHIN)
        return [float(one) for one in await bridge.redis().lrange(LATE, 0, -1)]


async def round_trips() -> float:
    """Out by one stream, back by another, one at a time: what a Channel's send → ack cannot beat."""
    answering = asyncio.create_task(_answer())
    started_at, last = time.perf_counter(), b"0"
    for _ in range(TRIPS):
        await bridge.redis().xadd("plain:out", {"body": b"send"})
        last = await _next("plain:back", last, bridge.redis())
    took = time.perf_counter() - started_at
    await answering
    return TRIPS / took


async def _answer() -> None:
    last = b"0"
    for _ in range(TRIPS):
        last = await _next("plain:out", last, bridge.redis(blocking=True))
        await bridge.redis().xadd("plain:back", {"body": b"acknowledged"})


async def _next(stream: str, last: bytes, client: Any) -> bytes:
    """Wait for the entry after `last`; its id."""
    found = await client.xread({stream: last}, count=1, block=5_000)
    ((_, ((entry, _), *_)),) = found
    return bytes(entry)
