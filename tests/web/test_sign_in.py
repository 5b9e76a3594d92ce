from __future__ import annotations

import pytest

from esquadrao.companies.models import Session
from esquadrao.companies.register import create_company
from esquadrao.settings import settings
from tests.browsing import HTMX, Browser, Page
from tests.conftest import Cast
from web.auth import own_path

PASSWORD = "cavalo bateria grampo 77"
EMAIL = "dora@gama.example"


async def learn_token(visitor: Browser, path: str = "/sign-in") -> None:
    page = await visitor.read(path)
    visitor.csrf = str(page.one("input[name=csrf_token]").attributes["value"])


@pytest.fixture
async def dora(visitor: Browser) -> Browser:
    """At the sign-in page, with a Company of her own."""
    await create_company(company_name="Gama", name="Dora", email=EMAIL, password=PASSWORD)
    await learn_token(visitor)
    return visitor


async def test_a_right_password_opens_a_session_and_goes_where_she_wanted(dora: Browser) -> None:
    answer = await dora.submit(
        "/sign-in", {"email": EMAIL.upper(), "password": PASSWORD, "next": "/channels"}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/channels")
    cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith("sid="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie
    page = await dora.read("/channels")
    assert page.one(".brand-name").text() == "Gama"


@pytest.mark.parametrize(
    ("email", "password"),
    [(EMAIL, "wrong"), ("nobody@gama.example", PASSWORD), ("", ""), ("\0", "\0")],
)
async def test_every_failure_says_the_same(email: str, password: str, dora: Browser) -> None:
    answer = await dora.submit("/sign-in", {"email": email, "password": password})
    page = Page(answer.text)
    assert answer.status_code == 422
    assert page.one("#summary").text(strip=True) == "E-mail ou senha incorretos."
    assert "sid" not in dora.cookies
    assert page.one("#password").attributes.get("value") is None


async def test_many_failures_make_her_wait(dora: Browser) -> None:
    for _ in range(5):
        answer = await dora.submit("/sign-in", {"email": EMAIL, "password": "wrong"})
    answer = await dora.submit("/sign-in", {"email": EMAIL, "password": PASSWORD})
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert "Muitas tentativas" in answer.text
    assert "sid" not in dora.cookies


async def test_who_works_in_two_companies_chooses_without_the_password_in_the_page(
    dora: Browser,
) -> None:
    await create_company(company_name="Delta", name="Dora", email=EMAIL, password=PASSWORD)
    answer = await dora.submit(
        "/sign-in", {"email": EMAIL, "password": PASSWORD, "next": "/channels"}
    )
    page = Page(answer.text)
    buttons = {
        one.text(strip=True): one.attributes["value"] for one in page.css("button[name=company]")
    }
    assert set(buttons) == {"Gama", "Delta"}
    assert PASSWORD not in answer.text
    assert "sid" not in dora.cookies
    note = page.one("input[name=note]").attributes["value"]
    answer = await dora.submit(
        "/sign-in/company", {"note": note, "company": buttons["Delta"], "next": "/channels"}
    )
    assert answer.headers["location"] == "/channels"
    assert (await dora.read("/")).one(".brand-name").text() == "Delta"


async def test_the_choice_is_only_among_what_the_password_fitted(
    dora: Browser, sqlite_cast: Cast
) -> None:
    await create_company(company_name="Delta", name="Dora", email=EMAIL, password=PASSWORD)
    answer = await dora.submit("/sign-in", {"email": EMAIL, "password": PASSWORD})
    note = str(Page(answer.text).one("input[name=note]").attributes["value"])
    tries = [
        {"note": note, "company": str(sqlite_cast.alfa.id)},
        {
            "note": note[:-1] + ("0" if note[-1] != "0" else "1"),
            "company": str(sqlite_cast.alfa.id),
        },
        {"note": "", "company": ""},
        {"note": "é.x", "company": "x"},
    ]
    for data in tries:
        answer = await dora.submit("/sign-in/company", data)
        assert answer.headers["location"] == "/sign-in"
        assert "sid" not in dora.cookies


async def test_a_new_sign_in_ends_the_session_the_browser_held(
    ana: Browser, sqlite_cast: Cast
) -> None:
    await create_company(company_name="Gama", name="Dora", email=EMAIL, password=PASSWORD)
    await ana.submit("/sign-in", {"email": EMAIL, "password": PASSWORD})
    assert await Session.of(sqlite_cast.alfa).filter(ended_at=None).count() == 0
    assert (await ana.read("/")).one(".brand-name").text() == "Gama"


async def test_signing_out_ends_this_session(ana: Browser) -> None:
    old = ana.cookies["sid"]
    answer = await ana.submit("/sign-out")
    assert answer.headers["location"] == "/sign-in"
    ana.cookies.set("sid", old, domain="127.0.0.1")
    assert (await ana.get("/channels")).headers["location"] == "/sign-in?next=/channels"


async def test_without_a_session_every_page_asks_to_sign_in(visitor: Browser) -> None:
    answer = await visitor.get("/channels?tab=a&x=1")
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/sign-in?next=/channels%3Ftab%3Da%26x%3D1",
    )
    page = {"hx-current-url": "http://127.0.0.1:8000/channels"}
    answer = await visitor.get("/channels", headers=HTMX | page)
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/sign-in?next=/channels")


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "javascript:x",
        "",
        "/a\\b",
        "/a\nb",
        None,
    ],
)
def test_next_leads_nowhere_else(wanted: str | None) -> None:
    assert own_path(wanted) == "/"


def test_next_may_be_any_page_of_ours() -> None:
    assert own_path("/channels?tab=a") == "/channels?tab=a"


async def test_behind_https_the_cookie_is_bound_to_the_host(
    dora: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BASE_URL", "https://127.0.0.1:8000")
    settings.cache_clear()
    page = await dora.get("/sign-in")
    assert page.headers["strict-transport-security"].startswith("max-age=63072000")
    cookies = page.headers.get_list("set-cookie")
    assert any(one.startswith("__Host-visitor=") and "Secure" in one for one in cookies)


async def test_the_first_run_makes_the_first_company_once(
    sqlite: str, visitor_of_nothing: Browser
) -> None:
    first = visitor_of_nothing
    assert (await first.get("/sign-in")).headers["location"] == "/first-run"
    await learn_token(first, "/first-run")
    wrong = await first.submit("/first-run", {"company_name": "Gama", "password": "curta"})
    page = Page(wrong.text)
    assert wrong.status_code == 422
    assert page.one("#company_name").attributes["value"] == "Gama"
    assert {"name", "email", "password", "default_ddd"} <= {
        one.attributes["id"] for one in page.css("[aria-invalid=true]")
    }
    right = {
        "company_name": "Gama", "name": "Dora", "email": EMAIL, "password": PASSWORD, "default_ddd": "21",
    }  # fmt: skip
    assert (await first.submit("/first-run", right)).headers["location"] == "/"
    assert (await first.read("/")).one(".brand-name").text() == "Gama"
    assert (await first.get("/first-run")).status_code == 404
