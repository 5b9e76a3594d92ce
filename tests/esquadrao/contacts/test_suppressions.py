"""Who is left alone: by a phone or a file, before the next write, found again, and let back with a reason."""

from __future__ import annotations

import asyncio

import pytest

from esquadrao.campaigns import line
from esquadrao.campaigns.launch import launch
from esquadrao.campaigns.leave_alone import end, import_contacts, leave_alone, leave_phone_alone
from esquadrao.campaigns.models import Campaign, Delivery
from esquadrao.campaigns.prepare import prepare
from esquadrao.campaigns.process import process
from esquadrao.campaigns.progress import snapshot
from esquadrao.campaigns.verify import verify
from esquadrao.contacts import importing, taking
from esquadrao.contacts.add import add
from esquadrao.contacts.edit import edit
from esquadrao.contacts.models import (
    Contact,
    ContactField,
    ContactImport,
    ImportState,
    SuppressedBy,
    Suppression,
)
from esquadrao.contacts.suppressions import counted, page_of
from esquadrao.errors import Conflict, Forbidden, Invalid, NotFound
from esquadrao.messages.models import Message
from tests.conftest import Cast
from tests.drain import drain
from tests.factories import make_campaign, make_channel, make_contacts, make_list
from tests.fake_bridge import FakeBridge

PHONE = "(11) 98765-4321"
MANY = 10_000


async def begun(cast: Cast, phones: list[str]) -> ContactImport:
    lines = ["Telefone;Nome;E-mail;Cidade", *(f"{one};Ana;não é e-mail;Recife" for one in phones)]
    return await importing.begin(
        cast.alfa,
        cast.ana,
        filename="nao-enviar.csv",
        content="\n".join(lines).encode(),
        leaves_alone=True,
    )


async def imported(cast: Cast, phones: list[str]) -> ContactImport:
    one = await begun(cast, phones)
    await import_contacts(cast.alfa.id, one.id)
    return await ContactImport.one(cast.alfa, one.id)


async def queued(cast: Cast, people: list[Contact]) -> Campaign:
    """A campaign with a Message ready for each, and nothing sent."""
    chosen = await make_list(cast.alfa, people)
    campaign = await make_campaign(cast.ana, await make_channel(cast.alfa), chosen)
    await launch(cast.alfa, cast.ana, campaign.id)
    await verify()
    await process(cast.alfa.id, campaign.id)
    await prepare(cast.alfa.id, campaign.id)
    return campaign


async def test_a_phone_nobody_has_is_left_alone_when_it_becomes_a_contact(cast: Cast) -> None:
    held = await leave_phone_alone(cast.alfa, cast.ana, phone=PHONE, note=" Pediu  por telefone ")
    assert (held.reason, held.phone_end) == (SuppressedBy.PERSON, "4321")
    assert (held.note, held.user_id, held.contact_id) == (
        "Pediu por telefone",
        cast.ana.id,
        None,
    )
    assert "987654321" not in held.phone_hash
    contact = await add(cast.alfa, cast.ana, phone="+55 11 98765-4321", name="Rui")
    assert contact.suppressed_at is not None
    assert (await Suppression.one(cast.alfa, held.id)).contact_id == contact.id
    assert (await add(cast.beta, cast.carla, phone=PHONE)).suppressed_at is None


async def test_a_phone_twice_is_one_and_keeps_its_first_reason(cast: Cast) -> None:
    first = await leave_phone_alone(cast.alfa, cast.ana, phone=PHONE, note="Um")
    again = await leave_phone_alone(
        cast.alfa, cast.ana, phone=PHONE, note="Dois", reason=SuppressedBy.API
    )
    assert (again.id, again.note, again.reason) == (first.id, "Um", SuppressedBy.PERSON)
    assert await Suppression.of(cast.alfa).all().count() == 1


async def test_a_phone_that_many_leave_alone_at_once_stands_once_and_fails_for_nobody(
    cast: Cast,
) -> None:
    notes = [f"Pedido {at}" for at in range(4)]
    asked = [leave_phone_alone(cast.alfa, cast.ana, phone=PHONE, note=one) for one in notes]
    held = await asyncio.gather(*asked)
    assert len({one.id for one in held}) == 1
    assert await Suppression.of(cast.alfa).count() == 1


async def test_it_holds_before_the_next_write(cast: Cast, fake: FakeBridge) -> None:
    people = await make_contacts(cast.alfa, 3)
    campaign = await queued(cast, people)
    await leave_phone_alone(cast.alfa, cast.ana, phone=people[1].phone)
    await drain(fake)
    assert {one["to"] for one in fake.writes} == {people[0].phone, people[2].phone}
    theirs = await Delivery.of(cast.alfa).get(contact_id=people[1].id)
    assert (theirs.state, theirs.reason) == ("cancelled", "suppressed")
    progress = await snapshot(cast.alfa, campaign.id)
    assert (progress.adds_up, progress.sent, progress.cancelled) == (True, 2, 1)


async def test_a_file_of_ten_thousand_phones_makes_no_contact_and_is_taken_once(
    cast: Cast, fake: FakeBridge
) -> None:
    people = await make_contacts(cast.alfa, 3)
    campaign = await queued(cast, people)
    phones = [f"119{80_000_000 + number}" for number in range(MANY - 2)]
    one = await imported(cast, [people[0].phone, *phones, people[2].phone, phones[0], "0800 12"])
    assert (one.state, one.total, one.row_cursor) == (ImportState.DONE, MANY + 2, MANY + 2)
    assert (one.created, one.unchanged, one.refused) == (MANY, 1, 1)
    assert await Contact.of(cast.alfa).all().count() == 3
    assert await ContactField.of(cast.alfa).all().count() == 0
    assert await counted(cast.alfa, cast.ana) > 5_000
    await import_contacts(cast.alfa.id, one.id)
    again = await imported(cast, phones[:5])
    assert (again.created, again.unchanged) == (0, 5)
    held = await Suppression.of(cast.alfa).get(contact_id=people[0].id)
    assert (held.reason, held.import_id) == (SuppressedBy.FILE, one.id)
    await drain(fake)
    assert [one["to"] for one in fake.writes] == [people[1].phone]
    assert await line.recount(cast.alfa.id, campaign.id) == {}


async def test_what_a_file_says_holds_with_each_batch_and_not_at_its_end(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker dies after the first rows: they hold, and the next one goes on behind them."""
    people = await make_contacts(cast.alfa, 2)
    await queued(cast, people)
    one = await begun(cast, [people[0].phone, people[1].phone])
    monkeypatch.setattr(importing, "FEW", 1)
    calls = 0
    real = taking.take

    async def dying(*args: object, **named: object) -> bool:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise KeyboardInterrupt
        return await real(*args, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(importing, "take", dying)
        with pytest.raises(KeyboardInterrupt):
            await import_contacts(cast.alfa.id, one.id)
    waiting = await Message.of(cast.alfa).filter(state="pending")
    assert [one.contact_id for one in waiting] == [people[1].id]
    await import_contacts(cast.alfa.id, one.id)
    assert await Message.of(cast.alfa).filter(state="pending").count() == 0
    assert (await ContactImport.one(cast.alfa, one.id)).created == 2


async def test_it_ends_with_a_reason_and_once(cast: Cast) -> None:
    contact = await add(cast.alfa, cast.ana, phone=PHONE, name="Rui")
    await leave_alone(cast.alfa, cast.ana, contact.id)
    held = await Suppression.of(cast.alfa).get()
    for wrong in ("", " ", "a" * 201):
        with pytest.raises(Invalid):
            await end(cast.alfa, cast.ana, held.id, note=wrong)
    with pytest.raises(Forbidden):
        await end(cast.alfa, cast.bruno, held.id, note="Pediu")
    with pytest.raises(NotFound):
        await end(cast.beta, cast.carla, held.id, note="Pediu")
    ended = await end(cast.alfa, cast.ana, held.id, note="Pediu na loja")
    assert (ended.lifted_by, ended.lift_note) == (cast.ana.id, "Pediu na loja")
    assert (await Contact.one(cast.alfa, contact.id)).suppressed_at is None
    with pytest.raises(Conflict):
        await end(cast.alfa, cast.ana, held.id, note="De novo")
    again = await leave_phone_alone(cast.alfa, cast.ana, phone=PHONE)
    assert (again.id, again.lifted_at, again.lift_note) == (held.id, None, "")
    assert (await Contact.one(cast.alfa, contact.id)).suppressed_at is not None


async def test_the_end_of_an_old_phone_brings_nobody_back(cast: Cast) -> None:
    """They have another phone now, and asked for that one to be left alone too."""
    contact = await add(cast.alfa, cast.ana, phone=PHONE, name="Rui")
    old = await leave_phone_alone(cast.alfa, cast.ana, phone=PHONE)
    other = "(11) 97777-0001"
    await leave_phone_alone(cast.alfa, cast.ana, phone=other)
    await edit(cast.alfa, cast.ana, contact.id, version=1, phone=other, name="Rui")
    await end(cast.alfa, cast.ana, old.id, note="Engano")
    assert (await Contact.one(cast.alfa, contact.id)).suppressed_at is not None
    (row,) = (await page_of(cast.alfa, cast.ana)).rows
    assert row.contact is not None
    assert (row.contact.id, row.held.phone_end) == (contact.id, "0001")


async def test_the_list_is_paged_searched_and_forgets_who_was_deleted(cast: Cast) -> None:
    people = await make_contacts(cast.alfa, 3)
    for one in people:
        await leave_alone(cast.alfa, cast.ana, one.id)
    await leave_phone_alone(cast.alfa, cast.ana, phone=PHONE)
    await leave_phone_alone(cast.beta, cast.carla, phone=PHONE)
    first = await page_of(cast.alfa, cast.bruno, limit=3)
    assert [row.contact.id if row.contact else None for row in first.rows] == [
        None,
        people[2].id,
        people[1].id,
    ]
    rest = await page_of(cast.alfa, cast.bruno, limit=3, after=first.next)
    assert [row.by for row in rest.rows] == ["Ana"]
    assert rest.next is None
    for text, many in (("Pessoa 1", 1), (PHONE, 1), ("4321", 1), ("Pessoa", 3), ("nada", 0)):
        assert await counted(cast.alfa, cast.ana, text=text) == many
    await Contact.of(cast.alfa).filter(id=people[2].id).delete()
    (gone,) = (await page_of(cast.alfa, cast.ana, text=people[2].phone)).rows
    assert (gone.contact, gone.held.phone_end) == (None, people[2].phone[-4:])
