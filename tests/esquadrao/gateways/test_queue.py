from __future__ import annotations

import redis

from esquadrao.gateways import queue
from esquadrao.jobs import ALL_JOBS, PrepareCampaign, Sweep
from esquadrao.tenancy import new_id


def waiting(client: redis.Redis, name: str) -> int:
    return int(client.llen(f"{queue.NAMESPACE}:{name}"))


def test_a_ring_for_what_already_waits_is_dropped(clean_redis: redis.Redis) -> None:
    for _ in range(3):
        queue.enqueue(Sweep())
    assert waiting(clean_redis, "engine") == 1
    queue.answered(Sweep())
    queue.enqueue(Sweep())
    assert waiting(clean_redis, "engine") == 2


def test_the_same_job_for_two_campaigns_is_two(clean_redis: redis.Redis) -> None:
    company_id = new_id()
    for _ in range(2):
        queue.enqueue(PrepareCampaign(company_id, new_id()))
    assert waiting(clean_redis, "engine") == 2


def test_a_job_survives_the_wire() -> None:
    job = PrepareCampaign(new_id(), new_id())
    assert PrepareCampaign.from_wire(job.to_wire() | {"of_a_newer_release": 1}) == job


def test_wire_names_are_unique() -> None:
    names = [job.wire_name for job in ALL_JOBS]
    assert len(names) == len(set(names))
