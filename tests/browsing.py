"""A browser without a window: keeps cookies, knows its CSRF token, says where its requests come from."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from selectolax.lexbor import LexborHTMLParser, LexborNode
from starlette.applications import Starlette

from esquadrao.companies import sessions
from esquadrao.companies.models import User
from web.app import create_app
from web.auth import cookie_name

SAME_ORIGIN = {"sec-fetch-site": "same-origin"}
HTMX = {"hx-request": "true"}


class Page(LexborHTMLParser):
    """What came back, for tests to look at."""

    def one(self, selector: str) -> LexborNode:
        """The first of them, which must be there."""
        found = self.css_first(selector)
        assert found is not None, f"nothing is {selector}"
        return found

    def words(self) -> str:
        return str(self.text())


class Browser(httpx2.AsyncClient):
    csrf = ""

    async def sign_in_as(self, user: User) -> Browser:
        """A real session, without the password's cost."""
        token = await sessions.open_session(user, device="test")
        self.cookies.set(cookie_name(), token, domain="127.0.0.1")
        me = await sessions.find(token)
        assert me is not None
        self.csrf = sessions.csrf_token(me.session)
        return self

    async def submit(
        self,
        path: str,
        data: Mapping[str, Any] | None = None,
        *,
        htmx: bool = False,
        **options: Any,
    ) -> httpx2.Response:
        """POST a form as the page would."""
        headers = SAME_ORIGIN | (HTMX if htmx else {})
        return await self.post(
            path, data={"csrf_token": self.csrf, **(data or {})}, headers=headers, **options
        )

    async def fragment(self, path: str) -> httpx2.Response:
        return await self.get(path, headers=HTMX)

    async def read(self, path: str) -> Page:
        """The page, which must be there."""
        answer = await self.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return Page(answer.text)


@asynccontextmanager
async def browser(app: Starlette | None = None) -> AsyncIterator[Browser]:
    transport = httpx2.ASGITransport(app=app or create_app(), raise_app_exceptions=True)
    async with Browser(transport=transport, base_url="http://127.0.0.1:8000") as made:
        yield made
