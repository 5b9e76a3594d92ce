from __future__ import annotations

import pytest

from esquadrao.contacts import lists
from esquadrao.contacts.importing import import_contacts
from esquadrao.contacts.models import Contact, ContactImport
from tests.browsing import Browser, Page
from tests.conftest import Cast

SHEET = "Nome;Celular\r\nJosé;(11) 98765-4321\r\n=1+1;0800 123 4567\r\n".encode("cp1252")


async def sent(ana: Browser, content: bytes, **data: str) -> str:
    answer = await ana.submit(
        "/imports", {"default_ddd": "11", **data}, files={"file": ("clientes.csv", content)}
    )
    assert answer.status_code == 303
    return str(answer.headers["location"])


async def run(cast: Cast) -> ContactImport:
    one = await ContactImport.of(cast.alfa).get()
    await import_contacts(cast.alfa.id, one.id)
    return one


async def test_a_spreadsheet_is_sent_watched_and_counted(ana: Browser, sqlite_cast: Cast) -> None:
    here = await sent(ana, SHEET, new_list="Clientes")
    page = await ana.read(here)
    assert "Aguardando" in page.words()
    one = await run(sqlite_cast)
    assert page.one(".live").attributes["hx-trigger"] == f"sse:import-{one.id}, live:poll"
    fragment = await ana.fragment(here)
    assert "<html" not in fragment.text
    assert "2 de 2 linhas" in fragment.text
    page = await ana.read(here)
    assert "1 linha com erro" in page.words()
    assert "Números 0800" in page.words()
    assert "clientes.csv" in (await ana.read("/imports")).words()
    assert [row.size for row in await lists.lists_of(sqlite_cast.alfa)] == [1]


async def test_refused_rows_are_a_file_to_mend(ana: Browser, sqlite_cast: Cast) -> None:
    here = await sent(ana, SHEET)
    await run(sqlite_cast)
    answer = await ana.get(f"{here}/refusals.csv")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.content.startswith(b"\xef\xbb\xbfNome;Celular;motivo\r\n'=1+1;0800 123 4567;")


async def test_the_model_file_imports(ana: Browser, sqlite_cast: Cast) -> None:
    model = await ana.get("/imports/model.csv")
    await sent(ana, model.content)
    await run(sqlite_cast)
    assert (await Contact.of(sqlite_cast.alfa).get()).custom == {"cidade": "Recife"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "Escolha um arquivo"),
        (b"", "O arquivo está vazio."),
        (b"\0\1\2" * 50, "não é um CSV"),
        (b"PK\x03\x04xxxx", "planilha do Excel"),
        (b"Nome;Cidade\nAna;Recife\n", "Nenhuma coluna de telefone"),
    ],
)
async def test_a_bad_file_gets_its_sentence_and_changes_nothing(
    ana: Browser, sqlite_cast: Cast, content: bytes | None, sentence: str
) -> None:
    files = {"file": ("clientes.csv", content)} if content is not None else {"x": ("", b"")}
    answer = await ana.submit("/imports", {"default_ddd": "11", "new_list": "Nova"}, files=files)
    assert answer.status_code == 422
    assert sentence in Page(answer.text).one("#file-error").text()
    assert await ContactImport.of(sqlite_cast.alfa).count() == 0
    assert await lists.lists_of(sqlite_cast.alfa) == []


async def test_a_file_over_twenty_megabytes_is_too_large(ana: Browser, sqlite_cast: Cast) -> None:
    answer = await ana.submit("/imports", {}, files={"file": ("a.csv", b"x" * 21 * 1024 * 1024)})
    assert answer.status_code == 413
    assert await ContactImport.of(sqlite_cast.alfa).count() == 0


async def test_an_import_of_alfa_is_absent_for_carla(
    ana: Browser, carla: Browser, bruno: Browser, sqlite_cast: Cast
) -> None:
    here = await sent(ana, SHEET)
    for path in (here, f"{here}/refusals.csv"):
        assert (await carla.get(path)).status_code == 404
        assert (await bruno.get(path)).status_code == 403
    assert "clientes.csv" not in (await carla.read("/imports")).words()
    group = (await lists.create(sqlite_cast.alfa, sqlite_cast.ana, name="De Alfa")).id
    answer = await carla.submit(
        "/imports", {"default_ddd": "11", "list": str(group)}, files={"file": ("a.csv", SHEET)}
    )
    assert answer.status_code == 404
    assert await ContactImport.of(sqlite_cast.beta).count() == 0
