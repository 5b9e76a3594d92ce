"""Read a spreadsheet of text as a stream of rows: encoding, delimiter and quotes decided by rule, never guessed.

Encoding: BOM, else strict UTF-8, else cp1252. Delimiter: of `;` `,` tab `|` the one that gives the header a phone
column, then the most columns. A quote nobody closed would swallow the rest of the file as one cell: that line alone is
given back as broken, and reading goes on after it.
"""

from __future__ import annotations

import codecs
import csv
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from typing import IO

from esquadrao.contacts.columns import columns_of
from esquadrao.errors import Invalid
from esquadrao.words import N_

DELIMITERS = (";", ",", "\t", "|")
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # xlsx and ods are zips; xls is an OLE file
BLOCK = 256 * 1024  # bytes looked at a time
LONGEST_HEADER = 64 * 1024  # characters; a longer first line is no header
LONGEST_RECORD = (
    2 * 1024 * 1024
)  # characters of one row over its lines: past it a quote was not closed
OPEN_LINES = (
    20  # lines a row may span up to the end of the file before we say a quote was not closed
)
csv.field_size_limit(
    LONGEST_RECORD * 2
)  # of the process: ours is the limit a row gets refused by, with its reason

REFUSALS = {
    "file_empty": N_("O arquivo está vazio."),
    "file_spreadsheet": N_(
        "Isto é uma planilha do Excel ou do LibreOffice. Abra e use Salvar como → CSV, depois envie o CSV."
    ),
    "file_binary": N_("O arquivo não é um CSV: não há texto nele."),
    "file_encoding": N_("Não conseguimos ler as letras do arquivo. Salve de novo como CSV UTF-8."),
    "file_no_phone": N_(
        "Nenhuma coluna de telefone. A primeira linha precisa dos nomes das colunas, e uma delas se chamar "
        "Telefone, Celular ou WhatsApp."
    ),
    "file_no_rows": N_("O arquivo tem só o cabeçalho, nenhuma linha de contato."),
}


class _QuoteOpen(Exception):
    """A row went on past every limit: its quote was not closed."""


@dataclass(frozen=True, slots=True)
class Row:
    """`number` is the line of the spreadsheet, the header being 1. `is_broken`: its quote was not closed."""

    number: int
    cells: list[str]
    is_broken: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """How to read the file, and its header."""

    encoding: str
    delimiter: str
    header: list[str]
    skip: int  # lines before the header's: Excel's own `sep=;`


def examine(file: IO[bytes]) -> Sheet:
    """Raises Invalid with a code of REFUSALS."""
    encoding = _encoding(file)
    file.seek(0)
    text = TextIOWrapper(file, encoding=encoding, newline="")
    try:
        skip, declared = 0, ""
        line = text.readline(LONGEST_HEADER)
        if line.lower().startswith("sep=") and len(line.strip()) == len("sep=;"):
            skip, declared, line = 1, line.strip()[-1], text.readline(LONGEST_HEADER)
        while line and not line.strip(" \t\r\n;,|"):
            skip, line = skip + 1, text.readline(LONGEST_HEADER)
        header = {
            one: _split(line, one) for one in ([declared] if declared in DELIMITERS else DELIMITERS)
        }
    except (UnicodeError, csv.Error) as error:
        raise _refused("file_encoding") from error
    finally:
        text.detach()
    if not line:
        raise _refused("file_empty")
    best = max(
        header, key=lambda one: (columns_of(header[one]).phone is not None, len(header[one]))
    )
    if columns_of(header[best]).phone is None:
        raise _refused("file_no_phone")
    return Sheet(encoding=encoding, delimiter=best, header=header[best], skip=skip)


def rows(file: IO[bytes], sheet: Sheet) -> Generator[Row, None, None]:
    """Every row after the header that is not blank. Close it before the file when it was not read to the end."""
    file.seek(0)
    text = TextIOWrapper(file, encoding=sheet.encoding, newline="")
    try:
        lines = _Lines(text)
        for _ in range(sheet.skip):
            next(lines, None)
        for number, record in enumerate(_records(lines, sheet.delimiter), start=1):
            if number > 1 and (record.is_broken or any(cell.strip() for cell in record.cells)):
                yield Row(number + sheet.skip, record.cells, record.is_broken)
    finally:
        text.detach()  # the file is its opener's to close


class _Lines(Iterator[str]):
    """Lines of the file, of which those of the row being read are held, so that they can be given back."""

    def __init__(self, text: Iterable[str]) -> None:
        self._text = iter(text)
        self._again: deque[str] = deque()
        self.held: list[str] = []
        self.size = 0
        self.at_end = False

    def __next__(self) -> str:
        if self.size > LONGEST_RECORD and len(self.held) > 1:
            raise _QuoteOpen
        line = self._again.popleft() if self._again else next(self._text, None)
        if line is None:
            self.at_end = True
            raise StopIteration
        self.held.append(line)
        self.size += len(line)
        return line.replace("\0", "")

    def begin(self) -> None:
        self.held, self.size, self.at_end = [], 0, False

    def give_back(self) -> str:
        """The first line of the row; the others are read again."""
        first, *others = self.held
        self._again.extendleft(reversed(others))
        return first


def _records(lines: _Lines, delimiter: str) -> Iterator[Row]:
    while True:
        lines.begin()
        try:
            cells = next(csv.reader(lines, delimiter=delimiter))
        except StopIteration:
            return
        except (_QuoteOpen, csv.Error):
            yield Row(0, lines.give_back().rstrip("\r\n").split(delimiter), is_broken=True)
            continue
        if lines.at_end and len(lines.held) > OPEN_LINES:
            yield Row(0, lines.give_back().rstrip("\r\n").split(delimiter), is_broken=True)
            continue
        yield Row(0, cells)


def _encoding(file: IO[bytes]) -> str:
    start = file.read(BLOCK)
    if not start.strip():
        raise _refused("file_empty")
    if start.startswith(SPREADSHEETS):
        raise _refused("file_spreadsheet")
    for bom, encoding in BOMS:
        if start.startswith(bom):
            if not _is_all(file, encoding):
                raise _refused("file_encoding")
            return encoding
    if b"\0" in start:
        raise _refused("file_binary")
    for encoding in ("utf-8", "cp1252"):
        if _is_all(file, encoding):
            return encoding
    raise _refused("file_binary")


def _is_all(file: IO[bytes], encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    try:
        while block := file.read(BLOCK):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _split(line: str, delimiter: str) -> list[str]:
    """The header's cells; no export writes line breaks in them."""
    return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]


def _refused(code: str) -> Invalid:
    return Invalid.field("file", code, REFUSALS[code])
