"""When one state allows all that another does, the other need not be walked.

More in the stream, in the air or in the outbox, and fewer hands full, never forbids a move and keeps no promise: who
has more may leave it lying. So, of the moves of a state:
- one that costs no fault and only adds is taken at once and alone (a question lies in the stream as long as somebody
  waits for its answer; a dispatcher hands over at once, and freezing comes to the same in the stream);
- one that only loses shows nothing new (Redis is emptied, a dispatcher dies, a reply is never heard);
- a bridge that has read judges at once, and one that has looked at its lease writes at once: it could as well have
  read, or looked, later (any bridge may read at any time, where the SPARE rules are left out).
"""

from __future__ import annotations

from tests.model import bridge
from tests.model.normal import normal
from tests.model.promises import moves
from tests.model.state import Move, Moves, Rules, State

AT_ONCE = ("got", "checked")


def covers(big: State, small: State) -> bool:
    return (
        small.row == big.row
        and small.commands <= big.commands
        and small.outbox <= big.outbox
        and small.air <= big.air
        and small.hands <= big.hands | big.commands
        and big.hands <= small.hands
        and small
        == big._replace(
            commands=small.commands, outbox=small.outbox, air=small.air, hands=small.hands
        )
    )


def telling(s: State, on: Rules) -> list[tuple[Move, State]]:
    """Each move that may show something new, with the normal form of the state after it."""
    found = []
    for move in _moves(s, on):
        after = normal(move.after, on)
        if not move.fault and after != s and covers(after, s):
            return [(move, after)]
        found.append((move, after))
    return found


def _moves(s: State, on: Rules) -> Moves:
    for i, one in enumerate(s.bridges):
        if one.phase in AT_ONCE:
            return bridge.moves(s, i, on)
    return moves(s, on)
