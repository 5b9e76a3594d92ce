"""Why a Message did not arrive: one table from the bridge's code to its class and to the words a person reads.

The class decides what the engine does; every class has an end, so that no Delivery waits for ever:

    retry         the same id goes again after a pause that grows, `MOST_RETRIES` times, then it has failed
    skip_person   this person fails, the others go on
    stop_cold     this person fails and is never tried again by itself; the Channel writes to nobody new (breakers)
    stop_channel  this Message fails, the Channel stops; once it is back a person may retry those who failed
    fix_content   this Message fails: the text or file must be mended in a copy

A code nobody foresaw is taken by the bridge's own word: retryable or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from esquadrao.settings import settings
from esquadrao.words import N_

# A WhatsApp that asks for patience is given 30 s (`retry_pause`), 1 min, 2 min … 15 min: eight times, the best part of
# an hour. Who waited longer has forgotten why we write.
GROWTH: int = 2
LONGEST = 30  # first pauses: 15 minutes, in the measure of `retry_pause`
MOST_RETRIES = 8


class ErrorClass(StrEnum):
    RETRY = "retry"
    SKIP_PERSON = "skip_person"
    STOP_COLD = "stop_cold"
    STOP_CHANNEL = "stop_channel"
    FIX_CONTENT = "fix_content"


C = ErrorClass


@dataclass(frozen=True, slots=True)
class Failure:
    error_class: ErrorClass
    sentence: str
    is_free: bool = False  # nothing reached WhatsApp: no retry is spent, no pause is owed


FAILURES: dict[str, Failure] = {
    "not_connected": Failure(C.RETRY, N_("A conexão caiu antes do envio."), is_free=True),
    "expired": Failure(C.RETRY, N_("Passou da hora de sair."), is_free=True),
    "timeout": Failure(C.RETRY, N_("O WhatsApp não respondeu a tempo.")),
    "rate_limited": Failure(C.RETRY, N_("O WhatsApp pediu para enviar mais devagar.")),
    "unavailable": Failure(C.RETRY, N_("O WhatsApp estava fora do ar.")),
    "devices_changed": Failure(C.RETRY, N_("O contato trocou de aparelho no meio do envio.")),
    "media_unavailable": Failure(C.RETRY, N_("O arquivo não pôde ser buscado ou enviado a tempo.")),
    # The bridge refreshed the list of devices and tried once more under the same id: another try by itself would not.
    "stale_devices": Failure(C.SKIP_PERSON, N_("O contato trocou de aparelho no meio do envio.")),
    "not_on_whatsapp": Failure(C.SKIP_PERSON, N_("Este número não está no WhatsApp.")),
    "invalid_number": Failure(C.SKIP_PERSON, N_("Este número não é válido no WhatsApp.")),
    "blocked": Failure(C.SKIP_PERSON, N_("Este contato bloqueou o número da conexão.")),
    "nack": Failure(C.SKIP_PERSON, N_("O WhatsApp recusou a mensagem.")),
    "refused": Failure(C.SKIP_PERSON, N_("O WhatsApp recusou a mensagem.")),
    "must_write_first": Failure(
        C.STOP_COLD, N_("O WhatsApp só aceita mensagem depois que este contato escrever primeiro.")
    ),
    "capped": Failure(
        C.STOP_COLD, N_("O WhatsApp limitou as conversas novas desta conexão por enquanto.")
    ),
    "logged_out": Failure(C.STOP_CHANNEL, N_("O celular desconectou este número.")),
    "banned": Failure(C.STOP_CHANNEL, N_("O WhatsApp bloqueou o número da conexão.")),
    "media_missing": Failure(C.FIX_CONTENT, N_("O arquivo da mensagem não existe mais.")),
    "media_refused": Failure(C.FIX_CONTENT, N_("O WhatsApp não aceitou o arquivo.")),
    "unsupported": Failure(C.FIX_CONTENT, N_("O WhatsApp não aceita este tipo de mensagem.")),
    "content_mismatch": Failure(
        C.FIX_CONTENT, N_("Recusada por segurança: o mesmo envio veio com outro texto.")
    ),
}
# WhatsApp's own numbers, as a nack carries them.
NUMBERS = {
    "400": "nack",
    "401": "logged_out",
    "403": "banned",
    "404": "not_on_whatsapp",
    "408": "timeout",
    "415": "unsupported",
    "429": "rate_limited",
    "463": "must_write_first",
    "479": "devices_changed",
    "500": "unavailable",
    "503": "unavailable",
}
# What a Message of which nobody knows whether it arrived may say, and what a person made of it (decide.py).
DOUBTS: dict[str, str] = {
    "no_ack": N_("O WhatsApp não confirmou a tempo."),
    "other_ledger": N_("A conexão mudou de servidor no meio do envio."),
    "doubt": N_("Foi enviada de novo e ainda não se sabe se alguma chegou."),
    "treated_as_sent": N_("Alguém da equipe tratou como enviada."),
    "given_up": N_("Ninguém soube se chegou, e alguém da equipe desistiu."),
}
CURES: dict[ErrorClass, str] = {
    C.RETRY: N_("Tentamos {most} vezes. Tente de novo quando o WhatsApp voltar ao normal."),
    C.SKIP_PERSON: N_("Confira o número deste contato."),
    C.STOP_COLD: N_("Não tente de novo: espere este contato escrever."),
    C.STOP_CHANNEL: N_("Confira a conexão, conecte de novo e então tente de novo."),
    C.FIX_CONTENT: N_("Duplique a campanha e corrija a mensagem."),
}
# Of these a person may ask for another try; of the others it would be refused again, or harm the number.
RETRYABLE = (C.RETRY, C.STOP_CHANNEL)


def canonical(code: str) -> str:
    """The table's word for a code, also where the bridge passes WhatsApp's number on."""
    return NUMBERS.get(code, code)


def class_of(code: str, *, is_retryable: bool = False) -> ErrorClass:
    """The class of a code; `is_retryable` is the bridge's word, and decides only where the table has none."""
    known = FAILURES.get(canonical(code))
    if known is not None:
        return known.error_class
    return C.RETRY if is_retryable else C.SKIP_PERSON


def is_free(code: str) -> bool:
    """Whether nothing was tried: void, or a Channel that was away (`due later, no attempt spent`)."""
    known = FAILURES.get(canonical(code))
    return not code or (known is not None and known.is_free)


def pause_after(retries: int) -> timedelta:
    """How long the `retries`-th retry waits; from 1 on."""
    return timedelta(seconds=settings().retry_pause * min(GROWTH ** (retries - 1), LONGEST))


def codes_of(*classes: ErrorClass) -> list[str]:
    """Every code of these classes, WhatsApp's numbers among them."""
    named = [code for code, one in FAILURES.items() if one.error_class in classes]
    return named + [number for number, code in NUMBERS.items() if code in named]
