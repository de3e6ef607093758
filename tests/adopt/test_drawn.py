"""Random organizations are adopted without a difference, and without the engine.

Each test draws its organizations from seeds; its name contains the seed. `make fuzz` draws more.
"""

from __future__ import annotations

import os
from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.adopt.adoption import adopt_all
from pulumi_scw_iam.adopt.survey import read_objects, survey
from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.core.fields import fields
from pulumi_scw_iam.core.provider import ProviderCore
from pulumi_scw_iam.kinds import KINDS
from tests.support.adopt_command import adopt, imports_of
from tests.support.drawn_organizations import drawn, emulator_of, large_group
from tests.support.recorded_program import registered

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pulumi_scw_iam.adopt.objects import Adoption, Front, Skipped, Survey
    from pulumi_scw_iam.emulator import Emulator

FUZZ_SEEDS = int(os.environ.get("FUZZ_SEEDS", "0"))
"""The number of random seeds from FUZZ_SEED; 0 selects a few fixed seeds."""

SEEDS = (
    sorted(Random(os.environ["FUZZ_SEED"]).sample(range(10**6), FUZZ_SEEDS))
    if FUZZ_SEEDS
    else range(2)
)
SIZE = 500 if FUZZ_SEEDS else 150
"""The number of objects of an organization."""


class World:
    """A drawn organization, a client, and the lines of the access log since its creation."""

    def __init__(self, emulator: Emulator, log: list[str]) -> None:
        self.emulator = emulator
        self.log = log
        self.settings = Settings.resolve(environ=emulator.environment)
        self.client = IamClient(self.settings)
        self.defaults = {
            "organization_id": emulator.organization_id,
            "project_id": emulator.project_id,
        }

    def survey(self) -> Survey:
        return survey(read_objects(self.client, self.emulator.organization_id))

    def adopted(self, found: Survey) -> tuple[list[Adoption], list[Skipped]]:
        names = [f"resource-{number}" for number in range(len(found.existing))]
        return adopt_all(found.existing, names, self.defaults)

    @property
    def routes(self) -> dict[str, int]:
        """The number of calls by method and path, without queries."""
        return dict(Counter(line.partition("?")[0].rsplit(" ", 2)[0] for line in self.log))


@pytest.fixture(scope="module", params=SEEDS, ids=lambda seed: f"seed{seed}")
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    log: list[str] = []
    organization = drawn(Random(str(request.param)), SIZE)
    srn = bool(request.param % 2)
    with emulator_of(organization, access_log=log.append, srn=srn) as emulator:
        log.clear()
        yield World(emulator, log)


def test_every_object_is_adopted_or_left_out_with_a_reason(world: World) -> None:
    found = world.survey()
    assert found.failures == ()
    counts = Counter(existing.kind.name for existing in found.existing)
    counts += Counter(skipped.existing.kind.name for skipped in found.skipped)
    objects = world.emulator.counts()
    listed = {
        "User": "users",
        "Application": "applications",
        "Group": "groups",
        "Policy": "policies",
        "APIKey": "api_keys",
        "SSHKey": "ssh_keys",
        "SAML": "saml",
        "SAMLCertificate": "certificates",
        "SCIM": "scim",
        "SCIMToken": "scim_tokens",
    }
    assert {kind: counts[kind] for kind in listed} == {
        kind: objects[title] for kind, title in listed.items()
    }
    assert counts["OrganizationSecuritySettings"] == 1
    assert all(skipped.reason for skipped in found.skipped)
    _, refused = world.adopted(found)
    assert [f"{one.existing.title}: {one.reason}" for one in refused] == []


def test_neither_a_preview_nor_a_refresh_would_show_a_change(world: World) -> None:
    adoptions, _ = world.adopted(world.survey())
    core = ProviderCore(lambda: world.settings)
    differences: dict[str, Any] = {}
    for one in adoptions:
        title = one.existing.title
        inputs, failures = core.check(one.kind, one.inputs, one.arguments, resource_name=one.name)
        if failures or inputs != one.inputs:
            differences[f"{title}: check"] = (failures, one.inputs, inputs)
        if changes := core.diff(one.kind, one.id, one.outputs, inputs):
            differences[f"{title}: diff"] = (changes, one.outputs, inputs)
        outputs = core.read(one.kind, one.id, one.outputs)
        if outputs != one.outputs:
            differences[f"{title}: read"] = (one.outputs, outputs)
    assert differences == {}


def test_a_survey_makes_one_list_per_page_and_one_call_per_policy(world: World) -> None:
    world.log.clear()
    world.survey()
    objects = world.emulator.counts()
    assert {method for method, *_ in map(str.split, world.routes)} == {"GET"}
    pages = sum(
        -(-max(1, objects[title]) // 100)
        for title in ("users", "applications", "groups", "policies", "api_keys", "ssh_keys")
    )
    rules = sum(call.startswith("GET /iam/v1alpha1/rules") for call in map(str, world.log))
    # Beside the lists: projects, security settings, and the configurations of SAML and SCIM with their lists.
    assert len(world.log) - rules - pages <= 1 + 1 + 2 * 3
    with_rules = [item for item in world.client.list_policies() if item["nb_rules"]]
    assert len(with_rules) <= rules <= len(with_rules) + 2  # a long policy has several pages


@pytest.mark.parametrize("front", ["python", "native", "yaml"])
def test_the_program_registers_the_inputs_of_the_import_file(
    world: World, front: Front, tmp_path: Path
) -> None:
    world.log.clear()
    environment = world.emulator.environment
    folder = tmp_path / "program"
    done = adopt(folder, "--front", front, environment=environment)
    assert done.returncode == 0, done.stderr
    assert {line.split()[0] for line in world.log} == {"GET"}
    imports = imports_of(folder)
    assert Counter((one.kind, one.id) for one in imports) == Counter(
        (one.kind.name, one.id) for one in world.survey().existing
    )
    ids = {(one.kind, one.name): one.id for one in imports}
    assert len(ids) == len(imports)
    found = registered(folder, front, ids, environment)
    assert found.keys() == ids.keys()
    differences = {}
    for one in imports:
        arguments = found[one.kind, one.name]
        inputs, failures = KINDS[one.kind].check(
            {}, arguments, settings=world.defaults, resource_name=one.name
        )
        if failures or not are_same(one.kind, one.inputs, inputs):
            differences[f"{one.kind} {one.name}"] = (one.inputs, arguments, failures)
    assert differences == {}


def are_same(kind: str, first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    """Return whether inputs are equal, except for the order of lists without order."""
    return first.keys() == second.keys() and all(
        field.same(first[field.name], second[field.name])
        for field in fields(KINDS[kind].inputs)
        if field.name in first
    )


def test_a_group_with_3000_members_is_adopted() -> None:
    with emulator_of(large_group(3000)) as emulator:
        world = World(emulator, [])
        adoptions, refused = world.adopted(world.survey())
    (group,) = (one for one in adoptions if one.kind.name == "Group")
    assert len(group.inputs["application_ids"]) == 3000
    assert refused == []
