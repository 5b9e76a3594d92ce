"""Campaign, its Variants and its Deliveries. States and allowed moves stand in `lifecycle.py`."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.indexes import Index

from esquadrao.campaigns.lifecycle import CampaignState, DeliveryClass, DeliveryState
from esquadrao.messages.models import Step
from esquadrao.tenancy import CompanyRow, new_id


class MissingVariable(StrEnum):
    """What happens to a Contact for whom a variable of the text is blank."""

    FALLBACK = "fallback"  # the text's own `default`, else nothing
    SKIP = "skip"


class UnknownPolicy(StrEnum):
    """What becomes of a Message of which nobody knows whether it arrived, when nobody presses a button."""

    HOLD = "hold"  # it stays in the list until a person decides
    SENT = "sent"
    AGAIN = "again"  # once, with the same id; what stays unknown then is held
    GIVE_UP = "give_up"


class Answer(StrEnum):
    """What came of a confirmation request."""

    WAITING = "waiting"
    YES = "yes"
    NO = "no"
    SILENT = "silent"  # the window closed
    CLOSED = "closed"  # the Campaign was cancelled, or they asked to be left alone


class Campaign(CompanyRow):
    id = fields.UUIDField(primary_key=True, default=new_id)
    name = fields.CharField(max_length=120)
    channel_id = fields.UUIDField(null=True)
    contact_list_id = fields.UUIDField(null=True)
    missing_variable = fields.CharEnumField(
        MissingVariable, max_length=8, default=MissingVariable.FALLBACK
    )
    # The first thing a person gets of the Campaign says how to leave (footer.py).
    has_footer = fields.BooleanField(default=True, db_default=True)
    # Where a Variant asks first, only a yes within so long brings the Message itself.
    answer_hours = fields.SmallIntField(default=48, db_default=48)
    state = fields.CharEnumField(CampaignState, max_length=12, default=CampaignState.DRAFT)
    reason = fields.CharField(
        max_length=40, default=""
    )  # why paused, as a code of lifecycle.PauseReason
    reason_values = fields.JSONField[dict[str, Any] | None](null=True)  # the numbers of that reason
    unknown_policy = fields.CharEnumField(
        UnknownPolicy, max_length=8, null=True
    )  # null: the Company's
    # Its own pace only slows its Channel's: seconds at least between two Messages, until when it waits, who chose.
    own_gap = fields.IntField(null=True)
    own_gap_until = fields.DatetimeField(null=True)
    pace_set_by = fields.UUIDField(null=True)
    pace_set_at = fields.DatetimeField(null=True)
    watched_from = fields.DatetimeField(null=True)  # breakers look at what came after (watch.py)
    scheduled_at = fields.DatetimeField(null=True)
    late_start_confirmed = fields.BooleanField(default=False)
    started_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)
    # The audience is read in the order of the Contact's id; this is the last one taken.
    audience_cursor = fields.UUIDField(null=True)
    is_audience_whole = fields.BooleanField(default=False)

    # The line that adds up: kept by deltas in the transactions that move Deliveries, checked by `progress.recount`.
    chosen = fields.IntField(default=0)
    skipped = fields.IntField(default=0)
    waiting = fields.IntField(default=0)
    sending = fields.IntField(default=0)
    sent = fields.IntField(default=0)
    failed = fields.IntField(default=0)
    unknown = fields.IntField(default=0)
    cancelled = fields.IntField(default=0)
    # Beside the line: of what was sent.
    delivered_count = fields.IntField(default=0)
    read_count = fields.IntField(default=0)
    replied_count = fields.IntField(default=0, db_default=0)
    opted_out_count = fields.IntField(default=0, db_default=0)

    # Of the confirmation requests that WhatsApp has: asked = yes + no + silent + closed + who may still answer.
    asked_count = fields.IntField(default=0, db_default=0)
    yes_count = fields.IntField(default=0, db_default=0)
    no_count = fields.IntField(default=0, db_default=0)
    silent_count = fields.IntField(default=0, db_default=0)
    closed_count = fields.IntField(default=0, db_default=0)

    version = fields.IntField(default=1)
    created_by = fields.UUIDField()
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "campaign"
        unique_together = (("company_id", "id"),)
        indexes = (
            ("state", "scheduled_at"),
            ("company_id", "created_at", "id"),
            Index(fields=("company_id", "channel_id", "state"), name="campaign_channel"),
        )


class Variant(CompanyRow):
    """One of the texts for a step: of the question that is asked first, or of the Message itself."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    campaign_id = fields.UUIDField()
    step = fields.SmallIntField(default=Step.MAIN, db_default=0)
    position = fields.SmallIntField(default=0)
    body = fields.TextField()

    class Meta:
        table = "variant"
        unique_together = (("company_id", "id"), ("company_id", "campaign_id", "step", "position"))


class Delivery(CompanyRow):
    """One Contact in one Campaign. `line_class` is its place in the line that adds up."""

    id = fields.BigIntField(primary_key=True)
    campaign_id = fields.UUIDField()
    contact_id = fields.UUIDField()
    phone = fields.CharField(max_length=20)
    phone_key = fields.CharField(max_length=20)
    state = fields.CharEnumField(DeliveryState, max_length=12)
    line_class = fields.CharEnumField(DeliveryClass, max_length=12)
    reason = fields.CharField(max_length=40, default="")
    variant_id = fields.UUIDField(null=True)
    asked_variant_id = fields.UUIDField(null=True)  # of the question
    replied_at = fields.DatetimeField(null=True)  # the first answer within the time it counts

    class Meta:
        table = "delivery"
        unique_together = (
            ("company_id", "id"),
            ("company_id", "campaign_id", "contact_id"),
            ("company_id", "campaign_id", "phone_key"),
        )
        indexes = (
            Index(fields=("company_id", "campaign_id", "state", "id"), name="delivery_state"),
            Index(fields=("company_id", "campaign_id", "line_class", "id"), name="delivery_class"),
            Index(fields=("company_id", "contact_id"), name="delivery_contact"),
        )


class Confirmation(CompanyRow):
    """A request that reached WhatsApp and what its Contact answered: one for a Delivery."""

    id = fields.BigIntField(primary_key=True)
    campaign_id = fields.UUIDField()
    delivery_id = fields.BigIntField()
    contact_id = fields.UUIDField()
    channel_id = fields.UUIDField()
    asked_at = fields.DatetimeField()
    answer_by = fields.DatetimeField()
    answer = fields.CharEnumField(Answer, max_length=8, default=Answer.WAITING)
    answered_at = fields.DatetimeField(null=True)
    answered_with = fields.BigIntField(null=True)  # the Message that said so
    asked_again_with = fields.BigIntField(null=True)  # the one re-ask

    class Meta:
        table = "confirmation"
        unique_together = (("company_id", "id"), ("company_id", "delivery_id"))
        indexes = (
            Index(fields=("answer", "answer_by"), name="confirmation_due"),
            Index(fields=("company_id", "contact_id", "channel_id"), name="confirmation_contact"),
            Index(fields=("company_id", "campaign_id", "answer"), name="confirmation_campaign"),
        )
