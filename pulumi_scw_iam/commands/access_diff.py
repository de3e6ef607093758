"""`pulumi-scw-iam access diff`: what principals gain and lose from one source to another."""

# ruff: noqa: T201 - a command prints

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from pulumi_scw_iam.commands.access_source import read_live, warn
from pulumi_scw_iam.commands.command import (
    Command,
    CommandError,
    add_organization,
    read_content,
    refuse_second_stdin,
)
from pulumi_scw_iam.common.words import shown

if TYPE_CHECKING:
    from pulumi_scw_iam.access.changes import Unclear
    from pulumi_scw_iam.access.world import World

__all__ = ["DIFF"]

_LIVE = "live"
_LIMITS = ("broadening", "escalation", "any")


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Compare who can do what in two sources, or before and after a plan. Each change is one sentence:"
        " a permission set gained or lost, or another condition. Changes nothing."
    )
    parser.epilog = (
        "Exit status: 0 success, whatever changed; 3 with --fail-on, if the changes exceed its limit;"
        " 1 failed or incomplete."
    )
    source = (
        "the word live, or a file: output of `pulumi preview --json`, output of `pulumi stack export`,"
        " a checkpoint file, or a file of `access --save`; - reads stdin"
    )
    parser.add_argument("a", metavar="A", help=source)
    parser.add_argument(
        "b",
        nargs="?",
        default=None,  # also as a subcommand, whose parser has no defaults
        metavar="B",
        help="the same (default: A is a plan; compare before and after)",
    )
    parser.add_argument(
        "--state",
        action="append",
        default=argparse.SUPPRESS,
        metavar="FILE",
        help="the state with the resources that a plan leaves alone, if the preview ran without"
        " --show-sames; repeatable",
    )
    parser.add_argument(
        "--fail-on",
        choices=_LIMITS,
        default=None,
        metavar="LIMIT",
        help="exit with 3 on a broadening, an escalation, or any change; `cannot tell` counts as a"
        " broadening, and as an escalation if it may lead to any right",
    )
    parser.add_argument(
        "--format",
        choices=("text", "markdown", "json"),
        default="text",
        help="text, markdown for a comment on a pull request, or json (default: text)",
    )
    parser.add_argument(
        "--title", default="", metavar="TEXT", help="the title of the comment, such as the stack"
    )
    add_organization(parser)


class _Source(NamedTuple):
    """A source of the command line. A plan has two worlds; otherwise, both are the same."""

    name: str
    before: World
    after: World
    is_plan: bool = False
    unclear: tuple[Unclear, ...] = ()


def _run(arguments: argparse.Namespace) -> int:
    from pulumi_scw_iam.access.change_wording import (  # noqa: PLC0415
        comparison_json,
        comparison_lines,
    )
    from pulumi_scw_iam.access.changes import compare  # noqa: PLC0415
    from pulumi_scw_iam.access.markdown import comparison_markdown  # noqa: PLC0415

    before, after, unclear = _worlds(arguments)
    comparison = compare(before, after, unclear)
    if arguments.format == "json" or arguments.json:
        print(json.dumps(comparison_json(comparison), indent=2))
    elif arguments.format == "markdown":
        sys.stdout.write(comparison_markdown(comparison, arguments.title))
    else:
        for line in comparison_lines(comparison):
            print(shown(line))
    is_incomplete = warn(before)
    is_incomplete = (after is not before and warn(after)) or is_incomplete
    if is_incomplete:
        return 1
    return 3 if arguments.fail_on and comparison.exceeds(arguments.fail_on) else 0


def _worlds(arguments: argparse.Namespace) -> tuple[World, World, tuple[Unclear, ...]]:
    """Return the two worlds, and the objects that a plan does not show."""
    from pulumi_scw_iam.access.plan import joined_worlds, opaque  # noqa: PLC0415

    names = [arguments.a] if arguments.b is None else [arguments.a, arguments.b]
    refuse_second_stdin(names)
    has_rest = _LIVE in names
    sources = [_source(name, arguments, has_rest=has_rest) for name in names]
    if len(sources) == 1:
        (one,) = sources
        if not one.is_plan:
            raise CommandError(
                f"{one.name}: not a plan; pass a second source, or the output of"
                " `pulumi preview --json`"
            )
        return one.before, one.after, one.unclear
    a, b = sources
    _check_organizations(a, b)
    old, new = a.after, b.after
    # The objects outside of a state or a plan come from the complete side.
    if new.is_partial and not old.is_partial:
        new = joined_worlds(old, b.before, new)
    elif old.is_partial and not new.is_partial:
        old = joined_worlds(new, a.before, old)
    unclear = (*a.unclear, *b.unclear)
    known = {one.id for one in unclear}
    return old, new, (*unclear, *(one for one in opaque(old, new) if one.id not in known))


def _check_organizations(a: _Source, b: _Source) -> None:
    owners = {one.after.organization_id for one in (a, b)} - {""}
    if len(owners) > 1:
        raise CommandError(
            f"{a.name} is of organization {a.after.organization_id}, {b.name} is of organization"
            f" {b.after.organization_id}; compare sources of one organization"
        )


def _source(name: str, arguments: argparse.Namespace, *, has_rest: bool) -> _Source:
    """Read one source. Raises CommandError."""
    from pulumi_scw_iam.access.live import now  # noqa: PLC0415
    from pulumi_scw_iam.access.snapshot import (  # noqa: PLC0415
        SnapshotError,
        is_snapshot,
        parse_snapshot,
    )
    from pulumi_scw_iam.access.state import world_of_resources  # noqa: PLC0415
    from pulumi_scw_iam.states.preview import PreviewError  # noqa: PLC0415
    from pulumi_scw_iam.states.resources import parse_resources  # noqa: PLC0415
    from pulumi_scw_iam.states.stack_state import StateError, parse_json  # noqa: PLC0415

    if name == _LIVE:
        world = read_live(arguments)
        return _Source(name=name, before=world, after=world)
    content = read_content(name)
    try:
        parsed: Any = (parse_json(content) or (None,))[0]
        if is_snapshot(parsed):
            world = parse_snapshot(name, content)
        elif _is_preview(parsed):
            return _plan(name, parsed, arguments, has_rest=has_rest)
        else:
            world = world_of_resources(
                parse_resources(name, content),
                source=name,
                as_of=now(),
                organization_id=arguments.organization,
            )
    except (SnapshotError, StateError, PreviewError) as error:
        raise CommandError(str(error)) from None
    return _Source(name=name, before=world, after=world)


def _is_preview(parsed: Any) -> bool:
    """Return whether parsed JSON is the output of `pulumi preview --json`."""
    return isinstance(parsed, dict) and not parsed.keys().isdisjoint(
        {"steps", "changeSummary", "diagnostics"}
    )


def _plan(
    name: str, parsed: dict[str, Any], arguments: argparse.Namespace, *, has_rest: bool
) -> _Source:
    from pulumi_scw_iam.access.live import now  # noqa: PLC0415
    from pulumi_scw_iam.access.plan import unlisted, worlds_of_plan  # noqa: PLC0415
    from pulumi_scw_iam.states.preview import parse_preview  # noqa: PLC0415
    from pulumi_scw_iam.states.resources import parse_resources  # noqa: PLC0415

    states = arguments.state or []
    rest = [one for file in states for one in parse_resources(file, read_content(file))]
    if not states and not has_rest and (count := unlisted(parsed)):
        raise CommandError(
            f"{name}: the plan does not list {count} unchanged resources; run `pulumi preview --json"
            " --show-sames`, or pass the state with --state"
        )
    worlds = worlds_of_plan(
        parse_preview(name, parsed),
        rest,
        as_of=now(),
        organization_id=arguments.organization,
    )
    return _Source(
        name=name,
        before=worlds.before,
        after=worlds.after,
        is_plan=True,
        unclear=worlds.unclear,
    )


DIFF = Command(
    name="diff",
    help="compare who can do what in two sources, or before and after a plan",
    add_arguments=_add_arguments,
    run=_run,
)
