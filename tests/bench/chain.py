"""The whole chain with real processes: prepared, claimed, sent, acknowledged, delivered, read.

Its baselines run after it on the same database and Redis, with the same number of worker processes and threads. Beside
the rate stands the CPU that each process spent on a message: it tells more where other work loads the machine.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tortoise.functions import Sum

from esquadrao import planner
from esquadrao.campaigns.lifecycle import CampaignState
from esquadrao.campaigns.models import Campaign
from esquadrao.campaigns.process import process
from esquadrao.channels.models import Channel, ChannelState
from esquadrao.companies.models import Company
from esquadrao.database import connection, dialect
from esquadrao.gateways import bridge
from esquadrao.gateways.bridge import Command
from tests.bench import cpu, plain
from tests.bench.figures import Figure
from tests.bench.people import make_campaigns, make_channels, make_company, make_list
from tests.bench.processes import running, until

CHANNELS = {"sqlite": 40, "postgres": 1_000}
EACH = {"sqlite": 50, "postgres": int(os.environ.get("BENCH_EACH", "100"))}  # messages a Channel
LEAST = {"sqlite": 200, "postgres": 2_500}  # messages/s
ON_ONE = 1_000  # messages over a single Channel
LEAST_ON_ONE = 40  # messages/s
PATIENCE = 240.0  # s
LOOK_EVERY = 25  # campaigns processed between two looks at what the planner believes
STARTED, ENDS = 0.2, 0.9  # of all messages; between them the chain runs evenly


@dataclass(frozen=True, slots=True)
class Run:
    """`cpu` in seconds by process."""

    total: int
    took: float
    steady: float  # messages/s
    cpu: Mapping[str, float]

    @property
    def rate(self) -> float:
        return self.total / self.took

    def costs(self, name: str) -> list[Figure]:
        each = {who: 1e6 * seconds / self.total for who, seconds in sorted(self.cpu.items())}
        each["all"] = sum(each.values())
        return [Figure(f"{name}.cpu.{who}", cost, "µs/message") for who, cost in each.items()]


async def measure() -> list[Figure]:
    engine = dialect()
    run = await _run(CHANNELS[engine], EACH[engine])
    steps, no_ops = await plain.rates(min(run.total, plain.MOST))
    name = f"chain.{engine}"
    return [
        Figure(name, run.rate, "messages/s", steps, "plain pipeline", LEAST[engine]),
        Figure(f"{name}.steady", run.steady, "messages/s", steps, "plain pipeline"),
        Figure(f"{name}.jobs", run.rate, "messages/s", no_ops, "bare no-op"),
        *run.costs(name),
    ]


async def one_channel() -> list[Figure]:
    rate = (await _run(1, ON_ONE)).rate
    bare = await plain.round_trips()
    return [
        Figure(
            f"channel.{dialect()}", rate, "messages/s", bare, "bare Redis round trips", LEAST_ON_ONE
        )
    ]


async def _run(channels: int, each: int) -> Run:
    """From the start of the workers to the last receipt applied."""
    alfa, ana = await make_company()
    lines = await make_channels(alfa, channels)
    lists = [
        await make_list(alfa, f"Lista {number}", first=number * each, count=each)
        for number in range(channels)
    ]
    pairs = list(zip(lines, lists, strict=True))
    async with running("bridge") as bridges:
        async with running("worker"):
            await connected(alfa, lines)
        # No worker while the audiences become Deliveries: `expanding` measures that, here the clock starts at prepare.
        for number, one in enumerate(
            await make_campaigns(ana, pairs, state=CampaignState.PROCESSING)
        ):
            if number % LOOK_EVERY == 0:
                await planner.look_again()  # as the clock does
            await process(alfa.id, one.id)
        if dialect() == "postgres":
            await connection().execute_script("ANALYZE")
        before = await cpu.spent(bridges)
        started = time.perf_counter()
        async with running("worker", "clock") as ids:
            steady = await _all_read(alfa, channels * each)
            took = time.perf_counter() - started
            after = await cpu.spent({**bridges, **ids})
    written_once(channels * each)
    spent = {name: seconds - before.get(name, 0.0) for name, seconds in after.items()}
    return Run(channels * each, took, steady, spent)


async def _all_read(company: Company, total: int) -> float:
    """Wait for the last message; gives messages/s of the time between."""
    seen: list[tuple[float, int]] = []

    async def is_done() -> bool:
        rows = await Campaign.of(company).annotate(many=Sum("read_count")).values("many")
        many = sum(int(row["many"] or 0) for row in rows)
        seen.append((time.perf_counter(), many))
        return many >= total

    await until(is_done, f"{total} messages read", within=PATIENCE)
    since, first = next(one for one in seen if one[1] >= STARTED * total)
    ends, last = next(one for one in seen if one[1] >= ENDS * total)
    return (last - first) / (ends - since) if ends > since else 0.0


async def connected(company: Company, channels: list[Channel]) -> None:
    """Pair every Channel with the simulator and wait until its state came back."""
    await bridge.send(
        Command("session.start", company.id, one.id, {"version": 1}) for one in channels
    )

    async def all_connected() -> bool:
        up = Channel.of(company).filter(state=ChannelState.CONNECTED)
        return await up.count() >= len(channels)

    await until(all_connected, "channels connected", within=PATIENCE)


def written_once(total: int) -> None:
    """A figure of a chain that doubles or drops is worth nothing: the simulator's ledger has each message once."""
    lines = Path(os.environ["SIMULATOR_LEDGER"]).read_text(encoding="utf-8").splitlines()
    writes = Counter(one["wa_id"] for one in map(json.loads, lines) if one["t"] == "write")
    if len(writes) != total or set(writes.values()) != {1}:
        raise RuntimeError(f"{len(writes)} of {total} messages in the ledger, or some twice")
