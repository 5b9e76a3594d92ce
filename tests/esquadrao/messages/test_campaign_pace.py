"""A Campaign's own pace in the claim: it waits alone; its Channel, the other Campaigns and replies do not notice."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from esquadrao.campaigns.models import Campaign
from esquadrao.channels.hours import Hours
from esquadrao.channels.models import Channel
from esquadrao.channels.pace import Preset, Range, spend
from esquadrao.messages.campaign_pace import gap_from, until
from esquadrao.messages.gate import Facts, gate
from esquadrao.messages.gate_codes import Allow, Wait
from esquadrao.messages.models import Message, MessageState
from tests.conftest import Cast
from tests.esquadrao.messages.test_claim import acknowledge, channel_of, claim, message, queue
from tests.esquadrao.messages.test_gate import anything, moments, near, no_sooner
from tests.factories import make_contacts
from tests.gate_examples import NOW, facts

DAY_LONG = " ".join(["0700-2200"] * 7)


@given(held=anything, now=moments, until=near)
def test_a_campaigns_own_pace_only_slows_the_campaign(
    held: Facts, now: datetime, until: datetime | None
) -> None:
    free = replace(held, campaign_until=None)
    slowed = gate(replace(held, campaign_until=until), now)
    if held.is_reply or until is None or until <= now:
        assert slowed == gate(free, now)  # a reply waits for no Campaign
    else:
        no_sooner(slowed, gate(free, now))
        assert isinstance(slowed, Wait)
        assert slowed.until is None or slowed.until >= until


@settings(max_examples=25)
@given(least=st.integers(1, 3_600), preset=st.sampled_from(list(Preset)), seed=st.integers(0, 99))
def test_a_slow_campaign_keeps_its_pause_and_the_others_of_the_channel_keep_the_channels(
    least: int, preset: Preset, seed: int
) -> None:
    """As the claim does it: whose pause lasts is looked past, so that the Channel never waits for it."""
    random, gap, now = Random(seed), gap_from(least), NOW
    held = facts(choice={"preset": preset, "own_gap": Range(5, 9)}, hours=Hours(week=DAY_LONG))
    slow = replace(held, campaign_gap=gap, campaign_until=None)
    sends: list[tuple[datetime, bool]] = []
    free: list[datetime] = []  # when the Channel alone would have let the next one leave
    while len(sends) < 60:
        one = slow if gate(slow, now) == Allow() else held
        answer = gate(one, now)
        if isinstance(answer, Wait):
            assert answer.until is not None
            now = answer.until
            continue
        sends.append((now, one is slow))
        pace, today = held.pace(now), held.hours.today(now)
        spent = spend(held.spent, pace, now=now, today=today, is_cold=False, random=random)
        waits = until(gap, now, random) if one is slow else slow.campaign_until
        held = replace(held, spent=spent)
        slow = replace(held, campaign_gap=gap, campaign_until=waits)
        free.append(max(spent.gap_until or now, spent.rest_until or now))
    own = [at for at, is_slow in sends if is_slow]
    assert all((b - a).total_seconds() >= least for a, b in pairwise(own))
    for (after, _), not_before in zip(sends[1:], free, strict=False):
        if after - sends[0][0] < timedelta(hours=1):  # before the limit of the hour
            assert after == max(not_before, NOW)


async def test_a_slow_campaign_waits_alone_and_its_channel_keeps_its_pace(cast: Cast) -> None:
    channel = await channel_of(cast.alfa)
    slow, quick = [await queue(cast.ana, channel, 40) for _ in range(2)]
    await Campaign.of(cast.alfa).filter(id=slow.id).update(own_gap=240)
    sends: list[tuple[datetime, bool]] = []
    now = NOW
    while now < NOW + timedelta(minutes=12):
        if await claim(now):
            one = await Message.of(cast.alfa).get(state=MessageState.SENDING)
            sends.append((now, one.campaign_id == slow.id))
            await acknowledge(cast.alfa)
        fresh = await Channel.one(cast.alfa, channel.id)
        now = max(now + timedelta(seconds=1), fresh.next_send_at)
    own = [at for at, is_slow in sends if is_slow]
    assert 2 <= len(own) <= 3
    assert all(timedelta(minutes=4) <= b - a <= timedelta(minutes=7) for a, b in pairwise(own))
    pauses = [(b - a).total_seconds() for (a, _), (b, _) in pairwise(sends)]
    assert max(pauses) <= 61, "nobody waits for the slow one"
    assert min(pauses) >= 25, "and nobody hurries because of it"
    assert {quick.id, slow.id} == {
        one.campaign_id for one in await Message.of(cast.alfa).filter(state="server_ack")
    }


async def test_a_slow_campaign_holds_no_reply_back_and_no_reply_spends_its_pause(
    cast: Cast,
) -> None:
    channel = await channel_of(cast.alfa)
    slow = await queue(cast.ana, channel, 5)
    own = Campaign.of(cast.alfa).filter(id=slow.id)
    await own.update(own_gap=600, own_gap_until=NOW + timedelta(minutes=9))
    assert await claim() == []
    (contact,) = await make_contacts(cast.alfa, 1)
    await message(channel, contact, 1).save()
    assert await claim() == [f"3EB0{1:018}"]
    assert (await own.get()).own_gap_until == NOW + timedelta(minutes=9)
    await acknowledge(cast.alfa)
    assert await claim(NOW + timedelta(minutes=8, seconds=59)) == []
    assert len(await claim(NOW + timedelta(minutes=9))) == 1
    assert (await Campaign.one(cast.alfa, slow.id)).own_gap_until is not None


async def test_a_slow_campaign_alone_leaves_its_channel_as_it_was(cast: Cast) -> None:
    """Looked past, not held: whoever comes next finds the Channel free."""
    channel = await channel_of(cast.alfa)
    slow = await queue(cast.ana, channel, 2)
    await Campaign.of(cast.alfa).filter(id=slow.id).update(own_gap=600)
    assert len(await claim()) == 1
    await acknowledge(cast.alfa)
    due = (await Channel.one(cast.alfa, channel.id)).next_send_at
    assert due <= NOW + timedelta(seconds=60)
    later = NOW + timedelta(seconds=61)
    assert await claim(later) == []
    assert (await Channel.one(cast.alfa, channel.id)).next_send_at == due
    await queue(cast.ana, channel, 1)
    assert len(await claim(later)) == 1
