"""Which Channels may send now, and the first Message of each: one statement, by what an index can see."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from esquadrao import sql
from esquadrao.database import db_now, dialect
from esquadrao.messages import gate_facts

# Each of these is one probe of an index a Channel, and must stay one whatever PostgreSQL believes of the table: `ORDER
# BY` names all columns of the index, and `IS NOT NULL` stands where EXISTS would, which may become a join or a hash of
# every Message that waits (seen: 150 ms instead of 8).
# A reply of a Ticket passes in front. Then the Campaigns of the Channel take turns, in the order of their ids; of one
# whose next person never wrote, that person waits while the budget for such is spent; one that keeps a slower pace of
# its own is looked past while its pause lasts.
REPLY = """
  SELECT r.id FROM message r WHERE r.company_id = c.company_id AND r.channel_id = c.id AND r.campaign_id IS NULL
    AND r.state = 'pending' AND r.direction = 'out' AND (r.retry_at IS NULL OR r.retry_at <= :now)
  ORDER BY r.company_id, r.campaign_id, r.state, r.id LIMIT 1"""
NEXT_OF_CAMPAIGN = """
  SELECT x.id FROM message x WHERE x.company_id = k.company_id AND x.campaign_id = k.id AND x.channel_id = c.id
    AND x.state = 'pending' AND (x.retry_at IS NULL OR x.retry_at <= :now)
    AND (NOT x.is_cold OR c.next_cold_at IS NULL OR c.next_cold_at <= :now)
  ORDER BY x.company_id, x.campaign_id, x.state, x.id LIMIT 1"""
RUNNING = """k.company_id = c.company_id AND k.channel_id = c.id AND k.state = 'running'
    AND (k.own_gap_until IS NULL OR k.own_gap_until <= :now)"""
OF_CAMPAIGNS = f"""
  SELECT m.id FROM campaign k JOIN message m ON m.company_id = k.company_id AND m.id = ({NEXT_OF_CAMPAIGN})
  WHERE {RUNNING}"""
_CHANNEL = ", ".join(f"c.{name}" for name in gate_facts.CHANNEL)
_FIRST_OF_ALL = f"""COALESCE(({REPLY}),
    ({OF_CAMPAIGNS} AND k.id > c.last_campaign_id ORDER BY k.id LIMIT 1),
    ({OF_CAMPAIGNS} ORDER BY k.id LIMIT 1))"""
_MAY = "c.state = 'connected' AND c.in_flight_message IS NULL AND c.next_send_at <= :now"
DUE = f"""
SELECT c.id, c.company_id, c.last_campaign_id, {_CHANNEL}, {_FIRST_OF_ALL} AS message_id
FROM channel c
WHERE {_MAY} AND (
  (SELECT k.id FROM campaign k WHERE {RUNNING} AND ({NEXT_OF_CAMPAIGN}) IS NOT NULL LIMIT 1) IS NOT NULL
  OR ({REPLY}) IS NOT NULL)
ORDER BY c.next_send_at LIMIT :most
"""
# The same, with each Channel's probes made once: OFFSET 0 keeps PostgreSQL from writing them into both places.
DUE_LATERAL = f"""
SELECT c.id, c.company_id, c.last_campaign_id, {_CHANNEL}, f.message_id
FROM channel c CROSS JOIN LATERAL (SELECT {_FIRST_OF_ALL} AS message_id OFFSET 0) f
WHERE {_MAY} AND f.message_id IS NOT NULL
ORDER BY c.next_send_at LIMIT :most
"""


async def due_channels(moment: datetime, *, most: int) -> list[dict[str, Any]]:
    """Locked inside the caller's transaction; whom another dispatcher holds is left to it."""
    lock = sql.row_lock("c", skip_locked=True)
    return await sql.rows(_statement() + lock, now=moment, most=most)


async def is_anything_due() -> bool:
    """Whether some Channel has a Message that may leave now; what the clock asks twice a second."""
    return bool(await sql.rows(_statement(), now=await db_now(), most=1))


def _statement() -> str:
    return DUE_LATERAL if dialect() == "postgres" else DUE
