"""Values that must not be found, each under a name, and where one of them was found."""

from __future__ import annotations

import base64
import json
import re
import sqlite3
import subprocess
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import redis

from esquadrao.commands.development import ROOT

Planted = Mapping[str, Iterable[bytes]]
SHORTEST_KEY = 40  # characters of base64: 30 bytes, which nothing but a key or a proof has
BUFFER = re.compile(r'"data":"([A-Za-z0-9+/=]{40,})"')  # as Baileys writes one into JSON
CREDENTIALS = """
SELECT c.body, s.company FROM bridge_credential c JOIN bridge_session s USING (channel) WHERE channel = ?
"""
READERS: dict[Any, Callable[[Any, bytes], Any]] = {
    b"string": lambda client, key: client.get(key),
    b"list": lambda client, key: client.lrange(key, 0, -1),
    b"set": lambda client, key: client.smembers(key),
    b"zset": lambda client, key: client.zrange(key, 0, -1),
    b"hash": lambda client, key: client.hgetall(key),
    b"stream": lambda client, key: client.xrange(key),
    b"none": lambda client, key: None,
}
WIRE = re.compile(rb"esquadrao:(wishes|applied|events:\d+|commands:.+)")


def found_in(text: bytes, planted: Planted) -> list[str]:
    """The names of those that stand there."""
    return [name for name, forms in planted.items() if any(one in text for one in forms)]


def of_text(text: str) -> list[bytes]:
    """As it is, as JSON writes it, and as base64 would hide it."""
    plain = text.encode()
    return [plain, json.dumps(text)[1:-1].encode(), base64.b64encode(plain).rstrip(b"=")[:-1]]


def of_qr(text: str) -> list[bytes]:
    """The text, and each of the keys in it."""
    return [
        text.encode(),
        *(part.encode() for part in re.split(r"[,#?&=]", text) if len(part) >= SHORTEST_KEY),
    ]


def of_credentials(store: Path, keys: str, channel: UUID) -> list[bytes]:
    """Every key of a Channel's credentials: as text and as bytes."""
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as db:
        body, company = db.execute(CREDENTIALS, (str(channel),)).fetchone()
    told = {
        "keys": keys,
        "company": company,
        "channel": str(channel),
        "body": base64.b64encode(body).decode(),
    }
    done = subprocess.run(
        ["node", str(ROOT / "tests/whatsapp/credentials.mjs")],
        input=json.dumps(told),
        capture_output=True,
        text=True,
        check=True,
    )
    secrets = BUFFER.findall(done.stdout)
    return [form for one in secrets for form in (one.encode(), base64.b64decode(one))]


def redis_keys(url: str) -> dict[str, bytes]:
    """Key → everything it holds, its name too; the signed wire is apart, under its own names."""
    held: dict[str, bytes] = {}
    with redis.Redis.from_url(url) as client:
        for key in client.scan_iter():
            value = READERS[client.type(key)](client, key)
            held[key.decode()] = key + b"\n" + _flat(value)
    return held


def is_wire(key: str) -> bool:
    return WIRE.fullmatch(key.encode()) is not None


def _flat(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, dict):
        return _flat(value.items())
    if isinstance(value, Iterable):
        return b"\n".join(map(_flat, value))
    return b""  # a key that died between two looks, a score
