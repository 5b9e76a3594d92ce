"""The routes of the API, for `web/app.py` to mount."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from esquadrao.companies import signing_keys
from esquadrao_graphql import wire
from esquadrao_graphql.posts import post
from esquadrao_graphql.sockets import Sockets

EVERY_METHOD = [
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
]  # all but POST answer 405 in words of ours
KEYS_KEPT_FOR = 300  # s others may keep our public keys; a new one signs at once, and an unknown kid makes them ask


async def jwks(_request: Request) -> Response:
    body = await signing_keys.public_set()
    headers = {"Cache-Control": f"public, max-age={KEYS_KEPT_FOR}"}
    return wire.answer(HTTPStatus.OK, body, headers=headers.items())


def graphql_routes() -> list[BaseRoute]:
    return [
        WebSocketRoute("/graphql", Sockets(), name="graphql_socket"),
        Route("/graphql", post, methods=EVERY_METHOD, name="graphql"),
        Route("/.well-known/jwks.json", jwks, methods=["GET"], name="jwks"),
    ]
