"""HTTP around GraphQL: media types, bodies, statuses. GraphQL over HTTP, with POST and JSON alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
LARGEST_BODY = 256 * 1024


class Refused(Exception):
    """The request never becomes an operation."""

    def __init__(
        self, status: HTTPStatus, message: str, headers: dict[str, str] | None = None
    ) -> None:
        self.status = status
        self.message = message
        self.headers = headers or {}
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Asked:
    query: str
    operation_name: str | None
    variables: dict[str, Any] | None
    extensions: dict[str, Any] | None


def media_type(headers: Headers) -> str:
    """What the caller accepts. Without a wish it is plain JSON, which every old client reads. Raises Refused 406."""
    accept = headers.get("accept", "").strip()
    if not accept:
        return JSON
    best: dict[str, float] = {}
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = next((_quality(one[2:]) for one in parameters if one.startswith("q=")), 1.0)
        for media in (GRAPHQL_JSON, JSON):
            if name in (media, "*/*", "application/*"):
                is_exact = name == media
                # `*/*` means "whatever is usual": plain JSON wins a tie that nobody asked for by name.
                weight = (
                    quality
                    + (0.001 if is_exact else 0.0)
                    + (0.0001 if media == JSON and not is_exact else 0.0)
                )
                best[media] = max(best.get(media, 0.0), weight if quality > 0 else 0.0)
    chosen = max(best, key=lambda media: best[media], default=None)
    if chosen is None or not best[chosen]:
        raise Refused(HTTPStatus.NOT_ACCEPTABLE, f"Accept must allow {GRAPHQL_JSON} or {JSON}.")
    return chosen


def _quality(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0


async def read(request: Request) -> Asked:
    """The one operation of the body. Raises Refused."""
    if request.method != "POST":
        raise Refused(HTTPStatus.METHOD_NOT_ALLOWED, "POST a JSON body.", {"Allow": "POST"})
    kind, _, parameters = request.headers.get("content-type", "").lower().partition(";")
    charset = parameters.partition("charset=")[2].strip(' "')
    if kind.strip() != JSON or charset not in {"", "utf-8", "utf8"}:
        raise Refused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Content-Type must be {JSON}; charset=utf-8."
        )
    try:
        body = orjson.loads(await _body(request))
    except orjson.JSONDecodeError:
        raise Refused(HTTPStatus.BAD_REQUEST, "The body is not JSON.") from None
    if isinstance(body, list):
        raise Refused(HTTPStatus.BAD_REQUEST, "One operation a request: batches are not served.")
    query = body.get("query") if isinstance(body, dict) else None
    if not isinstance(query, str):
        raise Refused(HTTPStatus.BAD_REQUEST, "The body must be an object with `query`, a string.")
    for name, wanted in (("operationName", str), ("variables", dict), ("extensions", dict)):
        if not isinstance(body.get(name), wanted | None):
            raise Refused(HTTPStatus.BAD_REQUEST, f"`{name}` is of the wrong type.")
    return Asked(query, body.get("operationName"), body.get("variables"), body.get("extensions"))


async def _body(request: Request) -> bytes:
    too_large = Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is larger than 256 KiB.")
    taken = bytearray()
    try:
        async for chunk in request.stream():
            taken += chunk
            if len(taken) > LARGEST_BODY:
                raise too_large
    except HTTPException:  # the limit of the whole site was quicker
        raise too_large from None
    return bytes(taken)


def bearer_token(headers: Headers) -> str | None:
    """The token of `Authorization: Bearer …`; empty when there is a header of another form, None without one."""
    header = headers.get("authorization")
    if header is None:
        return None
    scheme, _, token = header.strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def answer(
    status: HTTPStatus,
    body: dict[str, Any],
    media: str = JSON,
    headers: Iterable[tuple[str, str]] = (),
) -> Response:
    """Never cached: what a caller may see is theirs alone."""
    fixed = {
        "Content-Type": f"{media}; charset=utf-8",
        "Cache-Control": "no-store",
        **dict(headers),
    }
    return Response(orjson.dumps(body), status_code=status, headers=fixed)
