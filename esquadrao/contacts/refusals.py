"""Rows an import could not take, back as a file with the reason, ready to be mended and imported again."""

from __future__ import annotations

import codecs
import csv
from collections.abc import AsyncIterator, Callable, Sequence
from io import StringIO
from uuid import UUID

from esquadrao.contacts import card, phone, reader
from esquadrao.contacts.models import ContactImport, ImportRefusal
from esquadrao.contacts.upload import opened
from esquadrao.errors import Invalid, NotFound
from esquadrao.words import N_

PAGE = 1_000  # rows in memory at a time
REASON_COLUMN = "motivo"  # ignored when the file comes back (columns.IGNORED)
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run such a cell (security.md §5)
REASONS = (
    phone.REFUSALS
    | card.REFUSALS
    | {
        "row_too_short": N_(
            "A linha tem menos colunas que o cabeçalho e o telefone ficou de fora."
        ),
        "row_too_long": N_("A linha tem mais colunas que o cabeçalho: há um separador a mais."),
        "row_quote_open": N_('A linha tem uma aspa (") que não fecha.'),
        "cell_too_long": N_("Uma célula passa de 10.000 caracteres."),
    }
)
FAILURES = reader.REFUSALS | {
    "file_gone": N_("O arquivo enviado não está mais guardado. Envie de novo."),
    "too_many_fields": N_(
        "A empresa pode ter até {most} campos. Deixe na planilha só as colunas que vai usar."
    ),
}
UNREAD = N_("Não foi possível ler.")


def sentence_of(code: str) -> str:
    """The pt-BR msgid of a row's reason or of a file's failure."""
    return REASONS.get(code) or FAILURES.get(code) or UNREAD


async def as_csv(
    one: ContactImport, *, translate: Callable[[str], str] = str
) -> AsyncIterator[bytes]:
    """UTF-8 with BOM, `;`, CRLF: the original columns and the reason. Cells that look like formulas are disarmed."""
    header = await _header(one)
    yield codecs.BOM_UTF8 + _line([*header, REASON_COLUMN])
    after = 0
    while True:
        found = (
            await ImportRefusal.of(one.company_id)
            .filter(import_id=one.id, row_number__gt=after)
            .order_by("row_number")
            .limit(PAGE)
        )
        if not found:
            return
        after = found[-1].row_number
        yield b"".join(
            _line([*_fitted(row.cells, len(header)), translate(sentence_of(row.reason))])
            for row in found
        )


async def some(company_id: UUID, import_id: UUID, *, most: int) -> list[ImportRefusal]:
    """The first refused rows, for the page."""
    return (
        await ImportRefusal.of(company_id)
        .filter(import_id=import_id)
        .order_by("row_number")
        .limit(most)
    )


async def _header(one: ContactImport) -> list[str]:
    """As the file had it; none when the file is gone, the rows are worth having still."""
    try:
        async with opened(one.company_id, one.file_key) as file:
            return reader.examine(file).header
    except (NotFound, Invalid):
        return []


def _fitted(cells: Sequence[str], width: int) -> list[str]:
    """Cells under their header: a broken row may have fewer or more, the reason stays in its own column."""
    if not width:
        return list(cells)
    return [*cells[:width], *[""] * (width - len(cells))]


def _line(cells: Sequence[str]) -> bytes:
    text = StringIO()
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerow(
        [disarmed(cell) for cell in cells]
    )
    return text.getvalue().encode()


def disarmed(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell
