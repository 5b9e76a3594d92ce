"""All knowledge of htmx's headers and of Jinja: a page, a block of it, where to go next, what was done.

`page()` answers a plain request with the whole page and an htmx request with one block of the same template.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from http import HTTPStatus
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, unquote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2_fragments import render_block
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from esquadrao.channels.wording import NOTICES
from esquadrao.companies.access import Permission, can
from esquadrao.contacts.phone import pretty
from esquadrao.settings import settings
from web import csrf, i18n
from web.assets import asset, icon, scripts, stylesheets
from web.navigation import entries

TEMPLATES = Path(__file__).parent / "templates"
TOAST_LIVES = 30  # s; a sentence carried over one redirect
LONGEST_TOAST = 300  # characters; a cookie has 4 KB


@cache
def environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"_": i18n._, "ngettext": i18n.ngettext, "icon": icon, "asset": asset}
    made.globals |= {"stylesheets": stylesheets, "scripts": scripts}
    made.globals |= {
        "number": i18n.decimal,
        "percent": i18n.percent,
        "moment": i18n.moment,
        "clock": i18n.clock,
        "Permission": Permission,
    }
    made.filters |= {
        "number": i18n.decimal,
        "moment": i18n.moment,
        "clock": i18n.clock,
        "phone": pretty,
    }
    made.globals["ui"] = _macros(made)
    return made


def _macros(made: Environment) -> SimpleNamespace:
    """Every macro of shared/ as `ui.<name>`: a block rendered alone does not run its template's imports."""
    shared = SimpleNamespace()
    made.globals["ui"] = shared  # macros may use each other
    for path in sorted((TEMPLATES / "shared").glob("*.html")):
        module = made.get_template(f"shared/{path.name}").module
        for name, macro in vars(module).items():
            if not name.startswith("_"):
                setattr(shared, name, macro)
    return shared


def is_fragment(request: Request) -> bool:
    return "hx-request" in request.headers and "hx-history-restore-request" not in request.headers


def page(
    request: Request,
    template: str,
    *,
    status: int = HTTPStatus.OK,
    block: str = "content",
    topics: Iterable[str] = (),
    toast: str = "",
    headers: Mapping[str, str] | None = None,
    **context: Any,
) -> Response:
    """The whole page, or `block` of it for htmx. `topics` are the live events the page listens for."""
    fragment = is_fragment(request)
    said = (
        context_of(request, topics=list(topics)) | {"toast": toast or _carried(request)} | context
    )
    if fragment:
        body = render_block(environment(), template, block, said)
        if toast:
            body += _spoken(toast)
    else:
        body = environment().get_template(template).render(said)
    return _finish(request, HTMLResponse(body, status), dict(headers or {}), fragment=fragment)


def whole(
    request: Request, template: str, *, status: int = HTTPStatus.OK, **context: Any
) -> Response:
    """A template that is one piece whoever asks: `_name.html`, `<action>.oob.html`."""
    body = (
        environment().get_template(template).render(context_of(request) | {"toast": ""} | context)
    )
    return _finish(request, HTMLResponse(body, status), {}, fragment=True)


def go(request: Request, address: str, *, toast: str = "") -> Response:
    """After a write: on to another page, with a sentence to say there. `toast` is already translated."""
    response: Response
    if is_fragment(request):
        response = Response(status_code=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": address})
    else:
        response = RedirectResponse(address, HTTPStatus.SEE_OTHER)
    if toast:
        remember(response, _toast_cookie(), quote(toast[:LONGEST_TOAST]), max_age=TOAST_LIVES)
    return response


def say(request: Request, toast: str, *, otherwise: str) -> Response:
    """Only a sentence: the page follows by its live signals. Without htmx, on to `otherwise` with it."""
    if not is_fragment(request):
        return go(request, otherwise, toast=toast)
    return HTMLResponse(_spoken(toast))


def context_of(request: Request, *, topics: list[str] | None = None) -> dict[str, Any]:
    """What every template may name."""
    me = getattr(request.state, "me", None)
    token = csrf.token(request) if hasattr(request.state, "me") else ""
    return {
        "request": request,
        "me": me,
        "may": (lambda permission: can(me.user, Permission(permission)))
        if me
        else (lambda _permission: False),
        "csrf_token": token,
        "csrf": Markup('<input type="hidden" name="csrf_token" value="{}">').format(token),
        "language": i18n.language(),
        "languages": list(i18n.LANGUAGES),
        "path": request.url.path,
        "topics": topics or [],
        "entries": entries(me.user, request.url.path) if me else [],
        "is_simulator": settings().is_simulator,
        "notices": getattr(request.state, "notices", []),
        "notice_words": NOTICES,
        "theme": request.cookies.get("theme", ""),
        "request_id": getattr(request.state, "request_id", ""),
    }


def _finish(
    request: Request, response: Response, headers: dict[str, str], *, fragment: bool
) -> Response:
    response.headers["Vary"] = "HX-Request, Cookie"
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers.update(headers)
    if new := getattr(request.state, "new_visitor", None):
        remember(response, csrf.visitor_cookie(), new)
    if not fragment and _toast_cookie() in request.cookies:
        forget(response, _toast_cookie())
    return response


def _spoken(sentence: str) -> Markup:
    return Markup('<div id="status" hx-swap-oob="innerHTML"><p class="toast">{}</p></div>').format(
        sentence
    )


def _toast_cookie() -> str:
    return "__Host-toast" if settings().is_secure else "toast"


def _carried(request: Request) -> str:
    return unquote(request.cookies.get(_toast_cookie(), ""))[:LONGEST_TOAST]


def remember(response: Response, name: str, value: str, *, max_age: int | None = None) -> None:
    """A cookie of ours; without an age it goes with the browser."""
    response.set_cookie(
        name,
        value,
        max_age=max_age,
        path="/",
        httponly=True,
        secure=settings().is_secure,
        samesite="lax",
    )


def forget(response: Response, name: str) -> None:
    response.delete_cookie(
        name, path="/", httponly=True, secure=settings().is_secure, samesite="lax"
    )
