"""One round of the fire: Campaigns roll, processes die at random moments and at fail points, then it must settle."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

from esquadrao import failpoints, tasks
from esquadrao.database import close_database, open_database
from esquadrao.gateways import bridge, live
from tests.faults.audit import Findings, audit, is_settled, late_evidence
from tests.faults.ground import BRIDGE, CLOCKS, WORKERS, Ground
from tests.faults.waves import Waves

SETTLES_WITHIN = 65.0  # s after the last fault, the promise
TICK = 0.03  # s between two looks for the dead
BRIDGE_POINTS = (
    "taken",
    "judged",
    "torn",
    "written",
    "synced",
    "answering",
    "answered",
    "confirmed",
)
CLOCK_POINTS = ("clock.due", "clock.rung")
WORKER_POINTS = tuple(one for one in failpoints.POINTS if one not in CLOCK_POINTS)
ARMED = 0.9  # share of the processes that start with a fail point armed
MOST_PASSAGES = 12
# How the simulator and the engine's own times behave, one a round; the first is the fastest.
PROFILES: tuple[dict[str, str], ...] = (
    {"SIMULATOR_DELAYS": "login:0-1,pair:10,ack:0-40,delivered:0-20,read:0-20"},
    # Receipts later than `settle_after`: most messages are asked about, many are unknown for a while.
    {"SIMULATOR_DELAYS": "login:0-1,pair:10,ack:50-1500,delivered:0-50,read:0-50"},
    {
        "SIMULATOR_DELAYS": "login:0-1,pair:10,ack:0-300,delivered:0-100,read:0-100",
        "SIMULATOR_RATES": "nack:0.05,not_on_whatsapp:0.05,eight_digits:0.33,unacked:0,undelivered:0.1,unread:0.3",
    },
    # The product's own times.
    {
        "SIMULATOR_DELAYS": "login:0-1,pair:10,ack:0-80,delivered:0-80,read:0-80",
        "SETTLE_AFTER": "30",
        "SWEEP_EVERY": "5",
        "APPLIER_LEASE": "5",
    },
)


@dataclass
class Burnt:
    """What one round did and left."""

    kills: int = 0
    by_point: Counter[str] = field(
        default_factory=Counter
    )  # where the process stood, "moment" for a random one
    by_name: Counter[str] = field(default_factory=Counter)
    other_faults: Counter[str] = field(default_factory=Counter)
    settled: float = 0.0
    findings: Findings = field(default_factory=Findings)


@dataclass
class Fire:
    ground: Ground
    rng: Random
    profile: dict[str, str]
    kills: int
    pause: tuple[float, float] = (0.2, 1.6)  # s between two kills at a random moment
    servers: bool = True  # whether Redis and the database are killed too
    burnt: Burnt = field(default_factory=Burnt)
    _armed: dict[str, str] = field(default_factory=dict)

    async def burn(self) -> Burnt:
        """Needs a clean, migrated database and a ground on which nothing runs."""
        await open_database(self.ground.database_url)
        try:
            return await self.burn_here()
        finally:
            await live.close()
            await bridge.close()
            await close_database()

    async def burn_here(self) -> Burnt:
        """As `burn`, where the database is open already."""
        self.ground.start(*self.ground.names, **self.profile)
        waves = await Waves.made(self.ground, self.rng)
        rolling = asyncio.create_task(waves.roll())
        try:
            await self._kill_many()
        finally:
            await tasks.end([rolling])
        await self._settle(waves)
        return self.burnt

    async def _kill_many(self) -> None:
        next_at = time.monotonic() + 0.5
        while self.burnt.kills < self.kills:
            self._bury()
            if time.monotonic() >= next_at:
                await self._strike()
                next_at = time.monotonic() + self.rng.uniform(*self.pause)
            await asyncio.sleep(TICK)

    def _bury(self, *, armed: bool = True) -> None:
        """Count whoever died at its fail point and start the next one in its place."""
        for name in self.ground.names:
            by = self.ground.killed(name)
            if by is None:
                continue
            if (
                by == 0
            ):  # a database or Redis that is away at its start: whoever supervises starts it again
                self.burnt.other_faults["ended by itself"] += 1
                self._start(name, armed=False)
                continue
            self._count(name, self._armed.get(name, "?").partition(":")[0])
            self._start(name, armed=armed)

    async def _strike(self) -> None:
        chance = self.rng.random()
        if chance < 0.04:
            self.burnt.other_faults["flushall"] += 1
            with self.ground.redis() as client:
                client.flushall()
            return
        if chance < 0.06 and self.servers:
            self.ground.kill("redis")
            self._count("redis", "moment")
            self.ground.start_redis()
            return
        if chance < 0.075 and self.servers and self.ground.server:
            await asyncio.to_thread(self.ground.server.crash)
            self.burnt.other_faults["database crashed"] += 1
            # In this thread: a server dies with the thread that started it, and a pool's ends with the round.
            self.ground.server.start()
            return
        if chance < 0.13:
            await self._freeze(self.rng.choice((*WORKERS, BRIDGE)))
            return
        most = 3 if self.rng.random() < 0.1 else 1  # now and then several at once
        victims = self.rng.sample((*WORKERS, *WORKERS, *CLOCKS, BRIDGE, BRIDGE), k=most)
        for name in dict.fromkeys(victims):
            if self.ground.killed(name) is None:
                self.ground.kill(name)
                self._count(name, "moment")
                self._start(name)

    async def _freeze(self, name: str) -> None:
        """Beyond `settle_after` and the applier's lease, so that others take over what it holds; then it wakes."""
        if self.ground.killed(name) is not None:
            return
        self.burnt.other_faults["freeze"] += 1
        self.ground.freeze(name)
        await asyncio.sleep(self.rng.uniform(0.2, 2.5))
        self.ground.wake(name)

    def _start(self, name: str, *, armed: bool = True) -> None:
        points = self._points(name) if armed and self.rng.random() < ARMED else ""
        self._armed[name] = points
        self.ground.start(name, fail_points=points, **self.profile)

    def _points(self, name: str) -> str:
        if name == BRIDGE:
            point = f"bridge.{self.rng.choice(BRIDGE_POINTS)}"
        else:
            point = self.rng.choice(CLOCK_POINTS if name in CLOCKS else WORKER_POINTS)
        most = self.rng.choice((1, 3, MOST_PASSAGES))
        return f"{point}:{self.rng.randint(1, most)}"

    def _count(self, name: str, point: str) -> None:
        self.burnt.kills += 1
        self.burnt.by_name[name.partition(" ")[0]] += 1
        self.burnt.by_point[point] += 1

    async def _settle(self, waves: Waves) -> None:
        """Disarm, let everything go on, wait until nothing moves, then compare ledger and database."""
        for name in self.ground.names:
            if self._armed.get(name) and self.ground.killed(name) is None:
                self.ground.kill(name)
                self._count(name, "moment")
            if self.ground.killed(name) is not None:
                self._start(name, armed=False)
        began = time.monotonic()
        while time.monotonic() - began < SETTLES_WITHIN:
            with contextlib.suppress(
                Exception
            ):  # what a crash of the database left in our own pool
                await waves.resume()
                if await is_settled(waves.company) and not await late_evidence(
                    waves.company, self.ground.ledger()
                ):
                    break
            await asyncio.sleep(0.25)
        self.burnt.settled = time.monotonic() - began
        self.burnt.findings = await audit(waves.company, self.ground.ledger())
        for line in self.ground.wrong_moves():
            self.burnt.findings.find("unbalanced", line)


def report(burnt: Burnt) -> dict[str, Any]:
    return {
        "kills": burnt.kills,
        "by_name": dict(burnt.by_name),
        "by_point": dict(burnt.by_point),
        "other_faults": dict(burnt.other_faults),
        "settled_seconds": round(burnt.settled, 1),
        **burnt.findings.as_dict(),
    }
