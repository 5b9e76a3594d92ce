"""/channels/{id}/pace: how fast a Channel sends, since when its number is in use, the risks an owner takes on."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from esquadrao.channels import choose_pace, pace_wording, reading
from esquadrao.channels.choose_pace import Wanted
from esquadrao.channels.models import Channel
from esquadrao.channels.pace import Preset
from esquadrao.companies.access import Permission, can, require
from esquadrao.companies.sessions import SignedIn
from esquadrao.errors import Invalid
from web.auth import id_of
from web.forms import Form, filled, read_form
from web.i18n import _
from web.rendering import go, page


async def edit(request: Request, me: SignedIn) -> Response:
    require(me.user, Permission.CHANNELS_PAIR)
    channel = await reading.one_of(me.company, me.user, id_of(request))
    since = channel.in_use_since
    zone = ZoneInfo(me.company.timezone)
    form = filled(
        {
            "preset": channel.preset.value,
            "in_use_since": since.astimezone(zone).date().isoformat() if since else "",
            "is_cold_raised": "yes" if channel.cold_raised_at else "",
        }
    )
    return _form(request, me, channel, form)


async def update(request: Request, me: SignedIn) -> Response:
    channel = await reading.one_of(me.company, me.user, id_of(request))
    form = await read_form(request)
    try:
        await choose_pace.choose(me.company, me.user, channel.id, _wanted(form, channel))
    except Invalid as error:
        form.refuse(error)
        return _form(request, me, channel, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return go(
        request, f"/channels/{channel.id}", toast=_("Ritmo salvo. Vale a partir do próximo envio.")
    )


def _wanted(form: Form, channel: Channel) -> Wanted:
    """Who may not take on risks sees no such fields: what stands stays."""
    chosen, typed = form.text("preset"), form.text("in_use_since")
    try:
        since = date.fromisoformat(typed) if typed else None
    except ValueError:
        since = date.max  # refused as a day that has not come
    is_raised = form.text("is_cold_raised") == "yes"
    return Wanted(
        preset=Preset(chosen) if chosen in set(Preset) else channel.preset,
        in_use_since=since,
        is_cold_raised=is_raised if "risks" in form.values else channel.cold_raised_at is not None,
        accepts_risk=form.text("accepts_risk") == "yes",
    )


def _form(
    request: Request, me: SignedIn, channel: Channel, form: Form, *, status: int = HTTPStatus.OK
) -> Response:
    return page(
        request,
        "channel_paces/edit.html",
        status=status,
        channel=channel,
        form=form,
        presets=[(one.value, pace_wording.PRESETS[one]) for one in choose_pace.presets()],
        may_risk=can(me.user, Permission.PACE_RISK),
    )
