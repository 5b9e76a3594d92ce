"""“Por que está esperando?”: the gate's own answer for a Channel, with what people need to read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from esquadrao.channels.hours import OWN_DAY
from esquadrao.channels.models import Channel
from esquadrao.companies.models import Company, User
from esquadrao.messages.gate_codes import Allow, Code, Setter, Wait
from esquadrao.messages.gate_facts import FIRST, OfMessage, answer_of
from esquadrao.messages.gate_wording import OWN_HOLIDAY, WHO, WHO_CHOSE, WORDS


@dataclass(frozen=True, slots=True)
class Why:
    """Sentences are msgids; `until` None: no clock ends it. `who_name` and `who_at` where a person set the rule."""

    sentence: str
    values: dict[str, str] = field(default_factory=dict)
    until: datetime | None = None
    code: Code | None = None
    channel: str = ""
    todo: str = ""
    who: str = ""
    who_name: str = ""
    who_at: datetime | None = None


async def why(
    company: Company, channel: Channel, now: datetime, of: OfMessage = FIRST
) -> Why | None:
    """Why a Message does not leave this Channel now; None when it may."""
    fresh = await Company.one(
        company, company.id
    )  # hours may have changed since the caller read it
    answer = answer_of(channel, fresh, of, now)
    if isinstance(answer, Allow):
        return None
    setter = answer.who_set_it
    person = None
    if setter.user_id is not None:
        person = await User.of(company).get_or_none(id=setter.user_id)
    return explained(answer, channel=channel.name, name=person.name if person else "")


def explained(answer: Wait, *, channel: str, name: str = "") -> Why:
    words = WORDS[answer.code]
    is_own = answer.code is Code.HOLIDAY and answer.detail == OWN_DAY
    values = {"limit": str(answer.limit), "holiday": answer.detail}
    return Why(
        sentence=OWN_HOLIDAY if is_own else words.sentence,
        values={key: value for key, value in values.items() if f"{{{key}}}" in words.sentence},
        until=answer.until,
        code=answer.code,
        channel=channel,
        todo=words.todo,
        who=_who(answer.who_set_it, name),
        who_name=name,
        who_at=answer.who_set_it.at,
    )


def _who(setter: Setter, name: str) -> str:
    if name and setter.at is not None and setter.by in WHO_CHOSE:
        return WHO_CHOSE[setter.by]
    return WHO[setter.by]
