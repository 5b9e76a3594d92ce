"""The real bridge dies anywhere: nothing is lost, nothing is there twice, and the rows say what WhatsApp saw."""

from __future__ import annotations

from random import Random

import pytest

from esquadrao.messages.models import Direction, Message, MessageState
from tests.faults_bridge.audit import audit
from tests.faults_bridge.fire import Fire
from tests.faults_bridge.ground import BridgeGround

pytestmark = pytest.mark.faults


async def test_kill_nine_of_the_bridge_loses_no_inbound_message_and_writes_none_twice(
    ground: BridgeGround,
) -> None:
    """The short form of `make faults-bridge`; what is found must be found, so the witness is asked of two lies too."""
    fire = Fire(ground, Random(7), kills=6, within=20)
    burnt = await fire.burn_here()
    assert burnt.is_clean, burnt.found.told
    assert burnt.kills > 2
    assert burnt.found.inbound > 0
    assert burnt.found.written > 0

    company = fire.waves.company
    came = await Message.of(company).filter(direction=Direction.IN).first()
    left = (
        await Message.of(company).filter(state=MessageState.READ, direction=Direction.OUT).first()
    )
    assert came is not None
    assert left is not None
    await Message.of(company).filter(id=came.id).delete()
    await Message.of(company).filter(id=left.id).update(wa_id="3EB0FFFFFFFFFFFFFFFFFF")
    found = await audit(company, ground.whatsapp)
    assert found.inbound_lost == 1
    assert found.differing >= 2  # one that nobody saw, one that nobody planned
