"""Permission sets that include other permission sets, as data with the evidence for each entry.

The API lists permission sets, but not their contents. The entries follow the descriptions in Scaleway's
documentation. Some descriptions leave an inclusion open: such an entry is not `sure`, and leads to the answer
"cannot tell". Patterns apply to the bundled catalogue only. Newer permission sets are not reviewed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import NamedTuple

from pulumi_scw_iam.common.permission_sets import bundled

__all__ = ["DECLARED", "Inclusion", "Inclusions", "inclusions"]


class Inclusion(NamedTuple):
    """A permission set, or a pattern of names, with the permission sets that it includes."""

    name: str
    includes: tuple[str, ...]
    """Names or patterns. `{}` is the text that `*` matches in `name`."""
    ground: str
    """The documentation in our words."""
    sure: bool = True


def _all_of(product: str) -> Inclusion:
    return Inclusion(
        f"{product}FullAccess", (f"{product}*",), "full access covers all of the product"
    )


def _other_door(product: str, *includes: str) -> Inclusion:
    return Inclusion(
        f"{product}FullAccess",
        includes,
        "opens a door outside the product's API, and no page says that full access covers it",
        sure=False,
    )


DECLARED = (
    Inclusion("*FullAccess", ("{}ReadOnly",), "full access covers reading"),
    Inclusion("*Manager", ("{}ReadOnly",), "managing covers reading"),
    Inclusion(
        "OrganizationManager",
        (
            *("ProjectManager", "IAMManager", "BillingManager", "SupportTicketManager"),
            *("AbuseTicketManager", "AuditTrailFullAccess"),
        ),
        "everything at organization level: projects, IAM, billing, tickets, Audit Trail",
    ),
    Inclusion(
        "OrganizationManager",
        ("EnvironmentalImpactReadOnly", "NotificationManagerFullAccess"),
        "the list of what everything at organization level means does not name these",
        sure=False,
    ),
    Inclusion(
        "IAMManager",
        ("IAM*Manager", "IAMReadOnly", "ProjectManager"),
        "all actions on IAM, and everything that ProjectManager gives",
    ),
    Inclusion(
        "IAMReadOnly",
        ("IAM*ReadOnly",),
        "list and read users, groups, applications, policies and API keys",
    ),
    _all_of("AuditTrail"),
    Inclusion("AllProductsFullAccess", ("*FullAccess",), "all resources of every product"),
    Inclusion(
        "AllProductsFullAccess", ("DediboxConsoleFullAccess",), "a separate console", sure=False
    ),
    Inclusion("AllProductsReadOnly", ("*ReadOnly",), "reads the resources of every product"),
    _all_of("Instances"),
    _other_door("Instances", "InstancesServerSerialConsoleAccess"),
    Inclusion(
        "InstancesReadOnly", ("Instances*Read", "Instances*List"), "reads Instances and their parts"
    ),
    _all_of("ObjectStorage"),
    Inclusion(
        "ObjectStorageReadOnly",
        ("ObjectStorageObjectsRead", "ObjectStorageBucketsRead"),
        "reads buckets and objects",
    ),
    _other_door(
        "Kubernetes", "KubernetesExternalNodeRegister", "KubernetesSystemMastersGroupAccess"
    ),
    _other_door("Functions", "FunctionsPrivateAccess"),
    _other_door("Containers", "ContainersPrivateAccess"),
    Inclusion(
        "VPCFullAccess",
        ("PrivateNetworksFullAccess",),
        "Private Networks belong to a VPC, but have permission sets of their own",
        sure=False,
    ),
    Inclusion(
        "VPCReadOnly",
        ("PrivateNetworksReadOnly",),
        "Private Networks belong to a VPC, but have permission sets of their own",
        sure=False,
    ),
    _all_of("ServerlessSQLDatabase"),
    Inclusion(
        "ServerlessSQLDatabaseReadWrite",
        ("ServerlessSQLDatabaseDataReadWrite",),
        "reads and writes data and structure",
    ),
    Inclusion(
        "ServerlessSQLDatabaseReadWrite",
        ("ServerlessSQLDatabaseReadOnly",),
        "the page does not say that the permission covers reading the databases themselves",
        sure=False,
    ),
    _all_of("GenerativeApis"),
    _all_of("TransactionalEmail"),
    Inclusion(
        "TransactionalEmailReadOnly", ("TransactionalEmail*ReadOnly",), "reads all of the product"
    ),
    _all_of("Observability"),
    Inclusion(
        "ObservabilityGrafanaEditor", ("ObservabilityReadOnly",), "reads the rest of Cockpit"
    ),
    _all_of("SecretManager"),
    _all_of("KeyManager"),
)
"""All known inclusions. An inclusion never crosses scope types: patterns match within one scope type."""


@dataclass(frozen=True)
class Inclusions:
    """The permission sets that each permission set includes, directly or through others.

    Every permission set includes itself. No pair is in both maps.
    """

    sure: Mapping[str, frozenset[str]]
    perhaps: Mapping[str, frozenset[str]]


@cache
def inclusions() -> Inclusions:
    """Return the inclusions of the bundled catalogue, computed once."""
    known = bundled().by_name
    sure: dict[str, set[str]] = {name: {name} for name in known}
    perhaps: dict[str, set[str]] = {name: set() for name in known}
    for entry in DECLARED:
        for name in known:
            if not fnmatchcase(name, entry.name):
                continue
            suffix = entry.name.removeprefix("*")
            stem = name.removesuffix(suffix) if entry.name.startswith("*") else ""
            for pattern in entry.includes:
                found = {
                    other
                    for other in known
                    if fnmatchcase(other, pattern.format(stem))
                    and known[other].scope_type == known[name].scope_type
                }
                (sure if entry.sure else perhaps)[name] |= found
    for name in known:
        # An entry that leaves a pair open wins over a pattern, such as *FullAccess.
        sure[name] -= perhaps[name] - {name}
    _close(sure, perhaps)
    return Inclusions(
        {name: frozenset(names) for name, names in sure.items()},
        {name: frozenset(names - sure[name]) for name, names in perhaps.items()},
    )


def _close(sure: dict[str, set[str]], perhaps: dict[str, set[str]]) -> None:
    """Add the inclusions through other permission sets, until nothing changes."""
    changes = True
    while changes:
        changes = False
        for name in tuple(sure):
            surely = set().union(*(sure[other] for other in sure[name]))
            maybe = set().union(
                *(perhaps[other] for other in surely), *(sure[other] for other in perhaps[name])
            )
            if surely - sure[name] or maybe - perhaps[name]:
                sure[name] |= surely
                perhaps[name] |= maybe
                changes = True
