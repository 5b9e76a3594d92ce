"""Process: 100,000 Contacts into Deliveries, against the bare INSERT … SELECT of the same rows."""

from __future__ import annotations

import time

from esquadrao import sql
from esquadrao.campaigns.lifecycle import CampaignState
from esquadrao.campaigns.models import Campaign
from esquadrao.campaigns.process import process
from esquadrao.database import connection, dialect
from esquadrao.unit_of_work import unit_of_work
from tests.bench.figures import Figure
from tests.bench.people import make_campaigns, make_company, make_list

PEOPLE = 100_000
MOST = 1.5  # × the bare statement
ROUNDS = (
    3  # bare and engine by turns: what the disk does meanwhile meets both; the best of each counts
)

BARE = """
INSERT INTO delivery (company_id, campaign_id, contact_id, phone, phone_key, state, line_class, reason)
SELECT c.company_id, k.id, c.id, c.phone, c.phone_key, 'chosen', 'waiting', ''
FROM campaign k JOIN list_member m ON m.company_id = k.company_id AND m.contact_list_id = k.contact_list_id
JOIN contact c ON c.company_id = m.company_id AND c.id = m.contact_id
WHERE k.company_id = :company AND k.id = :campaign
"""


async def measure() -> list[Figure]:
    alfa, ana = await make_company()
    people = await make_list(alfa, "Clientes", first=0, count=PEOPLE)
    pairs = [(None, people)] * (2 * ROUNDS)
    campaigns = await make_campaigns(ana, pairs, state=CampaignState.PROCESSING)
    if dialect() == "postgres":
        await connection().execute_script("ANALYZE")
    bare, ours = [], []
    for at in range(ROUNDS):
        bare.append(await _bare(campaigns[2 * at]))
        ours.append(await _engine(campaigns[2 * at + 1]))
    return [
        Figure(
            f"process.{dialect()}",
            min(ours),
            "s",
            min(bare),
            "bare INSERT … SELECT",
            MOST,
            "ratio",
            "most",
        )
    ]


async def _bare(campaign: Campaign) -> float:
    started = time.perf_counter()
    async with unit_of_work():
        await sql.run(BARE, company=campaign.company_id, campaign=campaign.id)
    return time.perf_counter() - started


async def _engine(campaign: Campaign) -> float:
    started = time.perf_counter()
    await process(campaign.company_id, campaign.id)
    took = time.perf_counter() - started
    done = await Campaign.one(campaign.company_id, campaign.id)
    if done.chosen != PEOPLE:
        raise RuntimeError(f"{done.chosen} of {PEOPLE} were chosen")
    return took
