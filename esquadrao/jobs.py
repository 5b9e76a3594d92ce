"""Every job: its wire name `noun.verb`, its queue and its ids. Exactly one actor has each (a test holds it).

A job is a hint: losing it costs the sweep interval, running it twice changes nothing. It carries ids, never rows, and
its Company explicitly. Wire names never change; fields are only added, with defaults: old and new code run together.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, Self
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Job:
    wire_name: ClassVar[str]
    queue: ClassVar[str] = "default"
    is_urgent: ClassVar[bool] = False  # goes before whatever else a worker holds

    def to_wire(self) -> dict[str, Any]:
        return {
            name: str(value) if isinstance(value, UUID) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def from_wire(cls, data: dict[str, Any]) -> Self:
        """Unknown fields are dropped: a newer release may have sent the job."""
        known = {field.name: field.type for field in fields(cls)}
        return cls(
            **{n: UUID(v) if known[n] == "UUID" else v for n, v in data.items() if n in known}
        )


@dataclass(frozen=True, slots=True)
class VerifyCampaigns(Job):
    """Find Campaigns that are due, of every Company."""

    wire_name: ClassVar[str] = "campaign.verify"
    queue: ClassVar[str] = "engine"


@dataclass(frozen=True, slots=True)
class ProcessCampaign(Job):
    wire_name: ClassVar[str] = "campaign.process"
    queue: ClassVar[str] = "engine"
    company_id: UUID
    campaign_id: UUID


@dataclass(frozen=True, slots=True)
class PrepareCampaign(Job):
    wire_name: ClassVar[str] = "campaign.prepare"
    queue: ClassVar[str] = "engine"
    company_id: UUID
    campaign_id: UUID


@dataclass(frozen=True, slots=True)
class DispatchMessages(Job):
    """Hand over the first due Message of every due Channel, of every Company."""

    wire_name: ClassVar[str] = "message.dispatch"
    queue: ClassVar[str] = (
        "dispatch"  # its own: a thousand Campaigns to prepare must not stop those that send
    )
    is_urgent: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Sweep(Job):
    """Ring again for every row that stayed too long in a state, of every Company."""

    wire_name: ClassVar[str] = "engine.sweep"
    queue: ClassVar[str] = "engine"


@dataclass(frozen=True, slots=True)
class ImportContacts(Job):
    wire_name: ClassVar[str] = "contact.import"
    company_id: UUID
    import_id: UUID


@dataclass(frozen=True, slots=True)
class RecountCampaigns(Job):
    """Compare every moving Campaign's counters with its rows, of every Company."""

    wire_name: ClassVar[str] = "campaign.recount"


ALL_JOBS: tuple[type[Job], ...] = (
    VerifyCampaigns,
    ProcessCampaign,
    PrepareCampaign,
    DispatchMessages,
    Sweep,
    ImportContacts,
    RecountCampaigns,
)
