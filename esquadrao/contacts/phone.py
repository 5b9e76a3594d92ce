"""A phone as people write it in Brazil → E.164. Digits are never guessed: what is unclear is refused with its cure.

`Phone.key` is the identity of a person: E.164 digits without the ninth digit of a mobile, which old WhatsApp ids lack.
Only a 9 in front of 6–9 ever was an old eight-digit mobile; another one is part of the number.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import phonenumbers

from esquadrao.errors import Invalid
from esquadrao.words import N_

BRAZIL = "55"
DDDS = frozenset(
    """
    11 12 13 14 15 16 17 18 19 21 22 24 27 28 31 32 33 34 35 37 38 41 42 43 44 45 46 47 48 49 51 53 54 55
    61 62 63 64 65 66 67 68 69 71 73 74 75 77 79 81 82 83 84 85 86 87 88 89 91 92 93 94 95 96 97 98 99
    """.split()  # noqa: SIM905  # sixty-seven quoted strings read worse
)
LONGEST_TEXT = 60  # characters; a cell longer than this is no phone
MOBILE, WITH_DDD, NINE, EIGHT = (
    11,
    10,
    9,
    8,
)  # digits of a Brazilian number, the first two with its DDD
CARRIER = 2  # digits of the carrier dialled after the trunk 0
SHORTEST, LONGEST = 8, 15  # digits of an international number
SERVICE = re.compile(r"^(55)?(0?(800|300|500|900)\d{6,8}|0?(\d\d)?(4004|4003|3003)\d{4})$")
SCIENTIFIC = re.compile(r"^\d+([.,]\d+)?[eE]\+?\d+$")
EXCEL_NUMBER = re.compile(r"^(\d+)[.,]0+$")

REFUSALS = {
    "phone_missing": N_("Falta o telefone."),
    "phone_scientific": N_(
        "O Excel guardou o número em notação científica e perdeu os últimos dígitos. "
        "Formate a coluna como Texto e digite o telefone de novo."
    ),
    "phone_not_digits": N_("Isto não é um telefone. Escreva como (11) 98765-4321."),
    "phone_too_short": N_("Faltam dígitos no telefone. Escreva com DDD, como (11) 98765-4321."),
    "phone_too_long": N_(
        "O telefone tem dígitos demais. Escreva um só número, como (11) 98765-4321."
    ),
    "phone_no_ddd": N_("O telefone está sem DDD e não há um DDD padrão para completar."),
    "phone_unknown_ddd": N_("O DDD não existe. Confira os dois primeiros dígitos."),
    "phone_missing_ninth": N_(
        "Falta o nono dígito do celular: o 9 depois do DDD, como em (11) 98765-4321."
    ),
    "phone_service": N_("Números 0800, 0300, 4004 e 3003 não têm WhatsApp de uma pessoa."),
    "phone_invalid": N_("Este telefone não existe no Brasil. Confira os dígitos."),
    "phone_foreign": N_(
        "Este telefone não existe nesse país. Confira o código do país e os dígitos."
    ),
}


@dataclass(frozen=True, slots=True)
class Phone:
    e164: str
    key: str


def parse_phone(text: str, *, default_ddd: str) -> Phone:
    """Raises Invalid with a code of REFUSALS; `phone_missing_ninth` carries the number it would be as `suggestion`."""
    typed = unicodedata.normalize("NFKC", text[:LONGEST_TEXT]).strip().lstrip("'").strip()
    if not typed:
        raise refused("phone_missing")
    if SCIENTIFIC.match(typed):
        raise refused("phone_scientific")
    number = EXCEL_NUMBER.match(typed)
    digits = (
        number[1] if number else "".join(one for one in typed if one.isdecimal() and one.isascii())
    )
    if not digits:
        raise refused("phone_not_digits")
    if SERVICE.match(digits):
        raise refused("phone_service")
    abroad = typed.startswith(("+", "(+"))
    if digits.startswith("00"):
        abroad, digits = True, digits[2:]
    if abroad and not digits.startswith(BRAZIL):
        return _foreign(digits)
    return _brazilian(digits, default_ddd="" if abroad else default_ddd)


def phone_of_whatsapp(said: str) -> Phone:
    """A number as WhatsApp names it: nobody typed it, so nothing is mended and nothing of Brazil's is missing.

    Old ids lack the ninth digit; the key of both spellings is one. Raises Invalid for what is no phone at all.
    """
    digits = said.removeprefix("+")
    if not (digits.isascii() and digits.isdecimal() and SHORTEST <= len(digits) <= LONGEST):
        raise refused("phone_not_digits")
    national = digits.removeprefix(BRAZIL)
    if national != digits and len(national) == MOBILE:
        return Phone(e164=f"+{digits}", key=f"{BRAZIL}{_without_ninth(national)}")
    return Phone(e164=f"+{digits}", key=digits)


def spellings(phone: str) -> list[str]:
    """Every way WhatsApp may know this E.164 number: a Brazilian mobile with its ninth digit and without."""
    national = phone.removeprefix(f"+{BRAZIL}")
    if national == phone:
        return [phone]
    if len(national) == MOBILE and (bare := _without_ninth(national)) != national:
        return [phone, f"+{BRAZIL}{bare}"]
    if len(national) == WITH_DDD and national[2] in "6789":
        return [phone, f"+{BRAZIL}{national[:2]}9{national[2:]}"]
    return [phone]


def _without_ninth(national: str) -> str:
    return (
        national[:2] + national[3:] if national[2:3] == "9" and national[3] in "6789" else national
    )


def pretty(e164: str) -> str:
    """As people read it: (11) 98765-4321, or the other country's own way with its code."""
    national = e164.removeprefix(f"+{BRAZIL}")
    if national != e164 and len(national) in {MOBILE, WITH_DDD}:
        return f"({national[:2]}) {national[2:-4]}-{national[-4:]}"
    try:
        parsed = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


def is_ddd(text: str) -> bool:
    return text in DDDS


def refused(code: str, **values: object) -> Invalid:
    return Invalid.field("phone", code, REFUSALS[code], **values)


def _brazilian(digits: str, *, default_ddd: str) -> Phone:
    national = _with_ddd(_national(digits), default_ddd)
    ddd, first = national[:2], national[2]
    if ddd not in DDDS:
        raise refused("phone_unknown_ddd")
    if len(national) == WITH_DDD and first in "6789":
        raise refused("phone_missing_ninth", suggestion=pretty(f"+{BRAZIL}{ddd}9{national[2:]}"))
    if first not in ("9" if len(national) == MOBILE else "2345"):
        raise refused("phone_invalid")
    bare = _without_ninth(national) if len(national) == MOBILE else national
    return Phone(e164=f"+{BRAZIL}{national}", key=f"{BRAZIL}{bare}")


def _national(digits: str) -> str:
    """Without country code (typed once or twice), trunk 0 and carrier."""
    while digits.startswith(BRAZIL) and len(digits) > MOBILE:
        digits = digits[2:]
    if digits.startswith("0"):
        digits = digits.lstrip("0")
        if len(digits) in {MOBILE + CARRIER, WITH_DDD + CARRIER}:
            digits = digits[CARRIER:]
    return digits


def _with_ddd(national: str, default_ddd: str) -> str:
    size = len(national)
    if size < EIGHT:
        raise refused("phone_too_short")
    if size > MOBILE:
        raise refused("phone_too_long")
    if size not in {EIGHT, NINE}:
        return national
    if not default_ddd:
        raise refused("phone_no_ddd")
    return default_ddd + national


def _foreign(digits: str) -> Phone:
    try:
        parsed = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        raise refused("phone_foreign") from None
    if not phonenumbers.is_valid_number(parsed):
        raise refused("phone_foreign")
    e164 = str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
    return Phone(e164=e164, key=e164.removeprefix("+"))
