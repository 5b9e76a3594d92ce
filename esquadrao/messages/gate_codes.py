"""What the gate answers: a code for each rule, and who set it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Code(StrEnum):
    BILLING = "billing"
    APPROVAL = "approval"
    CAMPAIGN_NOT_RUNNING = "campaign_not_running"
    SUPPRESSED = "suppressed"
    BREAKER = "breaker"
    RESTRICTED = "restricted"
    RESTRICTION_REVIEW = "restriction_review"
    CHANNEL_NOT_CONNECTED = "channel_not_connected"
    IN_FLIGHT = "in_flight"
    NUMBER_NOT_CHECKED = "number_not_checked"
    RECONNECTED = "reconnected"
    NEVER_OPEN = "never_open"
    HOURS = "hours"
    HOLIDAY = "holiday"
    DAY_LIMIT = "day_limit"
    DAY_WARM_UP = "day_warm_up"
    DAY_IDLE = "day_idle"
    DAY_HALVED = "day_halved"
    HOUR_LIMIT = "hour_limit"
    REST = "rest"
    PACE = "pace"
    REPLY_PACE = "reply_pace"
    NEW_CHAT_QUOTA = "new_chat_quota"
    NEVER_WROTE = "never_wrote"
    ONLY_CONVERSATIONS = "only_conversations"
    CAMPAIGN_PACE = "campaign_pace"
    UNREADABLE = "unreadable"


class By(StrEnum):
    """Who set the rule."""

    PRODUCT = "product"  # ours, to protect the number; nobody lowers it
    COMPANY = "company"  # its hours
    CHANNEL = "channel"  # the pace chosen for the Channel
    SESSION = "session"  # where the Channel's session stands
    CAMPAIGN = "campaign"
    APPROVER = "approver"
    WHATSAPP = "whatsapp"
    CONTACT = "contact"
    PLAN = "plan"


@dataclass(frozen=True, slots=True)
class Setter:
    """`user_id` and `at` where a person chose it; without them it is the default of the product."""

    by: By
    user_id: UUID | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Allow:
    pass


@dataclass(frozen=True, slots=True)
class Wait:
    code: Code
    until: datetime | None
    who_set_it: Setter
    limit: int = 0  # of a cap: how many
    detail: str = ""  # of a holiday: its name; of a breaker or a restriction: its own code


PRODUCT = Setter(By.PRODUCT)
WHATSAPP = Setter(By.WHATSAPP)
# These stop the people who never wrote, and nobody else on the Channel.
COLD_ONLY = frozenset({Code.NEW_CHAT_QUOTA, Code.NEVER_WROTE, Code.ONLY_CONVERSATIONS})
# This one stops its own Campaign, and nobody else on the Channel.
CAMPAIGN_ONLY = frozenset({Code.CAMPAIGN_PACE})
# This one stops its own Message alone.
MESSAGE_ONLY = frozenset({Code.SUPPRESSED})
