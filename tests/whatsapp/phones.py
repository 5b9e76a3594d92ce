"""The fake WhatsApp in a process of its own, and the phones of everybody on it (bridge/test/fake-whatsapp)."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from esquadrao.commands.development import ROOT
from esquadrao.commands.fake_whatsapp import known_to_bridge
from esquadrao.commands.parent_death import die_with_parent
from tests.installation import LOOK_EVERY, STARTS_WITHIN, build_bridge

ANSWERS_WITHIN = 20.0  # s, a verb; a scan waits for the client's side of it
STOPS_WITHIN = 10.0  # s


@dataclass
class Phones:
    """What people do with their phones, and what these show. Numbers are digits with the country."""

    told: dict[str, str]
    _http: httpx2.Client

    @property
    def settings(self) -> dict[str, str]:
        """What an installation needs to meet this WhatsApp and no other."""
        return {"WHATSAPP": "fake", **known_to_bridge(self.told)}

    def scan(self, qr: str, number: str) -> None:
        self.do("scan", qr=qr, phone=number)

    def type_code(self, code: str, number: str) -> None:
        self.do("code", code=code, phone=number)

    def write(self, text: str, *, to: str, sender: str) -> str:
        """A person's message to an account; gives its id."""
        return str(self.do("inbound", account=to, **{"from": sender}, text=text)["id"])

    def behave(self, **policy: Any) -> None:
        """How everybody's phone, and WhatsApp's acks, behave from now on."""
        self.do("policy", **policy)

    def refuse_messages(self, *rules: dict[str, Any]) -> None:
        """What becomes of messages that fit; replaces all rules."""
        self.do("rules", rules=list(rules))

    def refuse_logins(self, *refusals: dict[str, Any]) -> None:
        """Who may not come in; replaces all refusals."""
        self.do("connects", refusals=list(refusals))

    def unlink(self, account: str) -> None:
        self.do("unlink", account=account)

    def drop(self, account: str) -> None:
        self.do("drop", account=account)

    def sent_by(self, account: str, *, to: str | None = None) -> list[dict[str, Any]]:
        """The account's messages as phones show them, each id once, in order."""
        asked = {"account": account, "direction": "out"} | ({"with": to} if to else {})
        found: list[dict[str, Any]] = self.ask("messages", **asked)
        return found

    def writes_of(self, account: str) -> list[dict[str, Any]]:
        """Every message stanza its client wrote, whatever became of it."""
        found: list[dict[str, Any]] = self.ask("writes", account=account)
        return found

    def do(self, verb: str, **body: Any) -> dict[str, Any]:
        answer = self._http.post(f"/admin/{verb}", json=body)
        assert answer.status_code == 200, f"{verb}: {answer.status_code} {answer.text}"
        done: dict[str, Any] = answer.json()
        return done

    def ask(self, question: str, **asked: str) -> Any:
        answer = self._http.get(f"/admin/{question}", params=asked)
        assert answer.status_code == 200, f"{question}: {answer.status_code} {answer.text}"
        return answer.json()


@contextmanager
def fake_whatsapp(folder: Path) -> Iterator[Phones]:
    """Start it with its files in `folder`, wait until it answers, and stop it whatever happens."""
    build_bridge()
    folder.mkdir(parents=True)
    log = folder / "whatsapp.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            ["node", "bridge/dist-fake/index.js", "--folder", str(folder)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            preexec_fn=die_with_parent,  # noqa: PLW1509  # a killed pytest leaves no process
        )
    try:
        told = _told(process, log)
        with httpx2.Client(base_url=told["admin"], timeout=ANSWERS_WITHIN) as http:
            yield Phones(told, http)
    finally:
        process.terminate()
        try:
            process.wait(STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _told(process: subprocess.Popen[bytes], log: Path) -> dict[str, str]:
    """Its one line of JSON, written once it listens."""
    ends = time.monotonic() + STARTS_WITHIN
    while process.poll() is None and time.monotonic() < ends:
        line, whole, _ = log.read_text(encoding="utf-8").partition("\n")
        if whole:
            told: dict[str, str] = json.loads(line)
            return told
        time.sleep(LOOK_EVERY)
    raise AssertionError(f"the fake WhatsApp did not start: {log.read_text(encoding='utf-8')}")
