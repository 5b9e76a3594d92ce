"""What a Channel's state is called, why it is so, and what a person does next. Sentences are pt-BR msgids."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from esquadrao.channels.models import Channel, ChannelState
from esquadrao.words import N_


class Tone(StrEnum):
    """How a state looks: never the only sign, the word is always there."""

    GOOD = "good"
    BUSY = "busy"
    IDLE = "idle"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Words:
    label: str
    tone: Tone
    sentence: str


STATES: dict[ChannelState, Words] = {
    ChannelState.STOPPED: Words(
        N_("Parada"), Tone.IDLE, N_("Nada sai nem chega por este número. Conecte para voltar.")
    ),
    ChannelState.STARTING: Words(
        N_("Iniciando"), Tone.BUSY, N_("Abrindo a sessão. Leva alguns segundos.")
    ),
    ChannelState.QR: Words(
        N_("Aguardando QR"), Tone.WARN, N_("Leia o código com o celular deste número.")
    ),
    ChannelState.PAIRING: Words(
        N_("Pareando"), Tone.BUSY, N_("O celular leu o código. Mantenha-o com internet.")
    ),
    ChannelState.NEEDS_PASSKEY: Words(
        N_("Exige passkey"),
        Tone.WARN,
        N_("O WhatsApp pede uma confirmação no celular. Abra-o e confirme."),
    ),
    ChannelState.CONNECTED: Words(N_("Conectada"), Tone.GOOD, N_("Pronta para enviar.")),
    ChannelState.RECONNECTING: Words(
        N_("Reconectando"),
        Tone.BUSY,
        N_("A ligação caiu e está voltando sozinha. Os envios esperam."),
    ),
    ChannelState.CONFLICT: Words(
        N_("Aberta em outro lugar"),
        Tone.WARN,
        N_("Outro programa usa esta sessão. Feche-o e reconecte."),
    ),
    ChannelState.LOGGED_OUT: Words(
        N_("Desconectada"),
        Tone.BAD,
        N_("Este número não está mais ligado. Conecte com um novo código."),
    ),
    ChannelState.BANNED: Words(
        N_("Banida"),
        Tone.BAD,
        N_("O WhatsApp bloqueou este número. Peça a revisão pelo aplicativo do celular."),
    ),
    ChannelState.OUTDATED: Words(
        N_("Desatualizada"),
        Tone.BAD,
        N_("O WhatsApp não aceita mais esta versão. Atualize o Esquadrão."),
    ),
    ChannelState.FAILED: Words(N_("Falhou"), Tone.BAD, N_("A sessão não abriu. Tente reconectar.")),
}

# The bridge's codes (bridge/src/reasons.ts).
CAUSES = {
    "qr_timeout": N_("Nenhum celular leu o código a tempo."),
    "restart": N_("O serviço que fala com o WhatsApp reiniciou."),
}

# A session is open or opening: what may be asked is to stop it.
RUNNING = frozenset(
    {
        ChannelState.STARTING,
        ChannelState.QR,
        ChannelState.PAIRING,
        ChannelState.NEEDS_PASSKEY,
        ChannelState.CONNECTED,
        ChannelState.RECONNECTING,
    }
)


def words_for(channel: Channel) -> Words:
    return STATES[ChannelState(channel.state)]


def cause_of(channel: Channel) -> str:
    """Why it is in this state, as far as that is known; empty otherwise."""
    return CAUSES.get(channel.reason, "")


def is_running(channel: Channel) -> bool:
    return ChannelState(channel.state) in RUNNING
