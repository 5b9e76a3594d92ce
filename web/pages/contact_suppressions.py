"""POST /contacts/{id}/suppression: leave somebody alone."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from esquadrao.campaigns.leave_alone import leave_alone
from esquadrao.companies.sessions import SignedIn
from web.auth import id_of
from web.i18n import _
from web.rendering import go


async def create(request: Request, me: SignedIn) -> Response:
    contact = await leave_alone(me.company, me.user, id_of(request))
    return go(
        request,
        f"/contacts/{contact.id}",
        toast=_("Nenhuma campanha escreve mais para este contato."),
    )
