from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from esquadrao.clock import now
from esquadrao.companies import signing_keys, tokens
from esquadrao.companies.models import Role, SigningKey
from esquadrao.companies.scopes import Scope, scopes_of
from tests.conftest import Cast


@pytest.fixture(autouse=True)
def own_signing_keys() -> Iterator[None]:
    signing_keys.forget()
    yield
    signing_keys.forget()


async def forged(cast: Cast, *, header: dict[str, Any] | None = None, **claims: Any) -> str:
    """A token signed with our own key that differs from a good one only in what is given; None leaves a claim out."""
    key = await signing_keys.signer()
    moment = int(now().timestamp())
    good = {
        "iss": tokens.issuer(),
        "aud": tokens.audience(),
        "sub": str(cast.ana.id),
        "client_id": tokens.SIGN_IN_CLIENT,
        "company": str(cast.alfa.id),
        "scope": "contacts:read",
        "jti": "x",
        "iat": moment,
        "exp": moment + 600,
    }
    written = {name: value for name, value in (good | claims).items() if value is not None}
    head = {"alg": "ES256", "kid": key.kid, "typ": "at+jwt"} | (header or {})
    plain = {name: value for name, value in head.items() if value is not None}
    return jwt.encode(plain, written, key, algorithms=["ES256"])


def segment(value: object) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


async def test_a_token_says_who_of_which_company_and_for_what(cast: Cast) -> None:
    access = await tokens.issue(cast.ana)
    bearer = await tokens.verify(access.token)
    assert bearer is not None
    assert (bearer.user.id, bearer.company.id) == (cast.ana.id, cast.alfa.id)
    assert bearer.scopes == scopes_of(cast.ana) == access.scopes
    assert access.expires_in == timedelta(minutes=10)


async def test_the_forger_of_these_tests_makes_good_tokens(sqlite_cast: Cast) -> None:
    assert await tokens.verify(await forged(sqlite_cast)) is not None


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "http://127.0.0.1:8000/elsewhere"},
        {"aud": None},
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"exp": None},
        {"exp": 1},
        {"iat": None},
        {"sub": None},
        {"sub": "not-an-id"},
        {"sub": "00000000-0000-7000-8000-000000000000"},
        {"company": None},
        {"company": "00000000-0000-7000-8000-000000000000"},
        {"client_id": None},
    ],
    ids=str,
)
async def test_a_token_with_a_wrong_claim_is_refused(
    sqlite_cast: Cast, claims: dict[str, Any]
) -> None:
    assert await tokens.verify(await forged(sqlite_cast, **claims)) is None


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "JWT"},
        {"typ": None},
        {"kid": "0000000000000000"},
        {"kid": None},
        {"jku": "https://evil.example/keys"},
        {"x5u": "https://evil.example/cert"},
    ],
    ids=str,
)
async def test_a_token_with_a_strange_header_is_refused(
    sqlite_cast: Cast, header: dict[str, Any]
) -> None:
    assert await tokens.verify(await forged(sqlite_cast, header=header)) is None


async def test_an_unsigned_token_is_refused(sqlite_cast: Cast) -> None:
    good = await forged(sqlite_cast)
    head, body, signature = good.split(".")
    kid = (await signing_keys.signer()).kid
    assert (
        await tokens.verify(f"{segment({'alg': 'none', 'kid': kid, 'typ': 'at+jwt'})}.{body}.")
        is None
    )
    assert await tokens.verify(f"{head}.{body}.") is None
    assert await tokens.verify(f"{head}.{body}.{signature[:-4]}AAAA") is None
    assert await tokens.verify(f"{head}.{segment({'sub': 'x'})}.{signature}") is None


async def test_our_public_key_is_no_hmac_secret(sqlite_cast: Cast) -> None:
    """The classic confusion: a verifier that lets the token choose the algorithm takes the public key as a secret."""
    key = await signing_keys.signer()
    for secret in (key.as_pem(private=False), json.dumps(key.as_dict(private=False)).encode()):
        header = {"alg": "HS256", "kid": key.kid, "typ": "at+jwt"}
        claims = {"iss": tokens.issuer(), "aud": tokens.audience(), "sub": str(sqlite_cast.ana.id)}
        forged_token = sign_hmac(header, claims, secret)
        assert await tokens.verify(forged_token) is None


def sign_hmac(header: dict[str, Any], claims: dict[str, Any], secret: bytes) -> str:
    signed = f"{segment(header)}.{segment(claims)}"
    mac = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{urlsafe_b64encode(mac).decode().rstrip('=')}"


@pytest.mark.parametrize("made", [ECKey.generate_key("P-256"), RSAKey.generate_key(2048)])
async def test_a_key_that_comes_with_the_token_is_not_believed(
    sqlite_cast: Cast, made: ECKey | RSAKey
) -> None:
    alg = "ES256" if isinstance(made, ECKey) else "RS256"
    kid = (await signing_keys.signer()).kid
    claims = {"iss": tokens.issuer(), "aud": tokens.audience(), "sub": str(sqlite_cast.ana.id)}
    for extra in ({}, {"jwk": made.as_dict(private=False)}):
        header = {"alg": alg, "kid": kid, "typ": "at+jwt", **extra}
        assert await tokens.verify(jwt.encode(header, claims, made, algorithms=[alg])) is None


async def test_an_unknown_critical_header_is_refused(sqlite_cast: Cast) -> None:
    good = await forged(sqlite_cast)
    _, body, signature = good.split(".")
    kid = (await signing_keys.signer()).kid
    head = segment({"alg": "ES256", "kid": kid, "typ": "at+jwt", "crit": ["x"], "x": 1})
    assert await tokens.verify(f"{head}.{body}.{signature}") is None


@pytest.mark.parametrize("text", ["", ".", "..", "a.b.c", "é.é.é", "A" * 1_048_576, "Bearer x"])
async def test_what_is_no_token_is_refused(sqlite_cast: Cast, text: str) -> None:
    assert await tokens.verify(text) is None


async def test_a_token_ends_after_ten_minutes(sqlite_cast: Cast) -> None:
    token = (await tokens.issue(sqlite_cast.ana)).token
    with time_machine.travel(now() + timedelta(minutes=9, seconds=59), tick=False):
        assert await tokens.verify(token) is not None
    with time_machine.travel(now() + timedelta(minutes=10, seconds=31), tick=False):
        assert await tokens.verify(token) is None


async def test_a_deactivated_user_has_no_token_at_once(sqlite_cast: Cast) -> None:
    token = (await tokens.issue(sqlite_cast.ana)).token
    assert await tokens.verify(token) is not None
    sqlite_cast.ana.is_active = False
    await sqlite_cast.ana.save()
    assert await tokens.verify(token) is None


async def test_a_lowered_role_counts_at_once(sqlite_cast: Cast) -> None:
    token = (await tokens.issue(sqlite_cast.ana)).token
    sqlite_cast.ana.role = Role.AGENT
    await sqlite_cast.ana.save()
    bearer = await tokens.verify(token)
    assert bearer is not None
    assert Scope.CAMPAIGNS_SEND not in bearer.scopes
    assert Scope.CONTACTS_READ in bearer.scopes


async def test_a_token_never_carries_more_than_was_asked_or_the_role_allows(
    sqlite_cast: Cast,
) -> None:
    asked = frozenset({Scope.CONTACTS_READ, Scope.CAMPAIGNS_SEND})
    bearer = await tokens.verify((await tokens.issue(sqlite_cast.bruno, for_scopes=asked)).token)
    assert bearer is not None
    assert bearer.scopes == {Scope.CONTACTS_READ}


async def test_a_turned_key_verifies_for_a_day_and_signs_no_more(sqlite_cast: Cast) -> None:
    first = await signing_keys.signer()
    token = await forged(sqlite_cast)
    await signing_keys.turn()
    second = await signing_keys.signer()
    assert second.kid != first.kid
    assert await tokens.verify(token) is not None
    assert {one["kid"] for one in (await signing_keys.public_set())["keys"]} == {
        first.kid,
        second.kid,
    }
    with time_machine.travel(now() + timedelta(days=1, minutes=1), tick=False):
        assert await signing_keys.find(str(first.kid)) is None


async def test_a_key_is_turned_after_ninety_days(sqlite_cast: Cast) -> None:
    first = await signing_keys.signer()
    with time_machine.travel(now() + timedelta(days=89), tick=False):
        assert (await signing_keys.signer()).kid == first.kid
    with time_machine.travel(now() + timedelta(days=91), tick=False):
        assert (await signing_keys.signer()).kid != first.kid


async def test_another_process_finds_a_new_key_by_its_kid(
    sqlite_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing_keys, "LOOKED_AGAIN_AFTER", -1.0)
    await signing_keys.signer()
    stale = signing_keys._kept
    await signing_keys.turn()
    token = await forged(sqlite_cast)
    signing_keys._kept = stale
    assert await tokens.verify(token) is not None


async def test_the_private_key_is_sealed_and_the_public_set_holds_no_private_part(
    sqlite_cast: Cast,
) -> None:
    key = await signing_keys.signer()
    private = str(key.as_dict(private=True)["d"])
    row = await SigningKey.get(kid=str(key.kid))
    assert private not in row.sealed_jwk
    published = (await signing_keys.public_set())["keys"]
    assert [sorted(one) for one in published] == [["alg", "crv", "kid", "kty", "use", "x", "y"]]


async def test_a_key_whose_seal_does_not_open_is_replaced(sqlite_cast: Cast) -> None:
    first = await signing_keys.signer()
    await SigningKey.filter(kid=str(first.kid)).update(sealed_jwk="1.00000000.broken")
    signing_keys.forget()
    assert (await signing_keys.signer()).kid != first.kid
