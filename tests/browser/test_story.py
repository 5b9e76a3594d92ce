"""The main job in a real browser: from the sign-in to the last contact, with what "WhatsApp" saw at the end."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from esquadrao.campaigns.footer import signed
from tests.browser.conftest import PASSWORD
from tests.browser.visit import Visit, visiting
from tests.installation import Installation

pytestmark = pytest.mark.browser

BODY = 'Oi, {{ primeiro_nome | default: "cliente" }}! A loja de {{ cidade | default: "sua cidade" }} avisa.'
# As Excel in Brazil saves it: cp1252, semicolons, CRLF, columns in its owner's order, phones as people type them.
SPREADSHEET = """Cidade;Nome;Observação;Celular
São Luís;José Conceição;compra há anos;(98) 98111-0001
Recife;Antônia Brandão;;81 98111 0002
;Márcio Gonçalves;sem cidade;+55 11 98111-0003
Maringá;;sem nome;44981110004
Niterói;"Zoë; a dona";;021 98111-0005
Campinas;Sem Telefone;;
Campinas;Curto Demais;;1234
Campinas;Impossível Da Silva;;(00) 00000-0000
Recife;Sem Nono Dígito;;(81) 8111-0002
Recife;Antônia de Novo;a mesma pessoa;+55 (81) 98111-0002
"""
TEXTS = {
    "+5598981110001": "Oi, José! A loja de São Luís avisa.",
    "+5581981110002": "Oi, Antônia! A loja de Recife avisa.",
    "+5511981110003": "Oi, Márcio! A loja de sua cidade avisa.",
    "+5544981110004": "Oi, cliente! A loja de Maringá avisa.",
    "+5521981110005": "Oi, Zoë;! A loja de Niterói avisa.",
}


async def pair_a_channel(visit: Visit, name: str) -> None:
    await visit.open("/channels/new")
    await visit.page.get_by_label("Nome da conexão").fill(name)
    await visit.page.get_by_role("button", name="Continuar para o código").click()


async def import_the_spreadsheet(visit: Visit, folder: Path, list_name: str) -> None:
    path = folder / "clientes maio.csv"
    path.write_bytes(SPREADSHEET.replace("\n", "\r\n").encode("cp1252"))
    await visit.open("/imports/new")
    await visit.page.get_by_label("Arquivo CSV").set_input_files(path)
    await visit.page.get_by_label("Criar uma lista com estes contatos").fill(list_name)
    await visit.page.get_by_role("button", name="Importar contatos").click()


async def write_a_campaign(visit: Visit, *, channel: str, audience: str) -> None:
    page = visit.page
    await visit.open("/campaigns/new")
    await page.get_by_label("Nome", exact=True).fill("Aviso de maio")
    await page.get_by_label("Lista").select_option(label=await option(page, "Lista", audience))
    await page.get_by_label("Conexão").select_option(label=await option(page, "Conexão", channel))
    await page.get_by_label("Mensagem", exact=True).fill(BODY)


async def option(page: Page, field: str, begins: str) -> str:
    """The whole label of an option; it may go on with a count or a state."""
    found = page.get_by_label(field).locator("option").filter(has_text=begins)
    return (await found.first.inner_text()).strip()


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


async def reloaded_until(page: Page, words: str) -> None:
    """Without scripts a person presses reload."""
    for _ in range(100):
        if await page.get_by_text(words).count():
            return
        await page.wait_for_timeout(200)
        await page.reload()
    raise AssertionError(f"{words} never came on {page.url}")
