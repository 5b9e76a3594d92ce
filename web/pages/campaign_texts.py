"""/campaigns/{id}/text: mend the text of a Campaign in motion, for who was not prepared yet."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from esquadrao.campaigns import draft, listing
from esquadrao.campaigns.compose import LONGEST_TEXT
from esquadrao.campaigns.lifecycle import IN_MOTION
from esquadrao.campaigns.models import Campaign
from esquadrao.campaigns.rewrite import rewrite
from esquadrao.companies.access import Permission, require
from esquadrao.companies.sessions import SignedIn
from esquadrao.errors import Conflict, Invalid
from web.auth import id_of
from web.forms import Form, filled, read_form
from web.i18n import _, words_of
from web.rendering import go, page


async def edit(request: Request, me: SignedIn) -> Response:
    require(me.user, Permission.CAMPAIGNS_LAUNCH)
    campaign = await listing.one_of(me.company, me.user, id_of(request))
    if campaign.state not in IN_MOTION:
        return go(request, f"/campaigns/{campaign.id}")
    return _form(request, campaign, await _stored(me, campaign))


async def update(request: Request, me: SignedIn) -> Response:
    form = await read_form(request)
    campaign = await listing.one_of(me.company, me.user, id_of(request))
    version = form.number("version") or 0
    try:
        await rewrite(me.company, me.user, campaign.id, version=version, body=form.text("body"))
    except Invalid as wrong:
        form.refuse(wrong)
        return _form(request, campaign, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except Conflict as moved:
        form.summary = words_of(moved)
        fresh = await listing.one_of(me.company, me.user, campaign.id)
        form.values["version"] = str(fresh.version)
        return _form(request, fresh, form, status=HTTPStatus.CONFLICT)
    toast = _("Texto salvo. Vale para quem ainda não foi preparado.")
    return go(request, f"/campaigns/{campaign.id}", toast=toast)


async def _stored(me: SignedIn, campaign: Campaign) -> Form:
    body = await draft.body_of(me.company, campaign.id)
    return filled({"body": body, "version": campaign.version})


def _form(
    request: Request, campaign: Campaign, form: Form, *, status: int = HTTPStatus.OK
) -> Response:
    return page(
        request,
        "campaign_texts/edit.html",
        status=status,
        campaign=campaign,
        form=form,
        most=LONGEST_TEXT,
    )
