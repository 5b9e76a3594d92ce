"""The wire, from the same samples as the bridge's own tests."""

from __future__ import annotations

import hmac
import json
from pathlib import Path
from typing import Any

import orjson
import pytest

from esquadrao.gateways import bridge
from esquadrao.gateways.bridge import Command
from esquadrao.tenancy import new_id

CONTRACT = Path(__file__).parents[3] / "bridge" / "contract"
VECTORS = json.loads((CONTRACT / "signature.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("vector", VECTORS, ids=range(len(VECTORS)))
def test_both_sides_sign_alike(vector: dict[str, str]) -> None:
    key = bridge._key(vector["secret"], vector["direction"])
    assert hmac.new(key, vector["body"].encode(), "sha256").hexdigest() == vector["sig"]


def sample(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((CONTRACT / name).read_text(encoding="utf-8"))
    return read


@pytest.mark.parametrize(
    "path", sorted(CONTRACT.glob("command.*.json")), ids=lambda path: path.stem
)
def test_a_command_has_the_shape_of_its_sample(path: Path) -> None:
    wanted = sample(path.name)
    if "channel" not in wanted:
        assert wanted["type"] == "events.applied"
        return
    body = orjson.loads(Command(wanted["type"], new_id(), new_id(), wanted["data"]).body())
    assert body.keys() == wanted.keys()
    assert body["data"] == wanted["data"]


def test_half_a_character_in_one_text_does_not_lose_the_batch() -> None:
    """A stranger's cut emoji, as JSON.stringify escapes it: orjson refuses the whole body."""
    body = b'{"batch":"b","ledger_id":"l","events":[{"text":"a\\ud83d"},{"text":"ok\\u0000"}]}'
    entry = {b"body": body, b"sig": bridge.signature(body, bridge.TO_APP).encode()}
    batch = bridge._trusted(b"1-0", entry)
    assert batch is not None
    assert [one["text"] for one in batch.events] == ["a\ufffd", "ok"]
    assert bridge._trusted(b"1-0", {**entry, b"sig": b"0" * 64}) is None
