"""The pages of the documentation lead where they say."""

from __future__ import annotations

import importlib
import re
import subprocess
from pathlib import Path

import pytest

from pulumi_scw_iam.functions import FUNCTIONS
from pulumi_scw_iam.kinds import KINDS
from tools.generate.names import PACKAGES as PUBLIC
from tools.site import problems

ROOT = Path(__file__).parents[2]
PAGES = [
    line
    for line in subprocess.run(
        ["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    if (ROOT / line).is_file()
]


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    found: dict[str, int] = {}
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    for heading in re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        found[name] = found.get(name, -1) + 1
    return {f"{name}-{n}" if n else name for name, last in found.items() for n in range(last + 1)}


(REPOSITORY,) = re.findall(
    r'^Repository = "(.*)"$', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE
)


def file_of(page: Path, path: str) -> Path | None:
    """Return the target of a link in this checkout; None for a link to another site."""
    if "://" not in path:
        return (page.parent / path).resolve() if path else page
    raw = REPOSITORY.replace("https://github.com/", "https://raw.githubusercontent.com/")
    for start in (f"{REPOSITORY}/blob/main/", f"{REPOSITORY}/tree/main/", f"{raw}/main/"):
        if path.startswith(start):
            return ROOT / path.removeprefix(start)
    return None


@pytest.mark.parametrize("name", PAGES)
def test_every_link_of_a_page_leads_to_a_file_and_a_heading(name: str) -> None:
    page = ROOT / name
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    wrong = []
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", text)):
        path, _, heading = target.partition("#")
        file = file_of(page, path)
        if file and (not file.exists() or (heading and heading not in anchors(file))):
            wrong.append(target)
    assert wrong == []


def test_every_link_of_the_readme_works_on_another_site() -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", (ROOT / "README.md").read_text("utf-8"))
    assert len(links) > 20
    assert [link for link in links if not link.startswith("https://")] == []


def test_a_release_sets_the_tag_of_the_github_action_in_the_examples() -> None:
    pages = [ROOT / "docs/guide/pull-requests.md", *(ROOT / "ci/github").glob("example*.yml")]
    used = re.findall(
        r"uses: pulumi-scw-iam/\S+@(\S+)", "".join(page.read_text("utf-8") for page in pages)
    )
    assert len(used) > len(pages) - 1
    steps = (ROOT / "RELEASING.md").read_text("utf-8")
    assert [tag for tag in used if f"git push --force origin {tag}\n" not in steps] == []


SITE = (ROOT / "zensical.toml").read_text("utf-8")


def test_every_page_is_in_the_navigation_of_the_site_once() -> None:
    docs = ROOT / "docs"
    pages = {
        str(page.relative_to(docs))
        for page in docs.rglob("*.md")
        if not re.match(r"\d{4}-", page.name)  # the list of decisions leads to each
    }
    nav = re.findall(r'"([\w/-]+\.md)"', SITE)
    assert sorted(nav) == sorted(pages)
    assert f'link = "{REPOSITORY}"' in SITE


def test_a_broken_link_of_the_built_site_is_named(tmp_path: Path) -> None:
    (tmp_path / "guide").mkdir()
    (tmp_path / "guide" / "keys.html").write_text('<h2 id="expiry">Expiry</h2>')
    (tmp_path / "style.css").write_text("@import url(https://cdn.example.com/font.css);")
    (tmp_path / "index.html").write_text(
        """
        <link rel="canonical" href="https://docs.example.com/">
        <script src="https://cdn.example.com/search.js"></script>
        <a href="https://github.com/a/b" data-md-component="source">a/b</a>
        <a href="guide/keys.html#expiry">good</a> <a href="https://example.com">elsewhere</a>
        <a href="guide/keys.html#rotation">no anchor</a> <a href="guide/policies.html">no page</a>
        """
    )
    assert problems(tmp_path) == [
        "index.html: guide/keys.html#rotation has no such anchor",
        "index.html: guide/policies.html does not exist",
        "index.html: https://cdn.example.com/search.js is loaded from the network",
        "index.html: https://github.com/a/b is loaded from the network",
        "style.css: https://cdn.example.com/font.css is loaded from the network",
    ]


REFERENCE = "\n".join(
    page.read_text("utf-8") for page in sorted((ROOT / "docs" / "reference").glob("*.md"))
)
GUIDE = "\n".join(
    page.read_text("utf-8") for page in sorted((ROOT / "docs" / "guide").glob("*.md"))
)


def test_every_public_name_has_its_row_in_the_reference() -> None:
    page = (ROOT / "docs" / "reference" / "python.md").read_text("utf-8")
    chapters = dict(
        re.findall(r"^## (pulumi_scw_iam\S*)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    )
    assert sorted(chapters) == sorted(PUBLIC)
    for package, chapter in chapters.items():
        names = re.findall(r"`(\w+)`(?=[\] ,])", "\n".join(cells(chapter, 0)))
        assert sorted(names) == sorted(importlib.import_module(package).__all__)
        assert all(cells(chapter, 1)), package


def cells(chapter: str, column: int) -> list[str]:
    """Return one column of the table of a chapter, without its head."""
    rows = [re.split(r"(?<!\\) ?\| ?", row) for row in chapter.splitlines() if row.startswith("| ")]
    return [f"{row[column + 1]} " if row[column + 1] else "" for row in rows[2:]]


def test_every_resource_and_function_has_its_chapter_in_the_reference() -> None:
    missing = {
        f"\n## {name}\n" for name in (*KINDS, *FUNCTIONS) if f"\n## {name}\n" not in REFERENCE
    }
    assert missing == set()


def test_every_resource_is_mentioned_in_the_guide() -> None:
    assert [name for name in KINDS if not re.search(rf"\b{name}\b", GUIDE)] == []


def test_every_environment_variable_of_the_package_is_in_the_reference() -> None:
    settings = (ROOT / "docs" / "reference" / "settings.md").read_text("utf-8")
    source = "".join(file.read_text("utf-8") for file in (ROOT / "pulumi_scw_iam").rglob("*.py"))
    read = set(re.findall(r'"((?:PULUMI_SCW_IAM|SCW)_[A-Z_]+)"', source))
    assert {name for name in read if f"`{name}`" not in settings} == set()


def test_every_decision_is_numbered_dated_and_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    pages = sorted(page.name for page in folder.glob("*.md") if page.name != "README.md")
    assert [int(name[:4]) for name in pages] == list(range(1, len(pages) + 1))
    index = (folder / "README.md").read_text("utf-8")
    listed = {
        name: title for title, name in re.findall(r"^- \[(.*)\]\((.*)\)$", index, re.MULTILINE)
    }
    assert sorted(listed) == pages
    for name in pages:
        title, _, date = (folder / name).read_text("utf-8").split("\n")[:3]
        assert title == f"# {listed[name]}"
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", date), name
