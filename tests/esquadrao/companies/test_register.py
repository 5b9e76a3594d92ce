from __future__ import annotations

import asyncio
from typing import Any

import pytest

from esquadrao.companies.models import Company, Directory, Role, User
from esquadrao.companies.register import create_company, create_first_company, is_first_run
from esquadrao.errors import Conflict, Invalid

ALFA: dict[str, Any] = {
    "company_name": " Alfa  Ltda ",
    "name": "Ana",
    "email": "Ana@Alfa.example",
    "password": "barco verde na chuva 7",
}


async def test_a_company_begins_with_its_owner_and_a_key_of_its_own(db: str) -> None:
    ana, other = await create_company(**ALFA, default_ddd="81"), await create_company(**ALFA)
    alfa = await Company.one(ana.company_id, ana.company_id)
    assert (alfa.name, alfa.default_ddd, ana.role, ana.email) == (
        "Alfa Ltda",
        "81",
        Role.OWNER,
        "ana@alfa.example",
    )
    assert len(alfa.wa_key) == 64
    assert alfa.wa_key != (await Company.one(other.company_id, other.company_id)).wa_key
    assert "ana" not in (await Directory.first()).key_hash  # type: ignore[union-attr]


async def test_every_wrong_field_is_named_at_once_and_nothing_is_made(db: str) -> None:
    with pytest.raises(Invalid) as refusal:
        await create_first_company(
            company_name=" ", name="a" * 121, email="ana@alfa", password="curta", default_ddd="1"
        )
    paths = [issue.path for issue in refusal.value.issues]
    assert paths == ["company_name", "name", "email", "default_ddd", "password"]
    assert await is_first_run()
    await create_first_company(**ALFA)
    assert not await is_first_run()


async def test_of_two_first_companies_at_once_one_is_made(db: str) -> None:
    made = await asyncio.gather(
        *(create_first_company(**ALFA) for _ in range(3)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in made) == ["Conflict", "Conflict", "User"]
    assert await Directory.all().count() == 1
    with pytest.raises(Conflict):
        await create_first_company(**ALFA)
    owner = next(one for one in made if isinstance(one, User))
    assert await User.of(owner.company_id).count() == 1
