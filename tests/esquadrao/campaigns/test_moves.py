"""Every state has its line in the tables of moves, and no statement makes another move."""

from __future__ import annotations

import pytest

from esquadrao.campaigns.launch import launch
from esquadrao.campaigns.lifecycle import (
    DELIVERY_MOVES,
    MESSAGE_MOVES,
    MOVES,
    CampaignState,
    DeliveryState,
)
from esquadrao.campaigns.models import Campaign, Delivery
from esquadrao.campaigns.prepare import prepare
from esquadrao.campaigns.process import process
from esquadrao.campaigns.verify import verify
from esquadrao.messages.models import Message, MessageState
from tests.conftest import Cast
from tests.factories import make_campaign, make_channel, make_contacts, make_list
from tests.moves import REFUSED


def test_every_state_has_its_line() -> None:
    assert set(MOVES) == set(CampaignState)
    assert set(DELIVERY_MOVES) == set(DeliveryState)
    assert set(MESSAGE_MOVES) == set(MessageState)


async def test_the_watch_refuses_what_is_no_move_and_nothing_else(
    cast: Cast, watched: None
) -> None:
    """Running, queued and pending rows: one wrong move each; then a right one."""
    people = await make_list(cast.alfa, await make_contacts(cast.alfa, 2))
    campaign = await make_campaign(cast.ana, await make_channel(cast.alfa), people)
    await launch(cast.alfa, cast.ana, campaign.id)
    await verify()
    await process(cast.alfa.id, campaign.id)
    await prepare(cast.alfa.id, campaign.id)
    campaigns, deliveries, messages = (
        one.of(cast.alfa).all() for one in (Campaign, Delivery, Message)
    )
    with pytest.raises(Exception, match=REFUSED):
        await campaigns.update(state=CampaignState.DRAFT)
    with pytest.raises(Exception, match=REFUSED):
        await deliveries.update(state=DeliveryState.CHOSEN)
    with pytest.raises(Exception, match=REFUSED):
        await messages.update(state=MessageState.ACCEPTED)
    assert await messages.update(state=MessageState.CANCELLED) == 2
