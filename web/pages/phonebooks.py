"""/channels/{id}/phonebook: who stands in the address book of a paired phone, and who of them becomes a Contact."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from esquadrao.channels import reading
from esquadrao.companies.access import Permission, require
from esquadrao.companies.sessions import SignedIn
from esquadrao.contacts import lists, phonebook
from esquadrao.errors import Invalid
from web.auth import id_of
from web.forms import Form, read_form
from web.i18n import _
from web.paging import number_of
from web.rendering import go, page, say


async def show(request: Request, me: SignedIn) -> Response:
    return await _page(request, me, Form())


async def sync(request: Request, me: SignedIn) -> Response:
    channel = await phonebook.ask(me.company, me.user, id_of(request))
    said = _("Pedimos a agenda ao celular. Ela chega em instantes.")
    return say(request, said, otherwise=f"/channels/{channel.id}/phonebook")


async def take(request: Request, me: SignedIn) -> Response:
    form = await read_form(request)
    chosen = [int(one) for one in form.lists.get("entry", []) if one.isascii() and one.isdigit()]
    try:
        one = await phonebook.take(
            me.company,
            me.user,
            id_of(request),
            chosen=None if form.text("who") == "new" else chosen,
            contact_list_id=form.id("list") if not form.text("new_list") else None,
            new_list=form.text("new_list"),
        )
    except Invalid as error:
        form.refuse(error)
        return await _page(request, me, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return go(request, f"/imports/{one.id}")


async def _page(
    request: Request, me: SignedIn, form: Form, *, status: int = HTTPStatus.OK
) -> Response:
    require(me.user, Permission.CONTACTS_IMPORT)
    channel = await reading.one_of(me.company, me.user, id_of(request))
    after = number_of(request.query_params.get("after", "")) or 0
    return page(
        request,
        "phonebooks/show.html",
        status=status,
        channel=channel,
        form=form,
        book=await phonebook.offered(me.company, me.user, channel.id, after=after),
        lists=[(one.id, one.name) for one in await lists.lists_of(me.company)],
        after=after,
    )
