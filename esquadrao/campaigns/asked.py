"""Confirmation requests: opened when WhatsApp has one, closed once each.

A request that was only sent binds nobody: until WhatsApp has it, no answer can be to it (D19). One that arrives when
its Campaign was cancelled or its Contact asked to be left alone is over at once, and waits for nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from esquadrao import sql
from esquadrao.campaigns.lifecycle import CampaignState
from esquadrao.campaigns.models import Answer, Confirmation
from esquadrao.database import db_now
from esquadrao.messages.models import Direction, Message, MessageState
from esquadrao.messages.reply import take_back
from esquadrao.sql import uuid

ASKED: dict[str, sql.Kind] = {"company_id": "uuid", "delivery_id": "bigint"}
REQUESTS = """
SELECT m.company_id, m.campaign_id, m.delivery_id, m.contact_id, m.channel_id, m.server_ack_at, k.answer_hours, k.state
FROM :keys AS v JOIN message m ON m.company_id = v.company_id AND m.delivery_id = v.delivery_id AND m.step = -1
  JOIN campaign k ON k.company_id = m.company_id AND k.id = m.campaign_id
WHERE NOT EXISTS (
  SELECT 1 FROM confirmation c WHERE c.company_id = v.company_id AND c.delivery_id = v.delivery_id)
ORDER BY m.id"""
PERSON: dict[str, sql.Kind] = {"company_id": "uuid", "id": "uuid"}
# Locked: who is suppressing them at this moment either sees the request or is seen.
PEOPLE = """
SELECT p.id, p.suppressed_at FROM :keys AS v JOIN contact p ON p.company_id = v.company_id AND p.id = v.id
ORDER BY p.id"""
OPENED: dict[str, sql.Kind] = {
    "company_id": "uuid",
    "campaign_id": "uuid",
    "delivery_id": "bigint",
    "contact_id": "uuid",
    "channel_id": "uuid",
    "asked_at": "timestamptz",
    "answer_by": "timestamptz",
    "answer": "text",
    "answered_at": "timestamptz",
}
Key = tuple[UUID, int]  # company, delivery


@dataclass(frozen=True, slots=True)
class Request:
    """One that WhatsApp has from now on."""

    row: dict[str, Any]
    is_cancelled: bool  # its Campaign
    is_left_alone: bool  # its Contact

    @property
    def key(self) -> Key:
        return uuid(self.row["company_id"]), int(self.row["delivery_id"])

    @property
    def is_over(self) -> bool:
        return self.is_cancelled or self.is_left_alone


async def reached(deliveries: Sequence[Key]) -> dict[Key, Request]:
    """Their requests, in the transaction that says so. The caller holds the Messages: nobody else opens the same."""
    if not deliveries:
        return {}
    found = await sql.rows(REQUESTS, keys=sql.Given(ASKED, list(deliveries)))
    people = {(uuid(row["company_id"]), uuid(row["contact_id"])) for row in found}
    keys = sql.Given(PERSON, sorted(people, key=str))
    locked = await sql.rows(PEOPLE + sql.row_lock("p"), keys=keys) if people else []
    alone = {uuid(one["id"]) for one in locked if one["suppressed_at"] is not None}
    requests = [
        Request(row, row["state"] == CampaignState.CANCELLED, uuid(row["contact_id"]) in alone)
        for row in found
    ]
    return {one.key: one for one in requests}


async def open_each(requests: Iterable[Request]) -> None:
    moment, rows = await db_now(), []
    for one in requests:
        at = sql.moment(one.row["server_ack_at"]) or moment  # none: a person treats it as sent
        until = at + timedelta(hours=one.row["answer_hours"])
        of = [one.row[name] for name in list(OPENED)[:5]]
        end = (Answer.CLOSED, moment) if one.is_over else (Answer.WAITING, None)
        rows.append((*of, at, until, *end))
    if rows:
        await sql.insert_each("confirmation", sql.Given(OPENED, rows), sets={})


async def close(
    company_id: UUID,
    requests: Sequence[Confirmation],
    answer: Answer,
    *,
    at: datetime,
    message_id: int | None = None,
) -> int:
    """Those still open; how many these were. A re-ask that did not leave does not any more."""
    rows = Confirmation.of(company_id).filter(id__in=[one.id for one in requests])
    hit = await rows.filter(answer=Answer.WAITING).update(
        answer=answer, answered_at=at, answered_with=message_id
    )
    again = [one.asked_again_with for one in requests if one.asked_again_with is not None]
    await take_back(company_id, again, at=at)
    return hit


async def hold(company_id: UUID, campaign_id: UUID) -> None:
    """A paused Campaign asks nothing: the re-asks that wait are taken back, and may be asked for anew."""
    queued = Message.of(company_id).filter(
        campaign_id=None, direction=Direction.OUT, state=MessageState.PENDING
    )
    texts = [one.id for one in await queued.only("id")]
    rows = Confirmation.of(company_id).filter(campaign_id=campaign_id, asked_again_with__in=texts)
    again = [one.asked_again_with for one in await rows] if texts else []
    if again:
        await take_back(company_id, [one for one in again if one], at=await db_now())
        await rows.update(asked_again_with=None)
