"""Channels that ask to be paired, and those that the running simulator pairs by itself."""

from __future__ import annotations

import asyncio
import time

from esquadrao.channels.models import Channel, ChannelState, Wish
from esquadrao.channels.pace import Preset
from esquadrao.companies.models import Company, User
from esquadrao.database import db_now
from esquadrao.gateways import bridge
from esquadrao.gateways.bridge import Command
from tests.faults.ground import Ground

PAIRS_WITHIN = 40.0  # s


async def paired(
    ground: Ground, company: Company, user: User, count: int, *, gap: float
) -> list[Channel]:
    """Connected Channels with the given gap; the simulator scans their codes itself. Raises when it does not."""
    made = await asking(company, count, gap=gap)
    ends = time.monotonic() + PAIRS_WITHIN
    connected = Channel.of(company).filter(state=ChannelState.CONNECTED)
    while await connected.count() < count:
        if time.monotonic() > ends:
            raise RuntimeError(f"channels did not connect, see {ground.folder}")
        await asyncio.sleep(0.05)
    return made


async def asking(company: Company, count: int, *, gap: float) -> list[Channel]:
    """Channels that wish to be connected, and whose wish is on its way."""
    moment = await db_now()
    made = [
        Channel(
            company_id=company.id,
            name=f"Vendas {number}",
            state=ChannelState.STARTING,
            state_since=moment,
            wish=Wish.START,
            wish_version=1,
            next_send_at=moment,
            preset=Preset.SIMULATOR,
            gap_min=gap / 2,
            gap_max=gap * 1.5,
        )
        for number in range(count)
    ]
    await Channel.insert_many(made)
    await bridge.send(Command("session.start", company.id, one.id, {"version": 1}) for one in made)
    return made
