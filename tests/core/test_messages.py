"""Every message has its place in docs/reference/messages.md, in the words of all others."""

from __future__ import annotations

import re

import pytest

from pulumi_scw_iam.common import errors
from tests.support.preview.wrong import WRONG
from tools.generate.fidelity import cell
from tools.generate.messages import REASON, SECTIONS, TARGET, as_code, find, messages

PRINTED = sorted({line for case in WRONG for line in (*case.failures, *case.warnings)})
"""Check failures and warnings as previews print them."""

WORDS = {
    "answered": "returned, responded",
    "told, said, tells, says": "returned, reported, shown",
    "wants": "requires, needs",
    "tried again, try again": "retried",
    "nobody, somebody": "the user, another program",
    "nevertheless, all the same, may well": "(leave it out)",
    "is made, was made, were made": "created",
}
"""Words that messages do not use, and those that they use."""


@pytest.mark.parametrize("line", PRINTED)
def test_a_printed_message_is_found_on_the_page(line: str) -> None:
    page = TARGET.read_text(encoding="utf-8")
    texts = [message.text for message in find(line)]
    assert texts
    assert [text for text in texts if cell(as_code(text)) not in page] == []


def test_a_text_of_another_program_is_not_found() -> None:
    assert find("error: Duplicate resource URN 'urn:pulumi:dev::app'; try giving it a name") == []


def test_every_error_that_the_package_defines_is_on_the_page_of_messages() -> None:
    roles = {message.role for message in messages()}
    assert {
        f"`{name}`" for name in ("ConfigError", "Refused", "NoAnswer", "UnknownOutcome")
    } <= roles
    assert set(errors.__all__) >= {
        role.strip("`") for role in roles if hasattr(errors, role.strip("`"))
    }


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_of_the_page_has_messages(section: str) -> None:
    page = TARGET.read_text(encoding="utf-8")
    _, _, rest = page.partition(f"\n## {section}\n")
    assert rest.lstrip().startswith("| message | role |")


def test_messages_are_one_line_without_a_period() -> None:
    wrong = [
        message.text
        for message in messages()
        if message.role not in {REASON, "output", "error of the API"}
        and re.search(r"\s{2}|[\t\r]|^[ ;,]|[ ;,.]$", message.text)
    ]
    assert wrong == []


@pytest.mark.parametrize("words", WORDS, ids=str)
def test_messages_have_one_word_per_idea(words: str) -> None:
    wrong = re.compile(rf"\b({'|'.join(words.split(', '))})\b")
    assert [message.text for message in messages() if wrong.search(message.text)] == []
