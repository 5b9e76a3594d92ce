"""One row of a spreadsheet → what it says of a person, or the code of the reason it cannot be taken. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from esquadrao.contacts import card as cards
from esquadrao.contacts.card import CONTROLS, Card
from esquadrao.contacts.columns import Columns
from esquadrao.contacts.phone import Phone, parse_phone, phone_of_whatsapp
from esquadrao.contacts.reader import Row
from esquadrao.errors import Invalid

LONGEST_CELL = 10_000  # characters; more is no one's data but a broken file


@dataclass(frozen=True, slots=True)
class Entry:
    row: Row
    phone: Phone
    card: Card
    custom: dict[str, str]


@dataclass(frozen=True, slots=True)
class Refused:
    row: Row
    reason: str  # a code of refusals.REASONS


def entry_of(row: Row, columns: Columns, *, default_ddd: str | None) -> Entry | Refused:
    """`default_ddd` None: numbers are as WhatsApp spells them, of which nothing is missing."""
    broken = _broken(row, columns)
    if broken:
        return Refused(row, broken)
    cells = [CONTROLS.sub("", cell) for cell in row.cells]
    missing = columns.width - len(cells)
    cells += [""] * missing  # exports leave out the blank cells at a row's end
    try:
        typed = columns.phone_of(cells)
        phone = (
            phone_of_whatsapp(typed)
            if default_ddd is None
            else parse_phone(typed, default_ddd=default_ddd)
        )
    except Invalid as error:
        is_cut = missing > 0 and error.code == "phone_missing"
        return Refused(row, "row_too_short" if is_cut else error.code)
    card = cards.card_of(columns.name_of(cells), columns.email_of(cells))
    wrong = cards.problems(card)
    return (
        Refused(row, wrong[0].code) if wrong else Entry(row, phone, card, columns.custom_of(cells))
    )


def _broken(row: Row, columns: Columns) -> str:
    if row.is_broken:
        return "row_quote_open"
    if any(len(cell) > LONGEST_CELL for cell in row.cells):
        return "cell_too_long"
    if any(cell.strip() for cell in row.cells[columns.width :]):
        return "row_too_long"
    return ""
