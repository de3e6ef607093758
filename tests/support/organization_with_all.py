"""An organization with objects of all resource types of Scaleway's Terraform provider."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.emulator import Emulator
from tests.support.local_api import certificate
from tests.support.ssh_keys import OTHER_SSH_KEY, SSH_KEY
from tests.support.terraform_states import Source, sources_in, surveyed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_scw_iam.api import types

KEYS = 40


def member(name: str) -> types.CreateMember:
    return {
        "email": f"{name}@example.com",
        "username": name,
        "send_password_email": False,
        "send_welcome_email": False,
        "password": "",
        "first_name": name.capitalize(),
        "last_name": "",
        "phone_number": "",
        "locale": "",
    }


def fill(iam: IamClient) -> dict[str, str]:
    """Create the objects; return the secret keys and the tokens by our ids."""
    users = [iam.create_user(member=member(name))["id"] for name in ("alice", "bob")]
    apps = [iam.create_application(name=name, tags=["team=ops"])["id"] for name in ("ci", "cd")]
    group = iam.create_group(name="devs", description="Developers")["id"]
    iam.set_group_members(group, user_ids=users, application_ids=apps[:1])
    iam.create_group(name="empty")
    project = iam.default_organization_id
    rules: Any = [
        {"permission_set_names": ["IAMReadOnly"], "organization_id": iam.default_organization_id},
        {
            "permission_set_names": ["ObjectStorageReadOnly", "InstancesReadOnly"],
            "project_ids": [project],
            "condition": 'request.ip == "203.0.113.7"',
        },
    ]
    iam.create_policy(name="readers", group_id=group, rules=rules, tags=["a", "b"])
    iam.create_policy(name="nobody", no_principal=True, rules=rules[:1])
    secrets = {}
    for number in range(KEYS):
        bearer: dict[str, str] = (
            {"user_id": users[number % 2]}
            if number % 4 == 0
            else {"application_id": apps[number % 2]}
        )
        key = iam.create_api_key(
            **bearer,
            description=f"key {number}" if number % 3 else "shared",
            expires_at="2099-01-01T00:00:00.5Z" if number % 5 == 0 else None,
        )
        assert key["secret_key"] is not None
        secrets[key["access_key"]] = key["secret_key"]
    iam.create_ssh_key(name="laptop", public_key=SSH_KEY, project_id=project)
    old = iam.create_ssh_key(name="old", public_key=OTHER_SSH_KEY, project_id=project)
    iam.update_ssh_key(old["id"], disabled=True)
    saml = iam.enable_organization_saml()
    iam.update_saml(saml["id"], entity_id="https://idp", single_sign_on_url="https://idp/sso")
    iam.add_saml_certificate(saml["id"], type="signing", content=certificate())
    scim = iam.enable_organization_scim()
    token = iam.create_scim_token(scim["id"])
    secrets[f"{scim['id']}/{token['token']['id']}"] = token["bearer_token"]
    return secrets


class Filled(NamedTuple):
    """The organization: a client, the secrets by our ids, and all objects by kind and id, as resources, and the URL."""

    iam: IamClient
    secrets: dict[str, str]
    items: dict[str, dict[str, Mapping[str, Any]]]
    sources: list[Source]
    url: str

    def __repr__(self) -> str:
        return "Filled()"  # hypothesis prints all arguments


@contextmanager
def filled() -> Iterator[Filled]:
    with Emulator() as emulator:
        iam = IamClient(Settings.resolve(environ=emulator.environment))
        secrets = fill(iam)
        yield Filled(iam, secrets, surveyed(iam), sources_in(iam, secrets), emulator.url)
