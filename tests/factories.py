"""Rows with defaults; nothing random, so that a failure looks the same twice."""

from __future__ import annotations

from collections.abc import Sequence

from esquadrao.campaigns import texts
from esquadrao.campaigns.models import Campaign
from esquadrao.channels.models import Channel, ChannelState
from esquadrao.channels.pace import Preset
from esquadrao.companies.models import Company, User
from esquadrao.contacts.models import Contact, ContactList, ListMember, OnWhatsApp
from esquadrao.contacts.numbers import jid_of
from esquadrao.database import db_now
from esquadrao.messages.models import Step

FIRST_NUMBER = 11_970_000_000


async def make_channel(
    company: Company,
    *,
    name: str = "Vendas 1",
    is_connected: bool = True,
    gap: float = 0,
    preset: Preset = Preset.SIMULATOR,
) -> Channel:
    moment = await db_now()
    channel = Channel(
        company_id=company.id,
        name=name,
        state=ChannelState.CONNECTED if is_connected else ChannelState.STOPPED,
        state_since=moment,
        next_send_at=moment,
        preset=preset,
        gap_min=gap,
        gap_max=gap,
    )
    await channel.save()
    return channel


async def make_contacts(
    company: Company, count: int, *, first: int = 0, is_checked: bool = True
) -> list[Contact]:
    """`is_checked`: WhatsApp said just now that they exist, as they are spelled."""
    contacts = []
    moment = await db_now()
    known = {"on_whatsapp": OnWhatsApp.EXISTS, "checked_at": moment} if is_checked else {}
    for number in range(first, first + count):
        national = str(FIRST_NUMBER + number)
        key = f"55{national[:2]}{national[3:]}"
        contacts.append(
            Contact(
                company_id=company.id,
                name=f"Pessoa {number}",
                phone=f"+55{national}",
                phone_key=key,
                custom={"cidade": "Recife"},
                search_text=f"pessoa {number}",
                jid=jid_of(f"+55{national}") if is_checked else "",
                **known,
            )
        )
    await Contact.insert_many(contacts)
    return contacts


async def make_list(
    company: Company, contacts: list[Contact], *, name: str = "Clientes"
) -> ContactList:
    made = ContactList(company_id=company.id, name=name)
    await made.save()
    await ListMember.insert_many(
        ListMember(company_id=company.id, contact_list_id=made.id, contact_id=one.id)
        for one in contacts
    )
    return made


async def make_campaign(
    user: User,
    channel: Channel | None,
    contact_list: ContactList | None,
    *,
    body: str = "Olá {{ nome }}",
    name: str = "Aviso",
    question: str = "",
    questions: Sequence[str] = (),
    has_footer: bool = False,
) -> Campaign:
    campaign = Campaign(
        company_id=user.company_id,
        name=name,
        channel_id=channel.id if channel else None,
        contact_list_id=contact_list.id if contact_list else None,
        created_by=user.id,
        has_footer=has_footer,
    )
    await campaign.save()
    await texts.write(campaign, Step.MAIN, [body])
    await texts.write(campaign, Step.ASK, [question, *questions])
    return campaign
