"""Campaign, its Variants and its Deliveries. States and allowed moves stand in `lifecycle.py`."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from esquadrao.campaigns.lifecycle import CampaignState, DeliveryClass, DeliveryState
from esquadrao.tenancy import CompanyRow, new_id


class MissingVariable(StrEnum):
    """What happens to a Contact for whom a variable of the text is blank."""

    FALLBACK = "fallback"  # the text's own `default`, else nothing
    SKIP = "skip"


class Campaign(CompanyRow):
    id: UUID = fields.UUIDField(primary_key=True, default=new_id)
    name: str = fields.CharField(max_length=120)
    channel_id: UUID | None = fields.UUIDField(null=True)
    contact_list_id: UUID | None = fields.UUIDField(null=True)
    missing_variable: MissingVariable = fields.CharEnumField(
        MissingVariable, max_length=8, default=MissingVariable.FALLBACK
    )
    state: CampaignState = fields.CharEnumField(CampaignState, max_length=12, default=CampaignState.DRAFT)
    reason: str = fields.CharField(max_length=40, default="")  # why paused, as a code of lifecycle.PauseReason
    scheduled_at: datetime | None = fields.DatetimeField(null=True)
    late_start_confirmed: bool = fields.BooleanField(default=False)
    started_at: datetime | None = fields.DatetimeField(null=True)
    finished_at: datetime | None = fields.DatetimeField(null=True)
    # The audience is read in the order of the Contact's id; this is the last one taken.
    audience_cursor: UUID | None = fields.UUIDField(null=True)
    is_audience_whole: bool = fields.BooleanField(default=False)

    # The line that adds up: kept by deltas in the transactions that move Deliveries, checked by `progress.recount`.
    chosen: int = fields.IntField(default=0)
    skipped: int = fields.IntField(default=0)
    waiting: int = fields.IntField(default=0)
    sending: int = fields.IntField(default=0)
    sent: int = fields.IntField(default=0)
    failed: int = fields.IntField(default=0)
    unknown: int = fields.IntField(default=0)
    cancelled: int = fields.IntField(default=0)
    # Beside the line: of what was sent.
    delivered_count: int = fields.IntField(default=0)
    read_count: int = fields.IntField(default=0)

    version: int = fields.IntField(default=1)
    created_by: UUID = fields.UUIDField()
    created_at: datetime = fields.DatetimeField(auto_now_add=True)
    updated_at: datetime = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "campaign"
        unique_together = (("company_id", "id"),)
        indexes = (("state", "scheduled_at"), ("company_id", "created_at", "id"))


class Variant(CompanyRow):
    id: UUID = fields.UUIDField(primary_key=True, default=new_id)
    campaign_id: UUID = fields.UUIDField()
    position: int = fields.SmallIntField(default=0)
    body: str = fields.TextField()

    class Meta:
        table = "variant"
        unique_together = (("company_id", "id"), ("company_id", "campaign_id", "position"))


class Delivery(CompanyRow):
    """One Contact in one Campaign. `line_class` is its place in the line that adds up."""

    id: int = fields.BigIntField(primary_key=True)
    campaign_id: UUID = fields.UUIDField()
    contact_id: UUID = fields.UUIDField()
    phone: str = fields.CharField(max_length=20)
    phone_key: str = fields.CharField(max_length=20)
    state: DeliveryState = fields.CharEnumField(DeliveryState, max_length=12)
    line_class: DeliveryClass = fields.CharEnumField(DeliveryClass, max_length=12)
    reason: str = fields.CharField(max_length=40, default="")
    variant_id: UUID | None = fields.UUIDField(null=True)

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
