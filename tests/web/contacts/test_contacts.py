from __future__ import annotations

from datetime import UTC, datetime

from esquadrao.contacts import lists
from esquadrao.contacts.add import add
from esquadrao.contacts.edit import edit
from esquadrao.contacts.fields import create
from esquadrao.contacts.models import Contact, OnWhatsApp
from tests.browsing import Browser, Page
from tests.conftest import Cast

PHONE = "11987654321"


async def test_an_empty_company_is_shown_the_ways_in(ana: Browser, bruno: Browser) -> None:
    page = await ana.read("/contacts")
    assert "Nenhum contato ainda" in page.words()
    page.one("a[href='/imports/new']")
    agents = await bruno.read("/contacts")
    assert agents.css_first("a[href='/imports/new']") is None
    assert agents.css_first("a[href='/contacts/new']") is None


async def test_a_contact_is_added_found_and_changed(ana: Browser, sqlite_cast: Cast) -> None:
    await create(sqlite_cast.alfa, sqlite_cast.ana, label="Cidade")
    typed = {"name": "José Araújo", "phone": PHONE, "email": "", "custom.cidade": "Recife"}
    answer = await ana.submit("/contacts", typed)
    assert answer.status_code == 303
    here = answer.headers["location"]
    page = await ana.read("/contacts?search=jose")
    assert "José Araújo" in page.words()
    assert "Nada com esta busca" in (await ana.read("/contacts?search=maria")).words()
    page = await ana.read(here)
    assert page.one("input[name='custom.cidade']").attributes["value"] == "Recife"
    changed = typed | {"name": "José Lima", "version": "1", "phone": "(11) 98765-4321"}
    assert (await ana.submit(here, changed)).status_code == 303
    assert (await Contact.of(sqlite_cast.alfa).get()).name == "José Lima"


async def test_search_by_htmx_answers_the_rows_alone(ana: Browser, sqlite_cast: Cast) -> None:
    await add(sqlite_cast.alfa, sqlite_cast.ana, phone=PHONE, name="Bia <b>")
    answer = await ana.fragment("/contacts?search=bia")
    assert "<html" not in answer.text
    assert "Bia &lt;b&gt;" in answer.text


async def test_a_bad_form_comes_back_with_its_values_and_sentences(
    ana: Browser, sqlite_cast: Cast
) -> None:
    answer = await ana.submit(
        "/contacts", {"name": "Bia", "phone": "81 6759-3581", "email": "bia@"}
    )
    assert answer.status_code == 422
    page = Page(answer.text)
    assert page.one("input[name=name]").attributes["value"] == "Bia"
    assert "Seria (81) 96759-3581?" in page.one("#phone-error").text()
    page.one("#email-error")
    assert await Contact.of(sqlite_cast.alfa).count() == 0


async def test_a_phone_that_exists_leads_to_its_contact(ana: Browser, sqlite_cast: Cast) -> None:
    made = await add(sqlite_cast.alfa, sqlite_cast.ana, phone=PHONE, name="Bia")
    answer = await ana.submit("/contacts", {"name": "Outra", "phone": PHONE})
    assert answer.status_code == 422
    Page(answer.text).one(f"main a[href='/contacts/{made.id}']")


async def test_an_older_version_is_told_and_both_values_are_shown(
    ana: Browser, sqlite_cast: Cast
) -> None:
    cast = sqlite_cast
    made = await add(cast.alfa, cast.ana, phone=PHONE, name="Bia")
    await edit(cast.alfa, cast.ana, made.id, version=1, phone=PHONE, name="Bia Souza")
    answer = await ana.submit(
        f"/contacts/{made.id}",
        {"name": "Bia Lima", "phone": "(11) 98765-4321", "email": "", "version": "1"},
    )
    assert answer.status_code == 409
    page = Page(answer.text)
    assert page.one("input[name=name]").attributes["value"] == "Bia Lima"
    assert "Bia Souza" in page.one("#name-error").text()
    assert page.one("input[name=version]").attributes["value"] == "2"


async def test_pages_follow_by_their_links(ana: Browser, sqlite_cast: Cast) -> None:
    for number in range(51):
        await add(sqlite_cast.alfa, sqlite_cast.ana, phone=f"119876543{number:02d}")
    page = await ana.read("/contacts")
    assert len(page.css("tbody tr")) == 50
    following = page.one("a[rel=next]").attributes["href"]
    assert following is not None
    assert len((await ana.read(following)).css("tbody tr")) == 1


async def test_agents_read_and_may_not_write(bruno: Browser, sqlite_cast: Cast) -> None:
    made = await add(sqlite_cast.alfa, sqlite_cast.ana, phone=PHONE, name="Bia")
    page = await bruno.read(f"/contacts/{made.id}")
    assert page.css_first("main form") is None
    assert (await bruno.get("/contacts/new")).status_code == 403
    assert (await bruno.submit("/contacts", {"phone": "11987654322"})).status_code == 403
    for path in ("/imports", "/imports/new", "/imports/model.csv"):
        assert (await bruno.get(path)).status_code == 403


async def test_carla_sees_nothing_of_alfa(carla: Browser, sqlite_cast: Cast) -> None:
    cast = sqlite_cast
    made = await add(cast.alfa, cast.ana, phone=PHONE, name="Bia")
    group = await lists.create(cast.alfa, cast.ana, name="VIP")
    assert "Bia" not in (await carla.read("/contacts")).words()
    assert "VIP" not in (await carla.read("/contact-lists")).words()
    for path in (f"/contacts/{made.id}", f"/contact-lists/{group.id}", "/contacts/x"):
        assert (await carla.get(path)).status_code == 404
    for path, data in (
        (f"/contacts/{made.id}", {"phone": PHONE, "version": "1"}),
        (f"/contacts/{made.id}/lists", {"list": str(group.id)}),
        (f"/contact-lists/{group.id}", {"name": "Minha"}),
        (f"/contact-lists/{group.id}/removals", {"contact": str(made.id)}),
    ):
        assert (await carla.submit(path, data)).status_code == 404


async def test_lists_are_made_renamed_filled_and_emptied(ana: Browser, sqlite_cast: Cast) -> None:
    made = await add(sqlite_cast.alfa, sqlite_cast.ana, phone=PHONE, name="Bia")
    answer = await ana.submit("/contact-lists", {"name": "VIP"})
    here = answer.headers["location"]
    assert (await ana.submit("/contact-lists", {"name": "VIP"})).status_code == 422
    assert "Lista vazia" in (await ana.read(here)).words()
    await ana.submit(f"/contacts/{made.id}/lists", {"list": here.rpartition("/")[2]})
    assert "1 contato" in (await ana.read("/contact-lists")).words()
    assert "Bia" in (await ana.read(here)).words()
    assert (await ana.read(f"{here}/rename")).one("input[name=name]").attributes["value"] == "VIP"
    await ana.submit(here, {"name": "Melhores"})
    assert "Melhores" in (await ana.read(f"/contacts/{made.id}")).words()
    await ana.submit(f"{here}/removals", {"contact": str(made.id)})
    assert "Lista vazia" in (await ana.read(here)).words()
    assert (await ana.get(f"{here}?after=x")).status_code == 404


async def test_a_field_says_what_texts_call_it(ana: Browser) -> None:
    assert (await ana.submit("/contact-fields", {"label": "Última compra"})).status_code == 303
    assert "{{ ultima_compra }}" in (await ana.read("/contact-fields")).words()
    assert (await ana.submit("/contact-fields", {"label": "última COMPRA"})).status_code == 422
    assert (await ana.submit("/contact-fields", {"label": ""})).status_code == 422


async def test_a_contact_shows_what_whatsapp_said_of_the_number_and_when(
    ana: Browser, sqlite_cast: Cast
) -> None:
    contact = await add(sqlite_cast.alfa, sqlite_cast.ana, phone=PHONE, name="Bia")
    here, rows = f"/contacts/{contact.id}", Contact.of(sqlite_cast.alfa).filter(id=contact.id)
    said = [(await ana.read(here)).one(".number-state").text()]
    at = datetime(2026, 11, 24, 13, tzinfo=UTC)
    for state in (OnWhatsApp.EXISTS, OnWhatsApp.ABSENT):
        await rows.update(on_whatsapp=state, checked_at=at)
        said.append((await ana.read(here)).one(".number-state").text())
    assert said == [
        "O WhatsApp ainda não disse se este número existe.",
        "Está no WhatsApp, conferido em 24/11/2026 10:00.",
        "Não está no WhatsApp, conferido em 24/11/2026 10:00.",
    ]
