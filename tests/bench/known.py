"""Messages a second of one bridge process to people its sessions know already, from the command to WhatsApp's ack."""

from __future__ import annotations

from esquadrao.database import dialect
from tests.bench import cpu
from tests.bench.fake_whatsapp import bare_baileys, bridge_over, fake_whatsapp
from tests.bench.figures import Figure
from tests.bench.wire import Line, listening

SESSIONS = 10
CONTACTS = 20  # each session's own
EACH = 100  # messages a session
LEAST = 250  # messages/s
PATIENCE = 120.0  # s


async def measure() -> list[Figure]:
    async with fake_whatsapp() as fake, listening() as app, bridge_over(fake) as pid:
        lines = [Line(number) for number in range(SESSIONS)]
        for line in lines:
            await app.pair(fake, line)
        people = [
            (line, f"55219{70_000_000 + 1_000 * line.number + one}")
            for one in range(CONTACTS)
            for line in lines
        ]
        await app.send(people, within=PATIENCE)
        before = cpu.seconds(pid)
        took = await app.send(people * (EACH // CONTACTS), within=PATIENCE)
        spent = cpu.seconds(pid) - before
    async with fake_whatsapp() as fake:
        bare = await bare_baileys(fake, sessions=SESSIONS, contacts=CONTACTS, messages=EACH)
    total = SESSIONS * EACH
    name = f"known.{dialect()}"
    return [
        Figure(name, total / took, "messages/s", bare["rate"], "bare Baileys", LEAST),
        Figure(f"{name}.cpu", 1e3 * spent / total, "ms/message", bare["cpu"], "bare Baileys"),
    ]
