"""A headless Chromium of this machine, driven by Playwright. `make browser` installs it on Debian."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


class NoBrowser(Exception):
    """There is no browser for the tests."""


def executable() -> str:
    """Return the path of the browser. Raises NoBrowser if there is none."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    raise NoBrowser(
        f"no headless browser: none of {', '.join(NAMES)} is on PATH; run `make browser`"
    )


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser. Raises NoBrowser if there is none.

    While it runs, the thread has an event loop: no other loop can run in the thread.
    """
    path = executable()
    # Chromium refuses its sandbox to root.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()
