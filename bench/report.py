"""What was measured, as tables: on stdout, and in docs/guide/performance.md with a plot."""

# ruff: noqa: INP001, RUF001 - beside a script; people read dashes and times signs

from __future__ import annotations

import statistics
from collections import Counter
from typing import TYPE_CHECKING, Any

from bench.plot import Bar, bars
from bench.programs import shares

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    Results = list[dict[str, Any]]

__all__ = ["line", "text", "write"]

BUDGETS = {
    "package": ("`import pulumi_scw_iam`, by -X importtime", 20),
    "sdk": ("`import pulumi`, which programs need and the plugin does not", None),
    "plugin": ("`import pulumi_scw_iam.native.server`, by -X importtime", 350),
    "port": ("the plugin prints its port", 600),
    "answer": ("the plugin has answered its first call", 700),
}
"""What is measured of a start, and what it may take, in milliseconds: a statement, not a test."""

AIMS = {
    "create": "1.2 ×",
    "second up": "1.1 ×",
    "refresh": "+ 0.6 s",
    "destroy": "1.2 ×",
}
"""How much longer than the engine alone the native front may take at 50 ms and 300 resources."""


def line(result: dict[str, Any]) -> str:
    """One measurement in short, told while the others go on."""
    api = "nothing" if result["latency"] is None else _api(result["latency"])
    calls = (
        "" if result["calls"] is None else f"{result['calls']:6} calls, {result['peak']} at once"
    )
    checkpoints = "" if result["checkpoints"] else " no checkpoints"
    return (
        f"{result['front']:8}{result['size']:5}{checkpoints} {api:>8} run {result['round'] + 1}"
        f" {result['operation']:20}{result['seconds']:8.2f} s {result['memory']:5.0f} MB"
        f" cpu {result['cpu']:5.1f} s, API's {result['api_cpu']:4.1f} s {calls}"
    )


def _api(latency: float) -> str:
    """Which API it was: the local one with a latency, or one outside, of which that is not known."""
    return "API outside" if latency < 0 else f"{latency * 1000:.0f} ms"


def _case(result: dict[str, Any]) -> tuple[str, int, bool]:
    return result["front"], result["size"], result["checkpoints"]


def _distinct(values: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(values))


def _bar(results: Results) -> Bar | None:
    seconds = [result["seconds"] for result in results]
    return Bar(statistics.median(seconds), min(seconds), max(seconds)) if seconds else None


def _span(bar: Bar | None) -> str:
    if bar is None:
        return "–"
    if bar.least == bar.most:
        return f"{bar.median:.1f}"
    return f"{bar.median:.1f} ({bar.least:.1f}–{bar.most:.1f})"


def _beyond(floor: Results, results: Results) -> str:
    """Compare results to the floor of the same round: the median factor and the median difference in seconds."""
    by_round = {result["round"]: result["seconds"] for result in floor}
    pairs = [
        (result["seconds"], by_round[result["round"]])
        for result in results
        if result["round"] in by_round
    ]
    if not pairs:
        return "–"
    factor = statistics.median(seconds / floor_seconds for seconds, floor_seconds in pairs)
    more = statistics.median(seconds - floor_seconds for seconds, floor_seconds in pairs)
    return f"{factor:.2f} ×, {more:+.1f} s"


def _numbers(results: Results, key: str) -> str:
    """The least and the most of a number, or the one that all have."""
    known = [result[key] for result in results if result[key] is not None]
    return "–" if not known else "–".join(map(str, _distinct((min(known), max(known)))))


def _tables(results: Results) -> Iterable[tuple[str, list[list[str]]]]:
    """A title and rows, the first of which is the head, for each program on each front."""
    for case in _distinct(map(_case, results)):
        front, size, checkpoints = case
        measurements = [result for result in results if _case(result) == case]
        latencies = _distinct(
            result["latency"] for result in measurements if result["latency"] is not None
        )
        judged = 0.05 if 0.05 in latencies else latencies[0]
        aims = AIMS if (front, size, judged) == ("native", 300, 0.05) else {}
        title = f"{size:,} resources, {front} front"
        title += "" if checkpoints else ", without checkpoints"
        head = ["", "engine alone", *map(_api, latencies)]
        head += [f"beyond it, {_api(judged)}", "aim", "calls", "at once", "MB", "CPU"]
        rows = [head]
        for operation in _distinct(result["operation"] for result in measurements):
            measured = [result for result in measurements if result["operation"] == operation]
            by_latency: dict[float | None, Results] = {
                latency: [result for result in measured if result["latency"] == latency]
                for latency in (None, *latencies)
            }
            with_api = [result for result in measured if result["latency"] is not None]
            rows.append(
                [
                    operation,
                    *(_span(_bar(by_latency[latency])) for latency in (None, *latencies)),
                    _beyond(by_latency[None], by_latency[judged]),
                    aims.get(operation, ""),
                    _numbers(with_api, "calls"),
                    _numbers(by_latency[judged], "peak"),
                    f"{max(result['memory'] for result in with_api):.0f}",
                    " / ".join(
                        f"{statistics.median(result[key] for result in column):.1f}"
                        for column, key in (
                            (by_latency[None], "cpu"),
                            (by_latency[judged], "cpu"),
                            (by_latency[judged], "api_cpu"),
                        )
                    ),
                ]
            )
        yield title, rows


def _routes(results: Results) -> list[list[str]]:
    """The calls by route of the first case: in the run that made most of them."""
    first = [
        result for result in results if _case(result) == _case(results[0]) and result["routes"]
    ]
    rows = [["", "calls"]]
    for operation in _distinct(result["operation"] for result in first):
        most = max(
            (result for result in first if result["operation"] == operation),
            key=lambda result: result["calls"],
        )
        calls = ", ".join(f"{number} `{route}`" for route, number in most["routes"].items())
        rows.append([operation, calls])
    return rows


def _starts(startup: dict[str, float]) -> list[list[str]]:
    rows = [["", "ms", "budget"]]
    for name, (title, budget) in BUDGETS.items():
        rows.append([title, f"{startup[name]:.0f}", str(budget or "")])
    return rows


def _noise(results: Results) -> str:
    """How far runs of the same thing with the provider that does nothing lie apart."""
    by_case: dict[Any, list[float]] = {}
    for result in results:
        if result["latency"] is None:
            by_case.setdefault((*_case(result), result["operation"]), []).append(result["seconds"])
    spreads = [(max(s) - min(s)) / statistics.median(s) for s in by_case.values() if len(s) > 1]
    if not spreads:
        return "Each case was run once, so nobody knows the noise."
    return (
        "The same command with the provider that does nothing differed from run to run by"
        f" {statistics.median(spreads):.0%} of its time in the median, and by {max(spreads):.0%} at worst:"
        " smaller differences in these tables mean nothing."
    )


def _loaded(results: Results) -> str:
    loaded = sorted(
        {name for result in results if result["latency"] is not None for name in result["loaded"]}
    )
    if loaded:
        return f"Provider processes have loaded what they need not: {', '.join(loaded)}."
    return (
        "No provider process has loaded the emulator, the command line, the doctor or a policy pack,"
        " and no plugin the Pulumi SDK."
    )


def _where(document: dict[str, Any]) -> str:
    machine = document["machine"]
    return (
        f"{machine['system']} with {machine['cores']} cores, which the engine, the provider and the"
        f" local IAM API shared; Python {machine['python']}, Pulumi {machine['pulumi']}; load"
        f" {machine['load']:.1f} at the start."
    )


def _plain(rows: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    if widths[-1] > 60:  # text, and not numbers
        return "\n".join("  ".join((row[0].ljust(widths[0]), *row[1:])).rstrip() for row in rows)
    lines = ([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])] for row in rows)
    return "\n".join("  ".join(cells).rstrip() for cells in lines)


def _markdown(rows: list[list[str]]) -> str:
    head, *rest = ("| " + " | ".join(row) + " |" for row in rows)
    return "\n".join([head, "|" + " --- |" * len(rows[0]), *rest])


def _sections(
    document: dict[str, Any], title: Callable[[str], str], table: Callable[[list[list[str]]], str]
) -> list[str]:
    results = document["results"]
    parts = []
    for name, rows in _tables(results):
        parts += [title(name), table(rows)]
    if any(result["routes"] for result in results):
        front, size, _ = _case(results[0])
        parts += [title(f"Calls of {size:,} resources, {front} front"), table(_routes(results))]
    parts += [title("Start"), table(_starts(document["startup"])), _loaded(results)]
    return parts


def text(document: dict[str, Any]) -> str:
    """All tables, for a terminal."""
    parts = [_where(document), _noise(document["results"]), *_sections(document, str, _plain)]
    return "\n\n".join(parts)


def _plot(results: Results) -> str:
    """The times of the case that was run at most latencies."""
    counts = Counter(case for case, _ in {(_case(result), result["latency"]) for result in results})
    front, size, checkpoints = case = max(_distinct(map(_case, results)), key=counts.__getitem__)
    measurements = [result for result in results if _case(result) == case]
    latencies: Sequence[float | None] = _distinct(result["latency"] for result in measurements)
    groups = {
        operation: [
            _bar(
                [o for o in measurements if (o["operation"], o["latency"]) == (operation, latency)]
            )
            for latency in latencies
        ]
        for operation in _distinct(result["operation"] for result in measurements)
    }
    names = [
        "engine alone" if latency is None else f"API at {latency * 1000:.0f} ms"
        for latency in latencies
    ]
    suffix = "" if checkpoints else ", without checkpoints"
    return bars(f"{size:,} resources, {front} front{suffix}", names, groups)


def write(document: dict[str, Any], docs: Path) -> None:
    """Write the page and its plot."""
    count = shares(300)
    page = f"""\
# How fast it is

<!-- Written by `make bench SET=docs`, or `make bench FULL=1`. -->

The real engine, with `--parallel 32` and a local state, runs programs of applications, groups of two members,
policies and API keys ({", ".join(f"{count[kind]} {name}" for kind, name in (("Application", "applications"), ("Group", "groups"), ("Policy", "policies"), ("APIKey", "API keys")))} of 300) against the
[local IAM API](../reference/local-iam-api.md), each answer of which is delayed by the latency at the head of the column. Beside
it stands the **engine alone**: the same program with a provider that does nothing and answers at once, in Python
and without the Pulumi SDK as ours, and on the dynamic front in the same host. The native front runs a YAML program,
the dynamic front a Python one. Byte code is compiled, as in a package that was installed.

Times are in seconds: the median, with the least and the most in brackets. *Beyond it* is the time over that of the
engine alone in the same round. *Calls* and *at once* are what the API saw: requests, and how many of them were under
way at the same time. *MB* is the peak memory of the provider process. *CPU* is the processor time, in seconds, of the
provider that does nothing, of ours, and of the local IAM API, which the real one does not take from this machine.
*Without checkpoints* stands for `PULUMI_EXPERIMENTAL=1 PULUMI_SKIP_CHECKPOINTS=1`: the engine then does not write its
state after each step, which takes most of its time. *Aim* is for 300 resources at 50 ms.

{_where(document)}

{_noise(document["results"])}

![wall times](performance.svg)
"""
    parts = [page.rstrip(), *_sections(document, lambda name: f"## {name}", _markdown)]
    (docs / "performance.md").write_text("\n\n".join(parts) + "\n")
    (docs / "performance.svg").write_text(_plot(document["results"]))
