"""`make faults KILLS=n SEED=s JSON=file DB=sqlite|postgres|mariadb`: kill -9 by the thousand, and what it left behind.

Rounds of 150 kills over rolling Campaigns; after each the installation must settle within 65 s of the last
fault, and the simulator's ledger is compared with the database. JSON is written after every round, and a run that was
interrupted goes on from there. Exit code 1 when somebody was messaged twice, lost, or a line does not add up.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

ENGINES = {"sqlite": "sqlite", "postgres": "postgres", "mariadb": "mysql"}
KILLS_A_ROUND = 150
COUNTS = ("kills", "contacts", "duplicated", "lost", "unknown", "unbalanced")


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    database = os.environ.get("DB") or "sqlite"
    wanted = int(os.environ.get("KILLS") or 300)
    seed = os.environ.get("SEED") or secrets.token_hex(4)
    path = Path(os.environ["JSON"]) if os.environ.get("JSON") else None
    total = _begun(path, {"database": database, "seed": seed})
    again = f"make faults KILLS={wanted} SEED={total['seed']} DB={database}"
    say(f"{database}, {wanted} kills, seed {total['seed']}; repeat with {again}")
    folder = Path(tempfile.mkdtemp(prefix="esq-"))  # short: a socket's path may hold 107 bytes
    folder.chmod(0o711)  # the database's own user passes through
    ground = _ground(ENGINES[database], folder)
    try:
        while total["kills"] < wanted:
            _round(ground, total, kills=min(KILLS_A_ROUND, wanted - total["kills"]))
            if path:
                _write(path, total)
    finally:
        ground.stop()
    kept = _keep(folder, total)
    say(json.dumps({name: total[name] for name in (*COUNTS, "settled_seconds")}))
    say("nobody twice, nobody lost, every line adds up" if _is_clean(total) else f"BROKEN: {kept}")
    return 0 if _is_clean(total) else 1


def _ground(engine: str, folder: Path) -> Any:
    from tests.faults.ground import Ground  # noqa: PLC0415  # after the environment that imports of ours read

    ground = Ground(engine, folder)
    try:
        ground.prepare()
    except BaseException:
        ground.stop()
        raise
    os.environ.update(ground.env)
    return ground


def _round(ground: Any, total: dict[str, Any], *, kills: int) -> None:
    from tests.faults import fire  # noqa: PLC0415

    number = total["rounds"]
    profile = fire.PROFILES[number % len(fire.PROFILES)]
    rng = Random(f"{total['seed']}:{number}")  # a fire that can be lit again
    ground.clear()
    asyncio.run(ground.emptied())
    began = time.monotonic()
    burnt = asyncio.run(fire.Fire(ground, rng, profile, kills).burn())
    told = fire.report(burnt)
    took = time.monotonic() - began
    total["rounds"] += 1
    total["seconds"] = round(total["seconds"] + took, 1)
    for name in COUNTS:
        total[name] += told[name]
    total["settled_seconds"] = max(total["settled_seconds"], told["settled_seconds"])
    for name in ("by_name", "by_point", "other_faults", "classes"):
        total[name] = dict(Counter(total[name]) + Counter(told[name]))
    total["told"] += told["told"]
    say(
        f"round {number}: {took:.0f} s, "
        + json.dumps(
            {name: told[name] for name in (*COUNTS, "settled_seconds", "other_faults", "told")}
        )
    )


def _begun(path: Path | None, chosen: dict[str, str]) -> dict[str, Any]:
    """What an interrupted run of the same seed and database left, or nothing yet."""
    if path and path.exists():
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        is_same = not os.environ.get("SEED") or found.get("seed") == chosen["seed"]
        if is_same and found.get("database") == chosen["database"]:
            return found
    fresh: dict[str, Any] = dict.fromkeys(COUNTS, 0)
    fresh |= {"settled_seconds": 0.0, **chosen, "rounds": 0, "seconds": 0.0}
    return fresh | {"by_name": {}, "by_point": {}, "other_faults": {}, "classes": {}, "told": []}


def _write(path: Path, total: dict[str, Any]) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(total, indent=2) + "\n", encoding="utf-8")
    fresh.rename(path)


def _is_clean(total: dict[str, Any]) -> bool:
    return not (total["duplicated"] or total["lost"] or total["unbalanced"])


def _keep(folder: Path, total: dict[str, Any]) -> str:
    """The evidence stays where something broke."""
    if _is_clean(total):
        shutil.rmtree(folder, ignore_errors=True)
    return f"{total['told']}, kept in {folder}"


def say(line: str) -> None:
    print(f"faults: {line}", flush=True)  # noqa: T201  # the door's own words


if __name__ == "__main__":
    sys.exit(main())
