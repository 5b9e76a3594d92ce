"""Ask the ledger about Messages that were handed over and did not settle in time (handover.md R4, R6).

Asking fences the attempt: whatever the answer, a command of it that comes late is never written.
"""

from __future__ import annotations

from datetime import timedelta

from tortoise.expressions import Q

from esquadrao import sql
from esquadrao.database import again_on_deadlock, db_now, locked
from esquadrao.gateways import bridge
from esquadrao.gateways.bridge import Command
from esquadrao.messages.models import Message
from esquadrao.messages.settle import HANDED_OVER
from esquadrao.settings import settings
from esquadrao.unit_of_work import unit_of_work

MOST = 1_000  # questions a sweep


@again_on_deadlock
async def ask_unsettled() -> int:
    """Ask about every Message past its time, of every Company; returns how many. Asked again while no answer comes."""
    async with unit_of_work("ask") as work:
        moment = await db_now()
        again = moment + timedelta(seconds=settings().settle_after)
        # Nothing is given longer than that: what is later was reckoned before the clock was set back.
        late = Q(settle_by__lte=moment) | Q(settle_by__gt=again)
        rows = Message.across_companies().filter(late, state__in=HANDED_OVER)
        messages = await locked(rows.order_by("settle_by").limit(MOST), skip_locked=True)
        if not messages:
            return 0
        await sql.update_each(
            "message",
            sql.Given(
                {"company_id": "uuid", "id": "bigint"},
                [(one.company_id, one.id) for one in messages],
            ),
            on=("company_id", "id"),
            sets={"asked_at": ":moment", "settle_by": ":settle_by"},
            moment=moment,
            settle_by=again,
        )
        questions = [
            Command(
                "message.ask",
                one.company_id,
                one.channel_id,
                {"wa_id": one.wa_id, "claim_no": one.claim_no, "ledger_id": one.ledger_id},
            )
            for one in messages
        ]

        async def send() -> None:
            await bridge.send(questions)

        work.after_commit(send)
    return len(messages)
