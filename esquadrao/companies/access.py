"""Who may do what: one table from Role to Permissions, asked by the domain for pages, API and jobs alike."""

from __future__ import annotations

from enum import StrEnum

from esquadrao.companies.models import Role, User
from esquadrao.errors import Forbidden


class Permission(StrEnum):
    COMPANY_DATA = "company_data"
    USERS_MANAGE = "users_manage"
    CHANNELS_SEE = "channels_see"
    CHANNELS_PAIR = "channels_pair"
    PACE_RISK = "pace_risk"
    CONTACTS_READ = "contacts_read"
    CONTACTS_WRITE = "contacts_write"
    CONTACTS_IMPORT = "contacts_import"
    CAMPAIGNS_SEE = "campaigns_see"
    CAMPAIGNS_WRITE = "campaigns_write"
    CAMPAIGNS_LAUNCH = "campaigns_launch"
    CAMPAIGNS_PAUSE = "campaigns_pause"
    REPORTS_SEE = "reports_see"


_AGENT = frozenset({Permission.CHANNELS_SEE, Permission.CONTACTS_READ})
# To write a Campaign and to launch it are two: who drafts a text need not be who sends it to thousands.
_SUPERVISOR = _AGENT | {
    Permission.CONTACTS_WRITE,
    Permission.CAMPAIGNS_SEE,
    Permission.CAMPAIGNS_WRITE,
    Permission.CAMPAIGNS_PAUSE,
    Permission.REPORTS_SEE,
}
_ADMIN = _SUPERVISOR | {
    Permission.COMPANY_DATA,
    Permission.USERS_MANAGE,
    Permission.CHANNELS_PAIR,
    Permission.CONTACTS_IMPORT,
    Permission.CAMPAIGNS_LAUNCH,
}

# Whoever answers for the number: what goes beyond the careful pace may cost it.
_OWNER = _ADMIN | {Permission.PACE_RISK}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: _OWNER,
    Role.ADMIN: _ADMIN,
    Role.SUPERVISOR: _SUPERVISOR,
    Role.AGENT: _AGENT,
}


def can(user: User, permission: Permission) -> bool:
    """Whether the User's Role has the Permission; somebody deactivated has none."""
    return user.is_active and permission in PERMISSIONS[user.role]


def require(user: User, permission: Permission) -> None:
    """Raises Forbidden, whose values name the Permission and the Roles that have it."""
    if not can(user, permission):
        raise Forbidden(permission=permission, roles=roles_with(permission))


def roles_with(permission: Permission) -> tuple[Role, ...]:
    return tuple(role for role in Role if permission in PERMISSIONS[role])
