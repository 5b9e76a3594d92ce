from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from esquadrao.gateways import live
from esquadrao.signals import Signal, Subject
from tests.isolation.conftest import Worlds
from tests.isolation.pages import PAGES, Ref


@pytest.fixture
async def hub(worlds: Worlds) -> AsyncIterator[None]:
    await live.open_hub()
    yield
    await live.close()


def test_every_subject_of_a_signal_is_tried_as_a_topic() -> None:
    tried = {
        value.prefix.rstrip("-")
        for name, entry in PAGES.items()
        if name.startswith("GET /live")
        for value in entry.query.values()
        if isinstance(value, Ref)
    }
    assert tried == set(Subject)


@pytest.mark.parametrize("subject", Subject)
async def test_a_signal_is_heard_in_its_own_company_alone(
    subject: Subject, worlds: Worlds, hub: None
) -> None:
    alfa, beta = worlds.alfa, worlds.beta
    theirs = Signal(alfa.company.id, subject, alfa.company.id)
    own = Signal(beta.company.id, subject, beta.company.id)
    async with live.listen(alfa.company.id) as ana, live.listen(beta.company.id) as carla:
        await live.publish_many([theirs, own])
        assert (await ana.get()).message == theirs.event
        assert (await carla.get()).message == own.event, "what went before it was not for her"
