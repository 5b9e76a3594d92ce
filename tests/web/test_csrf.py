from __future__ import annotations

import pytest

from esquadrao.channels.models import Channel
from esquadrao.companies.register import create_company
from tests.browsing import SAME_ORIGIN, Browser
from tests.conftest import Cast

HERE = "http://127.0.0.1:8000"

FROM = {
    "this page": (SAME_ORIGIN, True),
    "a bookmarklet or the address bar": ({"sec-fetch-site": "none"}, True),
    "an old browser, this page": ({"origin": HERE}, True),
    "another site": ({"sec-fetch-site": "cross-site"}, False),
    "a neighbour below the same domain": ({"sec-fetch-site": "same-site"}, False),
    "another site that fakes an origin": ({"sec-fetch-site": "cross-site", "origin": HERE}, False),
    "an old browser, another site": ({"origin": "https://evil.example"}, False),
    "an old browser, another port": ({"origin": "http://127.0.0.1:9000"}, False),
    "a sandboxed frame": ({"origin": "null"}, False),
    "nowhere it would say": ({}, False),
}


@pytest.mark.parametrize("where", FROM)
@pytest.mark.parametrize("token", ["right", "in the header", "wrong", "none", "another person's"])
async def test_a_write_needs_both_the_place_and_the_token(
    where: str, token: str, ana: Browser, carla: Browser, sqlite_cast: Cast
) -> None:
    headers, is_from_here = FROM[where]
    data = {"name": "Vendas 1"}
    if token == "in the header":
        headers = headers | {"x-csrf-token": ana.csrf}
    elif token != "none":
        data["csrf_token"] = {"right": ana.csrf, "wrong": "x" * 64}.get(token, carla.csrf)
    answer = await ana.post("/channels", data=data, headers=headers)
    may = is_from_here and token in {"right", "in the header"}
    assert answer.status_code == (303 if may else 403)
    assert await Channel.of(sqlite_cast.alfa).count() == int(may)


async def test_signing_in_needs_the_token_of_the_same_browser(visitor: Browser) -> None:
    await create_company(
        company_name="Gama",
        name="Dora",
        email="d@gama.example",
        password="cavalo bateria grampo 77",
    )
    page = await visitor.read("/sign-in")
    token = str(page.one("form[action='/sign-in'] input[name=csrf_token]").attributes["value"])
    data = {"email": "x@example.com", "password": "x", "csrf_token": token}
    assert (await visitor.post("/sign-in", data=data, headers=SAME_ORIGIN)).status_code == 422
    visitor.cookies.clear()
    assert (await visitor.post("/sign-in", data=data, headers=SAME_ORIGIN)).status_code == 403
