"""A visit of Ana's: a page of Chromium, and everything it should not have done."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.async_api import Browser, ConsoleMessage, Page, Request, expect

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TELL_ON_POLICY = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`))
"""
PATIENCE = 30_000  # ms until what is expected stands on the page; a busy machine is slow


@dataclass
class Visit:
    page: Page
    url: str
    faults: list[str] = field(default_factory=list)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"console: {message.text} on {self.page.url}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if (
            parts.scheme in ("http", "https", "ws", "wss")
            and parts.netloc != urlsplit(self.url).netloc
        ):
            self.faults.append(f"request to another host: {request.url}")

    async def open(self, path: str) -> None:
        await self.page.goto(self.url + path)

    async def sign_in(self, email: str, password: str) -> None:
        await self.open("/sign-in")
        await self.page.get_by_label("E-mail").fill(email)
        await self.page.get_by_label("Senha").fill(password)
        await self.page.get_by_role("button", name="Entrar").click()
        await self.page.wait_for_url(self.url + "/")


@asynccontextmanager
async def visiting(browser: Browser, url: str, *, has_scripts: bool = True) -> AsyncIterator[Visit]:
    """A fresh visitor in Portuguese; at the end of the visit nothing may have been told on."""
    expect.set_options(timeout=PATIENCE)
    context = await browser.new_context(
        java_script_enabled=has_scripts,
        locale="pt-BR",
        viewport={"width": 1280, "height": 900},
        accept_downloads=True,
    )
    context.set_default_timeout(PATIENCE)
    page = await context.new_page()
    visit = Visit(page, url)
    if has_scripts:
        await page.add_init_script(TELL_ON_POLICY)
    page.on("console", visit._console)
    page.on("request", visit._request)
    page.on("pageerror", lambda error: visit.faults.append(f"script: {error}"))
    yield visit
    await context.close()
    assert visit.faults == []
