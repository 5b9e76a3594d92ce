"""Baselines of the chain: a plain pipeline, bare Dramatiq jobs, bare round trips through Redis streams."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

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
        pipeline.llen("bench:plain").hlen("bench:plain.msgs")
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


async def _timed(enqueue: Callable[[], object], is_done: Callable[..., object]) -> float:
    started_at = time.perf_counter()
    await asyncio.to_thread(enqueue)
    await until(is_done, "bare jobs", within=WITHIN)  # type: ignore[arg-type]
    return time.perf_counter() - started_at


async def round_trips() -> float:
    """Out by one stream, back by another, one at a time: what a Channel's send → ack cannot beat."""
    here, there = bridge.redis(), bridge.redis(blocking=True)

    async def echo() -> None:
        last = "0"
        for _ in range(TRIPS):
            found = await there.xread({"plain:out": last}, count=1, block=5_000)
            last = found[b"plain:out"][0][0][0] if isinstance(found, dict) else found[0][1][0][0]
            await here.xadd("plain:back", {"body": b"acknowledged"})

    answering = asyncio.create_task(echo())
    started_at = time.perf_counter()
    last = "0"
    other = bridge.redis()
    for _ in range(TRIPS):
        await other.xadd("plain:out", {"body": b"send"})
        found = await other.xread({"plain:back": last}, count=1, block=5_000)
        last = found[b"plain:back"][0][0][0] if isinstance(found, dict) else found[0][1][0][0]
    took = time.perf_counter() - started_at
    await answering
    return TRIPS / took
