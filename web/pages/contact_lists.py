"""/contact-lists: create, rename, who is in one."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from esquadrao.companies.access import Permission, require
from esquadrao.companies.sessions import SignedIn
from esquadrao.contacts import lists
from esquadrao.contacts.models import Contact, ContactList
from esquadrao.errors import Invalid, NotFound
from web.auth import id_of
from web.forms import Form, filled, read_form
from web.i18n import _
from web.rendering import go, page


async def index(request: Request, me: SignedIn) -> Response:
    require(me.user, Permission.CONTACTS_READ)
    return await _index(request, me, Form())


async def create(request: Request, me: SignedIn) -> Response:
    form = await read_form(request)
    try:
        made = await lists.create(me.company, me.user, name=form.text("name"))
    except Invalid as error:
        return await _index(request, me, form.refuse(error), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return go(request, f"/contact-lists/{made.id}", toast=_("Lista criada."))


async def show(request: Request, me: SignedIn) -> Response:
    require(me.user, Permission.CONTACTS_READ)
    found = await ContactList.one(me.company, id_of(request))
    after = _uuid(request.query_params.get("after", ""))
    members = await lists.members(me.company, found.id, after=after)
    here = f"/contact-lists/{found.id}"
    return page(
        request,
        "contact_lists/show.html",
        list=found,
        members=members,
        size=await lists.size(me.company, found.id),
        next=f"{here}?after={members.next}" if members.next else "",
        first=here if after else "",
    )


async def edit(request: Request, me: SignedIn) -> Response:
    require(me.user, Permission.CONTACTS_WRITE)
    found = await ContactList.one(me.company, id_of(request))
    return page(request, "contact_lists/edit.html", list=found, form=filled({"name": found.name}))


async def rename(request: Request, me: SignedIn) -> Response:
    form = await read_form(request)
    found = await ContactList.one(me.company, id_of(request))
    try:
        await lists.rename(me.company, me.user, found.id, name=form.text("name"))
    except Invalid as error:
        form.refuse(error)
        return page(
            request,
            "contact_lists/edit.html",
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
            list=found,
            form=form,
        )
    return go(request, f"/contact-lists/{found.id}", toast=_("Lista salva."))


async def remove(request: Request, me: SignedIn) -> Response:
    contact, found = await _pair(request, me)
    await lists.remove_members(me.company, me.user, found.id, [contact.id])
    form = await read_form(request)
    back = "contacts" if form.text("back") == "contact" else "contact-lists"
    return go(
        request,
        f"/{back}/{contact.id if back == 'contacts' else found.id}",
        toast=_(
            "{name} saiu da lista {list}.", name=contact.name or contact.phone, list=found.name
        ),
    )


async def _pair(request: Request, me: SignedIn) -> tuple[Contact, ContactList]:
    require(me.user, Permission.CONTACTS_WRITE)
    form = await read_form(request)
    contact_id = form.id("contact")
    if contact_id is None:
        raise NotFound
    found = await ContactList.one(me.company, id_of(request))
    return await Contact.one(me.company, contact_id), found


async def _index(
    request: Request, me: SignedIn, form: Form, *, status: int = HTTPStatus.OK
) -> Response:
    return page(
        request,
        "contact_lists/index.html",
        status=status,
        form=form,
        lists=await lists.lists_of(me.company),
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise NotFound from None
