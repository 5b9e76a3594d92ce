"""The text of a Campaign in motion is mended for who was not prepared yet; what is prepared keeps its own."""

from __future__ import annotations

import pytest

from esquadrao.campaigns.draft import body_of
from esquadrao.campaigns.launch import launch
from esquadrao.campaigns.lifecycle import CampaignState
from esquadrao.campaigns.models import Campaign
from esquadrao.campaigns.prepare import prepare
from esquadrao.campaigns.process import process
from esquadrao.campaigns.verify import verify
from esquadrao.messages.models import Message
from tests.browsing import Browser
from tests.conftest import Cast
from tests.factories import make_campaign, make_channel, make_contacts, make_list


@pytest.fixture
async def campaign(sqlite_cast: Cast) -> Campaign:
    """Running, with the window of a slow Channel prepared."""
    channel = await make_channel(sqlite_cast.alfa, gap=60)
    people = await make_list(sqlite_cast.alfa, await make_contacts(sqlite_cast.alfa, 12))
    made = await make_campaign(sqlite_cast.ana, channel, people)
    await launch(sqlite_cast.alfa, sqlite_cast.ana, made.id)
    await verify()
    await process(sqlite_cast.alfa.id, made.id)
    await prepare(sqlite_cast.alfa.id, made.id)
    return made


async def texts(cast: Cast) -> list[str]:
    return [one.body for one in await Message.of(cast.alfa).order_by("id")]


async def test_a_mended_text_holds_for_who_was_not_prepared(
    ana: Browser, sqlite_cast: Cast, campaign: Campaign
) -> None:
    ready = await texts(sqlite_cast)
    assert 0 < len(ready) < 12
    here = f"/campaigns/{campaign.id}"
    assert (await ana.read(f"{here}/text")).one("#body").text(strip=True) == "Olá {{ nome }}"
    answer = await ana.submit(f"{here}/text", {"body": "Oi {{ nome }}!", "version": "1"})
    assert (answer.status_code, answer.headers["location"]) == (303, here)
    await Message.of(sqlite_cast.alfa).all().update(state="delivered")
    await prepare(sqlite_cast.alfa.id, campaign.id)
    now = await texts(sqlite_cast)
    assert now[: len(ready)] == ready
    assert now[len(ready) :]
    assert all(one.startswith("Oi Pessoa") for one in now[len(ready) :])


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"body": "", "version": "1"}, 422),
        ({"body": "{{ nome", "version": "1"}, 422),
        ({"body": "Oi", "version": "7"}, 409),
    ],
)
async def test_what_cannot_be_sent_or_comes_too_late_changes_nothing(
    ana: Browser, sqlite_cast: Cast, campaign: Campaign, form: dict[str, str], status: int
) -> None:
    answer = await ana.submit(f"/campaigns/{campaign.id}/text", form)
    assert answer.status_code == status
    assert await body_of(sqlite_cast.alfa, campaign.id) == "Olá {{ nome }}"


async def test_a_campaign_that_ended_keeps_its_text(
    ana: Browser, sqlite_cast: Cast, campaign: Campaign
) -> None:
    await Campaign.of(sqlite_cast.alfa).all().update(state=CampaignState.FINISHED)
    answer = await ana.submit(f"/campaigns/{campaign.id}/text", {"body": "Oi", "version": "1"})
    assert answer.status_code == 409
    assert (await ana.get(f"/campaigns/{campaign.id}/text")).status_code == 303
    assert await body_of(sqlite_cast.alfa, campaign.id) == "Olá {{ nome }}"
