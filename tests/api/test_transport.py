"""Calls: connections, retries, cancellation and logs."""

from __future__ import annotations

import json
import logging
import pickle
import re
import ssl
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.api import types
from pulumi_scw_iam.api.client import IamClient, Retry
from pulumi_scw_iam.common.errors import (
    ApiError,
    Cancelled,
    ConfigError,
    Conflict,
    IamError,
    InvalidArguments,
    NoAnswer,
    NotFound,
    PermissionDenied,
    PreconditionFailed,
    QuotaExceeded,
    RateLimited,
    ServerError,
    TransientState,
    Unauthenticated,
)
from tests.support.certificates import self_signed
from tests.support.samples import ID, sample
from tests.support.scripted_api import CUT, SECRET_KEY, Answer, Api, serving, to_writes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PASSWORD = "correct horse"
GROUP = sample(types.Group, name="devs")
NOT_FOUND = Answer(
    {"type": "not_found", "resource": "group", "resource_id": ID, "message": "gone"}, 404
)
TRANSIENT = Answer(
    {
        "type": "transient_state",
        "current_state": "updating",
        "resource": "group",
        "resource_id": ID,
        "message": "resource is in a transient state",
    },
    409,
)
RATE_LIMITED = Answer(b"", 429)
UNAVAILABLE = Answer(b"<html>gateway</html>", 503)

Call = Callable[[IamClient], object]

SAME_TWICE: dict[str, Call] = {
    "GET": lambda client: client.get_group(ID),
    "PUT": lambda client: client.set_group_members(ID, user_ids=[], application_ids=[]),
    "PATCH": lambda client: client.update_group(ID, name="a"),
    "DELETE": lambda client: client.delete_group(ID),
    "add-member": lambda client: client.add_group_member(ID, user_id=ID),
    "add-members": lambda client: client.add_group_members(ID, user_ids=[ID]),
    "remove-member": lambda client: client.remove_group_member(ID, user_id=ID),
    "lock": lambda client: client.lock_user(ID),
    "unlock": lambda client: client.unlock_user(ID),
    "update-username": lambda client: client.update_user_username(ID, username="a"),
    "update-password": lambda client: client.update_user_password(ID, password="a"),
}
CREATES: dict[str, Call] = {
    "group": lambda client: client.create_group(name="devs"),
    "application": lambda client: client.create_application(name="a"),
    "policy": lambda client: client.create_policy(name="a"),
    "API key": lambda client: client.create_api_key(user_id=ID),
    "SSH key": lambda client: client.create_ssh_key(name="a", public_key="k", project_id=ID),
    "user": lambda client: client.create_user(email="a@example.com"),
    "SAML": lambda client: client.enable_organization_saml(),
    "certificate": lambda client: client.add_saml_certificate(ID, type="signing", content="c"),
    "SCIM": lambda client: client.enable_organization_scim(),
    "SCIM token": lambda client: client.create_scim_token(ID),
}
"""The creates with create recovery, see `test_create_recovery`."""
NOT_TWICE: dict[str, Call] = {
    "clone": lambda client: client.clone_policy(ID),
    "JWT": lambda client: client.create_jwt(user_id=ID, referrer="a"),
    "OTP": lambda client: client.create_user_mfaotp(ID),
    "OTP code": lambda client: client.validate_user_mfaotp(ID, one_time_password="123456"),
    "alias": lambda client: client.set_organization_alias(alias="a"),
}
GET, PUT, DELETE = (SAME_TWICE[name] for name in ("GET", "PUT", "DELETE"))
POST = CREATES["group"]
CLONE = NOT_TWICE["clone"]


def failure(call: Callable[[], object]) -> IamError:
    """Return the error of a call; assert an empty error chain, because a transport error contains the secret key."""
    with pytest.raises(IamError) as caught:
        call()
    error = caught.value
    assert (error.__cause__, error.__context__) == (None, None)
    return error


# Connections and headers


def test_a_connection_goes_from_one_call_to_the_next_and_from_thread_to_thread(
    api: Api, client: IamClient
) -> None:
    for _ in range(3):
        client.get_group(ID)
    client.delete_group(ID)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(client.get_group, ID).result()
        pool.submit(client.get_group, ID).result()
    assert [received.connection for received in api.received] == [1] * 6


def test_calls_at_the_same_time_have_a_connection_each(api: Api, client: IamClient) -> None:
    together = threading.Barrier(2, timeout=60)
    api.otherwise = Answer(GROUP, meanwhile=together.wait)
    with ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(client.get_group, ID) for _ in range(2)]
        assert [call.exception() for call in calls] == [None, None]
    assert sorted(received.connection for received in api.received) == [1, 2]


def test_a_connection_that_the_api_closed_is_opened_again(api: Api, client: IamClient) -> None:
    api.say(Answer(GROUP, headers={"Connection": "close"}))
    client.get_group(ID)
    client.get_group(ID)
    assert [received.connection for received in api.received] == [1, 2]


def test_the_headers_say_who_calls(api: Api, connect: Callable[..., IamClient]) -> None:
    connect().get_group(ID)
    connect(user_agent_suffix="ci/1 (team a)").get_group(ID)
    plain, suffixed = (received.headers for received in api.received)
    assert re.fullmatch(
        r"pulumi-scw-iam/\S+ nonce=[0-9a-f]{8} python/[\d.]+ requests/[\d.]+", plain["User-Agent"]
    )
    assert suffixed["User-Agent"] == f"{plain['User-Agent']} ci/1 (team a)"
    assert (plain["Accept"], plain["X-Auth-Token"]) == ("application/json", SECRET_KEY)


def test_an_api_on_this_machine_is_not_reached_through_a_proxy(
    client: IamClient, unused_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://{unused_address}")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    client.get_group(ID)


def test_a_redirect_is_an_error_and_the_key_does_not_follow_it(api: Api, client: IamClient) -> None:
    api.say(Answer(status=307, headers={"Location": f"{api.url}/elsewhere", "X-Request-Id": "r"}))
    assert str(failure(lambda: GET(client))) == (
        f"GET groups/{ID}: the API returned a redirect, and redirects are not followed"
        " (307, request r); check the API URL"
    )
    assert api.calls == [f"GET groups/{ID}"]


# Errors


def refusal(status: int, **body: object) -> Answer:
    return Answer(body, status, headers={"X-Request-Id": "r"})


@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        (
            refusal(
                400,
                type="invalid_arguments",
                message="invalid argument(s)",
                details=[{"argument_name": "name", "help_message": "too long", "reason": "a"}],
            ),
            InvalidArguments,
            "name: too long (400, request r)",
        ),
        (
            refusal(401, type="denied_authentication", method="api_key", reason="not_found"),
            Unauthenticated,
            "authentication failed: not_found (401, request r); check the secret key",
        ),
        (
            refusal(
                403,
                type="permissions_denied",
                message="insufficient permissions",
                details=[{"action": "write", "resource": "group"}],
            ),
            PermissionDenied,
            (
                "the API key has no permission to write group (403, request r);"
                " give its bearer the permission set IAMGroupManager or IAMManager"
            ),
        ),
        (
            refusal(404, type="not_found", resource="group", resource_id=ID),
            NotFound,
            f"group {ID} does not exist (404, request r)",
        ),
        # A 404 from outside the API is no proof that the object was deleted.
        (
            Answer(b"<html>", 404),
            ApiError,
            "the API returned no reason (404); check the API URL",
        ),
        (
            refusal(404, type="unknown_resource", message="unknown\nservice"),
            ApiError,
            "unknown service (404, request r); check the API URL",
        ),
        (
            refusal(409, type="already_exists", message="exists", help_message="by this name"),
            Conflict,
            "exists: by this name (409, request r)",
        ),
        (
            refusal(412, type="precondition_failed", message="not yet", help_message="unlock it"),
            PreconditionFailed,
            "not yet: unlock it (412, request r)",
        ),
        (
            refusal(
                403,
                type="quotas_exceeded",
                details=[{"resource": "iam_groups", "quota": 50, "current": 50}],
            ),
            QuotaExceeded,
            (
                "quota reached: iam_groups 50 of 50 (403, request r);"
                " delete unused objects, or ask Scaleway support to raise the quota"
            ),
        ),
        (refusal(501, message="not here"), ServerError, "not here (501, request r)"),
        (Answer(b"teapot", 418), ApiError, "the API returned no reason (418)"),
        (Answer(b"", 405), ApiError, "the API returned no reason (405)"),
    ],
)
def test_an_error_that_stays_is_raised_at_once_in_the_apis_own_words(
    answer: Answer, kind: type, message: str, api: Api, client: IamClient
) -> None:
    api.say(answer)
    error = failure(lambda: POST(client))
    assert (type(error), str(error)) == (kind, f"POST groups: {message}")
    assert len(api.received) == 1


@pytest.mark.parametrize("body", [b"", b"<html>", b'"text"', b"[]", b"\xff", b"{"])
def test_a_success_that_is_not_a_json_object_is_an_error(
    body: bytes, api: Api, client: IamClient
) -> None:
    api.otherwise = Answer(body, headers={"X-Request-Id": "r"})
    error = failure(lambda: GET(client))
    assert type(error) is ApiError
    assert str(error) == (
        f"GET groups/{ID}: the response is not a JSON object, tried 3 times (200, request r)"
    )


def test_a_delete_that_is_answered_by_something_else_than_the_api_is_not_done(
    api: Api, client: IamClient
) -> None:
    api.otherwise = Answer(b"<html>log in first</html>")
    assert str(failure(lambda: DELETE(client))) == (
        f"DELETE groups/{ID}: the response is not a JSON object, tried 3 times (200)"
    )


def test_an_answer_that_is_cut_short_is_no_answer(api: Api, client: IamClient) -> None:
    api.otherwise = Answer(b'{"id"', headers={"Content-Length": "100", "Connection": "close"})
    error = failure(lambda: GET(client))
    assert (type(error), str(error)) == (
        NoAnswer,
        f"GET groups/{ID}: the connection to {api.url} broke, tried 3 times",
    )


def test_a_body_without_end_is_not_read_to_it(api: Api, client: IamClient) -> None:
    api.otherwise = Answer(b" " * ((32 << 20) + 1))
    error = failure(lambda: GET(client))
    assert (type(error), str(error)) == (
        NoAnswer,
        f"GET groups/{ID}: the response is larger than 32 MiB, tried 3 times",
    )


# Retries


@pytest.mark.parametrize("call", SAME_TWICE.values(), ids=SAME_TWICE)
@pytest.mark.parametrize(
    "trouble",
    [CUT, RATE_LIMITED, UNAVAILABLE, TRANSIENT, Answer(b"", 500)],
    ids=["cut", "429", "503", "409", "500"],
)
def test_what_is_the_same_when_done_twice_is_repeated(
    call: Callable[[IamClient], object], trouble: Answer, api: Api, client: IamClient
) -> None:
    api.say(trouble, trouble)
    call(client)
    assert len(api.received) == 3
    assert len({repr((r.method, r.path, r.query, r.body)) for r in api.received}) == 1


@pytest.mark.parametrize(
    "call", [*CREATES.values(), *NOT_TWICE.values()], ids=[*CREATES, *NOT_TWICE]
)
@pytest.mark.parametrize("trouble", [RATE_LIMITED, TRANSIENT], ids=["429", "409"])
def test_a_post_is_repeated_when_the_api_did_not_act(
    call: Callable[[IamClient], object], trouble: Answer, api: Api, client: IamClient
) -> None:
    api.otherwise = to_writes(trouble, trouble)
    call(client)
    writes = [received for received in api.received if received.method != "GET"]
    assert len(writes) == 3
    assert len({repr((r.method, r.path, r.body, r.headers)) for r in writes}) == 1


@pytest.mark.parametrize("call", NOT_TWICE.values(), ids=NOT_TWICE)
@pytest.mark.parametrize(
    "trouble",
    [CUT, UNAVAILABLE, Answer(b"", 500), Answer(b"<html>")],
    ids=["cut", "503", "500", "garbled"],
)
def test_a_post_whose_answer_is_lost_is_not_repeated(
    call: Callable[[IamClient], object], trouble: Answer, api: Api, client: IamClient
) -> None:
    api.say(RATE_LIMITED, trouble)
    error = failure(lambda: call(client))
    assert len(api.received) == 2
    assert error.hint == "the call may have taken effect; check before repeating it"


def test_a_lost_post_says_so_in_one_line(api: Api, client: IamClient) -> None:
    api.say(CUT)
    error = failure(lambda: CLONE(client))
    assert isinstance(error, NoAnswer)
    assert error.sent
    assert str(error) == (
        f"POST policies/{ID}/clone: the connection to {api.url} broke;"
        " the call may have taken effect; check before repeating it"
    )


@pytest.mark.parametrize(
    ("trouble", "kind", "message"),
    [
        (RATE_LIMITED, RateLimited, "too many requests, tried 3 times (429)"),
        (UNAVAILABLE, ServerError, "the API is unavailable, tried 3 times (503)"),
        (
            TRANSIENT,
            TransientState,
            "resource is in a transient state, tried 3 times (409)",
        ),
    ],
    ids=["429", "503", "409"],
)
def test_the_last_error_is_raised_with_the_number_of_tries(
    trouble: Answer, kind: type, message: str, api: Api, client: IamClient
) -> None:
    api.otherwise = trouble
    error = failure(lambda: PUT(client))
    assert (type(error), str(error)) == (kind, f"PUT groups/{ID}/members: {message}")
    assert len(api.received) == 3


def test_the_attempt_of_the_caller_stands_in_place_of_the_request(
    api: Api, client: IamClient
) -> None:
    api.otherwise = UNAVAILABLE
    error = failure(lambda: GET(client))
    error.attempt = 'read group "devs"'
    assert str(error) == 'read group "devs": the API is unavailable, tried 3 times (503)'


@pytest.mark.parametrize("call", [GET, POST], ids=["GET", "POST"])
def test_any_call_is_repeated_when_no_connection_was_made(
    call: Call,
    connect: Callable[..., IamClient],
    unused_address: str,
) -> None:
    url = f"http://{unused_address}"
    error = failure(lambda: call(connect(api_url=url)))
    assert isinstance(error, NoAnswer)
    assert not error.sent
    assert str(error).partition(": ")[2] == (
        f"could not connect to {url}: Connection refused, tried 3 times"
    )


def test_an_answer_that_does_not_come_in_time_is_not_waited_for(
    api: Api, connect: Callable[..., IamClient]
) -> None:
    ended = threading.Event()
    api.otherwise = Answer(meanwhile=ended.wait)
    client = connect(timeout=(5.0, 0.1))
    read, made = failure(lambda: GET(client)), failure(lambda: CLONE(client))
    ended.set()
    assert str(read) == f"GET groups/{ID}: no response from the API in 0.1 s, tried 3 times"
    assert str(made) == (
        f"POST policies/{ID}/clone: no response from the API in 0.1 s;"
        " the call may have taken effect; check before repeating it"
    )
    assert isinstance(made, NoAnswer)
    assert made.sent


@pytest.mark.parametrize("trouble", [CUT, UNAVAILABLE], ids=["cut", "503"])
def test_a_delete_that_finds_nothing_after_a_lost_answer_is_done(
    trouble: Answer, api: Api, client: IamClient
) -> None:
    api.say(trouble, NOT_FOUND)
    DELETE(client)
    assert len(api.received) == 2


@pytest.mark.parametrize("before", [[], [RATE_LIMITED], [TRANSIENT]], ids=["-", "429", "409"])
def test_a_delete_of_what_was_gone_before_is_not_found(
    before: list[Answer], api: Api, client: IamClient
) -> None:
    api.say(*before, NOT_FOUND)
    assert isinstance(failure(lambda: DELETE(client)), NotFound)


def in_the_future(seconds: int) -> str:
    return format_datetime(datetime.now(timezone.utc) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    "wait",
    ["0", in_the_future(-60), "", "soon", "-1", "²"],
    ids=["0", "past", "empty", "word", "negative", "digit"],
)
def test_a_retry_after_that_is_over_or_unreadable_does_not_hold_up_the_next_try(
    wait: str, api: Api, client: IamClient
) -> None:
    api.say(Answer(b"", 429, headers={"Retry-After": wait}))
    client.get_group(ID)
    assert len(api.received) == 2


@pytest.mark.parametrize(
    ("wait", "seconds"),
    [
        ("61", "61"),
        ("86400", "86400"),
        ("9" * 400, "1000000000"),
        (in_the_future(3600), r"[1-3]\d\d\d"),
    ],
    ids=["seconds", "a day", "for ever", "date"],
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_retry_after_beyond_the_bound_ends_the_tries_and_is_told(
    status: int, wait: str, seconds: str, api: Api, connect: Callable[..., IamClient]
) -> None:
    api.otherwise = Answer(b"", status, headers={"Retry-After": wait})
    client = connect(retry=Retry(base=0.001, total=60))
    reason = {429: "too many requests", 503: "the API is unavailable"}[status]
    assert re.fullmatch(
        rf"PUT groups/{ID}/members: {reason}; the API requested a wait of {seconds} s \({status}\)",
        str(failure(lambda: PUT(client))),
    )
    assert len(api.received) == 1


def test_the_wait_doubles_up_to_the_longest_less_up_to_a_half() -> None:
    retry = Retry(base=1, longest=5)
    for tries, full in enumerate([1, 2, 4, 5, 5], start=1):
        waits = [retry.wait(tries) for _ in range(100)]
        assert full / 2 <= min(waits) < max(waits) <= full


# TLS and proxies


@pytest.fixture
def tls_api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """Yield the scripted API with a self-signed certificate (`api.pem`), without proxies or CA variables."""
    proxies = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
    authorities = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
    for name in proxies + authorities:
        monkeypatch.delenv(name, raising=False)
    pem = self_signed(tmp_path / "api.pem", "127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    api = Api()
    with serving(api, context):
        yield api


def test_a_certificate_that_is_not_trusted_is_named_and_nothing_was_sent(
    tls_api: Api, connect: Callable[..., IamClient]
) -> None:
    error = failure(lambda: POST(connect(api_url=tls_api.url)))
    assert isinstance(error, NoAnswer)
    assert not error.sent
    assert str(error) == (
        f"POST groups: the certificate of {tls_api.url} is not trusted:"
        " self-signed certificate, tried 3 times"
    )
    assert tls_api.received == []


def test_a_certificate_may_be_trusted_and_a_netrc_file_adds_no_login(
    tls_api: Api,
    connect: Callable[..., IamClient],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "api.pem"))
    GET(connect(api_url=tls_api.url))
    headers = tls_api.received[0].headers
    assert (headers["X-Auth-Token"], headers.get("Authorization")) == (SECRET_KEY, None)


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_each_variable_that_tools_know_can_name_the_certificate(
    name: str,
    tls_api: Api,
    connect: Callable[..., IamClient],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(name, str(tmp_path / "api.pem"))
    GET(connect(api_url=tls_api.url))
    assert tls_api.calls == [f"GET groups/{ID}"]


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
@pytest.mark.parametrize("content", [None, "no certificate"])
def test_certificates_that_are_not_there_are_told_with_the_variable(  # noqa: PLR0917 - fixtures
    name: str,
    content: str | None,
    tls_api: Api,
    connect: Callable[..., IamClient],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "authorities.pem"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv(name, str(path))
    error = failure(lambda: GET(connect(api_url=tls_api.url)))
    reason = "does not exist" if content is None else "contains no certificates"
    assert (type(error), str(error)) == (
        ConfigError,
        f"GET groups/{ID}: {name} in the environment: {path} {reason}",
    )
    assert tls_api.received == []


def test_an_api_elsewhere_is_reached_through_the_proxy(
    api: Api, connect: Callable[..., IamClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("no_proxy", "NO_PROXY", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", api.url)
    # Without TLS, the request to the proxy has the whole URL, and no tunnel is needed.
    GET(connect(api_url="http://iam.invalid", allow_http=True))
    assert [received.headers["Host"] for received in api.received] == ["iam.invalid"]


def test_a_proxy_that_does_not_answer_is_named_and_nothing_was_sent(
    connect: Callable[..., IamClient], unused_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:hunter2@{unused_address}")
    for name in ("https_proxy", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    error = failure(lambda: POST(connect(api_url="https://api.example.com")))
    assert isinstance(error, NoAnswer)
    assert not error.sent
    assert str(error) == (
        "POST groups: the proxy could not connect to https://api.example.com, tried 3 times"
    )


# Members of a group


def test_members_of_one_group_are_written_by_one_thread_at_a_time_in_the_process(
    api: Api, connect: Callable[..., IamClient]
) -> None:
    under_way: list[str] = []
    most = 0

    def write() -> None:
        nonlocal most
        under_way.append("write")
        most = max(most, len(under_way))
        time.sleep(0.002)
        under_way.pop()

    api.otherwise = Answer(GROUP, meanwhile=write)
    names = ("PUT", "add-member", "add-members", "remove-member")
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(SAME_TWICE[name], connect()) for name in names * 2]:
            done.result()
    assert (len(api.received), most) == (8, 1)


def test_members_of_different_groups_are_written_at_once(api: Api, client: IamClient) -> None:
    both = threading.Barrier(2, timeout=10)
    api.otherwise = Answer(GROUP, meanwhile=both.wait)
    with ThreadPoolExecutor(2) as pool:
        for call in [pool.submit(client.add_group_member, g, user_id=ID) for g in ("a", "b")]:
            call.result()
    assert sorted(api.calls) == ["POST groups/a/add-member", "POST groups/b/add-member"]


def test_the_next_writer_has_its_turn_when_one_has_failed(api: Api, client: IamClient) -> None:
    api.say(NOT_FOUND)
    assert isinstance(failure(lambda: PUT(client)), NotFound)
    PUT(client)


# Cancellation


def test_cancelling_ends_a_wait_between_tries_at_once(
    api: Api, connect: Callable[..., IamClient]
) -> None:
    arrived = threading.Event()
    api.otherwise = Answer(
        b"", 429, headers={"Retry-After": "3600", "X-Request-Id": "r"}, meanwhile=arrived.set
    )
    client = connect(retry=Retry(total=7200))
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(failure, lambda: POST(client))
        assert arrived.wait(10)
        client.cancel()
        error = call.result(10)
    assert (type(error), str(error)) == (
        Cancelled,
        "POST groups: cancelled before a retry: too many requests",
    )
    assert len(api.received) == 1


def test_cancelling_ends_a_wait_for_another_writer_of_the_group(
    api: Api, connect: Callable[..., IamClient]
) -> None:
    writer, waiter = connect(), connect()
    arrived, finish = threading.Event(), threading.Event()

    def write() -> None:
        arrived.set()
        finish.wait(10)

    api.say(Answer(GROUP, meanwhile=write))
    with ThreadPoolExecutor(2) as pool:
        writing: Future[object] = pool.submit(PUT, writer)
        assert arrived.wait(10)
        waiting = pool.submit(failure, lambda: waiter.add_group_member(ID, user_id=ID))
        waiter.cancel()
        error = waiting.result(10)
        finish.set()
        assert writing.result(10) == GROUP
    assert (type(error), str(error)) == (
        Cancelled,
        "cancelled while another change of the group's members was in progress",
    )
    assert len(api.received) == 1


def test_a_call_that_need_not_wait_goes_through_after_cancelling(
    api: Api, client: IamClient
) -> None:
    client.cancel()
    DELETE(client)
    PUT(client)
    assert api.calls == [f"DELETE groups/{ID}", f"PUT groups/{ID}/members"]


# Logs and secrets


def test_each_try_is_one_line_of_the_debug_log(
    api: Api, client: IamClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "pulumi_scw_iam")
    api.say(
        CUT,
        UNAVAILABLE,
        Answer({"groups": [], "total_count": 0}, headers={"X-Request-Id": "r"}),
        Answer(GROUP),
    )
    list(client.list_groups(organization_id=ID, name="a b"))
    client.create_group(organization_id=ID, name="devs")
    query = f"page=1&page_size=100&organization_id={ID}&order_by=created_at_asc&name=a+b"
    assert [re.sub(r"\d+ ms", "N ms", record.getMessage()) for record in caplog.records] == [
        (
            f"GET groups?{query} no response, N ms, attempt 1,"
            f' sent null, got "the connection to {api.url} broke"'
        ),
        (
            f"GET groups?{query} 503, request -, N ms, attempt 2,"
            ' sent null, got "the API is unavailable"'
        ),
        (
            f"GET groups?{query} 200, request r, N ms, attempt 3,"
            ' sent null, got {"groups": [], "total_count": 0}'
        ),
        (
            "POST groups 200, request -, N ms, attempt 1,"
            f' sent {{"organization_id": "{ID}", "name": "devs", "description": "", "tags": []}},'
            f" got {json.dumps(GROUP)}"
        ),
    ]


def test_nothing_is_logged_above_debug(
    api: Api, client: IamClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    api.say(UNAVAILABLE)
    client.get_group(ID)
    assert caplog.records == []


def test_no_secret_is_logged_by_us_or_by_the_libraries(
    api: Api, client: IamClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    echo = {"message": f"bad key {SECRET_KEY}", "details": [{"password": PASSWORD}]}
    member: types.CreateMember = {
        "email": "a@example.com",
        "username": "a",
        "password": PASSWORD,
    }
    nested = {"nested": [{"bearer_token": {"value": PASSWORD}}]}
    calls: list[tuple[Callable[[], Any], object]] = [
        (
            lambda: client.create_api_key(user_id=ID),
            sample(types.APIKey, secret_key=PASSWORD),
        ),
        (
            lambda: client.create_jwt(user_id=ID, referrer="a"),
            sample(types.EncodedJWT, token=PASSWORD),
        ),
        (
            lambda: client.create_jwt(user_id=ID, referrer="a"),
            sample(types.EncodedJWT, renew_token=PASSWORD),
        ),
        (lambda: client.create_user_mfaotp(ID), sample(types.MFAOTP, secret=PASSWORD)),
        (
            lambda: client.create_scim_token(ID),
            sample(types.CreateSCIMTokenResponse, bearer_token=PASSWORD),
        ),
        (
            lambda: client.validate_user_mfaotp(ID, one_time_password=PASSWORD),
            sample(types.ValidateUserMFAOTPResponse, recovery_codes=[PASSWORD]),
        ),
        (lambda: client.update_user_password(ID, password=PASSWORD), sample(types.User)),
        (lambda: client.create_user(member=member), {**sample(types.User), **nested}),
        (lambda: client.create_group(name=SECRET_KEY), sample(types.Group, name=SECRET_KEY)),
    ]
    for call, answer in calls:
        api.say(Answer(answer))
        assert call() == answer
    api.say(Answer(echo, 400), Answer(echo, 500), CUT)
    for _ in range(3):
        error = failure(lambda: client.validate_user_mfaotp(ID, one_time_password=PASSWORD))
        shown = "".join(traceback.format_exception(error)) + repr(error)
        assert PASSWORD not in shown
        assert SECRET_KEY not in shown
    messages = [record.getMessage() for record in caplog.records]
    assert any(record.name.startswith("urllib3") for record in caplog.records)
    assert '"secret_key": "***"' in caplog.text
    assert '"recovery_codes": "***"' in caplog.text
    assert not [line for line in messages if PASSWORD in line or SECRET_KEY in line]


def test_a_client_is_never_pickled_and_its_repr_holds_no_secret(client: IamClient) -> None:
    with pytest.raises(TypeError):
        pickle.dumps(client)
    assert SECRET_KEY not in repr(client)
