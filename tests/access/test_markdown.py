"""The comment for a pull request: names are text and nothing else, whatever they contain."""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pulumi_scw_iam.access.change_wording import comparison_lines
from pulumi_scw_iam.access.changes import compare
from pulumi_scw_iam.access.markdown import (
    MOST_CHARACTERS,
    code,
    comparison_markdown,
    marker,
    mermaid_label,
)
from pulumi_scw_iam.access.world import Group, Policy, Project, Rule, User, World

if TYPE_CHECKING:
    from markdown_it.token import Token

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
OURS = {"<details>", "</details>"}

HOSTILE = [
    "a | b",
    "`",
    "``",
    " ` ",
    "```mermaid",
    "`` ` ``",
    "<script>alert(1)</script>",
    "</summary></details><img src=x onerror=alert(1)>",
    "-->",
    "<!-- pulumi-scw-iam access diff -->",
    "@team",
    "@org/team",
    "#123",
    "org/repo#1",
    "https://example.com",
    "www.example.com",
    "[x](javascript:alert(1))",
    "![x](https://example.com/x.png)",
    "[x]: https://example.com",
    "**bold** _it_ ~~no~~",
    "# heading",
    "- [ ] task",
    "> quote",
    "1. one",
    "line\nline",
    "line\r\n\r\n<b>",
    "\u2028- x",
    "\u202euser\u202c",
    "\u2066x\u2069",
    "a\u200bb",
    "\ufeff",
    "\u3164",
    "e\u0301\u0301",
    "\x00\x1b[31m",
    "\ud800",
    "\\",
    "\\`",
    "&lt;b&gt;",
    "$x$",
    ":smile:",
    '"] --> x["',
    "end",
    "graph LR; a-->b",
    "%%{init: {}}%%",
    "click n0 href",
    "#quot;",
    "",
    " ",
]
NAMES = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=64))


def worlds(user: str, group: str, policy: str, project: str, condition: str) -> tuple[World, World]:
    """Return worlds with these names: the user gains one permission set, and loses another."""
    before = World(
        users=(User(id="u1", username=user, type="member"),),
        groups=(Group(id="g1", name=group, user_ids=frozenset({"u1"})),),
        projects=(Project(id="p1", name=project),),
        policies=(Policy(id="y1", name=policy, group_id="g1", rules=(_rule("IPAMReadOnly", ""),)),),
        source=group,
    )
    rules = (_rule("ContainersReadOnly", condition), Rule(permission_sets=("IAMManager",)))
    return before, replace(before, policies=(replace(before.policies[0], rules=rules),))


def _rule(name: str, condition: str) -> Rule:
    return Rule(permission_sets=(name,), project_ids=frozenset({"p1"}), condition=condition)


def flat(tokens: list[Token]) -> list[Token]:
    return [one for token in tokens for one in (token, *flat(token.children or []))]


def outside_of_code(tokens: list[Token]) -> str:
    return " ".join(one.content for one in flat(tokens) if one.type == "text")


@given(st.lists(NAMES, min_size=5, max_size=5), NAMES)
@example(HOSTILE[:5], HOSTILE[5])
def test_names_change_nothing_but_text(names: list[str], title: str) -> None:
    user, group, policy, project, condition = names
    before, after = worlds(user, group, policy, project, condition)
    text = comparison_markdown(compare(before, after), title)
    plain = comparison_markdown(
        compare(*worlds(*("n" * (1 if one else 0) for one in names))), "t" if title else ""
    )
    tokens, usual = PARSER.parse(text), PARSER.parse(plain)
    # The same elements as with harmless names, so the names are in code spans.
    assert [one.type for one in flat(tokens)] == [one.type for one in flat(usual)]
    html_blocks = [one.content for one in flat(tokens) if one.type.startswith("html")]
    assert (
        html_blocks[1:] == [one.content for one in flat(usual) if one.type.startswith("html")][1:]
    )
    assert html_blocks[0] == marker(title) + "\n"
    assert text.startswith(marker(title) + "\n")
    # What GitHub links on its own is only in code.
    assert re.search(r"[@#<>&\[\]|~$\\]|://|www\.", outside_of_code(tokens)) is None
    assert all(c in "\n " or c.isprintable() for c in text)


@given(NAMES)
@example("\U000e0100")
def test_a_code_span_has_the_name_as_its_text(name: str) -> None:
    (_, inline, _) = PARSER.parse(f"x {code(name)} y")
    assert [one.type for one in inline.children or []] == ["text", "code_inline", "text"]
    content = (inline.children or [])[1].content
    unescaped = re.sub(r"\\u([0-9a-f]{4})|\\U([0-9a-f]{8})", _character, content)
    assert content.isprintable()
    assert not any(unicodedata.category(c) in ("Mn", "Me", "Cf") for c in content)
    if "\\" not in name:
        assert unescaped == (name or "(empty)")


def _character(match: re.Match[str]) -> str:
    return chr(int(match[1] or match[2], 16))


@given(NAMES)
def test_a_label_of_the_graph_has_only_letters_and_entities(name: str) -> None:
    label = mermaid_label(f"user {name}")
    assert re.fullmatch(r'"(?:[\w _-]|#\d+;)*"', label)
    decoded = html.unescape(label[1:-1].replace("#", "&#"))
    if name.isascii() and name.isalnum() and len(name) < 50:
        assert decoded == f"user {name}"


def test_the_comment_of_a_change() -> None:
    before, after = worlds("alice", "devs", "ops", "prod", "on_weekdays()")
    assert comparison_markdown(compare(before, after), "prod") == EXPECTED


EXPECTED = """\
<!-- pulumi-scw-iam access diff: prod -->
### Access of `prod`: 1 escalation, 1 broadening, 1 narrowing

**Escalation: leads to any right**

- 2 principals (`user:alice` and `group:devs`) gain `IAMManager` on the organization, through group `devs`, policy `ops`, rule 2; leads to any right.

**Broadening**

- 2 principals (`user:alice` and `group:devs`) gain `ContainersReadOnly` on project `prod`, through group `devs`, policy `ops`, rule 1, only if `on_weekdays()`.

```mermaid
graph LR
  n0["user alice"] --> n1["group devs"]
  n1 --> n2["policy ops"]
  n2 -->|"gains"| n3["IAMManager on the organization"]
  n2 -->|"gains"| n4["ContainersReadOnly on project prod"]
  n2 -->|"loses"| n5["IPAMReadOnly on project prod"]
```

<details>
<summary>Narrowing: 1</summary>

- 2 principals (`user:alice` and `group:devs`) lose `IPAMReadOnly` on project `prod`, through group `devs`, policy `ops`, rule 1.

</details>

<details>
<summary>Sources and notes</summary>

- Compared `devs` with `devs`.

</details>
"""


def test_a_comment_has_at_most_65536_characters_and_says_what_is_left_out() -> None:
    count = 700
    users = tuple(User(id=f"u{i}", username=f"{i}" + "ü" * 50, type="member") for i in range(count))
    policies = tuple(
        Policy(
            id=f"y{i}",
            name=f"policy {i}",
            user_id=f"u{i}",
            rules=(Rule(permission_sets=("IPAMReadOnly",)),),
        )
        for i in range(count)
    )
    before = World(users=users)
    comparison = compare(before, replace(before, policies=policies))
    text = comparison_markdown(comparison)
    assert len(text) <= MOST_CHARACTERS
    assert len(text.encode()) > MOST_CHARACTERS - 1000
    shown_changes = text.count("\n- `")
    left_out = int(re.findall(r"\*\*(\d+) more changes are left out", text)[0])
    assert shown_changes + left_out == count == len(comparison.entries)
    assert "mermaid" not in text
    assert len(list(comparison_lines(comparison))) == count + 1


def test_a_comment_without_changes_has_its_marker() -> None:
    before, _ = worlds("alice", "devs", "ops", "prod", "")
    assert comparison_markdown(compare(before, before)).split("\n")[:2] == [
        "<!-- pulumi-scw-iam access diff -->",
        "### Access: no change",
    ]
    assert marker("my stack --> x") == "<!-- pulumi-scw-iam access diff: my-stack-x -->"
