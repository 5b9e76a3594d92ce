"""The bubble: the engine's rendering for a real Contact, and never somebody else's."""

from __future__ import annotations

from esquadrao.campaigns.compose import parse
from esquadrao.campaigns.preview import blanks, preview
from esquadrao.contacts.models import Contact
from tests.conftest import Cast
from tests.factories import make_contacts, make_list


async def test_the_bubble_walks_through_the_list(sqlite_cast: Cast) -> None:
    alfa = sqlite_cast.alfa
    people = await make_contacts(alfa, 3)
    chosen = await make_list(alfa, people[:2])
    first = await preview(alfa, body="Oi *{{ nome }}*", contact_list_id=chosen.id)
    assert str(first.html) == "Oi <strong>Pessoa 0</strong>"
    assert (first.previous, first.next) == (None, people[1].id)
    second = await preview(
        alfa, body="Oi {{ nome }}", contact_list_id=chosen.id, contact_id=first.next
    )
    assert (str(second.html), second.next) == ("Oi Pessoa 1", None)
    outside = await preview(
        alfa, body="Oi {{ nome }}", contact_list_id=chosen.id, contact_id=people[2].id
    )
    assert str(outside.html) == "Oi Pessoa 0"


async def test_another_companys_contact_is_never_shown(sqlite_cast: Cast) -> None:
    theirs = await make_contacts(sqlite_cast.alfa, 1)
    chosen = await make_list(sqlite_cast.alfa, theirs)
    seen = await preview(
        sqlite_cast.beta, body="{{ nome }}", contact_list_id=chosen.id, contact_id=theirs[0].id
    )
    assert (str(seen.html), seen.contact) == ("Maria Exemplo", None)


async def test_a_wrong_text_shows_its_sentence_instead_of_a_bubble(sqlite_cast: Cast) -> None:
    seen = await preview(sqlite_cast.alfa, body="{{ nme }}")
    assert [one.code for one in seen.issues] == ["unknown_variable"]
    assert str(seen.html) == ""


async def test_blanks_are_counted_before_anything_is_sent(sqlite_cast: Cast) -> None:
    alfa = sqlite_cast.alfa
    people = await make_contacts(alfa, 5)
    await Contact.of(alfa).filter(id__in=[people[1].id, people[3].id]).update(name="")
    chosen = await make_list(alfa, people)
    found = await blanks(alfa, text=parse("Oi {{ nome }}"), contact_list_id=chosen.id)
    assert (found.people, found.names, found.looked_at, found.is_whole) == (2, ("nome",), 5, True)
    text = parse('Oi {{ nome | default: "cliente" }}')
    assert (await blanks(alfa, text=text, contact_list_id=chosen.id)).people == 0
