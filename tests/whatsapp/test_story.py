"""The main job with the real bridge, from the QR on the screen to the phone that unlinks us and comes back."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from esquadrao.campaigns.answers import ACKNOWLEDGED
from esquadrao.campaigns.footer import signed
from tests import services
from tests.browser.conftest import PASSWORD
from tests.browser.steps import (
    TEXTS,
    import_the_spreadsheet,
    pair_a_channel,
    reloaded_until,
    write_a_campaign,
)
from tests.browser.visit import Visit, visiting
from tests.installation import Installation, installation
from tests.whatsapp.phones import Phones
from tests.whatsapp.screen import qr_on

pytestmark = pytest.mark.browser

OURS = "5511970010001"
JOSE = "5598981110001"
NAMED = {
    JOSE: "José Conceição",
    "5581981110002": "Antônia de Novo",
    "5511981110003": "Márcio Gonçalves",
    "5521981110005": "Zoë; a dona",
}
ACKS_SLOWLY = (
    3_000  # ms: while one Message waits for its ack, the others of its Channel wait for it
)


@pytest.fixture(scope="module")
def here(phones: Phones) -> Iterator[Installation]:
    services.chromium()  # skips before the start
    with (
        tempfile.TemporaryDirectory(prefix="esq-") as path,
        installation(Path(path), settings=phones.settings) as made,
    ):
        made.run("esquadrao demo", ESQUADRAO_DEMO_PASSWORD=PASSWORD)
        yield made


async def never_reload(page: Page) -> None:
    await page.evaluate("window.wasNeverReloaded = true")


async def was_never_reloaded(page: Page) -> bool:
    return bool(await page.evaluate("window.wasNeverReloaded === true"))


async def scan_the_screen(visit: Visit, phones: Phones) -> None:
    """Read the code off the picture of the page, and see it become "Conectada" by itself."""
    await expect(visit.page.locator(".qr-frame svg.qr")).to_be_visible()
    await never_reload(visit.page)
    phones.scan(await qr_on(visit.page), OURS)
    await expect(visit.page.get_by_role("heading", name="Conectada")).to_be_visible()
    assert await was_never_reloaded(visit.page)


async def tallies(page: Page, **counts: str) -> None:
    for label, count in counts.items():
        told = page.locator(".tally").filter(has_text=label).locator("strong")
        await expect(told).to_have_text(count)


async def test_ana_pairs_by_qr_sends_hears_an_answer_and_an_opt_out_and_pairs_again_by_code(
    here: Installation, phones: Phones, chromium: Browser, tmp_path: Path
) -> None:
    phones.behave(read=True)
    async with visiting(chromium, here.url) as visit:
        page = visit.page
        await visit.sign_in("ana@alfa.example", PASSWORD)
        await pair_a_channel(visit, "Loja")
        await scan_the_screen(visit, phones)

        await import_the_spreadsheet(visit, tmp_path, "Maio")
        await expect(page.get_by_text("4 linhas com erro")).to_be_visible()
        await launch_to(visit, 5)
        await expect(page.locator("#campaign")).to_contain_text("Concluída")
        await tallies(page, Enviadas="5", Entregues="5", Lidas="5")
        assert await was_never_reloaded(page)
        assert {f"+{one['with']}": one["text"] for one in phones.sent_by(OURS)} == {
            to: signed(text) for to, text in TEXTS.items()
        }
        assert [one["outcome"] for one in phones.writes_of(OURS)] == ["accepted"] * 5

        await jose_answers(visit, phones)
        await one_of_a_second_campaign_asks_to_be_left_alone(visit, phones)
        await the_phone_unlinks_us(visit, phones)
        await pair_again_by_code(visit, phones)


async def launch_to(visit: Visit, people: int) -> None:
    page = visit.page
    await write_a_campaign(visit, channel="Loja", audience="Maio")
    await page.get_by_role("button", name="Salvar e revisar").click()
    await page.get_by_role("button", name=f"Enviar para {people} contatos por Loja").click()
    await page.wait_for_url("**/campaigns/*")
    await never_reload(page)


async def jose_answers(visit: Visit, phones: Phones) -> None:
    page = visit.page
    await page.get_by_role("link", name="José Conceição").first.click()
    await expect(page.locator(".history")).to_contain_text("Oi, José!")
    await never_reload(page)
    phones.write("Até que horas abre?", to=OURS, sender=JOSE)
    await expect(page.locator(".history .theirs")).to_contain_text("Até que horas abre?")
    assert await was_never_reloaded(page)


async def one_of_a_second_campaign_asks_to_be_left_alone(visit: Visit, phones: Phones) -> None:
    page = visit.page
    order = [one["with"] for one in phones.sent_by(OURS)]
    phones.behave(ack_delay_ms=ACKS_SLOWLY)
    await launch_to(visit, 5)
    campaign = page.url
    await expect(page.locator("#campaign")).to_contain_text("Enviando")
    left = [to for to in order if to in NAMED][-1]  # whose turn is the longest way off
    name = NAMED[left]
    phones.write("SAIR", to=OURS, sender=left)

    await page.get_by_role("link", name=name).first.click()
    await reloaded_until(page, "Não recebe campanhas")
    phones.behave(ack_delay_ms=0)
    await visit.open(campaign.removeprefix(visit.url))
    await expect(page.locator("#campaign")).to_contain_text("Concluída")
    await expect(page.locator(".line-sum").last).to_contain_text("4 enviadas")
    row = page.get_by_role("row").filter(has_text=name)
    await expect(row).to_contain_text("Pediu para não receber mensagens.")
    mine = [one["text"] for one in phones.sent_by(OURS, to=left)]
    assert mine == [signed(TEXTS[f"+{left}"]), ACKNOWLEDGED]


async def the_phone_unlinks_us(visit: Visit, phones: Phones) -> None:
    page = visit.page
    await visit.open("/channels")
    await page.get_by_role("link", name="Loja").click()
    await expect(page.get_by_text("Pronta para enviar.")).to_be_visible()
    await never_reload(page)
    phones.unlink(OURS)
    about = page.locator(".channel-about")
    await expect(about).to_contain_text("Este número não está mais ligado.")
    await expect(about).to_contain_text("Leia um novo código para voltar.")
    assert await was_never_reloaded(page)
    await visit.open("/campaigns")  # whatever page the owner opens
    await expect(page.locator(".summary")).to_contain_text("O número foi desconectado.")


async def pair_again_by_code(visit: Visit, phones: Phones) -> None:
    page = visit.page
    await page.locator(".summary").get_by_role("link", name="Loja").click()
    await page.get_by_role("button", name="Conectar").click()
    await expect(page.locator(".qr-frame svg.qr")).to_be_visible()
    await page.get_by_text("Pareie com um código").click()
    await page.get_by_label("Número deste WhatsApp, com DDD").fill("(11) 97001-0001")
    await page.get_by_role("button", name="Pedir código").click()
    await never_reload(page)
    phones.type_code(await page.locator("#code .paired-number").inner_text(), OURS)
    await expect(page.get_by_role("heading", name="Conectada")).to_be_visible()
    assert await was_never_reloaded(page)
    await visit.open("/")
    await expect(page.locator(".summary")).to_have_count(0)
