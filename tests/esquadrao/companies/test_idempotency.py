from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
import time_machine

from esquadrao.clock import now
from esquadrao.companies.idempotency import KEPT_FOR, Done, once
from esquadrao.companies.models import IdempotencyKey, User
from esquadrao.contacts.models import ContactList
from esquadrao.errors import Conflict, Invalid
from tests.conftest import Cast

KEY = "key-0001"


async def make_a_list(cast: Cast, *, asked: object = "x", user: User | None = None) -> Done:
    """An effect that leaves a trace each time it runs."""
    caller = user or cast.ana

    async def effect() -> UUID:
        made = ContactList(company_id=caller.company_id, name=str(now()) + str(caller.id))
        await made.save()
        return made.id

    company = cast.alfa if caller.company_id == cast.alfa.id else cast.beta
    return await once(company, caller, action="test", key=KEY, asked=asked, effect=effect)


async def test_a_repeat_has_the_same_answer_and_no_second_effect(cast: Cast) -> None:
    first, second = await make_a_list(cast), await make_a_list(cast)
    assert (first.was_replayed, second.was_replayed) == (False, True)
    assert first.subject_id == second.subject_id
    assert await ContactList.of(cast.alfa).count() == 1


async def test_ten_parallel_repeats_make_one_effect(cast: Cast) -> None:
    answers = await asyncio.gather(*(make_a_list(cast) for _ in range(10)))
    assert len({one.subject_id for one in answers}) == 1
    assert sorted(one.was_replayed for one in answers) == [False, *[True] * 9]
    assert await ContactList.of(cast.alfa).count() == 1


async def test_the_same_key_with_another_input_is_a_conflict(cast: Cast) -> None:
    await make_a_list(cast, asked={"name": "a"})
    with pytest.raises(Conflict) as refused:
        await make_a_list(cast, asked={"name": "b"})
    assert refused.value.code == "idempotency_mismatch"
    assert await ContactList.of(cast.alfa).count() == 1


async def test_a_refused_input_is_not_remembered(cast: Cast) -> None:
    async def refuse() -> UUID:
        raise Invalid(code="no_contacts")

    with pytest.raises(Invalid):
        await once(cast.alfa, cast.ana, action="test", key=KEY, asked="x", effect=refuse)
    assert await IdempotencyKey.of(cast.alfa).count() == 0
    assert not (await make_a_list(cast)).was_replayed


async def test_two_callers_may_choose_the_same_key(sqlite_cast: Cast) -> None:
    for user in (sqlite_cast.ana, sqlite_cast.bruno, sqlite_cast.carla):
        assert not (await make_a_list(sqlite_cast, user=user)).was_replayed


async def test_a_key_is_forgotten_after_seven_days(sqlite_cast: Cast) -> None:
    await make_a_list(sqlite_cast)
    with time_machine.travel(now() + KEPT_FOR - timedelta(minutes=1), tick=False):
        assert (await make_a_list(sqlite_cast)).was_replayed
    with time_machine.travel(now() + KEPT_FOR + timedelta(minutes=1), tick=False):
        assert not (await make_a_list(sqlite_cast)).was_replayed
