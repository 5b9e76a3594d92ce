"""Forged requests are refused twice: by where the browser says they come from, and by a token they cannot know.

With a session the token is the session's. Before sign-in it is an HMAC over a random cookie of the same browser.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from starlette.requests import Request

from esquadrao.companies import sessions
from esquadrao.errors import Forbidden
from esquadrao.settings import settings
from esquadrao.words import N_

HEADER, FIELD = "x-csrf-token", "csrf_token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def visitor_cookie() -> str:
    return "__Host-visitor" if settings().is_secure else "visitor"


def token(request: Request) -> str:
    """What this page's forms and htmx must send back."""
    me = request.state.me
    if me is not None:
        return sessions.csrf_token(me.session)
    return _visitor_token(visitor(request))


def visitor(request: Request) -> str:
    """The random mark of a browser without a session; `rendering` sets the cookie when it is new."""
    kept = request.cookies.get(visitor_cookie()) or getattr(request.state, "new_visitor", None)
    if not kept:
        kept = request.state.new_visitor = secrets.token_urlsafe(16)
    return str(kept)


async def check(request: Request) -> None:
    """Raises Forbidden for an unsafe request that another site could have caused."""
    if request.method in SAFE:
        return
    if not _is_same_origin(request):
        raise Forbidden(
            N_("Este pedido veio de outro endereço e foi recusado."), code="foreign_origin"
        )
    given = request.headers.get(HEADER)
    if given is None:
        given = str((await request.form()).get(FIELD, ""))
    if not _is_token(request, given):
        raise Forbidden(
            N_("Esta página ficou aberta tempo demais. Abra de novo e repita."), code="csrf"
        )


def _is_same_origin(request: Request) -> bool:
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = urlsplit(request.headers.get("origin", ""))
    scheme = "https" if settings().is_secure else "http"
    return origin.scheme == scheme and origin.netloc == request.headers.get("host")


def _is_token(request: Request, given: str) -> bool:
    me = request.state.me
    if me is not None:
        return sessions.is_csrf_token(me.session, given)
    kept = request.cookies.get(visitor_cookie())
    return bool(kept) and any(
        hmac.compare_digest(_visitor_token(str(kept), key=key).encode(), given.encode())
        for key in settings().signing_keys
    )


def _visitor_token(mark: str, *, key: bytes | None = None) -> str:
    secret = key or settings().signing_keys[0]
    return hmac.new(secret, b"visitor\0" + mark.encode(), hashlib.sha256).hexdigest()
