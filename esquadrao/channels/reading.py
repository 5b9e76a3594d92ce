"""The Channels a Company has, for whoever may see them."""

from __future__ import annotations

from uuid import UUID

from esquadrao.channels.models import Channel
from esquadrao.channels.pair import living
from esquadrao.companies.access import Permission, require
from esquadrao.companies.models import Company, User

MOST = 200  # a Company has a handful; a list beyond this is a defect, not a page


async def all_of(company: Company, user: User) -> list[Channel]:
    """In the order of their creation, without the removed. Raises Forbidden."""
    require(user, Permission.CHANNELS_SEE)
    return (
        await Channel.of(company).filter(removed_at=None).order_by("created_at", "id").limit(MOST)
    )


async def one_of(company: Company, user: User, channel_id: UUID) -> Channel:
    """Raises Forbidden, NotFound."""
    require(user, Permission.CHANNELS_SEE)
    return await living(company, channel_id)
