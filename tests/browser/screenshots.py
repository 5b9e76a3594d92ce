"""`make screenshots`: every page, light and dark, wide and 360 px, into var/screenshots, to be looked at by a person.

An installation of its own with the demo's people, a paired Channel, an import with refusals, and Campaigns in several
states. A page that scrolls sideways is named on the way.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, Page, async_playwright, expect

from esquadrao.commands.development import ROOT
from esquadrao.messages.gate import gate
from esquadrao.messages.gate_codes import Wait
from esquadrao.messages.why import explained
from tests import services
from tests.browser.visit import FLAGS, Visit, visiting
from tests.gate_examples import EXAMPLES
from tests.installation import installation
from web import i18n, relative
from web.rendering import environment

PASSWORD = "nove cavalos azuis no telhado"
FOLDER = ROOT / "var/screenshots"
WIDTHS = (1280, 360)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SPREADSHEET = "Nome;Celular;Cidade\r\nInês Prado;(11) 98111-0101;Recife\r\nJonas;1234;\r\n"


async def _furnish(visit: Visit) -> dict[str, str]:
    """Do what a person does, and remember the addresses worth a picture."""
    page, seen = visit.page, {}
    await visit.open("/channels")
    await page.get_by_role("link", name="Vendas").first.click()
    seen["channel"] = page.url
    await page.get_by_role("button", name="Conectar").click()
    await page.get_by_role("button", name="Simular leitura").click()
    await expect(page.get_by_role("heading", name="Conectada")).to_be_visible()
    await visit.open("/channels/new")
    await page.get_by_label("Nome da conexão").fill("Balcão")
    await page.get_by_role("button", name="Continuar para o código").click()
    await expect(page.locator(".qr-frame svg")).to_be_visible()
    seen["pairing"] = page.url
    await visit.open("/imports/new")
    await page.get_by_label("Arquivo CSV").set_input_files(
        {"name": "maio.csv", "mimeType": "text/csv", "buffer": SPREADSHEET.encode("cp1252")}
    )
    await page.get_by_role("button", name="Importar contatos").click()
    await expect(page.get_by_text("1 linha com erro")).to_be_visible()
    seen["import"] = page.url
    await visit.open("/contacts")
    await page.locator("a.contact-name").first.click()
    seen["contact"] = page.url
    await visit.open("/contact-lists")
    await page.get_by_role("link", name="Clientes", exact=True).first.click()
    seen["contact-list"] = page.url
    await visit.open("/campaigns")
    link = await page.get_by_role("link", name="Coleção nova").first.get_attribute("href")
    seen["campaign"] = visit.url + str(link).removesuffix("/edit")
    await page.goto(seen["campaign"] + "/review")
    await page.get_by_role("button", name="Enviar para").click()
    await expect(page.locator(".line-sum")).to_be_visible()
    await page.get_by_role("button", name="Duplicar").click()
    await page.wait_for_url("**/edit")
    seen["campaign-edit"] = page.url
    seen["campaign-review"] = page.url.replace("/edit", "/review")
    return seen


async def _picture(page: Page, name: str) -> None:
    await page.wait_for_load_state("load")
    await page.screenshot(path=FOLDER / f"{name}.png", full_page=True)
    beyond = await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    if beyond > 0:
        print(f"screenshots: {name} scrolls {beyond} px sideways")  # noqa: T201


async def _four(page: Page, name: str, place: str) -> None:
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 800})
        for scheme in SCHEMES:
            await page.emulate_media(color_scheme=scheme)
            await page.goto(place)
            await _picture(page, f"{name}-{scheme}-{width}")


async def _waits(page: Page, url: str) -> None:
    """Every answer of the gate in each language, one below the other: for a person to read."""
    why = environment().get_template("shared/why.html").module.why  # type: ignore[attr-defined]
    for language in i18n.LANGUAGES:
        i18n.speak(language)
        pieces = []
        for held, moment in EXAMPLES.values():
            answer = gate(held, moment)
            assert isinstance(answer, Wait)
            said = explained(answer, channel="Vendas 1", name="Ana" * bool(answer.who_set_it.at))
            until = i18n.moment(said.until) if said.until else ""
            piece = why(said, until, relative.day(said.who_at))
            pieces.append(f'<div class="card"><div class="waits"><div>{piece}</div></div></div>')
        await page.set_viewport_size({"width": WIDTHS[0], "height": 800})
        await page.emulate_media(color_scheme="light")
        await page.goto(f"{url}/channels")
        write = "html => { document.querySelector('main').innerHTML = html; }"
        await page.evaluate(write, "".join(pieces))
        await _picture(page, f"waits-{language}")


async def _empty(browser: Browser, url: str) -> None:
    """The page an installation without a company shows to whoever comes first."""
    async with visiting(browser, url) as visit:
        await _four(visit.page, "first-run", f"{url}/first-run")


async def _pictures(browser: Browser, url: str) -> None:
    async with visiting(browser, url) as visit:
        await _four(visit.page, "sign-in", f"{url}/sign-in")
        await visit.sign_in("ana@alfa.example", PASSWORD)
        places = await _furnish(visit)
        for path in ("channels", "contacts", "contacts/new", "contact-lists", "contact-fields"):
            places[path.replace("/", "-")] = f"{url}/{path}"
        for path in ("imports", "imports/new", "campaigns", "campaigns/new", "channels/new"):
            places[path.replace("/", "-")] = f"{url}/{path}"
        places["campaign-cancel"] = places["campaign"] + "/cancel"
        places["channel-log-out"] = places["channel"] + "/log-out"
        places["channel-pace"] = places["channel"] + "/pace"
        places["sending-hours"] = f"{url}/sending-hours"
        places["channel-removal"] = places["channel"] + "/removal"
        places["contact-list-rename"] = places["contact-list"] + "/rename"
        places["not-found"] = f"{url}/nowhere"
        for name, place in {"home": f"{url}/", **places}.items():
            await _four(visit.page, name, place)
        await _waits(visit.page, url)
        visit.faults = [fault for fault in visit.faults if "404" not in fault]  # asked for


async def main() -> int:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    pace = {"SIMULATOR_AUTO_PAIR": "0", "SIMULATOR_RATES": "undelivered:0.05,unread:0.3"}
    with (
        tempfile.TemporaryDirectory(prefix="esq-") as path,
        installation(Path(path), settings=pace) as here,
    ):
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=services.chromium(), args=FLAGS, chromium_sandbox=False
            )
            await _empty(browser, here.url)
            here.run("esquadrao demo", ESQUADRAO_DEMO_PASSWORD=PASSWORD)
            await _pictures(browser, here.url)
            await browser.close()
    print(f"screenshots: {len(list(FOLDER.glob('*.png')))} pictures in {FOLDER}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
