"""/preferences: the language a person reads and the light they like; kept on the User, or in the browser."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from esquadrao.companies.preferences import choose_language
from web.auth import own_path
from web.forms import read_form
from web.rendering import forget, go, remember

THEMES = ("light", "dark")
A_YEAR = 365 * 24 * 3600  # s


async def update(request: Request) -> Response:
    form = await read_form(request)
    response = go(request, own_path(form.text("next")))
    if "language" in form.values:
        if request.state.me:
            await choose_language(request.state.me.user, form.text("language"))
        remember(response, "language", form.text("language")[:5], max_age=A_YEAR)
    if form.text("theme") in THEMES:
        remember(response, "theme", form.text("theme"), max_age=A_YEAR)
    elif "theme" in form.values:
        forget(response, "theme")
    return response
