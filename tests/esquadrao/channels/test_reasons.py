"""Every code that leaves the bridge has a sentence with its next step, in both languages."""

from __future__ import annotations

import re

import pytest

from esquadrao.channels.models import ChannelState, NoticeKind
from esquadrao.channels.wording import CAUSES, NOTICES, STATES
from esquadrao.messages.failures import DOUBTS, FAILURES, ErrorClass, class_of
from tests.architecture.sources import ROOT
from web.catalogues import written

SOURCE = (ROOT / "bridge" / "src" / "reasons.ts").read_text(encoding="utf-8")
SENDS = dict(re.findall(r"^  (\w+): \{ retryable: (true|false) \}", SOURCE, re.MULTILINE))
SESSIONS = re.findall(r'^  "(\w+)",', SOURCE.split("SESSION_REASONS", 1)[1], re.MULTILINE)
EVENTS = (ROOT / "bridge" / "src" / "events.ts").read_text(encoding="utf-8")
STATES_SENT = re.findall(r'"(\w+)"', EVENTS.split("sessionStates = z.enum([", 1)[1].split("]")[0])


def test_the_bridges_codes_are_found() -> None:
    assert {"nack", "banned", "other_ledger"} <= SENDS.keys()
    assert {"qr_timeout", "number_taken"} <= set(SESSIONS)


@pytest.mark.parametrize("code", SENDS)
def test_a_refused_message_says_why_and_is_tried_again_only_where_the_bridge_allows(
    code: str,
) -> None:
    assert code in FAILURES or code in DOUBTS
    if code in FAILURES:
        is_retry = class_of(code) is ErrorClass.RETRY
        assert is_retry == (SENDS[code] == "true")


def test_each_reason_of_a_session_and_no_other_has_its_words() -> None:
    assert set(CAUSES) == set(SESSIONS)


def test_each_state_the_bridge_says_is_known_and_has_words() -> None:
    assert set(STATES_SENT) == {one.value for one in ChannelState} == {one.value for one in STATES}
    assert set(NOTICES) == set(NoticeKind)


@pytest.mark.parametrize("language", ["en", "pt_BR"])
def test_each_sentence_is_in_both_languages(language: str) -> None:
    catalogue = written(language)
    states = [one.sentence for one in STATES.values()]
    failures = [one.sentence for one in FAILURES.values()]
    for sentence in (*CAUSES.values(), *NOTICES.values(), *states, *failures, *DOUBTS.values()):
        kept = catalogue.get(sentence)
        assert kept is not None, sentence
        assert kept.string, sentence
