"""Access tokens for programs: JWT (RFC 9068), ES256 and nothing else, ten minutes.

A token says who, of which Company, for what. It never says what the Role allows: the User is read again at each use,
so that a deactivated User or a lowered Role counts at once and not ten minutes later.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from joserfc import jws, jwt
from joserfc.errors import JoseError

from esquadrao.clock import now
from esquadrao.companies import scopes, signing_keys
from esquadrao.companies.models import Company, User
from esquadrao.companies.scopes import Scope
from esquadrao.companies.signing_keys import ALGORITHM
from esquadrao.settings import settings

LIFETIME = timedelta(minutes=10)
LEEWAY = 30  # s two clocks may differ
LONGEST = 4096  # characters; ours have about 600, and nobody shall make us parse a megabyte
TYPE = "at+jwt"
HEADER = frozenset(
    {"alg", "kid", "typ"}
)  # no jku, x5u, jwk: keys come from our own set; no crit we would not know
SIGN_IN_CLIENT = "esquadrao:sign-in"  # the client of a token a person got by signing in


@dataclass(frozen=True, slots=True)
class AccessToken:
    token: str
    expires_in: timedelta
    scopes: frozenset[Scope]


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who calls, and for what: Role and token, whichever is less."""

    company: Company
    user: User
    scopes: frozenset[Scope]
    client_id: str
    expires_at: datetime


async def issue(user: User, *, for_scopes: frozenset[Scope] | None = None) -> AccessToken:
    """A token for `for_scopes`, by default for all that the Role allows; never for more than that."""
    allowed = scopes.scopes_of(user)
    granted = allowed if for_scopes is None else allowed & for_scopes
    key, moment = await signing_keys.signer(), int(now().timestamp())
    claims = {
        "iss": issuer(),
        "aud": audience(),
        "sub": str(user.id),
        "client_id": SIGN_IN_CLIENT,
        "company": str(user.company_id),
        "scope": scopes.written(granted),
        "jti": secrets.token_urlsafe(16),
        "iat": moment,
        "exp": moment + int(LIFETIME.total_seconds()),
    }
    header = {"alg": ALGORITHM, "kid": key.kid, "typ": TYPE}
    return AccessToken(jwt.encode(header, claims, key, algorithms=[ALGORITHM]), LIFETIME, granted)


async def verify(token: str) -> Bearer | None:
    """Who stands behind a token; None for every token we do not take, whatever is wrong with it."""
    claims = await _claims(token)
    if claims is None:
        return None
    try:
        company_id, user_id = UUID(str(claims["company"])), UUID(str(claims["sub"]))
        expires_at = datetime.fromtimestamp(int(str(claims["exp"])), UTC)
    except (KeyError, ValueError):
        return None
    company = await Company.of(company_id).first()
    user = await User.of(company_id).get_or_none(id=user_id, is_active=True)
    if company is None or user is None:
        return None
    granted = scopes.read(claims.get("scope")) & scopes.scopes_of(user)
    return Bearer(company, user, granted, str(claims.get("client_id", "")), expires_at)


async def _claims(token: str) -> dict[str, object] | None:
    if len(token) > LONGEST or not token.isascii():
        return None
    try:
        header = jws.extract_compact(token.encode()).headers()
        if not _is_ours(header):
            return None
        key = await signing_keys.find(str(header["kid"]))
        if key is None:
            return None
        decoded = jwt.decode(token, key, algorithms=[ALGORITHM])
        _registry().validate(decoded.claims)
    except (JoseError, ValueError):
        return None
    return dict(decoded.claims)


def _is_ours(header: dict[str, object]) -> bool:
    is_plain = header.keys() == HEADER and header["alg"] == ALGORITHM
    return is_plain and isinstance(header["typ"], str) and header["typ"].lower() == TYPE


def _registry() -> jwt.JWTClaimsRegistry:
    return jwt.JWTClaimsRegistry(
        now=lambda: int(now().timestamp()),
        leeway=LEEWAY,
        iss={"essential": True, "value": issuer()},
        aud={"essential": True, "value": audience()},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
        company={"essential": True},
        client_id={"essential": True},
    )


def issuer() -> str:
    return settings().base_url


def audience() -> str:
    """The one place the tokens are for."""
    return f"{settings().base_url}/graphql"
