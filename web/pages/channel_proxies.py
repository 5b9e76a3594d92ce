"""/channels/{id}/proxy: by which way a Channel reaches WhatsApp; its password is never shown again."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from esquadrao.channels import reading
from esquadrao.channels.choose_proxy import choose_proxy
from esquadrao.companies.access import Permission, require
from esquadrao.companies.sessions import SignedIn
from esquadrao.errors import Invalid
from web.auth import id_of
from web.forms import Form, filled, read_form
from web.i18n import _
from web.rendering import go, page


async def edit(request: Request, me: SignedIn) -> Response:
    require(me.user, Permission.CHANNELS_PAIR)
    channel = await reading.one_of(me.company, me.user, id_of(request))
    return await _form(request, me, filled({"proxy": channel.proxy}))


async def update(request: Request, me: SignedIn) -> Response:
    form = await read_form(request)
    try:
        channel = await choose_proxy(
            me.company,
            me.user,
            id_of(request),
            address=form.text("proxy"),
            password=form.text("proxy_password"),
        )
    except Invalid as error:
        form.refuse(error)
        form.values.pop("proxy_password", None)
        return await _form(request, me, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    said = _("Proxy testado e salvo.") if channel.proxy else _("A conexão fica sem proxy.")
    return go(request, f"/channels/{channel.id}", toast=said)


async def _form(
    request: Request, me: SignedIn, form: Form, *, status: int = HTTPStatus.OK
) -> Response:
    channel = await reading.one_of(me.company, me.user, id_of(request))
    return page(request, "channel_proxies/edit.html", status=status, channel=channel, form=form)
