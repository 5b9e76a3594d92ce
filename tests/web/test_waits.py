"""“Por que está esperando?” as people read it: every code of the gate, word for word, in both languages.

What rows can say is said by rows, on the Campaign's page and on the Channel's. Rules end in a year far away, so that
whatever the wall's clock says while the test runs, the rule in question is the one that ends last.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from esquadrao.campaigns.lifecycle import CampaignState, DeliveryClass, DeliveryState
from esquadrao.campaigns.models import Campaign, Delivery
from esquadrao.channels.hours import CLOSED, Hours
from esquadrao.channels.models import Channel
from esquadrao.channels.pace import Preset
from esquadrao.clock import now
from esquadrao.companies.models import Company, User
from esquadrao.contacts.models import Contact, OnWhatsApp
from esquadrao.messages.gate_codes import Code
from esquadrao.messages.models import Message
from tests.browsing import Browser, Page
from tests.conftest import Cast
from tests.esquadrao.messages.test_why import shown, why_of
from tests.factories import make_campaign, make_channel, make_contacts
from tests.gate_sentences import LANGUAGES, OWN_DAY, SENTENCES
from web import i18n

FAR = datetime(2999, 1, 1, 15, tzinfo=UTC)
FAR_DAY = {"spent_day": "2999-01-01"}
ON_BOTH, ON_CAMPAIGN = ("campaign", "channel"), ("campaign",)


@dataclass(frozen=True)
class Rows:
    """What the rows hold that make the gate say so, and the pages on which it is read."""

    channel: dict[str, Any] = field(default_factory=dict)
    company: dict[str, Any] = field(default_factory=dict)
    campaign: dict[str, Any] = field(default_factory=dict)
    is_cold: bool = False
    is_unchecked: bool = False
    pages: tuple[str, ...] = ON_BOTH


def today() -> tuple[str, date]:
    """A zone in which no holiday is kept today: the two ends of the earth never share their date."""
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"):
        day = Hours(zone=zone).today(now())
        if not Hours(zone=zone).holiday_on(day):
            return zone, day
    raise AssertionError


def one_day_later() -> dict[str, Any]:
    zone, day = today()
    week = [CLOSED] * 7
    week[(day.weekday() + 3) % 7] = "0800-2000"
    return {"timezone": zone, "sending_week": " ".join(week)}


def kept_by_the_company() -> dict[str, Any]:
    day = Hours().today(now())
    return {"own_holidays": " ".join(f"{day + timedelta(days=one):%m-%d}" for one in (0, 1))}


ROWS: dict[Code, Rows] = {
    Code.BREAKER: Rows({"breaker": "breaker_failed"}),
    Code.RESTRICTED: Rows({"restriction": "reach_out", "restricted_until": FAR}),
    Code.RESTRICTION_REVIEW: Rows({"restriction": "reach_out", "restricted_until": None}),
    Code.CHANNEL_NOT_CONNECTED: Rows({"state": "reconnecting"}, pages=ON_CAMPAIGN),
    Code.RECONNECTED: Rows({"state_since": FAR}),
    Code.NEVER_OPEN: Rows(company={"sending_week": " ".join([CLOSED] * 7)}),
    Code.HOURS: Rows(company=one_day_later()),
    Code.HOLIDAY: Rows(company=kept_by_the_company()),
    Code.DAY_LIMIT: Rows({**FAR_DAY, "sent_today": 400}),
    Code.DAY_WARM_UP: Rows({**FAR_DAY, "sent_today": 50, "in_use_since": "young"}),
    Code.DAY_IDLE: Rows({**FAR_DAY, "sent_today": 200, "stepped_down_until": FAR}),
    Code.DAY_HALVED: Rows({**FAR_DAY, "sent_today": 200, "halved_until": FAR}),
    Code.HOUR_LIMIT: Rows({"hour_started_at": FAR, "sent_in_hour": 120}),
    Code.REST: Rows({"rest_until": FAR}),
    Code.PACE: Rows({"gap_until": FAR}),
    Code.NEW_CHAT_QUOTA: Rows({"quota_until": FAR}, is_cold=True, pages=ON_CAMPAIGN),
    Code.NEVER_WROTE: Rows(
        {**FAR_DAY, "sent_today": 30, "cold_today": 20}, is_cold=True, pages=ON_CAMPAIGN
    ),
    Code.ONLY_CONVERSATIONS: Rows(
        {"preset": Preset.CONVERSATIONS}, is_cold=True, pages=ON_CAMPAIGN
    ),
    Code.CAMPAIGN_PACE: Rows(campaign={"own_gap": 300, "own_gap_until": FAR}, pages=ON_CAMPAIGN),
    Code.NUMBER_NOT_CHECKED: Rows(is_unchecked=True, pages=ON_CAMPAIGN),
    Code.UNREADABLE: Rows(company={"sending_week": "whenever"}),
}
# Of no row that a page reads: the hooks of plans and approval, a single Message's own rules, a reply's.
OF_NO_PAGE = {
    *(Code.BILLING, Code.APPROVAL, Code.CAMPAIGN_NOT_RUNNING),
    *(Code.SUPPRESSED, Code.IN_FLIGHT, Code.REPLY_PACE),
}
READ = [(code, page) for code, rows in ROWS.items() for page in rows.pages]


@pytest.fixture(params=LANGUAGES)
async def language(request: pytest.FixtureRequest, sqlite_cast: Cast) -> str:
    await User.of(sqlite_cast.alfa).filter(id=sqlite_cast.ana.id).update(language=request.param)
    return str(request.param)


@pytest.fixture
async def campaign(sqlite_cast: Cast) -> Campaign:
    """Running over a grown number, connected since yesterday, with one Message waiting."""
    cast = sqlite_cast
    channel = await make_channel(cast.alfa, preset=Preset.SAFE)
    grown = {"in_use_since": now() - timedelta(days=400), "state_since": now() - timedelta(days=1)}
    await Channel.of(cast.alfa).filter(id=channel.id).update(**grown)
    made = await make_campaign(cast.ana, channel, None)
    counted = {"chosen": 1, "waiting": 1, "started_at": now(), "is_audience_whole": True}
    await Campaign.of(cast.alfa).filter(id=made.id).update(state=CampaignState.RUNNING, **counted)
    (contact,) = await make_contacts(cast.alfa, 1)
    await Message(
        company_id=cast.alfa.id,
        channel_id=channel.id,
        campaign_id=made.id,
        contact_id=contact.id,
        wa_id="waiting",
        to_phone=contact.phone,
        body="Oi",
        body_sha256="0" * 64,
        created_at=now(),
    ).save()
    return made


async def write(campaign: Campaign, rows: Rows) -> None:
    company_id = campaign.company_id
    own = Channel.of(company_id).filter(id=campaign.channel_id)
    young = {"in_use_since": now() - timedelta(days=5)}
    channel = rows.channel | (young if "in_use_since" in rows.channel else {})
    if channel:
        await own.update(**channel)
    if rows.company:
        await Company.of(company_id).update(**rows.company)
    if rows.campaign:
        await Campaign.of(company_id).filter(id=campaign.id).update(**rows.campaign)
    await Message.of(company_id).all().update(is_cold=rows.is_cold)
    if rows.is_unchecked:  # nobody is prepared, for nobody knows whether they are there
        await Message.of(company_id).all().delete()
        await (
            Contact.of(company_id).all().update(on_whatsapp=OnWhatsApp.NOT_CHECKED, checked_at=None)
        )
        contact = await Contact.of(company_id).get()
        await Delivery(
            company_id=company_id,
            campaign_id=campaign.id,
            contact_id=contact.id,
            phone=contact.phone,
            phone_key=contact.phone_key,
            state=DeliveryState.CHOSEN,
            line_class=DeliveryClass.WAITING,
        ).save()


def says(page: Page, language: str, code: Code, sentences: tuple[str, str]) -> None:
    sentence = sentences[LANGUAGES.index(language)]
    block = page.one(".waits")
    first = " ".join(block.css("p")[0].text().split())
    assert first.startswith(f"Vendas 1: {sentence}"), first
    rest = first.removeprefix(f"Vendas 1: {sentence}")
    following = {"pt-BR": " Próxima vez: ", "en": " Next time: "}[language]
    assert rest.startswith((following, " · ")), rest
    assert "{" not in first
    assert "_" not in first, "no code of ours"
    assert len(page.one(".waits .todo").text()) > 20


def test_every_code_has_its_sentence_and_is_read_somewhere() -> None:
    assert set(SENTENCES) == set(Code)
    assert set(ROWS) == set(Code) - OF_NO_PAGE


@pytest.mark.parametrize(("code", "page"), READ)
async def test_the_page_says_why_in_these_words(
    ana: Browser, campaign: Campaign, language: str, code: Code, page: str
) -> None:
    await write(campaign, ROWS[code])
    here = {
        "campaign": f"/campaigns/{campaign.id}",
        "channel": f"/channels/{campaign.channel_id}",
    }[page]
    sentences = OWN_DAY if code is Code.HOLIDAY else SENTENCES[code]
    says(await ana.read(here), language, code, sentences)


async def test_a_page_with_nothing_to_wait_for_says_nothing(
    ana: Browser, campaign: Campaign
) -> None:
    """The precondition of all the others: without their rows no such block is there."""
    own = Channel.of(campaign.company_id).filter(id=campaign.channel_id)
    await own.update(preset=Preset.SIMULATOR)
    for here in (f"/campaigns/{campaign.id}", f"/channels/{campaign.channel_id}"):
        assert (await ana.read(here)).css_first(".waits") is None


@pytest.fixture
def spoken(request: pytest.FixtureRequest) -> Iterator[str]:
    i18n.speak(request.param)
    yield request.param
    i18n.speak(i18n.DEFAULT)


@pytest.mark.parametrize("code", Code)
@pytest.mark.parametrize("spoken", LANGUAGES, indirect=True)
def test_the_block_of_every_code_says_these_words(spoken: str, code: Code) -> None:
    block = shown(why_of(code))
    first = " ".join(block.css("p")[0].text().split())
    assert first.startswith(f"Vendas 1: {SENTENCES[code][LANGUAGES.index(spoken)]}"), first
