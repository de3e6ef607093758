"""Build the documentation site into site/, and check the pages that come out.

    python tools/site.py

A warning of the generator, a broken link or anchor between pages, and a file that a page would load from the network
each end the build with exit code 1.
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
"""Attributes whose value a browser loads without a click."""


class Page(HTMLParser):
    """The links and the anchors of one page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: set[tuple[str, bool]] = set()
        """Each link, and True if the browser loads it."""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect what one tag links to and what can be linked to."""
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
    """Return what is wrong with one link of a page; the empty string if nothing is."""
    if re.match(r"(https?:)?//", link):
        return "is loaded from the network" if loaded else ""
    # The page of a 404 has the addresses of a server's root.
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
