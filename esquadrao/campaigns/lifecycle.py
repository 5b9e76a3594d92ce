"""** Start here ** The states of a Campaign, of its Deliveries and of their Messages, and the moves between them.

The chain: **verify** finds due Campaigns and says whether they may start → **process** expands the audience into
Deliveries → **prepare** renders a short window of Messages → **dispatch** hands the first due Message of every Channel
to the bridge. What comes back (`messages.receipts`) ends the Messages, `progress` moves the line that adds up, and
`sweep` rings again for whatever a lost hint left behind.

    draft → scheduled → processing → running ⇄ paused → finished        cancelled from any of the middle ones

What finished goes back to running when a person sends somebody again (`decide`).

A move is one conditional UPDATE that names the state it expects and must hit one row; 0 rows means that somebody else
moved first. Nothing else changes `state`. In the fault suite, and in tests that ask for it (`watched`), triggers made
of these tables refuse any other move, whatever statement asks for it.
"""

from __future__ import annotations

from enum import StrEnum

from esquadrao.messages.models import MessageState


class CampaignState(StrEnum):
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PROCESSING = "processing"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"


S = CampaignState
MOVES: dict[CampaignState, frozenset[CampaignState]] = {
    S.DRAFT: frozenset({S.SCHEDULED}),
    S.SCHEDULED: frozenset({S.PROCESSING, S.PAUSED, S.CANCELLED}),
    S.PROCESSING: frozenset({S.RUNNING, S.PAUSED, S.CANCELLED}),
    S.RUNNING: frozenset({S.PAUSED, S.FINISHED, S.CANCELLED}),
    # Resume goes back to where the work was: processing while the audience was not whole, else running; a start
    # that was refused goes through verify again.
    S.PAUSED: frozenset({S.SCHEDULED, S.PROCESSING, S.RUNNING, S.CANCELLED}),
    # A person may send again what failed or stayed unknown (decide.py).
    S.FINISHED: frozenset({S.RUNNING}),
    S.CANCELLED: frozenset(),
}
IN_MOTION = (S.SCHEDULED, S.PROCESSING, S.RUNNING, S.PAUSED)
ENDED = (S.FINISHED, S.CANCELLED)
EDITABLE = (S.DRAFT,)


def came_from(target: CampaignState) -> list[CampaignState]:
    """The states from which `target` may be reached: what a conditional UPDATE names."""
    return [state for state, targets in MOVES.items() if target in targets]


class PauseReason(StrEnum):
    """Why a Campaign is paused; its sentence for people stands in `wording.py`."""

    BY_PERSON = "by_person"
    NO_CHANNEL = "no_channel"
    CHANNEL_NOT_CONNECTED = "channel_not_connected"
    NO_CONTACTS = "no_contacts"
    NO_TEXT = "no_text"
    TEXT_INVALID = "text_invalid"
    LATE_START = "late_start"
    CLOCK_JUMPED = "clock_jumped"
    RESTORED = "restored"  # the database went back to an earlier state
    # Breakers (breakers.py): a person looks at the reason, then resumes.
    BREAKER_FAILED = "breaker_failed"
    BREAKER_UNDELIVERED = "breaker_undelivered"
    BREAKER_RESTRICTED = "breaker_restricted"
    BREAKER_STOPPED = "breaker_stopped"
    BREAKER_AWAY = "breaker_away"
    BREAKER_MUTE = "breaker_mute"
    BREAKER_OPT_OUTS = "breaker_opt_outs"


BREAKERS = tuple(one for one in PauseReason if one.value.startswith("breaker_"))


class DeliveryState(StrEnum):
    CHOSEN = "chosen"
    SKIPPED = "skipped"
    QUEUED = "queued"
    ASKED = "asked"  # the request is with WhatsApp; waits for an answer
    CONFIRMED = "confirmed"  # they said yes; waits to be prepared
    DECLINED = "declined"
    UNANSWERED = "unanswered"
    DONE = "done"
    CANCELLED = "cancelled"


D = DeliveryState
DELIVERY_MOVES: dict[DeliveryState, frozenset[DeliveryState]] = {
    D.CHOSEN: frozenset({D.QUEUED, D.SKIPPED, D.CANCELLED}),
    # Its Message ended; or WhatsApp has the request, and the answer is waited for.
    D.QUEUED: frozenset({D.DONE, D.ASKED, D.CANCELLED}),
    D.ASKED: frozenset({D.CONFIRMED, D.DECLINED, D.UNANSWERED, D.CANCELLED}),
    D.CONFIRMED: frozenset({D.QUEUED, D.SKIPPED, D.CANCELLED}),
    # Sent again by a person, or void after all; late news of a request that nobody knew of.
    D.DONE: frozenset({D.QUEUED, D.ASKED, D.CANCELLED}),
    # A receipt came for what was taken for never written (handover.md R2).
    D.CANCELLED: frozenset({D.DONE, D.ASKED}),
    D.SKIPPED: frozenset(),
    D.DECLINED: frozenset(),
    D.UNANSWERED: frozenset(),
}
M = MessageState
# Positive evidence lifts any state.
_KNOWN = frozenset({M.SERVER_ACK, M.DELIVERED, M.READ, M.PLAYED})
MESSAGE_MOVES: dict[MessageState, frozenset[MessageState]] = {
    M.PENDING: _KNOWN | {M.SENDING, M.CANCELLED, M.UNKNOWN},
    M.SENDING: _KNOWN | {M.ACCEPTED, M.PENDING, M.FAILED, M.UNKNOWN, M.CANCELLED},
    M.ACCEPTED: _KNOWN | {M.PENDING, M.FAILED, M.UNKNOWN, M.CANCELLED},
    M.UNKNOWN: _KNOWN | {M.PENDING, M.FAILED, M.CANCELLED},
    M.FAILED: _KNOWN | {M.PENDING},  # a person tries again
    M.CANCELLED: _KNOWN,
    M.EXPIRED: _KNOWN,
    M.SERVER_ACK: _KNOWN - {M.SERVER_ACK},
    M.DELIVERED: frozenset({M.READ, M.PLAYED}),
    M.READ: frozenset({M.PLAYED}),
    M.PLAYED: frozenset(),
}
UNPREPARED = (DeliveryState.CONFIRMED, DeliveryState.CHOSEN)  # in the order prepare takes them
NOT_QUEUED = (*UNPREPARED, DeliveryState.ASKED)  # nothing of theirs waits in the outbox


class DeliveryClass(StrEnum):
    """A Delivery's place in `chosen = skipped + waiting + sending + sent + failed + unknown + cancelled`."""

    SKIPPED = "skipped"
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


class SkipReason(StrEnum):
    DUPLICATE = "duplicate"
    INVALID_PHONE = "invalid_phone"
    MISSING_VARIABLE = "missing_variable"
    EMPTY_TEXT = "empty_text"
    TEXT_FAILED = "text_failed"
    NOT_ON_WHATSAPP = "not_on_whatsapp"
    BLOCKED = "blocked"
    MUST_WRITE_FIRST = "must_write_first"
    CONTACTED_RECENTLY = "contacted_recently"
    SUPPRESSED = "suppressed"
    DECLINED = "declined"
    UNANSWERED = "unanswered"
