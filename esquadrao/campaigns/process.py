"""Stage 2, process: the audience, frozen, becomes Deliveries; who is left out is a skipped one with its reason.

`INSERT … SELECT` in chunks along the Contact's id; the cursor on the Campaign moves in the same transaction, so a kill
anywhere goes on with no gap and no double, and running it twice changes nothing.
"""

from __future__ import annotations

from uuid import UUID

from tortoise.expressions import F

from esquadrao import sql
from esquadrao.campaigns.audience import exclusions
from esquadrao.campaigns.lifecycle import CampaignState
from esquadrao.campaigns.models import Campaign
from esquadrao.companies.models import Company
from esquadrao.database import again_on_deadlock, dialect, locked
from esquadrao.jobs import PrepareCampaign
from esquadrao.signals import Signal, Subject
from esquadrao.unit_of_work import unit_of_work

# Contacts a transaction takes. SQLite has one writer for web, workers and clock: 2,000 rows end within 200 ms.
CHUNK = {"sqlite": 2_000, "postgres": 10_000, "mysql": 10_000}
FIRST = UUID(int=0)  # below every UUIDv7

UPPER = """
SELECT contact_id FROM list_member
WHERE company_id = :company AND contact_list_id = :list AND contact_id > :after
ORDER BY contact_id LIMIT 1 OFFSET :skip
"""
EXPAND = """
INSERT INTO delivery (company_id, campaign_id, contact_id, phone, phone_key, state, line_class, reason)
SELECT x.company_id, :campaign, x.id, x.phone, x.phone_key, CASE x.reason WHEN '' THEN 'chosen' ELSE 'skipped' END,
  CASE x.reason WHEN '' THEN 'waiting' ELSE 'skipped' END, x.reason
FROM (
  SELECT c.company_id, c.id, c.phone, c.phone_key, {reason} AS reason
  FROM list_member m JOIN contact c ON c.company_id = m.company_id AND c.id = m.contact_id
  WHERE m.company_id = :company AND m.contact_list_id = :list AND m.contact_id > :after AND m.contact_id <= :upto) x
ORDER BY x.id
"""
# A person already chosen (the same phone in two spellings, or this chunk before a restore) is chosen once.
ONCE = {"sqlite": " ON CONFLICT DO NOTHING", "postgres": " ON CONFLICT DO NOTHING", "mysql": ""}
TAKEN = """
SELECT COUNT(*) AS many, COALESCE(SUM(CASE WHEN line_class = 'skipped' THEN 1 ELSE 0 END), 0) AS skipped FROM delivery
WHERE company_id = :company AND campaign_id = :campaign AND contact_id > :after AND contact_id <= :upto
"""
PLACEHOLDER = {"sqlite": ":campaign", "mysql": ":campaign", "postgres": "CAST(:campaign AS uuid)"}


async def process(company_id: UUID, campaign_id: UUID) -> None:
    """Expand until the audience is whole; ends by moving the Campaign to running. Returns early when it was moved."""
    while await take_chunk(company_id, campaign_id):
        pass


@again_on_deadlock
async def take_chunk(company_id: UUID, campaign_id: UUID) -> bool:
    """One chunk in one transaction; False when there is nothing left to do, or somebody else is at it."""
    async with unit_of_work("process") as work:
        # Not waited for: every ring of the sweeper would else hold a thread and a connection until the million is done.
        mine = locked(Campaign.of(company_id).filter(id=campaign_id), skip_locked=True)
        campaign = await mine.get_or_none()
        if campaign is None or campaign.state != CampaignState.PROCESSING:
            return False
        work.signal(Signal(company_id, Subject.CAMPAIGN, campaign_id))
        named: dict[str, object] = {
            "company": company_id,
            "list": campaign.contact_list_id,
            "campaign": campaign_id,
            "after": campaign.audience_cursor or FIRST,
        }
        upto = await _upper(named)
        if upto is None:
            await (
                Campaign.of(company_id)
                .filter(id=campaign_id)
                .update(state=CampaignState.RUNNING, is_audience_whole=True)
            )
            work.enqueue(PrepareCampaign(company_id, campaign_id))
            return False
        company = await Company.of(company_id).get()
        out = await exclusions(company, campaign_id)
        taken, skipped = await _expand(named | out.values | {"upto": upto}, out.reason)
        await (
            Campaign.of(company_id)
            .filter(id=campaign_id)
            .update(
                audience_cursor=upto,
                chosen=F("chosen") + taken,
                waiting=F("waiting") + (taken - skipped),
                skipped=F("skipped") + skipped,
            )
        )
    return True


async def _upper(named: dict[str, object]) -> UUID | None:
    """The last Contact of the next chunk, or None at the end of the list."""
    for skip in (CHUNK[dialect()] - 1, None):
        if skip is None:
            last = UPPER.replace(
                "ORDER BY contact_id LIMIT 1 OFFSET :skip", "ORDER BY contact_id DESC LIMIT 1"
            )
            found = await sql.rows(last, **named)
        else:
            found = await sql.rows(UPPER, **named, skip=skip)
        if found:
            return UUID(str(found[0]["contact_id"]))
    return None


async def _expand(named: dict[str, object], reason: str) -> tuple[int, int]:
    """Insert the chunk; returns how many it added, and how many of these are left out.

    PostgreSQL gives no row count for an INSERT, so they are counted.
    """
    engine = dialect()
    statement = EXPAND.replace(":campaign", PLACEHOLDER[engine]).format(reason=reason)
    statement += ONCE[engine]
    if engine == "mysql":
        statement = statement.replace("INSERT INTO", "INSERT IGNORE INTO")
    before = await sql.rows(TAKEN, **named)
    await sql.run(statement, **named)
    now = await sql.rows(TAKEN, **named)
    added, skipped = (int(now[0][one]) - int(before[0][one]) for one in ("many", "skipped"))
    return added, skipped
