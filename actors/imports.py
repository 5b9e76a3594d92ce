from __future__ import annotations

from actors.handles import handles
from esquadrao.campaigns.leave_alone import import_contacts
from esquadrao.jobs import ImportContacts


@handles(ImportContacts)
async def import_spreadsheet(job: ImportContacts) -> None:
    await import_contacts(job.company_id, job.import_id)
