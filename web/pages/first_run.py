"""/first-run: a new installation's first Company and its owner. Afterwards this address is gone."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from esquadrao.companies.register import create_first_company, is_first_run
from esquadrao.errors import Conflict, Invalid, NotFound
from web.forms import Form, read_form
from web.pages.sign_in import open_for
from web.rendering import page


async def show(request: Request) -> Response:
    if not await is_first_run():
        raise NotFound
    return page(request, "first_run/show.html", form=Form(values={"default_ddd": "11"}))


async def create(request: Request) -> Response:
    if not await is_first_run():
        raise NotFound
    form = await read_form(request)
    try:
        owner = await create_first_company(
            company_name=form.text("company_name"),
            name=form.text("name"),
            email=form.text("email"),
            password=form.text("password"),
            default_ddd=form.text("default_ddd"),
        )
    except Invalid as error:
        form.refuse(error)
        return page(
            request, "first_run/show.html", status=HTTPStatus.UNPROCESSABLE_ENTITY, form=form
        )
    except Conflict:  # somebody else's form was first
        raise NotFound from None
    return await open_for(request, owner, "/")
