"""The tests' fake WhatsApp in a process of its own, the real bridge before it, and bare Baileys beside it."""

from __future__ import annotations

import asyncio
import json
import subprocess
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from esquadrao.commands.development import ROOT
from tests.bench.processes import ENDS_WITHIN, started

BUILT = ROOT / "bridge" / "dist-fake"
BRIDGE_KEY = "k" * 40
STARTS_WITHIN = 30.0  # s


@dataclass(frozen=True, slots=True)
class Fake:
    url: str
    admin: str
    root_key: str
    certificate: str

    async def scan(self, qr: str, phone: str) -> None:
        """What a person does with the phone; returns once WhatsApp has linked the device."""
        await asyncio.to_thread(self._post, "scan", {"qr": qr, "phone": phone})

    def _post(self, verb: str, body: dict[str, str]) -> None:
        request = urllib.request.Request(  # noqa: S310  # our own http
            f"{self.admin}/admin/{verb}",
            json.dumps(body).encode(),
            {"content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=STARTS_WITHIN) as answer:  # noqa: S310
            answer.read()


@asynccontextmanager
async def fake_whatsapp() -> AsyncIterator[Fake]:
    """It does not decrypt what it gets, which is the phones' work and not the bridge's."""
    _build()
    process = await asyncio.create_subprocess_exec(
        "node", str(BUILT / "index.js"), "--no-decrypt", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        told = json.loads(await asyncio.wait_for(process.stdout.readline(), STARTS_WITHIN))
        yield Fake(told["url"], told["admin"], told["rootKey"], told["certificate"])
    finally:
        process.terminate()
        await asyncio.wait_for(process.wait(), ENDS_WITHIN)


@asynccontextmanager
async def bridge_over(fake: Fake) -> AsyncIterator[int]:
    """The Procfile's bridge; gives its id. At the end it goes as in a deploy: leases given back."""
    env = {
        "WHATSAPP": "fake",
        "WHATSAPP_URL": fake.url,
        "WHATSAPP_ROOT_KEY": fake.root_key,
        "WHATSAPP_CERTIFICATE": fake.certificate,
        "BRIDGE_KEYS": BRIDGE_KEY,
    }
    words = " ".join(f"{name}='{value}'" for name, value in env.items())
    async with started({"bridge": f"env {words} bridge/bin/start"}) as ids:
        yield ids["bridge"]


async def bare_baileys(fake: Fake, **sizes: int) -> dict[str, float]:
    """The stock library with its keys in memory, in a process of its own: what bare.ts prints."""
    words = [f"--{name}={value}" for name, value in sizes.items()]
    process = await asyncio.create_subprocess_exec(
        *("node", str(BUILT / "bare.js"), fake.url, fake.admin, fake.root_key, *words),
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"bare Baileys ended with {process.returncode}")
    return {name: float(value) for name, value in json.loads(said).items()}


def _build() -> None:
    """What `make run` builds only where it is asked for."""
    if not (BUILT / "bare.js").exists():
        npm = ["npm", "--prefix", "bridge", "run", "--silent", "build:fake"]
        subprocess.run(npm, cwd=ROOT, check=True)
