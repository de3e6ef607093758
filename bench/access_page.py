"""Benchmark of the page of access: its size, and the time of a search in a headless browser.

    python -m bench.access_page [--runs 9]

The organization has 500 principals, 200 permission sets and 50 projects. A time ends when the browser has painted the
result; the target is 100 ms. `script` is the part of the script. `cpu` is the processor time of the page's main thread:
other load on the machine does not change it.
"""

# ruff: noqa: INP001, T201 - a script

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_scw_iam.access.page import render
from tests.support.access_pages import large_page
from tests.support.browser import chromium

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession

SEARCHES = ("a", "principal-123", "product01 project-07", "group-3 policy-0 weekday", "absent")

SEARCH = """text => new Promise(resolve => {
  const field = document.getElementById("search");
  const started = performance.now();
  field.value = text;
  field.dispatchEvent(new Event("input", {bubbles: true}));
  const script = performance.now() - started;
  // A message after a frame arrives when the frame is painted.
  const painted = new MessageChannel();
  painted.port1.onmessage = () => resolve([script, performance.now() - started]);
  requestAnimationFrame(() => painted.port2.postMessage(null));
})"""


def processor_time(session: CDPSession) -> float:
    """Return the processor time of the page's main thread so far, in milliseconds."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return 1000 * next(float(one["value"]) for one in metrics if one["name"] == "ThreadTime")


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, add_help=True)
    parser.add_argument("--runs", type=int, default=9)
    runs = parser.parse_args().runs

    data = large_page()
    started = time.perf_counter()
    text = render(data)
    rendered = time.perf_counter() - started
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        file = Path(folder, "access.html")
        file.write_text(text, encoding="utf-8")
        page = browser.new_page(viewport={"width": 1360, "height": 900})
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable")
        started = time.perf_counter()
        page.goto(file.as_uri())
        loaded = time.perf_counter() - started
        print(f"{page.inner_text('#status')}; load average {os.getloadavg()[0]:.1f}")
        print(
            f"page: {len(text) / 1000:,.0f} kB, rendered in {rendered:.2f} s, loaded in {loaded:.2f} s"
        )
        print(f"{'search':28}{'cpu':>10}{'script':>10}{'painted':>10}{'slowest':>10}   result")
        for search in SEARCHES:
            times = []
            for _ in range(runs):
                page.evaluate(SEARCH, "")
                before = processor_time(session)
                times.append(page.evaluate(SEARCH, search))
                times[-1].append(processor_time(session) - before)
            script, painted, cpu = (
                statistics.median(column) for column in zip(*times, strict=True)
            )
            slowest = max(painted for _, painted, _ in times)
            result = page.inner_text("#status")
            print(
                f"{search:28}{cpu:>7.0f} ms{script:>7.0f} ms{painted:>7.0f} ms{slowest:>7.0f} ms   {result}"
            )


if __name__ == "__main__":
    main()
