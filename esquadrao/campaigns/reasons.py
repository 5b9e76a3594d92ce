"""Why people of a Campaign failed or were left out, counted; and of which of them another try may cure."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from esquadrao import sql
from esquadrao.campaigns.lifecycle import DeliveryClass
from esquadrao.companies.models import Company
from esquadrao.messages.failures import CURES, MOST_RETRIES, RETRYABLE, class_of

# People looked at: a page must cost the same with a million left out, and the first tell the reasons of the rest.
LOOKED_AT = 20_000
COUNTED = """
SELECT x.reason, COUNT(*) AS many FROM (
  SELECT reason FROM delivery
  WHERE company_id = :company AND campaign_id = :campaign AND line_class = :line_class
  ORDER BY company_id, campaign_id, line_class, id LIMIT :most) x
GROUP BY x.reason
"""


@dataclass(frozen=True, slots=True)
class Reason:
    code: str
    many: int
    can_retry: bool = False
    cure: str = ""  # a msgid: what a person does next; it may name {most}
    most: int = MOST_RETRIES


async def of_class(company: Company, campaign_id: UUID, line_class: DeliveryClass) -> list[Reason]:
    """Reasons of one class of the line, the most frequent first; of the first `LOOKED_AT` people."""
    rows = await sql.rows(
        COUNTED,
        company=company.id,
        campaign=campaign_id,
        line_class=line_class,
        most=LOOKED_AT,
    )
    found = [_reason(str(row["reason"]), int(row["many"]), line_class) for row in rows]
    return sorted(found, key=lambda one: (-one.many, one.code))


def _reason(code: str, many: int, line_class: DeliveryClass) -> Reason:
    if line_class is not DeliveryClass.FAILED or code == "given_up":
        return Reason(code, many)
    error_class = class_of(code)
    return Reason(code, many, error_class in RETRYABLE, CURES[error_class])
