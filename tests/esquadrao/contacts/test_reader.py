from __future__ import annotations

from io import BytesIO

import pytest

from esquadrao.contacts.columns import columns_of
from esquadrao.contacts.reader import REFUSALS, Row, examine, rows
from esquadrao.errors import Invalid


def read(content: bytes) -> tuple[list[str], list[Row]]:
    file = BytesIO(content)
    sheet = examine(file)
    return sheet.header, list(rows(file, sheet))


TEXT = "Nome;Telefone\r\nJosé Araújo;(11) 98765-4321\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_the_encoding_is_found_by_rule(encoding: str) -> None:
    header, found = read(TEXT.encode(encoding))
    assert header == ["Nome", "Telefone"]
    assert found == [Row(2, ["José Araújo", "(11) 98765-4321"])]


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_the_delimiter_is_the_one_that_gives_a_phone_column(delimiter: str, ending: str) -> None:
    text = TEXT.replace(";", delimiter).replace("\r\n", ending)
    header, found = read(text.encode())
    assert header == ["Nome", "Telefone"]
    assert [row.cells[0] for row in found] == ["José Araújo"]


def test_a_delimiter_in_another_headers_words_misleads_nobody() -> None:
    header, _ = read(b"Valor (R$, com, juros);Telefone\n10;11987654321\n")
    assert header == ["Valor (R$, com, juros)", "Telefone"]


def test_excels_own_line_and_blank_lines_are_no_header() -> None:
    header, found = read(b"sep=;\r\n\r\nNome;Celular\r\n\r\nAna;11987654321\r\n;\r\n")
    assert header == ["Nome", "Celular"]
    assert found == [Row(5, ["Ana", "11987654321"])]


def test_a_cell_may_hold_line_breaks_quotes_and_delimiters() -> None:
    _, found = read(b'Notes,Phone\n"Linha 1\nLinha ""2"", fim",11987654321\nx,21987654321\n')
    assert [row.cells for row in found] == [
        ['Linha 1\nLinha "2", fim', "11987654321"],
        ["x", "21987654321"],
    ]


def test_a_quote_never_closed_breaks_its_own_line_alone() -> None:
    lines = [f"Ana {n};119876543{n:02d}" for n in range(50)]
    lines[10] = '"Ana 10;11987654310'
    _, found = read("\n".join(["nome;telefone", *lines]).encode())
    assert [row.number for row in found if row.is_broken] == [12]
    assert len(found) == 50
    assert found[-1].cells == ["Ana 49", "11987654349"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b" \r\n\r\n", "file_empty"),
        (b"\xef\xbb\xbf", "file_empty"),
        (b"PK\x03\x04\x14\x00\x06\x00", "file_spreadsheet"),
        (bytes(range(256)) * 20, "file_binary"),
        (b"\xff\xd8\xff\xe0\x10JFIF\x81\x8d" * 40, "file_binary"),
        (b"\xff\xfeN\x00o", "file_encoding"),
        (b"Nome;Cidade\nAna;Recife\n", "file_no_phone"),
        (b"Ana;11987654321\nBia;11987654322\n", "file_no_phone"),
    ],
)
def test_a_file_that_is_no_list_of_contacts_gets_its_sentence(content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        read(content)
    assert caught.value.code == code
    assert caught.value.sentence == REFUSALS[code]


@pytest.mark.parametrize(
    ("header", "phone", "name", "email", "custom"),
    [
        (
            ["Nome do Cliente", "Celular", "E-mail", "Última compra (R$)"],
            1,
            (0,),
            2,
            ["ultima_compra_r"],
        ),
        (["cupom", "numero", "nome"], 1, (2,), None, ["cupom"]),
        (["Fone", "WhatsApp", "NOME"], 1, (2,), None, ["fone"]),
        (
            ["First Name", "Middle Name", "Last Name", "Phone 1 - Value", "Phone 1 - Label"],
            3,
            (0, 1, 2),
            None,
            [],
        ),
        (["Nome", "Sobrenome", "Telefone"], 2, (0, 1), None, []),
        (
            ["telefone", "Nome ", "nome", "1a compra", "", "motivo"],
            0,
            (1,),
            None,
            ["nome_2", "campo_1a_compra"],
        ),
        (["telefone", "and", "Cidade", "cidade"], 0, (), None, ["and_2", "cidade", "cidade_2"]),
    ],
)
def test_columns_are_known_by_their_headers_in_any_order(
    header: list[str], phone: int, name: tuple[int, ...], email: int | None, custom: list[str]
) -> None:
    columns = columns_of(header)
    assert (columns.phone, columns.name, columns.email) == (phone, name, email)
    assert list(columns.custom) == custom
