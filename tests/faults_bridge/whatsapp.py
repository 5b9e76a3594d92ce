"""The fake WhatsApp, asked and told over its admin door."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

ANSWERS_WITHIN = 20.0  # s; two cores carry everything else too


@dataclass
class WhatsApp:
    said: dict[str, str]  # url, admin, rootKey, certificate

    @classmethod
    def of(cls, log: Path) -> WhatsApp | None:
        """As its first line tells; None until it stands."""
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("{"):
                return cls(json.loads(line))
        return None

    async def tell(self, verb: str, **body: Any) -> Any:
        async with self._client() as client:
            answer = await client.post(f"/admin/{verb}", json=body)
        if answer.status_code != httpx2.codes.OK:
            raise RuntimeError(f"{verb}: {answer.text}")
        return answer.json()

    async def ask(self, question: str, **about: str) -> Any:
        async with self._client() as client:
            answer = await client.get(f"/admin/{question}", params=about)
        answer.raise_for_status()
        return answer.json()

    async def accounts(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self.ask("accounts")
        return found

    def _client(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(base_url=self.said["admin"], timeout=ANSWERS_WITHIN)
