"""Confirmation requests: opened when WhatsApp has one, closed once each.

A request that was only sent binds nobody: until WhatsApp has it, no answer can be to it (D19).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from esquadrao import sql
from esquadrao.campaigns.models import Answer, Confirmation
from esquadrao.database import db_now
from esquadrao.messages.models import Message, MessageState
from esquadrao.sql import uuid

ASKED: dict[str, sql.Kind] = {"company_id": "uuid", "delivery_id": "bigint"}
REQUESTS = """
SELECT m.company_id, m.campaign_id, m.delivery_id, m.contact_id, m.channel_id, m.server_ack_at, k.answer_hours
FROM :keys AS v JOIN message m ON m.company_id = v.company_id AND m.delivery_id = v.delivery_id AND m.step = -1
  JOIN campaign k ON k.company_id = m.company_id AND k.id = m.campaign_id
WHERE NOT EXISTS (
  SELECT 1 FROM confirmation c WHERE c.company_id = v.company_id AND c.delivery_id = v.delivery_id)
ORDER BY m.id"""
OPENED: dict[str, sql.Kind] = {
    "company_id": "uuid",
    "campaign_id": "uuid",
    "delivery_id": "bigint",
    "contact_id": "uuid",
    "channel_id": "uuid",
    "asked_at": "timestamptz",
    "answer_by": "timestamptz",
}


async def open_for(deliveries: Sequence[tuple[UUID, int]]) -> Counter[UUID]:
    """Requests that reached WhatsApp, in the transaction that says so; how many each Campaign has more.

    The caller holds the Messages, so nobody else opens the same ones.
    """
    if not deliveries:
        return Counter()
    keys = sql.Given(ASKED, list(deliveries))
    moment, rows = await db_now(), []
    opened: Counter[UUID] = Counter()
    for one in await sql.rows(REQUESTS, keys=keys):
        at = sql.moment(one["server_ack_at"]) or moment  # none: a person treats it as sent
        until = at + timedelta(hours=one["answer_hours"])
        of = [one[name] for name in list(OPENED)[:5]]
        rows.append((*of, at, until))
        opened[uuid(one["campaign_id"])] += 1
    if rows:
        fresh = {"answer": f"'{Answer.WAITING.value}'"}
        await sql.insert_each("confirmation", sql.Given(OPENED, rows), sets=fresh)
    return opened


async def close(
    company_id: UUID,
    requests: Sequence[Confirmation],
    answer: Answer,
    *,
    at: datetime,
    message_id: int | None = None,
) -> int:
    """Those still open; how many these were. A re-ask that waits is not sent any more."""
    rows = Confirmation.of(company_id).filter(id__in=[one.id for one in requests])
    hit = await rows.filter(answer=Answer.WAITING).update(
        answer=answer, answered_at=at, answered_with=message_id
    )
    again = [one.asked_again_with for one in requests if one.asked_again_with is not None]
    if again:
        waiting = Message.of(company_id).filter(id__in=again, doubt=False)
        await waiting.filter(state=MessageState.PENDING).update(
            state=MessageState.CANCELLED, ended_at=at
        )
    return hit
