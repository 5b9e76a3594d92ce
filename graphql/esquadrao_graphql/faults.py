"""Top-level `errors`: faults of the request and of ours, and what a query may not see.

Each has `extensions {code requestId retryable}`. What nobody foresaw is logged with the request id and shown as
"Erro interno": no stack, no SQL, no path, no value.
"""

from __future__ import annotations

from enum import StrEnum
from http import HTTPStatus
from typing import Any

import structlog
from graphql import GraphQLError, GraphQLSyntaxError

from esquadrao.errors import EsquadraoError, OverLimit, Unavailable
from esquadrao.words import N_
from esquadrao_graphql import words

log = structlog.get_logger()


class Code(StrEnum):
    """Codes of faults; those of the domain (`NOT_FOUND`, `FORBIDDEN` …) come beside them."""

    BAD_REQUEST = "BAD_REQUEST"
    PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    INSUFFICIENT_SCOPE = "INSUFFICIENT_SCOPE"
    TOO_COMPLEX = "TOO_COMPLEX"
    TIMEOUT = "TIMEOUT"
    INTERNAL = "INTERNAL"


SENTENCES = {
    Code.UNAUTHENTICATED: N_("Entre para continuar: falta um token válido."),
    Code.INSUFFICIENT_SCOPE: N_("O token não permite tudo o que o documento pede."),
    Code.TIMEOUT: N_("Demorou demais. Peça de novo com a mesma chave."),
    Code.INTERNAL: N_("Erro interno"),
}
STATUS = {
    Code.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    Code.INSUFFICIENT_SCOPE: HTTPStatus.FORBIDDEN,
    Code.TIMEOUT: HTTPStatus.SERVICE_UNAVAILABLE,
    Code.INTERNAL: HTTPStatus.INTERNAL_SERVER_ERROR,
}
RETRYABLE = frozenset({Code.TIMEOUT})


def fault(code: Code, message: str | None = None, **extensions: Any) -> GraphQLError:
    """A fault of the request. Without a message the sentence of the code is said, in the caller's language."""
    return GraphQLError(message or SENTENCES[code], extensions={"code": code, **extensions})


def presented(error: GraphQLError, *, language: str, request_id: str) -> GraphQLError:
    """The error as the caller may see it."""
    cause = _cause(error)
    if isinstance(cause, EsquadraoError):
        return _shown(
            error, _of_domain(cause, language=language), code_of(cause), request_id, cause
        )
    if cause is not None:
        log.error("graphql_unexpected", request_id=request_id, path=error.path, exc_info=cause)
        return _shown(
            error,
            words.said(SENTENCES[Code.INTERNAL], {}, language=language),
            Code.INTERNAL,
            request_id,
        )
    code = (error.extensions or {}).get("code") or _code_of_request(error)
    own = SENTENCES.get(code)
    message = words.said(own, {}, language=language) if own == error.message else error.message
    return _shown(error, message, code, request_id)


def code_of(cause: EsquadraoError) -> str:
    return cause.code.upper()


def _of_domain(cause: EsquadraoError, *, language: str) -> str:
    return words.said(cause.sentence, cause.values, language=language)


def _cause(error: GraphQLError) -> Exception | None:
    cause: Exception | None = error.original_error
    while isinstance(cause, GraphQLError):
        error, cause = cause, cause.original_error
    return cause


def _code_of_request(error: GraphQLError) -> Code:
    if isinstance(error, GraphQLSyntaxError):
        return Code.PARSE_FAILED
    return Code.BAD_USER_INPUT if error.message.startswith("Variable ") else Code.VALIDATION_FAILED


def _shown(
    error: GraphQLError,
    message: str,
    code: str,
    request_id: str,
    cause: EsquadraoError | None = None,
) -> GraphQLError:
    extra = {
        key: value for key, value in (error.extensions or {}).items() if key == "missingScopes"
    }
    if isinstance(cause, OverLimit) and cause.retry_after:
        extra["retryAfter"] = int(cause.retry_after.total_seconds())
    is_retryable = code in RETRYABLE or isinstance(cause, Unavailable)
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions={"code": str(code), "requestId": request_id, "retryable": is_retryable, **extra},
    )
