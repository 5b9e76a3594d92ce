"""Channels paired with the fake WhatsApp: its phones scan the QR that the app would show."""

from __future__ import annotations

import asyncio
import contextlib
import time

from esquadrao.channels.models import Channel, ChannelState
from esquadrao.channels.pair import current_qr
from esquadrao.companies.models import Company, User
from tests.faults.pairing import PAIRS_WITHIN, asking
from tests.faults_bridge.ground import BridgeGround

FIRST_ACCOUNT = 5_511_980_000_000
SCAN_EVERY = 0.1  # s


def account_of(number: int) -> str:
    """The phone of the Channel that was made as the number-th."""
    return str(FIRST_ACCOUNT + number)


async def scanned(
    ground: BridgeGround, company: Company, user: User, count: int, *, gap: float
) -> list[Channel]:
    """Connected Channels, each QR scanned once, by a phone of its own. Raises when they do not connect."""
    made = await asking(company, count, gap=gap)
    phones = {one.id: account_of(number) for number, one in enumerate(made)}
    connected = Channel.of(company).filter(state=ChannelState.CONNECTED)
    ends = time.monotonic() + PAIRS_WITHIN
    while phones or await connected.count() < count:
        if time.monotonic() > ends:
            raise RuntimeError(f"channels did not connect, see {ground.folder}")
        for one, phone in list(phones.items()):
            qr = await current_qr(company, one)
            # A QR that another has replaced meanwhile is refused: the next look finds that one.
            with contextlib.suppress(RuntimeError):
                if qr is not None:
                    await ground.whatsapp.tell("scan", qr=qr.text, phone=phone)
                    del phones[one]
        await asyncio.sleep(SCAN_EVERY)
    return made
