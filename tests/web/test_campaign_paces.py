"""A Campaign's own pace on the pages: typed in the draft, shown before the start, changed while it moves."""

from __future__ import annotations

import pytest

from esquadrao.campaigns.lifecycle import CampaignState
from esquadrao.campaigns.models import Campaign
from esquadrao.clock import now
from tests.browsing import Browser, Page
from tests.conftest import Cast
from tests.factories import make_campaign, make_channel, make_contacts, make_list

SAID = "ao menos 120 s entre dois envios"


@pytest.fixture
async def campaign(sqlite_cast: Cast) -> Campaign:
    people = await make_list(sqlite_cast.alfa, await make_contacts(sqlite_cast.alfa, 3))
    return await make_campaign(sqlite_cast.ana, await make_channel(sqlite_cast.alfa), people)


def typed(campaign: Campaign, gap: str) -> dict[str, str]:
    ids = {"channel_id": str(campaign.channel_id), "contact_list_id": str(campaign.contact_list_id)}
    texts = {"name": "Aviso", "body": "Olá", "missing_variable": "fallback", "answer_hours": "48"}
    return {**ids, **texts, "version": str(campaign.version), "own_gap": gap, "then": "review"}


async def test_it_is_typed_in_the_draft_and_shown_before_the_start(
    ana: Browser, sqlite_cast: Cast, campaign: Campaign
) -> None:
    here = f"/campaigns/{campaign.id}"
    answer = await ana.submit(f"{here}/edit", typed(campaign, "120"))
    assert answer.headers["location"] == f"{here}/review"
    kept = await Campaign.one(sqlite_cast.alfa, campaign.id)
    assert (kept.own_gap, kept.pace_set_by) == (120, sqlite_cast.ana.id)
    assert SAID in (await ana.read(f"{here}/review")).words()
    form = await ana.read(f"{here}/edit")
    assert form.one("#own_gap").attributes["value"] == "120"
    answer = await ana.submit(f"{here}/edit", typed(kept, ""))
    assert answer.status_code == 303
    assert (await Campaign.one(sqlite_cast.alfa, campaign.id)).own_gap is None
    assert SAID not in (await ana.read(f"{here}/review")).words()


@pytest.mark.parametrize("gap", ["0", "3601", "-5", "dois minutos", "1.5"])
@pytest.mark.parametrize("page", ["edit", "pace"])
async def test_what_is_no_gap_is_refused_in_words(
    ana: Browser, sqlite_cast: Cast, campaign: Campaign, gap: str, page: str
) -> None:
    answer = await ana.submit(f"/campaigns/{campaign.id}/{page}", typed(campaign, gap))
    assert answer.status_code == 422
    wrong = Page(answer.text).one("#own_gap-error").text(strip=True)
    assert wrong == "Use de 1 a 3600 segundos, ou deixe vazio."
    assert Page(answer.text).one("#own_gap").attributes["value"] == gap
    assert (await Campaign.one(sqlite_cast.alfa, campaign.id)).own_gap is None


@pytest.mark.parametrize(
    "state", [CampaignState.SCHEDULED, CampaignState.RUNNING, CampaignState.PAUSED]
)
async def test_it_is_changed_while_the_campaign_moves(
    ana: Browser, sqlite_cast: Cast, campaign: Campaign, state: CampaignState
) -> None:
    here = f"/campaigns/{campaign.id}"
    counted = {"chosen": 3, "waiting": 3, "started_at": now(), "scheduled_at": now()}
    await Campaign.of(sqlite_cast.alfa).filter(id=campaign.id).update(state=state, **counted)
    page = await ana.read(here)
    assert page.css_first(f'a[href="{here}/pace"]') is not None
    answer = await ana.submit(f"{here}/pace", {"own_gap": "120"})
    assert (answer.status_code, answer.headers["location"]) == (303, here)
    assert SAID in (await ana.read(here)).words()
    assert (await ana.read(f"{here}/pace")).one("#own_gap").attributes["value"] == "120"
    await ana.submit(f"{here}/pace", {"own_gap": ""})
    assert SAID not in (await ana.read(here)).words()


async def test_what_has_ended_is_409_and_stays(
    ana: Browser, sqlite_cast: Cast, campaign: Campaign
) -> None:
    own = Campaign.of(sqlite_cast.alfa).filter(id=campaign.id)
    await own.update(state=CampaignState.FINISHED, chosen=3, sent=3)
    here = f"/campaigns/{campaign.id}"
    assert (await ana.get(f"{here}/pace")).headers["location"] == here
    answer = await ana.submit(f"{here}/pace", {"own_gap": "120"})
    assert answer.status_code == 409
    assert "A campanha já terminou: o ritmo não muda mais nada." in answer.text
    assert (await own.get()).own_gap is None
