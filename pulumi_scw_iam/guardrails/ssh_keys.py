"""Guardrails about SSH keys."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.common import ssh_keys
from pulumi_scw_iam.core.fields import UNKNOWN
from pulumi_scw_iam.guardrails.guardrail import (
    Context,
    Guardrail,
    NotApplicable,
    Option,
    Violation,
    unknown,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_scw_iam.guardrails.resources import Resource, Stack

__all__ = ["SSH_NO_DSA", "SSH_ONE_PROJECT", "SSH_RSA_BITS"]

CHAPTER = "SSH keys"


def _read(key: Resource) -> ssh_keys.PublicKey | NotApplicable:
    text = key.get("public_key")
    if not isinstance(text, str):
        return unknown(key, "public_key")
    try:
        return ssh_keys.parse_public_key(text)
    except ValueError:
        return NotApplicable(f"{key.spell('public_key')} is not a valid public key")


def _no_dsa(key: Resource, context: Context) -> Iterator[str | NotApplicable]:
    del context
    found = _read(key)
    if isinstance(found, NotApplicable):
        yield found
    elif found.algorithm == "ssh-dss":
        yield (
            f"{key.spell('public_key')} is a DSA key, but OpenSSH no longer supports DSA; create a key"
            " with ssh-keygen -t ed25519"
        )


SSH_NO_DSA = Guardrail(
    id="ssh-no-dsa",
    expects="Do not use DSA keys.",
    why="DSA keys have 1024 bits, and OpenSSH no longer supports DSA.",
    cure="Create a key with ssh-keygen -t ed25519.",
    severity="high",
    level="mandatory",
    kinds=("SSHKey",),
    fails='iam.SSHKey("ana", public_key=DSA_KEY)',
    passes='iam.SSHKey("ana", public_key=ED25519_KEY)',
    validate_resource=_no_dsa,
)


def _rsa_bits(key: Resource, context: Context) -> Iterator[str | NotApplicable]:
    found = _read(key)
    least = context.number("least_bits")
    if isinstance(found, NotApplicable):
        yield found
    elif found.algorithm != "ssh-rsa":
        yield NotApplicable("the key is not an RSA key")
    elif found.bits < least:
        yield (
            f"{key.spell('public_key')} is an RSA key of {found.bits} bits; create a key of at least"
            f" {least} bits, or an Ed25519 key with ssh-keygen -t ed25519"
        )


SSH_RSA_BITS = Guardrail(
    id="ssh-rsa-bits",
    expects="Use RSA keys of sufficient length.",
    why="Shorter RSA keys are not expected to be secure beyond 2030.",
    cure="Create a key with ssh-keygen -t ed25519, or with ssh-keygen -t rsa -b 4096.",
    severity="high",
    level="mandatory",
    kinds=("SSHKey",),
    options=(Option("least_bits", 3072, "Minimum length in bits."),),
    fails='iam.SSHKey("ana", public_key=RSA_2048_KEY)',
    passes='iam.SSHKey("ana", public_key=RSA_3072_KEY)',
    validate_resource=_rsa_bits,
)


def _one_project(stack: Stack, context: Context) -> Iterator[Violation | NotApplicable]:
    del context
    seen: dict[str, list[tuple[Resource, Any]]] = defaultdict(list)
    for key in stack.of("SSHKey"):
        found, project = _read(key), key.get("project_id")
        if isinstance(found, NotApplicable):
            yield found
        elif project is UNKNOWN:
            yield unknown(key, "project_id")
        else:
            seen[found.blob].append((key, project))
    for same in seen.values():
        first, *others = same
        for key, project in others:
            if project != first[1]:
                yield Violation(
                    f"{key.spell('public_key')} is also the key of {first[0].title} in another project;"
                    " create a key for each project",
                    key.urn,
                )


SSH_ONE_PROJECT = Guardrail(
    id="ssh-one-project",
    expects="Use each SSH key in one project only.",
    why="A stolen private key gives access to the servers of every project with the public key.",
    cure="Create a key for each project.",
    severity="low",
    level="advisory",
    kinds=("SSHKey",),
    fails="for project_id in (PROJECT_ID, OTHER_PROJECT_ID):\n"
    '    iam.SSHKey(f"ana-{project_id[:8]}", public_key=ED25519_KEY, project_id=project_id)',
    passes='iam.SSHKey("ana", public_key=ED25519_KEY, project_id=PROJECT_ID)\n'
    'iam.SSHKey("ben", public_key=OTHER_ED25519_KEY, project_id=OTHER_PROJECT_ID)',
    validate_stack=_one_project,
)
