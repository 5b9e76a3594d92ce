"""The ground of `tests/faults` with the real bridge on it, and the fake WhatsApp in a process of its own.

The fake outlives every fault: what it saw is the truth the app is held against.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from esquadrao.commands.development import ROOT
from esquadrao.commands.fake_whatsapp import PROGRAM, known_to_bridge
from tests.faults.ground import BRIDGE, Ground
from tests.faults.servers import wait_for
from tests.faults_bridge.whatsapp import WhatsApp

WORKERS = ("worker 1", "worker 2")
CLOCK = "clock 1"
SECOND = "bridge 2"  # beside the first, for as long as that one is frozen
WHATSAPP = "whatsapp"
LEASE = 1.0  # s, of a channel's socket; the product's 30 would make a kill last half a minute


def made(engine: str) -> BridgeGround:
    """A ground in a folder of its own, prepared. Raises what keeps its servers from starting."""
    folder = Path(tempfile.mkdtemp(prefix="esq-b-"))  # short: a socket's path may hold 107 bytes
    folder.chmod(0o711)  # the database's own user passes through
    ground = BridgeGround(engine, folder)
    try:
        ground.prepare()
    except BaseException:
        ground.stop()
        raise
    return ground


class BridgeGround(Ground):
    whatsapp: WhatsApp

    @property
    def names(self) -> tuple[str, ...]:
        return (*WORKERS, CLOCK, BRIDGE)

    @property
    def bridge_program(self) -> str:
        return "bridge/dist/bridge/index.js"

    def prepare(self) -> None:
        self.extra = {"WHATSAPP": "fake", "BRIDGE_LEASE": f"{LEASE:g}", **self.extra}
        super().prepare()
        self.env |= self.extra

    def start_whatsapp(self) -> None:
        """A new one, that knows nobody."""
        log = self.folder / f"{WHATSAPP}.log"
        log.unlink(missing_ok=True)
        self.pids[WHATSAPP] = self.spawn(
            WHATSAPP, ["node", str(PROGRAM.relative_to(ROOT)), "--folder", str(self.folder)]
        )
        wait_for("the fake WhatsApp", lambda: WhatsApp.of(log) is not None)
        told = WhatsApp.of(log)
        assert told is not None
        self.whatsapp = told
        self.env |= known_to_bridge(told.said)

    async def emptied(self) -> None:
        await super().emptied()
        for path in self.folder.glob("bridge.sqlite3*"):
            path.unlink()
