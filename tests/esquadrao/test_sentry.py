"""What is reported, through the real client with a transport of ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from esquadrao.errors import NotFound
from esquadrao.sentry import tell_logged, watch_errors
from esquadrao.settings import settings


class Kept(Transport):
    """Keeps what would have left."""

    def __init__(self) -> None:
        super().__init__()
        self.envelopes: list[Envelope] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.envelopes.append(envelope)

    @property
    def events(self) -> list[Any]:
        return [event for one in self.envelopes if (event := one.get_event())]


@pytest.fixture
def sentry(monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    monkeypatch.setenv("SENTRY_DSN", "http://key@127.0.0.1:9/1")
    settings.cache_clear()
    kept, real = Kept(), sentry_sdk.init
    monkeypatch.setattr(sentry_sdk, "init", lambda **given: real(transport=kept, **given))
    watch_errors("web")
    yield kept
    real()


PHONE = "+55119" + "8" * 8  # never written out: the source around a fault is reported, and may be


def fail(error: Exception, phone: str) -> None:
    """Fails with a phone among its local variables."""
    assert phone
    raise error


def captured(error: Exception) -> None:
    with pytest.raises(type(error)) as caught:
        fail(error, PHONE)
    sentry_sdk.capture_exception(caught.value)


def test_a_fault_is_reported_without_local_variables(sentry: Kept) -> None:
    captured(RuntimeError("broken"))
    (event,) = sentry.events
    assert event["exception"]["values"][0]["type"] == "RuntimeError"
    assert event["tags"]["process"] == "web"
    assert PHONE not in str(event)


def test_a_failure_the_domain_names_is_not_a_fault(sentry: Kept) -> None:
    captured(NotFound())
    assert sentry.events == []


def test_a_fault_that_is_logged_and_gone_past_is_reported_too(sentry: Kept) -> None:
    try:
        fail(RuntimeError("gone past"), PHONE)
    except RuntimeError:
        tell_logged(None, "exception", {"event": "unforeseen", "exc_info": True})
    tell_logged(None, "warning", {"event": "job_refused"})
    (event,) = sentry.events
    assert event["exception"]["values"][0]["value"] == "gone past"
    assert PHONE not in str(event)
