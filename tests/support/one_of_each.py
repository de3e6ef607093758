"""An organization with a resource of each kind, and damaged copies of their states."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypothesis import assume
from hypothesis import strategies as st

from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.core.fields import fields
from pulumi_scw_iam.core.misfits import misfits
from pulumi_scw_iam.core.provider import ProviderCore
from pulumi_scw_iam.emulator import Emulator
from pulumi_scw_iam.kinds import KINDS
from tests.support.local_api import certificate
from tests.support.ssh_keys import SSH_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hypothesis.strategies import DrawFn

    from pulumi_scw_iam.emulator import Snapshot


@dataclass
class Made:
    """A created resource: id, checked inputs and state."""

    id: str
    inputs: dict[str, Any]
    state: dict[str, Any]


class World:
    """An organization with a resource of each kind. Tests restore its snapshot after changes."""

    def __init__(self) -> None:
        self.emulator = Emulator()
        self.made: dict[str, Made] = {}
        core = self.core()
        organization = self.emulator.organization_id
        (owner,) = core.client.list_users()
        rules = [
            {"permission_set_names": ["IAMReadOnly"], "organization_id": organization},
            {
                "permission_set_names": ["InstancesFullAccess"],
                "project_ids": [self.emulator.project_id],
                "condition": "1 == 1",
            },
        ]
        first: dict[str, dict[str, Any]] = {
            "User": {"email": "a@example.com", "username": "a1", "password": "Hush-hush-2030"},
            "Application": {"name": "robot", "tags": ["a", "b"]},
            "Group": {"name": "devs", "user_ids": [owner["id"]], "tags": ["t"]},
            "Policy": {"name": "policy", "rules": rules, "no_principal": True},
            "APIKey": {"user_id": owner["id"], "description": "d"},
            "RotatingAPIKey": {"user_id": owner["id"], "rotation_triggers": ["1"]},
            "SSHKey": {"name": "laptop", "public_key": SSH_KEY},
            "OrganizationSecuritySettings": {"grace_period_duration": "86400s"},
            "SAML": {"entity_id": "https://idp.example.com"},
            "SCIM": {},
        }
        for kind, inputs in first.items():
            self.make(core, kind, inputs)
        second: dict[str, dict[str, Any]] = {
            "GroupMembership": {
                "group_id": core.create(KINDS["Group"], self.checked("Group", {"name": "g"}))[0],
                "user_id": self.made["User"].id,
            },
            "SAMLCertificate": {
                "saml_id": self.made["SAML"].id,
                "type": "signing",
                "content": certificate(),
            },
            "SCIMToken": {"scim_id": self.made["SCIM"].id},
        }
        for kind, inputs in second.items():
            self.make(core, kind, inputs)
        self.snapshot: Snapshot = self.emulator.snapshot()

    def checked(self, kind: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        checked, failures = self.core().check(KINDS[kind], {}, inputs)
        assert failures == []
        return checked

    def make(self, core: ProviderCore, kind: str, inputs: Mapping[str, Any]) -> None:
        checked = self.checked(kind, inputs)
        resource_id, _ = core.create(KINDS[kind], checked)
        # The refreshed state is the expected result for the refresh of a damaged state.
        state = core.read(KINDS[kind], resource_id, _)
        assert state is not None
        self.made[kind] = Made(resource_id, checked, state)

    def core(self) -> ProviderCore:
        resolved = Settings.resolve(environ=self.emulator.environment)
        return ProviderCore(lambda: resolved, name="dynamic")

    def is_there(self, kind: str) -> bool:
        made, declared = self.made[kind], KINDS[kind]
        state = self.core().read(declared, made.id, made.state)
        # The resource of a rotating key outlives its key.
        return state is not None and bool(declared.objects_of(made.id, state))


GARBAGE: list[Any] = [
    None,
    7,
    1.5,
    True,
    "x",
    "",
    [],
    {},
    [None],
    [7],
    {"a": 1},
    [{"a": None}],
    [[]],
]


@st.composite
def damaged(draw: DrawFn, plain: Mapping[str, Any], cls: type) -> dict[str, Any]:
    """Draw plain values with one to three dropped or mistyped values, and with an unknown key."""
    values: dict[str, Any] = copy.deepcopy(dict(plain))
    for _ in range(draw(st.integers(1, 3))):
        owner: Any = values
        rules = values.get("rules")
        if isinstance(rules, list) and rules and draw(st.booleans()):
            owner = rules[draw(st.integers(0, len(rules) - 1))]
        if not isinstance(owner, dict) or not owner:
            continue
        name = draw(st.sampled_from(sorted(owner)))
        if draw(st.booleans()):
            owner.pop(name)
        else:
            owner[name] = draw(st.sampled_from(GARBAGE))
    # A different value of the declared type is not damage.
    wrong = {path.split(".")[0].split("[")[0] for path, _ in misfits(cls, values)}
    for name in [name for name in values if name not in wrong]:
        values[name] = copy.deepcopy(plain[name])
    # A state without any value counts as a missing state.
    assume(any(values.get(field.name) is not None for field in fields(cls)))
    values["of_another_version"] = draw(st.sampled_from(GARBAGE))
    return values
