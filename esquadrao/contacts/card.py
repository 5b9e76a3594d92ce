"""What a Contact's data must be, whoever brings it: a form, a program or a spreadsheet."""

from __future__ import annotations

import re
from dataclasses import dataclass

from esquadrao.contacts.fold import fold
from esquadrao.contacts.phone import Phone
from esquadrao.errors import Issue
from esquadrao.words import N_

LONGEST_NAME, LONGEST_EMAIL, LONGEST_SEARCH = 120, 254, 500
EMAIL = re.compile(r"^[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s.,;<>\"]{2,}$")
CONTROLS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f]"
)  # PostgreSQL keeps no NUL; none of them is a letter of anyone's name

REFUSALS = {
    "name_too_long": N_("O nome passa de 120 caracteres."),
    "email_invalid": N_("O e-mail não está completo. Escreva como ana@exemplo.com.br."),
}


@dataclass(frozen=True, slots=True)
class Card:
    """Name and e-mail as they are kept."""

    name: str
    email: str


def tidy(text: str) -> str:
    """One line without control characters or doubled blanks."""
    return " ".join(CONTROLS.sub("", text).split())


def card_of(name: str, email: str) -> Card:
    return Card(name=tidy(name), email=tidy(email).lower())


def problems(card: Card) -> list[Issue]:
    found = []
    if len(card.name) > LONGEST_NAME:
        found.append(Issue("name", "name_too_long", REFUSALS["name_too_long"]))
    if card.email and (len(card.email) > LONGEST_EMAIL or not EMAIL.match(card.email)):
        found.append(Issue("email", "email_invalid", REFUSALS["email_invalid"]))
    return found


def search_text(card: Card, phone: Phone) -> str:
    """What search looks through: both spellings of a mobile's digits, then folded words."""
    digits = phone.e164.removeprefix("+")
    spellings = digits if phone.key == digits else f"{digits} {phone.key}"
    return f"{spellings} {fold(card.name)} {fold(card.email)}".strip()[:LONGEST_SEARCH]
