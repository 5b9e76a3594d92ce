"""After the database went back to an earlier state: nothing leaves by itself, and the ledger is asked first.

Every Campaign that moved is paused until a person resumes it. Every Message not ended is asked about, those that wait
too: what the lost hours sent comes back as sent (R8). Whoever has no Message yet gets the id they had, so a ledger
that knows it writes nothing again; a ledger that was lost too answers void to nobody, and the Message is unknown.
"""

from __future__ import annotations

import structlog

from esquadrao import instance
from esquadrao.campaigns import line
from esquadrao.campaigns.lifecycle import CampaignState, PauseReason
from esquadrao.campaigns.models import Campaign
from esquadrao.database import again_on_deadlock, db_now, locked
from esquadrao.messages.change import Change
from esquadrao.messages.models import Direction, Message, MessageState
from esquadrao.messages.receipts import known_ledger
from esquadrao.signals import Signal, Subject
from esquadrao.unit_of_work import unit_of_work

log = structlog.get_logger()
ABOVE = 1_000  # attempts: more than any Message makes, so that a command of the lost hours is below every fence
CHUNK = 500  # rows a transaction
S = MessageState
NOT_ENDED = (S.PENDING, S.SENDING, S.ACCEPTED)
MOVING = (CampaignState.SCHEDULED, CampaignState.PROCESSING, CampaignState.RUNNING)


async def look() -> None:
    """Once a sweep, and before the first claim of a process."""
    if await instance.has_gone_back():
        await recover()
    else:
        await instance.beat()


async def recover() -> int:
    """Idempotent; what dies in the middle is done again, since only the end of it moves the beat. Gives the epoch."""
    paused = await _pause()
    asked, after = 0, 0
    while batch := await _ask(after):
        asked, after = asked + len(batch), batch[-1]
    epoch = await instance.go_on()
    log.error("database_went_back", campaigns_paused=paused, messages_asked=asked, epoch=epoch)
    return epoch


async def _pause() -> int:
    async with unit_of_work() as work:
        moving = Campaign.across_companies().filter(state__in=MOVING)
        campaigns = await locked(moving.order_by("id").only("id", "company_id"))
        for one in campaigns:
            own = Campaign.of(one.company_id).filter(id=one.id, state__in=MOVING)
            await own.update(
                state=CampaignState.PAUSED, reason=PauseReason.RESTORED, reason_values=None
            )
            work.signal(Signal(one.company_id, Subject.CAMPAIGN, one.id))
    return len(campaigns)


@again_on_deadlock
async def _ask(after: int) -> list[int]:
    """The next Messages not ended are asked about by the sweeper; their ids."""
    async with unit_of_work() as work:
        rows = Message.across_companies().filter(
            id__gt=after, state__in=NOT_ENDED, direction=Direction.OUT
        )
        found = await locked(rows.order_by("id").limit(CHUNK))
        moment, ledger_id = await db_now(), await known_ledger()
        for one in found:
            own = Message.of(one.company_id).filter(id=one.id, state=one.state)
            await own.update(
                state=S.SENDING,
                claim_no=one.claim_no + ABOVE,
                ledger_id=one.ledger_id or ledger_id,
                settle_by=moment,
                asked_at=None,
            )
        changes = [
            Change(
                one.company_id, one.campaign_id, one.delivery_id, one.state, S.SENDING, "", one.step
            )
            for one in found
        ]
        await line.follow(work, changes)
    return [one.id for one in found]
