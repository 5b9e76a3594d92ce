from __future__ import annotations

from datetime import datetime

import strawberry

from esquadrao.channels import models
from esquadrao.channels.models import ChannelState
from esquadrao.channels.pace import Preset
from esquadrao.companies.scopes import Scope
from esquadrao_graphql.enums import describe
from esquadrao_graphql.ids import Kind, opaque
from esquadrao_graphql.node import Node
from esquadrao_graphql.scalars import PhoneNumber
from esquadrao_graphql.scopes import requires

describe(
    ChannelState,
    "Where a channel's session stands.",
    {
        ChannelState.STOPPED: "Not running; the pairing is kept.",
        ChannelState.STARTING: "On its way up.",
        ChannelState.QR: "Waits for its QR code to be read.",
        ChannelState.PAIRING: "The code was read; pairing.",
        ChannelState.NEEDS_PASSKEY: "Waits for a passkey on the phone.",
        ChannelState.CONNECTED: "Connected; messages may leave.",
        ChannelState.RECONNECTING: "Lost the connection and tries again.",
        ChannelState.CONFLICT: "Opened elsewhere at the same time.",
        ChannelState.LOGGED_OUT: "The phone ended the pairing.",
        ChannelState.BANNED: "Banned by WhatsApp.",
        ChannelState.OUTDATED: "WhatsApp asks for a newer client.",
        ChannelState.FAILED: "Failed for another reason.",
    },
)


describe(
    Preset,
    "How fast a channel sends; its limits follow from it and from the number's age.",
    {
        Preset.SAFE: "25-60 s between two messages; for every number.",
        Preset.MODERATE: "10-25 s; for numbers in use for more than 30 days.",
        Preset.CONVERSATIONS: "4-10 s; only to people who wrote in the last 30 days.",
        Preset.SIMULATOR: "No hours and no limits; the simulator's alone.",
    },
    name="ChannelPace",
)


@strawberry.type(
    description="One WhatsApp number of the company.", directives=requires(Scope.CHANNELS_READ)
)
class Channel(Node):
    name: str = strawberry.field(description="What people call it.")
    phone: PhoneNumber | None = strawberry.field(description="Its number, once paired.")
    profile_name: str | None = strawberry.field(description="The name WhatsApp shows, once paired.")
    state: ChannelState = strawberry.field(description="Where its session stands.")
    state_since: datetime = strawberry.field(description="Since when it stands there.")
    is_connected: bool = strawberry.field(description="Whether messages may leave through it.")
    has_proxy: bool = strawberry.field(
        description="Whether it reaches WhatsApp by a proxy of its own."
    )
    pace: Preset = strawberry.field(description="How fast it sends.")
    in_use_since: datetime | None = strawberry.field(
        description="Since when the number is in use: its daily limit grows with its age."
    )
    created_at: datetime = strawberry.field(description="When it was created.")


def channel_of(row: models.Channel) -> Channel:
    return Channel(
        id=opaque(Kind.CHANNEL, row.id),
        name=row.name,
        phone=PhoneNumber(row.phone) if row.phone else None,
        profile_name=row.profile_name,
        state=row.state,
        state_since=row.state_since,
        is_connected=row.is_connected,
        has_proxy=bool(row.proxy),
        pace=row.preset,
        in_use_since=row.in_use_since,
        created_at=row.created_at,
    )
