"""Unknown is settled by evidence, a person or a policy; who failed is tried again only where that may cure it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from esquadrao.campaigns import line, policy, reasons
from esquadrao.campaigns.decide import Decision, decide, retry_failed
from esquadrao.campaigns.launch import launch
from esquadrao.campaigns.lifecycle import CampaignState, DeliveryClass
from esquadrao.campaigns.models import Campaign, Delivery, UnknownPolicy
from esquadrao.campaigns.pause import cancel
from esquadrao.campaigns.progress import Progress, snapshot
from esquadrao.campaigns.sweep import sweep
from esquadrao.companies.models import Company
from esquadrao.database import db_now
from esquadrao.errors import Conflict, Forbidden, NotFound
from esquadrao.messages.ask import ask_unsettled
from esquadrao.messages.models import Message, MessageState
from tests.conftest import Cast
from tests.drain import drain, receive, settle_now
from tests.factories import make_campaign, make_channel, make_contacts, make_list
from tests.fake_bridge import FakeBridge

pytestmark = pytest.mark.usefixtures("watched")

PEOPLE = 3


@pytest.fixture
async def campaign(cast: Cast, fake: FakeBridge) -> Campaign:
    """Everybody's message was written, and WhatsApp said nothing: three unknown, the Campaign finished."""
    channel = await make_channel(cast.alfa)
    people = await make_list(cast.alfa, await make_contacts(cast.alfa, PEOPLE))
    made = await make_campaign(cast.ana, channel, people)
    await launch(cast.alfa, cast.ana, made.id)
    fake.receipts = ()
    await to_the_end(made, fake)
    seen = await snapshot(cast.alfa, made.id)
    assert (seen.unknown, seen.campaign.state) == (PEOPLE, CampaignState.FINISHED)
    fake.receipts = ("server_ack", "delivered")
    return made


async def to_the_end(campaign: Campaign, fake: FakeBridge) -> None:
    """Drain, and ask about whatever hangs, until nothing does."""
    for _ in range(PEOPLE + 1):
        await drain(fake)
        await settle_now(campaign.id)
        if not await ask_unsettled():
            return
        fake.turn()
        await receive()


async def seen(cast: Cast, campaign: Campaign) -> Progress:
    assert await line.recount(cast.alfa.id, campaign.id) == {}
    found = await snapshot(cast.alfa, campaign.id)
    assert found.adds_up
    return found


def per_id(fake: FakeBridge) -> Counter[str]:
    return Counter(one["wa_id"] for one in fake.writes)


async def test_treated_as_sent_counts_as_sent_and_nothing_leaves(
    cast: Cast, campaign: Campaign, fake: FakeBridge
) -> None:
    assert await decide(cast.alfa, cast.ana, campaign.id, Decision.SENT) == PEOPLE
    await drain(fake)
    after = await seen(cast, campaign)
    assert (after.sent, after.unknown, after.campaign.state) == (PEOPLE, 0, CampaignState.FINISHED)
    assert len(fake.writes) == PEOPLE
    assert await Delivery.of(cast.alfa).filter(reason="treated_as_sent").count() == PEOPLE
    assert await decide(cast.alfa, cast.ana, campaign.id, Decision.SENT) == 0, "twice is once"


async def test_sent_again_bears_the_same_id_and_the_campaign_ends_again(
    cast: Cast, campaign: Campaign, fake: FakeBridge
) -> None:
    assert await decide(cast.alfa, cast.ana, campaign.id, Decision.AGAIN) == PEOPLE
    assert await decide(cast.alfa, cast.ana, campaign.id, Decision.AGAIN) == 0, "twice is once"
    going = await seen(cast, campaign)
    assert (going.waiting, going.campaign.state) == (PEOPLE, CampaignState.RUNNING)
    await drain(fake)
    after = await seen(cast, campaign)
    assert (after.sent, after.delivered) == (PEOPLE, PEOPLE)
    assert after.campaign.state is CampaignState.FINISHED
    assert set(per_id(fake).values()) == {2}
    assert await Message.of(cast.alfa).filter(doubt=True).count() == 0


async def test_again_and_again_names_the_attempt_the_ledger_holds(
    cast: Cast, campaign: Campaign, fake: FakeBridge
) -> None:
    """The second try is voided before it is written: the third must name the first, or it never leaves."""
    fake.receipts = ()
    one = await Delivery.of(cast.alfa).order_by("id").first()
    assert one is not None
    await decide(cast.alfa, cast.ana, campaign.id, Decision.AGAIN, delivery_id=one.id)
    fake.is_deaf = True
    await drain(fake)
    await settle_now(campaign.id)
    fake.is_deaf = False
    assert await ask_unsettled() == 1
    fake.turn()
    await receive()
    held = await Message.of(cast.alfa).get(delivery_id=one.id)
    assert (held.state, held.claim_no, held.again) == (MessageState.UNKNOWN, 2, 1)
    fake.receipts = ("server_ack",)
    await decide(cast.alfa, cast.ana, campaign.id, Decision.AGAIN, delivery_id=one.id)
    await drain(fake)
    assert per_id(fake)[held.wa_id] == 2
    assert (await seen(cast, campaign)).sent == 1


async def test_given_up_has_failed_and_a_late_receipt_still_lifts_it(
    cast: Cast, campaign: Campaign, fake: FakeBridge
) -> None:
    assert await decide(cast.alfa, cast.ana, campaign.id, Decision.GIVE_UP) == PEOPLE
    assert (await seen(cast, campaign)).failed == PEOPLE
    assert await retry_failed(cast.alfa, cast.ana, campaign.id) == 0, "nobody knows whether it left"
    written = fake.writes[0]
    command = {"company": str(cast.alfa.id), "channel": written["channel"]}
    said = {"wa_id": written["wa_id"], "claim_no": 1, "rank": "delivered"}
    fake.emit([fake.event(command, "message.status", **said, at=(await db_now()).isoformat())])
    await receive()
    after = await seen(cast, campaign)
    assert (after.failed, after.sent, after.delivered) == (PEOPLE - 1, 1, 1)


async def test_one_is_decided_and_the_others_wait(
    cast: Cast, campaign: Campaign, fake: FakeBridge
) -> None:
    one = await Delivery.of(cast.alfa).order_by("-id").first()
    assert one is not None
    moved = await decide(cast.alfa, cast.ana, campaign.id, Decision.SENT, delivery_id=one.id)
    after = await seen(cast, campaign)
    assert (moved, after.sent, after.unknown) == (1, 1, PEOPLE - 1)
    with pytest.raises(NotFound):
        await decide(cast.alfa, cast.ana, campaign.id, Decision.SENT, delivery_id=one.id + 10_000)


async def test_a_cancelled_campaign_sends_nobody_again(
    cast: Cast, campaign: Campaign, fake: FakeBridge
) -> None:
    await Campaign.of(cast.alfa).all().update(state=CampaignState.RUNNING)
    await cancel(cast.alfa, cast.ana, campaign.id)
    with pytest.raises(Conflict):
        await decide(cast.alfa, cast.ana, campaign.id, Decision.AGAIN)
    with pytest.raises(Conflict):
        await retry_failed(cast.alfa, cast.ana, campaign.id)
    await drain(fake)
    assert len(fake.writes) == PEOPLE
    assert await decide(cast.alfa, cast.ana, campaign.id, Decision.GIVE_UP) == PEOPLE


async def test_who_may_not_move_campaigns_decides_nothing(cast: Cast, campaign: Campaign) -> None:
    for decision in Decision:
        with pytest.raises(Forbidden):
            await decide(cast.alfa, cast.bruno, campaign.id, decision)
    assert (await seen(cast, campaign)).unknown == PEOPLE


async def test_only_what_another_try_may_cure_is_retried(
    cast: Cast, campaign: Campaign, fake: FakeBridge
) -> None:
    rows = await Message.of(cast.alfa).order_by("id")
    for row, code in zip(rows, ("unavailable", "must_write_first", "not_on_whatsapp"), strict=True):
        await Message.of(cast.alfa).filter(id=row.id).update(state="failed", code=code)
        await (
            Delivery.of(cast.alfa)
            .filter(id=row.delivery_id)
            .update(line_class="failed", reason=code)
        )
        for entry in fake.ledger.values():
            entry.state = "refused_retryable"
    await Campaign.of(cast.alfa).all().update(failed=PEOPLE, unknown=0)
    told = await reasons.of_class(cast.alfa, campaign.id, DeliveryClass.FAILED)
    assert {one.code: one.can_retry for one in told} == {
        "unavailable": True,
        "must_write_first": False,
        "not_on_whatsapp": False,
    }
    assert await retry_failed(cast.alfa, cast.ana, campaign.id, codes=["must_write_first"]) == 0
    assert await retry_failed(cast.alfa, cast.ana, campaign.id) == 1
    await drain(fake)
    after = await seen(cast, campaign)
    assert (after.sent, after.failed) == (1, 2)
    assert after.campaign.state is CampaignState.FINISHED


@pytest.mark.parametrize(
    ("chosen", "of_company", "becomes"),
    [
        (None, "hold", "unknown"),
        (UnknownPolicy.HOLD, "sent", "unknown"),
        (None, "sent", "sent"),
        (UnknownPolicy.GIVE_UP, "sent", "failed"),
        (UnknownPolicy.AGAIN, "hold", "waiting"),
    ],
)
async def test_the_policy_settles_what_nobody_decides_and_holding_is_the_default(
    cast: Cast, campaign: Campaign, *, chosen: UnknownPolicy | None, of_company: str, becomes: str
) -> None:
    await policy.choose(cast.alfa, cast.ana, campaign.id, chosen)
    await Company.of(cast.alfa).all().update(unknown_policy=of_company)
    await sweep()
    assert (await seen(cast, campaign)).unknown == PEOPLE, "a late receipt has its time first"
    long_ago = await db_now() - policy.GRACE - timedelta(seconds=1)
    await Message.of(cast.alfa).all().update(asked_at=long_ago)
    await sweep()
    await sweep()
    assert getattr(await seen(cast, campaign), becomes) == PEOPLE


async def test_the_policy_sends_again_once_and_then_holds(
    cast: Cast, campaign: Campaign, fake: FakeBridge
) -> None:
    fake.receipts = ()
    await policy.choose(cast.alfa, cast.ana, campaign.id, UnknownPolicy.AGAIN)
    for _ in range(3):
        long_ago = await db_now() - policy.GRACE - timedelta(seconds=1)
        await Message.of(cast.alfa).all().update(asked_at=long_ago)
        await sweep()
        await to_the_end(campaign, fake)
    assert set(per_id(fake).values()) == {2}
    assert (await seen(cast, campaign)).unknown == PEOPLE
