"""A person decides what the engine may not: what became of the unknown, and whether those who failed are tried again.

Every step names the state it expects, so two clicks, two people or a crash in the middle decide each Message once, and
a receipt that came meanwhile wins. The id toward WhatsApp never changes. A Campaign that had finished goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

import structlog
from tortoise.expressions import F, Q
from tortoise.queryset import QuerySet

from esquadrao.campaigns import line
from esquadrao.campaigns.lifecycle import CampaignState
from esquadrao.campaigns.models import Campaign, Delivery
from esquadrao.companies.access import Permission, require
from esquadrao.companies.models import Company, User
from esquadrao.database import again_on_deadlock, locked
from esquadrao.errors import Conflict, NotFound
from esquadrao.jobs import DispatchMessages
from esquadrao.messages.change import Change
from esquadrao.messages.failures import RETRYABLE, codes_of
from esquadrao.messages.models import Message, MessageState
from esquadrao.unit_of_work import unit_of_work
from esquadrao.words import N_

log = structlog.get_logger()
BATCH = 500  # Messages a transaction: SQLite's one writer is not held for longer than 200 ms
MOST = 10_000  # Messages one press decides; what is left is shown, and asked for again
TREATED_AS_SENT, GIVEN_UP = "treated_as_sent", "given_up"
CANNOT_SEND = N_("A campanha foi cancelada: nada mais sai dela.")


class Decision(StrEnum):
    """What a person, or the Campaign's policy, makes of an unknown Message."""

    SENT = "sent"
    AGAIN = "again"  # the same id; the Message keeps its doubt until WhatsApp acknowledges it
    GIVE_UP = "give_up"


OUTCOMES: dict[Decision, tuple[MessageState, str]] = {
    Decision.SENT: (MessageState.SERVER_ACK, TREATED_AS_SENT),
    Decision.AGAIN: (MessageState.PENDING, ""),
    Decision.GIVE_UP: (MessageState.FAILED, GIVEN_UP),
}


async def decide(
    company: Company,
    user: User,
    campaign_id: UUID,
    decision: Decision,
    *,
    delivery_id: int | None = None,
) -> int:
    """Decide one unknown Delivery or all of them, at most `MOST`. Returns how many moved.

    Raises NotFound for a Delivery that is not the Campaign's, Conflict when a cancelled Campaign would send.
    """
    campaign = await _asked(company, user, campaign_id, delivery_id)
    if decision is Decision.AGAIN:
        _refuse_cancelled(campaign)
    unknown = Q(state=MessageState.UNKNOWN)
    moved = await _in_batches(company.id, campaign_id, decision, unknown & _only(delivery_id))
    # Until the audit of issue 6 stands, the log is where one reads who decided.
    log.info(
        "unknown_decided",
        campaign_id=str(campaign_id),
        user_id=str(user.id),
        decision=decision.value,
        messages=moved,
    )
    return moved


async def retry_failed(
    company: Company,
    user: User,
    campaign_id: UUID,
    *,
    codes: Sequence[str] = (),
    delivery_id: int | None = None,
) -> int:
    """Try those again whom another try may cure, at most `MOST`: the others stay as they are. Returns how many.

    Raises NotFound as `decide`, Conflict when the Campaign was cancelled.
    """
    _refuse_cancelled(await _asked(company, user, campaign_id, delivery_id))
    curable = [code for code in codes_of(*RETRYABLE) if not codes or code in codes]
    failed = Q(state=MessageState.FAILED, code__in=curable) & _only(delivery_id)
    moved = await _in_batches(company.id, campaign_id, None, failed)
    log.info("failed_retried", campaign_id=str(campaign_id), user_id=str(user.id), messages=moved)
    return moved


async def settle_batch(company_id: UUID, campaign_id: UUID, decision: Decision, which: Q) -> int:
    """One batch of unknown Messages, for the policy of the Campaign (sweep)."""
    return await _batch(company_id, campaign_id, decision, Q(state=MessageState.UNKNOWN) & which)


async def _asked(
    company: Company, user: User, campaign_id: UUID, delivery_id: int | None
) -> Campaign:
    require(user, Permission.CAMPAIGNS_PAUSE)
    campaign = await Campaign.one(company, campaign_id)
    if delivery_id is not None:
        own = Delivery.of(company).filter(id=delivery_id, campaign_id=campaign_id)
        if not await own.exists():
            raise NotFound
    return campaign


def _refuse_cancelled(campaign: Campaign) -> None:
    if campaign.state == CampaignState.CANCELLED:
        raise Conflict(CANNOT_SEND, code="state", state=campaign.state.value)


def _only(delivery_id: int | None) -> Q:
    return Q() if delivery_id is None else Q(delivery_id=delivery_id)


async def _in_batches(
    company_id: UUID, campaign_id: UUID, decision: Decision | None, which: Q
) -> int:
    total = 0
    while total < MOST:
        moved = await _batch(company_id, campaign_id, decision, which)
        total += moved
        if moved < BATCH:
            break
    return total


@again_on_deadlock
async def _batch(company_id: UUID, campaign_id: UUID, decision: Decision | None, which: Q) -> int:
    """`decision` None: those who failed go back to the queue."""
    async with unit_of_work() as work:
        found = Message.of(company_id).filter(which, campaign_id=campaign_id)
        messages = await locked(found.order_by("id").limit(BATCH))
        if not messages:
            return 0
        rows = Message.of(company_id).filter(id__in=[one.id for one in messages])
        if decision is None:
            after, code = MessageState.PENDING, ""
            await rows.update(state=after, code=code, retries=0, retry_at=None)
        else:
            after, code = OUTCOMES[decision]
            if decision is Decision.AGAIN:
                await _name_the_write(rows)
            await rows.update(state=after, code=code, is_being_cancelled=False)
        changes = [
            Change(company_id, campaign_id, one.delivery_id, one.state, after, code, one.step)
            for one in messages
        ]
        await line.follow(work, changes)
        if after is MessageState.PENDING:
            work.enqueue(DispatchMessages())
    return len(messages)


async def _name_the_write(rows: QuerySet[Message]) -> None:
    """The ledger writes over its own write only when told which (R3), and from then on there is doubt."""
    await rows.filter(again=0).update(again=F("claim_no"))
    await rows.update(doubt=True, retries=0, retry_at=None)
