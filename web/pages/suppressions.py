"""/suppressions: who is left alone; add a phone, let somebody receive again, with the reason."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from esquadrao.campaigns.leave_alone import LONGEST_NOTE, leave_phone_alone
from esquadrao.campaigns.leave_alone import end as end_it
from esquadrao.companies.access import Permission, require
from esquadrao.companies.sessions import SignedIn
from esquadrao.contacts import wording
from esquadrao.contacts.suppressions import MOST_COUNTED, counted, one_row, page_of
from esquadrao.errors import Conflict, Invalid
from web.auth import id_of
from web.forms import Form, read_form
from web.i18n import _, words_of
from web.rendering import go, page

HERE = "/suppressions"


async def index(request: Request, me: SignedIn) -> Response:
    asked = request.query_params
    text, is_lifted = asked.get("search", ""), bool(asked.get("lifted"))
    after = _id(asked.get("after", ""))
    found = await page_of(me.company, me.user, text=text, is_lifted=is_lifted, after=after)
    return page(
        request,
        "suppressions/index.html",
        block="found",
        found=found,
        total=await counted(me.company, me.user, text=text, is_lifted=is_lifted),
        most=MOST_COUNTED,
        text=text,
        is_lifted=is_lifted,
        reasons=wording.SUPPRESSED_BY,
        next=_page(text, is_lifted=is_lifted, after=str(found.next)) if found.next else "",
        first=_page(text, is_lifted=is_lifted) if after else "",
    )


async def new(request: Request, me: SignedIn) -> Response:
    require(me.user, Permission.CONTACTS_WRITE)
    return _form(request, Form())


async def create(request: Request, me: SignedIn) -> Response:
    form = await read_form(request)
    try:
        await leave_phone_alone(
            me.company, me.user, phone=form.text("phone"), note=form.text("note")
        )
    except Invalid as wrong:
        return _form(request, form.refuse(wrong), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return go(request, HERE, toast=_("Nenhuma campanha escreve mais para este número."))


async def confirm_end(request: Request, me: SignedIn) -> Response:
    require(me.user, Permission.CONTACTS_WRITE)
    return await _ending(request, me, Form())


async def end(request: Request, me: SignedIn) -> Response:
    form = await read_form(request)
    row = await one_row(me.company, me.user, id_of(request))
    try:
        await end_it(me.company, me.user, row.held.id, note=form.text("note"))
    except Invalid as wrong:
        form.refuse(wrong)
        return await _ending(request, me, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except Conflict as moved:
        form.summary = words_of(moved)
        return await _ending(request, me, form, status=HTTPStatus.CONFLICT)
    where = f"/contacts/{row.contact.id}" if row.contact else HERE
    return go(request, where, toast=_("Este número volta a receber campanhas."))


def _form(request: Request, form: Form, *, status: int = HTTPStatus.OK) -> Response:
    return page(request, "suppressions/new.html", status=status, form=form, most=LONGEST_NOTE)


async def _ending(
    request: Request, me: SignedIn, form: Form, *, status: int = HTTPStatus.OK
) -> Response:
    return page(
        request,
        "suppressions/end.html",
        status=status,
        form=form,
        row=await one_row(me.company, me.user, id_of(request)),
        reasons=wording.SUPPRESSED_BY,
        most=LONGEST_NOTE,
    )


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _page(text: str, *, is_lifted: bool, after: str = "") -> str:
    asked = {"search": text, "lifted": "1" if is_lifted else "", "after": after}
    query = {name: value for name, value in asked.items() if value}
    return f"{HERE}?{urlencode(query)}" if query else HERE
