from __future__ import annotations

import pytest

from esquadrao.contacts import lists
from esquadrao.contacts.add import add
from esquadrao.contacts.edit import edit
from esquadrao.contacts.fields import ensure
from esquadrao.contacts.fold import fold
from esquadrao.contacts.models import Contact
from esquadrao.contacts.search import counted, search
from esquadrao.errors import Conflict, Forbidden, Invalid, NotFound
from tests.conftest import Cast
from tests.factories import make_contacts


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("  José  ARAÚJO ", "jose araujo"),
        ("São-Paulo/SP", "sao paulo sp"),
        ("1️⃣ opção", "1 opcao"),
        ("Straße", "strasse"),
        ("e-mail_1", "e mail 1"),
    ],
)
def test_fold_drops_accents_case_and_punctuation(text: str, folded: str) -> None:
    assert fold(text) == folded


async def test_a_contact_is_added_as_it_is_kept(cast: Cast) -> None:
    await ensure(cast.alfa.id, {"cidade": "Cidade"})
    made = await add(
        cast.alfa,
        cast.ana,
        phone="98765-4321",
        name=" Bia  Souza ",
        email="BIA@exemplo.com",
        custom={"cidade": " Recife "},
    )
    kept = await Contact.one(cast.alfa, made.id)
    assert (kept.phone, kept.name, kept.email) == ("+5511987654321", "Bia Souza", "bia@exemplo.com")
    assert kept.custom == {"cidade": "Recife"}


async def test_every_mistake_is_told_at_once_and_nothing_is_kept(cast: Cast) -> None:
    with pytest.raises(Invalid) as caught:
        await add(
            cast.alfa, cast.ana, phone="12", name="x" * 121, email="bia@", custom={"outro": "1"}
        )
    assert [issue.path for issue in caught.value.issues] == [
        "phone",
        "name",
        "email",
        "custom.outro",
    ]
    assert await Contact.of(cast.alfa).count() == 0


async def test_the_same_person_is_not_added_twice_in_a_company(cast: Cast) -> None:
    first = await add(cast.alfa, cast.ana, phone="11987654321", name="Bia")
    with pytest.raises(Invalid) as caught:
        await add(cast.alfa, cast.ana, phone="+55 11 98765-4321")
    assert (caught.value.code, caught.value.values["contact_id"]) == ("phone_taken", str(first.id))
    await add(cast.beta, cast.carla, phone="11987654321")
    assert await Contact.of(cast.alfa).count() == 1


async def test_who_saves_from_an_old_version_is_told(cast: Cast) -> None:
    made = await add(cast.alfa, cast.ana, phone="11987654321", name="Bia")
    await edit(cast.alfa, cast.ana, made.id, version=1, phone="11987654321", name="Bia Souza")
    with pytest.raises(Conflict):
        await edit(cast.alfa, cast.ana, made.id, version=1, phone="11987654321", name="Outra")
    kept = await Contact.one(cast.alfa, made.id)
    assert (kept.name, kept.version) == ("Bia Souza", 2)


async def test_an_edit_may_not_take_another_persons_phone(cast: Cast) -> None:
    await add(cast.alfa, cast.ana, phone="11987654321", name="Bia")
    other = await add(cast.alfa, cast.ana, phone="11987654322", name="Caio")
    with pytest.raises(Invalid) as caught:
        await edit(cast.alfa, cast.ana, other.id, version=1, phone="11987654321", name="Caio")
    assert caught.value.code == "phone_taken"


async def test_agents_read_and_strangers_see_nothing(cast: Cast) -> None:
    made = await add(cast.alfa, cast.ana, phone="11987654321", name="Bia")
    with pytest.raises(Forbidden):
        await add(cast.alfa, cast.bruno, phone="11987654322")
    with pytest.raises(NotFound):
        await edit(cast.beta, cast.carla, made.id, version=1, phone="11987654321")
    assert (await search(cast.beta, text="bia")).rows == []


@pytest.mark.parametrize(
    "text",
    [
        "jose",
        "JOSÉ ara",
        "araujo josé",
        "zé@exemplo",
        "(11) 98765-4321",
        "11987654321",
        "1187654321",
        "8765 4321",
        "011 98765",
        "",
    ],
)
async def test_search_finds_in_any_spelling(cast: Cast, text: str) -> None:
    made = await add(
        cast.alfa, cast.ana, phone="11987654321", name="José Araújo", email="ze@exemplo.com"
    )
    await add(cast.beta, cast.carla, phone="11987654321", name="José Araújo")
    assert [one.id for one in (await search(cast.alfa, text=text)).rows] == [made.id]
    assert (await search(cast.alfa, text="joana%")).rows == []


async def test_pages_follow_each_other_with_no_gap_and_no_double(cast: Cast) -> None:
    made = [(await add(cast.alfa, cast.ana, phone=f"1198765432{n}")).id for n in range(7)]
    found, after = [], None
    while True:
        page = await search(cast.alfa, after=after, limit=3)
        found += [one.id for one in page.rows]
        after = page.next
        if after is None:
            break
    assert found == made[::-1]


@pytest.mark.parametrize("after", ["x", "1_2", "9e99_", "nan_" + "0" * 32, "1e400_" + "0" * 32])
async def test_a_cursor_nobody_gave_is_refused(cast: Cast, after: str) -> None:
    with pytest.raises(Invalid):
        await search(cast.alfa, after=after)


async def test_a_list_counts_its_people_once(cast: Cast) -> None:
    made = await lists.create(cast.alfa, cast.ana, name=" Clientes  VIP ")
    people = [(await add(cast.alfa, cast.ana, phone=f"1198765432{n}")).id for n in range(3)]
    foreign = await add(cast.beta, cast.carla, phone="11987654321")
    await lists.add_members(cast.alfa, cast.ana, made.id, [*people, people[0], foreign.id])
    await lists.add_members(cast.alfa, cast.ana, made.id, people)
    assert [(row.name, row.size) for row in await lists.lists_of(cast.alfa)] == [
        ("Clientes VIP", 3)
    ]
    first = await lists.members(cast.alfa, made.id, limit=2)
    rest = await lists.members(cast.alfa, made.id, after=first.next, limit=2)
    assert [one.id for one in [*first.rows, *rest.rows]] == people[::-1]
    await lists.remove_members(cast.alfa, cast.ana, made.id, people[:1])
    assert await lists.size(cast.alfa, made.id) == 2


async def test_a_lists_name_is_given_and_its_own(cast: Cast) -> None:
    made = await lists.create(cast.alfa, cast.ana, name="A")
    other = await lists.create(cast.alfa, cast.ana, name="B")
    for name, code in [("", "required"), ("x" * 81, "too_long"), ("A", "name_taken")]:
        with pytest.raises(Invalid) as caught:
            await lists.rename(cast.alfa, cast.ana, other.id, name=name)
        assert caught.value.code == code
    assert (await lists.rename(cast.alfa, cast.ana, made.id, name="A")).name == "A"
    with pytest.raises(NotFound):
        await lists.rename(cast.beta, cast.carla, made.id, name="C")


async def test_beyond_a_limit_contacts_are_not_counted_one_by_one(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_contacts(cast.alfa, 7)
    assert await counted(cast.alfa, "") == 7
    monkeypatch.setattr("esquadrao.contacts.search.MOST_COUNTED", 3)
    assert await counted(cast.alfa, "") == 4
    assert await counted(cast.beta, "") == 0
