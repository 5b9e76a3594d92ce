"""The fake WhatsApp of `make run WHATSAPP=fake`: a process of its own, and what the bridge must know of it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from esquadrao.commands.development import ROOT, free_port
from esquadrao.commands.supervisor import Supervisor

PROGRAM = ROOT / "bridge" / "dist-fake" / "index.js"
FIRST_PORT = 8700  # of two; its own by default would change with every start, and the bridge keeps what it was told
READY_WITHIN = 30.0  # s


class FakeWhatsApp:
    """Kept by the supervisor until the others have ended; `told` has what it said of itself once it was ready."""

    def __init__(self) -> None:
        self._ready: asyncio.Future[dict[str, str]] = asyncio.get_running_loop().create_future()

    def keep(self, supervisor: Supervisor, env: dict[str, str], *, folder: Path) -> None:
        if not PROGRAM.exists():
            raise LookupError("the fake WhatsApp is not built: WHATSAPP=fake bin/setup")
        port = free_port(FIRST_PORT)
        media_port = free_port(port + 1)
        state = folder / "fake-whatsapp.json"
        command = f"node '{PROGRAM}' --port {port} --media-port {media_port} --state '{state}'"
        supervisor.keep("whatsapp", command, env, last=True, hear=self._hear)

    async def told(self) -> dict[str, str]:
        """`url`, `admin`, `rootKey`, `certificate`. Raises LookupError when it does not come up."""
        try:
            return await asyncio.wait_for(asyncio.shield(self._ready), READY_WITHIN)
        except TimeoutError:
            raise LookupError("the fake WhatsApp did not start; its lines above say why") from None

    def _hear(self, line: str) -> bool:
        """Whether the line was for us: the one line of JSON that says it is ready."""
        if not line.startswith("{"):
            return False
        try:
            said = json.loads(line)
        except ValueError:
            return False
        if not {"url", "admin", "rootKey", "certificate"} <= said.keys():
            return False
        if not self._ready.done():  # it started again: the same ports, the same keys
            self._ready.set_result({name: str(value) for name, value in said.items()})
        return True


def known_to_bridge(told: dict[str, str]) -> dict[str, str]:
    return {
        "WHATSAPP_URL": told["url"],
        "WHATSAPP_ROOT_KEY": told["rootKey"],
        "WHATSAPP_CERTIFICATE": told["certificate"],
    }
