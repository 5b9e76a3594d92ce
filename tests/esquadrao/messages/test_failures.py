"""Every code has a class, words and an end; the same id goes again after a growing pause, and never without end."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from esquadrao.campaigns import line
from esquadrao.campaigns.dispatch import dispatch_once
from esquadrao.campaigns.launch import launch
from esquadrao.campaigns.lifecycle import CampaignState
from esquadrao.campaigns.models import Campaign, Delivery
from esquadrao.campaigns.progress import snapshot
from esquadrao.channels.models import Channel
from esquadrao.database import db_now
from esquadrao.messages.failures import (
    CURES,
    FAILURES,
    MOST_RETRIES,
    NUMBERS,
    ErrorClass,
    class_of,
    pause_after,
)
from esquadrao.messages.models import Message, MessageState
from esquadrao.messages.settle import Event, Row, after
from tests.architecture.sources import ROOT
from tests.conftest import Cast
from tests.drain import drain, one_turn
from tests.factories import make_campaign, make_channel, make_contacts, make_list
from tests.fake_bridge import FakeBridge

LEDGER = "ledger-1"
PEOPLE = 2


@pytest.fixture
async def campaign(cast: Cast) -> Campaign:
    channel = await make_channel(cast.alfa)
    people = await make_list(cast.alfa, await make_contacts(cast.alfa, PEOPLE))
    made = await make_campaign(cast.ana, channel, people)
    await launch(cast.alfa, cast.ana, made.id)
    return made


def nack(code: str, *, is_retryable: bool) -> Event:
    return Event("failed", LEDGER, 1, code=code, is_retryable=is_retryable)


def test_the_table_knows_every_reason_of_the_bridge() -> None:
    said = (ROOT / "bridge/src/reasons.ts").read_text(encoding="utf-8")
    reasons = set(re.findall(r"^ {2}(\w+): \{ retryable", said, re.MULTILINE))
    assert reasons
    assert reasons - set(FAILURES) - {"other_ledger"} == set()


def test_every_class_says_what_to_do_next_and_every_number_has_a_row() -> None:
    assert set(CURES) == set(ErrorClass)
    assert set(NUMBERS.values()) <= set(FAILURES)


@pytest.mark.parametrize("code", [*FAILURES, *NUMBERS, "nobody-foresaw-this"])
@pytest.mark.parametrize("is_retryable", [True, False])
def test_no_refusal_goes_on_for_ever(*, code: str, is_retryable: bool) -> None:
    """An attempt that is turned away each time ends as failed, unless WhatsApp was never reached."""
    row = Row(MessageState.ACCEPTED, claim_no=1)
    for _ in range(MOST_RETRIES + 1):
        row = after(row, nack(code, is_retryable=is_retryable))
        if row.state is not MessageState.PENDING:
            break
        row = Row(MessageState.ACCEPTED, claim_no=1, retries=row.retries)
    if is_retryable and code in ("not_connected", "expired"):
        assert row.retries == 0, "the Channel was away: no retry is spent"
    else:
        assert row.state is MessageState.FAILED


@pytest.mark.parametrize("code", ["463", "must_write_first", "capped", "401", "403"])
def test_what_must_never_be_repeated_is_not_whatever_the_bridge_says(code: str) -> None:
    row = after(Row(MessageState.ACCEPTED, claim_no=1), nack(code, is_retryable=True))
    assert row.state is MessageState.FAILED


def test_463_and_the_rest_of_whatsapps_numbers_have_their_class() -> None:
    classes = {number: class_of(number) for number in ("429", "463", "404", "403", "401", "415")}
    assert classes == {
        "429": ErrorClass.RETRY,
        "463": ErrorClass.STOP_COLD,
        "404": ErrorClass.SKIP_PERSON,
        "403": ErrorClass.STOP_CHANNEL,
        "401": ErrorClass.STOP_CHANNEL,
        "415": ErrorClass.FIX_CONTENT,
    }


def test_the_pause_doubles_from_half_a_minute_to_a_quarter_of_an_hour_eight_times() -> None:
    pauses = [pause_after(number).total_seconds() for number in range(1, MOST_RETRIES + 1)]
    assert pauses == [30, 60, 120, 240, 480, 900, 900, 900]


async def test_a_retry_waits_its_pause_and_goes_with_the_same_id(
    cast: Cast, campaign: Campaign, fake: FakeBridge
) -> None:
    fake.nack_code, fake.nack_is_retryable, fake.most_nacks = "429", True, 1
    await drain(fake)
    held = await Message.of(cast.alfa).get(state=MessageState.PENDING)
    assert held.code == "rate_limited"
    assert held.retry_at is not None
    assert timedelta(seconds=25) < held.retry_at - await db_now() <= timedelta(seconds=30)
    assert len(fake.writes) == PEOPLE, "the others went on meanwhile"
    progress = await snapshot(cast.alfa, campaign.id)
    assert (progress.sent, progress.waiting, progress.adds_up) == (PEOPLE - 1, 1, True)
    await (
        Message.of(cast.alfa)
        .filter(id=held.id)
        .update(retry_at=await db_now() - timedelta(seconds=1))
    )
    await drain(fake)
    assert [one["wa_id"] for one in fake.writes].count(held.wa_id) == 2
    assert (await Campaign.one(cast.alfa, campaign.id)).state is CampaignState.FINISHED
    assert await line.recount(cast.alfa.id, campaign.id) == {}


async def test_d06_every_refusal_leaves_a_reason_and_the_campaign_ends(
    cast: Cast, campaign: Campaign, fake: FakeBridge
) -> None:
    fake.nack_code, fake.nack_is_retryable = "503", True
    for _ in range(MOST_RETRIES + 1):
        await drain(fake)
        await Message.of(cast.alfa).filter(retry_at__not_isnull=True).update(retry_at=None)
    progress = await snapshot(cast.alfa, campaign.id)
    assert (progress.failed, progress.campaign.state) == (PEOPLE, CampaignState.FINISHED)
    assert await Delivery.of(cast.alfa).filter(reason="unavailable").count() == PEOPLE
    assert len(fake.writes) == PEOPLE * (MOST_RETRIES + 1)


async def test_d07_a_channel_that_is_away_counts_nobody_as_sent(
    cast: Cast, campaign: Campaign, fake: FakeBridge
) -> None:
    fake.nack_code, fake.nack_is_retryable, fake.most_nacks = "not_connected", True, 1
    while not await Message.of(cast.alfa).filter(state=MessageState.PENDING).exists():
        await one_turn(fake)
    await dispatch_once()
    fake.turn()
    await Channel.of(cast.alfa).all().update(state="reconnecting")
    await one_turn(fake)
    progress = await snapshot(cast.alfa, campaign.id)
    assert (progress.sent, progress.failed, progress.waiting) == (0, 0, PEOPLE)
    assert await Message.of(cast.alfa).filter(retries__gt=0).count() == 0
    await Channel.of(cast.alfa).all().update(state="connected")
    await drain(fake)
    assert (await snapshot(cast.alfa, campaign.id)).sent == PEOPLE


async def test_d08_taken_is_not_sent_and_a_later_refusal_reaches_the_campaign(
    cast: Cast, campaign: Campaign, fake: FakeBridge
) -> None:
    fake.receipts = ()
    await one_turn(fake)
    await one_turn(fake)
    accepted = await Message.of(cast.alfa).get(state=MessageState.ACCEPTED)
    progress = await snapshot(cast.alfa, campaign.id)
    assert (progress.sending, progress.sent, progress.delivered) == (1, 0, 0)
    command = {"company": str(cast.alfa.id), "channel": str(accepted.channel_id)}
    said = {"wa_id": accepted.wa_id, "claim_no": 1, "at": (await db_now()).isoformat()}
    refused = {"rank": "failed", "code": "404", "retryable": False}
    fake.emit([fake.event(command, "message.status", **said, **refused)])
    fake.receipts = ("server_ack", "delivered", "read")
    await drain(fake)
    progress = await snapshot(cast.alfa, campaign.id)
    assert (progress.failed, progress.sent, progress.delivered) == (1, PEOPLE - 1, PEOPLE - 1)
    failed = await Delivery.of(cast.alfa).get(line_class="failed")
    assert failed.reason == "not_on_whatsapp"
