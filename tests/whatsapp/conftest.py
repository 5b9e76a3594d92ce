"""The whole product over the fake WhatsApp: real Baileys, nothing beyond loopback."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import chromium
from tests.whatsapp.phones import Phones, fake_whatsapp

__all__ = ["chromium"]


@pytest.fixture(scope="module")
def phones() -> Iterator[Phones]:
    with (
        tempfile.TemporaryDirectory(prefix="esq-") as path,
        fake_whatsapp(Path(path) / "fake") as made,
    ):
        yield made
