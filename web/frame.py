"""Around every answer: a request id in logs and headers, and what the browser is told about safety (security.md §5)."""

from __future__ import annotations

import secrets
import time

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from esquadrao.settings import settings

log = structlog.get_logger()

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), payment=(), usb=(), microphone=(self)",
}
TWO_YEARS = "max-age=63072000; includeSubDomains"
QUIET = ("/static/", "/healthz", "/readyz")  # not worth a log line each


class Frame:
    """Outermost of ours: it sees also what failed in the others."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        status, began = 0, time.perf_counter()

        async def framed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _tell(MutableHeaders(scope=message), request_id)
            await send(message)

        try:
            await self.app(scope, receive, framed)
        finally:
            if scope["type"] == "http" and not scope["path"].startswith(QUIET):
                spent = round((time.perf_counter() - began) * 1000)
                log.info(
                    "request",
                    method=scope["method"],
                    path=scope["path"],
                    status=int(status),
                    ms=spent,
                )


def _tell(headers: MutableHeaders, request_id: str) -> None:
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    if settings().is_secure:
        headers.setdefault("Strict-Transport-Security", TWO_YEARS)
    headers["X-Request-Id"] = request_id
