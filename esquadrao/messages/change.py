"""What a stage tells the Campaign about one Message: where it was and where it is now."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from esquadrao.messages.models import MessageState, Step


@dataclass(frozen=True, slots=True)
class Change:
    company_id: UUID
    campaign_id: UUID | None
    delivery_id: int | None
    before: MessageState
    after: MessageState
    code: str = ""
    step: int = Step.MAIN
    channel_id: UUID | None = None  # where what the bridge says may stop a Channel
