"""A word of the bridge that comes after everybody thought the Campaign was over."""

from __future__ import annotations

from esquadrao.campaigns.dispatch import dispatch_once
from esquadrao.campaigns.launch import launch
from esquadrao.campaigns.lifecycle import CampaignState
from esquadrao.campaigns.prepare import prepare
from esquadrao.campaigns.process import process
from esquadrao.campaigns.progress import snapshot
from esquadrao.campaigns.verify import verify
from esquadrao.messages.ask import ask_unsettled
from tests.conftest import Cast
from tests.drain import drain, receive, settle_now
from tests.factories import make_campaign, make_channel, make_contacts, make_list
from tests.fake_bridge import FakeBridge

PEOPLE = 3


async def test_what_was_unknown_and_surely_not_written_leaves_after_all_though_the_campaign_was_over(
    cast: Cast, fake: FakeBridge
) -> None:
    """A bridge that wakes without its lease takes its own claim back (R6), long after everybody else was settled."""
    fake.receipts = ()
    people = await make_list(cast.alfa, await make_contacts(cast.alfa, PEOPLE))
    campaign = await make_campaign(cast.ana, await make_channel(cast.alfa), people)
    await launch(cast.alfa, cast.ana, campaign.id)
    await verify()
    await process(cast.alfa.id, campaign.id)
    await prepare(cast.alfa.id, campaign.id)
    for _ in range(PEOPLE):
        await dispatch_once()
        fake.turn()
        await receive()
        await settle_now(campaign.id)
        await ask_unsettled()
        fake.turn()
        await receive()
    progress = await snapshot(cast.alfa, campaign.id)
    assert (progress.unknown, progress.campaign.state) == (PEOPLE, CampaignState.FINISHED)
    written = fake.writes[0]
    entry = fake.ledger[written["channel"], written["wa_id"]]
    entry.state = "refused_retryable"
    told = {"wa_id": written["wa_id"], "claim_no": entry.claim_no, "code": "not_connected"}
    known = {"state": entry.state, "ledger_claim_no": entry.claim_no, "doubt": False}
    of = {"company": str(cast.alfa.id), "channel": written["channel"]}
    fake.emit([fake.event(of, "message.known", **told, **known)])
    await receive()
    progress = await snapshot(cast.alfa, campaign.id)
    assert (progress.waiting, progress.campaign.state) == (1, CampaignState.RUNNING)
    assert progress.adds_up
    fake.receipts = ("server_ack",)
    await drain(fake)
    progress = await snapshot(cast.alfa, campaign.id)
    assert (progress.sent, progress.unknown) == (1, PEOPLE - 1)
    assert progress.campaign.state is CampaignState.FINISHED
