"""Secrets are masked in messages and logs, by field name and by value."""

from __future__ import annotations

import json
import logging
import shlex
import traceback
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_scw_iam.common.errors import IamError
from pulumi_scw_iam.common.redaction import MASK, SECRET, SECRET_FIELDS, DeclaredSecrets, Redactor
from pulumi_scw_iam.common.words import quoted
from tests.support.samples import ID
from tests.support.scripted_api import Answer, Api

if TYPE_CHECKING:
    from pulumi_scw_iam.api.client import IamClient

# None of these secrets is part of the surrounding text, or of the mask.
SECRETS = st.text(
    alphabet=st.one_of(
        st.sampled_from("\"'\\\n\r\t/{}é😀\x00\x7f\u2028"), st.characters(codec="utf-8")
    ),
    min_size=4,
).map(lambda text: f"§{text}§")


@given(st.lists(SECRETS, min_size=1, max_size=4), st.sampled_from(sorted(SECRET_FIELDS)))
def test_a_value_is_masked_as_it_is_and_as_json_writes_it(secrets: list[str], name: str) -> None:
    redactor = Redactor()
    redactor.learn({"member": [{name: {"any": secrets}}]})
    for secret in secrets:
        for text in (
            f"bad: {secret}.",
            json.dumps({"said": secret}),
            json.dumps(secret, ensure_ascii=False),
            json.dumps([f"a {secret}"]),
        ):
            shown = redactor.text(text)
            assert secret not in shown
            assert json.dumps(secret)[1:-1] not in shown
            assert json.dumps(secret, ensure_ascii=False)[1:-1] not in shown
            assert MASK in shown
        assert redactor.json({"a": [secret], secret: f"x{secret}", "n": 1}) == {
            "a": [MASK],
            MASK: f"x{MASK}",
            "n": 1,
        }


@given(SECRETS, SECRETS)
def test_a_secret_within_another_leaves_nothing_of_the_longer_one(short: str, rest: str) -> None:
    long = f"{short}{rest}"
    redactor = Redactor(short, long)
    assert rest not in redactor.text(f"bad: {long}")


def test_fields_are_masked_by_name_whatever_they_hold_and_the_empty_stay() -> None:
    redactor = Redactor()
    value = {
        "password": "abc",
        "secret_key": None,
        "recovery_codes": ["a"],
        "token": {"id": "1"},
        "secret": "",
        "name": "abc",
    }
    assert redactor.json(value) == {
        "password": MASK,
        "secret_key": None,
        "recovery_codes": MASK,
        "token": MASK,
        "secret": "",
        "name": "abc",
    }


def test_what_is_short_is_not_looked_for_in_other_words() -> None:
    redactor = Redactor("abc", "")
    redactor.learn({"password": "the"})
    assert redactor.text("the other abc") == "the other abc"


@pytest.mark.parametrize("password", ['quo"ted secret', "back\\slash", "line\nfeed", "plain words"])
def test_a_password_that_the_api_quotes_is_in_no_error_and_in_no_line_of_the_log(
    password: str, api: Api, client: IamClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "pulumi_scw_iam")
    details = [{"argument_name": "password", "help_message": f"{password} is too weak"}]
    api.say(Answer({"type": "invalid_arguments", "details": details}, 400))
    with pytest.raises(IamError) as caught:
        client.update_user_password(ID, password=password)
    assert str(caught.value) == (
        f"POST users/{ID}/update-password: password: {MASK} is too weak (400)"
    )
    # A secret of one call is masked in all later calls.
    api.say(Answer({"type": "x", "message": f"remember {password}?"}, 400))
    with pytest.raises(IamError) as later:
        client.get_user(ID)
    assert str(later.value) == f"GET users/{ID}: remember {MASK}? (400)"
    shown = "".join(
        [*traceback.format_exception(caught.value), *traceback.format_exception(later.value)]
    )
    for form in {password, json.dumps(password)[1:-1], repr(password)[1:-1]}:
        assert form not in shown
        assert form not in caplog.text


# --- values that a program marks as secret --------------------------------------------------------


def on_one_line(text: str) -> str:
    """Return a text of the API as the client prints it in errors."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


@given(
    st.lists(SECRETS.filter(lambda secret: len(on_one_line(secret)) > 3), min_size=1, max_size=4)
)
def test_a_declared_secret_is_masked_in_each_spelling_of_a_message(values: list[str]) -> None:
    secrets = DeclaredSecrets()
    secrets.learn_values(values)
    for value in values:
        for text in (
            f"create group {quoted(value)}: no",
            f"create group {json.dumps(value)}: no",
            f"create group {shlex.quote(value)}: no",
            f"create group {on_one_line(value)}: no",
            f"create group {quote(value, safe='')}: no",
        ):
            assert secrets.text(text) == f"create group {SECRET}: no"


@given(SECRETS.filter(lambda text: len(text) > 8), st.integers(4, 7), st.sampled_from(["...", "…"]))
def test_a_declared_secret_that_is_cut_is_masked(value: str, length: int, ellipsis: str) -> None:
    secrets = DeclaredSecrets()
    secrets.learn_values([value])
    assert secrets.text(f"bad: {value[:length]}{ellipsis}") == f"bad: {SECRET}{ellipsis}"
    assert secrets.text(f'bad: "{value[:length]}{ellipsis}"') == f"bad: {SECRET}"


def test_a_short_declared_secret_is_masked_in_quotes_only() -> None:
    secrets = DeclaredSecrets()
    secrets.learn_values(["a", "if", ""])
    line = secrets.text("""create a group "a": 'if' is taken, "" if not "ab"...""")
    assert line == """create a group [secret]: [secret] is taken, "" if not "ab"..."""


def test_nothing_else_is_masked() -> None:
    secrets = DeclaredSecrets()
    secrets.learn_values(["hush-group", "   "])
    for line in ("create group", "", "hush-grou", "hus...", "   ", "[secret]"):
        assert secrets.text(line) == line
