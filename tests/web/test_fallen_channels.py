"""D25: a Channel that fell is not started again behind anybody's back, and its owner reads it where they look."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from esquadrao.campaigns import watch
from esquadrao.campaigns.lifecycle import CampaignState
from esquadrao.campaigns.models import Campaign
from esquadrao.campaigns.sweep import sweep
from esquadrao.channels import pair
from esquadrao.channels.models import Channel, ChannelState
from esquadrao.clock import now
from tests.browsing import Browser
from tests.conftest import Cast
from tests.drain import receive
from tests.factories import make_campaign, make_channel
from tests.fake_bridge import FakeBridge

FELL = {
    ChannelState.LOGGED_OUT: (
        "Desconectada",
        "Este número não está mais ligado. Conecte com um novo código.",
    ),
    ChannelState.BANNED: (
        "Banida",
        "O WhatsApp bloqueou este número e nada mais sai. Abra o aplicativo no celular, peça a revisão",
    ),
}
STOPPED = "Parou sozinha: o WhatsApp desconectou ou bloqueou este número. Conecte de novo antes de retomar."
AWAY = "Parou sozinha: a conexão ficou mais de 10 min fora do ar. Conecte e retome."


@pytest.fixture
async def campaign(sqlite_cast: Cast, fake: FakeBridge) -> Campaign:
    """Running over a Channel that its owner asked to connect, and that did."""
    watch.forget()
    cast = sqlite_cast
    channel = await make_channel(cast.alfa, is_connected=False)
    await pair.start(cast.alfa, cast.ana, channel.id)
    assert fake.turn() == 1
    await receive()
    assert (await Channel.one(cast.alfa, channel.id)).is_connected
    made = await make_campaign(cast.ana, channel, None, name="Aviso de maio")
    counted = {"chosen": 3, "waiting": 3, "started_at": now(), "is_audience_whole": True}
    await Campaign.of(cast.alfa).filter(id=made.id).update(state=CampaignState.RUNNING, **counted)
    return await Campaign.one(cast.alfa, made.id)


async def tell(campaign: Campaign, fake: FakeBridge, state: ChannelState) -> None:
    version = (await Channel.of(campaign.company_id).get(id=campaign.channel_id)).wish_version
    of = {"company": str(campaign.company_id), "channel": str(campaign.channel_id)}
    said: dict[str, Any] = {"state": state, "reason": None, "me": None, "version": version}
    fake.emit([fake.event(of, "session.state", **said)])
    await receive()


@pytest.mark.parametrize("state", FELL)
async def test_d25_a_number_that_whatsapp_ended_is_told_everywhere_and_never_started_again(
    ana: Browser, campaign: Campaign, fake: FakeBridge, state: ChannelState
) -> None:
    await tell(campaign, fake, state)
    for _ in range(3):
        await sweep()
    assert fake.turn() == 0, "no reconnect: not now, and not at the next sweep"
    label, sentence = FELL[state]
    for here in (f"/channels/{campaign.channel_id}", "/channels", "/"):
        text = (await ana.read(here)).words()
        assert label in text, here
    assert sentence in (await ana.read(f"/channels/{campaign.channel_id}")).words()
    home = (await ana.read("/")).one(".needs").text()
    assert sentence in home
    assert STOPPED in home
    assert STOPPED in (await ana.read(f"/campaigns/{campaign.id}")).words()
    paused = await Campaign.one(campaign.company_id, campaign.id)
    assert paused.state is CampaignState.PAUSED


async def test_d25_a_line_that_comes_back_by_itself_is_news_only_when_it_stays_away(
    ana: Browser, campaign: Campaign, fake: FakeBridge
) -> None:
    await tell(campaign, fake, ChannelState.RECONNECTING)
    await sweep()
    assert "Reconectando" not in (await ana.read("/")).one(".needs").text()
    own = Channel.of(campaign.company_id).filter(id=campaign.channel_id)
    await own.update(state_since=now() - timedelta(minutes=6))
    await sweep()
    assert "Reconectando" in (await ana.read("/")).one(".needs").text()
    assert (await Campaign.one(campaign.company_id, campaign.id)).state is CampaignState.RUNNING
    await own.update(state_since=now() - timedelta(minutes=11))
    await sweep()
    assert AWAY in (await ana.read("/")).one(".needs").text()
    assert AWAY in (await ana.read(f"/campaigns/{campaign.id}")).words()
    assert (await Campaign.one(campaign.company_id, campaign.id)).state is CampaignState.PAUSED


async def test_d25_what_fell_at_one_company_is_no_news_at_another(
    carla: Browser, campaign: Campaign, fake: FakeBridge
) -> None:
    await tell(campaign, fake, ChannelState.BANNED)
    await sweep()
    text = (await carla.read("/")).words()
    assert "Banida" not in text
    assert "Aviso de maio" not in text
