from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from esquadrao.companies import sessions
from esquadrao.companies.models import Directory, Role, Session, User
from esquadrao.companies.sessions import SignedIn
from esquadrao.companies.set_password import set_password
from esquadrao.companies.sign_in import sign_in
from esquadrao.settings import settings
from tests.conftest import Cast

HOUR = 3600
NEW = "trem amarelo no morro 3"


async def found(token: str) -> SignedIn:
    me = await sessions.find(token)
    assert me is not None
    return me


async def test_a_token_finds_its_company_and_user(cast: Cast) -> None:
    me = await found(await sessions.open_session(cast.bruno, device="Firefox" * 100))
    assert (me.company.id, me.user.id) == (cast.alfa.id, cast.bruno.id)
    assert len(me.session.device) == 200


async def test_only_a_hash_of_the_token_is_kept(cast: Cast) -> None:
    token = await sessions.open_session(cast.ana, device="")
    row = await Session.of(cast.alfa).get()
    kept = [str(value) for one in (row, await Directory.get()) for value in vars(one).values()]
    assert len(token) >= 43
    assert not [value for value in kept if token in value]
    assert await sessions.find(row.token_hash) is None, "the hash opens nothing"


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN, Role.SUPERVISOR, Role.AGENT])
async def test_a_session_ends_by_rest_and_by_age(
    cast: Cast, noon: time_machine.Traveller, role: Role
) -> None:
    idle, absolute = (1, 12) if role in {Role.OWNER, Role.ADMIN} else (8, 24)
    await User.of(cast.alfa).filter(id=cast.bruno.id).update(role=role)
    rested = await sessions.open_session(cast.bruno, device="")
    busy = await sessions.open_session(cast.bruno, device="")
    steps = absolute * 2
    for _ in range(steps - 1):  # every half hour a page
        noon.shift(HOUR / 2)
        await found(busy)
    assert await sessions.find(rested) is None
    noon.shift(HOUR / 2)
    assert await sessions.find(busy) is None
    again = await sessions.open_session(cast.bruno, device="")
    noon.shift(idle * HOUR - 1)
    await found(again)
    noon.shift(idle * HOUR)
    assert await sessions.find(again) is None


async def test_an_open_stream_does_not_keep_a_session_young(
    cast: Cast, noon: time_machine.Traveller
) -> None:
    token = await sessions.open_session(cast.ana, device="")
    noon.shift(HOUR - 1)
    assert await sessions.find(token, is_activity=False)
    noon.shift(1)
    assert await sessions.find(token) is None


async def test_pages_of_one_minute_write_once(cast: Cast, noon: time_machine.Traveller) -> None:
    token = await sessions.open_session(cast.ana, device="")
    opened = (await Session.of(cast.alfa).get()).seen_at
    noon.shift(59)
    await found(token)
    assert (await Session.of(cast.alfa).get()).seen_at == opened
    noon.shift(1)
    await found(token)
    assert (await Session.of(cast.alfa).get()).seen_at == opened + timedelta(minutes=1)


async def test_to_end_one_session_leaves_the_others(cast: Cast) -> None:
    here, there = [await sessions.open_session(cast.ana, device=name) for name in ("a", "b")]
    bruno = await sessions.open_session(cast.bruno, device="")
    await sessions.end(await found(here))
    assert await sessions.find(here) is None
    assert [one.device for one in await sessions.living(cast.ana)] == ["b"]
    third = await sessions.open_session(cast.ana, device="c")
    await sessions.end_all(cast.ana, but=(await found(third)).session.id)
    assert await sessions.find(there) is None
    await found(third)
    await found(bruno)


async def test_somebody_deactivated_is_out_at_once(cast: Cast) -> None:
    token = await sessions.open_session(cast.bruno, device="")
    await found(token)
    await User.of(cast.alfa).filter(id=cast.bruno.id).update(is_active=False)
    assert await sessions.find(token) is None


async def test_a_new_password_ends_every_session(cast: Cast) -> None:
    token = await sessions.open_session(cast.ana, device="")
    await set_password(cast.alfa, cast.ana, NEW)
    assert await sessions.find(token) is None
    assert (await User.one(cast.alfa, cast.ana.id)).password_hash != "-"


async def test_rows_past_every_limit_leave_when_their_user_comes_back(
    cast: Cast, noon: time_machine.Traveller
) -> None:
    await sessions.open_session(cast.ana, device="old")
    carla = await sessions.open_session(cast.carla, device="")
    noon.move_to(datetime(2026, 3, 4, tzinfo=UTC))
    await sessions.open_session(cast.ana, device="new")
    assert [one.device for one in await Session.of(cast.alfa)] == ["new"]
    assert await Directory.filter(company_id=cast.alfa.id).count() == 1
    assert await Session.of(cast.beta).count() == 1, carla


async def test_a_csrf_token_is_of_one_session(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = [await found(await sessions.open_session(cast.ana, device="")) for _ in range(2)]
    token = sessions.csrf_token(one.session)
    assert sessions.is_csrf_token(one.session, token)
    assert not sessions.is_csrf_token(other.session, token)
    assert not sessions.is_csrf_token(one.session, "")
    assert not sessions.is_csrf_token(one.session, "é")
    old = settings().secret_keys.get_secret_value()
    monkeypatch.setenv("SECRET_KEYS", f"{'n' * 40},{old}")
    settings.cache_clear()
    assert sessions.csrf_token(one.session) != token
    assert sessions.is_csrf_token(one.session, token), "a turned key breaks no open form"


async def test_sign_in_is_not_by_a_hash_that_was_never_set(cast: Cast) -> None:
    with pytest.raises(Exception, match="wrong_credentials"):
        await sign_in(cast.ana.email, "-", address="::1")
