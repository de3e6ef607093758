"""Build the documentation site into site/, and check the built pages.

    python tools/site.py

The exit code is 1 for a warning of the generator, for a broken link or anchor between pages, and for a page with files
from the network.
"""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "site"
LOADED = {("img", "src"), ("link", "href"), ("script", "src"), ("source", "src"), ("iframe", "src")}
"""Tags and attributes with files to load without a click."""


class Page(HTMLParser):
    """The links and the anchors of one page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: set[tuple[str, bool]] = set()
        """Each link, with True if the browser loads the target without a click."""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect the links and the anchors of one tag."""
        given = dict(attrs)
        # The canonical address and the edit link are for people and search engines.
        loads = not (tag == "link" and given.get("rel") in {"canonical", "prev", "next"})
        # The script of the theme asks the API of this site for the stars of the repository.
        asks = given.get("data-md-component") == "source"
        self.anchors |= {value for name in ("id", "name") if (value := given.get(name))}
        for name in ("href", "src"):
            if value := given.get(name):
                self.links.add((value, asks or (loads and (tag, name) in LOADED)))


def main() -> int:
    """Build and check; return the exit code."""
    zensical = Path(sys.executable).with_name("zensical")
    if not zensical.exists():
        print(
            "zensical is not installed; run `make docs`, with Python 3.11 or newer", file=sys.stderr
        )
        return 1
    if code := subprocess.run(
        [zensical, "build", "--clean", "--strict"], cwd=ROOT, check=False
    ).returncode:
        return code
    wrong = problems(SITE)
    print("\n".join(wrong) or f"all links of {len([*SITE.rglob('*.html')])} pages are good")
    return 1 if wrong else 0


def problems(site: Path) -> list[str]:
    """Return a line for each broken link and each file from the network."""
    site = site.resolve()
    pages = {file: Page(file.read_text(encoding="utf-8")) for file in sorted(site.rglob("*.html"))}
    found = [
        f"{file.relative_to(site)}: {link} {reason}"
        for file, page in pages.items()
        for link, loaded in sorted(page.links)
        if (reason := problem(file, link, pages, loaded=loaded))
    ]
    found += [
        f"{file.relative_to(site)}: {address} is loaded from the network"
        for file in sorted(site.rglob("*.css"))
        for address in re.findall(r"url\((https?:[^)]*)\)", file.read_text(encoding="utf-8"))
    ]
    return found


def problem(file: Path, link: str, pages: dict[Path, Page], *, loaded: bool) -> str:
    """Return the fault of one link of a page, or an empty string."""
    if re.match(r"(https?:)?//", link):
        return "is loaded from the network" if loaded else ""
    # The links of 404.html start at the root of a server.
    if re.match(r"(data|mailto|javascript):", link) or file.name == "404.html":
        return ""
    path, anchor = urldefrag(unquote(link))
    target = (file.parent / path).resolve() if path else file
    if target.is_dir():
        target /= "index.html"
    if not target.is_file():
        return "does not exist"
    if anchor and target in pages and anchor not in pages[target].anchors:
        return "has no such anchor"
    return ""


if __name__ == "__main__":
    sys.exit(main())
