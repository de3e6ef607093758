"""Failures and warnings of the preview cases, as the fronts print them."""

from __future__ import annotations

import re

from pulumi_scw_iam.core.names import camel, token
from tests.support.preview.wrong import IF_OWN

GET = re.compile(r'look it up with (\w+)\.get\("(.*?)", "(.*?)"\)')
"""How programs in Python take over what exists; in other languages an import does."""

IF_OWN_ANYWHERE = (
    'if this stack has it under an old name, add {name: "OLD NAME"} to its aliases; else'
)
"""The same in all languages."""


def text(path: str, reason: str) -> str:
    """What the user sees; where the latest date that is allowed comes from the clock, `$then`."""
    reason = re.sub(r"(choose a date before )\S+", r"\1$then", reason)
    within = reason.startswith((f"{path}[", f"{path}."))
    return f"{path}: {reason}" if path and not within else reason


def camelled(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Failures or warnings of a case as the native front says them."""
    return tuple(
        GET.sub(
            lambda get: f"import it with `pulumi import {token(get[1])} {get[2]} {get[3]}`",
            re.sub(
                r"\b[a-z]+(?:_[a-z]+)+\b",
                lambda name: camel(name[0]),
                line.replace(IF_OWN, IF_OWN_ANYWHERE),
            ),
        )
        for line in texts
    )
