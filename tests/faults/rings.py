"""Every ring of every stage, ten times at once."""

from __future__ import annotations

from typing import Any

import dramatiq

from esquadrao import jobs
from esquadrao.gateways import queue
from tests.faults.story import Story


def ring_ten_times(story: Story) -> None:
    """Past the queue's own guard against the same ring twice."""
    company = story.waves.company.id
    alone = [jobs.VerifyCampaigns(), jobs.DispatchMessages(), jobs.Sweep(), jobs.RecountCampaigns()]
    each = [
        made(company, one.id)
        for one in story.campaigns
        for made in (jobs.ProcessCampaign, jobs.PrepareCampaign)
    ]
    for job in (alone + each) * 10:
        message: dramatiq.Message[Any] = dramatiq.Message(
            queue_name=job.queue,
            actor_name=job.wire_name,
            args=(),
            kwargs=job.to_wire(),
            options={},
        )
        queue.broker().enqueue(message)
