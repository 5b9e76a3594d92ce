"""The main job in a real browser: from the sign-in to the last contact, with what "WhatsApp" saw at the end."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from esquadrao.campaigns.footer import signed
from tests.browser.conftest import PASSWORD
from tests.browser.steps import (
    TEXTS,
    import_the_spreadsheet,
    pair_a_channel,
    reloaded_until,
    write_a_campaign,
)
from tests.browser.visit import visiting
from tests.installation import Installation

pytestmark = pytest.mark.browser


def texts_by(
    here: Installation, phones: dict[str, str], *, channel_of: int
) -> list[tuple[str, str]]:
    """What reached "WhatsApp" over the nth Channel that ever wrote."""
    writes = here.ledger()
    channels = list(dict.fromkeys(one["channel"] for one in writes))
    return sorted(
        (one["to"], one["text"]) for one in writes if one["channel"] == channels[channel_of]
    )


async def test_ana_pairs_imports_writes_starts_and_watches_to_the_end(
    here: Installation, chromium: Browser, tmp_path: Path
) -> None:
    async with visiting(chromium, here.url) as visit:
        page = visit.page
        await visit.sign_in("ana@alfa.example", PASSWORD)

        await pair_a_channel(visit, "Loja")
        await expect(page.locator(".qr-frame svg")).to_be_visible()
        await page.get_by_role("button", name="Simular leitura").click()
        await expect(page.get_by_role("heading", name="Conectada")).to_be_visible()

        await import_the_spreadsheet(visit, tmp_path, "Maio")
        await expect(page.get_by_text("4 linhas com erro")).to_be_visible()

        await write_a_campaign(visit, channel="Loja", audience="Maio")
        await expect(page.locator("#preview")).to_contain_text("A loja de")
        await page.get_by_role("button", name="Salvar e revisar").click()
        await page.get_by_role("button", name="Enviar para 5 contatos por Loja").click()

        await page.wait_for_url("**/campaigns/*")
        await page.evaluate("window.wasNeverReloaded = true")
        await expect(page.locator("#campaign")).to_contain_text("Concluída")
        await expect(page.locator(".line-sum")).to_contain_text("5 enviadas")
        assert await page.evaluate("window.wasNeverReloaded")
    assert texts_by(here, TEXTS, channel_of=0) == sorted(
        (to, signed(text)) for to, text in TEXTS.items()
    )


async def test_the_main_job_needs_no_scripts(
    here: Installation, chromium: Browser, tmp_path: Path
) -> None:
    async with visiting(chromium, here.url, has_scripts=False) as visit:
        page = visit.page
        await visit.sign_in("ana@alfa.example", PASSWORD)

        await pair_a_channel(visit, "Balcão")
        await reloaded_until(page, "Simular leitura")
        await page.get_by_role("button", name="Simular leitura").click()
        await reloaded_until(page, "Conectada")

        await import_the_spreadsheet(visit, tmp_path, "Junho")
        await reloaded_until(page, "4 linhas com erro")

        await write_a_campaign(visit, channel="Balcão", audience="Junho")
        await page.get_by_role("button", name="Atualizar prévia").click()
        await expect(page.locator("#preview")).to_contain_text("A loja de")
        await page.get_by_role("button", name="Salvar e revisar").click()
        await page.get_by_role("button", name="Enviar para 5 contatos por Balcão").click()
        await reloaded_until(page, "Concluída")
    assert texts_by(here, TEXTS, channel_of=-1) == sorted(
        (to, signed(text)) for to, text in TEXTS.items()
    )
