"""`make faults-bridge KILLS=n SEED=s JSON=file DB=sqlite|postgres|mariadb`: the real bridge under kill -9.

SECONDS=n ends it earlier, with fewer kills.

The fake WhatsApp is the witness: when all has settled, the app's rows must say what it saw. Exit code 1 when an inbound
message was lost or came twice, a message was written twice, somebody cannot read, or a row says otherwise.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import signal
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

ENGINES = {"sqlite": "sqlite", "postgres": "postgres", "mariadb": "mysql"}
FIGURES = (
    *("kills", "inbound", "inbound_lost", "inbound_twice", "written", "written_twice"),
    *("undecryptable", "unknown", "differing", "replaced", "settled_seconds"),
)


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    database = os.environ.get("DB") or "sqlite"
    wanted = int(os.environ.get("KILLS") or 300)
    within = float(os.environ.get("SECONDS") or "inf")
    seed = os.environ.get("SEED") or secrets.token_hex(4)
    say(f"make faults-bridge KILLS={wanted} SEED={seed} DB={database}")
    from tests.faults_bridge.ground import made  # noqa: PLC0415  # after the environment that imports of ours read

    ground = made(ENGINES[database])
    os.environ.update(ground.env)
    began = time.monotonic()
    try:
        burnt = _burn(ground, Random(seed), wanted, within)
    finally:
        ground.stop()
    chosen = {"database": database, "seed": seed, "seconds": round(time.monotonic() - began)}
    told = chosen | burnt.as_dict()
    if os.environ.get("JSON"):
        Path(os.environ["JSON"]).write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    say(json.dumps({name: told[name] for name in FIGURES}))
    if burnt.is_clean:
        shutil.rmtree(ground.folder, ignore_errors=True)
        say("nothing lost, nothing twice, everybody can read, the app says what WhatsApp saw")
        return 0
    say(f"BROKEN: {told['told']}, most sockets {burnt.most_sockets}, kept in {ground.folder}")
    return 1


def _burn(ground: Any, rng: Random, kills: int, within: float) -> Any:
    from tests.faults_bridge.fire import Fire  # noqa: PLC0415

    ground.clear()
    asyncio.run(ground.emptied())
    ground.start_whatsapp()
    return asyncio.run(Fire(ground, rng, kills, within).burn())


def say(line: str) -> None:
    print(f"faults-bridge: {line}", flush=True)  # noqa: T201  # the door's own words


if __name__ == "__main__":
    sys.exit(main())
