"""Kind of failure → what the browser sees: one table for pages and fragments. Details go to the log, with the id
that the page shows.
"""

from __future__ import annotations

import math
from http import HTTPStatus

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from esquadrao.companies.wording import ROLES
from esquadrao.errors import (
    Conflict,
    EsquadraoError,
    Forbidden,
    GatewayError,
    Invalid,
    NotFound,
    OverLimit,
    Unavailable,
)
from esquadrao.words import N_
from web import i18n
from web.auth import recognise
from web.rendering import environment, is_fragment, page, whole

log = structlog.get_logger()

STATUS: dict[type[EsquadraoError], HTTPStatus] = {
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotFound: HTTPStatus.NOT_FOUND,
    Forbidden: HTTPStatus.FORBIDDEN,
    Conflict: HTTPStatus.CONFLICT,
    OverLimit: HTTPStatus.CONFLICT,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    GatewayError: HTTPStatus.SERVICE_UNAVAILABLE,
}
TITLES = {
    400: N_("Pedido inválido"),
    403: N_("Sem permissão"),
    404: N_("Página não encontrada"),
    405: N_("Ação não aceita aqui"),
    409: N_("Isto já mudou"),
    413: N_("Arquivo grande demais"),
    415: N_("Tipo de arquivo não aceito"),
    422: N_("Confira os dados"),
    429: N_("Muitas tentativas"),
    500: N_("Algo deu errado do nosso lado"),
    503: N_("Não conseguimos agora"),
}
SENTENCES = {
    400: N_("O endereço ou o formulário veio incompleto. Volte e tente de novo."),
    404: N_("O endereço não existe, ou o que estava aqui foi excluído."),
    405: N_("Este endereço não aceita esta ação. Volte e use os botões da página."),
    413: N_("O envio passa do tamanho aceito: 20 MB para planilhas, 1 MB para o resto."),
    415: N_("Este tipo de arquivo não é aceito aqui."),
    500: N_("O erro foi registrado. Tente de novo; se repetir, informe o código abaixo."),
    503: N_("Tente de novo em instantes."),
}


def status_of(error: EsquadraoError) -> HTTPStatus:
    if isinstance(error, OverLimit) and error.retry_after is not None:
        return HTTPStatus.TOO_MANY_REQUESTS
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


async def domain_error(request: Request, error: Exception) -> Response:
    """What the domain named. Not found says the same for an unknown id and for another Company's."""
    assert isinstance(error, EsquadraoError)  # noqa: S101  # registered for this kind alone
    await recognise(request)
    status = (
        status_of(error) if type(error) is not EsquadraoError else HTTPStatus.INTERNAL_SERVER_ERROR
    )
    sentence = _sentence(error)
    response = _say(request, status, sentence)
    if isinstance(error, OverLimit) and error.retry_after is not None:
        response.headers["Retry-After"] = str(max(1, math.ceil(error.retry_after.total_seconds())))
    if isinstance(error, (Unavailable, GatewayError)):
        response.headers["Retry-After"] = "5"
    return response


def _sentence(error: EsquadraoError) -> str:
    if isinstance(error, NotFound):
        return i18n._(SENTENCES[404])
    roles = error.values.get("roles")
    if isinstance(error, Forbidden) and isinstance(roles, tuple):
        names = ", ".join(i18n._(ROLES[role]) for role in roles)
        return f"{i18n.words_of(error)} {i18n._('Quem pode: {roles}.', roles=names)}"
    return i18n.words_of(error)


async def http_error(request: Request, error: Exception) -> Response:
    """What Starlette names: no such address, wrong method, body too large."""
    assert isinstance(error, HTTPException)  # noqa: S101  # registered for this kind alone
    await recognise(request)
    status = HTTPStatus(error.status_code)
    sentence = SENTENCES.get(
        status, SENTENCES[400 if status < HTTPStatus.INTERNAL_SERVER_ERROR else 500]
    )
    response = _say(request, status, i18n._(sentence))
    response.headers.update(error.headers or {})
    return response


def _say(request: Request, status: HTTPStatus, sentence: str) -> Response:
    if is_fragment(request):
        response = whole(request, "errors/_line.html", status=status, sentence=sentence)
        # 409 and 422 swap where the request pointed (ux.md §3): a bare sentence belongs among the alerts.
        response.headers.update({"HX-Retarget": "#alerts", "HX-Reswap": "beforeend"})
        return response
    title = i18n._(TITLES.get(status, TITLES[400]))
    return page(
        request, "errors/show.html", status=status, title=title, sentence=sentence, code=int(status)
    )


class LastResort:
    """Anything unforeseen: logged whole, shown as a request id. It needs neither database nor session."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        has_begun = False

        async def watched(message: Message) -> None:
            nonlocal has_begun
            has_begun = has_begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception:
            log.exception("unforeseen", path=scope["path"])
            if has_begun:
                raise
            await _plain_page(Request(scope))(scope, receive, send)


def _plain_page(request: Request) -> Response:
    i18n.speak(i18n.preferred(request.headers.get("accept-language", "")))
    template = "errors/_line.html" if is_fragment(request) else "errors/unforeseen.html"
    said = {
        "title": i18n._(TITLES[500]),
        "sentence": i18n._(SENTENCES[500]),
        "request_id": getattr(request.state, "request_id", ""),
        "language": i18n.language(),
    }
    body = environment().get_template(template).render(said)
    headers = {"HX-Retarget": "#alerts", "HX-Reswap": "beforeend", "Cache-Control": "no-store"}
    return Response(body, HTTPStatus.INTERNAL_SERVER_ERROR, headers, "text/html; charset=utf-8")
