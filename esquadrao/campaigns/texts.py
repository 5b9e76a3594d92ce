"""The texts of a Campaign, for each step up to ten: of the question that is asked first, and of the Message itself.

A person keeps the one a hash of their Delivery picks; positions are kept, so that a mended text is the same Variant.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from esquadrao.campaigns.models import Campaign, Variant
from esquadrao.companies.models import Company
from esquadrao.messages.models import Step

MOST = 10  # texts of one step


async def texts_of(company: Company | UUID, campaign_id: UUID, step: Step) -> list[str]:
    rows = Variant.of(company).filter(campaign_id=campaign_id, step=step)
    return [one.body for one in await rows.order_by("position")]


async def asks_first(company: Company | UUID, campaign_id: UUID) -> bool:
    return await Variant.of(company).filter(campaign_id=campaign_id, step=Step.ASK).exists()


async def write(campaign: Campaign, step: Step, bodies: Sequence[str]) -> None:
    """These and no others, in the caller's transaction. "No text" is no row, so that it has one meaning."""
    own = Variant.of(campaign.company_id).filter(campaign_id=campaign.id, step=step)
    kept = [body for body in bodies if body]
    await own.filter(position__gte=len(kept)).delete()
    known = {one.position for one in await own.only("position")}
    for position, body in enumerate(kept):
        if position in known:
            await own.filter(position=position).update(body=body)
            continue
        of = {"company_id": campaign.company_id, "campaign_id": campaign.id}
        await Variant(**of, step=step, position=position, body=body).save(force_create=True)
