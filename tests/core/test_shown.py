"""Messages have no terminal control characters and no characters that change the text direction."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_scw_iam.commands import main
from pulumi_scw_iam.common.errors import ApiError, IamError, Incomplete, NoAnswer
from pulumi_scw_iam.common.user_log import user_log
from pulumi_scw_iam.common.words import quoted, shown
from pulumi_scw_iam.core.check import Failure
from pulumi_scw_iam.core.fields import fields
from pulumi_scw_iam.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTROLS = "".join(map(chr, (*range(0x20), 0x7F, *range(0x80, 0xA0))))
DIRECTIONS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
INVISIBLE = "\u00ad\u200b\u200c\u200d\u2028\u2029\u2060\ufeff\U000e0041\ud800"
NASTY = CONTROLS + DIRECTIONS + INVISIBLE

texts = st.text(st.one_of(st.sampled_from(NASTY), st.sampled_from('a"\\é漢א '), st.characters()))


def is_safe(line: str) -> bool:
    return line.isprintable() and not set(line) & set(NASTY)


@pytest.mark.parametrize("character", NASTY)
def test_each_character_that_is_obeyed_or_not_seen_is_escaped(character: str) -> None:
    code = ord(character)
    escape = f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    assert shown(f"a{character}b") == f"a{escape}b"
    assert is_safe(quoted(f"a{character}b"))


@given(texts)
def test_what_is_shown_is_safe_and_what_was_safe_stays_as_it_is(text: str) -> None:
    safe = shown(text)
    assert is_safe(safe)
    assert shown(safe) == safe
    if text.isprintable():
        assert safe == text


@given(texts)
def test_what_is_quoted_is_one_text_of_json(text: str) -> None:
    quote = quoted(text)
    assert is_safe(quote)
    if len(text) <= 40 and all(ord(c) < 0x10000 for c in text):
        assert json.loads(quote) == text


@given(texts, texts, texts)
def test_the_line_of_an_error_is_safe(reason: str, attempt: str, hint: str) -> None:
    for error in (
        IamError(reason, attempt=attempt, hint=hint),
        NoAnswer(reason, sent=True, attempt=attempt, hint=hint),
        Incomplete(reason, resource_id="a", state=None, hint=hint),
    ):
        assert is_safe(str(error))


@given(texts, st.sampled_from([400, 401, 403, 404, 409, 412, 418, 429, 500]))
def test_the_line_of_what_the_api_says_is_safe(text: str, status: int) -> None:
    details = [
        {"argument_name": text, "help_message": text, "reason": text, "action": text, "quota": text}
    ]
    for kind in ("invalid_arguments", "not_found", "permissions_denied", "quotas_exceeded", text):
        body = {"type": kind, "message": text, "resource": text, "resource_id": text}
        error = ApiError.from_answer(status, {**body, "details": details})
        assert is_safe(str(error))
        assert is_safe(error.words)
        assert is_safe(error.aside)


@given(texts)
def test_a_notice_is_safe(text: str) -> None:
    seen: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: seen.append(record.getMessage())  # type: ignore[method-assign]
    user_log.addHandler(handler)
    try:
        user_log.warning("group %s: %s", text, "100 %")
        user_log.warning(text)
    finally:
        user_log.removeHandler(handler)
    assert seen == [shown(f"group {text}: 100 %"), shown(text)]


def given_to(kind: Any, text: str) -> Iterator[dict[str, object]]:
    """Yield inputs with the text as the value, a list item, or the name of one property."""
    for field in fields(kind.inputs):
        yield {field.name: [text] if field.container else text}
    yield {text or "a": text}


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
@given(text=texts)
def test_what_check_says_is_safe_and_so_is_the_title(kind: Any, text: str) -> None:
    for news in given_to(kind, text):
        _, failures = kind.check({}, news, settings={})
        for failure in failures:
            assert all(map(is_safe, failure.for_engine))
    assert is_safe(kind.describe({kind.described_by: text}))


def test_the_path_of_a_failure_is_safe_in_what_the_engine_is_told() -> None:
    assert Failure("a\x1b[2Jb", "is\nwrong").for_engine == ("a\\u001b[2Jb", "is\\u000awrong")
    assert Failure("a\u202e", "is wrong", hidden=True).for_engine == ("", "a\\u202e is wrong")


def test_the_command_shows_its_failures_and_arguments_safely(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main.main(["doctor", "no\x1b[2J\u202efile"]) == 1
    assert capsys.readouterr().err == (
        "pulumi-scw-iam: no\\u001b[2J\\u202efile: No such file or directory\n"
    )
