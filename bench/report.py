"""Tables of the results: on stdout, and in docs/guide/performance.md with a plot."""

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

__all__ = ["ENGINES", "line", "markdown", "text", "write"]

ENGINES = "<!-- Begin of the table of `python -m bench.engines`. -->", "<!-- End of the table. -->"
"""The lines around the table of the engines on the page."""

BUDGETS = {
    "package": ("`import pulumi_scw_iam`, by -X importtime", 20),
    "sdk": ("`import pulumi`, in programs only", None),
    "plugin": ("`import pulumi_scw_iam.native.server`, by -X importtime", 350),
    "port": ("the plugin prints its port", 600),
    "answer": ("the plugin returns its first response", 700),
}
"""The parts of a start, and their budgets in milliseconds. No test checks the budgets."""

AIMS = {
    "create": "1.2 ×",
    "second up": "1.1 ×",
    "refresh": "+ 0.6 s",
    "destroy": "1.2 ×",
}
"""The targets for the native front at 50 ms and 300 resources, relative to the engine alone."""


def line(result: dict[str, Any]) -> str:
    """Return one result in a line, printed during the benchmark."""
    api = "nothing" if result["latency"] is None else _api(result["latency"])
    calls = (
        "" if result["calls"] is None else f"{result['calls']:6} calls, {result['peak']} concurrent"
    )
    checkpoints = "" if result["checkpoints"] else " no checkpoints"
    return (
        f"{result['front']:8}{result['size']:5}{checkpoints} {api:>8} run {result['round'] + 1}"
        f" {result['operation']:20}{result['seconds']:8.2f} s {result['memory']:5.0f} MB"
        f" cpu {result['cpu']:5.1f} s, API's {result['api_cpu']:4.1f} s {calls}"
    )


def _api(latency: float) -> str:
    """Return the name of the API: the latency of the local API, or an external API."""
    return "external API" if latency < 0 else f"{latency * 1000:.0f} ms"


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
    """Return the median factor and difference, in seconds, to the engine alone in each round."""
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
    """Return the range of a number, or the number if all results have the same."""
    known = [result[key] for result in results if result[key] is not None]
    return "–" if not known else "–".join(map(str, _distinct((min(known), max(known)))))


def _tables(results: Results) -> Iterable[tuple[str, list[list[str]]]]:
    """Yield a title and rows, head first, for each program on each front."""
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
        head += [f"over the engine, {_api(judged)}", "target", "calls", "concurrent", "MB", "CPU"]
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
    """Return the calls by route of the first case, from the run with the most calls."""
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
    """Return a sentence about the spread of equal runs of the engine alone."""
    by_case: dict[Any, list[float]] = {}
    for result in results:
        if result["latency"] is None:
            by_case.setdefault((*_case(result), result["operation"]), []).append(result["seconds"])
    spreads = [(max(s) - min(s)) / statistics.median(s) for s in by_case.values() if len(s) > 1]
    if not spreads:
        return "Each case ran once, so the spread of the results is unknown."
    return (
        "Equal commands of the engine alone differed by"
        f" {statistics.median(spreads):.0%} in the median, and by {max(spreads):.0%} at most."
        " Smaller differences in these tables are not significant."
    )


def _loaded(results: Results) -> str:
    loaded = sorted(
        {name for result in results if result["latency"] is not None for name in result["loaded"]}
    )
    if loaded:
        return f"Provider processes loaded unnecessary modules: {', '.join(loaded)}."
    return (
        "No provider process loaded the emulator, the command line, the doctor or a policy pack."
        " The plugin did not load the Pulumi SDK."
    )


def _where(document: dict[str, Any]) -> str:
    machine = document["machine"]
    return (
        f"{machine['system']} with {machine['cores']} cores for the engine, the provider and the local"
        f" IAM API; Python {machine['python']}, Pulumi {machine['pulumi']}; load"
        f" {machine['load']:.1f} at the start."
    )


def _plain(rows: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    if widths[-1] > 60:  # text instead of numbers
        return "\n".join("  ".join((row[0].ljust(widths[0]), *row[1:])).rstrip() for row in rows)
    lines = ([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])] for row in rows)
    return "\n".join("  ".join(cells).rstrip() for cells in lines)


def markdown(rows: list[list[str]]) -> str:
    """Return rows, head first, as a Markdown table."""
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
    """Return all tables as plain text."""
    parts = [_where(document), _noise(document["results"]), *_sections(document, str, _plain)]
    return "\n\n".join(parts)


def _plot(results: Results) -> str:
    """Return the plot of the case with the most latencies."""
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
# Performance

<!-- Written by `make bench SET=docs`, or `make bench FULL=1`. -->

The benchmark runs the real engine with `--parallel 32` and a local state. The programs have applications, groups with
two members, policies and API keys ({", ".join(f"{count[kind]} {name}" for kind, name in (("Application", "applications"), ("Group", "groups"), ("Policy", "policies"), ("APIKey", "API keys")))} of 300 resources).
The [local IAM API](../reference/local-iam-api.md) delays each response by the latency in the head of the column.
*Engine alone* is the same program with a provider without any work: in Python and without the Pulumi SDK, like the
plugin, or in the same host as the dynamic providers. The native front runs a YAML program, the dynamic front a Python
program. Byte code is compiled, as in an installed package.

| Column | Meaning |
| --- | --- |
| times | seconds: the median, with minimum and maximum in brackets |
| over the engine | the factor and difference to the engine alone, in the same round |
| target | for 300 resources at 50 ms |
| calls | requests to the API |
| concurrent | the maximum number of concurrent requests |
| MB | the peak memory of the provider process |
| CPU | the processor time in seconds: provider without any work / this provider / local IAM API; the real API runs elsewhere |

*Without checkpoints* stands for `PULUMI_EXPERIMENTAL=1 PULUMI_SKIP_CHECKPOINTS=1`. The engine then does not write its
state after each step, which otherwise takes most of its time.

{_where(document)}

{_noise(document["results"])}

![wall times](performance.svg)
"""
    parts = [page.rstrip(), *_sections(document, lambda name: f"## {name}", markdown)]
    file = docs / "performance.md"
    first, last = ENGINES
    if (begin := (old := file.read_text()).find(first)) >= 0:
        parts.append(old[begin : old.index(last) + len(last)])
    file.write_text("\n\n".join(parts) + "\n")
    (docs / "performance.svg").write_text(_plot(document["results"]))
