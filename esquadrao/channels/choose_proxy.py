"""A person chooses the proxy of a Channel: tried before it is kept, in use from the next session on."""

from __future__ import annotations

from uuid import UUID

from tortoise.expressions import F

from esquadrao.channels import proxy
from esquadrao.channels.models import Channel, Wish
from esquadrao.channels.pair import living, tell
from esquadrao.channels.proxy import Proxy
from esquadrao.companies.access import Permission, require
from esquadrao.companies.keys import SealBroken
from esquadrao.companies.models import Company, User
from esquadrao.errors import Invalid
from esquadrao.gateways import proxy_trial
from esquadrao.gateways.proxy_trial import ProxyError
from esquadrao.unit_of_work import unit_of_work
from esquadrao.words import N_

FAILURES = {
    "unresolved": N_("O endereço do proxy não foi encontrado. Confira o nome."),
    "private": N_("O endereço do proxy é de uma rede interna. Use um endereço público."),
    "unreachable": N_("O proxy não respondeu. Confira o endereço e a porta."),
    "sign_in": N_("O proxy recusou o usuário ou a senha."),
    "refused": N_("O proxy respondeu, mas não abriu caminho até o WhatsApp."),
}


async def choose_proxy(
    company: Company, user: User, channel_id: UUID, *, address: str, password: str = ""
) -> Channel:
    """An empty address goes without a proxy; an empty password keeps the one that stands while place and user stay.

    Raises Forbidden, NotFound, and Invalid for what is no proxy or does not reach WhatsApp.
    """
    require(user, Permission.CHANNELS_PAIR)
    channel = await living(company, channel_id)
    wanted = _wanted(channel, address, password)
    if wanted is not None:
        try:
            # Outside any transaction: it may take seconds.
            await proxy_trial.attempt(wanted)
        except ProxyError as error:
            sentence = FAILURES.get(error.code, FAILURES["unreachable"])
            raise Invalid.field("proxy", f"proxy_{error.code}", sentence) from error
    async with unit_of_work() as work:
        rows = Channel.of(company).filter(id=channel.id, removed_at=None)
        await rows.update(**proxy.columns_of(channel, wanted))
        # A session that is wanted is started again, by another wish: the bridge takes over the new way.
        if await rows.filter(wish=Wish.START).update(wish_version=F("wish_version") + 1):
            tell(work, await living(company, channel.id))
    return await living(company, channel.id)


def _wanted(channel: Channel, address: str, password: str) -> Proxy | None:
    if not address.strip():
        return None
    typed = proxy.read(address, password)
    if typed.password:
        return typed
    try:
        known = proxy.of(channel)
    except SealBroken:
        known = None
    # The password goes only where it went before: another host would be handed it.
    if known is not None and typed.shown == known.shown:
        return known
    return typed
