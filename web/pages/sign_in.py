"""/sign-in: e-mail and password; where several Companies fit, the person chooses one."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from esquadrao.companies import sessions
from esquadrao.companies.models import Company, User
from esquadrao.companies.register import is_first_run
from esquadrao.companies.sign_in import sign_in
from esquadrao.errors import Invalid, OverLimit
from web import choices, csrf, i18n
from web.auth import cookie_name, own_path
from web.forms import Form, read_form
from web.rendering import go, page, remember

LONGEST_DEVICE = 200
SHOWN = "sign_in/show.html"


async def show(request: Request) -> Response:
    next_path = own_path(request.query_params.get("next"))
    if request.state.me:
        return RedirectResponse(next_path, HTTPStatus.SEE_OTHER)
    if await is_first_run():
        return RedirectResponse("/first-run", HTTPStatus.SEE_OTHER)
    return page(request, SHOWN, form=Form(), next_path=next_path)


async def create(request: Request) -> Response:
    """One message for every failure. The chooser shows only Companies where the password was right."""
    form = await read_form(request)
    next_path = own_path(form.text("next"))
    try:
        users = await sign_in(
            form.text("email"), form.text("password"), address=address_of(request)
        )
    except Invalid as error:
        form.refuse(error)
        return page(
            request, SHOWN, status=HTTPStatus.UNPROCESSABLE_ENTITY, form=form, next_path=next_path
        )
    except OverLimit as error:
        form.summary = i18n.words_of(error)
        wait = (
            {"Retry-After": str(int(error.retry_after.total_seconds()) + 1)}
            if error.retry_after
            else {}
        )
        return page(
            request,
            SHOWN,
            status=HTTPStatus.TOO_MANY_REQUESTS,
            headers=wait,
            form=form,
            next_path=next_path,
        )
    if len(users) == 1:
        return await open_for(request, users[0], next_path)
    companies = [await Company.one(one.company_id, one.company_id) for one in users]
    said = choices.note([(one.company_id, one.id) for one in users], browser=csrf.visitor(request))
    return page(request, "sign_in/choose.html", companies=companies, note=said, next_path=next_path)


async def choose(request: Request) -> Response:
    """The Company, of those the password fitted a moment ago; anything else begins again."""
    form = await read_form(request)
    wanted = form.id("company")
    for company_id, user_id in choices.read(form.text("note"), browser=csrf.visitor(request)):
        if company_id == wanted:
            user = await User.one(company_id, user_id)
            if user.is_active:
                return await open_for(request, user, own_path(form.text("next")))
    return go(request, "/sign-in", toast=i18n._("O tempo para escolher acabou. Entre de novo."))


async def open_for(request: Request, user: User, next_path: str) -> Response:
    """A new session in place of whatever the browser held."""
    if request.state.me:
        await sessions.end(request.state.me)
    token = await sessions.open_session(
        user, device=request.headers.get("user-agent", "")[:LONGEST_DEVICE]
    )
    response = go(request, next_path)
    remember(response, cookie_name(), token)
    return response


def address_of(request: Request) -> str:
    return request.client.host if request.client else ""
