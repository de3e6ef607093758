"""The scanner finds secrets. No error, object or log of the package contains a secret."""

from __future__ import annotations

import base64
import io
import json
import logging
import pickle
import re
import traceback
import zlib
from dataclasses import fields
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from google.protobuf import struct_pb2

from pulumi_scw_iam import dynamic
from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.retry import Retry
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.common.errors import IamError
from pulumi_scw_iam.common.redaction import Secret, hidden
from pulumi_scw_iam.core.provider import ProviderCore
from pulumi_scw_iam.emulator import Emulator, Fault
from pulumi_scw_iam.kinds import KINDS
from pulumi_scw_iam.kinds.shared.secret_sink import hand_on
from tests.support.faults.secrets import Leak, forms_of, leaks, scan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import FrameType

PASSWORD = 'Correct-"horse\\-ü/+1'
SECRETS = {"it": PASSWORD}
WAYS: dict[str, Callable[[str], bytes]] = {
    "plain": str.encode,
    "JSON": lambda text: json.dumps({"password": text}).encode(),
    "JSON as it is": lambda text: json.dumps({"password": text}, ensure_ascii=False).encode(),
    "JSON in JSON": lambda text: json.dumps(json.dumps(text)).encode(),
    "URL": lambda text: quote(f"a={text}", safe="").encode(),
    "hex": lambda text: text.encode().hex().encode(),
    **{
        f"base64 after {shift}": lambda text, shift=shift: base64.b64encode(  # type: ignore[misc]
            b"x" * shift + text.encode() + b"y"
        )
        for shift in range(4)
    },
    "base64 for addresses": lambda text: base64.urlsafe_b64encode(text.encode()),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_planted_secret_is_found_with_its_file_and_its_place(way: str, tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "innocent.txt").write_text("Correct-horse")
    (tmp_path / "a" / "b" / "file.bin").write_bytes(b"\0\xff 12345" + WAYS[way](PASSWORD) + b"\xff")
    (leak, *_) = scan(tmp_path, SECRETS)
    assert leak.file == "a/b/file.bin"
    content = (tmp_path / "a" / "b" / "file.bin").read_bytes()
    assert any(content.startswith(form, leak.offset) for form, _ in forms_of(PASSWORD))
    assert PASSWORD not in str(leak)


def test_a_secret_in_the_name_of_a_file_is_found(tmp_path: Path) -> None:
    (tmp_path / "key-0f0e.json").touch()
    assert scan(tmp_path, {"the key": "0f0e"}) == [
        Leak("the name of key-0f0e.json", 4, "the key", "plain")
    ]


def test_nothing_is_found_where_there_is_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(zlib.compress(PASSWORD.encode()))
    assert scan(tmp_path, SECRETS) == []


# --- objects of the package -----------------------------------------------------------------------

USER = {"email": "c@example.com", "username": "carol", "password": PASSWORD}
NASTY = {
    "a status": Fault(method="*", status=500),
    "a lost answer": Fault(method="*", lost="after"),
    "a time-out": Fault(method="*", lost="before", hang=True),
    "a refusal that quotes": Fault(
        method="*",
        status=400,
        body={"type": "invalid_arguments", "message": f"{PASSWORD} is too long", "details": []},
    ),
}


def seen(*values: object) -> list[str]:
    """Return the secrets in the reprs of values, and in their pickles."""
    found = []
    for value in values:
        found += [str(leak) for leak in leaks(repr(value).encode(), f"repr of {type(value)}", ALL)]
        try:
            content = pickle.dumps(value)
        except (TypeError, AttributeError, pickle.PicklingError):
            continue
        found += [str(leak) for leak in leaks(content, f"pickle of {type(value)}", ALL)]
    return found


ALL: dict[str, str] = {}


@pytest.fixture
def core(iam_emulator: Emulator) -> ProviderCore:
    environment = {**iam_emulator.environment, "PULUMI_SCW_IAM_REQUEST_TIMEOUT": "0.2"}
    settings = Settings.resolve(environ=environment)
    core = ProviderCore(lambda: settings)
    retry = Retry(attempts=2, base=0.001, longest=0.002, total=0.05)
    core._clients._client = IamClient(settings, retry=retry, timeout=(1, 0.2))
    ALL.clear()
    ALL.update({"the secret key": iam_emulator.secret_key, "the password": PASSWORD})
    return core


def test_what_holds_the_secret_key_shows_it_nowhere_and_settings_are_not_pickled(
    core: ProviderCore,
) -> None:
    assert core.client.list_groups() is not None
    calls = core.client._calls
    transport = calls._transport
    assert seen(core, core.settings, core.client, calls, transport, transport._redactor) == []
    session = transport._thread.session
    shown = "".join(map(repr, (transport._thread, session, session.auth, session.headers)))
    assert [str(leak) for leak in leaks(shown.encode(), "repr", ALL)] == []
    with pytest.raises(TypeError, match="never pickled"):
        pickle.dumps(core.settings)


def test_what_signs_the_calls_is_not_pickled_with_the_secret_key(core: ProviderCore) -> None:
    session = core.client._calls._transport._thread.session
    assert seen(session, session.auth) == []


def test_the_providers_that_are_pickled_into_states_hold_nothing(core: ProviderCore) -> None:
    dynamic.UserProvider._core = core
    try:
        classes = [getattr(dynamic, name) for name in dynamic.__all__ if name.endswith("Provider")]
        assert seen(*(cls() for cls in classes if cls is not dynamic.Provider)) == []
    finally:
        del dynamic.UserProvider._core


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_a_dataclass_does_not_show_its_secrets(kind: Any) -> None:
    for shape in (kind.inputs, kind.state):
        names = {field.name for field in fields(shape)} & set(kind.secrets())
        values = {field.name: PASSWORD if field.name in names else None for field in fields(shape)}
        shown = repr(shape(**values))
        assert shown.startswith(f"{shape.__name__}(")
        assert "horse" not in shown


@pytest.mark.parametrize("fault", NASTY)
def test_an_error_its_causes_and_its_traceback_show_no_secret(
    fault: str, core: ProviderCore, iam_emulator: Emulator
) -> None:
    """Without local variables, like Python's own tracebacks."""
    inputs, failures = core.check(KINDS["User"], {}, USER)
    assert not failures
    iam_emulator.faults.add(NASTY[fault])
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    logger = logging.getLogger("pulumi_scw_iam")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        with pytest.raises(IamError) as raised:
            core.create(KINDS["User"], inputs)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
    error = raised.value
    shown = "".join(traceback.TracebackException.from_exception(error).format())
    assert [str(leak) for leak in leaks(shown.encode(), "the traceback", ALL)] == []
    assert [str(leak) for leak in leaks(log.getvalue().encode(), "the log", ALL)] == []
    assert "POST" in log.getvalue()
    assert seen(error, error.__cause__, error.__context__, vars(error)) == []


# --- crash reports --------------------------------------------------------------------------------

PLAIN = "correct-horse-7391"
"""A password that `repr` shows unchanged."""
ANSWERED = "0f0e0d0c-1111-4111-8111-5ec2e7000009"
"""A secret key in a response."""
ID = "22222222-2222-4222-8222-222222222222"
VAULT = f"fr-par/{ID}"
KEY = "SCWXXXXXXXXXXXXXXXXX"
BEARER = {"application_id": ID, "description": "d"}
NAMES: Any = dict.fromkeys(("first_name", "last_name", "phone_number", "locale"), "")


def user(**more: object) -> Any:
    return {**USER, "password": PLAIN, "organization_id": ID, **more}


def member(core: ProviderCore, **more: object) -> dict[str, Any]:
    inputs, failures = core.check(KINDS["User"], {}, user(**more))
    assert not failures
    return inputs


def key(**more: object) -> dict[str, Any]:
    return {**BEARER, "access_key": KEY, "secret_key": ANSWERED, **more}


def provider(kind: str, core: ProviderCore) -> dynamic.Provider:
    instance: dynamic.Provider = getattr(dynamic, f"{kind}Provider")()
    type(instance)._core = core
    return instance


CALLS: dict[str, Callable[[ProviderCore], object]] = {
    "client, create user": lambda f: f.client.create_user(member=user(**NAMES)),
    "client, password": lambda f: f.client.update_user_password(ID, password=PLAIN),
    "client, OTP": lambda f: f.client.validate_user_mfaotp(ID, one_time_password=PLAIN),
    "client, create key": lambda f: f.client.create_api_key(application_id=ID),
    "client, create token": lambda f: f.client.create_scim_token(ID),
    "front, create user": lambda f: f.create(KINDS["User"], member(f)),
    "front, create locked user": lambda f: f.create(KINDS["User"], member(f, locked=True)),
    "front, create key": lambda f: f.create(KINDS["APIKey"], BEARER),
    "create user": lambda f: provider("User", f).create(user()),
    "read user": lambda f: provider("User", f).read(ID, user()),
    "update password": lambda f: provider("User", f).update(ID, user(password="another"), user()),
    "update user": lambda f: provider("User", f).update(ID, user(), user(first_name="C")),
    "delete user": lambda f: provider("User", f).delete(ID, user()),
    "create key": lambda f: provider("APIKey", f).create(BEARER),
    "update key": lambda f: provider("APIKey", f).update(KEY, key(), key(description="e")),
    "hand on key": lambda f: hand_on(f.client, VAULT, "json", KEY, hidden(ANSWERED, secret=True)),
    "update key into a secret": lambda f: provider("APIKey", f).update(
        KEY, key(), {**BEARER, "secret_id": VAULT, "secret_format": "env"}
    ),
    "delete key": lambda f: provider("APIKey", f).delete(KEY, key()),
}
FAULTS = {
    "a status": Fault(method="*", status=500),
    "a lost answer": Fault(method="*", lost="after"),
    "a refusal that quotes": Fault(
        method="*",
        status=400,
        body={"type": "invalid_arguments", "message": f"{PLAIN} is too long", "details": []},
    ),
    "an answer that is not as described": Fault(
        method="*", status=200, body={"access_key": 7, "secret_key": ANSWERED}
    ),
}


SENDS_IT = {name for name in CALLS if re.search("password|OTP|create .*user", name)}
CASES = [
    (fault, call)
    for fault in FAULTS
    for call in CALLS
    # The API may quote its request, and a delete has no response body.
    if (fault != "a refusal that quotes" or call in SENDS_IT)
    and (fault != "an answer that is not as described" or "delete" not in call)
]


def frames_of(error: BaseException | None) -> Iterator[FrameType]:
    """Yield the frames of an error and of its causes."""
    while error is not None:
        yield from (frame for frame, _ in traceback.walk_tb(error.__traceback__))
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize(("fault", "call"), CASES)
def test_no_variable_of_ours_shows_a_secret_in_the_traceback_of_an_error(
    fault: str, call: str, core: ProviderCore, iam_emulator: Emulator
) -> None:
    """Crash reporters send the local variables of all frames. Frames of callers are excluded."""
    iam_emulator.faults.add(FAULTS[fault])
    with pytest.raises(IamError) as raised:
        CALLS[call](core)
    ours = [
        frame for frame in frames_of(raised.value) if "pulumi_scw_iam" in frame.f_code.co_filename
    ]
    assert ours
    assert [
        f"{name} of {frame.f_code.co_name}, line {frame.f_lineno}"
        for frame in ours
        for name, value in frame.f_locals.items()
        if any(secret in repr(value) for secret in (PLAIN, ANSWERED, iam_emulator.secret_key))
    ] == []


def test_a_secret_is_the_text_that_it_hides() -> None:
    secret = Secret(PASSWORD)
    assert repr([secret, {"password": secret}]) == "['***', {'password': '***'}]"
    assert (secret, hash(secret), f"{secret}", str(secret)) == (
        PASSWORD,
        hash(PASSWORD),
        PASSWORD,
        PASSWORD,
    )
    assert json.dumps({"a": secret}) == json.dumps({"a": PASSWORD})
    (copy,) = pickle.loads(pickle.dumps([secret]))
    assert (type(copy), copy) == (str, PASSWORD)
    message = struct_pb2.Struct()
    message.update({"a": secret})
    assert message.fields["a"].string_value == PASSWORD


@pytest.mark.parametrize("fault", NASTY)
def test_the_variables_of_a_traceback_show_no_secret_key(
    fault: str, core: ProviderCore, iam_emulator: Emulator
) -> None:
    """Crash reporters may send local variables. The program's own inputs are among these."""
    inputs, _ = core.check(KINDS["User"], {}, {**USER, "password": ""})
    del ALL["the password"]
    iam_emulator.faults.add(NASTY[fault])
    with pytest.raises(IamError) as raised:
        core.create(KINDS["User"], inputs)
    shown = traceback.TracebackException.from_exception(raised.value, capture_locals=True)
    text = "".join(shown.format())
    assert "calls = " in text or "self = " in text
    assert [str(leak) for leak in leaks(text.encode(), "the traceback", ALL)] == []
