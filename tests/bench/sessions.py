"""Sessions of the bridge over the fake WhatsApp: scan to connected, their memory, all of them back after a restart."""

from __future__ import annotations

import asyncio
import os
import time

from tests.bench.fake_whatsapp import bare_baileys, bridge_over, fake_whatsapp
from tests.bench.figures import Figure, percentile
from tests.bench.processes import memory, until
from tests.bench.wire import App, Line, listening

SESSIONS = int(os.environ.get("BENCH_SESSIONS", "200"))
ALONE = 10  # pairings one after the other: a person scans one phone
AT_ONCE = 4  # of the others
PATIENCE = 120.0  # s
STEADY = 5.0  # s without growth: what logins and pairings left is collected
MOST_EACH, MOST_ALL, MOST_SCAN, MOST_BACK = 4.0, 500.0, 1.0, 30.0  # MB, MB, s, s


async def measure() -> list[Figure]:
    async with fake_whatsapp() as fake, listening() as app:
        lines = [Line(number) for number in range(SESSIONS)]
        async with bridge_over(fake) as pid:
            empty = await _steady(pid)
            scans = [await app.pair(fake, line) for line in lines[:ALONE]]
            rest = lines[ALONE:]
            for start in range(0, len(rest), AT_ONCE):
                await asyncio.gather(
                    *[app.pair(fake, one) for one in rest[start : start + AT_ONCE]]
                )
            paired = await _steady(pid)
        for line in lines:
            line.state = ""
        begun = time.perf_counter()
        async with bridge_over(fake) as pid:
            await _all_connected(app)
            back = time.perf_counter() - begun
            idle = await _steady(pid)
    async with fake_whatsapp() as fake:
        bare = await bare_baileys(fake, sessions=SESSIONS, alone=ALONE, at_once=AT_ONCE)
    worst = max(paired, idle)
    figures = (
        ("scan", percentile(scans, 50), "s", bare["scan"], MOST_SCAN),
        ("memory.each", (worst - empty) / SESSIONS, "MB", bare["memory_each"], MOST_EACH),
        (f"memory.{SESSIONS}", worst, "MB", bare["memory"], MOST_ALL),
        (f"back.{SESSIONS}", back, "s", bare["back"], MOST_BACK),
    )
    return [
        Figure(f"sessions.{name}", value, unit, base, "bare Baileys", most, "value", "most")
        for name, value, unit, base, most in figures
    ]


async def _all_connected(app: App) -> None:
    async def are_back() -> bool:
        return all(line.state == "connected" for line in app.lines.values())

    await until(are_back, f"{len(app.lines)} sessions connected", within=PATIENCE)


async def _steady(pid: int) -> float:
    """MB of a process once its memory has not grown for a while."""
    least, since = memory(pid), time.perf_counter()
    while time.perf_counter() - since < STEADY:
        await asyncio.sleep(0.5)
        now = memory(pid)
        if now > least + 1:
            least, since = now, time.perf_counter()
    return memory(pid)
