"""Each example, unchanged, on the real engine."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from moto.server import ThreadedMotoServer

from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.common.errors import NotFound
from pulumi_scw_iam.kinds import KINDS
from tests.support.local_api import certificate, metadata
from tests.support.secret_manager import new_secret, versions
from tests.support.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from pulumi_scw_iam.emulator import Emulator

pytestmark = pytest.mark.engine

EXAMPLES = Path(__file__).parents[2] / "examples"
PACK = EXAMPLES.parent / "pulumi_scw_iam" / "policy_pack"


@pytest.fixture
def object_storage() -> Iterator[str]:
    """Yield the address of an S3 server in place of Object Storage."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.mark.parametrize("stack", ["quickstart"], indirect=True)
def test_quickstart(stack: Stack, iam: IamClient) -> None:
    preview = stack.preview()
    assert preview.changes == {"create": 8}
    assert stack.up().changes == {"create": 8}
    assert stack.up().changes == {"same": 8}
    stack.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")

    outputs, resources = stack.outputs(), stack.resources()
    group = iam.get_group(outputs["developers"])
    assert sorted(group["user_ids"]) == sorted(resources[name]["id"] for name in ("alice", "bob"))
    assert iam.get_api_key(outputs["robot_access_key"])["secret_key"] is None
    assert outputs["robot_secret_key"] not in stack.state_text()
    (policy,) = iam.list_policies(group_ids=[group["id"]])
    rules = list(iam.list_rules(policy_id=policy["id"]))
    assert [rule["permission_sets_scope_type"] for rule in rules] == ["projects", "organization"]
    stack.destroy()
    assert list(iam.list_groups()) == []


@pytest.mark.parametrize("stack", ["github-actions"], indirect=True)
def test_github_actions(stack: Stack, iam: IamClient, iam_emulator: Emulator) -> None:
    assert stack.up().changes == {"create": 3}
    assert stack.up().changes == {"same": 3}
    outputs = stack.outputs()
    key = iam.get_api_key(outputs["access_key"])
    assert key["expires_at"] == outputs["expires_at"] == "2030-01-31T00:00:00Z"
    (policy,) = iam.list_policies()
    (rule,) = iam.list_rules(policy_id=policy["id"])
    assert rule["project_ids"] == [iam_emulator.project_id]
    assert outputs["secret_key"] not in stack.state_text()
    stack.destroy()


@pytest.mark.parametrize("stack", ["object-storage"], indirect=True)
def test_object_storage(stack: Stack, object_storage: str) -> None:
    stack.environment["AWS_ENDPOINT_URL_S3"] = object_storage
    up = stack.up()
    assert up.changes == {"create": 4}
    assert stack.up().changes == {"same": 4}
    s3 = boto3.client(
        "s3",
        endpoint_url=object_storage,
        region_name="fr-par",
        aws_access_key_id="any",
        aws_secret_access_key="any",
    )
    buckets = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    assert buckets == ["scw-iam-example"] == [stack.outputs()["bucket"]]

    # The key is a secret in both stacks and in both states.
    exported = json.loads(stack.pulumi("stack", "export", "--show-secrets").output)
    (key,) = {
        json.loads(value["plaintext"])
        for resource in exported["deployment"]["resources"]
        for value in resource.get("outputs", {}).values()
        if isinstance(value, dict) and "plaintext" in value
    }
    assert key not in stack.state_text() + up.output
    stack.destroy()
    assert s3.list_buckets()["Buckets"] == []


@pytest.mark.parametrize("stack", ["object-storage-vault"], indirect=True)
def test_object_storage_with_a_key_from_the_secret_manager(
    stack: Stack, object_storage: str, iam_emulator: Emulator
) -> None:
    vault = new_secret(iam_emulator)
    stack.environment["AWS_ENDPOINT_URL_S3"] = object_storage
    stack.pulumi("config", "set", "vault", vault)
    up = stack.up()
    assert up.changes == {"create": 7}
    assert stack.up(None, "--expect-no-changes").changes == {"same": 7}
    outputs = stack.outputs()
    ((revision, description, secret_key),) = versions(iam_emulator, vault)
    assert outputs["secret_version"] == revision
    assert outputs["access_key"] in description
    assert outputs["bucket"] == "scw-iam-example"
    assert secret_key not in stack.pulumi("stack", "export", "--show-secrets").output + up.output
    stack.destroy()


def test_platform_and_team(tmp_path: Path, iam: IamClient, iam_emulator: Emulator) -> None:
    folder = tmp_path / "stacks"
    shutil.copytree(EXAMPLES / "platform-and-team", folder)
    vault = new_secret(iam_emulator)
    platform = Stack(folder / "platform", iam_emulator.environment, name="dev")
    assert platform.up().changes == {"create": 8}
    shared = platform.outputs()

    team = Stack(folder / "team", iam_emulator.environment, name="checkout")
    team.pulumi("config", "set", "vault", vault)
    preview, up = team.preview(), team.up()
    assert preview.changes == up.changes == {"create": 7}
    assert team.up(None, "--expect-no-changes").changes == {"same": 7}
    outputs = team.outputs()
    (robot,) = iam.list_applications(name="checkout")
    for group in (shared["readers"], outputs["group"]):
        assert iam.get_group(group)["application_ids"] == [robot["id"]]
    (policy,) = iam.list_policies(group_ids=[outputs["group"]])
    (rule,) = iam.list_rules(policy_id=policy["id"])
    assert rule["project_ids"] == [shared["project"]] == [iam_emulator.project_id]

    # The platform's secret is a secret in both states; the team's is in none.
    assert outputs["registrySecretKey"] == shared["registrySecretKey"]
    ((revision, _, payload),) = versions(iam_emulator, vault)
    assert outputs["secretVersion"] == revision
    assert payload.startswith(f"SCW_ACCESS_KEY={outputs['accessKey']}\nSCW_SECRET_KEY=")
    seen = preview.output + up.output + platform.state_text() + team.state_text()
    secret = payload.rpartition("=")[2].strip()
    assert outputs["registrySecretKey"] not in seen
    assert secret not in seen + team.pulumi("stack", "export", "--show-secrets").output
    team.destroy()
    assert iam.get_group(shared["readers"])["application_ids"] == []
    platform.destroy()


@pytest.mark.parametrize("stack", ["yaml"], indirect=True)
def test_yaml(stack: Stack, iam: IamClient) -> None:
    assert stack.up().changes == {"create": 11}
    assert stack.up().changes == {"same": 11}
    stack.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")

    outputs, resources = stack.outputs(), stack.resources()
    ids = {name: resource["id"] for name, resource in resources.items()}
    on_call = iam.get_group(ids["onCall"])
    assert on_call["user_ids"] == [ids["alice"]]
    assert on_call["application_ids"] == [ids["robot"]]
    (policy,) = iam.list_policies(group_ids=[ids["developers"]])
    (rule,) = iam.list_rules(policy_id=policy["id"])
    assert rule["permission_set_names"] == ["AllProductsReadOnly", "InstancesFullAccess"]
    assert outputs["accessKey"] == ids["robotKey"]
    assert outputs["secretKey"] not in stack.state_text()
    stack.destroy()
    assert list(iam.list_groups()) == []
    assert [user["type"] for user in iam.list_users()] == ["owner"]


@pytest.mark.parametrize("stack", ["single-sign-on"], indirect=True)
def test_single_sign_on(stack: Stack, iam: IamClient) -> None:
    document = metadata(certificate(), entity_id="https://idp.example.com/metadata")
    stack.pulumi("config", "set", "metadata", "--", document)
    assert stack.up().changes == {"create": 5}
    assert stack.up().changes == {"same": 5}
    stack.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")

    outputs, saml = stack.outputs(), iam.get_organization_saml()
    assert saml["entity_id"] == "https://idp.example.com/metadata"
    (held,) = iam.list_saml_certificates(saml["id"])
    assert (held["id"], held["type"]) == (stack.resources()["signing"]["id"], "signing")
    assert outputs["serviceProvider"] == {
        "entityId": saml["service_provider"]["entity_id"],
        "assertionConsumerServiceUrl": saml["service_provider"]["assertion_consumer_service_url"],
    }
    (token,) = iam.list_scim_tokens(iam.get_organization_scim()["id"])
    assert token["expires_at"] == outputs["scimTokenExpiresAt"]
    assert outputs["scimToken"] not in stack.state_text()
    stack.destroy()
    with pytest.raises(NotFound):
        iam.get_organization_saml()
    with pytest.raises(NotFound):
        iam.get_organization_scim()
    # The settings belong to the organization and remain.
    settings = iam.get_organization_security_settings()
    assert settings["login_attempts_before_locked"] == 5
    assert settings["max_login_session_duration"] == "43200s"


def test_every_example_is_in_the_overview() -> None:
    overview = (EXAMPLES.parent / "docs" / "index.md").read_text()
    for folder in EXAMPLES.iterdir():
        assert f"[`examples/{folder.name}`]" in overview


def test_every_kind_is_in_an_example_and_in_the_overview() -> None:
    overview = (EXAMPLES.parent / "docs" / "index.md").read_text()
    programs = [*EXAMPLES.rglob("*.py"), *EXAMPLES.rglob("Pulumi.yaml")]
    text = "".join(file.read_text() for file in programs)
    used = re.findall(r"\biam\.(\w+)\(|type: scw-iam:(\w+)$", text, re.MULTILINE)
    assert {python or yaml for python, yaml in used} >= KINDS.keys()
    for kind in KINDS:
        assert f"| [`{kind}`](" in overview


@pytest.mark.parametrize("stack", ["quickstart"], indirect=True)
def test_quickstart_passes_the_policy_pack(stack: Stack) -> None:
    """Users copy the quickstart, so it must follow the guardrails."""
    run = stack.pulumi("preview", "--non-interactive", "--policy-pack", str(PACK))
    assert re.findall(r"\[(?:advisory|mandatory)\].*", run.output) == []
    assert "Policies:" in run.output
    assert "+ 9 to create" in run.output


@pytest.mark.parametrize("stack", ["rotation"], indirect=True)
def test_rotation(stack: Stack, iam: IamClient, iam_emulator: Emulator) -> None:
    secrets = {
        name: new_secret(iam_emulator, name) for name in map("build-{:02}".format, range(40))
    }
    stack.pulumi("config", "set", "pipelines", json.dumps(secrets))
    assert stack.up().changes == {"create": 82}
    assert set(stack.outputs()["next_rotations"]) == set(secrets)
    with following(stack, secrets.values()) as new_keys:
        first = new_keys()
        assert stack.up().changes == {"same": 82}
        iam_emulator.advance(timedelta(days=61))
        assert stack.up().changes == {"same": 42, "update": 40}
        second = new_keys()
    for secret_id in secrets.values():
        # A consumer that has not read the new version yet still works.
        *_, before, after = (version.payload for version in versions(iam_emulator, secret_id))
        for payload, keys in ((before, first), (after, second)):
            pair = json.loads(payload)
            assert pair["access_key"] == keys[secret_id]
            environ = {**iam_emulator.environment, "SCW_SECRET_KEY": pair["secret_key"]}
            assert IamClient(Settings.resolve(environ=environ)).get_api_key(keys[secret_id])
            assert pair["secret_key"] not in stack.state_text()
    iam_emulator.advance(timedelta(days=14))
    assert stack.up().changes == {"same": 42, "update": 40}
    left = iam.list_api_keys(bearer_type="application")
    assert {key["access_key"] for key in left} == set(second.values())
    stack.destroy()
    assert list(iam.list_api_keys(bearer_type="application")) == []


@contextmanager
def following(stack: Stack, secret_ids: Collection[str]) -> Iterator[Callable[[], dict[str, str]]]:
    """Run the consumer of the example; yield a function that waits for a new key of each secret."""
    command = [sys.executable, "consumer.py", "--every", "0.5", *secret_ids]
    environment = {**os.environ, **stack.environment}
    with subprocess.Popen(
        command, cwd=stack.folder, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        lines = (line.split() for line in process.stdout)
        try:
            yield lambda: {words[0]: words[-1] for words in islice(lines, len(secret_ids))}
        finally:
            process.kill()
