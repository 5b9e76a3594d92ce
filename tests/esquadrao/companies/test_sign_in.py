from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
import time_machine
from argon2 import PasswordHasher

from esquadrao.companies import passwords, throttle
from esquadrao.companies.models import Throttle, User
from esquadrao.companies.register import create_company
from esquadrao.companies.sign_in import sign_in, unlock
from esquadrao.errors import EsquadraoError, Invalid, OverLimit

PASSWORD = "barco verde na chuva 7"
OTHER = "trem amarelo no morro 3"
EMAIL = "ana@alfa.example"


async def ana(company: str = "Alfa", password: str = PASSWORD) -> User:
    return await create_company(company_name=company, name="Ana", email=EMAIL, password=password)


async def code(email: str, password: str, *, address: str = "203.0.113.7") -> str:
    try:
        await sign_in(email, password, address=address)
    except EsquadraoError as error:
        return error.code
    return "in"


async def fail(times: int, *, email: str = EMAIL) -> list[str]:
    """Each from an address of its own, so that only the e-mail's limit counts."""
    return [await code(email, "errada", address=f"10.1.{n // 250}.{n % 250}") for n in range(times)]


async def test_the_right_password_finds_the_user_however_the_address_is_spelt(db: str) -> None:
    user = await ana()
    assert [one.id for one in await sign_in(" ANA@alfa.Example ", PASSWORD, address="::1")] == [
        user.id
    ]


async def test_every_failure_reads_the_same(db: str) -> None:
    user = await ana()
    said = []
    for email, password in ((EMAIL, "errada"), ("ninguem@alfa.example", PASSWORD)):
        with pytest.raises(Invalid) as failure:
            await sign_in(email, password, address="203.0.113.7")
        said.append(str(failure.value))
    await User.of(user.company_id).filter(id=user.id).update(is_active=False)
    with pytest.raises(Invalid) as failure:
        await sign_in(EMAIL, PASSWORD, address="203.0.113.7")
    assert {*said, str(failure.value)} == {"wrong_credentials: E-mail ou senha incorretos."}


@pytest.mark.parametrize("email", [EMAIL, "ninguem@alfa.example"])
async def test_of_thirty_guesses_at_once_five_are_looked_at(db: str, email: str) -> None:
    await ana()
    codes = await asyncio.gather(*(code(email, "errada", address=f"10.0.0.{n}") for n in range(30)))
    assert Counter(codes) == {"wrong_credentials": 5, "too_many_tries": 25}


async def test_the_wait_begins_at_a_minute_and_doubles(
    db: str, noon: time_machine.Traveller
) -> None:
    await ana()
    assert await fail(6) == ["wrong_credentials"] * 5 + ["too_many_tries"]
    assert await code(EMAIL, PASSWORD) == "too_many_tries", "the right password waits too"
    noon.shift(61)
    assert await fail(2) == ["wrong_credentials", "too_many_tries"]
    noon.shift(61)
    assert await fail(1) == ["too_many_tries"]
    noon.shift(60)
    assert await code(EMAIL, PASSWORD) == "in"
    assert await fail(6) == ["wrong_credentials"] * 5 + ["too_many_tries"], (
        "a right one forgets the wrong"
    )


def test_no_wait_is_longer_than_a_quarter_of_an_hour_until_the_lock() -> None:
    waits = [throttle.wait_after(failures) for failures in (5, 6, 7, 8, 9, 99)]
    assert waits == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8, 15, 15)]
    assert throttle.wait_after(100) > timedelta(days=3650)


async def test_a_hundred_failures_in_a_row_lock_until_somebody_opens(
    db: str, noon: time_machine.Traveller
) -> None:
    await ana()
    assert await fail(1) == ["wrong_credentials"]
    key = throttle.email_key(EMAIL)
    await Throttle.filter(key_hash=key).update(failures=98)
    assert await fail(1) == ["wrong_credentials"]
    noon.shift(901)
    assert await fail(1) == ["wrong_credentials"], "the hundredth"
    noon.shift(86_400)
    assert await code(EMAIL, PASSWORD) == "locked"
    await unlock(EMAIL)
    assert await code(EMAIL, PASSWORD) == "in"


async def test_an_address_has_twenty_failures_a_minute_whoever_it_tries(
    db: str, noon: time_machine.Traveller
) -> None:
    await ana()
    codes = await asyncio.gather(
        *(code(f"p{n}@x.example", "errada", address=f"2001:db8:7:7::{n:x}") for n in range(30))
    )
    assert Counter(codes) == {"wrong_credentials": 20, "too_many_tries": 10}
    assert await code(EMAIL, PASSWORD, address="2001:db8:7:7::ffff") == "too_many_tries"
    assert await code(EMAIL, PASSWORD, address="2001:db8:7:8::1") == "in", (
        "another /64 is somebody else"
    )
    noon.shift(61)
    assert await code(EMAIL, PASSWORD, address="2001:db8:7:7::1") == "in"


async def test_an_office_behind_one_address_may_all_come_in(db: str) -> None:
    await ana()
    assert [await code(EMAIL, PASSWORD) for _ in range(25)] == ["in"] * 25


async def test_the_refusal_says_how_long(db: str, noon: time_machine.Traveller) -> None:
    await fail(5)
    noon.shift(15)
    with pytest.raises(OverLimit) as refusal:
        await sign_in(EMAIL, PASSWORD, address="203.0.113.7")
    assert refusal.value.retry_after == timedelta(seconds=45)
    assert refusal.value.values == {"minutes": 1}


async def test_one_email_in_two_companies_shows_those_where_the_password_is_right(db: str) -> None:
    alfa, beta = await ana("Alfa"), await ana("Beta", OTHER)
    assert [one.id for one in await sign_in(EMAIL, PASSWORD, address="::1")] == [alfa.id]
    assert [one.id for one in await sign_in(EMAIL, OTHER, address="::1")] == [beta.id]


async def test_a_user_of_one_company_cannot_wipe_out_the_failures_at_another(db: str) -> None:
    await ana("Alfa")
    await ana("Beta", OTHER)
    assert await fail(4) == ["wrong_credentials"] * 4
    assert await code(EMAIL, OTHER) == "in"
    assert await fail(2) == ["wrong_credentials", "too_many_tries"]


async def test_a_hash_of_weaker_parameters_is_renewed(db: str) -> None:
    user = await ana()
    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    await User.of(user.company_id).filter(id=user.id).update(password_hash=weak)
    assert await code(EMAIL, PASSWORD) == "in"
    kept = (await User.one(user.company_id, user.id)).password_hash
    assert not passwords.is_outdated(kept)
    assert await code(EMAIL, PASSWORD) == "in"
