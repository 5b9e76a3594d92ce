"""What keeps a Campaign from starting: the same answer for the button, the API and the engine."""

from __future__ import annotations

from esquadrao.campaigns.compose import parse
from esquadrao.campaigns.lifecycle import PauseReason
from esquadrao.campaigns.models import Campaign, Variant
from esquadrao.channels.models import Channel
from esquadrao.contacts.models import ListMember
from esquadrao.errors import Invalid
from esquadrao.messages.models import Step


async def blockers(campaign: Campaign) -> list[PauseReason]:
    """Reasons in the order a person would mend them; empty when it may start."""
    found: list[PauseReason] = []
    company_id = campaign.company_id
    members = ListMember.of(company_id).filter(contact_list_id=campaign.contact_list_id)
    if campaign.contact_list_id is None or not await members.exists():
        found.append(PauseReason.NO_CONTACTS)
    channel = await Channel.of(company_id).get_or_none(id=campaign.channel_id, removed_at=None)
    if campaign.channel_id is None or channel is None:
        found.append(PauseReason.NO_CHANNEL)
    elif not channel.is_connected:
        found.append(PauseReason.CHANNEL_NOT_CONNECTED)
    texts = await Variant.of(company_id).filter(campaign_id=campaign.id)
    if not any(one.body.strip() for one in texts if one.step == Step.MAIN):
        found.append(PauseReason.NO_TEXT)
    elif not all(_is_sound(one.body) for one in texts):
        found.append(PauseReason.TEXT_INVALID)
    return found


def _is_sound(body: str) -> bool:
    try:
        parse(body)
    except Invalid:
        return False
    return True
