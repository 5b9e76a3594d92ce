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


def test_no_part_of_what_is_reported_names_a_whole_phone(sentry: Kept) -> None:
    with sentry_sdk.isolation_scope() as scope:
        sentry_sdk.add_breadcrumb(message=f"to {PHONE}", data={"url": f"/?q=%2B{PHONE[1:]}"})
        scope.set_extra("seen", [{"by": PHONE}])
        scope.set_transaction_name(f"/contacts/{PHONE}")
        scope.add_event_processor(asked_for)
        captured(RuntimeError(f"Key (phone)=({PHONE}) already exists"))
        sentry_sdk.capture_message(f"no such chat: {PHONE[1:]}@s.whatsapp.net")
    fault, message = sentry.events
    assert fault["exception"]["values"][0]["value"] == "Key (phone)=(***8888) already exists"
    crumb = fault["breadcrumbs"]["values"][-1]
    assert (crumb["message"], crumb["data"]["url"]) == ("to ***8888", "/?q=%2B***8888")
    assert fault["extra"]["seen"] == [{"by": "***8888"}]
    assert fault["request"]["query_string"] == "q=***8888"
    assert message["message"] == "no such chat: ***8888@s.whatsapp.net"
    assert PHONE[1:] not in str(sentry.events)


def asked_for(event: Any, _hint: Any) -> Any:
    """What the web's integration adds of a request."""
    return {**event, "request": {"url": f"http://here/{PHONE}", "query_string": f"q={PHONE}"}}
