"""Programs decide what is unknown and retry who failed, once a key."""

from __future__ import annotations

from esquadrao.campaigns.lifecycle import CampaignState
from esquadrao.campaigns.models import Campaign, Delivery
from esquadrao.clock import now
from esquadrao.messages.models import Message
from esquadrao_graphql.ids import Kind, opaque, signed
from tests.api import Program, operation
from tests.conftest import Cast
from tests.factories import make_campaign, make_channel, make_contacts, make_list


async def ended(cast: Cast, state: str, code: str, *, people: int = 2) -> tuple[str, list[str]]:
    """A finished Campaign whose Messages all ended so; its id and those of its Deliveries."""
    channel, contacts = await make_channel(cast.alfa), await make_contacts(cast.alfa, people)
    made = await make_campaign(cast.ana, channel, await make_list(cast.alfa, contacts))
    found = []
    for contact in contacts:
        own = {"company_id": cast.alfa.id, "campaign_id": made.id, "contact_id": contact.id}
        place = {"line_class": state, "state": "done", "reason": code}
        one = Delivery(**own, **place, phone=contact.phone, phone_key=contact.phone_key)
        await one.save()
        found.append(str(signed(Kind.DELIVERY, one.id, company_id=cast.alfa.id)))
        to = {"to_phone": contact.phone, "body": "Oi", "body_sha256": "0" * 64}
        where = {"channel_id": channel.id, "delivery_id": one.id, "wa_id": f"{one.id}"}
        how = {"state": state, "code": code, "claim_no": 1, "created_at": now()}
        await Message(**own, **to, **where, **how).save()
    counts = {"chosen": people, state: people, "is_audience_whole": True}
    await Campaign.of(cast.alfa).all().update(state=CampaignState.FINISHED, **counts)
    return str(opaque(Kind.CAMPAIGN, made.id)), found


async def test_an_unknown_delivery_is_settled_once_a_key(ana: Program, sqlite_cast: Cast) -> None:
    campaign_id, deliveries = await ended(sqlite_cast, "unknown", "no_ack")
    asked = {"id": campaign_id, "decision": "SENT", "deliveryId": deliveries[0]}
    document = operation("CampaignUnknownSettle")
    first, again = [
        await ana.ask(document, input=asked | {"idempotencyKey": "settle-0001"}) for _ in range(2)
    ]
    assert first["data"] == again["data"]
    assert again["extensions"] == {"idempotency": {"replayed": True}}
    told = first["data"]["campaignUnknownSettle"]["campaign"]["progress"]
    assert (told["sent"], told["unknown"]) == (1, 1)


async def test_all_are_sent_again_and_the_campaign_goes_on(ana: Program, sqlite_cast: Cast) -> None:
    campaign_id, _ = await ended(sqlite_cast, "unknown", "no_ack")
    asked = {"id": campaign_id, "decision": "AGAIN", "idempotencyKey": "settle-0002"}
    told = await ana.run("CampaignUnknownSettle", input=asked)
    assert told["campaign"]["state"] == "RUNNING"
    assert told["campaign"]["progress"]["waiting"] == 2


async def test_who_failed_for_now_is_retried_and_463_is_not(
    ana: Program, sqlite_cast: Cast
) -> None:
    campaign_id, deliveries = await ended(sqlite_cast, "failed", "must_write_first")
    asked = {"id": campaign_id, "idempotencyKey": "retry-0001"}
    told = await ana.run("CampaignRetryFailed", input=asked)
    assert (told["campaign"]["state"], told["campaign"]["progress"]["failed"]) == ("FINISHED", 2)
    await Message.of(sqlite_cast.alfa).all().update(code="rate_limited")
    asked = {"id": campaign_id, "deliveryId": deliveries[1], "idempotencyKey": "retry-0002"}
    told = await ana.run("CampaignRetryFailed", input=asked)
    assert (told["campaign"]["state"], told["campaign"]["progress"]["waiting"]) == ("RUNNING", 1)


async def test_an_agent_settles_and_retries_nothing(bruno: Program, sqlite_cast: Cast) -> None:
    campaign_id, _ = await ended(sqlite_cast, "unknown", "no_ack")
    for name, more in (("UnknownSettle", {"decision": "SENT"}), ("RetryFailed", {})):
        asked = {"id": campaign_id, "idempotencyKey": f"agent-{name}", **more}
        body = await bruno.ask(operation(f"Campaign{name}"), input=asked)
        assert body["errors"][0]["extensions"]["code"] == "INSUFFICIENT_SCOPE"
    assert await Message.of(sqlite_cast.alfa).filter(state="unknown").count() == 2
