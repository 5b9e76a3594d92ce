"""/contacts: find, add, look at and change one."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from esquadrao.campaigns import wording
from esquadrao.campaigns.timeline import timeline
from esquadrao.companies.access import Permission, require
from esquadrao.companies.models import User
from esquadrao.companies.sessions import SignedIn
from esquadrao.contacts import lists
from esquadrao.contacts.add import add
from esquadrao.contacts.edit import edit
from esquadrao.contacts.fields import fields_of
from esquadrao.contacts.models import Contact, Suppression
from esquadrao.contacts.phone import pretty
from esquadrao.contacts.search import MOST_COUNTED, counted, matching, search
from esquadrao.contacts.suppress import standing
from esquadrao.contacts.wording import NUMBERS
from esquadrao.errors import Conflict, Invalid
from esquadrao.messages import wording as message_words
from web.auth import id_of
from web.forms import Form, filled, read_form
from web.i18n import _, words_of
from web.paging import number_of
from web.rendering import go, page

CUSTOM = "custom."  # what the names of custom fields begin with, in forms and in issues


async def index(request: Request, me: SignedIn) -> Response:
    require(me.user, Permission.CONTACTS_READ)
    text, after = request.query_params.get("search", ""), request.query_params.get("after", "")
    found = await search(me.company, text=text, after=after or None)
    return page(
        request,
        "contacts/index.html",
        block="found",
        found=found,
        total=await counted(me.company, text),
        most=MOST_COUNTED,
        has_any=bool(found.rows) or await matching(me.company, "").exists(),
        text=text,
        next=_page(text, found.next) if found.next else "",
        first=_page(text, "") if after else "",
    )


async def new(request: Request, me: SignedIn) -> Response:
    require(me.user, Permission.CONTACTS_WRITE)
    return await _form(request, me, Form())


async def create(request: Request, me: SignedIn) -> Response:
    form = await read_form(request)
    try:
        contact = await add(me.company, me.user, **_typed(form))
    except Invalid as error:
        return await _refused(request, me, form, error)
    return go(request, f"/contacts/{contact.id}", toast=_("Contato salvo."))


async def show(request: Request, me: SignedIn) -> Response:
    require(me.user, Permission.CONTACTS_READ)
    contact = await Contact.one(me.company, id_of(request))
    return await _form(request, me, _stored(contact), contact=contact, block="history")


async def update(request: Request, me: SignedIn) -> Response:
    contact_id = id_of(request)
    form = await read_form(request)
    try:
        await edit(
            me.company, me.user, contact_id, version=form.number("version") or 0, **_typed(form)
        )
    except Invalid as error:
        contact = await Contact.one(me.company, contact_id)
        return await _refused(request, me, form, error, contact=contact)
    except Conflict as error:
        return await _overtaken(request, me, form, error, contact_id)
    return go(request, f"/contacts/{contact_id}", toast=_("Contato salvo."))


async def join(request: Request, me: SignedIn) -> Response:
    """Into the list chosen on the Contact's page."""
    require(me.user, Permission.CONTACTS_WRITE)
    contact = await Contact.one(me.company, id_of(request))
    list_id = (await read_form(request)).id("list")
    if list_id is None:
        return go(request, f"/contacts/{contact.id}", toast=_("Escolha uma lista."))
    await lists.add_members(me.company, me.user, list_id, [contact.id])
    return go(request, f"/contacts/{contact.id}", toast=_("Contato incluído na lista."))


def _typed(form: Form) -> dict[str, Any]:
    custom = {
        name.removeprefix(CUSTOM): value
        for name, value in form.values.items()
        if name.startswith(CUSTOM)
    }
    return {name: form.text(name) for name in ("name", "phone", "email")} | {"custom": custom}


def _stored(contact: Contact) -> Form:
    custom = {f"{CUSTOM}{key}": value for key, value in contact.custom.items()}
    return filled(
        {
            "name": contact.name,
            "phone": pretty(contact.phone),
            "email": contact.email,
            "version": contact.version,
            **custom,
        }
    )


async def _refused(
    request: Request, me: SignedIn, form: Form, error: Invalid, *, contact: Contact | None = None
) -> Response:
    form.refuse(error)
    named = {name: value for issue in error.issues for name, value in issue.values}
    if "suggestion" in named:
        form.errors["phone"] += " " + _("Seria {suggestion}?", suggestion=named["suggestion"])
    return await _form(
        request,
        me,
        form,
        contact=contact,
        existing=str(named.get("contact_id", "")),
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
    )


async def _overtaken(
    request: Request, me: SignedIn, form: Form, error: Conflict, contact_id: UUID
) -> Response:
    """What was typed stays in the fields; beside each stands what the other person saved."""
    contact = await Contact.one(me.company, contact_id)
    form.summary = words_of(error)
    for name, value in _stored(contact).values.items():
        if name == "version":
            form.values["version"] = value
        elif value != form.text(name):
            form.errors[name] = _("Agora está: {value}", value=value or "–")
    return await _form(request, me, form, contact=contact, status=HTTPStatus.CONFLICT)


async def _form(
    request: Request,
    me: SignedIn,
    form: Form,
    *,
    contact: Contact | None = None,
    existing: str = "",
    status: int = HTTPStatus.OK,
    block: str = "content",
) -> Response:
    mine = await lists.of_contact(me.company, contact.id) if contact else []
    others = [
        one for one in await lists.lists_of(me.company) if one.id not in {my.id for my in mine}
    ]
    before = number_of(request.query_params.get("before", ""))
    return page(
        request,
        "contacts/show.html" if contact else "contacts/new.html",
        block=block,
        topics=[f"contact-{contact.id}"] if contact else [],
        said=await timeline(me.company, contact.id, before=before) if contact else None,
        before=before,
        held=await _held(me, contact) if contact else None,
        wording=wording,
        message_words=message_words,
        numbers=NUMBERS,
        status=status,
        form=form,
        contact=contact,
        fields=await fields_of(me.company),
        existing=existing,
        mine=mine,
        others=[(one.id, one.name) for one in others],
        blank=Form(),
    )


async def _held(me: SignedIn, contact: Contact) -> tuple[Suppression, str] | None:
    """Why this Contact is left alone, and the name of who decided it."""
    found = await standing(contact)
    if found is None:
        return None
    user = await User.of(me.company).get_or_none(id=found.user_id) if found.user_id else None
    return found, user.name if user else ""


def _page(text: str, after: str) -> str:
    query = {name: value for name, value in {"search": text, "after": after}.items() if value}
    return f"/contacts?{urlencode(query)}" if query else "/contacts"
