"""A Company with one of everything, each text of it marked: what the other Company must never see."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from tortoise import Tortoise

from esquadrao.campaigns import texts
from esquadrao.campaigns.lifecycle import CampaignState, DeliveryClass, DeliveryState
from esquadrao.campaigns.models import Answer, Campaign, Confirmation, Delivery, Variant
from esquadrao.channels import pairing_codes
from esquadrao.channels.models import Channel, ChannelState, Notice, NoticeKind
from esquadrao.clock import now
from esquadrao.companies.models import Company, Directory, User
from esquadrao.contacts.models import (
    Contact,
    ContactField,
    ContactImport,
    ContactList,
    ImportRefusal,
    ImportState,
    ListMember,
    PhonebookEntry,
    SuppressedBy,
    Suppression,
)
from esquadrao.contacts.suppress import Why, suppress
from esquadrao.messages.models import InboundEvent, Message, MessageState, Step
from esquadrao.tenancy import CompanyRow

PEOPLE = 3
FIRST_PHONE = 5_511_987_650_000  # the same people in both Companies: a phone alone tells nothing


@dataclass
class World:
    company: Company
    owner: User
    canary: str  # stands in every text of the Company
    ids: dict[str, UUID | int] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return f"Texto {self.canary}"


async def build(company: Company, owner: User, *, canary: str) -> World:
    world = World(company, owner, canary)
    await Company.of(company).update(name=world.text)
    await User.of(company).update(name=world.text)
    await _channels(world)
    contacts = await _contacts(world)
    await _import(world)
    await _told(world)
    for name, state in (
        ("campaign", CampaignState.RUNNING),
        ("draft", CampaignState.DRAFT),
        ("ready_draft", CampaignState.DRAFT),
        ("paused", CampaignState.PAUSED),
        ("finished", CampaignState.FINISHED),
    ):
        await _campaign(world, name, state, contacts)
    await _answers(world, contacts[-1])
    return world


async def _channels(world: World) -> None:
    moment = now()
    for name, state in (("channel", ChannelState.CONNECTED), ("pairing_channel", ChannelState.QR)):
        channel = Channel(
            company_id=world.company.id,
            name=world.text,
            profile_name=world.text,
            phone=f"+{FIRST_PHONE}",
            state=state,
            state_since=moment,
            next_send_at=moment + timedelta(hours=1),
            gap_min=0,
            gap_max=1,
        )
        await channel.save()
        world.ids[name] = channel.id
        qr = {
            "text": world.text,
            "expires_at": (moment + timedelta(minutes=1)).isoformat(),
            "attempt": 1,
        }
        await pairing_codes.keep_qr(world.company.id, channel.id, qr)


async def _contacts(world: World) -> list[Contact]:
    company = world.company
    one_field = ContactField(company_id=company.id, key="cidade", label=world.text)
    await one_field.save()
    made, empty = (
        ContactList(company_id=company.id, name=f"{world.text}{more}") for more in ("", " vazia")
    )
    await made.save()
    await empty.save()
    contacts = []
    for number in range(PEOPLE):
        contact = Contact(
            company_id=company.id,
            name=world.text,
            phone=f"+{FIRST_PHONE + number}",
            phone_key=f"5511{str(FIRST_PHONE + number)[5:]}",
            email=f"{world.canary}@x.example".lower(),
            custom={"cidade": world.text},
            search_text=world.text.lower(),
        )
        await contact.save()
        await ListMember(
            company_id=company.id, contact_list_id=made.id, contact_id=contact.id
        ).save()
        contacts.append(contact)
    world.ids |= {
        "contact": contacts[0].id,
        "contact_list": made.id,
        "empty_list": empty.id,
        "contact_field": one_field.id,
    }
    return contacts


async def _import(world: World) -> None:
    made = ContactImport(
        company_id=world.company.id,
        filename=f"{world.canary}.csv",
        file_key=f"{world.company.id}/{world.canary}",
        contact_list_id=world.ids["contact_list"],
        default_ddd="11",
        state=ImportState.DONE,
        total=1,
        refused=1,
        created_by=world.owner.id,
        touched_at=now(),
    )
    await made.save()
    await ImportRefusal(
        company_id=world.company.id,
        import_id=made.id,
        row_number=2,
        cells=[world.text],
        reason="phone_missing",
    ).save()
    world.ids["import"] = made.id


async def _told(world: World) -> None:
    """What a paired phone and WhatsApp told."""
    of = {"company_id": world.company.id, "channel_id": world.ids["channel"]}
    entry = PhonebookEntry(
        **of, phone="+5511987650099", phone_key="551187650099", name=world.text, seen_at=now()
    )
    await entry.save()
    notice = Notice(**of, kind=NoticeKind.RESTRICTED, since=now(), created_at=now())
    await notice.save()
    world.ids |= {"phonebook_entry": entry.id, "notice": notice.id}


async def _answers(world: World, contact: Contact) -> None:
    """What somebody wrote, and that they are left alone."""
    company_id = world.company.id
    await InboundEvent(
        company_id=company_id,
        channel_id=world.ids["channel"],
        wa_id=world.canary[:40],
        said=world.text,
        received_at=now(),
        applied_at=now(),
    ).save()
    await suppress(
        contact, Why(SuppressedBy.PERSON, user_id=world.owner.id, note=world.text), at=now()
    )
    world.ids["suppression"] = (await Suppression.of(company_id).get()).id


async def _campaign(world: World, name: str, state: CampaignState, contacts: list[Contact]) -> None:
    company = world.company
    is_draft = state is CampaignState.DRAFT
    campaign = Campaign(
        company_id=company.id,
        name=world.text,
        channel_id=world.ids["channel"],
        contact_list_id=world.ids["contact_list"],
        state=state,
        started_at=None if is_draft else now(),
        chosen=0 if is_draft else len(contacts),
        sent=0 if is_draft else len(contacts),
        asked_count=0 if is_draft else len(contacts),
        yes_count=0 if is_draft else len(contacts),
        created_by=world.owner.id,
    )
    await campaign.save()
    world.ids[name] = campaign.id
    await texts.write(campaign, Step.ASK, [world.text])
    variant = Variant(company_id=company.id, campaign_id=campaign.id, body=world.text)
    await variant.save()
    for contact in [] if is_draft else contacts:
        delivery = Delivery(
            company_id=company.id,
            campaign_id=campaign.id,
            contact_id=contact.id,
            phone=contact.phone,
            phone_key=contact.phone_key,
            state=DeliveryState.DONE,
            line_class=DeliveryClass.SENT,
            variant_id=variant.id,
        )
        await delivery.save()
        await Confirmation(
            company_id=company.id,
            campaign_id=campaign.id,
            delivery_id=delivery.id,
            contact_id=contact.id,
            channel_id=world.ids["channel"],
            asked_at=now(),
            answer_by=now(),
            answer=Answer.YES,
        ).save()
        world.ids["delivery"] = delivery.id
        await Message(
            company_id=company.id,
            channel_id=world.ids["channel"],
            campaign_id=campaign.id,
            delivery_id=delivery.id,
            contact_id=contact.id,
            wa_id=f"{delivery.id}",
            to_phone=contact.phone,
            body=world.text,
            body_sha256="0" * 64,
            state=MessageState.READ,
            created_at=now(),
        ).save()


def models() -> list[type[CompanyRow]]:
    registered = Tortoise.apps["esquadrao"].values()
    return [model for model in registered if issubclass(model, CompanyRow)]


async def rows_of(company: Company) -> list[tuple[str, str]]:
    """Every row of a Company as text: equal before and after means that nothing moved."""
    found = [
        (model.__name__, repr(sorted(row.items())))
        for model in models()
        for row in await model.of(company).values()
    ]
    entries: list[dict[str, Any]] = await Directory.filter(company_id=company.id).values()
    return sorted([*found, *(("Directory", repr(sorted(row.items()))) for row in entries)])
