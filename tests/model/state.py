"""One message between engine and bridge as hashable values: the states the search walks through.

Moves carry the code's names: Row is settle.Row, Ledger is simulator/ledger.ts's Row, "void", "refused" and "doubt" are
what `message.known` says. Bodies, media, hours and the event stream's cursor are left out; time is not modelled: the
sweeper may ask, and "no ack in time" may come, at any moment. A process that freezes is one whose next step comes late.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

MOST_CLAIMS = 2  # attempts the engine makes in one incarnation
MOST_EPOCHS = 5  # the first, and one more for each lease move: as many as there may be faults
INCARNATION = 10  # what a restore adds to claim_no, above any given before

# Each repair is a rule an earlier wording lacked; without any one of them the search finds a hole.
REPAIRS: dict[str, str] = {
    "fence_all": "an ask fences its claim_no over every row, not only where no row is (R4)",
    "doubt": "an undecided attempt sent again leaves doubt: no void, cancelled or failed (R3)",
    "cmd_ledger": "send and ask name the ledger; another neither writes nor answers void (R8)",
    "restore_engine": "a restored engine asks about every row not ended, claim_no raised (R8)",
    "restore_all": "engine and ledger restored together: pending rows too are unknown (R8)",
}
MUTANTS: dict[str, str] = {
    "new_id": "a new id for each attempt",
    "checkpoint_first": "sent is recorded before the send",
    "no_record_before_write": "the ledger records nothing before the write",
    "ask_does_not_void": "asking leaves the ledger as it was",
    "high_water_mark": "events are accepted by the highest epoch seen, not as a set",
    "engine_ignores_claim_no": "the engine takes answers about an earlier attempt",
    "ledger_ignores_claim_no": "the ledger takes any claim, fenced or lower",
    "id_from_sequence": "the id comes from a sequence, which a restore sets back",
    "gone_socket_means_void": "writing whose socket is gone counts as not written",
    "accepted_lifts_unknown": "a late accepted lifts unknown",
    "nobody_asks": "what is past its time is not asked about",
}
# In the product, and not needed: `search` leaves them out, and so shows that no promise rests on them.
SPARE: dict[str, str] = {
    "nack_own": "a nack counts only for the attempt written on that socket (R6)",
    "lease_read": "only the lease's holder, with a socket, reads the stream (R11)",
    "lease_look": "a bridge looks at its lease before it writes (R3)",
    "own_socket": "a reply is heard only on the socket its write went out by",
}
PRODUCT = frozenset(REPAIRS | SPARE)
Rules = frozenset[str]


class Row(NamedTuple):
    """The engine's row; `wish`: cancel or opt-out was asked for."""

    state: str = "pending"
    claim_no: int = 0
    ledger_id: int = 0
    wish: bool = False
    again: int = 0
    doubt: bool = False


class Ledger(NamedTuple):
    state: str = "none"  # none void writing written acked retryable refused
    claim_no: int = 0
    fence: int = 0
    doubt: bool = False


class Command(NamedTuple):
    kind: str  # send ask
    claim_no: int
    again: int
    ledger_id: int


class Event(NamedTuple):
    kind: str  # accepted acked delivered void retryable refused doubt
    claim_no: int
    ledger_claim_no: int
    ledger_id: int
    epoch: int


class Bridge(NamedTuple):
    phase: str = "idle"  # idle got committed checked wrote
    command: Command | None = None
    socket: int = 0


class Reply(NamedTuple):
    """What WhatsApp says to one write, on its way to the socket it came by."""

    fate: str  # ok retryable refused
    claim_no: int
    socket: int


class State(NamedTuple):
    row: Row
    holds_slot: bool
    hands: frozenset[Command]  # committed by a dispatcher, not yet in the stream
    commands: frozenset[Command]
    bridges: tuple[Bridge, ...]
    lease: tuple[int, int]  # who, epoch
    ledger: Ledger
    ledger_id: int
    writes: tuple[tuple[int, str], ...]  # claim_no, fate: ok retryable refused dropped
    air: frozenset[Reply]
    outbox: frozenset[Event]
    mark: int  # of the mutant high_water_mark
    told_cancelled: bool
    asked_again: int


class Move(NamedTuple):
    label: str
    fault: bool
    after: State


Moves = Iterator[Move]
RANK = {"server_ack": 3, "delivered": 4}
OPEN = ("sending", "accepted", "checking")
ENDS = ("server_ack", "delivered", "failed", "unknown", "cancelled", "treated", "gave_up")


def initial() -> State:
    none: frozenset[Command] = frozenset()
    bridges = (Bridge(socket=1), Bridge())
    return State(
        row=Row(),
        holds_slot=False,
        hands=none,
        commands=none,
        bridges=bridges,
        lease=(0, 1),
        ledger=Ledger(),
        ledger_id=1,
        writes=(),
        air=frozenset(),
        outbox=frozenset(),
        mark=0,
        told_cancelled=False,
        asked_again=0,
    )
