"""What Ana does in her browser, step by step; each test tells its own story with them."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Page

from tests.browser.visit import Visit

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


async def reloaded_until(page: Page, words: str) -> None:
    """Without scripts a person presses reload."""
    for _ in range(100):
        if await page.get_by_text(words).count():
            return
        await page.wait_for_timeout(200)
        await page.reload()
    raise AssertionError(f"{words} never came on {page.url}")
