"""What a Company decides for all its Campaigns: the unknown that nobody decides, the rest between two Campaigns, how
long an answer counts as a reply, and when Campaigns stop by themselves: earlier than the product says, never later.
"""

from __future__ import annotations

from typing import TypedDict

from esquadrao.campaigns.breakers import PRODUCT
from esquadrao.campaigns.models import UnknownPolicy
from esquadrao.companies.access import Permission, require
from esquadrao.companies.models import Company, User
from esquadrao.errors import Invalid, Issue
from esquadrao.words import N_

LONGEST_REST = 365  # days
REPLY_DAYS = (1, 14)  # an answer counts for the last Campaign at least and at most so long
# The product's thresholds, by the Company's column: the loosest each may be.
LOOSEST = {
    "most_failed": PRODUCT.failed,
    "most_opt_outs": PRODUCT.opt_outs,
    "most_undelivered": PRODUCT.undelivered,
    "most_minutes_away": PRODUCT.minutes_away,
}
LOOSER = N_("Use um número de 1 a {most}: esta proteção só pode ficar mais rígida.")


class Rules(TypedDict):
    """None where what was typed is no number."""

    unknown_policy: str
    cool_down_days: int | None
    reply_days: int | None
    most_failed: int | None
    most_opt_outs: int | None
    most_undelivered: int | None
    most_minutes_away: int | None


async def choose_rules(company: Company, user: User, wanted: Rules) -> None:
    """Raises Forbidden, Invalid with every issue. The rest holds for who is chosen from now on, breakers at once."""
    require(user, Permission.COMPANY_DATA)
    issues: list[Issue] = []
    if wanted["unknown_policy"] not in set(UnknownPolicy):
        issues.append(Issue("unknown_policy", "choice", N_("Escolha uma das opções da lista.")))
    rest = wanted["cool_down_days"]
    if rest is None or not 0 <= rest <= LONGEST_REST:
        issues.append(Issue("cool_down_days", "number", N_("Use um número de 0 a 365.")))
    days = wanted["reply_days"]
    if days is None or not REPLY_DAYS[0] <= days <= REPLY_DAYS[1]:
        issues.append(Issue("reply_days", "number", N_("Use um número de 1 a 14.")))
    given: dict[str, object] = dict(wanted)
    for name, most in LOOSEST.items():
        number = given[name]
        if not isinstance(number, int) or not 1 <= number <= most:
            issues.append(Issue(name, "looser", LOOSER, (("most", most),)))
    if issues:
        raise Invalid(code=issues[0].code, issues=tuple(issues))
    await Company.of(company).update(**given)
