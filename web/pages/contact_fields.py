"""/contact-fields: the custom fields of the Company, and what a text calls them."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from esquadrao.companies.access import Permission, require
from esquadrao.companies.sessions import SignedIn
from esquadrao.contacts.fields import create as create_field
from esquadrao.contacts.fields import fields_of
from esquadrao.errors import Invalid
from web.forms import Form, read_form
from web.i18n import _
from web.rendering import go, page


async def index(request: Request, me: SignedIn) -> Response:
    require(me.user, Permission.CONTACTS_READ)
    return await _list(request, me, Form())


async def create(request: Request, me: SignedIn) -> Response:
    form = await read_form(request)
    try:
        made = await create_field(me.company, me.user, label=form.text("label"))
    except Invalid as error:
        return await _list(request, me, form.refuse(error), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return go(request, "/contact-fields", toast=_("Campo {name} criado.", name=made.label))


async def _list(
    request: Request, me: SignedIn, form: Form, *, status: int = HTTPStatus.OK
) -> Response:
    return page(
        request,
        "contact_fields/index.html",
        status=status,
        form=form,
        fields=await fields_of(me.company),
    )
