"""What most systems do: one job a message, and a handful of statements row by row. The baseline's worker loads this."""

from __future__ import annotations

import time

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware.asyncio import AsyncIO

from actors.open_database import OpenDatabase
from esquadrao import sql
from esquadrao.gateways import bridge
from esquadrao.gateways.redis_client import client
from esquadrao.settings import settings

NAMESPACE = "bench"
STREAM = "plain:sent"
LATE = "plain:late"

broker = RedisBroker(  # type: ignore[no-untyped-call]
    client=client(settings().redis_url), namespace=NAMESPACE, middleware=[AsyncIO(), OpenDatabase()]
)
dramatiq.set_broker(broker)


@dramatiq.actor(queue_name="plain")
async def send_one(number: int, campaign: int, contact: str) -> None:
    found = await sql.rows("SELECT name, phone FROM contact WHERE id = :id", id=contact)
    text = f"Olá {found[0]['name']}, seu pedido está pronto."
    await sql.run(
        "INSERT INTO plain_message (id, contact_id, body, state) VALUES (:id, :contact, :body, 'pending')",
        id=number,
        contact=contact,
        body=text,
    )
    await sql.run("UPDATE plain_message SET state = 'sending' WHERE id = :id", id=number)
    await bridge.redis().xadd(STREAM, {"to": found[0]["phone"], "text": text}, maxlen=10_000)
    await sql.run("UPDATE plain_message SET state = 'read' WHERE id = :id", id=number)
    await sql.run("UPDATE plain_campaign SET sent = sent + 1 WHERE id = :id", id=campaign)


@dramatiq.actor(queue_name="plain")
def nothing() -> None:
    pass


@dramatiq.actor(queue_name="plain")
def late(due_at: float) -> None:
    """Says how late it runs."""
    broker.client.rpush(LATE, repr(time.time() - due_at))
