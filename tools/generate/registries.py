"""Generate the export list of `pulumi_scw_iam` and the provider classes of `pulumi_scw_iam.dynamic`.

Both modules are otherwise hand-written; generated parts are between two marks. The names are source code, so
editors, type checkers and text searches find them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_scw_iam.kinds import KINDS
from tools.generate import sdk

if TYPE_CHECKING:
    from collections.abc import Iterable

PACKAGE = Path(__file__).parents[2] / "pulumi_scw_iam"

BEGIN = "# Begin of what `make generate` writes."
END = "# End of what `make generate` writes."

BY_HAND = {
    "pulumi_scw_iam": ["conditions"],
    "pulumi_scw_iam.sdk.defaults": ["default_organization_id", "default_project_id"],
    "pulumi_scw_iam.sdk.policy_rules": ["rules_by_scope"],
}
"""The exported names without a declaration, by module."""


def main(*, check: bool) -> int:
    """Write or check the parts."""
    return max(
        write("__init__.py", [imports(), listed(exported())], check=check),
        write("dynamic.py", [listed(provider_names()), providers()], check=check),
    )


def write(name: str, parts: Iterable[str], *, check: bool) -> int:
    """Write or check one module; return the exit code, and print the reason if it is 1."""
    target = PACKAGE / name
    source = target.read_text(encoding="utf-8")
    left = list(parts)
    pattern = re.compile(
        rf"^( *){re.escape(BEGIN)}\n.*?^ *{re.escape(END)}\n", re.DOTALL | re.MULTILINE
    )
    if len(pattern.findall(source)) != len(left):
        print(f"{name} has a missing mark; put each generated part between {BEGIN!r} and {END!r}")
        return 1
    written = pattern.sub(
        lambda match: f"{match[1]}{BEGIN}\n{left.pop(0)}\n{match[1]}{END}\n", source
    )
    written = sdk.formatted(written, target)
    if check and written != source:
        print(f"{name} is not up to date; run `make generate`")
        return 1
    if not check:
        target.write_text(written, encoding="utf-8")
    return 0


def homes() -> dict[str, list[str]]:
    """Return the exported names by module."""
    return {
        **BY_HAND,
        "pulumi_scw_iam.sdk.functions": sdk.public_functions(),
        "pulumi_scw_iam.sdk.resources": sdk.public_resources(),
    }


def exported() -> list[str]:
    """Return all names exported by the package."""
    return [name for names in homes().values() for name in names]


def imports() -> str:
    """Return the imports of the exported names, for type checkers and editors."""
    return "\n".join(
        f"    from {module} import {', '.join(sdk.in_order(names))}"
        for module, names in sorted(homes().items())
    )


def listed(names: Iterable[str]) -> str:
    """Return the `__all__` of a module."""
    return f"__all__ = {sdk.in_order(names)!r}"


def provider_names() -> list[str]:
    """Return the names of the provider classes."""
    return ["Provider", *(f"{name}Provider" for name in KINDS)]


def providers() -> str:
    """Return the source of the provider classes."""
    return "\n\n".join(
        f'class {name}Provider(Provider):\n    """Provider of `{name}`."""\n\n    kind = KINDS["{name}"]\n'
        for name in KINDS
    )
