"""What a line of the log may hold of a phone, whatever way it came there."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable, Iterator
from io import StringIO

import pytest
import structlog

from esquadrao.logs import mask_libraries, steps
from esquadrao.masking import masked

PHONE = "5511987654321"
SPELLINGS = (PHONE, f"+{PHONE}", f"%2B{PHONE}", "+55 11 98765-4321", "+55 (11) 98765-4321")


@pytest.fixture(params=[True, False], ids=["json", "console"])
def written(request: pytest.FixtureRequest) -> Iterator[Callable[[], str]]:
    """All that the log has written."""
    to, before = StringIO(), structlog.get_config()
    structlog.configure(
        processors=steps(is_json=request.param), logger_factory=structlog.PrintLoggerFactory(to)
    )
    yield to.getvalue
    structlog.configure(**before)


def fail(error: Exception, *, because: Exception | None = None) -> None:
    raise error from because


@pytest.mark.parametrize("phone", SPELLINGS)
def test_a_phone_in_the_words_of_an_error_does_not_reach_the_log(
    written: Callable[[], str], phone: str
) -> None:
    log = structlog.get_logger()
    try:
        fail(RuntimeError(f"Key (phone)=({phone}) already exists"), because=ValueError(phone))
    except RuntimeError as error:
        log.exception("applier_failed", error=repr(error), raised=error, seen=[{"by": phone}])
    assert "RuntimeError: Key (phone)=(" in written()
    assert "Traceback" in written()
    assert "4321" in written()  # its end, which names a row to who has it already
    for part in ("98765-4321", PHONE):
        assert part not in written()


def test_ids_and_moments_stay_whole(written: Callable[[], str]) -> None:
    whole = {
        "channel": "0198c1f0-1111-7aaa-8aaa-000000000001",
        "wa_id": "3EB0123456789012345678",
        "entry": "1700000000000-0",
        "at": "2026-11-29T02:36:05.123456Z",
        "took": "0.1234567890123456",
        "request_id": uuid.UUID(int=1).hex,
    }
    structlog.get_logger().info("kept", **whole, count=123456789012)
    for value in whole.values():
        assert value in written()


@pytest.mark.parametrize("written", [True], indirect=True)
def test_a_line_of_json_stays_json(written: Callable[[], str]) -> None:
    structlog.get_logger().info("kept", by=PHONE, count=123456789012)
    line = json.loads(written())
    assert (line["by"], line["count"]) == ("***4321", 123456789012)


def test_a_phone_in_a_librarys_words_or_in_an_address_does_not_reach_the_log() -> None:
    to = StringIO()
    handler = logging.StreamHandler(to)
    logger = logging.getLogger("a.library")
    logger.addHandler(handler)
    try:
        mask_libraries()
        mask_libraries()
        try:
            fail(KeyError(PHONE))
        except KeyError:
            logger.exception("GET /contacts?q=%%2B%s", PHONE)
    finally:
        logger.removeHandler(handler)
    assert "GET /contacts?q=%2B***4321" in to.getvalue()
    assert "KeyError: '***4321'" in to.getvalue()
    assert PHONE not in to.getvalue()


def test_what_is_no_text_keeps_its_kind() -> None:
    assert masked([None, True, 12345678901234, 1.5]) == [None, True, 12345678901234, 1.5]
