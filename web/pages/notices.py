"""/notices: what an owner must know of a Channel; “Entendi” takes it from every page of the Company."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from esquadrao.channels import notices
from esquadrao.companies.sessions import SignedIn
from web.auth import id_of
from web.rendering import go


async def see(request: Request, me: SignedIn) -> Response:
    notice = await notices.see(me.company, me.user, id_of(request))
    return go(request, f"/channels/{notice.channel_id}")
