"""The context of a request or a socket, before anybody is known."""

from __future__ import annotations

from uuid import uuid4

import structlog
from starlette.requests import HTTPConnection

from esquadrao_graphql.context import Context


def context_of(connection: HTTPConnection, *, is_socket: bool = False) -> Context:
    bound = structlog.contextvars.get_contextvars().get("request_id")
    return Context(
        request_id=str(bound or uuid4().hex),
        address=connection.client.host if connection.client else "",
        accept_language=connection.headers.get("accept-language"),
        is_socket=is_socket,
    )
