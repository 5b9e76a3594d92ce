"""What states and reasons of Campaigns and Deliveries are called, and what a person does next: pt-BR msgids."""

from __future__ import annotations

from typing import Any

from esquadrao.campaigns.decide import Decision
from esquadrao.campaigns.lifecycle import (
    CampaignState,
    DeliveryClass,
    DeliveryState,
    PauseReason,
    SkipReason,
)
from esquadrao.campaigns.models import MissingVariable, UnknownPolicy
from esquadrao.channels.wording import Tone, Words
from esquadrao.messages import failures
from esquadrao.messages.failures import DOUBTS
from esquadrao.messages.models import MessageState
from esquadrao.words import N_

S = CampaignState
STATES: dict[CampaignState, Words] = {
    S.DRAFT: Words(N_("Rascunho"), Tone.IDLE, N_("Ninguém recebe nada até você iniciar.")),
    S.SCHEDULED: Words(N_("Agendada"), Tone.BUSY, N_("Começa sozinha no horário marcado.")),
    S.PROCESSING: Words(N_("Preparando"), Tone.BUSY, N_("Escolhendo os contatos da lista.")),
    S.RUNNING: Words(N_("Em andamento"), Tone.GOOD, N_("Enviando no ritmo escolhido.")),
    S.PAUSED: Words(N_("Pausada"), Tone.WARN, N_("Nada sai até alguém retomar.")),
    S.FINISHED: Words(N_("Concluída"), Tone.GOOD, N_("Todos os envios terminaram.")),
    S.CANCELLED: Words(N_("Cancelada"), Tone.BAD, N_("O que não tinha saído não sai mais.")),
}

# The tabs of the list: one word for what people take as one.
TABS: dict[str, tuple[str, tuple[CampaignState, ...]]] = {
    "all": (N_("Todas"), tuple(CampaignState)),
    "draft": (N_("Rascunho"), (S.DRAFT,)),
    "scheduled": (N_("Agendadas"), (S.SCHEDULED,)),
    "running": (N_("Em andamento"), (S.PROCESSING, S.RUNNING)),
    "paused": (N_("Pausadas"), (S.PAUSED,)),
    "finished": (N_("Concluídas"), (S.FINISHED,)),
    "cancelled": (N_("Canceladas"), (S.CANCELLED,)),
}

PAUSES: dict[PauseReason, str] = {
    PauseReason.BY_PERSON: N_("Alguém da equipe pausou. Retome quando quiser."),
    PauseReason.NO_CHANNEL: N_("A conexão da campanha não existe mais. Duplique e escolha outra."),
    PauseReason.CHANNEL_NOT_CONNECTED: N_("A conexão não está conectada. Conecte e retome."),
    PauseReason.NO_CONTACTS: N_("A lista ficou sem contatos. Coloque alguém nela e retome."),
    PauseReason.NO_TEXT: N_("A campanha não tem texto. Duplique e escreva a mensagem."),
    PauseReason.TEXT_INVALID: N_("O texto tem um erro. Duplique a campanha e corrija."),
    PauseReason.LATE_START: N_("O início atrasou mais de 1 hora. Confirme para começar agora."),
    PauseReason.CLOCK_JUMPED: N_(
        "O relógio do servidor deu um salto na hora do início. Confirme para começar agora."
    ),
    PauseReason.RESTORED: N_(
        "O sistema voltou a um backup. Confira o que já saiu e, se estiver certo, retome."
    ),
    PauseReason.BREAKER_FAILED: N_(
        "Parou sozinha: {failed} dos últimos {of} envios desta conexão falharam. Veja os motivos antes de retomar."
    ),
    PauseReason.BREAKER_UNDELIVERED: N_(
        "Parou sozinha: {late} dos últimos {of} envios desta conexão não chegaram em 2 horas. Confira antes de retomar."
    ),
    PauseReason.BREAKER_RESTRICTED: N_(
        "Parou sozinha: o WhatsApp travou as conversas novas desta conexão. Quando a trava acabar, confira e retome."
    ),
    PauseReason.BREAKER_STOPPED: N_(
        "Parou sozinha: o WhatsApp desconectou ou bloqueou este número. Conecte de novo antes de retomar."
    ),
    PauseReason.BREAKER_AWAY: N_(
        "Parou sozinha: a conexão ficou mais de {minutes} min fora do ar. Conecte e retome."
    ),
    PauseReason.BREAKER_OPT_OUTS: N_(
        "Parou sozinha: {out} das últimas {of} pessoas pediram para não receber mais. Reveja o texto e a lista."
    ),
    PauseReason.BREAKER_MUTE: N_(
        "Parou sozinha: os últimos {sends} envios ficaram sem resposta do WhatsApp. Reinicie a conexão e retome."
    ),
}

# In the order of the line that adds up: a word for one, and the tone of its badge.
CLASSES: dict[DeliveryClass, Words] = {
    DeliveryClass.SKIPPED: Words(N_("Fora"), Tone.IDLE, N_("Ficou fora do envio.")),
    DeliveryClass.WAITING: Words(N_("Esperando"), Tone.IDLE, N_("Vai sair na sua vez.")),
    DeliveryClass.SENDING: Words(N_("Enviando"), Tone.BUSY, N_("Saindo agora.")),
    DeliveryClass.SENT: Words(N_("Enviada"), Tone.GOOD, N_("O WhatsApp recebeu.")),
    DeliveryClass.FAILED: Words(N_("Falhou"), Tone.BAD, N_("O WhatsApp não aceitou.")),
    DeliveryClass.UNKNOWN: Words(
        N_("Incerta"),
        Tone.WARN,
        N_("Saiu daqui e o WhatsApp não confirmou. Não se repete sozinha."),
    ),
    DeliveryClass.CANCELLED: Words(
        N_("Cancelada"), Tone.BAD, N_("A campanha foi cancelada antes.")
    ),
}
CLASS_TABS: dict[DeliveryClass, str] = {
    DeliveryClass.SENT: N_("Enviadas"),
    DeliveryClass.WAITING: N_("Esperando"),
    DeliveryClass.SENDING: N_("Enviando"),
    DeliveryClass.SKIPPED: N_("Fora"),
    DeliveryClass.FAILED: N_("Falhas"),
    DeliveryClass.UNKNOWN: N_("Incertas"),
    DeliveryClass.CANCELLED: N_("Canceladas"),
}
ARRIVED: dict[MessageState, Words] = {
    MessageState.DELIVERED: Words(N_("Entregue"), Tone.GOOD, N_("Chegou ao celular.")),
    MessageState.READ: Words(N_("Lida"), Tone.GOOD, N_("A pessoa leu.")),
    MessageState.PLAYED: Words(N_("Ouvida"), Tone.GOOD, N_("A pessoa ouviu.")),
}

ASKED: dict[DeliveryState, Words] = {
    DeliveryState.ASKED: Words(
        N_("Esperando resposta"), Tone.BUSY, N_("Recebeu a pergunta e ainda não respondeu.")
    ),
    DeliveryState.CONFIRMED: Words(N_("Disse sim"), Tone.GOOD, N_("A mensagem sai na sua vez.")),
}
ANSWER_HOURS = (24, 48, 72)  # what the form offers; the API takes any hour between

SKIPS: dict[SkipReason, str] = {
    SkipReason.DUPLICATE: N_("O mesmo telefone já está na campanha."),
    SkipReason.INVALID_PHONE: N_("Telefone inválido."),
    SkipReason.MISSING_VARIABLE: N_("Faltava um dado que o texto usa."),
    SkipReason.EMPTY_TEXT: N_("O texto ficou vazio para este contato."),
    SkipReason.TEXT_FAILED: N_("O texto não pôde ser montado para este contato."),
    SkipReason.NOT_ON_WHATSAPP: N_("Este número não está no WhatsApp."),
    SkipReason.BLOCKED: N_("Este contato bloqueou o número da conexão."),
    SkipReason.MUST_WRITE_FIRST: N_(
        "O WhatsApp só aceita mensagem depois que este contato escrever primeiro."
    ),
    SkipReason.CONTACTED_RECENTLY: N_("Recebeu outra campanha há pouco tempo."),
    SkipReason.SUPPRESSED: N_("Pediu para não receber mensagens."),
    SkipReason.DECLINED: N_("Respondeu que não quer."),
    SkipReason.UNANSWERED: N_("Não respondeu no prazo."),
}
FAILURES: dict[str, str] = {code: one.sentence for code, one in failures.FAILURES.items()} | DOUBTS
UNFORESEEN = N_("Motivo não previsto: {code}.")

POLICIES: dict[MissingVariable, str] = {
    MissingVariable.FALLBACK: N_("Enviar assim mesmo, com o texto padrão ou sem o dado"),
    MissingVariable.SKIP: N_("Deixar este contato fora do envio"),
}

DECISIONS: dict[Decision, str] = {
    Decision.SENT: N_("Tratar como enviada"),
    Decision.AGAIN: N_("Enviar de novo (mesmo id)"),
    Decision.GIVE_UP: N_("Desistir"),
}
DECISIONS_OF_ALL: dict[Decision, str] = {
    Decision.SENT: N_("Tratar todas como enviadas"),
    Decision.AGAIN: N_("Enviar todas de novo (mesmo id)"),
    Decision.GIVE_UP: N_("Desistir de todas"),
}
UNKNOWN_POLICIES: dict[UnknownPolicy, str] = {
    UnknownPolicy.HOLD: N_("Esperar alguém decidir"),
    UnknownPolicy.SENT: N_("Tratar como enviada após 10 minutos"),
    UnknownPolicy.AGAIN: N_("Enviar de novo uma vez após 10 minutos"),
    UnknownPolicy.GIVE_UP: N_("Desistir após 10 minutos"),
}


def words_for(state: CampaignState) -> Words:
    return STATES[CampaignState(state)]


# Nothing has begun yet: the button says so.
STARTS = (PauseReason.LATE_START, PauseReason.CLOCK_JUMPED)

# A signal that carries no numbers of its own: the Channel was stopped already when this Campaign came.
STOPPED_BEFORE = N_("Parou sozinha: a conexão está parada por proteção. Confira e retome.")


def pause_sentence(reason: str, values: dict[str, Any] | None = None) -> str:
    """Empty for a Campaign that is not paused; `values` are the numbers of its reason."""
    if reason not in set(PauseReason):
        return ""
    sentence = PAUSES[PauseReason(reason)]
    return sentence if values or "{" not in sentence else STOPPED_BEFORE


def delivery_words(
    line_class: DeliveryClass,
    message_state: MessageState | None,
    state: DeliveryState | None = None,
) -> Words:
    """What a Delivery is called: of what was sent, how far it came."""
    if state is not None and state in ASKED:
        return ASKED[state]
    if line_class == DeliveryClass.SENT and message_state in ARRIVED:
        return ARRIVED[message_state]
    return CLASSES[line_class]


def reason_sentence(reason: str) -> tuple[str, dict[str, str]]:
    """Why a Delivery was left out or failed: a msgid and its values; an empty sentence when there is nothing to say."""
    if not reason:
        return "", {}
    if reason in set(SkipReason):
        return SKIPS[SkipReason(reason)], {}
    if (code := failures.canonical(reason)) in FAILURES:
        return FAILURES[code], {}
    return UNFORESEEN, {"code": reason}
