"""/sign-out: ends this session and no other."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from esquadrao.companies import sessions
from esquadrao.companies.sessions import SignedIn
from web.auth import cookie_name
from web.i18n import _
from web.rendering import forget, go


async def create(request: Request, me: SignedIn) -> Response:
    await sessions.end(me)
    response = go(request, "/sign-in", toast=_("Você saiu."))
    forget(response, cookie_name())
    return response
