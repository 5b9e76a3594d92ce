"""A text of ours outside any Campaign, queued and taken back: it passes in front and spends no Campaign's limits."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from esquadrao.channels.wake import wake
from esquadrao.contacts.models import Contact
from esquadrao.contacts.numbers import to_phone
from esquadrao.database import db_now
from esquadrao.messages.identity import HEX_DIGITS, PREFIX, body_digest
from esquadrao.messages.models import Direction, Message, MessageState
from esquadrao.messages.settle import HANDED_OVER, withdrawn

log = structlog.get_logger()


MOST_AUTOMATIC = 5  # texts nobody typed, to one Contact …
WITHIN = timedelta(minutes=10)  # … in so long: more is two robots talking to each other


async def queue_automatic(contact: Contact, channel_id: UUID, body: str) -> Message | None:
    """As `queue_reply`, for what no person typed; None where the other side seems to be a robot too (D28)."""
    since = await db_now() - WITHIN
    sent = Message.of(contact.company_id).filter(
        contact_id=contact.id,
        direction=Direction.OUT,
        campaign_id=None,
        is_echo=False,
        created_at__gt=since,
    )
    if await sent.count() >= MOST_AUTOMATIC:
        log.warning("robot_not_answered", contact_id=str(contact.id))
        return None
    return await queue_reply(contact, channel_id, body)


async def queue_reply(contact: Contact, channel_id: UUID, body: str) -> Message:
    """In the caller's transaction, which rings dispatch. Its id is random, fixed here."""
    message = Message(
        company_id=contact.company_id,
        channel_id=channel_id,
        contact_id=contact.id,
        wa_id=PREFIX + secrets.token_hex(HEX_DIGITS // 2).upper(),
        to_phone=to_phone({"jid": contact.jid, "phone": contact.phone}),
        body=body,
        body_sha256=body_digest(body),
        created_at=await db_now(),
    )
    await message.save()
    await wake(contact.company_id, channel_id)
    return message


async def take_back(company_id: UUID, message_ids: Sequence[int], *, at: datetime) -> None:
    """What waits is cancelled; what is on its way is asked about, and ends where nothing was written (R7)."""
    if not message_ids:
        return
    texts = Message.of(company_id).filter(id__in=message_ids)
    on_its_way = texts.filter(state__in=HANDED_OVER, is_being_cancelled=False)
    await on_its_way.update(is_being_cancelled=True, settle_by=await db_now())
    for is_in_doubt in (False, True):
        waiting = texts.filter(state=MessageState.PENDING, doubt=is_in_doubt)
        await waiting.update(state=withdrawn(is_in_doubt=is_in_doubt), ended_at=at)
