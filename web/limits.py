"""How large a request may be, counted while it comes in: a declared length is only a claim."""

from __future__ import annotations

from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MEGABYTE = 1024 * 1024
LARGEST_BODY = MEGABYTE  # no form of ours comes near it
LARGEST_UPLOAD = 20 * MEGABYTE  # a spreadsheet of 200,000 rows
ROOM_FOR_FIELDS = 64 * 1024  # what a multipart form adds around its file
UPLOADS = frozenset({"/imports", "/imports/new"})


class BodyLimit:
    """Raises 413 from `receive`, inside the handler that reads, so that the error page is the usual one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most = (
            LARGEST_UPLOAD + ROOM_FOR_FIELDS
            if scope["path"].rstrip("/") in UPLOADS
            else LARGEST_BODY
        )
        declared = Headers(scope=scope).get("content-length", "0")
        claimed = int(declared) if declared.isdigit() else 0
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            if claimed > most:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return message

        await self.app(scope, counted, send)
