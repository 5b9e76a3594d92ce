"""The whole chain with real processes: prepared, claimed, sent, acknowledged, delivered, read.

Its baselines run after it on the same database and Redis, with the same number of worker processes and threads.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from pathlib import Path

from tortoise.functions import Sum

from esquadrao.campaigns.lifecycle import CampaignState
from esquadrao.campaigns.models import Campaign
from esquadrao.campaigns.process import process
from esquadrao.channels.models import Channel, ChannelState
from esquadrao.companies.models import Company
from esquadrao.database import connection, dialect
from esquadrao.gateways import bridge
from esquadrao.gateways.bridge import Command
from tests.bench import plain
from tests.bench.figures import Figure
from tests.bench.people import make_campaigns, make_channels, make_company, make_list
from tests.bench.processes import running, until

CHANNELS = {"sqlite": 40, "postgres": 1_000}
EACH = {"sqlite": 50, "postgres": 100}  # messages a Channel
LEAST = {"sqlite": 200, "postgres": 2_500}  # messages/s
ON_ONE = 1_000  # messages over a single Channel
LEAST_ON_ONE = 40  # messages/s
PATIENCE = 240.0  # s


async def measure() -> list[Figure]:
    engine = dialect()
    rate, total = await _rate(CHANNELS[engine], EACH[engine])
    many = min(total, plain.MOST)
    steps, no_ops = await plain.rates(many)
    name = f"chain.{engine}"
    return [
        Figure(name, rate, "messages/s", steps, "plain pipeline", LEAST[engine]),
        Figure(f"{name}.jobs", rate, "messages/s", no_ops, "bare no-op"),
    ]


async def one_channel() -> list[Figure]:
    rate, _ = await _rate(1, ON_ONE)
    bare = await plain.round_trips()
    return [
        Figure(
            f"channel.{dialect()}", rate, "messages/s", bare, "bare Redis round trips", LEAST_ON_ONE
        )
    ]


async def _rate(channels: int, each: int) -> tuple[float, int]:
    """Messages a second from the start of the workers to the last receipt applied, and how many there were."""
    alfa, ana = await make_company()
    lines = await make_channels(alfa, channels)
    lists = [
        await make_list(alfa, f"Lista {number}", first=number * each, count=each)
        for number in range(channels)
    ]
    pairs = list(zip(lines, lists, strict=True))
    total = channels * each
    async with running("bridge"):
        async with running("worker"):
            await connected(alfa, lines)
        # No worker while the audiences become Deliveries: `expanding` measures that, here the clock starts at prepare.
        for one in await make_campaigns(ana, pairs, state=CampaignState.PROCESSING):
            await process(alfa.id, one.id)
        if dialect() == "postgres":
            await connection().execute_script("ANALYZE")
        started = time.perf_counter()
        async with running("worker", "clock"):
            await until(lambda: all_read(alfa, total), f"{total} messages read", within=PATIENCE)
            took = time.perf_counter() - started
    written_once(total)
    return total / took, total


async def connected(company: Company, channels: list[Channel]) -> None:
    """Pair every Channel with the simulator and wait until its state came back."""
    await bridge.send(
        Command("session.start", company.id, one.id, {"version": 1}) for one in channels
    )

    async def all_connected() -> bool:
        up = Channel.of(company).filter(state=ChannelState.CONNECTED)
        return await up.count() >= len(channels)

    await until(all_connected, "channels connected", within=PATIENCE)


async def all_read(company: Company, total: int) -> bool:
    rows = await Campaign.of(company).annotate(many=Sum("read_count")).values("many")
    return sum(int(row["many"] or 0) for row in rows) >= total


def written_once(total: int) -> None:
    """A figure of a chain that doubles or drops is worth nothing: the simulator's ledger has each message once."""
    lines = Path(os.environ["SIMULATOR_LEDGER"]).read_text(encoding="utf-8").splitlines()
    writes = Counter(one["wa_id"] for one in map(json.loads, lines) if one["t"] == "write")
    if len(writes) != total or set(writes.values()) != {1}:
        raise RuntimeError(f"{len(writes)} of {total} messages in the ledger, or some twice")
