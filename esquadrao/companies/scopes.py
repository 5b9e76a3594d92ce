"""What a program's token may be used for. The rights of a call are the Role's and the token's, whichever is less.

Only scopes with something behind them stand here; those of tickets, webhooks and the rest come with their nouns.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from esquadrao.companies.access import Permission, can
from esquadrao.companies.models import User


class Scope(StrEnum):
    COMPANY_READ = "company:read"
    USERS_READ = "users:read"
    CHANNELS_READ = "channels:read"
    CHANNELS_WRITE = "channels:write"
    CONTACTS_READ = "contacts:read"
    CONTACTS_WRITE = "contacts:write"
    CAMPAIGNS_READ = "campaigns:read"
    CAMPAIGNS_WRITE = "campaigns:write"
    CAMPAIGNS_SEND = "campaigns:send"  # what makes messages leave; `write` does not imply it


# The least a Role needs for a token to carry the scope; the domain asks for the exact Permission again. None: every
# signed-in person may know the names of their own Company and of the people in it.
NEEDS: dict[Scope, Permission | None] = {
    Scope.COMPANY_READ: None,
    Scope.USERS_READ: None,
    Scope.CHANNELS_READ: Permission.CHANNELS_SEE,
    Scope.CHANNELS_WRITE: Permission.CHANNELS_PAIR,
    Scope.CONTACTS_READ: Permission.CONTACTS_READ,
    Scope.CONTACTS_WRITE: Permission.CONTACTS_WRITE,
    Scope.CAMPAIGNS_READ: Permission.CAMPAIGNS_SEE,
    Scope.CAMPAIGNS_WRITE: Permission.CAMPAIGNS_WRITE,
    Scope.CAMPAIGNS_SEND: Permission.CAMPAIGNS_PAUSE,  # resuming sends too; launching asks for CAMPAIGNS_LAUNCH
}


def scopes_of(user: User) -> frozenset[Scope]:
    """All that the Role allows."""
    return frozenset(scope for scope, need in NEEDS.items() if need is None or can(user, need))


def written(scopes: Iterable[Scope]) -> str:
    """The `scope` claim: words with a space between, in a fixed order."""
    return " ".join(sorted(scopes))


def read(claim: object) -> frozenset[Scope]:
    """The scopes of a claim; words we do not know are passed over, a newer release may have written them."""
    known = {scope.value: scope for scope in Scope}
    return frozenset(known[word] for word in str(claim or "").split() if word in known)
