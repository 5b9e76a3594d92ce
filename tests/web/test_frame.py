from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from esquadrao.database import connection
from tests.browsing import HTMX, SAME_ORIGIN, Browser, browser
from web.app import create_app
from web.frame import CONTENT_SECURITY_POLICY, HEADERS

FORM = {"content-type": "application/x-www-form-urlencoded"}
SOME_ID = "019aa0b0-0000-7000-8000-000000000000"


def addresses() -> list[str]:
    """Every address of the process, with an id nobody has in place of each id."""
    found: list[BaseRoute] = list(create_app().routes)
    plain = [route.path for route in found if isinstance(route, Route)]
    mounted = [f"{route.path}/mark.svg" for route in found if isinstance(route, Mount)]
    named = [path.replace("{id}", SOME_ID).replace("{step}", "text") for path in plain]
    return sorted({path for path in named + mounted if path != "/live"})


def assert_framed(answer: httpx2.Response) -> None:
    for name, value in HEADERS.items():
        assert answer.headers[name] == value, name
    assert len(answer.headers["x-request-id"]) == 16


@pytest.mark.parametrize("path", addresses())
async def test_every_address_says_how_to_stay_safe(path: str, ana: Browser) -> None:
    answer = await ana.get(path)
    assert answer.status_code in {200, 303, 404, 405}, answer.text
    assert_framed(answer)


async def test_errors_say_it_too(ana: Browser) -> None:
    answers = {
        404: await ana.get("/nowhere"),
        405: await ana.put("/channels"),
        403: await ana.post("/channels", data={"name": "x"}),
        413: await ana.post(
            "/channels", content=b"x" * (1024 * 1024 + 1), headers=SAME_ORIGIN | FORM
        ),
        400: await ana.get("/", headers={"host": "elsewhere.example"}),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert_framed(answer)


async def test_the_policy_is_the_one_agreed_upon() -> None:
    assert CONTENT_SECURITY_POLICY == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "media-src 'self' blob:; connect-src 'self'; font-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )


async def test_what_nobody_foresaw_shows_a_code_and_no_trace(ana: Browser) -> None:
    app = broken_app()
    async with browser(app) as there:
        there.cookies = ana.cookies
        page = await there.get("/broken")
        line = await there.get("/broken", headers=HTMX)
    for answer in (page, line):
        assert answer.status_code == 500
        assert_framed(answer)
        assert answer.headers["x-request-id"] in answer.text
        assert "ZeroDivisionError" not in answer.text
        assert "zqb-secret" not in answer.text
    assert "<html" in page.text
    assert "<html" not in line.text
    assert line.headers["hx-retarget"] == "#alerts"


def broken_app() -> Starlette:
    async def broken(_request: Request) -> Response:
        raise ZeroDivisionError("zqb-secret")

    app = create_app()
    app.routes.append(Route("/broken", broken))
    return app


async def test_a_body_is_counted_and_not_believed(ana: Browser) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 65536

    answer = await ana.post("/channels", content=endless(), headers=SAME_ORIGIN | FORM)
    assert answer.status_code == 413
    assert "20 MB" in answer.text


async def test_a_spreadsheet_may_be_larger_than_a_form(ana: Browser) -> None:
    """Past the limit of forms it is the import page that answers, whatever it says."""
    big = {"file": ("people.csv", b"x" * (2 * 1024 * 1024), "text/csv")}
    answer = await ana.submit("/imports", files=big)
    assert answer.status_code != 413


async def test_health_asks_nobody_who_they_are(visitor: Browser) -> None:
    assert (await visitor.get("/healthz")).text == "ok"
    assert (await visitor.get("/readyz")).text == "ok"


async def test_no_traffic_before_the_release_migrated(visitor: Browser) -> None:
    assert (await visitor.get("/readyz")).status_code == 200
    await connection().execute_script("DELETE FROM tortoise_migrations WHERE name LIKE '0001%'")
    async with browser() as fresh:
        answer = await fresh.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "schema")


async def test_static_files_with_a_version_are_kept_for_ever(visitor: Browser) -> None:
    page = await visitor.read("/first-run")
    sheets = [str(link.attributes["href"]) for link in page.css("link[rel=stylesheet]")]
    assert len(sheets) > 5
    for address in sheets:
        assert "immutable" in (await visitor.get(address)).headers["cache-control"]
    bare = sheets[0].partition("?")[0]
    assert (await visitor.get(bare)).headers["cache-control"] == "no-cache"
