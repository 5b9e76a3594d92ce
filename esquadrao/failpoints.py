"""Named places where a test may have this process killed, by SIGKILL to itself, at its n-th passage.

`FAIL_POINTS=dispatch.committed:3,clock.rung:1` arms two of them; production refuses to start with it. Unarmed, a
passage is one look at an empty dictionary.
"""

from __future__ import annotations

import os
import signal

# Every unit of work that names its stage passes these, in this order.
STEPS = (
    "begun",  # the transaction is open, nothing has changed
    "changed",  # everything has changed, nothing is committed
    "committed",  # nobody has been told
    "handed",  # the effects outside have left, no job and no signal has
    "told",
)
STAGES = (
    "verify",
    "process",
    "prepare",
    "check",
    "dispatch",
    "receive",
    "ask",
    "sweep",
    "clear",
    "recount",
)
ALONE = (
    "clock.due",  # it knows what to ring
    "clock.rung",
    "receive.read",  # a batch of events is here and in the stream
    "receive.applied",  # it is committed and not confirmed
    "receive.confirmed",
)
POINTS = (*[f"{stage}.{step}" for stage in STAGES for step in STEPS], *ALONE)

_armed: dict[str, int] = {}


def arm(wanted: str) -> None:
    """Arm `point:n,…` in place of whatever was armed. Raises ValueError for a point that does not exist."""
    _armed.clear()
    for one in filter(None, wanted.split(",")):
        point, _, passage = one.partition(":")
        if point not in POINTS:
            raise ValueError(f"no fail point is called {point!r}")
        _armed[point] = int(passage or 1)


def reach(stage: str, step: str) -> None:
    """The process is at this point now; whoever armed it wants it dead there."""
    if not _armed or (point := f"{stage}.{step}") not in _armed:
        return
    _armed[point] -= 1
    if _armed[point] == 0:
        os.write(2, f"fail point {point}\n".encode())
        os.kill(os.getpid(), signal.SIGKILL)


if _wanted := os.environ.get("FAIL_POINTS"):
    if os.environ.get("APP_ENV", "production") == "production":
        raise RuntimeError("FAIL_POINTS kills processes: production does not start with it")
    arm(_wanted)
