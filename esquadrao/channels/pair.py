"""A person's wishes about a Channel: create, connect, stop, log out, remove.

A wish is written on the row with a new version and sent to the bridge; the sweeper sends it again until a state echoes
that version (handover.md R11). What the session really does comes back as events (`session.py`).
"""

from __future__ import annotations

from uuid import UUID

from tortoise.expressions import F

from esquadrao.channels import pairing_codes, proxy
from esquadrao.channels.models import Channel, ChannelState, Wish
from esquadrao.channels.pace import Preset
from esquadrao.channels.pairing_codes import Code, Qr
from esquadrao.companies.access import Permission, require
from esquadrao.companies.models import Company, User
from esquadrao.database import db_now
from esquadrao.errors import Conflict, Invalid, NotFound
from esquadrao.gateways import bridge
from esquadrao.gateways.bridge import Command
from esquadrao.settings import settings
from esquadrao.signals import Signal, Subject
from esquadrao.unit_of_work import Work, unit_of_work
from esquadrao.words import N_

LONGEST_NAME = 80
HISTORY_DAYS = (
    0,
    7,
    30,
    90,
)  # of conversations brought from the phone; 90 is what WhatsApp gives at most
NO_QR = N_("Não há código na tela agora. Gere um novo e tente de novo.")
DEMO = N_(
    "Esta é uma empresa de demonstração: os telefones dela são inventados e podem ser de outras pessoas. "
    "Ela nunca se liga ao WhatsApp de verdade. Crie a sua empresa para conectar um número."
)


async def create(company: Company, user: User, *, name: str, history_days: int = 0) -> Channel:
    """A new Channel, not yet paired. Raises Invalid, Forbidden."""
    require(user, Permission.CHANNELS_PAIR)
    clean = " ".join(name.split())
    if not clean or len(clean) > LONGEST_NAME:
        raise Invalid.field(
            "name", "name_length", N_("Dê um nome de 1 a 80 letras, por exemplo “Vendas 1”.")
        )
    if history_days not in HISTORY_DAYS:
        raise Invalid.field("history_days", "history_days", N_("Escolha um dos períodos da lista."))
    moment, preset = await db_now(), Preset(settings().default_preset)
    # Its own gap only slows a real preset; the simulator's has no other.
    gap = (settings().default_gap_min, settings().default_gap_max)
    least, most = gap if preset is Preset.SIMULATOR else (0, 0)
    channel = Channel(
        company_id=company.id,
        name=clean,
        history_days=history_days,
        state_since=moment,
        next_send_at=moment,
        preset=preset,
        gap_min=least,
        gap_max=most,
    )
    await channel.save()
    return channel


def is_barred(company: Company) -> bool:
    """Whether the Company never meets WhatsApp as this installation runs it: its people are invented."""
    return company.is_demo and settings().whatsapp == "real"


async def living(company: Company, channel_id: UUID) -> Channel:
    """A Channel that was not removed. Raises NotFound."""
    channel = await Channel.of(company).get_or_none(id=channel_id, removed_at=None)
    if channel is None:
        raise NotFound
    return channel


async def start(company: Company, user: User, channel_id: UUID) -> Channel:
    """Connect: with a pairing the session comes back, without one a QR appears. Raises Conflict for a demo."""
    return await _wish(company, user, channel_id, Wish.START)


async def stop(company: Company, user: User, channel_id: UUID) -> Channel:
    """End the session and keep the pairing."""
    return await _wish(company, user, channel_id, Wish.STOP)


async def log_out(company: Company, user: User, channel_id: UUID) -> Channel:
    """End the session and forget the pairing: a later start asks for a new QR."""
    return await _wish(company, user, channel_id, Wish.LOGOUT)


async def remove(company: Company, user: User, channel_id: UUID) -> None:
    """Log out and hide the Channel; its Messages stay in the history. Raises Conflict while a message is in flight."""
    async with unit_of_work():
        channel = await _wish(company, user, channel_id, Wish.LOGOUT)
        hit = (
            await Channel.of(company)
            .filter(id=channel.id, removed_at=None, in_flight_message=None)
            .update(removed_at=await db_now())
        )
        if not hit:
            raise Conflict(
                N_("Há uma mensagem saindo por esta conexão. Tente em instantes."),
                code="message_in_flight",
            )


async def simulate_scan(company: Company, user: User, channel_id: UUID) -> Channel:
    """“Simular leitura”: the simulator's phone reads the QR. Raises NotFound with a real WhatsApp."""
    require(user, Permission.CHANNELS_PAIR)
    if not settings().is_simulator:
        raise NotFound
    channel = await living(company, channel_id)
    if channel.state != ChannelState.QR:
        raise Conflict(NO_QR, code="no_qr")
    await bridge.send([Command("session.scan", company.id, channel.id)])
    return channel


async def ask_code(company: Company, user: User, channel_id: UUID, *, phone: str) -> Channel:
    """Ask for eight characters to type on the phone of this number, in E.164; who asks again voids those before.

    Raises Conflict while no QR stands on the screen.
    """
    require(user, Permission.CHANNELS_PAIR)
    _refuse_demo(company)
    channel = await living(company, channel_id)
    if channel.state != ChannelState.QR:
        raise Conflict(NO_QR, code="no_qr")
    await pairing_codes.forget_code(company.id, channel.id)
    await bridge.send([Command("session.pair_code", company.id, channel.id, {"phone": phone})])
    return channel


async def _wish(company: Company, user: User, channel_id: UUID, wish: Wish) -> Channel:
    require(user, Permission.CHANNELS_PAIR)
    if wish is Wish.START:
        _refuse_demo(company)
    async with unit_of_work() as work:
        channel = await living(company, channel_id)
        changes: dict[str, object] = {"wish": wish, "wish_version": F("wish_version") + 1}
        if wish is Wish.START and channel.state in (ChannelState.STOPPED, ChannelState.LOGGED_OUT):
            changes |= {"state": ChannelState.STARTING, "state_since": await db_now(), "reason": ""}
        await Channel.of(company).filter(id=channel.id).update(**changes)
        channel = await living(company, channel_id)
        tell(work, channel)
    return channel


def _refuse_demo(company: Company) -> None:
    if is_barred(company):
        raise Conflict(DEMO, code="demo_company")


def tell(work: Work, *channels: Channel) -> None:
    """Send the rows' wishes after the commit, and let their pages read them again."""
    commands = [
        Command(f"session.{one.wish}", one.company_id, one.id, _wanted(one)) for one in channels
    ]

    async def send() -> None:
        await bridge.send(commands)

    work.after_commit(send)
    for one in channels:
        work.signal(Signal(one.company_id, Subject.CHANNEL, one.id))


def _wanted(channel: Channel) -> dict[str, object]:
    wanted: dict[str, object] = {"version": channel.wish_version}
    if channel.wish == Wish.START:
        wanted |= {"proxy": proxy.address_of(channel), "history_days": channel.history_days}
    return wanted


async def current_qr(company: Company, channel_id: UUID) -> Qr | None:
    """The QR on screen now, or None."""
    channel = await living(company, channel_id)
    if channel.state != ChannelState.QR:
        return None
    return await pairing_codes.qr_of(company.id, channel.id)


async def current_code(company: Company, channel_id: UUID) -> Code | None:
    """The code to type, as long as it may be typed."""
    channel = await living(company, channel_id)
    if channel.state not in (ChannelState.QR, ChannelState.PAIRING):
        return None
    return await pairing_codes.code_of(company.id, channel.id)
