"""The list, the live page and what may be asked of a Campaign: for whom, in which state, twice at once."""

from __future__ import annotations

from uuid import uuid4

import pytest

from esquadrao.campaigns.draft import body_of
from esquadrao.campaigns.lifecycle import CampaignState, DeliveryClass, DeliveryState
from esquadrao.campaigns.models import Campaign, Delivery
from esquadrao.clock import now
from esquadrao.companies.models import Company
from tests.browsing import Browser
from tests.conftest import Cast
from tests.factories import make_campaign, make_channel, make_contacts, make_list

STATES = [one for one in CampaignState if one != CampaignState.DRAFT]


async def ready(cast: Cast, *, people: int = 3, is_connected: bool = True) -> Campaign:
    channel = await make_channel(cast.alfa, is_connected=is_connected)
    chosen = await make_list(cast.alfa, await make_contacts(cast.alfa, people))
    return await make_campaign(cast.ana, channel, chosen)


async def put(campaign: Campaign, state: CampaignState, **columns: object) -> None:
    await Campaign.of(campaign.company_id).filter(id=campaign.id).update(state=state, **columns)


async def sent_to(
    campaign: Campaign, line_class: DeliveryClass, *, first: int, count: int = 1
) -> None:
    people = await make_contacts(Company(id=campaign.company_id), count, first=1000 + first)
    for one in people:
        await Delivery(
            company_id=campaign.company_id,
            campaign_id=campaign.id,
            contact_id=one.id,
            phone=one.phone,
            phone_key=one.phone_key,
            state=DeliveryState.DONE,
            line_class=line_class,
            reason="duplicate" if line_class == DeliveryClass.SKIPPED else "",
        ).save()


async def test_an_empty_list_offers_the_first_campaign(ana: Browser) -> None:
    tree = await ana.read("/campaigns")
    assert tree.one(".empty h2").text() == "Nenhuma campanha ainda"
    assert tree.css_first('.empty a[href="/campaigns/new"]') is not None


async def test_tabs_count_by_state_and_filter(ana: Browser, sqlite_cast: Cast) -> None:
    await make_campaign(sqlite_cast.ana, None, None, name="Um rascunho")
    done = await make_campaign(sqlite_cast.ana, None, None, name="Uma concluída")
    await put(done, CampaignState.FINISHED, chosen=2, sent=2)
    tree = await ana.read("/campaigns?state=finished")
    names = [one.text() for one in tree.css(".campaign-name")]
    assert names == ["Uma concluída"]
    counts = {one.text(strip=True) for one in tree.css(".tabs a")}
    assert {"Todas2", "Rascunho1", "Concluídas1", "Canceladas0"} <= {
        one.replace(" ", "") for one in counts
    }


async def test_the_list_is_paged_by_key(ana: Browser, sqlite_cast: Cast) -> None:
    for number in range(52):
        await make_campaign(sqlite_cast.ana, None, None, name=f"Campanha {number}")
    first = await ana.read("/campaigns")
    assert len(first.css(".campaign-row")) == 50
    following = first.one('a[rel="next"]').attributes["href"] or ""
    second = await ana.read(following)
    assert [one.text() for one in second.css(".campaign-name")] == ["Campanha 1", "Campanha 0"]
    assert (await ana.get("/campaigns?after=nonsense&state=nothing")).status_code == 200


@pytest.mark.parametrize("state", STATES)
async def test_the_live_page_renders_in_every_state(
    ana: Browser, sqlite_cast: Cast, state: CampaignState
) -> None:
    campaign = await ready(sqlite_cast)
    await put(
        campaign,
        state,
        chosen=3,
        sent=1,
        skipped=1,
        waiting=1,
        started_at=now(),
        scheduled_at=now(),
        reason="by_person" if state == CampaignState.PAUSED else "",
    )
    await sent_to(campaign, DeliveryClass.SENT, first=1)
    await sent_to(campaign, DeliveryClass.SKIPPED, first=2)
    tree = await ana.read(f"/campaigns/{campaign.id}")
    receiver = tree.one("#campaign")
    assert receiver.attributes["hx-swap"] == "morph:innerHTML"
    assert f"sse:campaign-{campaign.id}" in (receiver.attributes["hx-trigger"] or "")
    sentence = " ".join(tree.one(".line-sum").text().split())
    assert sentence == (
        "3 escolhidos = 1 fora + 1 esperando + 0 enviando + 1 enviadas + 0 falhas + 0 incertas + 0 canceladas"
    )
    inside = await ana.fragment(f"/campaigns/{campaign.id}?line=skipped")
    assert "<html" not in inside.text
    assert "O mesmo telefone já está na campanha." in inside.text
    assert (await ana.get("/campaigns")).status_code == 200
    row = await ana.fragment(f"/campaigns/{campaign.id}/row")
    assert row.status_code == 200
    assert f"campaign-row-{campaign.id}" in row.text


async def test_a_sum_that_fails_is_shown_as_wrong(ana: Browser, sqlite_cast: Cast) -> None:
    campaign = await ready(sqlite_cast)
    await put(campaign, CampaignState.RUNNING, chosen=3, sent=1, started_at=now())
    tree = await ana.read(f"/campaigns/{campaign.id}")
    assert tree.css_first(".wrong-sum") is not None


async def test_recipients_are_paged_by_key(ana: Browser, sqlite_cast: Cast) -> None:
    campaign = await ready(sqlite_cast)
    await sent_to(campaign, DeliveryClass.SENT, first=0, count=52)
    await put(campaign, CampaignState.FINISHED, chosen=52, sent=52)
    first = await ana.read(f"/campaigns/{campaign.id}?line=sent")
    assert len(first.css("tbody tr")) == 50
    following = first.one('a[rel="next"]').attributes["href"] or ""
    assert "line=sent" in following
    assert len((await ana.read(following)).css("tbody tr")) == 2


async def test_pause_resume_and_cancel_by_plain_forms(ana: Browser, sqlite_cast: Cast) -> None:
    campaign = await ready(sqlite_cast)
    await put(campaign, CampaignState.RUNNING, chosen=3, waiting=3, started_at=now())
    here = f"/campaigns/{campaign.id}"
    for action, state in (("pause", CampaignState.PAUSED), ("resume", CampaignState.PROCESSING)):
        answer = await ana.submit(f"{here}/{action}")
        assert (answer.status_code, answer.headers["location"]) == (303, here)
        assert (await Campaign.one(sqlite_cast.alfa, campaign.id)).state == state
    tree = await ana.read(f"{here}/cancel")
    assert "Cancelar é definitivo: 3 envios não sairão." in tree.text()
    assert (await ana.submit(f"{here}/cancel")).status_code == 303
    assert (await Campaign.one(sqlite_cast.alfa, campaign.id)).state == CampaignState.CANCELLED


@pytest.mark.parametrize("action", ["pause", "resume", "cancel"])
@pytest.mark.parametrize("htmx", [False, True])
async def test_what_came_too_late_is_409_with_the_state(
    ana: Browser, sqlite_cast: Cast, action: str, *, htmx: bool
) -> None:
    campaign = await ready(sqlite_cast)
    await put(campaign, CampaignState.FINISHED, chosen=3, sent=3, finished_at=now())
    answer = await ana.submit(f"/campaigns/{campaign.id}/{action}", htmx=htmx)
    assert answer.status_code == 409
    assert "A campanha já mudou de situação." in answer.text
    assert "Concluída" in answer.text
    assert ("<html" in answer.text) is not htmx
    assert (await Campaign.one(sqlite_cast.alfa, campaign.id)).state == CampaignState.FINISHED


async def test_from_the_list_the_answer_is_the_row(ana: Browser, sqlite_cast: Cast) -> None:
    campaign = await ready(sqlite_cast)
    await put(campaign, CampaignState.RUNNING, chosen=3, waiting=3, started_at=now())
    answer = await ana.submit(f"/campaigns/{campaign.id}/pause?from=list", htmx=True)
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith("<article")
    assert "Pausada" in answer.text
    again = await ana.submit(f"/campaigns/{campaign.id}/pause?from=list", htmx=True)
    assert again.status_code == 409
    assert "Pausada" in again.text


async def test_a_copy_opens_as_a_draft(ana: Browser, sqlite_cast: Cast) -> None:
    campaign = await ready(sqlite_cast)
    await put(campaign, CampaignState.FINISHED, chosen=3, sent=3)
    answer = await ana.submit(f"/campaigns/{campaign.id}/copy")
    assert answer.status_code == 303
    assert (await ana.get(answer.headers["location"])).status_code == 200
    assert await Campaign.of(sqlite_cast.alfa).filter(state=CampaignState.DRAFT).count() == 1


PAGES = ["", "/row", "/edit", "/review", "/cancel", "/pace"]
WRITES = [
    "/edit",
    "/launch",
    "/pause",
    "/resume",
    "/cancel",
    "/copy",
    "/retries",
    "/unknown-policy",
    "/pace",
]


@pytest.mark.parametrize("path", PAGES)
async def test_a_foreign_and_an_unknown_campaign_look_the_same(
    carla: Browser, sqlite_cast: Cast, path: str
) -> None:
    campaign = await ready(sqlite_cast)
    foreign = await carla.get(f"/campaigns/{campaign.id}{path}")
    unknown = await carla.get(f"/campaigns/{uuid4()}{path}")
    assert foreign.status_code == unknown.status_code == 404
    assert campaign.name not in foreign.text


@pytest.mark.parametrize("path", WRITES)
async def test_a_foreign_campaign_is_never_moved(
    carla: Browser, sqlite_cast: Cast, path: str
) -> None:
    campaign = await ready(sqlite_cast)
    answer = await carla.submit(f"/campaigns/{campaign.id}{path}", {"name": "Meu", "body": "x"})
    assert answer.status_code == 404
    kept = await Campaign.one(sqlite_cast.alfa, campaign.id)
    assert (kept.state, kept.name) == (CampaignState.DRAFT, "Aviso")
    assert await body_of(sqlite_cast.alfa, campaign.id) == "Olá {{ nome }}"
    assert await Campaign.of(sqlite_cast.beta).count() == 0


@pytest.mark.parametrize("path", ["", "/new"])
async def test_an_agent_sees_no_campaigns(bruno: Browser, sqlite_cast: Cast, path: str) -> None:
    assert (await bruno.get(f"/campaigns{path}")).status_code == 403


@pytest.mark.parametrize("path", [*PAGES])
async def test_an_agent_opens_no_campaign(bruno: Browser, sqlite_cast: Cast, path: str) -> None:
    campaign = await ready(sqlite_cast)
    assert (await bruno.get(f"/campaigns/{campaign.id}{path}")).status_code == 403


@pytest.mark.parametrize("path", WRITES)
async def test_an_agent_moves_no_campaign(bruno: Browser, sqlite_cast: Cast, path: str) -> None:
    campaign = await ready(sqlite_cast)
    assert (await bruno.submit(f"/campaigns/{campaign.id}{path}")).status_code == 403
    assert (await Campaign.one(sqlite_cast.alfa, campaign.id)).state == CampaignState.DRAFT
