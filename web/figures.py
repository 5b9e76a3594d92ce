"""The figures of a Campaign for every page of this process that has it open: one read serves them all.

Two hundred pages that each asked for their block again would need two hundred answers for one receipt.
"""

from __future__ import annotations

import asyncio
from uuid import UUID

from esquadrao.campaigns import progress
from web import i18n
from web.rendering import environment

GATHER = 0.03  # s; whoever heard of the same change meanwhile gets the same text
_coming: dict[tuple[UUID, str], asyncio.Task[str]] = {}


async def figures(company_id: UUID, campaign_id: UUID) -> str:
    """Their HTML in the language of whoever asks, read after this call. The caller has checked the right to see it."""
    key = (campaign_id, i18n.language())
    if key not in _coming:
        _coming[key] = asyncio.create_task(_read(company_id, *key), name=f"figures-{campaign_id}")
    # Shielded: the page that asked first may go away.
    return await asyncio.shield(_coming[key])


async def _read(company_id: UUID, campaign_id: UUID, language: str) -> str:
    await asyncio.sleep(GATHER)
    del _coming[campaign_id, language]  # who asks from here on may know of something newer
    seen = await progress.counted(company_id, campaign_id)
    template = environment().get_template("campaigns/_figures.html")
    return template.render(seen=seen, campaign=seen.campaign)
