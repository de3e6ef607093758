"""Builders for states: of Terraform as Terraform 1.x writes them, and of pulumiverse stacks as Pulumi exports them.

The attributes are those of the schema of Scaleway's Terraform provider, in its internal/services/iam.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.adopt.recorder import KIND_NAMES
from pulumi_scw_iam.core.names import camel
from pulumi_scw_iam.kinds import KINDS
from tests.support import secret_mark

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pulumi_scw_iam.api.client import IamClient

LINEAGE = "6f2d8c1e-8f51-4d7a-9f5d-2b1c7a4e9d10"
PROVIDER = 'provider["registry.terraform.io/scaleway/scaleway"]'
ORGANIZATION = "99999999-9999-4999-8999-999999999999"
STACK = "urn:pulumi:prod::cloud::pulumi:pulumi:Stack::cloud-prod"
PULUMI_PROVIDER = f"urn:pulumi:prod::cloud::pulumi:providers:scaleway::default_1_27::{LINEAGE}"

VERSION = "v3.259.0"
MAGIC = hashlib.sha256(VERSION.encode()).hexdigest()
"""The checksum by which the engine recognizes its exports."""

_FACTS = ("created_at", "updated_at", "organization_id")
_NAMED = ("name", "description", "tags", *_FACTS)
_SCHEMAS: Mapping[str, tuple[str, ...]] = {
    "group": (*_NAMED, "user_ids", "application_ids", "external_membership"),
    "application": (*_NAMED, "editable"),
    "policy": (
        *_NAMED,
        "editable",
        "user_id",
        "group_id",
        "application_id",
        "no_principal",
        "rule",
    ),
    "api_key": (
        "description",
        "created_at",
        "updated_at",
        "expires_at",
        "access_key",
        "secret_key",
        "application_id",
        "user_id",
        "editable",
        "creation_ip",
        "default_project_id",
    ),
    "ssh_key": ("name", "public_key", "fingerprint", *_FACTS, "project_id", "disabled"),
    "user": (
        *_FACTS,
        "email",
        "tags",
        "send_password_email",
        "send_welcome_email",
        "username",
        "password",
        "password_wo",
        "password_wo_version",
        "first_name",
        "last_name",
        "phone_number",
        "locale",
        "deletable",
        "last_login_at",
        "type",
        "status",
        "mfa",
        "account_root_user_id",
        "locked",
    ),
    "group_membership": ("group_id", "user_id", "application_id"),
    "saml": ("organization_id", "entity_id", "single_sign_on_url", "status", "service_provider"),
    "saml_certificate": ("saml_id", "content", "type", "origin", "expires_at", "organization_id"),
    "scim": ("organization_id", "created_at"),
    "scim_token": ("scim_id", "organization_id", "bearer_token", "created_at", "expires_at"),
}
"""The attributes of each resource type, without `scaleway_iam_` and without `id`."""

_SENSITIVE = ("secret_key", "bearer_token", "password")


@dataclass(frozen=True, kw_only=True)
class Source:
    """An object of the organization as a resource of another tool."""

    kind: str
    id: str
    """Our id."""
    item: Mapping[str, Any]
    """The object in the form of the API, with the `rules` of a policy."""
    name: str
    """The name of the resource, in the other tool's program."""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The secrets of the create response: `secret_key`."""
    module: str = ""
    """The module of Terraform: `module.iam`. For Pulumi, the name of a component."""
    key: str | int | None = None
    """The key of `for_each` or the index of `count`."""
    external_membership: bool = False
    """Whether a group leaves its members to memberships."""
    is_old: bool = False
    """Whether the resource has the old name of its type."""

    @property
    def type(self) -> str:
        """The resource type of Terraform, without `scaleway_iam_`."""
        return next(name for name, kind in KIND_NAMES.items() if kind == self.kind)


def uuid(number: int) -> str:
    """Return the id of an object that exists nowhere."""
    return f"00000000-0000-4000-8000-{number:012}"


def group(number: int, name: str = "devs", **more: Any) -> Source:
    """Return a group that exists nowhere."""
    item = {"name": name, "organization_id": ORGANIZATION, "user_ids": [], "application_ids": []}
    return Source(kind="Group", id=uuid(number), item=item, name=name, **more)


KEY = Source(kind="APIKey", id="SCWXXXXXXXXXXXXXXXXX", item={}, name="ci")
"""An API key that exists nowhere, without a secret."""


def surveyed(iam: IamClient) -> dict[str, dict[str, Mapping[str, Any]]]:
    """Return all objects of the organization by kind and id; policies with their rules."""
    items: dict[str, dict[str, Mapping[str, Any]]] = {
        name: dict(KINDS[name].listed(iam))
        for name in KIND_NAMES.values()
        if name != "GroupMembership"
    }
    items["Policy"] = {
        key: {**item, "rules": list(iam.list_rules(policy_id=key))}
        for key, item in items["Policy"].items()
    }
    return items


def sources_in(iam: IamClient, secrets: Mapping[str, str] | None = None) -> list[Source]:
    """Return the objects that Terraform could have created; `secrets` are secrets by id.

    Without the built-in groups, the owner and the owner's keys, and without memberships: the groups have
    lists of members.
    """
    known = secrets or {}
    items = surveyed(iam)
    owners = {key for key, user in items["User"].items() if user["type"] == "owner"}
    found = []
    for kind_name, of_kind in items.items():
        secret = next(
            iter({"secret_key", "bearer_token"}.intersection(KINDS[kind_name].secrets())), ""
        )
        counts: Counter[str] = Counter()
        for key, item in of_kind.items():
            if (
                key in owners
                or (item.get("user_id") in owners and kind_name == "APIKey")
                or item.get("all_users")
                or item.get("all_applications")
            ):
                continue
            name = _identifier(item.get(KINDS[kind_name].described_by) or kind_name)
            counts[name] += 1
            found.append(
                Source(
                    kind=kind_name,
                    id=key,
                    item=item,
                    name=name if counts[name] == 1 else f"{name}_{counts[name]}",
                    secrets={secret: known[key]} if key in known else {},
                )
            )
    return found


def membership(group_id: str, member: str, member_id: str, name: str, **more: Any) -> Source:
    """Return a membership; `member` is `user` or `application`."""
    return Source(
        kind="GroupMembership",
        id=f"{group_id}/{member}/{member_id}",
        item={"group_id": group_id, f"{member}_id": member_id},
        name=name,
        **more,
    )


def _identifier(text: str) -> str:
    name = re.sub(r"[^0-9A-Za-z_]+", "_", text).strip("_") or "it"
    return name if name[0].isalpha() else f"_{name}"


def _native_id(source: Source) -> str:
    """Return the id of the provider."""
    if source.kind == "SCIMToken":
        return source.id.partition("/")[2]
    return source.id.replace("/application/", "/app/")


def attributes(source: Source) -> dict[str, Any]:
    """Return the attributes of a resource, with null for unset ones."""
    item = {**source.item, **source.secrets, "rule": _rules(source)}
    values: dict[str, Any] = {"id": _native_id(source)}
    for name in _SCHEMAS[source.type]:
        value = item.get(name)
        if name.endswith("_at") and isinstance(value, str):
            value = f"{value[:19]}Z"  # the provider has no fractions of a second
        values[name] = value
    if source.kind == "Group":
        values["external_membership"] = source.external_membership
        if source.external_membership:
            values |= {"user_ids": None, "application_ids": None}
    if source.kind == "GroupMembership":
        # The provider sets both, one of them to an empty text.
        values |= {name: values[name] or "" for name in ("user_id", "application_id")}
    return values


def _rules(source: Source) -> list[dict[str, Any]]:
    return [
        {
            "condition": rule.get("condition") or "",
            "organization_id": rule.get("organization_id") or "",
            "permission_set_names": sorted(rule.get("permission_set_names") or ()),
            "project_ids": rule.get("project_ids"),
        }
        for rule in source.item.get("rules") or ()
    ]


def terraform_state(
    sources: Iterable[Source], other: Iterable[Mapping[str, Any]] = (), **top: Any
) -> bytes:
    """Return a state; `other` are further resources, `top` replaces keys of the whole state."""
    resources: dict[tuple[str, str, str], dict[str, Any]] = {}
    for source in sources:
        resource_type = (
            "scaleway_account_ssh_key" if source.is_old else f"scaleway_iam_{source.type}"
        )
        resource = resources.setdefault(
            (source.module, resource_type, source.name),
            {
                **({"module": source.module} if source.module else {}),
                "mode": "managed",
                "type": resource_type,
                "name": source.name,
                "provider": PROVIDER,
                "instances": [],
            },
        )
        values = attributes(source)
        resource["instances"].append(
            {
                **({} if source.key is None else {"index_key": source.key}),
                "schema_version": 0,
                "attributes": values,
                "sensitive_attributes": [
                    [{"type": "get_attr", "value": name}] for name in _SENSITIVE if name in values
                ],
                "identity_schema_version": 0,
                "identity": {"id": values["id"]},
                "private": "bnVsbA==",
            }
        )
    state = {
        "version": 4,
        "terraform_version": "1.13.4",
        "serial": 42,
        "lineage": LINEAGE,
        "outputs": {},
        "resources": [*resources.values(), *other],
        "check_results": None,
        **top,
    }
    return json.dumps(state, indent=2).encode()


def stack_export(
    sources: Iterable[Source],
    other: Iterable[Mapping[str, Any]] = (),
    *,
    show_secrets: bool = True,
    **top: Any,
) -> bytes:
    """Return an export of a stack; `other` are further resources, `top` replaces keys of the deployment."""
    resources: list[dict[str, Any]] = [
        {"urn": STACK, "custom": False, "type": "pulumi:pulumi:Stack"},
        {
            "urn": PULUMI_PROVIDER.rpartition("::")[0],
            "custom": True,
            "id": LINEAGE,
            "type": "pulumi:providers:scaleway",
            "inputs": {"version": "1.27.0"},
            "outputs": {"version": "1.27.0"},
        },
    ]
    components = dict.fromkeys(source.module for source in sources if source.module)
    resources += [
        {
            "urn": f"urn:pulumi:prod::cloud::acme:index:Team::{name}",
            "custom": False,
            "type": "acme:index:Team",
            "parent": STACK,
        }
        for name in components
    ]
    for source in sources:
        word = camel(f"iam_{source.type}") if source.is_old else camel(source.type)
        token = f"scaleway:{'index' if source.is_old else 'iam'}/{word}:{word[0].upper()}{word[1:]}"
        parent = f"acme:index:Team${token}" if source.module else token
        values = attributes(source)
        values["rules"] = [
            {camel(name): value for name, value in rule.items() if value}
            for rule in values.pop("rule", None) or ()
        ]
        if source.kind != "Policy":
            del values["rules"]
        outputs = {
            camel(name): _secret(value, show_secrets) if name in _SENSITIVE else value
            for name, value in values.items()
            if value is not None
        }
        resources.append(
            {
                "urn": f"urn:pulumi:prod::cloud::{parent}::{source.name}",
                "custom": True,
                "id": values["id"],
                "type": token,
                "inputs": {"__defaults": []},
                "outputs": {**outputs, "__meta": '{"schema_version":"0"}'},
                "parent": f"urn:pulumi:prod::cloud::acme:index:Team::{source.module}"
                if source.module
                else STACK,
                "provider": PULUMI_PROVIDER,
                "propertyDependencies": {},
                "created": "2026-01-01T00:00:00Z",
                "modified": "2026-01-01T00:00:00Z",
            }
        )
    deployment = {
        "manifest": {"time": "2026-01-01T00:00:00Z", "magic": MAGIC, "version": VERSION},
        "secrets_providers": {"type": "passphrase", "state": {"salt": "v1:abc:v1:def"}},
        "resources": [*resources, *other],
        "metadata": {},
        **top,
    }
    return json.dumps({"version": 3, "deployment": deployment}, indent=4).encode()


def _secret(value: Any, show: bool) -> dict[str, str]:
    if show:
        return {**secret_mark.SECRET, "plaintext": json.dumps(value)}
    return {**secret_mark.SECRET, "ciphertext": "v1:bm9uY2U=:Y2lwaGVydGV4dA=="}
