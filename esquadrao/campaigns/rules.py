"""What a Company decides for all its Campaigns: the unknown that nobody decides, and the rest between two Campaigns."""

from __future__ import annotations

from esquadrao.campaigns.models import UnknownPolicy
from esquadrao.companies.access import Permission, require
from esquadrao.companies.models import Company, User
from esquadrao.errors import Invalid, Issue
from esquadrao.words import N_

LONGEST_REST = 365  # days


async def choose_rules(
    company: Company, user: User, *, unknown_policy: str, cool_down_days: int | None
) -> None:
    """Raises Forbidden, Invalid with every issue. The rest holds for who is chosen from now on."""
    require(user, Permission.COMPANY_DATA)
    issues: list[Issue] = []
    if unknown_policy not in set(UnknownPolicy):
        issues.append(Issue("unknown_policy", "choice", N_("Escolha uma das opções da lista.")))
    if cool_down_days is None or not 0 <= cool_down_days <= LONGEST_REST:
        issues.append(Issue("cool_down_days", "number", N_("Use um número de 0 a 365.")))
    if issues:
        raise Invalid(code=issues[0].code, issues=tuple(issues))
    await Company.of(company).update(unknown_policy=unknown_policy, cool_down_days=cool_down_days)
