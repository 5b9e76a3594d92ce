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
from esquadrao.database import db_now
from esquadrao.gateways.bridge import Command
from esquadrao.messages.change import Change
from esquadrao.messages.gate import Allow, gate
from esquadrao.messages.models import BridgeLedger, MessageState
from esquadrao.settings import settings
from esquadrao.sql import uuid

# Channels one claim takes: 500 rows of 4 statements stay far below 200 ms, the longest SQLite may be held.
MOST_CHANNELS = 500

DUE = """
SELECT c.id, c.company_id, c.state, c.in_flight_message, c.next_send_at, c.gap_min, c.gap_max, (
  SELECT m.id FROM message m JOIN campaign k ON k.id = m.campaign_id AND k.company_id = m.company_id
  WHERE m.company_id = c.company_id AND m.channel_id = c.id AND m.state = 'pending' AND k.state = 'running'
    AND (m.retry_at IS NULL OR m.retry_at <= :now)
  ORDER BY m.id LIMIT 1) AS message_id
FROM channel c
WHERE c.state = 'connected' AND c.in_flight_message IS NULL AND c.next_send_at <= :now AND EXISTS (
  SELECT 1 FROM message m JOIN campaign k ON k.id = m.campaign_id AND k.company_id = m.company_id
  WHERE m.company_id = c.company_id AND m.channel_id = c.id AND m.state = 'pending' AND k.state = 'running'
    AND (m.retry_at IS NULL OR m.retry_at <= :now))
ORDER BY c.next_send_at LIMIT :most
"""
FIRST = """
SELECT m.id, m.company_id, m.channel_id, m.campaign_id, m.delivery_id, m.wa_id, m.to_phone, m.body, m.claim_no, m.again
FROM :keys AS v JOIN message m ON m.company_id = v.company_id AND m.id = v.id
WHERE m.state = 'pending' ORDER BY m.id"""
KEY: dict[str, sql.Kind] = {"company_id": "uuid", "id": "bigint"}
OCCUPIED: dict[str, sql.Kind] = {
    "company_id": "uuid",
    "id": "uuid",
    "message_id": "bigint",
    "next_send_at": "timestamptz",
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
    # The statement selects by what an index can see; the gate decides, on the rows it locked.
    due = await sql.rows(DUE + sql.row_lock("c", skip_locked=True), now=moment, most=MOST_CHANNELS)
    channels = {one.id: one for one in map(_channel, due) if isinstance(gate(one, moment), Allow)}
    firsts = [
        (row["company_id"], row["message_id"])
        for row in due
        if uuid(row["id"]) in channels and row["message_id"] is not None
    ]
    if not firsts:
        return Claim([], [])
    messages = await sql.rows(FIRST + sql.row_lock("m"), keys=sql.Given(KEY, firsts))
    if not messages:
        return Claim([], [])
    settle_by = moment + timedelta(seconds=settings().settle_after)
    ledger_id = await known_ledger()
    await sql.update_each(
        "message",
        sql.Given(KEY, [(one["company_id"], one["id"]) for one in messages]),
        on=("company_id", "id"),
        sets={
            "state": "'sending'",
            "claim_no": "t.claim_no + 1",
            "settle_by": ":settle_by",
            "asked_at": "NULL",
            "ledger_id": ":ledger_id",
            "code": "''",
        },
        where="t.state = 'pending'",
        settle_by=settle_by,
        ledger_id=ledger_id,
    )
    await _occupy(messages, channels, moment)
    return Claim(
        [_send(one, ledger_id, settle_by) for one in messages], [_sending(one) for one in messages]
    )


async def known_ledger() -> str | None:
    ledger = await BridgeLedger.get_or_none(shard=0)
    return ledger.ledger_id if ledger else None


def _channel(row: dict[str, Any]) -> Channel:
    """What the gate looks at of a Channel."""
    return Channel(
        id=uuid(row["id"]),
        company_id=uuid(row["company_id"]),
        state=row["state"],
        in_flight_message=row["in_flight_message"],
        next_send_at=sql.moment(row["next_send_at"]),
        gap_min=row["gap_min"],
        gap_max=row["gap_max"],
    )


def _sending(message: dict[str, Any]) -> Change:
    campaign_id = message["campaign_id"]
    return Change(
        uuid(message["company_id"]),
        uuid(campaign_id) if campaign_id else None,
        message["delivery_id"],
        MessageState.PENDING,
        MessageState.SENDING,
    )


async def _occupy(
    messages: list[dict[str, Any]], channels: dict[UUID, Channel], moment: datetime
) -> None:
    """One Message in flight a Channel, and the next one after a gap drawn from the Channel's own pace."""
    rows = []
    for message in messages:
        channel = channels[uuid(message["channel_id"])]
        # Not for secrets: the pause of a person typing, uniform between the two ends of the Channel's pace.
        gap = random.uniform(channel.gap_min, channel.gap_max)  # noqa: S311
        rows.append(
            (channel.company_id, channel.id, message["id"], moment + timedelta(seconds=gap))
        )
    await sql.update_each(
        "channel",
        sql.Given(OCCUPIED, rows),
        on=("company_id", "id"),
        sets={"in_flight_message": "v.message_id", "next_send_at": "v.next_send_at"},
        where="t.in_flight_message IS NULL",
    )


def _send(message: dict[str, Any], ledger_id: str | None, settle_by: datetime) -> Command:
    return Command(
        "message.send",
        uuid(message["company_id"]),
        uuid(message["channel_id"]),
        {
            "wa_id": message["wa_id"],
            "to": message["to_phone"],
            "content": {"text": message["body"]},
            "typing_ms": 0,
            "claim_no": message["claim_no"] + 1,
            "again": message["again"],
            "ledger_id": ledger_id,
            # Late for its claim is late for good: the bridge voids it and the row comes back to pending (R7).
            "expires_at": settle_by.isoformat(),
        },
    )
