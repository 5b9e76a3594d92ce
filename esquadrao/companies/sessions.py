"""Sessions: from the cookie's token to the Company and the User, within the limits of the Role.

Only the token's SHA-256 is kept: it has 256 random bits, so a slow hash would guard nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from esquadrao.clock import now
from esquadrao.companies.models import Company, Directory, DirectoryKind, Role, Session, User
from esquadrao.settings import settings
from esquadrao.unit_of_work import unit_of_work

TOKEN = 32  # bytes
LONGEST_DEVICE = 200  # the column's
POWERFUL = frozenset({Role.OWNER, Role.ADMIN})
IDLE = timedelta(hours=8)
IDLE_POWERFUL = timedelta(hours=1)  # who can launch and pair: an open laptop is worth more
ABSOLUTE = timedelta(hours=24)
ABSOLUTE_POWERFUL = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)  # a page is no write but once a minute


@dataclass(frozen=True, slots=True)
class SignedIn:
    company: Company
    user: User
    session: Session


async def open_session(user: User, *, device: str) -> str:
    """A new session of the User; returns the token for the cookie, which is kept nowhere."""
    token = secrets.token_urlsafe(TOKEN)
    moment = now()
    session = Session(
        company_id=user.company_id,
        user_id=user.id,
        token_hash=_hash(token),
        csrf_seed=secrets.token_hex(TOKEN),
        device=device[:LONGEST_DEVICE],
        seen_at=moment,
    )
    async with unit_of_work():
        await _forget_old(user, before=moment - ABSOLUTE)
        await session.save()
        await Directory.create(
            kind=DirectoryKind.SESSION,
            key_hash=session.token_hash,
            company_id=user.company_id,
            subject_id=session.id,
        )
    return token


async def find(token: str, *, is_activity: bool = True) -> SignedIn | None:
    """Who holds the token: None when it is unknown, ended or too old, or the User was deactivated.

    A live stream that looks again passes `is_activity=False`: an open tab must not keep a session young.
    """
    entry = await Directory.get_or_none(kind=DirectoryKind.SESSION, key_hash=_hash(token))
    if entry is None:
        return None
    session = await Session.of(entry.company_id).get_or_none(id=entry.subject_id, ended_at=None)
    if session is None:
        return None
    user = await User.of(entry.company_id).get_or_none(id=session.user_id, is_active=True)
    company = await Company.of(entry.company_id).get_or_none()
    if user is None or company is None or not is_living(session, user.role):
        return None
    if is_activity:
        await _see(session)
    return SignedIn(company, user, session)


def is_living(session: Session, role: Role) -> bool:
    idle = IDLE_POWERFUL if role in POWERFUL else IDLE
    absolute = ABSOLUTE_POWERFUL if role in POWERFUL else ABSOLUTE
    moment = now()
    return session.seen_at > moment - idle and session.created_at > moment - absolute


async def end(signed_in: SignedIn) -> None:
    """Sign out here. Ending twice changes nothing."""
    await _end(signed_in.user, only=signed_in.session.id)


async def end_all(user: User, *, but: UUID | None = None) -> None:
    """Sign the User out everywhere, `but` one session perhaps: the one that asks."""
    await _end(user, but=but)


async def living(user: User) -> list[Session]:
    """The User's sessions, the one seen last first; each names its device."""
    listed = (
        await Session.of(user.company_id)
        .filter(user_id=user.id, ended_at=None)
        .order_by("-seen_at")
    )
    return [session for session in listed if is_living(session, user.role)]


def csrf_token(session: Session) -> str:
    """What a form must send back: another site can make the browser send the cookie, but not read this."""
    return _sign(settings().signing_keys[0], session)


def is_csrf_token(session: Session, token: str) -> bool:
    """Signed with any key still listed, so that turning a key breaks no open form."""
    given = token.encode()
    return any(
        hmac.compare_digest(_sign(key, session).encode(), given) for key in settings().signing_keys
    )


def _sign(key: bytes, session: Session) -> str:
    return hmac.new(key, f"csrf\0{session.csrf_seed}".encode(), hashlib.sha256).hexdigest()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


async def _see(session: Session) -> None:
    moment = now()
    if session.seen_at <= moment - SEEN_EVERY:
        # The condition: of many requests at once, one writes.
        same = Session.of(session.company_id).filter(
            id=session.id, seen_at=session.seen_at, ended_at=None
        )
        await same.update(seen_at=moment)
        session.seen_at = moment


async def _end(user: User, *, only: UUID | None = None, but: UUID | None = None) -> None:
    async with unit_of_work():
        open_ones = await Session.of(user.company_id).filter(user_id=user.id, ended_at=None)
        ids = [one.id for one in open_ones if one.id != but and only in {None, one.id}]
        await Session.of(user.company_id).filter(id__in=ids).update(ended_at=now())
        await _forget(user.company_id, ids)


async def _forget_old(user: User, *, before: datetime) -> None:
    """Rows past every limit leave when their User comes back, so neither table grows without end."""
    old = await Session.of(user.company_id).filter(user_id=user.id, created_at__lt=before)
    ids = [one.id for one in old]
    await _forget(user.company_id, ids)
    await Session.of(user.company_id).filter(id__in=ids).delete()


async def _forget(company_id: UUID, ids: list[UUID]) -> None:
    entries = Directory.filter(
        kind=DirectoryKind.SESSION, company_id=company_id, subject_id__in=ids
    )
    await entries.delete()
