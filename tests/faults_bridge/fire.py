"""The bridge in the fire: Campaigns roll and people write, it dies at random moments and at its fail points."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from esquadrao import tasks
from esquadrao.channels.models import Channel, ChannelState
from esquadrao.database import close_database, open_database
from esquadrao.gateways import bridge, live
from esquadrao.messages.models import Direction, Message
from tests.faults.audit import is_settled, late_evidence
from tests.faults.ground import BRIDGE
from tests.faults_bridge.audit import Found, audit, ledger
from tests.faults_bridge.ground import LEASE, SECOND, BridgeGround
from tests.faults_bridge.pairing import scanned
from tests.faults_bridge.people import People
from tests.faults_bridge.traffic import Traffic

SETTLES_WITHIN = (
    90.0  # s after the last fault: 20 of them pass before a message without an ack is given up
)
CHANNELS = 3
LOOK_EVERY = 0.05  # s
LONGEST_LIFE = 6.0  # s without the traffic that was waited for
CONNECTS_WITHIN = 20.0  # s, after which a kill is due all the same
POINTS = (
    *("taken", "judged", "answering", "answered", "confirmed"),
    *("arrived", "ratchet", "stepped", "writing", "relayed"),
)
ARMED = 0.5  # share of the bridges that start with a fail point
MOST_PASSAGES = 12
MOST_MESSAGES = 6  # that leave between a login and a kill


@dataclass
class Burnt:
    kills: int = 0
    by_point: Counter[str] = field(default_factory=Counter)
    other_faults: Counter[str] = field(default_factory=Counter)
    most_sockets: int = 0  # of one account at one moment
    settled: float = 0.0
    found: Found = field(default_factory=Found)

    def as_dict(self) -> dict[str, Any]:
        return {
            "kills": self.kills,
            "by_point": dict(self.by_point),
            "other_faults": dict(self.other_faults),
            "most_sockets": self.most_sockets,
            "settled_seconds": round(self.settled, 1),
            **self.found.as_dict(),
        }

    @property
    def is_clean(self) -> bool:
        # Who was frozen beyond the lease still has its socket open when the next one logs in, and only then.
        is_alone = self.found.replaced <= CHANNELS * self.other_faults["freeze"]
        return self.found.is_clean and is_alone and self.most_sockets <= 1


@dataclass
class Fire:
    """Needs a clean ground on which nothing runs but the fake WhatsApp."""

    ground: BridgeGround
    rng: Random
    kills: int
    within: float = math.inf  # s; fewer kills where the machine is slow
    burnt: Burnt = field(default_factory=Burnt)
    _bridge: str = BRIDGE  # the name of the one that lives
    _armed: str = ""  # its fail point

    async def burn(self) -> Burnt:
        await open_database(self.ground.database_url)
        try:
            return await self.burn_here()
        finally:
            await live.close()
            await bridge.close()
            await close_database()

    async def burn_here(self) -> Burnt:
        """As `burn`, where the database is open already."""
        self.ground.start(*self.ground.names)
        slow = {"ack_delay_ms": 30, "receipts_delay_ms": 30}  # so that a kill may fall between
        await self.ground.whatsapp.tell("policy", **slow, read=True)
        self.waves = await Traffic.made(self.ground, self.rng, channels=CHANNELS, pair=scanned)
        accounts = [one["phone"] for one in await self.ground.whatsapp.accounts()]
        self.people = People(self.ground.whatsapp, accounts, Random(self.rng.random()))
        going = [asyncio.create_task(one) for one in (self.waves.roll(), self.people.write())]
        going.append(asyncio.create_task(self._watch()))
        try:
            ends = time.monotonic() + self.within
            while self.burnt.kills < self.kills and time.monotonic() < ends:
                await self._life()
        finally:
            await tasks.end(going)
        await self._settle()
        return self.burnt

    async def _life(self) -> None:
        """Of one bridge, from its start to its death; or another fault, and it lives on."""
        chance = self.rng.random()
        if chance < 0.05:
            self.burnt.other_faults["flushall"] += 1
            with self.ground.redis() as client:
                client.flushall()
            await self._lives(self.rng.uniform(0, 1))
        elif chance < 0.10:
            await self._freeze()
        elif chance < 0.25:  # while it boots, takes its leases, logs in
            await self._lives(self.rng.uniform(0, 2.5))
            self._die()
        else:
            await self._connected()
            await self._traffic(self.rng.randint(0, MOST_MESSAGES))
            self._die()

    def _die(self) -> None:
        """Unless it died at its fail point; and the next one begins, half of them armed."""
        self._bury()
        most = self.rng.choice((1, 3, MOST_PASSAGES))
        point = f"bridge.{self.rng.choice(POINTS)}:{self.rng.randint(1, most)}"
        self._armed = point if self.rng.random() < ARMED else ""
        self.ground.start(self._bridge, fail_points=self._armed)

    def _bury(self) -> None:
        by = self.ground.killed(self._bridge)
        if by is None:
            self.ground.kill(self._bridge)
        elif by == 0:  # a SQLite that a frozen one has locked: whoever supervises starts it again
            self.burnt.other_faults["ended by itself"] += 1
            return
        self.burnt.kills += 1
        self.burnt.by_point["moment" if by is None else self._armed.partition(":")[0]] += 1

    async def _lives(
        self, seconds: float, until: Callable[[], Awaitable[bool]] | None = None
    ) -> None:
        """So long at most; less where it dies by itself, or what was waited for has come."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            if self.ground.killed(self._bridge) is not None or (until and await until()):
                return
            await asyncio.sleep(LOOK_EVERY)

    async def _connected(self) -> None:
        async def is_connected() -> bool:
            return all(one["sockets"] for one in await self.ground.whatsapp.accounts())

        await self._lives(CONNECTS_WITHIN, is_connected)

    async def _traffic(self, many: int) -> None:
        """Until WhatsApp got so many messages more from us: a moment is told by progress, on a busy machine too."""

        async def accepted() -> int:
            return int((await self.ground.whatsapp.ask("counts"))["accepted"])

        wanted = await accepted() + many

        async def is_reached() -> bool:
            return await accepted() >= wanted

        await self._lives(LONGEST_LIFE, is_reached)

    async def _freeze(self) -> None:
        """Beyond its lease, beside another that takes over; it wakes, and one of the two dies."""
        await self._connected()
        if self.ground.killed(self._bridge) is not None:
            return
        self.burnt.other_faults["freeze"] += 1
        frozen, other = self._bridge, SECOND if self._bridge == BRIDGE else BRIDGE
        self.ground.start(other)
        await asyncio.sleep(self.rng.uniform(0, 2))
        self.ground.freeze(frozen)
        await asyncio.sleep(self.rng.uniform(1.5, 4) * LEASE)
        self.ground.wake(frozen)
        await asyncio.sleep(self.rng.uniform(0, 2))
        self._bridge = self.rng.choice((frozen, other))
        self._bury()
        self._bridge = other if self._bridge == frozen else frozen

    async def _watch(self) -> None:
        """No account has two sockets, ever: WhatsApp would say "replaced" to one of them."""
        while True:
            for one in await self.ground.whatsapp.accounts():
                self.burnt.most_sockets = max(self.burnt.most_sockets, one["sockets"])
            await asyncio.sleep(LOOK_EVERY)

    async def _settle(self) -> None:
        """A bridge without fail points; wait until nothing moves; then compare."""
        self._bury()
        self.ground.start(self._bridge)
        began = time.monotonic()
        while time.monotonic() - began < SETTLES_WITHIN:
            with contextlib.suppress(Exception):  # somebody moved first
                await self.waves.resume()
            if not await self.unsettled():
                break
            await asyncio.sleep(0.25)
        self.burnt.settled = time.monotonic() - began
        self.burnt.found = await audit(self.waves.company, self.ground.whatsapp)
        for line in self.ground.wrong_moves():
            self.burnt.found.find("differing", line)

    async def unsettled(self) -> list[str]:
        """What still moves, in words."""
        company, whatsapp = self.waves.company, self.ground.whatsapp
        accounts = await whatsapp.accounts()
        shown = await whatsapp.ask("messages", direction="in")
        came = await Message.of(company).filter(direction=Direction.IN).count()
        moving = {
            "an account has no socket": not all(one["sockets"] for one in accounts),
            "a device has a queue": any(
                two["queued"] for one in accounts for two in one["devices"]
            ),
            "inbound is on its way": came < len(shown),
            "a channel is not connected": await Channel.of(company)
            .exclude(state=ChannelState.CONNECTED)
            .exists(),
            "a campaign moves": not await is_settled(company),
            "evidence is to come": bool(await late_evidence(company, await ledger(whatsapp))),
        }
        return [words for words, is_so in moving.items() if is_so]
