"""What a Channel's state is called, why it is so, and what a person does next. Sentences are pt-BR msgids."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from esquadrao.channels.models import Channel, ChannelState, NoticeKind
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
        N_(
            "O WhatsApp exige uma passkey para ligar aparelhos a este número, e o Esquadrão não pode respondê-la. "
            "No celular, desative a passkey em Configurações → Conta e gere um novo código."
        ),
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
        N_("Outro programa usa esta sessão. Feche-o e então reconecte aqui."),
    ),
    ChannelState.LOGGED_OUT: Words(
        N_("Desconectada"),
        Tone.BAD,
        N_("Este número não está mais ligado. Conecte com um novo código."),
    ),
    ChannelState.BANNED: Words(
        N_("Banida"),
        Tone.BAD,
        N_(
            "O WhatsApp bloqueou este número e nada mais sai. Abra o aplicativo no celular, peça a revisão e só depois "
            "conecte de novo."
        ),
    ),
    ChannelState.OUTDATED: Words(
        N_("Desatualizada"),
        Tone.BAD,
        N_(
            "O WhatsApp não aceita mais esta versão. Peça a quem cuida da instalação que atualize o Esquadrão e então "
            "reconecte."
        ),
    ),
    ChannelState.FAILED: Words(N_("Falhou"), Tone.BAD, N_("A sessão não abriu. Tente reconectar.")),
}

# The bridge's codes (bridge/src/reasons.ts).
CAUSES = {
    "qr_timeout": N_(
        "Nenhum celular leu o código a tempo. Gere um novo quando o celular estiver à mão."
    ),
    "asked": N_("Alguém da equipe pediu."),
    "restart": N_(
        "O serviço que fala com o WhatsApp reiniciou. Nada a fazer: a conexão volta sozinha."
    ),
    "connection_lost": N_(
        "A ligação com o WhatsApp caiu. Nada a fazer: tentamos de novo sozinhos."
    ),
    "replaced": N_("Outro programa abriu a sessão deste número. Feche-o e então reconecte."),
    "logged_out": N_("O aparelho foi desconectado no celular. Leia um novo código para voltar."),
    "banned": N_(
        "O WhatsApp restringiu ou bloqueou o número. Peça a revisão pelo aplicativo do celular."
    ),
    "outdated": N_(
        "Nem a versão mais nova que conhecemos foi aceita. O Esquadrão precisa ser atualizado."
    ),
    "refused": N_("O WhatsApp recusou a sessão. Desconecte o número e leia um novo código."),
    "passkey": N_(
        "O número está protegido por uma passkey. Desative-a no celular e gere um novo código."
    ),
    "proxy_unreachable": N_("O proxy da conexão não respondeu. Confira o proxy e então reconecte."),
    "number_taken": N_(
        "Este número já está ligado a outra conexão do Esquadrão. Desconecte-o lá, ou leia o código com outro celular."
    ),
}

NOTICES: dict[NoticeKind, str] = {
    NoticeKind.BANNED: N_(
        "O WhatsApp bloqueou este número. Peça a revisão pelo aplicativo do celular."
    ),
    NoticeKind.LOGGED_OUT: N_("O número foi desconectado. Leia um novo código para voltar."),
    NoticeKind.CONFLICT: N_("Outro programa usa a sessão deste número. Feche-o e reconecte."),
    NoticeKind.OUTDATED: N_(
        "O WhatsApp não aceita mais esta versão do Esquadrão. Peça a atualização."
    ),
    NoticeKind.NEEDS_PASSKEY: N_(
        "O WhatsApp exige uma passkey. Desative-a no celular e gere um novo código."
    ),
    NoticeKind.FAILED: N_(
        "A sessão falhou e não volta sozinha. Abra a conexão e veja o que fazer."
    ),
    NoticeKind.RESTRICTED: N_(
        "O WhatsApp restringiu conversas novas neste número. As campanhas dele esperam."
    ),
    NoticeKind.QUOTA: N_(
        "O número chegou perto do limite de conversas novas do WhatsApp. Quem já escreveu continua."
    ),
    NoticeKind.DOWN: N_(
        "Sem ligação com o WhatsApp há mais de 5 minutos. Confira o celular e a internet."
    ),
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
