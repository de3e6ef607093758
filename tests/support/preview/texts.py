"""Failures and warnings of the preview cases, as the fronts print them."""

from __future__ import annotations

import re

from pulumi_scw_iam.core.names import camel, token
from tests.support.preview.wrong import IF_OWN

GET = re.compile(
    r'look it up with (\w+)\.get\("(.*?)", "(.*?)"\), import it with `pulumi-scw-iam adopt --program`'
)
"""The fix in Python programs for an existing object. Other languages use an import."""

IF_OWN_ANYWHERE = 'if this stack manages the object under an old name, add {name: "OLD NAME"} to its aliases; otherwise'
"""The start of the fix in other languages."""


def text(path: str, reason: str) -> str:
    """Return the message to the user, with `$then` for the latest allowed date."""
    reason = re.sub(r"(choose a date before )\S+", r"\1$then", reason)
    within = reason.startswith((f"{path}[", f"{path}."))
    return f"{path}: {reason}" if path and not within else reason


def camelled(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Return the failures or warnings of a case in the spelling of the native front."""
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
