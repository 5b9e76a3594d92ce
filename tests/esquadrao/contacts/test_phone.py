from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esquadrao.contacts.phone import (
    DDDS,
    REFUSALS,
    parse_phone,
    phone_of_whatsapp,
    pretty,
    spellings,
)
from esquadrao.errors import Invalid

SPELLINGS = [
    "(11) 98765-4321",
    "11987654321",
    "11 98765 4321",
    "11-98765-4321",
    "+55 11 98765-4321",
    "+55 (11) 98765-4321",
    "5511987654321",
    "555511987654321",
    "0055 11 98765-4321",
    "011 98765-4321",
    "0 15 11 98765-4321",
    "01511987654321",
    "98765-4321",
    "11987654321.0",
    "11987654321,0",
    "'11987654321",
    " 11\u00a098765\u20114321 ",
    "11987654321",
]


@pytest.mark.parametrize("text", SPELLINGS)
def test_every_spelling_of_a_mobile_is_one_phone(text: str) -> None:
    phone = parse_phone(text, default_ddd="11")
    assert (phone.e164, phone.key) == ("+5511987654321", "551187654321")


@pytest.mark.parametrize(
    ("text", "e164", "key"),
    [
        ("5555987654321", "+5555987654321", "555587654321"),
        ("55987654321", "+5555987654321", "555587654321"),
        ("(31) 3881-3005", "+553138813005", "553138813005"),
        ("3881-3005", "+551138813005", "551138813005"),
        ("(11) 91234-5678", "+5511912345678", "5511912345678"),
        ("+351 912 345 678", "+351912345678", "351912345678"),
        ("00351912345678", "+351912345678", "351912345678"),
        ("+1 (415) 555-2671", "+14155552671", "14155552671"),
    ],
)
def test_a_phone_is_kept_as_e164_and_known_by_its_key(text: str, e164: str, key: str) -> None:
    phone = parse_phone(text, default_ddd="11")
    assert (phone.e164, phone.key) == (e164, key)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "phone_missing"),
        ("   ", "phone_missing"),
        ("1,19877E+10", "phone_scientific"),
        ("1.19877e10", "phone_scientific"),
        ("não tem", "phone_not_digits"),
        ("12345", "phone_too_short"),
        ("11 98765-43210", "phone_too_long"),
        ("11 98765-4321 / 11 91234-5678", "phone_too_long"),
        ("(20) 98765-4321", "phone_unknown_ddd"),
        ("(10) 98765-4321", "phone_unknown_ddd"),
        ("81 6759-3581", "phone_missing_ninth"),
        ("6759-3581", "phone_missing_ninth"),
        ("0800 123 4567", "phone_service"),
        ("0300 123 4567", "phone_service"),
        ("4004-1234", "phone_service"),
        ("3003 1234", "phone_service"),
        ("11 1234-5678", "phone_invalid"),
        ("11 88765-4321", "phone_invalid"),
        ("+1 415 555", "phone_foreign"),
        ("+999 1234567", "phone_foreign"),
    ],
)
def test_what_is_no_phone_is_refused_with_its_code_and_sentence(text: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_phone(text, default_ddd="11")
    assert caught.value.code == code
    assert caught.value.sentence == REFUSALS[code]


def test_a_missing_ninth_digit_is_offered_never_added() -> None:
    with pytest.raises(Invalid) as caught:
        parse_phone("81 6759-3581", default_ddd="11")
    assert caught.value.values == {"suggestion": "(81) 96759-3581"}


def test_a_number_without_ddd_needs_a_default() -> None:
    with pytest.raises(Invalid) as caught:
        parse_phone("98765-4321", default_ddd="")
    assert caught.value.code == "phone_no_ddd"


def test_brazil_has_sixty_seven_ddds() -> None:
    assert len(DDDS) == 67


@given(st.text(max_size=40))
def test_any_text_is_a_phone_that_stays_itself_or_a_known_refusal(text: str) -> None:
    assert outcome(text) in {"same", *REFUSALS}


def outcome(text: str) -> str:
    try:
        phone = parse_phone(text, default_ddd="11")
    except Invalid as error:
        return error.code
    return "same" if parse_phone(phone.e164, default_ddd="") == phone else "other"


@given(st.sampled_from(sorted(DDDS)), st.integers(60000000, 99999999))
def test_d04_with_and_without_the_ninth_digit_is_one_person(ddd: str, number: int) -> None:
    with_ninth = parse_phone(f"{ddd}9{number}", default_ddd="11")
    assert with_ninth.key == f"55{ddd}{number}"


@pytest.mark.parametrize(
    ("e164", "shown"),
    [
        ("+5511987654321", "(11) 98765-4321"),
        ("+553138813005", "(31) 3881-3005"),
        ("+14155552671", "+1 415-555-2671"),
    ],
)
def test_people_read_a_phone_in_their_own_way(e164: str, shown: str) -> None:
    assert pretty(e164) == shown


@pytest.mark.parametrize(
    ("e164", "all_of_them"),
    [
        ("+5511987654321", {"+5511987654321", "+551187654321"}),
        ("+551187654321", {"+551187654321", "+5511987654321"}),
        ("+553138813005", {"+553138813005"}),  # a landline never had a ninth digit
        ("+5511943210000", {"+5511943210000"}),  # nor had this mobile, whose 9 is its own
        ("+14155552671", {"+14155552671"}),
    ],
)
def test_whatsapp_may_know_a_brazilian_mobile_with_and_without_its_ninth_digit(
    e164: str, all_of_them: set[str]
) -> None:
    assert spellings(e164)[0] == e164
    assert set(spellings(e164)) == all_of_them
    for one in all_of_them:
        assert set(spellings(one)) == all_of_them
        assert phone_of_whatsapp(one).key == phone_of_whatsapp(e164).key
