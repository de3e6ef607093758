"""Draw docs/assets/access-light.png and access-dark.png: the page of access in a headless browser.

    python -m tools.access_pictures

The organization is the small one of the tests. The light picture shows one user, and the dark one the grants on a project.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_scw_iam.access.page import render
from tests.support.access_pages import small_page
from tests.support.browser import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Page

ASSETS = Path(__file__).resolve().parent.parent / "docs" / "assets"
LARGEST = 150_000
"""Bytes of a picture."""


def one_user(page: Page) -> None:
    """Show a user, and the grants through one of the policies."""
    page.click("#people >> text=alice@example.com")
    page.locator("#layers button", has_text="operations").first.click()
    page.mouse.move(0, 0)


def one_project(page: Page) -> None:
    """Show the grants on a project."""
    page.select_option("#scope", label="\u2068prod\u2069")
    page.click("#people >> text=dave@example.com")


def main() -> None:
    """Draw both pictures."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        file = Path(folder, "access.html")
        file.write_text(render(small_page()), encoding="utf-8")
        for scheme, show in (("light", one_user), ("dark", one_project)):
            page = browser.new_page(
                viewport={"width": 1220, "height": 740},
                color_scheme=scheme,  # type: ignore[arg-type]
                reduced_motion="reduce",
            )
            page.goto(file.as_uri())
            show(page)
            page.evaluate("document.activeElement.blur()")
            target = ASSETS / f"access-{scheme}.png"
            page.screenshot(path=target)
            size = target.stat().st_size
            print(f"{target.relative_to(ASSETS.parent.parent)}: {size / 1000:.0f} kB")
            if size > LARGEST:
                raise SystemExit(f"{target.name} is larger than {LARGEST / 1000:.0f} kB")


if __name__ == "__main__":
    main()
