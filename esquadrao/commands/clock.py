from __future__ import annotations

import asyncio
import signal


def clock() -> None:
    """Ring the periodic jobs until SIGTERM; two clocks at once do no harm."""
    asyncio.run(_ring_until_told())


async def _ring_until_told() -> None:
    from esquadrao.clock_ring import run
    from esquadrao.logs import configure_logs
    from esquadrao.sentry import watch_errors

    configure_logs("clock")
    watch_errors("clock")
    ringing = asyncio.ensure_future(run())
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, ringing.cancel)
    try:
        await ringing
    except asyncio.CancelledError:
        return
