"""Which column of a spreadsheet is what: headers in any order, matched folded; other columns become custom fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from esquadrao.contacts.fields import key_for
from esquadrao.contacts.fold import fold

# Folded headers. Of several phones the first of this order wins: who has WhatsApp wrote so.
PHONE = """
whatsapp|numero do whatsapp|numero whatsapp|whatsapp number|celular whatsapp|telefone whatsapp|zap|wpp|whats
celular|cel|celular 1|telefone celular|fone celular|numero do celular|numero celular|tel celular|movel|mobile
mobile phone|mobile number|telefone movel|telefone|telefone 1|fone|fone 1|tel|tel 1|numero de telefone
numero do telefone|telefone com ddd|celular com ddd|ddd telefone|phone 1 value|phone|phone number|phone 1
telephone|numero|number|n de telefone|no de telefone|telefones|celulares|contato telefone|telefone contato
telefone principal|primary phone
"""
NAME = """
nome completo|full name|name|nome|nome do cliente|nome cliente|cliente|nome do contato|nome contato|display name
nome e sobrenome|razao social|nome do aluno|nome do paciente|contato|contact name|contact
"""
FIRST = "first name|given name|primeiro nome|nome proprio|prenome"
MIDDLE = "middle name|additional name|nome do meio|segundo nome"
LAST = "last name|family name|surname|sobrenome|ultimo nome"
EMAIL = "e mail|email|e mail 1 value|email 1 value|endereco de e mail|endereco de email|email address|mail"
IGNORED = frozenset(
    {"motivo"}
)  # what we add to the file of refused rows, when it comes back mended
# What Google and Outlook call each of a person's phones: "Mobile", "* Home". It says nothing of the person.
KIND_OF_VALUE = re.compile(
    r"^(phone|e mail|address|website|event|relation|custom field) \d+ (label|type)$"
)
MANY = " ::: "  # Google's mark between several values of a cell


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for line in text.split("\n") for word in line.split("|") if word)


@dataclass(frozen=True, slots=True)
class Columns:
    """Positions in a row; `custom` is key → (position, label)."""

    width: int
    phone: int | None
    name: tuple[int, ...]
    email: int | None
    custom: Mapping[str, tuple[int, str]]

    def phone_of(self, cells: Sequence[str]) -> str:
        return _first_value(cells[self.phone]) if self.phone is not None else ""

    def name_of(self, cells: Sequence[str]) -> str:
        return " ".join(part for part in (cells[at].strip() for at in self.name) if part)

    def email_of(self, cells: Sequence[str]) -> str:
        return _first_value(cells[self.email]) if self.email is not None else ""

    def custom_of(self, cells: Sequence[str]) -> dict[str, str]:
        """Only what has a value: a blank cell says nothing about the person."""
        values = {key: cells[at].strip() for key, (at, _) in self.custom.items()}
        return {key: value for key, value in values.items() if value}


def columns_of(header: Sequence[str]) -> Columns:
    folded = [fold(cell) for cell in header]
    phone = _best(folded, _words(PHONE))
    email = _best(folded, _words(EMAIL))
    name = _name(folded)
    used = {phone, email, *name}
    custom: dict[str, tuple[int, str]] = {}
    for at, label in enumerate(header):
        if at not in used and _is_data(folded[at]):
            custom[key_for(label, taken=custom)] = (at, " ".join(label.split()))
    return Columns(width=len(header), phone=phone, name=name, email=email, custom=custom)


def _name(folded: Sequence[str]) -> tuple[int, ...]:
    """One column with the whole name, or its parts in the order they are said."""
    whole = _best(folded, _words(NAME))
    first, middle, last = (_best(folded, _words(words)) for words in (FIRST, MIDDLE, LAST))
    start = first if first is not None and whole is None else whole
    parts = (start, middle, last) if whole is None or folded[whole] == "nome" else (whole,)
    return tuple(part for part in parts if part is not None)


def _is_data(header: str) -> bool:
    return bool(header) and header not in IGNORED and not KIND_OF_VALUE.match(header)


def _best(folded: Sequence[str], words: Iterable[str]) -> int | None:
    return next((folded.index(word) for word in words if word in folded), None)


def _first_value(cell: str) -> str:
    return cell.split(MANY, 1)[0].strip()
