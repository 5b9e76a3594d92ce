"""The states and reasons of Campaigns and Deliveries, published with their descriptions."""

from __future__ import annotations

from esquadrao.campaigns.decide import Decision
from esquadrao.campaigns.lifecycle import CampaignState, DeliveryClass, PauseReason
from esquadrao.campaigns.models import MissingVariable
from esquadrao.messages.models import MessageState
from esquadrao_graphql.enums import describe

describe(
    CampaignState,
    "Where a campaign stands.",
    {
        CampaignState.DRAFT: "Being written.",
        CampaignState.SCHEDULED: "Launched; starts at its moment.",
        CampaignState.PROCESSING: "Choosing its contacts.",
        CampaignState.RUNNING: "Sending.",
        CampaignState.PAUSED: "Paused; nothing more leaves until somebody resumes it.",
        CampaignState.FINISHED: "Everybody chosen was dealt with.",
        CampaignState.CANCELLED: "Cancelled, finally.",
    },
)
describe(
    PauseReason,
    "Why a campaign is paused.",
    {
        PauseReason.BY_PERSON: "Somebody paused it.",
        PauseReason.NO_CHANNEL: "Its channel is gone.",
        PauseReason.CHANNEL_NOT_CONNECTED: "Its channel was not connected when it should start.",
        PauseReason.NO_CONTACTS: "Its list was empty when it should start.",
        PauseReason.NO_TEXT: "It has no text.",
        PauseReason.TEXT_INVALID: "Its text has an error.",
        PauseReason.LATE_START: "Its start fell due too long ago; resume it to confirm.",
        PauseReason.CLOCK_JUMPED: "The server's clock jumped when it should start; resume it to confirm.",
        PauseReason.RESTORED: "The installation went back to a backup; resume it to go on.",
        PauseReason.BREAKER_FAILED: "Too many of the channel's last sends failed.",
        PauseReason.BREAKER_UNDELIVERED: "Too many of the channel's last sends never arrived.",
        PauseReason.BREAKER_RESTRICTED: "WhatsApp locked the channel's new chats.",
        PauseReason.BREAKER_STOPPED: "WhatsApp logged the channel out, or banned it.",
        PauseReason.BREAKER_AWAY: "Its channel was away for more than ten minutes.",
        PauseReason.BREAKER_OPT_OUTS: "Too many of its last contacts asked to be left alone.",
        PauseReason.BREAKER_MUTE: "WhatsApp acknowledged none of the channel's last sends.",
    },
)
describe(
    MissingVariable,
    "What happens to a contact for whom a variable of the text is blank.",
    {
        MissingVariable.FALLBACK: "The text's own `default` stands in, else nothing.",
        MissingVariable.SKIP: "The contact is skipped.",
    },
)
describe(
    DeliveryClass,
    "A delivery's place in chosen = skipped + waiting + sending + sent + failed + unknown + cancelled.",
    {
        DeliveryClass.SKIPPED: "Never tried; see the reason.",
        DeliveryClass.WAITING: "Waits for its turn.",
        DeliveryClass.SENDING: "On its way.",
        DeliveryClass.SENT: "WhatsApp has it.",
        DeliveryClass.FAILED: "WhatsApp refused it; see the reason.",
        DeliveryClass.UNKNOWN: "Nobody can say whether it left; it is not sent again by itself.",
        DeliveryClass.CANCELLED: "Cancelled before it left.",
    },
    name="DeliveryState",
)
describe(
    MessageState,
    "How far a message has come.",
    {
        MessageState.PENDING: "Written and waiting.",
        MessageState.SENDING: "Being handed over.",
        MessageState.ACCEPTED: "Taken by our bridge.",
        MessageState.SERVER_ACK: "WhatsApp's server has it.",
        MessageState.DELIVERED: "On the person's phone.",
        MessageState.READ: "Read.",
        MessageState.PLAYED: "Played.",
        MessageState.FAILED: "Refused.",
        MessageState.UNKNOWN: "Nobody can say whether it left.",
        MessageState.CANCELLED: "Cancelled before it left.",
        MessageState.EXPIRED: "Waited too long.",
    },
)
describe(
    Decision,
    "What becomes of a delivery of which nobody knows whether it arrived.",
    {
        Decision.SENT: "Count it as sent.",
        Decision.AGAIN: "Send it again with the same message id.",
        Decision.GIVE_UP: "Count it as failed.",
    },
    name="UnknownDecision",
)
