"""`/graphql` as a WebSocket: subscriptions over graphql-transport-ws, the token in `connection_init`."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
)
from strawberry.types.unset import UNSET

from esquadrao.clock import now
from esquadrao_graphql.context import Context
from esquadrao_graphql.requests import context_of
from esquadrao_graphql.schema import schema

INIT_WITHIN = timedelta(seconds=10)
CHECKED_EACH = 60.0  # s between two looks at whether the token still stands
SUBSCRIPTIONS_A_SOCKET = 20
SOCKETS_A_USER = 10
TOKEN_GONE = 4401

_open: Counter[UUID] = Counter()


class Handler(BaseGraphQLTransportWSHandler[Context, None]):
    async def handle(self) -> None:
        guard = asyncio.create_task(self._close_when_gone(), name="graphql-socket-guard")
        try:
            await super().handle()
        finally:
            guard.cancel()
            with suppress(asyncio.CancelledError):
                await guard
            farewell(self.context)

    async def _close_when_gone(self) -> None:
        """A token lives ten minutes and its User may go before: a socket outlives neither."""
        while await self._stands():
            left = CHECKED_EACH
            if self.context.bearer is not None:
                left = min(left, (self.context.bearer.expires_at - now()).total_seconds())
            with suppress(TimeoutError):
                await asyncio.wait_for(self.context.gone.wait(), max(left, 0.0))
        await self.websocket.close(TOKEN_GONE, "Unauthorized")

    async def _stands(self) -> bool:
        context = self.context
        if context.bearer is None:
            return True  # nobody yet: the time for connection_init ends that
        return (
            not context.gone.is_set()
            and now() < context.bearer.expires_at
            and await context.still_stands()
        )


class Sockets(GraphQL[Context, None]):
    graphql_transport_ws_handler_class = Handler

    def __init__(self) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            allow_queries_via_get=False,
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
            connection_init_wait_timeout=INIT_WITHIN,
            max_subscriptions_per_connection=SUBSCRIPTIONS_A_SOCKET,
        )

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Context:
        del response
        return context_of(request, is_socket=True)

    async def on_ws_connect(self, context: Context) -> Any:
        """Raises ConnectionRejectionError (4403) without a token that stands, or with too many sockets."""
        if not await context.authenticate(_token(context.connection_params or {})):
            raise ConnectionRejectionError
        if _open[context.user.id] >= SOCKETS_A_USER:
            raise ConnectionRejectionError
        _open[context.user.id] += 1
        context.counted_for = context.user.id
        return UNSET

    def decode_json(self, data: str | bytes) -> object:
        return orjson.loads(data)

    def encode_json(self, data: object) -> str:
        return orjson.dumps(
            data
        ).decode()  # text: bytes would become binary frames, which clients refuse


def _token(params: dict[str, Any]) -> str:
    """`{"authorization": "Bearer …"}`, as clients spell a header, or `{"accessToken": "…"}`."""
    header = str(params.get("authorization") or params.get("Authorization") or "")
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else str(params.get("accessToken") or "")


def farewell(context: Context) -> None:
    user_id, context.counted_for = context.counted_for, None
    if user_id is not None:
        _open[user_id] -= 1
        if not _open[user_id]:
            del _open[user_id]
