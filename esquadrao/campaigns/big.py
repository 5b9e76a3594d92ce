"""Reads of a Campaign that cost the same with a thousand and with a million people.

Each is a walk along one index that ends after a fixed number of rows: no count, and no sort of a whole Campaign.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from esquadrao import sql
from esquadrao.campaigns.lifecycle import DeliveryClass
from esquadrao.messages.models import MessageState
from esquadrao.walk import Walk

# A Campaign sends over one Channel in the order of ids: who was sent to in a minute stands among the newest of each
# state. More in a minute than a Channel can send; beyond it the rate on the page would be too low.
NEWEST = 4_000
SENT_STATES = (
    MessageState.SERVER_ACK,
    MessageState.DELIVERED,
    MessageState.READ,
    MessageState.PLAYED,
)
SENT_SINCE = "SELECT COUNT(*) AS many FROM :newest AS m WHERE m.server_ack_at > :since"
FIRST_DELIVERIES = "SELECT d.id FROM :page AS d ORDER BY d.id"


async def sent_since(company_id: UUID, campaign_id: UUID, since: datetime) -> int:
    """Messages the server acknowledged after `since`, which is a minute ago or less."""
    total = 0
    for state in SENT_STATES:
        of = {"campaign_id": campaign_id, "state": state}
        columns = ("id", "server_ack_at")
        newest = Walk(
            "message", "message_campaign", company_id, of, 0, NEWEST, columns, newest=True
        )
        found = await sql.rows(SENT_SINCE, newest=newest, since=since)
        total += int(found[0]["many"])
    return total


async def first_deliveries(
    company_id: UUID, campaign_id: UUID, classes: Sequence[DeliveryClass], *, after: int, limit: int
) -> list[int]:
    """Ids of the first Deliveries of these classes above `after`, rising: each class by its own index range."""
    ids: list[int] = []
    for line_class in classes:
        of = {"campaign_id": campaign_id, "line_class": line_class}
        page = Walk("delivery", "delivery_class", company_id, of, after, limit)
        found = await sql.rows(FIRST_DELIVERIES, page=page)
        ids += [int(row["id"]) for row in found]
    return sorted(ids)[:limit]
