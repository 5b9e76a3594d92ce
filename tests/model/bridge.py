"""The moves of two bridges at one ledger: reading, judging, writing, hearing, dying, losing the lease.

The simulator's one fsynced line is commit and write at once; the model also has the two apart, as a socket needs.
"""

from __future__ import annotations

from tests.model.ledger import OVER, answer, fence, may_write
from tests.model.state import (
    MOST_EPOCHS,
    Bridge,
    Command,
    Event,
    Ledger,
    Move,
    Moves,
    Reply,
    Rules,
    State,
)


def moves(s: State, i: int, on: Rules) -> Moves:
    yield from _reads(s, i, on)
    phase = s.bridges[i].phase
    if phase == "got":
        yield _judges(s, i, on)
    elif phase == "committed":
        yield from _looks_at_lease(s, i, on)
    elif phase == "checked":
        yield from _writes(s, i)
    elif phase == "wrote":
        yield _records(s, i, on)
    yield from _hears(s, i, on)
    yield from _dies(s, i)


def _with(s: State, i: int, bridge: Bridge) -> tuple[Bridge, ...]:
    return tuple(bridge if j == i else one for j, one in enumerate(s.bridges))


def _said(
    s: State, on: Rules, kind: str, claim_no: int, ledger_claim_no: int, *, epoch: int = 0
) -> frozenset[Event]:
    epoch = epoch if "high_water_mark" in on else 0
    return s.outbox | {Event(kind, claim_no, ledger_claim_no, s.ledger_id, epoch)}


def _reads(s: State, i: int, on: Rules) -> Moves:
    """Whoever holds the lease reads the stream, and has a socket (R11)."""
    bridge, is_holder = s.bridges[i], s.lease[0] == i
    if bridge.phase == "idle" and not bridge.socket and is_holder:
        opened = _with(s, i, bridge._replace(socket=s.lease[1]))
        yield Move(f"{i} opens its socket", fault=False, after=s._replace(bridges=opened))
    for one in s.commands:
        if one.kind == "ask":
            if is_holder:
                yield _answers(s, one, on)
        elif bridge.phase == "idle" and ((is_holder and bridge.socket) or "lease_read" not in on):
            got = _with(s, i, bridge._replace(phase="got", command=one))
            left = s._replace(commands=s.commands - {one}, bridges=got)
            yield Move(f"{i} reads send {one.claim_no}", fault=False, after=left)


def _answers(s: State, ask: Command, on: Rules) -> Move:
    ledger, claim_no = s.ledger, ask.claim_no
    is_foreign = "cmd_ledger" in on and ask.ledger_id != s.ledger_id
    fenced = ledger if is_foreign else fence(ledger, claim_no, on)
    kind = "doubt" if is_foreign else answer(ledger, claim_no, on)
    told = _said(s, on, kind, claim_no, max(ledger.claim_no, fenced.fence))
    after = s._replace(commands=s.commands - {ask}, ledger=fenced, outbox=told)
    return Move(f"ask {claim_no} is answered: {kind}", fault=False, after=after)


def _judges(s: State, i: int, on: Rules) -> Move:
    bridge, ledger = s.bridges[i], s.ledger
    send = _command(bridge)
    idle = _with(s, i, Bridge(socket=bridge.socket))
    committed = _with(s, i, bridge._replace(phase="committed"))
    n = send.claim_no
    if "cmd_ledger" in on and send.ledger_id != s.ledger_id:
        return Move(
            f"{i} drops send {n} of another ledger", fault=False, after=s._replace(bridges=idle)
        )
    if "no_record_before_write" in on and n > ledger.fence:
        return Move(
            f"{i} takes send {n}, no record", fault=False, after=s._replace(bridges=committed)
        )
    if may_write(ledger, send, on) or ("new_id" in on and n > ledger.claim_no):
        is_over = ledger.state in OVER and "new_id" not in on
        writing = Ledger("writing", n, ledger.fence, ledger.doubt or (is_over and "doubt" in on))
        return Move(
            f"{i} commits writing({n})",
            fault=False,
            after=s._replace(ledger=writing, bridges=committed),
        )
    if ledger.claim_no == n and ledger.state in OVER:
        return Move(f"{i} drops a double of send {n}", fault=False, after=s._replace(bridges=idle))
    kind = answer(ledger, n, on)
    told = _said(s, on, kind, n, max(ledger.claim_no, ledger.fence))
    return Move(
        f"{i} refuses send {n}: {kind}", fault=False, after=s._replace(bridges=idle, outbox=told)
    )


def _looks_at_lease(s: State, i: int, on: Rules) -> Moves:
    bridge, ledger = s.bridges[i], s.ledger
    n = _command(bridge).claim_no
    is_holder = s.lease == (i, bridge.socket)
    if is_holder or "lease_look" not in on:
        checked = _with(s, i, bridge._replace(phase="checked"))
        yield Move(f"{i} checks its lease", fault=False, after=s._replace(bridges=checked))
    if is_holder and "lease_look" in on:
        return
    after = s._replace(bridges=_with(s, i, Bridge(socket=bridge.socket)))
    if ledger.state == "writing" and ledger.claim_no == n:  # it alone knows that it did not write
        kind = "doubt" if ledger.doubt else "retryable"
        told = _said(s, frozenset(), kind, n, n)
        after = after._replace(ledger=ledger._replace(state="retryable"), outbox=told)
    yield Move(f"{i} has no lease, does not write {n}", fault=False, after=after)


def _writes(s: State, i: int) -> Moves:
    bridge = s.bridges[i]
    n = _command(bridge).claim_no
    for fate in ("ok", "retryable", "refused", "dropped"):
        air = s.air if fate == "dropped" else s.air | {Reply(fate, n, bridge.socket)}
        wrote = _with(s, i, bridge._replace(phase="wrote"))
        after = s._replace(bridges=wrote, writes=(*s.writes, (n, fate)), air=air)
        yield Move(f"{i} WRITES {n} ({fate})", fault=fate != "ok", after=after)


def _records(s: State, i: int, on: Rules) -> Move:
    bridge, ledger = s.bridges[i], s.ledger
    n = _command(bridge).claim_no
    after = s._replace(bridges=_with(s, i, Bridge(socket=bridge.socket)))
    is_unrecorded = "no_record_before_write" in on and ledger.state in ("none", "void")
    if is_unrecorded or (ledger.state == "writing" and ledger.claim_no == n):
        written = Ledger("written", n, ledger.fence, ledger.doubt)
        after = after._replace(
            ledger=written, outbox=_said(s, on, "accepted", n, n, epoch=bridge.socket)
        )
    return Move(f"{i} commits written({n})", fault=False, after=after)


def _hears(s: State, i: int, on: Rules) -> Moves:
    bridge, ledger = s.bridges[i], s.ledger
    for reply in s.air:
        if reply.socket != bridge.socket and "own_socket" in on:
            continue
        after = s._replace(air=s.air - {reply})
        is_own = ledger.claim_no == reply.claim_no or "nack_own" not in on
        if reply.fate == "ok":
            told = _said(s, on, "acked", reply.claim_no, reply.claim_no, epoch=bridge.socket)
            after = after._replace(ledger=ledger._replace(state="acked"), outbox=told)
        elif ledger.state in OVER and is_own:
            kind = "doubt" if ledger.doubt else reply.fate
            told = _said(s, on, kind, ledger.claim_no, ledger.claim_no, epoch=bridge.socket)
            after = after._replace(ledger=ledger._replace(state=reply.fate), outbox=told)
        yield Move(f"{i} hears {reply.fate} for {reply.claim_no}", fault=False, after=after)
    has_arrived = any(fate == "ok" for _, fate in s.writes) and s.row.state != "delivered"
    if s.lease[0] == i and (bridge.socket or "own_socket" not in on) and has_arrived:
        told = _said(s, on, "delivered", 0, 0, epoch=bridge.socket)
        after = s._replace(ledger=ledger._replace(state="acked"), outbox=told)
        yield Move(f"{i} hears a receipt", fault=False, after=after)


def _dies(s: State, i: int) -> Moves:
    bridge = s.bridges[i]
    if bridge.phase != "idle":
        send = _command(bridge)
        dead = s._replace(bridges=_with(s, i, Bridge()))
        yield Move(f"{i} dies, entry gone", fault=True, after=dead)
        yield Move(
            f"{i} dies, entry reclaimed",
            fault=True,
            after=dead._replace(commands=s.commands | {send}),
        )
        if send not in s.commands:
            twice = s._replace(commands=s.commands | {send})
            yield Move(f"{i}: its entry is read a second time", fault=True, after=twice)
    if s.lease[0] != i and s.lease[1] < MOST_EPOCHS:
        epoch = s.lease[1] + 1
        opened = bridge._replace(socket=epoch) if bridge.phase == "idle" else bridge
        after = s._replace(lease=(i, epoch), bridges=_with(s, i, opened))
        yield Move(f"lease moves to {i}", fault=True, after=after)


def _command(bridge: Bridge) -> Command:
    if bridge.command is None:
        raise AssertionError("a busy bridge holds a command")
    return bridge.command
