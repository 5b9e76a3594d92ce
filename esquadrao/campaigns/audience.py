"""Who of a list is left out, and why: one list of rules, asked by the pre-flight and by the engine alike.

A rule is a condition in SQL over the Contact `c`; the first that holds is the reason. What needs the text (a blank
variable) is decided when the text is made, and counted before the launch by the same renderer (`preview.blanks`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from esquadrao import sql
from esquadrao.campaigns.lifecycle import SkipReason
from esquadrao.campaigns.models import Campaign
from esquadrao.companies.models import Company
from esquadrao.contacts.numbers import KNOWN_FOR, known, unknown
from esquadrao.database import db_now, dialect
from esquadrao.sql import uuid

SHORTEST_PHONE = 9  # characters of an E.164 number, its + included


@dataclass(frozen=True, slots=True)
class Rule:
    """`needs` says what must be so in the Company for the rule to find anybody: in vain it costs a look a Contact."""

    reason: SkipReason
    condition: str
    needs: str = ""  # failures · cool_down


def _refused(codes: str, more: str) -> str:
    """WhatsApp refused this Contact before, and nothing changed since."""
    return f"""EXISTS (SELECT 1 FROM message f WHERE f.company_id = c.company_id AND f.contact_id = c.id
      AND f.state = 'failed' AND f.code IN ({codes}) AND {more})"""


SILENT_SINCE = "(c.last_wrote_at IS NULL OR c.last_wrote_at <= f.ended_at)"
RULES: tuple[Rule, ...] = (
    Rule(SkipReason.SUPPRESSED, "c.suppressed_at IS NOT NULL"),
    Rule(SkipReason.INVALID_PHONE, "(SUBSTR(c.phone, 1, 1) <> '+' OR LENGTH(c.phone) < :shortest)"),
    Rule(SkipReason.NOT_ON_WHATSAPP, f"(c.on_whatsapp = 'absent' AND {known('c')})"),
    Rule(SkipReason.BLOCKED, _refused("'blocked'", SILENT_SINCE), needs="failures"),
    Rule(
        SkipReason.MUST_WRITE_FIRST,
        _refused("'must_write_first'", SILENT_SINCE),
        needs="failures",
    ),
    Rule(
        SkipReason.CONTACTED_RECENTLY,
        """EXISTS (SELECT 1 FROM message s WHERE s.company_id = c.company_id AND s.contact_id = c.id
      AND s.campaign_id IS NOT NULL AND s.campaign_id <> :campaign AND s.direction = 'out'
      AND s.server_ack_at > :contacted_since)""",
        needs="cool_down",
    ),
)
COUNTED = """
SELECT x.reason, COUNT(*) AS many, SUM(x.is_unknown) AS unknown_numbers FROM (
  SELECT {reason} AS reason, CASE WHEN {unknown} THEN 1 ELSE 0 END AS is_unknown
  FROM list_member m JOIN contact c ON c.company_id = m.company_id AND c.id = m.contact_id
  WHERE m.company_id = :company AND m.contact_list_id = :list) x
GROUP BY x.reason
"""


@dataclass(frozen=True, slots=True)
class Exclusions:
    """The rules that count for one Campaign now: an expression for the reason ('' is nobody's), and its values."""

    reason: str
    values: dict[str, object]


@dataclass(frozen=True, slots=True)
class Preflight:
    people: int
    left_out: tuple[tuple[SkipReason, int], ...]  # the most frequent first
    not_checked: int = (
        0  # of those who receive: WhatsApp is asked about them first, and they wait for its answer
    )

    @property
    def receive(self) -> int:
        return self.people - sum(many for _, many in self.left_out)


async def exclusions(company: Company, campaign_id: UUID) -> Exclusions:
    """Read once for a chunk or a count."""
    moment = await db_now()
    met = {""}
    if await Campaign.of(company).filter(failed__gt=0).exists():
        met.add("failures")
    if company.cool_down_days > 0:
        met.add("cool_down")
    rules = [one for one in RULES if one.needs in met]
    arms = " ".join(f"WHEN {one.condition} THEN '{one.reason.value}'" for one in rules)
    campaign = "CAST(:campaign AS uuid)" if dialect() == "postgres" else ":campaign"
    return Exclusions(
        f"CASE {arms} ELSE '' END".replace(":campaign", campaign),
        {
            "shortest": SHORTEST_PHONE,
            "known_since": moment - KNOWN_FOR,
            "contacted_since": _contacted_since(company, moment),
            "campaign": campaign_id,
        },
    )


async def preflight(company: Company, campaign: Campaign) -> Preflight:
    """Who would be left out if it were launched now; nobody is written down."""
    if campaign.contact_list_id is None:
        return Preflight(0, ())
    out = await exclusions(company, campaign.id)
    rows = await sql.rows(
        COUNTED.format(reason=out.reason, unknown=unknown("c")),
        **out.values,
        company=company.id,
        list=uuid(campaign.contact_list_id),
    )
    counted = {str(row["reason"]): int(row["many"]) for row in rows}
    left_out = [(SkipReason(one), many) for one, many in counted.items() if one]
    not_checked = sum(int(row["unknown_numbers"]) for row in rows if not row["reason"])
    in_order = tuple(sorted(left_out, key=lambda one: -one[1]))
    return Preflight(sum(counted.values()), in_order, not_checked)


def _contacted_since(company: Company, moment: datetime) -> datetime:
    return moment - timedelta(days=company.cool_down_days)
