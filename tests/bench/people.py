"""A Company with Contacts, lists and Campaigns enough to measure with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from uuid import UUID

from esquadrao.campaigns.lifecycle import CampaignState
from esquadrao.campaigns.models import Campaign, Variant
from esquadrao.channels.models import Channel, ChannelState, Wish
from esquadrao.channels.pace import Preset
from esquadrao.companies.models import Company, Role, User
from esquadrao.contacts.models import Contact, ContactList, ListMember, OnWhatsApp
from esquadrao.contacts.numbers import jid_of
from esquadrao.database import db_now
from esquadrao.unit_of_work import unit_of_work

BODY = "Olá {{ primeiro_nome | default: 'cliente' }}, seu pedido {{ pedido }} está pronto em {{ cidade }}."
CHUNK = 5_000  # rows a transaction, so that no statement of the fixture grows without bound
FIRST_NUMBER = 60_000_000  # the ninth digit is dropped from the key only before 6 to 9


async def make_company(name: str = "Alfa") -> tuple[Company, User]:
    company = Company(name=name, wa_key=name.encode().hex().ljust(64, "0"))
    await company.save()
    owner = User(
        company_id=company.id,
        name="Ana",
        email=f"ana@{name.lower()}.example",
        password_hash="-",
        role=Role.OWNER,
    )
    await owner.save()
    return company, owner


def contact(company: Company, number: int, moment: datetime) -> Contact:
    """Already checked, so that figures of the chain stay comparable with those from before there was a check."""
    digits = str(FIRST_NUMBER + number)
    return Contact(
        company_id=company.id,
        name=f"Pessoa {number} da Silva",
        phone=f"+55119{digits}",
        phone_key=f"5511{digits}",
        email=f"pessoa{number}@exemplo.example",
        custom={"cidade": "Recife", "pedido": str(number)},
        on_whatsapp=OnWhatsApp.EXISTS,
        checked_at=moment,
        jid=jid_of(f"+55119{digits}"),
        search_text=f"pessoa {number} da silva pessoa{number}@exemplo.example 55119{digits}",
    )


async def make_list(company: Company, name: str, *, first: int, count: int) -> ContactList:
    """A list of `count` new people."""
    made = ContactList(company_id=company.id, name=name)
    await made.save()
    moment = await db_now()
    people = iter([contact(company, number, moment) for number in range(first, first + count)])
    while chunk := list(islice(people, CHUNK)):
        async with unit_of_work():
            await Contact.insert_many(chunk)
            await ListMember.insert_many(member(company, made, one.id) for one in chunk)
    return made


def member(company: Company, contact_list: ContactList, contact_id: UUID) -> ListMember:
    return ListMember(company_id=company.id, contact_list_id=contact_list.id, contact_id=contact_id)


async def make_channels(company: Company, count: int) -> list[Channel]:
    """Channels that wish to be connected, with no pause between two sends."""
    moment = await db_now()
    made = [
        Channel(
            company_id=company.id,
            name=f"Vendas {number}",
            state=ChannelState.STARTING,
            state_since=moment,
            wish=Wish.START,
            wish_version=1,
            next_send_at=moment,
            preset=Preset.SIMULATOR,
            gap_min=0,
            gap_max=0,
        )
        for number in range(count)
    ]
    await Channel.insert_many(made)
    return made


async def make_campaigns(
    owner: User, pairs: Sequence[tuple[Channel | None, ContactList]], *, state: CampaignState
) -> list[Campaign]:
    moment = await db_now()
    made = [
        Campaign(
            company_id=owner.company_id,
            name=f"Aviso {number}",
            channel_id=channel.id if channel else None,
            contact_list_id=contact_list.id,
            state=state,
            scheduled_at=moment,
            created_by=owner.id,
        )
        for number, (channel, contact_list) in enumerate(pairs)
    ]
    await Campaign.insert_many(made)
    await Variant.insert_many(
        Variant(company_id=owner.company_id, campaign_id=one.id, body=BODY) for one in made
    )
    return made
