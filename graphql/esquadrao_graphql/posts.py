"""`POST /graphql`. Who calls comes first: a stranger may sign in, and learns nothing else, not one name."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

from graphql import FieldNode, GraphQLError, OperationDefinitionNode, OperationType
from starlette.requests import Request
from starlette.responses import Response
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.execution import ExecutionResult, PreExecutionError
from strawberry.types.graphql import OperationType as Allowed

from esquadrao_graphql import wire
from esquadrao_graphql.context import Context
from esquadrao_graphql.door import judge
from esquadrao_graphql.faults import STATUS, Code, fault, presented
from esquadrao_graphql.requests import context_of
from esquadrao_graphql.schema import schema
from esquadrao_graphql.wire import Asked, Refused

TIME_LIMIT = 10.0  # s an operation may take; asking again with the same key is safe
SERVED = (Allowed.QUERY, Allowed.MUTATION)
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="esquadrao"'}
BAD_TOKEN = {"WWW-Authenticate": 'Bearer realm="esquadrao", error="invalid_token"'}


class Stranger(Exception):
    """No token, or none that stands."""

    def __init__(self, challenge: dict[str, str]) -> None:
        self.challenge = challenge
        super().__init__()


async def post(request: Request) -> Response:
    context = context_of(request)
    media = wire.JSON
    try:
        media = wire.media_type(request.headers)
        is_known = await _authenticate(request, context)
        asked = await wire.read(request)
        if not is_known:
            _only_sign_in(asked)
        return _answer(await _run(asked, context), context, media)
    except Refused as refused:
        error = fault(Code.BAD_REQUEST, refused.message)
        return _refuse(refused.status, error, context, media, refused.headers)
    except Stranger as stranger:
        error = fault(Code.UNAUTHENTICATED)
        return _refuse(HTTPStatus.UNAUTHORIZED, error, context, media, stranger.challenge)
    except Exception as error:  # noqa: BLE001  # the database is away: a program is answered as JSON too, and masked
        unforeseen = GraphQLError("", original_error=error)
        return _refuse(HTTPStatus.INTERNAL_SERVER_ERROR, unforeseen, context, media, {})


async def _authenticate(request: Request, context: Context) -> bool:
    """Whether the caller is known. Raises Stranger for a token that does not stand."""
    token = wire.bearer_token(request.headers)
    if token is None:
        return False
    if not await context.authenticate(token):
        raise Stranger(BAD_TOKEN)
    return True


async def _run(asked: Asked, context: Context) -> ExecutionResult:
    if not asked.query:  # only here: to a stranger every document is refused alike
        raise Refused(HTTPStatus.BAD_REQUEST, "`query` is empty.")
    try:
        async with asyncio.timeout(TIME_LIMIT):
            return await schema.execute(
                asked.query,
                variable_values=asked.variables,
                context_value=context,
                operation_name=asked.operation_name,
                allowed_operation_types=SERVED,
                operation_extensions=asked.extensions,
            )
    except TimeoutError:
        return PreExecutionError(data=None, errors=[_presented(fault(Code.TIMEOUT), context)])
    except CannotGetOperationTypeError as error:
        raise Refused(HTTPStatus.BAD_REQUEST, error.as_http_error_reason()) from None
    except InvalidOperationTypeError:
        raise Refused(HTTPStatus.BAD_REQUEST, "Subscriptions run over a WebSocket.") from None


def _only_sign_in(asked: Asked) -> None:
    """Raises Stranger unless the document is one operation with `signIn` alone in it."""
    try:
        verdict = judge.__wrapped__(schema._schema, asked.query)  # noqa: SLF001  # a stranger must not fill the cache
    except GraphQLError:
        raise Stranger(CHALLENGE) from None
    operation, *others = verdict.document.definitions
    if verdict.errors or others or not isinstance(operation, OperationDefinitionNode):
        raise Stranger(CHALLENGE)
    root, *more = operation.selection_set.selections
    is_sign_in = isinstance(root, FieldNode) and root.name.value == "signIn"
    if operation.operation is not OperationType.MUTATION or more or not is_sign_in:
        raise Stranger(CHALLENGE)


def _answer(result: ExecutionResult, context: Context, media: str) -> Response:
    errors = result.errors or []
    never_ran = isinstance(result, PreExecutionError) or (
        result.data is None and any(error.path is None for error in errors)
    )
    if never_ran and context.bearer is None and not _is_ours(errors):
        raise Stranger(CHALLENGE)  # its variables were wrong; saying how would name things
    body: dict[str, Any] = {} if never_ran else {"data": result.data}
    if errors:
        body["errors"] = [error.formatted for error in errors]
    if result.extensions:
        body["extensions"] = result.extensions
    status = _status(errors, media) if result.data is None and errors else HTTPStatus.OK
    if not never_ran and status is HTTPStatus.BAD_REQUEST:
        status = HTTPStatus.OK  # it ran, and a field without which there is no answer was refused
    return wire.answer(status, body, media, _headers(context))


def _status(errors: list[GraphQLError], media: str) -> HTTPStatus:
    codes = {(error.extensions or {}).get("code") for error in errors}
    own = next((status for code, status in STATUS.items() if code in codes), None)
    if own is not None:
        return own
    return HTTPStatus.BAD_REQUEST if media == wire.GRAPHQL_JSON else HTTPStatus.OK


def _is_ours(errors: list[GraphQLError]) -> bool:
    return any(
        (error.extensions or {}).get("code") in {Code.INTERNAL, Code.TIMEOUT} for error in errors
    )


def _refuse(
    status: HTTPStatus, error: GraphQLError, context: Context, media: str, headers: dict[str, str]
) -> Response:
    body = {"errors": [_presented(error, context).formatted]}
    return wire.answer(status, body, media, [*_headers(context), *headers.items()])


def _presented(error: GraphQLError, context: Context) -> GraphQLError:
    return presented(error, language=context.language, request_id=context.request_id)


def _headers(context: Context) -> list[tuple[str, str]]:
    return [("X-Request-ID", context.request_id), ("Vary", "Accept, Accept-Language")]
