"""Who is left alone, on a page: found, added, brought in a file, and let back with a reason."""

from __future__ import annotations

import pytest

from esquadrao.campaigns.leave_alone import import_contacts, leave_alone
from esquadrao.contacts.models import Contact, ContactImport, Suppression
from tests.browsing import Browser, Page
from tests.conftest import Cast
from tests.factories import make_contacts

HERE = "/suppressions"
PHONE = "(11) 98765-4321"


async def test_an_empty_list_says_how_one_gets_there(ana: Browser) -> None:
    tree = await ana.read(HERE)
    assert "Quem responder SAIR entra aqui sozinho." in tree.words()
    assert tree.css('a[href="/suppressions/new"]')


async def test_a_number_is_added_found_and_let_back_with_a_reason(
    ana: Browser, sqlite_cast: Cast
) -> None:
    answer = await ana.submit(HERE, {"phone": PHONE, "note": "Pediu por telefone"})
    assert (answer.status_code, answer.headers["location"]) == (303, HERE)
    words = " ".join((await ana.read(f"{HERE}?search=4321")).words().split())
    assert "Número terminado em 4321" in words
    assert "Decisão da equipe · Ana" in words
    assert "Pediu por telefone" in words
    held = await Suppression.of(sqlite_cast.alfa).get()
    there = f"{HERE}/{held.id}/end"
    refused = await ana.submit(there, {"note": " "})
    assert refused.status_code == 422
    assert "quando e como ela pediu" in Page(refused.text).one("#note-error").text()
    answer = await ana.submit(there, {"note": "Pediu na loja"})
    assert (answer.status_code, answer.headers["location"]) == (303, HERE)
    assert (await ana.submit(there, {"note": "De novo"})).status_code == 409
    assert "Pediu na loja" in (await ana.read(f"{HERE}?lifted=1")).words()
    assert "Número terminado" not in (await ana.read(HERE)).words()


async def test_a_contact_leads_to_its_reason_and_back(ana: Browser, sqlite_cast: Cast) -> None:
    (contact,) = await make_contacts(sqlite_cast.alfa, 1)
    await ana.submit(f"/contacts/{contact.id}/suppression", {})
    held = await Suppression.of(sqlite_cast.alfa).get()
    tree = await ana.read(f"/contacts/{contact.id}")
    assert tree.css(f'a[href="{HERE}/{held.id}/end"]')
    answer = await ana.submit(f"{HERE}/{held.id}/end", {"note": "Engano"})
    assert answer.headers["location"] == f"/contacts/{contact.id}"
    assert (await Contact.one(sqlite_cast.alfa, contact.id)).suppressed_at is None


@pytest.mark.parametrize("phone", ["", "123", "0800 123 4567"])
async def test_a_number_that_is_none_is_refused(
    ana: Browser, sqlite_cast: Cast, phone: str
) -> None:
    answer = await ana.submit(HERE, {"phone": phone, "note": "x"})
    assert answer.status_code == 422
    assert Page(answer.text).one("#phone").attributes["aria-invalid"] == "true"
    assert await Suppression.of(sqlite_cast.alfa).all().count() == 0


async def test_a_file_of_numbers_is_sent_and_watched(ana: Browser, sqlite_cast: Cast) -> None:
    form = await ana.read("/imports/new?leaves_alone=1")
    assert form.one("[name=leaves_alone]").attributes["value"] == "1"
    assert form.css_first("#new_list") is None
    answer = await ana.submit(
        "/imports",
        {"default_ddd": "11", "leaves_alone": "1"},
        files={"file": ("sair.csv", b"Telefone\n11987654321\n11987654321\n0800\n")},
    )
    here = answer.headers["location"]
    one = await ContactImport.of(sqlite_cast.alfa).get()
    await import_contacts(sqlite_cast.alfa.id, one.id)
    words = " ".join((await ana.read(here)).words().split())
    assert "Não recebem mais1" in words
    assert "Já não recebiam1" in words
    assert "1 linha com erro" in words
    assert "para não enviar" in (await ana.read("/imports")).words()
    tree = await ana.read(HERE)
    assert tree.css(f'a[href="{here}"]')


async def test_pages_of_fifty_and_a_search_in_place(ana: Browser, sqlite_cast: Cast) -> None:
    for one in await make_contacts(sqlite_cast.alfa, 51):
        await leave_alone(sqlite_cast.alfa, sqlite_cast.ana, one.id)
    tree = await ana.read(HERE)
    assert len(tree.css("tbody tr")) == 50
    assert "51 números" in tree.words()
    following = [one.attributes["href"] for one in tree.css("a") if "after=" in str(one.attributes)]
    assert len((await ana.read(str(following[0]))).css("tbody tr")) == 1
    fragment = await ana.fragment(f"{HERE}?search=Pessoa+50")
    assert "<html" not in fragment.text
    assert "Pessoa 50" in fragment.text


async def test_an_agent_reads_and_changes_nothing(bruno: Browser, sqlite_cast: Cast) -> None:
    (contact,) = await make_contacts(sqlite_cast.alfa, 1)
    await leave_alone(sqlite_cast.alfa, sqlite_cast.ana, contact.id)
    held = await Suppression.of(sqlite_cast.alfa).get()
    tree = await bruno.read(HERE)
    assert "Pessoa 0" in tree.words()
    assert tree.css_first(f'a[href="{HERE}/{held.id}/end"]') is None
    assert (await bruno.get(f"{HERE}/new")).status_code == 403
    assert (await bruno.submit(HERE, {"phone": PHONE, "note": ""})).status_code == 403
    assert (await bruno.submit(f"{HERE}/{held.id}/end", {"note": "x"})).status_code == 403
    assert (await Suppression.of(sqlite_cast.alfa).get()).lifted_at is None
