"""/campaigns/{id}/pace: slow a Campaign in motion, or let it keep its Channel's pace again."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from esquadrao.campaigns import listing
from esquadrao.campaigns.lifecycle import IN_MOTION
from esquadrao.campaigns.models import Campaign
from esquadrao.campaigns.slow import LONGEST, slow
from esquadrao.companies.access import Permission, require
from esquadrao.companies.sessions import SignedIn
from esquadrao.errors import Conflict, Invalid
from web.auth import id_of
from web.forms import Form, filled, read_form
from web.i18n import _
from web.pages.campaigns import state_of
from web.rendering import go, page


async def edit(request: Request, me: SignedIn) -> Response:
    require(me.user, Permission.CAMPAIGNS_PAUSE)
    campaign = await listing.one_of(me.company, me.user, id_of(request))
    if campaign.state not in IN_MOTION:
        return go(request, f"/campaigns/{campaign.id}")
    return _form(request, campaign, filled({"own_gap": campaign.own_gap}))


async def update(request: Request, me: SignedIn) -> Response:
    form = await read_form(request)
    campaign = await listing.one_of(me.company, me.user, id_of(request))
    try:
        await slow(me.company, me.user, campaign.id, gap_of(form))
    except Invalid as wrong:
        form.refuse(wrong)
        return _form(request, campaign, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except Conflict as ended:
        return await state_of(request, me, campaign, conflict=ended)
    toast = _("Ritmo salvo. Vale a partir do próximo envio.")
    return go(request, f"/campaigns/{campaign.id}", toast=toast)


def gap_of(form: Form) -> int | None:
    """None where nothing was typed; 0, which the domain refuses, for what is no number."""
    return (form.number("own_gap") or 0) if form.text("own_gap") else None


def _form(
    request: Request, campaign: Campaign, form: Form, *, status: int = HTTPStatus.OK
) -> Response:
    return page(
        request,
        "campaign_paces/edit.html",
        status=status,
        campaign=campaign,
        form=form,
        longest=LONGEST,
    )
