"""POST /contacts/{id}/suppression and /suppression/end: leave somebody alone, and write to them again."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from esquadrao.campaigns.withdraw import leave_alone, write_again
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


async def end(request: Request, me: SignedIn) -> Response:
    contact = await write_again(me.company, me.user, id_of(request))
    return go(
        request, f"/contacts/{contact.id}", toast=_("Este contato volta a receber campanhas.")
    )
