"""The app's side of the wire, bare: it asks, reads, confirms and remembers, and no row is written."""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from esquadrao.gateways import bridge
from esquadrao.gateways.bridge import Command
from tests.bench.fake_whatsapp import Fake
from tests.bench.processes import until

PAIRS_WITHIN = 120.0  # s
NO_END = "2099-01-01T00:00:00Z"


@dataclass(slots=True)
class Line:
    """One Channel and its number."""

    number: int
    id: UUID = field(default_factory=uuid.uuid4)
    state: str = ""
    qr: str = ""

    @property
    def phone(self) -> str:
        return f"55119{80_000_000 + self.number}"


@dataclass(slots=True)
class App:
    company: UUID = field(default_factory=uuid.uuid4)
    lines: dict[UUID, Line] = field(default_factory=dict)
    acked: set[str] = field(default_factory=set)

    async def pair(self, fake: Fake, line: Line) -> float:
        """Seconds from the scan to the session's word that it is connected."""
        self.lines[line.id] = line
        await bridge.send([self.command(line, "session.start", {"version": 1})])

        async def is_shown() -> bool:
            return bool(line.qr)

        async def is_connected() -> bool:
            return line.state == "connected"

        await until(is_shown, "a QR", within=PAIRS_WITHIN)
        scanned = time.perf_counter()
        await fake.scan(line.qr, line.phone)
        await until(is_connected, "connected", within=PAIRS_WITHIN)
        return time.perf_counter() - scanned

    async def send(self, messages: Iterable[tuple[Line, str]], *, within: float) -> float:
        """Hand over one text to each phone; seconds until WhatsApp has acknowledged the last."""
        commands = [self._message(line, phone) for line, phone in messages]
        wanted = {str(one.data["wa_id"]) for one in commands}

        async def are_acked() -> bool:
            return wanted <= self.acked

        begun = time.perf_counter()
        await bridge.send(commands)
        await until(are_acked, "acknowledged", within=within)
        return time.perf_counter() - begun

    def command(self, line: Line, name: str, data: dict[str, Any]) -> Command:
        return Command(name, self.company, line.id, data)

    def _message(self, line: Line, phone: str) -> Command:
        wa_id = f"3EB0{uuid.uuid4().hex[:18].upper()}"
        data = {
            "wa_id": wa_id,
            "to": f"+{phone}",
            "content": {"text": f"Olá, {phone}"},
            "typing_ms": 0,
            "claim_no": 1,
            "again": 0,
            "ledger_id": None,
            "expires_at": NO_END,
        }
        return self.command(line, "message.send", data)

    async def listen(self) -> None:
        while True:
            batches, refused = await bridge.read_events(count=100, wait=0.2)
            for batch in batches:
                for event in batch.events:
                    self._hear(event)
            if batches or refused:
                await bridge.confirm(batches, refused)

    def _hear(self, event: dict[str, Any]) -> None:
        kind, data = event["type"], event["data"]
        # A receipt that overtakes the ack says more, and then nothing is said of the ack.
        if kind == "message.status" and data["rank"] != "failed":
            self.acked.add(data["wa_id"])
        line = self.lines.get(UUID(event["channel"]))
        if line is not None and kind == "session.state":
            line.state = data["state"]
        if line is not None and kind == "session.qr":
            line.qr = data["text"]


@asynccontextmanager
async def listening() -> AsyncIterator[App]:
    app = App()
    task = asyncio.create_task(app.listen())
    try:
        yield app
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
