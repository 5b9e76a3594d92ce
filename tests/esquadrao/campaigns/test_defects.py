"""Defects of the field that no other test of the engine names: one each, as the number in its name says."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
import redis
from tortoise.exceptions import IntegrityError

from esquadrao.campaigns.dispatch import dispatch_once
from esquadrao.campaigns.launch import launch
from esquadrao.campaigns.lifecycle import DeliveryClass, DeliveryState
from esquadrao.campaigns.models import Campaign, Delivery
from esquadrao.campaigns.prepare import _variant_for, prepare
from esquadrao.campaigns.process import process
from esquadrao.campaigns.verify import verify
from esquadrao.messages.models import Step
from tests.conftest import Cast
from tests.drain import receive
from tests.factories import make_campaign, make_channel, make_contacts, make_list
from tests.fake_bridge import FakeBridge


async def running(cast: Cast, people: int) -> Campaign:
    channel = await make_channel(cast.alfa, name=f"Para {people}")
    everybody = await make_list(
        cast.alfa, await make_contacts(cast.alfa, people, first=1_000 * people), name=f"{people}"
    )
    campaign = await make_campaign(cast.ana, channel, everybody, name=f"{people}")
    await launch(cast.alfa, cast.ana, campaign.id)
    await verify()
    await process(cast.alfa.id, campaign.id)
    await prepare(cast.alfa.id, campaign.id)
    return campaign


async def test_d04_the_database_itself_forbids_one_phone_twice_in_a_campaign(cast: Cast) -> None:
    campaign = await running(cast, 1)
    first = await Delivery.of(cast.alfa).get(campaign_id=campaign.id)
    (other,) = await make_contacts(cast.alfa, 1, first=9)
    again = Delivery(
        company_id=cast.alfa.id,
        campaign_id=campaign.id,
        contact_id=other.id,
        phone=first.phone,
        phone_key=first.phone_key,
        state=DeliveryState.CHOSEN,
        line_class=DeliveryClass.WAITING,
    )
    with pytest.raises(IntegrityError):
        await again.save()


def test_d11_a_variant_is_chosen_by_the_delivery_alone_and_evenly() -> None:
    variants: list[UUID] = [uuid4() for _ in range(3)]
    chosen = [_variant_for(delivery_id, Step.MAIN, variants) for delivery_id in range(3_000)]
    assert chosen == [
        _variant_for(delivery_id, Step.MAIN, variants) for delivery_id in range(3_000)
    ]
    assert all(900 < chosen.count(one) < 1_100 for one in variants)
    assert {_variant_for(delivery_id, Step.MAIN, variants[:1]) for delivery_id in range(50)} == {
        variants[0]
    }


async def test_d21_what_a_send_costs_does_not_grow_with_the_audience(
    cast: Cast, clean_redis: redis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    fake = FakeBridge(clean_redis)

    async def statements(people: int) -> int:
        campaign = await running(cast, people)
        caplog.clear()
        with caplog.at_level("DEBUG", logger="tortoise.db_client"):
            assert await dispatch_once() == 1
            fake.turn()
            await receive()
        await Campaign.of(cast.alfa).filter(id=campaign.id).update(state="cancelled")
        return len([one for one in caplog.records if one.name == "tortoise.db_client"])

    few = await statements(5)
    assert few > 1
    assert await statements(300) <= few
