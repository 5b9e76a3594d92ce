"""May a message leave this Channel now? One pure function, asked by dispatch and by the page that explains the wait.

Its full table (hours, caps, warm-up, budgets, breakers) grows here as further answers of the same shape; every Wait
says until when and who set the rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from esquadrao.channels.models import Channel, ChannelState


@dataclass(frozen=True, slots=True)
class Allow:
    pass


@dataclass(frozen=True, slots=True)
class Wait:
    """`until` is None where no clock ends the wait: a person or the phone must act."""

    code: str  # channel_not_connected · in_flight · pace
    until: datetime | None = None


def gate(channel: Channel, now: datetime) -> Allow | Wait:
    if channel.state != ChannelState.CONNECTED:
        return Wait("channel_not_connected")
    if channel.in_flight_message is not None:
        return Wait("in_flight")
    if channel.next_send_at > now:
        return Wait("pace", channel.next_send_at)
    return Allow()
