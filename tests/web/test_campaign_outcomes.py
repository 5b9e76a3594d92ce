"""The three buttons for what is unknown, the policy behind them, and the retry of who failed: one, or all."""

from __future__ import annotations

import pytest

from esquadrao.campaigns.lifecycle import CampaignState
from esquadrao.campaigns.models import Campaign, Delivery, UnknownPolicy
from esquadrao.clock import now
from esquadrao.messages.models import Message, MessageState
from tests.browsing import Browser
from tests.conftest import Cast
from tests.factories import make_campaign, make_channel, make_contacts, make_list


@pytest.fixture
async def campaign(sqlite_cast: Cast) -> Campaign:
    """Finished, with two unknown, one who failed for now and one whom WhatsApp will not take."""
    cast = sqlite_cast
    channel, people = await make_channel(cast.alfa), await make_contacts(cast.alfa, 4)
    made = await make_campaign(cast.ana, channel, await make_list(cast.alfa, people))
    ends = (("unknown", "no_ack"), ("unknown", "no_ack"), ("failed", "429"), ("failed", "463"))
    for contact, (state, code) in zip(people, ends, strict=True):
        own = {"company_id": cast.alfa.id, "campaign_id": made.id, "contact_id": contact.id}
        delivery = Delivery(**own, phone=contact.phone, phone_key=contact.phone_key, state="done")
        delivery.line_class, delivery.reason = state, code  # type: ignore[assignment]
        await delivery.save()
        await Message(
            **own,
            channel_id=channel.id,
            delivery_id=delivery.id,
            wa_id=f"{delivery.id}",
            to_phone=contact.phone,
            body="Oi",
            body_sha256="0" * 64,
            state=state,
            code=code,
            claim_no=1,
            created_at=now(),
        ).save()
    await (
        Campaign.of(cast.alfa)
        .filter(id=made.id)
        .update(
            state=CampaignState.FINISHED,
            chosen=4,
            unknown=2,
            failed=2,
            is_audience_whole=True,
            started_at=now(),
            finished_at=now(),
        )
    )
    return made


async def states(cast: Cast) -> list[str]:
    return [one.state.value for one in await Message.of(cast.alfa).order_by("id")]


async def test_the_page_offers_what_helps_and_says_why_not_the_rest(
    ana: Browser, campaign: Campaign
) -> None:
    tree = await ana.read(f"/campaigns/{campaign.id}?line=unknown")
    assert [
        one.attributes["value"] for one in tree.css("section.outcomes button[name=decision]")
    ] == [
        "sent",
        "again",
        "give_up",
    ]
    assert len(tree.css(".decide")) == 2
    assert "O WhatsApp pediu para enviar mais devagar." in tree.words()
    assert "Não tente de novo: espere este contato escrever." in tree.words()
    assert [one.attributes["value"] for one in tree.css("input[name=reason]")] == ["429"]
    assert "Da empresa: Esperar alguém decidir" in tree.words()


@pytest.mark.parametrize(
    ("decision", "becomes"), [("sent", "server_ack"), ("again", "pending"), ("give_up", "failed")]
)
@pytest.mark.parametrize("htmx", [False, True])
async def test_all_are_decided_at_once(
    ana: Browser, sqlite_cast: Cast, campaign: Campaign, *, decision: str, becomes: str, htmx: bool
) -> None:
    for _ in range(2):
        answer = await ana.submit(
            f"/campaigns/{campaign.id}/unknown", {"decision": decision}, htmx=htmx
        )
        assert answer.status_code == (200 if htmx else 303)
    assert (await states(sqlite_cast))[:2] == [becomes, becomes]


async def test_one_is_decided_in_its_row(
    ana: Browser, sqlite_cast: Cast, campaign: Campaign
) -> None:
    tree = await ana.read(f"/campaigns/{campaign.id}?line=unknown")
    delivery = tree.one(".decide input[name=delivery]").attributes["value"]
    here = f"/campaigns/{campaign.id}/unknown"
    answer = await ana.submit(here, {"decision": "sent", "delivery": delivery}, htmx=True)
    assert "1 incerta resolvida." in answer.text
    assert (await states(sqlite_cast))[:2] == ["server_ack", "unknown"]


async def test_only_the_curable_is_tried_again_and_the_campaign_goes_on(
    ana: Browser, sqlite_cast: Cast, campaign: Campaign
) -> None:
    answer = await ana.submit(f"/campaigns/{campaign.id}/retries")
    assert answer.status_code == 303
    assert (await states(sqlite_cast))[2:] == ["pending", "failed"]
    going = await Campaign.one(sqlite_cast.alfa, campaign.id)
    assert (going.state, going.waiting, going.failed) == (CampaignState.RUNNING, 1, 1)


async def test_the_policy_is_chosen_and_falls_back_to_the_companys(
    ana: Browser, sqlite_cast: Cast, campaign: Campaign
) -> None:
    here = f"/campaigns/{campaign.id}/unknown-policy"
    for given, stored in (("again", UnknownPolicy.AGAIN), ("", None)):
        assert (await ana.submit(here, {"policy": given})).status_code == 303
        assert (await Campaign.one(sqlite_cast.alfa, campaign.id)).unknown_policy == stored
    assert (await ana.submit(here, {"policy": "explode"})).status_code == 422
    bad = await ana.submit(f"/campaigns/{campaign.id}/unknown", {"decision": "explode"})
    assert bad.status_code == 422


async def test_a_cancelled_campaign_offers_no_send(
    ana: Browser, sqlite_cast: Cast, campaign: Campaign
) -> None:
    await Campaign.of(sqlite_cast.alfa).all().update(state=CampaignState.CANCELLED)
    tree = await ana.read(f"/campaigns/{campaign.id}")
    assert tree.css_first("button[value=again]") is None
    assert tree.css_first("input[name=reason]") is None
    refused = await ana.submit(f"/campaigns/{campaign.id}/unknown", {"decision": "again"})
    assert refused.status_code == 409
    assert (await states(sqlite_cast))[0] == MessageState.UNKNOWN


async def test_an_agent_decides_nothing(
    bruno: Browser, sqlite_cast: Cast, campaign: Campaign
) -> None:
    before = await states(sqlite_cast)
    here = f"/campaigns/{campaign.id}"
    for path, form in (("unknown", {"decision": "sent"}), ("retries", {}), ("unknown-policy", {})):
        assert (await bruno.submit(f"{here}/{path}", form)).status_code == 403
    assert await states(sqlite_cast) == before
