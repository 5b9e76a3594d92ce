"""POST /campaigns/{id}/pause, /resume, /cancel; from the list the answer is the row, elsewhere the live page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from esquadrao.campaigns import listing
from esquadrao.campaigns.lifecycle import ENDED, CampaignState
from esquadrao.campaigns.models import Campaign
from esquadrao.campaigns.pause import cancel, pause, resume
from esquadrao.companies.access import Permission, require
from esquadrao.companies.models import Company, User
from esquadrao.companies.sessions import SignedIn
from esquadrao.errors import Conflict
from web.auth import id_of
from web.pages.campaigns import row_of, state_of
from web.rendering import go, is_fragment, page

Verb = Callable[[Company, User, UUID], Awaitable[Campaign]]


async def create(request: Request, me: SignedIn) -> Response:
    return await _do(request, me, pause)


async def end(request: Request, me: SignedIn) -> Response:
    """Resuming is the end of a pause."""
    return await _do(request, me, resume)


async def confirm_cancel(request: Request, me: SignedIn) -> Response:
    require(me.user, Permission.CAMPAIGNS_PAUSE)
    campaign = await listing.one_of(me.company, me.user, id_of(request))
    if campaign.state in ENDED or campaign.state == CampaignState.DRAFT:
        return go(request, f"/campaigns/{campaign.id}")
    return page(request, "campaigns/cancel.html", campaign=campaign)


async def create_cancel(request: Request, me: SignedIn) -> Response:
    return await _do(request, me, cancel)


async def _do(request: Request, me: SignedIn, verb: Verb) -> Response:
    campaign = await listing.one_of(me.company, me.user, id_of(request))
    moved: Conflict | None = None
    try:
        campaign = await verb(me.company, me.user, campaign.id)
    except Conflict as conflict:
        moved = conflict
        campaign = await listing.one_of(me.company, me.user, campaign.id)
    in_list = request.query_params.get("from") == "list"
    if is_fragment(request) and in_list:
        row = await listing.one_row(me.company, me.user, campaign.id)
        return row_of(request, row, status=HTTPStatus.CONFLICT if moved else HTTPStatus.OK)
    if is_fragment(request) or moved:
        return await state_of(request, me, campaign, conflict=moved)
    return go(request, "/campaigns" if in_list else f"/campaigns/{campaign.id}")
