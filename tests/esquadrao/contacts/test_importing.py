from __future__ import annotations

import csv
from datetime import timedelta
from io import StringIO

import pytest

from esquadrao.companies.models import Company
from esquadrao.contacts import importing, lists, refusals, taking
from esquadrao.contacts.models import (
    Contact,
    ContactField,
    ContactImport,
    ContactList,
    ImportState,
    ListMember,
)
from esquadrao.database import db_now
from esquadrao.errors import Forbidden, Invalid, NotFound
from esquadrao.gateways import media
from tests.conftest import Cast

EXCEL = (
    "Nome do Cliente;Celular;E-mail;Última compra (R$)\r\n"
    "Sr. José Araújo;(11) 98765-4321;;155,90\r\n"
    "Bia Souza;021 97776-7851;BIA@exemplo.com.br;\r\n"
    "Caio;98765-0001;;10,00\r\n"
    "Sem nono;81 6759-3581;;1,00\r\n"
    "Serviço;0800 123 4567;;2,00\r\n"
    "=1+1;;;3,00\r\n"
).encode("cp1252")


async def begun(
    cast: Cast, content: bytes, *, new_list: str = "", default_ddd: str = ""
) -> ContactImport:
    return await importing.begin(
        cast.alfa,
        cast.ana,
        filename="clientes.csv",
        content=content,
        new_list=new_list,
        default_ddd=default_ddd,
    )


async def imported(cast: Cast, content: bytes, *, new_list: str = "") -> ContactImport:
    one = await begun(cast, content, new_list=new_list)
    await importing.import_contacts(cast.alfa.id, one.id)
    return await ContactImport.one(cast.alfa, one.id)


def counts(one: ContactImport) -> tuple[int, int, int, int]:
    return one.created, one.updated, one.unchanged, one.refused


async def everything(company: Company) -> list[tuple[object, ...]]:
    return [
        (one.id, one.name, one.email, one.custom, one.version)
        for one in await Contact.of(company).order_by("id")
    ]


def many(number: int) -> bytes:
    lines = [f"Ana {n},119{80000000 + n},CUPOM{n}" for n in range(number)]
    return "\n".join(["nome,numero,cupom", *lines]).encode()


async def test_a_spreadsheet_becomes_contacts_with_fields_in_a_list(cast: Cast) -> None:
    one = await imported(cast, EXCEL, new_list="Clientes")
    assert one.state == ImportState.DONE
    assert (one.total, one.row_cursor, counts(one)) == (6, 6, (3, 0, 0, 3))
    found = {contact.phone: contact for contact in await Contact.of(cast.alfa)}
    assert set(found) == {"+5511987654321", "+5521977767851", "+5511987650001"}
    assert found["+5511987654321"].name == "Sr. José Araújo"
    assert found["+5511987654321"].custom == {"ultima_compra_r": "155,90"}
    assert found["+5521977767851"].email == "bia@exemplo.com.br"
    fields = await ContactField.of(cast.alfa)
    assert [(field.key, field.label) for field in fields] == [
        ("ultima_compra_r", "Última compra (R$)")
    ]
    assert [(row.name, row.size) for row in await lists.lists_of(cast.alfa)] == [("Clientes", 3)]
    assert await Contact.of(cast.beta).count() == 0


async def test_refused_rows_come_back_with_their_reason_and_disarmed(cast: Cast) -> None:
    one = await imported(cast, EXCEL)
    content = b"".join([part async for part in refusals.as_csv(one)])
    assert content.startswith(b"\xef\xbb\xbfNome do Cliente;")
    back = list(csv.reader(StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert back[0] == ["Nome do Cliente", "Celular", "E-mail", "Última compra (R$)", "motivo"]
    assert [row[:2] for row in back[1:]] == [
        ["Sem nono", "81 6759-3581"],
        ["Serviço", "0800 123 4567"],
        ["'=1+1", ""],
    ]
    assert back[1][4] == refusals.sentence_of("phone_missing_ninth")
    mended = content.decode("utf-8-sig").replace("81 6759-3581", "81 96759-3581").encode()
    again = await imported(cast, mended)
    assert counts(again) == (1, 0, 0, 2)


async def test_the_same_file_again_creates_and_changes_nothing(cast: Cast) -> None:
    await imported(cast, EXCEL)
    before = await everything(cast.alfa)
    again = await imported(cast, EXCEL)
    assert counts(again) == (0, 0, 3, 3)
    assert await everything(cast.alfa) == before


async def test_the_same_job_twice_changes_nothing(cast: Cast) -> None:
    one = await imported(cast, EXCEL, new_list="Clientes")
    before = await everything(cast.alfa)
    await importing.import_contacts(cast.alfa.id, one.id)
    again = await ContactImport.one(cast.alfa, one.id)
    assert (again.finished_at, counts(again)) == (one.finished_at, counts(one))
    assert await everything(cast.alfa) == before


async def test_a_later_row_of_the_same_person_updates_and_blanks_wipe_nothing(cast: Cast) -> None:
    one = await imported(
        cast,
        b"nome,telefone,cidade\nAna,11987654321,Recife\n,1187654321,\nAna Lima,(11) 98765-4321,\n"
        b"Ana Lima,11987654321,Recife\n",
    )
    assert counts(one) == (1, 1, 1, 1)  # without its ninth digit a mobile is refused, never guessed
    contact = await Contact.of(cast.alfa).get()
    assert (contact.name, contact.custom) == ("Ana Lima", {"cidade": "Recife"})


async def test_a_new_file_updates_people_who_exist(cast: Cast) -> None:
    await imported(cast, many(120))
    before = {contact.phone_key: contact for contact in await Contact.of(cast.alfa)}
    changed = many(120).replace(b"CUPOM7", b"NOVO7").replace(b"nome,", b"nome,")
    one = await imported(cast, changed)
    assert counts(one) == (0, 11, 109, 0)
    now = {contact.phone_key: contact for contact in await Contact.of(cast.alfa)}
    key = "551180000007"
    assert now[key].custom == {"cupom": "NOVO7"}
    assert (now[key].id, now[key].version) == (before[key].id, 2)
    assert now["551180000008"].version == 1


class PowerCut(Exception):
    pass


@pytest.mark.parametrize("batches", [0, 1, 2])
async def test_killed_between_batches_it_goes_on_with_no_gap_and_no_double(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, batches: int
) -> None:
    one = await begun(cast, many(1_200), new_list="Todos")
    real, taken = taking.take, 0

    async def until_the_cut(*args: object, **more: object) -> bool:
        nonlocal taken
        if taken == batches:
            raise PowerCut
        taken += 1
        return await real(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(importing, "take", until_the_cut)
    with pytest.raises(PowerCut):
        await importing.import_contacts(cast.alfa.id, one.id)
    halfway = await ContactImport.one(cast.alfa, one.id)
    assert (halfway.state, halfway.row_cursor) == (ImportState.RUNNING, 500 * batches)
    monkeypatch.undo()
    await importing.import_contacts(cast.alfa.id, one.id)
    ended = await ContactImport.one(cast.alfa, one.id)
    assert (ended.state, counts(ended)) == (ImportState.DONE, (1_200, 0, 0, 0))
    assert await Contact.of(cast.alfa).count() == 1_200
    assert await ListMember.of(cast.alfa).count() == 1_200


async def test_a_batch_that_dies_in_the_middle_leaves_nothing_by_half(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await begun(cast, many(600), new_list="Todos")

    async def cut(*_: object) -> None:
        raise PowerCut

    monkeypatch.setattr("esquadrao.contacts.taking.put_members", cut)
    with pytest.raises(PowerCut):
        await importing.import_contacts(cast.alfa.id, one.id)
    assert await Contact.of(cast.alfa).count() == 0
    assert (await ContactImport.one(cast.alfa, one.id)).row_cursor == 0


async def test_an_import_nobody_touches_is_found_by_the_sweeper(cast: Cast) -> None:
    one = await begun(cast, EXCEL)
    now = await db_now()
    assert await importing.unfinished(now) == []
    assert await importing.unfinished(now + timedelta(seconds=31)) == [(cast.alfa.id, one.id)]
    await importing.import_contacts(cast.alfa.id, one.id)
    assert await importing.unfinished(now + timedelta(seconds=31)) == []


async def test_the_job_of_another_company_imports_nothing(cast: Cast) -> None:
    one = await begun(cast, EXCEL)
    await importing.import_contacts(cast.beta.id, one.id)
    assert (await ContactImport.one(cast.alfa, one.id)).state == ImportState.QUEUED
    assert await Contact.of(cast.beta).count() == 0


async def test_who_may_not_import_and_a_foreign_list_change_nothing(cast: Cast) -> None:
    foreign = await lists.create(cast.beta, cast.carla, name="De Beta")
    with pytest.raises(Forbidden):
        await importing.begin(cast.alfa, cast.bruno, filename="a.csv", content=EXCEL)
    with pytest.raises(NotFound):
        await importing.begin(
            cast.alfa, cast.ana, filename="a.csv", content=EXCEL, contact_list_id=foreign.id
        )
    assert await ContactImport.of(cast.alfa).count() == 0


@pytest.mark.parametrize(
    ("content", "more", "field", "code"),
    [
        (b"", {}, "file", "file_empty"),
        (bytes(range(256)), {}, "file", "file_binary"),
        (b"Nome;Cidade\nAna;Recife\n", {}, "file", "file_no_phone"),
        (b" " * (20 * 1024 * 1024 + 1), {}, "file", "file_too_big"),
        (EXCEL, {"default_ddd": "20"}, "default_ddd", "phone_unknown_ddd"),
        (EXCEL, {"new_list": "Já existe"}, "new_list", "name_taken"),
    ],
)
async def test_a_file_nobody_can_read_is_refused_and_keeps_nothing(
    cast: Cast, content: bytes, more: dict[str, str], field: str, code: str
) -> None:
    await lists.create(cast.alfa, cast.ana, name="Já existe")
    with pytest.raises(Invalid) as caught:
        await begun(cast, content, **({"new_list": "Nova"} | more))
    assert [(issue.path, issue.code) for issue in caught.value.issues] == [(field, code)]
    assert await ContactImport.of(cast.alfa).count() == 0
    assert [one.name for one in await ContactList.of(cast.alfa)] == ["Já existe"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"\0\1\2\3" * 100, "file_binary"),
        (b"Nome;Cidade\nAna;Recife\n", "file_no_phone"),
        (b"Nome;Celular\r\n", "file_no_rows"),
    ],
)
async def test_a_file_that_turned_bad_fails_with_its_sentence(
    cast: Cast, content: bytes, code: str
) -> None:
    one = await begun(cast, EXCEL)
    await media.put(one.file_key, content)
    await importing.import_contacts(cast.alfa.id, one.id)
    failed = await ContactImport.one(cast.alfa, one.id)
    assert (failed.state, failed.error, failed.row_cursor) == (ImportState.FAILED, code, 0)
    assert refusals.sentence_of(code) != refusals.UNREAD
    assert await Contact.of(cast.alfa).count() == 0


async def test_a_bad_row_is_refused_alone(cast: Cast) -> None:
    rows = [
        "nome;telefone;cidade;cupom",
        "Ana;11987654321;Recife;A1",
        f"Bia;11987654322;{'x' * 1_000_000};B1",
        "Caio",
        "Duda;11987654324",
        "Eva;11987654325;Recife;E1;sobra",
        f"{'F' * 121};11987654326;Recife;F1",
        "Gil;11987654327;Recife;G1\0",
        "Hugo;1,19877E+10;Recife;H1",
    ]
    one = await imported(cast, "\n".join(rows).encode())
    assert one.state == ImportState.DONE
    assert counts(one) == (3, 0, 0, 5)
    refused = await refusals.some(cast.alfa.id, one.id, most=10)
    assert [(row.row_number, row.reason) for row in refused] == [
        (3, "cell_too_long"),
        (4, "row_too_short"),
        (6, "row_too_long"),
        (7, "name_too_long"),
        (9, "phone_scientific"),
    ]
    assert sum(len(cell) for cell in refused[0].cells) < 1_000


async def test_a_file_gone_from_the_store_fails_in_words(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    one = await begun(cast, EXCEL)
    await ContactImport.of(cast.alfa).filter(id=one.id).update(file_key=f"{cast.alfa.id}/gone")
    await importing.import_contacts(cast.alfa.id, one.id)
    assert (await ContactImport.one(cast.alfa, one.id)).error == "file_gone"
