"""Claim the first due Message of every due Channel and say what to write to the bridge (handover.md R1, R2).

The Channel's row is the lock: only who holds it moves a Message of that Channel from pending to sending, so two
dispatchers, or one that froze and woke, cannot both claim. Locks are taken in one order everywhere, Channel before
Message before Delivery before Campaign.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from esquadrao import sql
from esquadrao.channels.models import Channel
from esquadrao.database import db_now, dialect, locked
from esquadrao.gateways.bridge import Command
from esquadrao.messages.change import Change
from esquadrao.messages.gate import Allow, gate
from esquadrao.messages.models import BridgeLedger, Message, MessageState
from esquadrao.settings import settings

# Channels one claim takes: 500 rows of 4 statements stay far below 200 ms, the longest SQLite may be held.
MOST_CHANNELS = 500

DUE = """
SELECT c.id, (
  SELECT m.id FROM message m JOIN campaign k ON k.id = m.campaign_id AND k.company_id = m.company_id
  WHERE m.company_id = c.company_id AND m.channel_id = c.id AND m.state = 'pending' AND k.state = 'running'
  ORDER BY m.id LIMIT 1) AS message_id
FROM channel c
WHERE c.state = 'connected' AND c.in_flight_message IS NULL AND c.next_send_at <= :now AND EXISTS (
  SELECT 1 FROM message m JOIN campaign k ON k.id = m.campaign_id AND k.company_id = m.company_id
  WHERE m.company_id = c.company_id AND m.channel_id = c.id AND m.state = 'pending' AND k.state = 'running')
ORDER BY c.next_send_at LIMIT :most
"""
LOCK = {
    "sqlite": "",
    "postgres": " FOR NO KEY UPDATE OF c SKIP LOCKED",
    "mysql": " FOR UPDATE SKIP LOCKED",
}


@dataclass(frozen=True, slots=True)
class Claim:
    """Messages that are now `sending`: what to write to the bridge after the commit, and what to tell the Campaigns."""

    commands: list[Command]
    changes: list[Change]


async def is_anything_due() -> bool:
    """Whether some Channel has a Message that may leave now; what the clock asks twice a second."""
    return bool(await sql.rows(DUE, now=await db_now(), most=1))


async def claim(moment: datetime) -> Claim:
    """Claim inside the caller's transaction."""
    first = {UUID(str(row["id"])): row["message_id"] for row in await _due(moment)}
    # The statement selects by what an index can see; the gate decides, on the rows it locked.
    locked_channels = await Channel.across_companies().filter(id__in=list(first))
    channels = {one.id: one for one in locked_channels if isinstance(gate(one, moment), Allow)}
    ids = [first[channel_id] for channel_id in channels if first[channel_id] is not None]
    waiting = Message.across_companies().filter(id__in=ids, state=MessageState.PENDING)
    messages = await locked(waiting.order_by("id")) if ids else []
    if not messages:
        return Claim([], [])
    settle_by = moment + timedelta(seconds=settings().settle_after)
    ledger_id = await known_ledger()
    await sql.run(
        "UPDATE message SET state = 'sending', claim_no = claim_no + 1, settle_by = :settle_by, asked_at = NULL, "
        "ledger_id = :ledger_id, code = '' WHERE id IN :ids AND state = 'pending'",
        ids=[one.id for one in messages],
        settle_by=settle_by,
        ledger_id=ledger_id,
    )
    await _occupy(messages, channels, moment)
    return Claim(
        [_send(one, ledger_id, settle_by) for one in messages],
        [
            Change(
                one.company_id,
                one.campaign_id,
                one.delivery_id,
                MessageState.PENDING,
                MessageState.SENDING,
            )
            for one in messages
        ],
    )


async def known_ledger() -> str | None:
    ledger = await BridgeLedger.get_or_none(shard=0)
    return ledger.ledger_id if ledger else None


async def _due(moment: datetime) -> list[dict[str, Any]]:
    return await sql.rows(DUE + LOCK[dialect()], now=moment, most=MOST_CHANNELS)


async def _occupy(messages: list[Message], channels: dict[UUID, Channel], moment: datetime) -> None:
    """One Message in flight a Channel, and the next one after a gap drawn from the Channel's own pace."""
    pairs_message: list[tuple[object, object]] = []
    pairs_next: list[tuple[object, object]] = []
    for message in messages:
        channel = channels[message.channel_id]
        # Not for secrets: the pause of a person typing, uniform between the two ends of the Channel's pace.
        gap = random.uniform(channel.gap_min, channel.gap_max)  # noqa: S311
        pairs_message.append((channel.id, message.id))
        pairs_next.append((channel.id, moment + timedelta(seconds=gap)))
    in_flight, values = sql.choices(pairs_message, of="id", cast="bigint", prefix="m")
    next_send, more = sql.choices(pairs_next, of="id", cast="timestamptz", prefix="n")
    await sql.run(
        f"UPDATE channel SET in_flight_message = {in_flight}, next_send_at = {next_send} "
        "WHERE id IN :ids AND in_flight_message IS NULL",
        ids=[one.channel_id for one in messages],
        **values,
        **more,
    )


def _send(message: Message, ledger_id: str | None, settle_by: datetime) -> Command:
    return Command(
        "message.send",
        message.company_id,
        message.channel_id,
        {
            "wa_id": message.wa_id,
            "to": message.to_phone,
            "content": {"text": message.body},
            "typing_ms": 0,
            "claim_no": message.claim_no + 1,
            "again": message.again,
            "ledger_id": ledger_id,
            # Late for its claim is late for good: the bridge voids it and the row comes back to pending (R7).
            "expires_at": settle_by.isoformat(),
        },
    )
