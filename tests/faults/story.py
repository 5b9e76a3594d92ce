"""One Company's Campaigns on a burning ground, followed by their progress, and the promise they must keep."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from esquadrao.campaigns.lifecycle import ENDED, CampaignState
from esquadrao.campaigns.models import Campaign
from esquadrao.channels.models import Channel, ChannelState
from esquadrao.messages.models import Message, MessageState
from tests.faults.audit import audit, is_settled, late_evidence
from tests.faults.ground import Ground
from tests.faults.waves import Waves

SETTLES_WITHIN = 65.0  # s after the last fault
LOOK_EVERY = 0.1  # s
TAIL = 3_000  # characters of each log shown on failure
OUT = (MessageState.PENDING, MessageState.SENDING, MessageState.ACCEPTED)


@dataclass
class Story:
    """`settings` are the processes' own variables in this test; whoever starts again gets them too."""

    ground: Ground
    waves: Waves
    settings: dict[str, str]
    campaigns: list[Campaign] = field(default_factory=list)

    @classmethod
    async def begun(
        cls, ground: Ground, *, settings: dict[str, str], channels: int = 8, people: int = 30
    ) -> Story:
        """Every process up, Channels paired, one Campaign launched on each."""
        ground.start(*ground.names, **settings)
        waves = await Waves.made(ground, Random(1), channels=channels, people=(people, people))
        story = cls(ground, waves, settings)
        for channel in waves.channels:
            story.campaigns.append(await waves.one(on=channel))
        return story

    def start(self, *names: str, fail_points: str = "") -> None:
        self.ground.start(*names, fail_points=fail_points, **self.settings)

    def kill(self, *names: str) -> None:
        """Kill -9, and start the next ones in their place."""
        for name in names:
            self.ground.kill(name)
        self.start(*names)

    async def all_begun(self) -> None:
        """Wait until no Campaign waits for its start: a clock that jumps before it would hold it for a person."""
        launched = Campaign.of(self.waves.company).filter(state=CampaignState.SCHEDULED)

        async def none_waits() -> bool:
            return not await launched.exists()

        await self.until("every campaign begun", none_waits)

    async def sent(self, share: float) -> None:
        """Wait until this share of everybody left: moments are told by progress, never by time."""
        everybody = sum([await self._people(one) for one in self.campaigns])

        async def reached() -> bool:
            left = Message.of(self.waves.company).exclude(state__in=OUT)
            return await left.count() >= share * everybody

        await self.until(f"{share:.0%} sent", reached)

    async def _people(self, campaign: Campaign) -> int:
        from esquadrao.contacts.models import ListMember  # noqa: PLC0415

        members = ListMember.of(self.waves.company)
        return await members.filter(contact_list_id=campaign.contact_list_id).count()

    async def until(self, what: str, good: Callable[[], object]) -> None:
        """Ask again until it is so. A database that is away is no answer."""
        ends = time.monotonic() + SETTLES_WITHIN
        while True:
            try:
                if await good():  # type: ignore[misc]
                    return
            except Exception:
                if time.monotonic() > ends:
                    raise
            if time.monotonic() > ends:
                raise AssertionError(f"{what}: not in time\n{self.logs()}")
            await asyncio.sleep(LOOK_EVERY)

    async def settled(self) -> None:
        async def is_quiet() -> bool:
            return await is_settled(self.waves.company) and not await late_evidence(
                self.waves.company, self.ground.ledger()
            )

        try:
            await self.until("everything at rest", is_quiet)
        except AssertionError as error:
            moving = await self._moving()
            raise AssertionError(f"{moving}\n{error}") from None

    async def _moving(self) -> list[str]:
        """What has not come to rest, in words."""
        company = self.waves.company
        campaigns = await Campaign.of(company).exclude(state__in=[*ENDED, CampaignState.DRAFT])
        lines = [
            f"campaign {one.name} {one.state} {one.reason} waiting {one.waiting} sending {one.sending}"
            for one in campaigns
        ]
        out = Message.of(company).filter(state__in=(*OUT, MessageState.UNKNOWN))
        lines += [
            f"message {one.id} {one.state} claim {one.claim_no} settle_by {one.settle_by} asked {one.asked_at}"
            f" cancelling {one.is_being_cancelled} code {one.code} campaign {one.campaign_id}"
            for one in await out.limit(20)
        ]
        busy = Channel.of(company).exclude(in_flight_message=None, state=ChannelState.CONNECTED)
        lines += [
            f"channel {one.name} {one.state} in flight {one.in_flight_message} next {one.next_send_at}"
            for one in await busy
        ]
        return lines

    async def promise_kept(self, *, unknown: int = 0) -> None:
        """Nobody twice, nobody lost, the line adds up, and not more is unknown than the fault allows."""
        await self.settled()
        found = await audit(self.waves.company, self.ground.ledger())
        assert found.is_clean, f"{found.told}\n{self.logs()}"
        assert found.contacts > 0
        assert not self.ground.wrong_moves()
        assert found.unknown <= unknown, f"{found.classes}\n{self.logs()}"

    async def is_idle(self) -> bool:
        """No ring waits in any queue."""
        with self.ground.redis() as client:
            return not any(
                client.llen(name)
                for name in client.keys("dramatiq:*")
                if client.type(name) == b"list"
            )

    def logs(self) -> str:
        ends = []
        for path in sorted(self.ground.folder.glob("*.log")):
            text = path.read_text(encoding="utf-8", errors="replace")
            ends.append(f"----- {path.name}\n{text[-TAIL:]}")
        return "\n".join(ends)
