from __future__ import annotations

import pytest

from esquadrao.companies import passwords
from esquadrao.companies.passwords import (
    check_new_password,
    hash_password,
    is_outdated,
    verify_password,
)
from esquadrao.errors import Invalid


def refusal(password: str) -> str | None:
    try:
        check_new_password(password, ("Padaria Alvorada", "Ana", "ana", "alvorada.example"))
    except Invalid as error:
        return f"{error.issues[0].path}: {error.code}"
    return None


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "senhasenha12345",
        "P@ssw0rdP@ssw0rd",
        "aaaaaaaaaaaaaaa",
        "123456789012345",
        "qwertyuiopasdfgh",
        "1q2w3e4r5t6y7u8i",
        "zyxwvutsrqponml",
        "Padaria-Alvorada-2026",
        "AnaAlvorada!!!!!!",
        "abcxyzabcxyzabcxyz",
        "Flamengo@2026Brasil",
    ],
)
def test_what_is_easy_to_guess_is_refused(password: str) -> None:
    assert refusal(password) == "password: password_common"


@pytest.mark.parametrize(
    "password",
    [
        "barco verde na chuva 7",
        "correct horse battery staple",
        "xK3_9vQpZ1-aYw2T",
        "água ção ümlaut pé",
    ],
)
def test_a_phrase_of_ones_own_is_taken(password: str) -> None:
    assert refusal(password) is None


def test_length_counts_characters_from_fifteen_to_a_hundred_and_twenty_eight() -> None:
    phrase = "barco verde na chuva sete "
    assert refusal(phrase[:14]) == "password: password_short"
    assert refusal(phrase[:15]) is None
    assert refusal((phrase * 5)[:128]) is None
    assert refusal((phrase * 5)[:129]) == "password: password_long"


async def test_two_ways_to_compose_a_letter_are_one_password() -> None:
    stored = await hash_password("cafe\u0301 com leite e pão")
    assert await verify_password(stored, "caf\u00e9 com leite e pão")
    assert not await verify_password(stored, "cafe com leite e pão")


async def test_the_hash_has_the_parameters_of_the_design() -> None:
    stored = await hash_password("barco verde na chuva 7")
    assert stored.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert not is_outdated(stored)


async def test_an_unknown_user_costs_a_whole_hash_and_is_never_right() -> None:
    assert not is_outdated(passwords._nobody()), "checking it costs what a real one costs"
    assert not await verify_password(None, "barco verde na chuva 7")
    assert not await verify_password("-", "barco verde na chuva 7")
