"""/channels/{id}/pairing: the code a phone reads. It is drawn into the answer, which nobody may keep."""

from __future__ import annotations

import math
from http import HTTPStatus

import segno
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from esquadrao.channels import pair, reading, wording
from esquadrao.channels.pairing_codes import Code, Qr
from esquadrao.clock import now
from esquadrao.companies.access import Permission, require
from esquadrao.companies.sessions import SignedIn
from esquadrao.contacts.phone import parse_phone
from esquadrao.errors import Invalid
from web.auth import id_of
from web.forms import Form, read_form
from web.i18n import _
from web.pages.channels import topic_of
from web.rendering import go, page, say

QUIET_ZONE = 4  # modules; phones miss a code without it


async def show(request: Request, me: SignedIn) -> Response:
    return await _page(request, me, Form())


async def _page(
    request: Request,
    me: SignedIn,
    form: Form,
    *,
    status: int = HTTPStatus.OK,
    block: str = "pairing",
) -> Response:
    require(me.user, Permission.CHANNELS_PAIR)
    channel = await reading.one_of(me.company, me.user, id_of(request))
    code = await pair.current_code(me.company, channel.id)
    qr = await pair.current_qr(me.company, channel.id)
    return page(
        request,
        "channel_pairing/show.html",
        status=status,
        block=block,
        topics=[topic_of(channel)],
        headers={"Cache-Control": "no-store"},
        channel=channel,
        wording=wording,
        qr=qr,
        drawing=drawing(qr) if qr else "",
        seconds_left=seconds_left(qr) if qr else 0,
        form=form,
        code=code,
        code_left=seconds_left(code) if code else 0,
        barred=pair.DEMO if pair.is_barred(me.company) else "",
    )


async def ask_code(request: Request, me: SignedIn) -> Response:
    """Eight characters instead of the QR: for whom has only the phone itself."""
    form = await read_form(request)
    try:
        phone = parse_phone(form.text("phone"), default_ddd=me.company.default_ddd)
    except Invalid as error:
        form.refuse(error)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return await _page(request, me, form, status=status, block="content")
    channel = await pair.ask_code(me.company, me.user, id_of(request), phone=phone.e164)
    return go(request, f"/channels/{channel.id}/pairing", toast=_("Pedindo o código…"))


async def create(request: Request, me: SignedIn) -> Response:
    """A new code: asks the session to start again."""
    channel = await pair.start(me.company, me.user, id_of(request))
    return say(request, _("Gerando um novo código…"), otherwise=f"/channels/{channel.id}/pairing")


async def simulate(request: Request, me: SignedIn) -> Response:
    channel = await pair.simulate_scan(me.company, me.user, id_of(request))
    said = _("O celular do simulador leu o código.")
    return say(request, said, otherwise=f"/channels/{channel.id}/pairing")


def drawing(qr: Qr) -> Markup:
    """Dark on light whatever the theme: many phones cannot read it the other way round."""
    code = segno.make_qr(qr.text, error="l")
    return Markup(  # noqa: S704  # drawn by segno from numbers alone
        code.svg_inline(
            border=QUIET_ZONE,
            scale=1,
            dark="#000",
            light="#fff",
            omitsize=True,
            svgclass="qr",
            lineclass=None,
        )
    )


def seconds_left(shown: Qr | Code) -> int:
    return max(0, math.floor((shown.expires_at - now()).total_seconds()))
