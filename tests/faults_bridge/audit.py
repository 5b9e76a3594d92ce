"""What the fake WhatsApp saw, against what the app believes."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from esquadrao.channels.models import Channel, ChannelState
from esquadrao.companies.models import Company
from esquadrao.messages.models import Direction, Message, MessageState
from tests.faults import audit as campaigns
from tests.faults.audit import MOST_TOLD
from tests.faults_bridge.whatsapp import WhatsApp

S = MessageState
SEEN = (S.SERVER_ACK, S.DELIVERED, S.READ, S.PLAYED)
SHOWN = ("accepted", "again", "no_ack")  # outcomes of a write that put a message on a phone


@dataclass
class Found:
    """Everything but `inbound`, `written` and `unknown` must be 0; `replaced` where nobody was frozen, too."""

    inbound: int = 0  # texts that WhatsApp took
    inbound_lost: int = 0
    inbound_twice: int = 0
    written: int = 0  # messages that phones show
    written_twice: int = 0
    undecryptable: int = 0  # on either side, at the end
    unknown: int = 0  # not seen by WhatsApp, and nobody can know that
    differing: int = 0  # the app says other than what WhatsApp saw
    replaced: int = 0  # logins that found another socket of the account
    unknown_by_code: dict[str, int] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        wrong = (self.inbound_lost, self.inbound_twice, self.written_twice, self.undecryptable)
        return not any(wrong) and not self.differing

    def find(self, kind: str, words: str) -> None:
        setattr(self, kind, getattr(self, kind) + 1)
        if len(self.told) < MOST_TOLD:
            self.told.append(f"{kind}: {words}")

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


async def audit(company: Company, whatsapp: WhatsApp) -> Found:
    """Needs a settled ground: what is still on its way counts as differing."""
    found = Found()
    shown = await whatsapp.ask("messages")
    await _inbound(company, whatsapp, [one for one in shown if one["direction"] == "in"], found)
    await _written(company, whatsapp, [one for one in shown if one["direction"] == "out"], found)
    await _sessions(company, whatsapp, found)
    in_campaigns = await campaigns.audit(company, await ledger(whatsapp))
    for words in in_campaigns.told:
        found.find("differing", words)
    return found


async def _inbound(
    company: Company, whatsapp: WhatsApp, shown: list[dict[str, Any]], found: Found
) -> None:
    ours = Counter(
        await Message.of(company).filter(direction=Direction.IN).values_list("body", flat=True)
    )
    asked_again = {one for retry in await whatsapp.ask("retries") for one in retry["ids"]}
    found.inbound = len(shown)
    for one in shown:
        many = ours.pop(one["text"], 0)
        if many == 0:
            found.find("inbound_lost", f"{one['id']} {one['text']} to {one['to']}")
            found.undecryptable += one["id"] in asked_again
        elif many > 1:
            found.find("inbound_twice", f"{one['text']} {many} times")
    for text, many in ours.items():
        found.find("differing", f"{text} came {many} times, and nobody wrote it")


async def _written(
    company: Company, whatsapp: WhatsApp, shown: list[dict[str, Any]], found: Found
) -> None:
    found.written = len(shown)
    for one in shown:
        if one["undecryptable"]:
            found.find("undecryptable", f"{one['id']}: a phone cannot read it")
    writes = await whatsapp.ask("writes")
    many = Counter(one["id"] for one in writes if one["outcome"] in SHOWN)
    for wa_id, times in many.items():
        if times > 1:
            found.find("written_twice", f"{wa_id} {times} times")
    seen = {one["id"] for one in shown}
    messages = await Message.of(company).filter(direction=Direction.OUT)
    for message in messages:
        is_seen = message.wa_id in seen
        if message.state is S.UNKNOWN and not is_seen:
            found.unknown += 1
            many_so = found.unknown_by_code.get(message.code, 0)
            found.unknown_by_code[message.code] = many_so + 1
        elif is_seen != (message.state in SEEN):
            found.find(
                "differing", f"{message.wa_id} is {message.state} {message.code}, seen {is_seen}"
            )
    for wa_id in seen - {one.wa_id for one in messages}:
        found.find("differing", f"{wa_id} was written, and nobody planned it")


async def _sessions(company: Company, whatsapp: WhatsApp, found: Found) -> None:
    """One device an account, as at the pairing: nobody was unpaired, no QR was scanned a second time."""
    for account in await whatsapp.accounts():
        found.replaced += sum(one["replaced"] for one in account["devices"])
        if [one["id"] for one in account["devices"]] != [1]:
            found.find("differing", f"{account['phone']} has devices {account['devices']}")
        if account["sockets"] != 1:
            found.find("differing", f"{account['phone']} has {account['sockets']} sockets")
    for channel in await Channel.of(company).exclude(state=ChannelState.CONNECTED):
        found.find("differing", f"{channel.name} is {channel.state}, {channel.reason}")


async def ledger(whatsapp: WhatsApp) -> list[dict[str, Any]]:
    """What the fake saw in the form of the simulator's ledger, for the audit of Campaigns."""
    texts = {one["id"]: one["text"] for one in await whatsapp.ask("messages", direction="out")}
    lines: list[dict[str, Any]] = []
    for one in await whatsapp.ask("writes"):
        if one["outcome"] not in SHOWN:
            continue
        about = {"wa_id": one["id"], "to": one["to"], "text": texts.get(one["id"]), "again": 0}
        lines += [{"t": "write", **about}, {"t": "acked", "wa_id": one["id"]}]
    return lines
