"""GraphQL over HTTP: methods, media types, statuses."""

from __future__ import annotations

import pytest

from esquadrao.companies import tokens
from esquadrao_graphql import posts
from esquadrao_graphql.companies import queries
from tests.api import Program

ME = "{ me { name } }"
NEW = "application/graphql-response+json"
OLD = "application/json"


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
async def test_only_post_is_served(ana: Program, method: str) -> None:
    answer = await ana.request(method, "/graphql?query=%7Bme%7Bname%7D%7D")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (None, OLD),
        ("*/*", OLD),
        ("application/*", OLD),
        (OLD, OLD),
        (NEW, NEW),
        (f"{NEW}, {OLD};q=0.9", NEW),
        (f"{OLD}, {NEW};q=0.9", OLD),
        (f"{NEW}; charset=utf-8, */*;q=0.1", NEW),
    ],
)
async def test_the_answer_is_of_the_type_the_caller_accepts(
    ana: Program, accept: str | None, media: str
) -> None:
    if accept is None:
        del ana.headers["accept"]
    headers = {"accept": accept} if accept else {}
    answer = await ana.send_query(ME, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"{media}; charset=utf-8"
    assert answer.json() == {"data": {"me": {"name": "Ana"}}}


async def test_an_answer_nobody_accepts_is_refused(ana: Program) -> None:
    assert (await ana.send_query(ME, headers={"accept": "text/html"})).status_code == 406
    assert (await ana.send_query(ME, headers={"accept": f"{OLD};q=0"})).status_code == 406


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("application/json; charset=latin-1", 415),
        ("text/plain", 415),
        ("application/graphql", 415),
        ("multipart/form-data; boundary=x", 415),
        ("application/x-www-form-urlencoded", 415),
    ],
)
async def test_only_json_in_utf_8_is_taken(ana: Program, kind: str, status: int) -> None:
    answer = await ana.post(
        "/graphql", content=b'{"query":"{me{name}}"}', headers={"content-type": kind}
    )
    assert answer.status_code == status


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"query": ""}',
        b"[]",
        b'[{"query":"{me{name}}"}]',
        b"{}",
        b'{"query":1}',
        b'{"query":"{me{name}}","variables":[]}',
        b'{"query":"{me{name}}","operationName":1}',
        b'{"query":"{me{name}}","extensions":"x"}',
        b"\xff",
    ],
)
async def test_a_body_that_is_no_operation_is_a_bad_request(ana: Program, body: bytes) -> None:
    answer = await ana.post("/graphql", content=body, headers={"content-type": OLD, "accept": NEW})
    assert answer.status_code == 400
    assert "data" not in answer.json()
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nope }", "GRAPHQL_VALIDATION_FAILED"),
        ("query ($id: ID!) { campaign(id: $id) { id } }", "BAD_USER_INPUT"),
    ],
)
async def test_a_document_at_fault_is_400_for_new_clients_and_200_for_old_ones(
    ana: Program, query: str, code: str
) -> None:
    for media, status in ((NEW, 400), (OLD, 200)):
        answer = await ana.send_query(query, headers={"accept": media})
        assert answer.status_code == status
        assert "data" not in answer.json()
        assert answer.json()["errors"][0]["extensions"]["code"] == code


async def test_a_subscription_is_no_request(ana: Program) -> None:
    query = 'subscription { campaignProgress(id: "x") { ratePerMinute } }'
    assert (await ana.send_query(query)).status_code == 400


async def test_a_misspelled_field_gets_no_suggestion(ana: Program) -> None:
    body = await ana.ask("{ mee { name } }")
    assert "Did you mean" not in body["errors"][0]["message"]


async def test_what_nobody_foresaw_is_masked_with_the_request_id(
    ana: Program, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_row: object) -> None:
        raise RuntimeError("SELECT secret FROM user_account")

    monkeypatch.setattr(queries, "user_of", broken)
    answer = await ana.send_query(ME, headers={"accept": NEW})
    assert answer.status_code == 500
    error = answer.json()["errors"][0]
    assert error["message"] == "Erro interno"
    assert error["extensions"] == {
        "code": "INTERNAL",
        "requestId": answer.headers["x-request-id"],
        "retryable": False,
    }
    assert "secret" not in answer.text


async def test_an_operation_that_takes_too_long_may_be_asked_again(
    ana: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posts, "TIME_LIMIT", 0.0)
    answer = await ana.send_query("{ contacts { nodes { id } } }")
    assert answer.status_code == 503
    assert answer.json()["errors"][0]["extensions"]["code"] == "TIMEOUT"
    assert answer.json()["errors"][0]["extensions"]["retryable"] is True


async def test_an_answer_is_kept_by_nobody(ana: Program) -> None:
    assert (await ana.send_query(ME)).headers["cache-control"] == "no-store"


async def test_the_public_keys_are_there_for_everybody(stranger: Program, ana: Program) -> None:
    answer = await stranger.get("/.well-known/jwks.json")
    assert answer.status_code == 200
    assert [one["alg"] for one in answer.json()["keys"]] == ["ES256"]
    assert all("d" not in one for one in answer.json()["keys"])


async def test_a_fault_before_the_operation_is_masked_as_json_too(
    ana: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_token: str) -> None:
        raise RuntimeError("secret address of the database")

    monkeypatch.setattr(tokens, "verify", broken)
    answer = await ana.send_query(ME)
    assert answer.status_code == 500
    assert answer.json()["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert "secret" not in answer.text
