"""The normal form: states whose futures break the same promises become one state.

It may only be used where the SPARE rules are left out: then any bridge may read, write or hear at any moment, more than
the product allows. What breaks no promise there breaks none with them. Each "forget" below says why nothing can ask
again for what it forgets; tests/model/test_reductions.py holds it against walks in which nothing is forgotten.
"""

from __future__ import annotations

from tests.model.state import (
    ENDS,
    INCARNATION,
    OPEN,
    RANK,
    Bridge,
    Command,
    Event,
    Ledger,
    Reply,
    Row,
    Rules,
    State,
)

# The rules the forgetting rests on, and the mutants that take one of its grounds away: those are walked at length.
GROUNDS = frozenset({"cmd_ledger", "restore_engine", "restore_all"})
SHAKEN = frozenset(
    {
        *("new_id", "no_record_before_write", "ledger_ignores_claim_no"),
        *("engine_ignores_claim_no", "gone_socket_means_void", "accepted_lifts_unknown"),
    }
)
NOBODY = Command("send", 0, 0, 0)
EVIDENCE = {"acked": RANK["server_ack"], "delivered": RANK["delivered"]}


def normal(s: State, on: Rules) -> State:
    s = _without_leases(s)
    if on >= GROUNDS and not SHAKEN & on:
        s = _without_the_dead(s)
    return s._replace(bridges=tuple(sorted(s.bridges, key=_sorting)))  # both do the same work


def _sorting(bridge: Bridge) -> tuple[str, Command]:
    return bridge.phase, bridge.command or NOBODY


def _without_leases(s: State) -> State:
    """Lease and sockets: only the SPARE rules ask for them, and for a reply's claim_no.

    Of the writes the promises ask how many are out and whether one arrived; a nacked one is neither.
    """
    out = [fate for _, fate in s.writes if fate in ("ok", "dropped")]
    arrived = int("ok" in out)
    return s._replace(
        lease=(0, 1),
        bridges=tuple(bridge._replace(socket=0) for bridge in s.bridges),
        air=frozenset(Reply(reply.fate, 0, 0) for reply in s.air),
        writes=((0, "ok"),) * arrived + ((0, "dropped"),) * (len(out) - arrived),
    )


def _without_the_dead(s: State) -> State:
    row, ledger = _row(s.row), _ledger(s.ledger)
    bridges, commands = [], set(s.commands)
    for one in s.bridges:
        bridge = one
        if bridge.phase == "wrote":
            # What it has left to do is free and at its own hand: writing -> written, and an `accepted` nobody needs.
            bridge = Bridge()
        elif bridge.command and bridge.phase == "got":
            if bridge.command not in _living({bridge.command}, s.ledger_id, row, ledger):
                commands.add(bridge.command)  # refused whenever it is judged: as good as unread
                bridge = Bridge()
        elif bridge.command:
            bridge = bridge._replace(command=_held(bridge.command, s.ledger_id, row, ledger))
        bridges.append(bridge)
    may_take_back = any(
        b.phase == "committed" and b.command and b.command.claim_no == ledger.claim_no
        for b in bridges
    )
    if ledger.state == "writing" and not may_take_back:
        ledger = ledger._replace(state="written")  # only who is to write it knows the two apart
    return s._replace(
        row=row,
        ledger=ledger,
        bridges=tuple(bridges),
        hands=_living(s.hands, s.ledger_id, row, ledger),
        commands=_living(commands, s.ledger_id, row, ledger),
        air=frozenset() if ledger.state == "acked" else s.air,
        outbox=_outbox(s.outbox, row, ledger),
    )


def _row(row: Row) -> Row:
    """An ended row is moved by evidence, which asks for no claim_no, and by a restore, which asks only whether there
    was one in this incarnation. So is an unknown that is both in doubt and cancelled: whatever comes leaves it unknown.
    Between sending and accepted no rule makes a difference, nor between the two ends a person gives.
    """
    if row.state == "accepted":
        return row._replace(state="sending")
    if not _is_closed(row):
        return row
    claim_no = min(row.claim_no, 1) if row.claim_no < INCARNATION else INCARNATION
    state = "gave_up" if row.state == "treated" else row.state
    is_unknown = state == "unknown"
    return Row(state, claim_no, wish=is_unknown, doubt=is_unknown)


def _is_closed(row: Row) -> bool:
    return row.state in ENDS and (row.state != "unknown" or (row.wish and row.doubt))


def _takes(row: Row) -> bool:
    """Takes answers about its claim_no. Pending does not, and is open again only with a higher one."""
    return row.state in OPEN or (row.state == "unknown" and not _is_closed(row))


def _ledger(ledger: Ledger) -> Ledger:
    """Acked is never left and answers acked. Else a send needs a claim_no above both fence and claim_no (an `again`
    is above the attempt it names), so the higher of them fences; void has no other number, and no row is void at 0.
    """
    if ledger.state == "acked":
        return Ledger("acked")
    top = max(ledger.claim_no, ledger.fence)
    if ledger.state in ("none", "void"):
        return Ledger("void", top, top, ledger.doubt)
    return ledger._replace(fence=top)


def _living(
    commands: frozenset[Command] | set[Command], ledger_id: int, row: Row, ledger: Ledger
) -> frozenset[Command]:
    """A command of another ledger is dropped. A send at or below the fence is only answered, like an ask; a question
    nobody waits for only fences, so leaving it unread allows more. Over acked all are answered "acked", see `_outbox`.
    """
    if not commands or ledger.state == "acked":
        return frozenset()
    living = set()
    for one in commands:
        if one.ledger_id != ledger_id:
            continue
        if one.kind == "send" and one.claim_no > ledger.fence:
            living.add(one)
        elif _takes(row) and one.claim_no >= row.claim_no:
            living.add(Command("ask", one.claim_no, 0, ledger_id))
    return frozenset(living)


def _held(send: Command, ledger_id: int, row: Row, ledger: Ledger) -> Command:
    """A send about to be written needs its claim_no to take back its own `writing`, and what else it says only if
    reading it a second time would mean anything.
    """
    if _living({send}, ledger_id, row, ledger):
        return send if send.claim_no > ledger.fence else send._replace(again=0)
    is_own = ledger.state == "writing" and ledger.claim_no == send.claim_no
    return NOBODY._replace(claim_no=send.claim_no) if is_own else NOBODY


def _outbox(outbox: frozenset[Event], row: Row, ledger: Ledger) -> frozenset[Event]:
    """Answers the row takes no more are gone for ever: its claim_no only rises, by a restore too.

    Evidence is told in the step that makes the ledger acked, and while it ranks above the row it may be had again by
    an ask or a receipt: so the acked ledger says all of it at all times, which can only allow more.
    """
    if ledger.state == "acked":
        rank = RANK.get(row.state, 0)
        return frozenset(
            Event(kind, 0, 0, 0, 0) for kind, above in EVIDENCE.items() if above > rank
        )
    return frozenset(e for e in outbox if _is_heard(e, row)) if outbox else outbox


def _is_heard(event: Event, row: Row) -> bool:
    if event.kind in EVIDENCE:
        return True
    if event.kind == "accepted" or not _takes(row) or event.claim_no < row.claim_no:
        return False
    return event.kind != "doubt" or row.state != "unknown"
