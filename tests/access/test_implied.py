"""The inclusions of permission sets agree with the catalogue."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest

from pulumi_scw_iam.access.implied import DECLARED, inclusions
from pulumi_scw_iam.common.permission_sets import ESCALATION, bundled

CATALOGUE = bundled().by_name


@pytest.mark.parametrize("entry", DECLARED, ids=lambda entry: entry.name)
def test_every_name_and_pattern_of_an_entry_matches_the_catalogue(entry: object) -> None:
    assert isinstance(entry, tuple)
    name, includes, ground, _ = entry
    assert any(fnmatchcase(known, name) for known in CATALOGUE)
    assert ground
    for pattern in includes:
        assert any(fnmatchcase(known, pattern.replace("{}", "*")) for known in CATALOGUE), pattern


def test_no_permission_set_includes_one_of_another_scope_type() -> None:
    known = inclusions()
    for table in (known.sure, known.perhaps):
        for name, included in table.items():
            assert {CATALOGUE[other].scope_type for other in included} <= {
                CATALOGUE[name].scope_type
            }


def test_inclusions_are_transitive_and_no_pair_is_both_sure_and_open() -> None:
    known = inclusions()
    assert known.sure.keys() == known.perhaps.keys() == CATALOGUE.keys()
    for name, included in known.sure.items():
        assert name in included
        assert included.isdisjoint(known.perhaps[name])
        for other in included:
            assert known.sure[other] <= included
            assert known.perhaps[other] <= included | known.perhaps[name]


def test_no_two_permission_sets_include_each_other() -> None:
    sure = inclusions().sure
    pairs = {(a, b) for a in sure for b in sure[a] if a < b and a in sure[b]}
    assert pairs == set()


@pytest.mark.parametrize(
    ("name", "includes", "never", "perhaps"),
    [
        (
            "AllProductsFullAccess",
            ("AllProductsReadOnly", "InstancesServerCreate", "SecretManagerSecretAccess"),
            ("IAMReadOnly", "ProjectReadOnly"),
            ("KubernetesSystemMastersGroupAccess", "FunctionsPrivateAccess"),
        ),
        (
            "AllProductsReadOnly",
            ("InstancesImageRead", "SecretManagerReadOnly", "SSHKeysReadOnly"),
            ("SecretManagerSecretAccess", "KeyManagerKeyDecrypt", "GenerativeApisModelAccess"),
            (),
        ),
        (
            "OrganizationManager",
            ("IAMPolicyManager", "BillingReadOnly", "AuditTrailExportDelete", "ProjectManager"),
            ("InstancesReadOnly",),
            ("NotificationManagerReadOnly",),
        ),
        (
            "IAMManager",
            ("IAMReadOnly", "IAMUserReadOnly", "ProjectReadOnly"),
            ("OrganizationReadOnly", "BillingReadOnly"),
            (),
        ),
        ("IAMGroupManager", ("IAMGroupReadOnly",), ("IAMReadOnly", "IAMUserReadOnly"), ()),
        ("SecretManagerReadOnly", (), ("SecretManagerSecretAccess",), ()),
        ("VPCFullAccess", ("VPCReadOnly",), ("IPAMReadOnly",), ("PrivateNetworksReadOnly",)),
    ],
)
def test_known_inclusions(
    name: str, includes: tuple[str, ...], never: tuple[str, ...], perhaps: tuple[str, ...]
) -> None:
    known = inclusions()
    assert set(includes) <= known.sure[name]
    assert set(perhaps) <= known.perhaps[name]
    assert set(never).isdisjoint(known.sure[name] | known.perhaps[name])


def test_permission_sets_that_lead_to_any_right_are_in_the_catalogue() -> None:
    assert [CATALOGUE[name].scope_type for name in ESCALATION] == ["organization"] * len(ESCALATION)
