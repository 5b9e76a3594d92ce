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
from esquadrao.campaigns.texts import texts_of
from esquadrao.companies.access import Permission, require
from esquadrao.companies.sessions import SignedIn
from esquadrao.errors import Conflict, Invalid
from esquadrao.messages.models import Step
from web.auth import id_of
from web.forms import Form, filled, read_form
from web.i18n import _, words_of
from web.rendering import go, page


async def edit(request: Request, me: SignedIn) -> Response:
    require(me.user, Permission.CAMPAIGNS_LAUNCH)
    campaign = await listing.one_of(me.company, me.user, id_of(request))
    if campaign.state not in IN_MOTION:
        return go(request, f"/campaigns/{campaign.id}")
    return await _form(request, me, campaign, await _stored(me, campaign))


async def update(request: Request, me: SignedIn) -> Response:
    form = await read_form(request)
    campaign = await listing.one_of(me.company, me.user, id_of(request))
    version = form.number("version") or 0
    try:
        asked = await texts_of(me.company, campaign.id, Step.ASK)
        questions = [form.text(f"questions.{at}") for at in range(len(asked))]
        await rewrite(
            me.company,
            me.user,
            campaign.id,
            version=version,
            body=form.text("body"),
            questions=questions,
        )
    except Invalid as wrong:
        form.refuse(wrong)
        return await _form(request, me, campaign, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except Conflict as moved:
        form.summary = words_of(moved)
        fresh = await listing.one_of(me.company, me.user, campaign.id)
        form.values["version"] = str(fresh.version)
        return await _form(request, me, fresh, form, status=HTTPStatus.CONFLICT)
    toast = _("Texto salvo. Vale para quem ainda não foi preparado.")
    return go(request, f"/campaigns/{campaign.id}", toast=toast)


async def _stored(me: SignedIn, campaign: Campaign) -> Form:
    body = await draft.body_of(me.company, campaign.id)
    asked = await texts_of(me.company, campaign.id, Step.ASK)
    questions = {f"questions.{at}": one for at, one in enumerate(asked)}
    return filled({"body": body, "version": campaign.version} | questions)


async def _form(
    request: Request,
    me: SignedIn,
    campaign: Campaign,
    form: Form,
    *,
    status: int = HTTPStatus.OK,
) -> Response:
    return page(
        request,
        "campaign_texts/edit.html",
        status=status,
        campaign=campaign,
        form=form,
        asked=len(await texts_of(me.company, campaign.id, Step.ASK)),
        most=LONGEST_TEXT,
    )
