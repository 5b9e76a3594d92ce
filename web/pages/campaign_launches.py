"""/campaigns/{id}/review and /launch: what will happen, to how many, when; then the one button."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from esquadrao.campaigns import listing, wording
from esquadrao.campaigns.launch import launch
from esquadrao.campaigns.lifecycle import CampaignState
from esquadrao.campaigns.models import Campaign
from esquadrao.campaigns.review import review
from esquadrao.companies.sessions import SignedIn
from esquadrao.errors import Conflict, Invalid, Issue
from esquadrao.words import N_
from web import i18n, relative
from web.auth import id_of
from web.forms import Form, filled, read_form
from web.i18n import words_of
from web.pages.campaigns import state_of
from web.rendering import go, page

WHEN_MISSING = N_("Escolha o dia e a hora.")


async def show(request: Request, me: SignedIn) -> Response:
    campaign = await listing.one_of(me.company, me.user, id_of(request))
    if campaign.state != CampaignState.DRAFT:
        return go(request, f"/campaigns/{campaign.id}")
    return await _page(request, me, campaign, filled({"when": "now"}))


async def create(request: Request, me: SignedIn) -> Response:
    form = await read_form(request)
    campaign = await listing.one_of(me.company, me.user, id_of(request))
    try:
        await launch(me.company, me.user, campaign.id, at=_moment(form))
    except Invalid as wrong:
        form.refuse(wrong)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return await _page(request, me, campaign, form, status=status)
    except Conflict as moved:
        campaign = await listing.one_of(me.company, me.user, campaign.id)
        if campaign.state == CampaignState.DRAFT:
            form.summary = words_of(moved)
            return await _page(request, me, campaign, form, status=HTTPStatus.CONFLICT)
        return await state_of(request, me, campaign, conflict=moved)
    return go(request, f"/campaigns/{campaign.id}")


def _moment(form: Form) -> datetime | None:
    """None is now. The wall clock is the Company's."""
    if form.text("when") != "at":
        return None
    try:
        wall = datetime.fromisoformat(f"{form.text('date')}T{form.text('time')}")
        return wall.replace(tzinfo=i18n.zone()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid(
            WHEN_MISSING, code="bad_date", issues=(Issue("at", "bad_date", WHEN_MISSING),)
        ) from None


async def _page(
    request: Request,
    me: SignedIn,
    campaign: Campaign,
    form: Form,
    *,
    status: int = HTTPStatus.OK,
) -> Response:
    return page(
        request,
        "campaigns/review.html",
        status=status,
        campaign=campaign,
        form=form,
        seen=await review(me.company, campaign),
        wording=wording,
        relative=relative,
        words_of=words_of,
    )
