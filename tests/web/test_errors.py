from __future__ import annotations

import re
from datetime import timedelta

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from esquadrao.companies.sessions import SignedIn
from esquadrao.errors import (
    BridgeError,
    Conflict,
    EsquadraoError,
    Forbidden,
    Invalid,
    NotFound,
    OverLimit,
    Unavailable,
)
from tests.browsing import HTMX, Browser, browser
from web.app import create_app
from web.auth import signed_in

KINDS: dict[str, tuple[EsquadraoError, int]] = {
    "invalid": (Invalid.field("name", "length", "Até {most} letras.", most=80), 422),
    "not-found": (NotFound(), 404),
    "forbidden": (Forbidden(), 403),
    "conflict": (Conflict(), 409),
    "over-plan": (OverLimit(), 409),
    "over-rate": (OverLimit(retry_after=timedelta(seconds=90)), 429),
    "unavailable": (Unavailable(), 503),
    "bridge": (BridgeError("timeout", permanent=False), 503),
}


def app_that_fails() -> Starlette:
    async def fail(request: Request, _me: SignedIn) -> Response:
        raise KINDS[request.path_params["kind"]][0]

    app = create_app()
    app.routes.append(Route("/fail/{kind}", signed_in(fail)))
    return app


@pytest.mark.parametrize("kind", KINDS)
async def test_a_kind_of_failure_has_one_surface(kind: str, ana: Browser) -> None:
    error, status = KINDS[kind]
    async with browser(app_that_fails()) as there:
        there.cookies = ana.cookies
        page = await there.get(f"/fail/{kind}")
        line = await there.get(f"/fail/{kind}", headers=HTMX)
    assert (page.status_code, line.status_code) == (status, status)
    assert "<h1" in page.text
    assert "Conexões" in page.text  # the rail stays: nobody is lost
    assert line.text.count("<p") == 1
    assert (line.headers["hx-retarget"], line.headers["hx-reswap"]) == ("#alerts", "beforeend")
    assert ("retry-after" in page.headers) == (kind in {"over-rate", "unavailable", "bridge"})
    if kind == "invalid":
        assert "Até 80 letras." in page.text
    assert error.code not in page.text.split("<h1", 1)[1]


def bare(text: str) -> str:
    """A page without what differs by the minute or by its own address."""
    text = re.sub(r'value="[0-9a-f]{64}"|"X-CSRF-Token": "[0-9a-f]{64}"', "", text)
    return re.sub(r"/[\w/.-]*[0-9a-f]{8}-[0-9a-f-]{27}[\w/-]*", "", text)


async def test_an_unknown_id_a_foreign_id_and_nonsense_look_alike(
    ana: Browser, carla: Browser
) -> None:
    made = await ana.submit("/channels", {"name": "Vendas 1"})
    theirs = made.headers["location"].split("/")[2]
    assert (await ana.get(f"/channels/{theirs}")).status_code == 200
    answers = [
        await carla.get(f"/channels/{one}")
        for one in (theirs, "019aa0b0-0000-7000-8000-000000000000", "nonsense")
    ]
    assert [one.status_code for one in answers] == [404, 404, 404]
    assert bare(answers[0].text) == bare(answers[1].text)
    assert "Vendas 1" not in answers[0].text


async def test_an_error_speaks_the_reader_s_language(visitor: Browser) -> None:
    answer = await visitor.get("/nowhere", headers={"accept-language": "en-GB,en;q=0.9"})
    assert answer.status_code == 404
    assert 'lang="en"' in answer.text
    assert "Page not found" in answer.text
