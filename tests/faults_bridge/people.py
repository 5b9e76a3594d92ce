"""People who write to our accounts all the time, each text unlike any other, by phone number and by LID."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from random import Random

from tests.faults_bridge.whatsapp import WhatsApp

FIRST_PERSON = 5_521_990_000_000
MANY = 12
PAUSE = (0.05, 0.35)  # s between two texts


@dataclass
class People:
    whatsapp: WhatsApp
    accounts: list[str]
    rng: Random
    texts: list[str] = field(default_factory=list)  # what WhatsApp took, in order

    async def write(self) -> None:
        """Until cancelled."""
        while True:
            await self.one()
            await asyncio.sleep(self.rng.uniform(*PAUSE))

    async def one(self) -> str:
        text = f"mensagem {len(self.texts):05}"
        person = str(FIRST_PERSON + self.rng.randrange(MANY))
        self.texts.append(
            text
        )  # before the door answers: cancelled between the two, it may have been taken
        await self.whatsapp.tell(
            "inbound",
            account=self.rng.choice(self.accounts),
            **{"from": person},
            text=text,
            lid=self.rng.random() < 0.5,
        )
        return text
