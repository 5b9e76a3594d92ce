"""A bridge at the gateway: reads the real streams, keeps a ledger by the rules of the hand-over, answers signed events.

Every write is one line of `writes`, never deduplicated, so that a double would show.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
import redis

from esquadrao.contacts.phone import spellings
from esquadrao.gateways import bridge


@dataclass
class Entry:
    state: str = "none"
    claim_no: int = 0
    fence: int = 0


@dataclass
class FakeBridge:
    redis: redis.Redis
    ledger_id: str = "ledger-of-the-fake"
    writes: list[dict[str, Any]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    ledger: dict[tuple[str, str], Entry] = field(default_factory=dict)
    receipts: tuple[str, ...] = ("server_ack", "delivered", "read")
    nack_code: str = ""
    nack_is_retryable: bool = False
    most_nacks: int = 1_000_000  # after so many it takes what comes
    is_deaf: bool = False  # takes commands and does nothing with them
    checks: list[list[str]] = field(default_factory=list)  # the numbers of each question
    answers_checks: bool = True
    absent: set[str] = field(default_factory=set)  # phones nobody has on WhatsApp
    eight_digits: set[str] = field(default_factory=set)  # known there without their ninth digit
    seq: int = 0

    def turn(self) -> int:
        """Take every waiting command and answer; how many there were."""
        commands = self._commands()
        events = [event for command in commands for event in self._answer(command)]
        self.emit(events)
        return len(commands)

    def emit(self, events: list[dict[str, Any]]) -> None:
        for start in range(0, len(events), 50):
            body = orjson.dumps(
                {
                    "v": 1,
                    "batch": uuid.uuid4().hex,
                    "ledger_id": self.ledger_id,
                    "events": events[start : start + 50],
                }
            )
            self.redis.xadd(
                bridge.EVENTS, {"body": body, "sig": bridge.signature(body, bridge.TO_APP)}
            )

    def acknowledge(self, company_id: uuid.UUID) -> None:
        """WhatsApp's word, late, on everything that was written without one."""
        at, events = datetime.now(UTC).isoformat(), []
        for one in self.writes:
            entry = self.ledger[one["channel"], one["wa_id"]]
            if entry.state != "written":
                continue
            entry.state = "acked"
            of = {"company": str(company_id), "channel": one["channel"]}
            claim = {"wa_id": one["wa_id"], "claim_no": one["claim_no"]}
            events += [
                self.event(of, "message.status", **claim, rank=rank, at=at)
                for rank in self.receipts
            ]
        self.emit(events)

    def says(self, channel: Any, phone: str, text: str, *, wa_id: str = "") -> dict[str, Any]:
        """A person writes to a Channel; the event, so that it may be told again."""
        of = {"company": str(channel.company_id), "channel": str(channel.id)}
        said = {"wa_id": wa_id or uuid.uuid4().hex, "from": phone, "name": "Maria", "text": text}
        event = self.event(of, "message.in", **said, at=datetime.now(UTC).isoformat())
        self.emit([event])
        return event

    def event(self, command: dict[str, Any], kind: str, /, **data: Any) -> dict[str, Any]:
        self.seq += 1
        return {
            "id": uuid.uuid4().hex,
            "company": command["company"],
            "channel": command["channel"],
            "epoch": 1,
            "seq": self.seq,
            "at": datetime.now(UTC).isoformat(),
            "type": kind,
            "data": data,
        }

    def _commands(self) -> list[dict[str, Any]]:
        found = []
        for key in [bridge.WISHES, *self.redis.scan_iter("esquadrao:commands:*")]:
            entries: Any = self.redis.xrange(key)
            for entry_id, entry in entries:
                assert bridge.signature(entry[b"body"], bridge.TO_BRIDGE).encode() == entry[b"sig"]
                found.append(orjson.loads(entry[b"body"]))
                self.redis.xdel(key, entry_id)
        return found

    def _answer(self, command: dict[str, Any]) -> list[dict[str, Any]]:
        if self.is_deaf:
            return []
        if command["type"] == "message.send":
            return self._send(command, command["data"])
        if command["type"] == "message.ask":
            return self._ask(command, command["data"])
        if command["type"] == "numbers.check":
            return self._check(command, command["data"]["phones"])
        if command["type"] == "session.start":
            me = {"phone": "+5511900000001", "name": "Loja"}
            version = command["data"]["version"]
            return [
                self.event(
                    command, "session.state", state="connected", reason=None, me=me, version=version
                )
            ]
        return []

    def _check(self, command: dict[str, Any], phones: list[str]) -> list[dict[str, Any]]:
        self.checks.append(phones)
        if not self.answers_checks:
            return []
        return [
            self.event(command, "numbers.checked", numbers=[self.checked(one) for one in phones])
        ]

    def checked(self, phone: str) -> dict[str, Any]:
        """A mobile is there under its nine digits, or under its eight: never under both."""
        own = spellings(phone)
        person = max(own, key=len)
        registered = min(own, key=len) if person in self.eight_digits else person
        if person in self.absent or phone != registered:
            return {"phone": phone, "exists": False, "jid": None, "lid": None}
        digits = phone.removeprefix("+")
        jid, lid = f"{digits}@s.whatsapp.net", f"9{digits}@lid"
        return {"phone": phone, "exists": True, "jid": jid, "lid": lid}

    def _send(self, command: dict[str, Any], data: dict[str, Any]) -> list[dict[str, Any]]:
        if self._is_foreign(data):
            return [self._foreign(command, data)]
        entry = self.ledger.setdefault((command["channel"], data["wa_id"]), Entry())
        claim = {"wa_id": data["wa_id"], "claim_no": data["claim_no"]}
        is_void = entry.state in ("none", "void", "refused_retryable")
        is_again = entry.state == "written" and data["again"] == entry.claim_no
        may_write = (is_void or is_again) and data["claim_no"] > entry.claim_no
        if data["claim_no"] <= entry.fence or not may_write:
            return [self._known(command, claim, entry)]
        entry.state, entry.claim_no = "written", data["claim_no"]
        self.writes.append(
            {
                "to": data["to"],
                "text": data["content"]["text"],
                **claim,
                "channel": command["channel"],
            }
        )
        events = [self.event(command, "message.accepted", **claim)]
        at = datetime.now(UTC).isoformat()
        if self.nack_code and self.most_nacks > 0:
            self.most_nacks -= 1
            entry.state = "refused_retryable" if self.nack_is_retryable else "refused"
            status: dict[str, Any] = {"rank": "failed", "code": self.nack_code, "at": at}
            status["retryable"] = self.nack_is_retryable
            return [*events, self.event(command, "message.status", **claim, **status)]
        for rank in self.receipts:
            entry.state = "acked"
            events.append(self.event(command, "message.status", **claim, rank=rank, at=at))
        return events

    def _ask(self, command: dict[str, Any], data: dict[str, Any]) -> list[dict[str, Any]]:
        self.asked.append(data)
        if self._is_foreign(data):
            return [self._foreign(command, data)]
        entry = self.ledger.setdefault((command["channel"], data["wa_id"]), Entry())
        entry.fence = max(entry.fence, data["claim_no"])
        if entry.state == "none":
            entry.state = "void"
        return [self._known(command, {"wa_id": data["wa_id"], "claim_no": data["claim_no"]}, entry)]

    def _is_foreign(self, data: dict[str, Any]) -> bool:
        """Of another ledger: neither written nor void (R8)."""
        return data["ledger_id"] not in (None, self.ledger_id)

    def _foreign(self, command: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
        claim = {"wa_id": data["wa_id"], "claim_no": data["claim_no"]}
        return self.event(
            command, "message.known", **claim, ledger_claim_no=0, state="writing", doubt=True
        )

    def _known(
        self, command: dict[str, Any], claim: dict[str, Any], entry: Entry
    ) -> dict[str, Any]:
        # `again` must name the claim that was written; after anything else the app goes on above the fence.
        is_written = entry.state in ("written", "acked")
        highest = entry.claim_no if is_written else max(entry.claim_no, entry.fence)
        return self.event(
            command,
            "message.known",
            **claim,
            ledger_claim_no=highest,
            state=entry.state,
            doubt=False,
        )
