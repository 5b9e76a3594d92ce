"""Every live fact: a name and an id, never content. Whoever hears it reads the state again, with its own rights.

Topics are of one Company: `live:{company}`. A page's event is `campaign-<id>`, which its wrapper listens for.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Subject(StrEnum):
    CAMPAIGN = "campaign"
    CHANNEL = "channel"
    CONTACT = "contact"
    IMPORT = "import"


@dataclass(frozen=True, slots=True)
class Signal:
    company_id: UUID
    subject: Subject
    id: UUID

    @property
    def topic(self) -> str:
        return topic_of(self.company_id)

    @property
    def event(self) -> str:
        """The name pages listen for and what travels on the wire."""
        return f"{self.subject}-{self.id}"


def topic_of(company_id: UUID) -> str:
    return f"live:{company_id}"
