from __future__ import annotations

import pytest

from esquadrao.companies.access import PERMISSIONS, Permission, can, require
from esquadrao.companies.models import Role, User
from esquadrao.errors import Forbidden
from esquadrao.tenancy import new_id

P = Permission
AGENT = {P.CHANNELS_SEE, P.CONTACTS_READ}
SUPERVISOR = AGENT | {
    P.CONTACTS_WRITE,
    P.CAMPAIGNS_SEE,
    P.CAMPAIGNS_WRITE,
    P.CAMPAIGNS_PAUSE,
    P.REPORTS_SEE,
}
MATRIX = {
    Role.OWNER: set(Permission),
    Role.ADMIN: set(Permission) - {P.PACE_RISK},
    Role.SUPERVISOR: SUPERVISOR,
    Role.AGENT: AGENT,
}


def somebody(role: Role, *, is_active: bool = True) -> User:
    return User(
        company_id=new_id(),
        name="Ana",
        email="a@a.example",
        password_hash="-",
        role=role,
        is_active=is_active,
    )


@pytest.mark.parametrize("role", Role)
def test_each_role_has_what_the_table_says_and_no_more(role: Role) -> None:
    assert {one for one in Permission if can(somebody(role), one)} == MATRIX[role]
    assert set(PERMISSIONS) == set(Role)


def test_who_writes_a_campaign_need_not_be_who_launches_it() -> None:
    supervisor = somebody(Role.SUPERVISOR)
    assert can(supervisor, Permission.CAMPAIGNS_WRITE)
    with pytest.raises(Forbidden) as refusal:
        require(supervisor, Permission.CAMPAIGNS_LAUNCH)
    assert refusal.value.values["roles"] == (Role.OWNER, Role.ADMIN)


def test_somebody_deactivated_may_nothing() -> None:
    assert not [one for one in Permission if can(somebody(Role.OWNER, is_active=False), one)]
