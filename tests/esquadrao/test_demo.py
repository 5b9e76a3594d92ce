from __future__ import annotations

import asyncio

import pytest

from esquadrao.campaigns.models import Campaign
from esquadrao.channels.models import Channel
from esquadrao.companies.models import Company, User
from esquadrao.companies.sign_in import sign_in
from esquadrao.contacts.models import Contact, ContactList, ListMember
from esquadrao.demo import ANA, BRUNO, CARLA, create_demo, set_demo_password
from esquadrao.errors import Invalid

PASSWORD = "barco verde na chuva 7"
OTHER = "trem amarelo no morro 3"


async def company_of(email: str) -> Company:
    (user,) = await sign_in(email, PASSWORD, address="::1")
    return await Company.one(user.company_id, user.company_id)


async def test_the_demo_has_two_companies_ready_to_look_around(db: str) -> None:
    assert await create_demo(PASSWORD)
    alfa, beta = await company_of(ANA), await company_of(CARLA)
    assert (await company_of(BRUNO)).id == alfa.id
    counts = [
        [
            await model.of(one).count()
            for model in (User, Contact, ContactList, ListMember, Channel, Campaign)
        ]
        for one in (alfa, beta)
    ]
    assert counts == [[2, 120, 2, 150, 1, 1], [1, 40, 1, 40, 1, 0]]
    phones = [{row.phone for row in await Contact.of(one)} for one in (alfa, beta)]
    assert len(phones[0] & phones[1]) == 10


async def test_the_demo_is_made_once_even_by_two_at_once(db: str) -> None:
    made = await asyncio.gather(create_demo(PASSWORD), create_demo(PASSWORD))
    assert sorted(made) == [False, True]
    assert not await create_demo(OTHER)
    assert await Contact.of(await company_of(ANA)).count() == 120


async def test_a_lost_demo_password_can_be_set(db: str) -> None:
    await create_demo(PASSWORD)
    await set_demo_password(OTHER)
    assert [len(await sign_in(email, OTHER, address="::1")) for email in (ANA, BRUNO, CARLA)] == [
        1,
        1,
        1,
    ]
    with pytest.raises(Invalid):
        await sign_in(ANA, PASSWORD, address="::1")


async def test_a_weak_demo_password_makes_nothing(db: str) -> None:
    with pytest.raises(Invalid):
        await create_demo("curta")
    assert await create_demo(PASSWORD), "the refused one took no claim"
