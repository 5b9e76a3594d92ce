"""/imports: send a spreadsheet, watch it come in, take the refused rows back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from esquadrao.companies.access import Permission, require
from esquadrao.companies.sessions import SignedIn
from esquadrao.contacts import importing, lists, refusals, wording
from esquadrao.contacts.models import ContactImport, ContactList, ImportState
from esquadrao.errors import Invalid
from esquadrao.words import N_
from web.auth import id_of
from web.forms import Form, filled, read_form
from web.i18n import _
from web.rendering import go, page

REFUSED_SHOWN = 20  # rows on the page; the file has them all
CSV = "text/csv; charset=utf-8"
MODEL = "Nome;Telefone;E-mail;Cidade\r\nMaria Silva;(11) 98765-4321;maria@exemplo.com.br;Recife\r\n"
NO_FILE = N_("Escolha um arquivo CSV.")


async def index(request: Request, me: SignedIn) -> Response:
    require(me.user, Permission.CONTACTS_IMPORT)
    found = await importing.imports_of(me.company)
    return page(request, "imports/index.html", imports=found, words=wording.STATES)


async def new(request: Request, me: SignedIn) -> Response:
    require(me.user, Permission.CONTACTS_IMPORT)
    asked = request.query_params
    chosen = {"default_ddd": me.company.default_ddd, "list": asked.get("list", "")}
    chosen["leaves_alone"] = "1" if asked.get("leaves_alone") else ""
    return await _form(request, me, filled(chosen))


async def create(request: Request, me: SignedIn) -> Response:
    require(me.user, Permission.CONTACTS_IMPORT)
    form = await read_form(request)
    given = form.file("file")
    try:
        if given is None:
            raise Invalid.field("file", "required", NO_FILE)
        one = await importing.begin(
            me.company,
            me.user,
            filename=given.filename or "",
            content=await given.read(),
            default_ddd=form.text("default_ddd"),
            contact_list_id=form.id("list") if not form.text("new_list") else None,
            new_list=form.text("new_list"),
            leaves_alone=bool(form.text("leaves_alone")),
        )
    except Invalid as error:
        return await _form(request, me, form.refuse(error), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return go(request, f"/imports/{one.id}")


async def show(request: Request, me: SignedIn) -> Response:
    require(me.user, Permission.CONTACTS_IMPORT)
    one = await ContactImport.one(me.company, id_of(request))
    chosen = await ContactList.of(me.company).get_or_none(id=one.contact_list_id)
    return page(
        request,
        "imports/show.html",
        block="state",
        topics=[f"import-{one.id}"],
        one=one,
        list=chosen,
        words=wording.STATES[one.state],
        is_moving=one.state in {ImportState.QUEUED, ImportState.RUNNING},
        failure=_(refusals.sentence_of(one.error), **one.error_values) if one.error else "",
        refused=[
            (row.row_number, row.cells, _(refusals.sentence_of(row.reason)))
            for row in await refusals.some(me.company.id, one.id, most=REFUSED_SHOWN)
        ],
    )


async def refused(request: Request, me: SignedIn) -> Response:
    """The refused rows as a file. `attachment` and nosniff: the bytes came from outside."""
    require(me.user, Permission.CONTACTS_IMPORT)
    one = await ContactImport.one(me.company, id_of(request))
    return _download(refusals.as_csv(one, translate=_), f"linhas-com-erro-{one.id}.csv")


async def model(request: Request, me: SignedIn) -> Response:
    del request
    require(me.user, Permission.CONTACTS_IMPORT)

    async def content() -> AsyncIterator[bytes]:
        yield MODEL.encode("utf-8-sig")

    return _download(content(), "modelo-de-contatos.csv")


async def _form(
    request: Request, me: SignedIn, form: Form, *, status: int = HTTPStatus.OK
) -> Response:
    options = [(one.id, one.name) for one in await lists.lists_of(me.company)]
    return page(request, "imports/new.html", status=status, form=form, lists=options)


def _download(content: AsyncIterator[bytes], name: str) -> Response:
    return StreamingResponse(
        content,
        media_type=CSV,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )
