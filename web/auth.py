"""Cookie → SignedIn. A page's function takes `(request, me)` and is wrapped by `signed_in`; without the wrapper it
cannot be called, so no page is open by oversight.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from urllib.parse import quote, urlsplit
from uuid import UUID

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from esquadrao.channels import notices
from esquadrao.companies import sessions
from esquadrao.companies.sessions import SignedIn
from esquadrao.errors import NotFound
from esquadrao.settings import settings
from web import csrf, i18n

Endpoint = Callable[[Request], Awaitable[Response]]
Page = Callable[[Request, SignedIn], Awaitable[Response]]


def cookie_name() -> str:
    return "__Host-sid" if settings().is_secure else "sid"


async def recognise(request: Request) -> SignedIn | None:
    """Who asks, once a request; also settles the language and the clock of the answer."""
    if not hasattr(request.state, "me"):
        token = request.cookies.get(cookie_name())
        me = await sessions.find(token) if token else None
        request.state.me = me
        if me:
            structlog.contextvars.bind_contextvars(company=str(me.company.id), user=str(me.user.id))
    me = request.state.me
    if me:
        i18n.speak(me.user.language, zone=me.company.timezone)
    else:
        chosen = request.cookies.get("language") or i18n.preferred(
            request.headers.get("accept-language", "")
        )
        i18n.speak(chosen)
    return me  # type: ignore[no-any-return]


def signed_in(page: Page) -> Endpoint:
    """For people who signed in; others go to the sign-in page and come back."""

    async def endpoint(request: Request) -> Response:
        me = await recognise(request)
        if me is None:
            return to_sign_in(request)
        try:
            await csrf.check(request)
            if "hx-request" not in request.headers:
                request.state.notices = await notices.standing(me.company, me.user)
            return await page(request, me)
        finally:
            await request.close()  # what it uploaded lies in a temporary file

    endpoint.__name__ = page.__name__
    endpoint.__module__ = page.__module__
    return endpoint


def public(page: Endpoint) -> Endpoint:
    """For anybody; `request.state.me` says who, if anyone."""

    async def endpoint(request: Request) -> Response:
        await recognise(request)
        try:
            await csrf.check(request)
            return await page(request)
        finally:
            await request.close()

    endpoint.__name__ = page.__name__
    endpoint.__module__ = page.__module__
    return endpoint


def to_sign_in(request: Request) -> Response:
    if "hx-request" in request.headers:
        there = urlsplit(request.headers.get("hx-current-url", "/"))
        address = f"/sign-in?next={quote(own_path(there.path))}"
        return Response(status_code=HTTPStatus.UNAUTHORIZED, headers={"HX-Redirect": address})
    wanted = request.url.path if request.method in csrf.SAFE else "/"
    if request.url.query and wanted != "/":
        wanted += f"?{request.url.query}"
    return RedirectResponse(
        f"/sign-in?next={quote(wanted)}" if wanted != "/" else "/sign-in", HTTPStatus.SEE_OTHER
    )


def own_path(wanted: str | None) -> str:
    """`next` as far as it is a path of ours; anything else is the first page."""
    if not wanted or not wanted.startswith("/") or wanted.startswith(("//", "/\\")):
        return "/"
    parts = urlsplit(wanted)
    is_ours = not parts.scheme and not parts.netloc and "\\" not in wanted and wanted.isprintable()
    return wanted if is_ours else "/"


def id_of(request: Request, name: str = "id") -> UUID:
    """The id in the path. A malformed one is an unknown one."""
    try:
        return UUID(request.path_params[name])
    except ValueError:
        raise NotFound from None
