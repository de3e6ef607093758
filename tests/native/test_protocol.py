"""Calls of the engine's protocol to a real plugin, without an engine."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2

from pulumi_scw_iam import __version__
from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.core.names import token
from pulumi_scw_iam.emulator import Fault
from pulumi_scw_iam.functions import FUNCTIONS
from pulumi_scw_iam.kinds import KINDS
from tests.support.local_api import certificate, metadata
from tests.support.plugin import DEADLINE, Provider, refused, served, struct, urn
from tests.support.secret_mark import SECRET
from tests.support.ssh_keys import SSH_KEY
from tools.generate.schema import package_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pulumi_scw_iam.emulator import Emulator

NOBODY = "99999999-9999-4999-8999-999999999999"


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Provider]:
    """A plugin before Configure, in an environment without credentials."""
    for name in ("SCW_ACCESS_KEY", "SCW_SECRET_KEY", "SCW_PROFILE", "SCW_CONFIG_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with served() as provider:
        yield provider


@pytest.fixture
def settings(iam_emulator: Emulator) -> dict[str, str]:
    return {
        "apiUrl": iam_emulator.url,
        "secretKey": iam_emulator.secret_key,
        "accessKey": iam_emulator.access_key,
        "organizationId": iam_emulator.organization_id,
        "projectId": iam_emulator.project_id,
    }


@pytest.fixture
def provider(fresh: Provider, settings: dict[str, str]) -> Provider:
    """A plugin configured for the local IAM API."""
    fresh.configure(settings)
    return fresh


@pytest.fixture
def iam(iam_emulator: Emulator) -> IamClient:
    return IamClient(Settings.resolve(environ=iam_emulator.environment))


# --- the plugin ----------------------------------------------------------------------------------


def test_the_handshake_accepts_secrets_and_nothing_else(fresh: Provider) -> None:
    assert fresh.ask("Handshake", provider_pb2.ProviderHandshakeRequest()) == {
        "acceptSecrets": True
    }


def test_the_plugin_tells_its_version_before_it_is_configured(fresh: Provider) -> None:
    assert fresh.ask("GetPluginInfo", empty_pb2.Empty()) == {"version": __version__}
    assert fresh.ask("Attach", plugin_pb2.PluginAttach(address="127.0.0.1:1")) == {}


def test_the_plugin_tells_its_schema_before_it_is_configured(fresh: Provider) -> None:
    response = fresh.ask("GetSchema", provider_pb2.GetSchemaRequest())
    assert json.loads(response["schema"]) == package_schema()


def test_the_plugin_converts_no_other_provider(fresh: Provider) -> None:
    assert fresh.ask("GetMappings", provider_pb2.GetMappingsRequest(key="terraform")) == {}
    assert fresh.ask("GetMapping", provider_pb2.GetMappingRequest(key="terraform")) == {}


@pytest.mark.parametrize(
    ("method", "request_", "line"),
    [
        ("Parameterize", provider_pb2.ParameterizeRequest(), "scw-iam accepts no parameters"),
        ("Call", provider_pb2.CallRequest(), "the resources of scw-iam have no methods"),
    ],
)
def test_what_the_plugin_does_not_have_is_said_in_one_line(
    fresh: Provider, method: str, request_: Any, line: str
) -> None:
    assert fresh.refusal(method, request_) == (grpc.StatusCode.UNIMPLEMENTED, line)


def test_a_resource_that_does_not_exist_is_refused_with_those_that_do(provider: Provider) -> None:
    request = provider_pb2.CheckRequest(urn=urn("Team"))
    assert provider.refusal("Check", request) == (
        grpc.StatusCode.UNKNOWN,
        f"scw-iam:index:Team is not a resource of scw-iam; use one of {', '.join(map(token, KINDS))}",
    )


def test_a_wrong_value_that_the_program_marks_as_secret_is_not_shown(provider: Provider) -> None:
    news = {"name": {**SECRET, "value": "café"}, "tags": ["a:b"], "description": "d" * 201}
    request = provider_pb2.CheckRequest(urn=urn("Group"), news=struct(news))
    assert provider.ask("Check", request)["failures"] == [
        {
            "reason": "name is invalid; the value is secret, so the reason is not shown",
        },
        {
            "property": "description",
            "reason": "is 201 characters long; at most 200 are allowed",
        },
        {
            "property": "tags",
            "reason": "tags[0]: \"a:b\" contains ':'; use letters without accents, digits, spaces and"
            " . _ - / = + @ only",
        },
    ]


def test_a_function_that_does_not_exist_is_refused(provider: Provider) -> None:
    request = provider_pb2.InvokeRequest(tok="scw-iam:index:getTeam")
    assert provider.refusal("Invoke", request) == (
        grpc.StatusCode.UNKNOWN,
        f"scw-iam:index:getTeam is not a function of scw-iam; use one of {', '.join(map(token, FUNCTIONS))}",
    )


def test_the_audit_events_of_the_organization_come_in_camel_case(
    provider: Provider, iam: IamClient
) -> None:
    group = iam.create_group(name="devs")["id"]
    iam.create_application(name="robot")
    arguments = {
        "recordedAfter": "2026-01-01T01:00:00+01:00",
        "resourceType": "iam_group",
        "withRequestBodies": True,
        "limit": 5,
    }
    tok = "scw-iam:index:getAuditEvents"
    request = provider_pb2.InvokeRequest(tok=tok, args=struct(arguments))
    returned = provider.ask("Invoke", request)["return"]
    (event,) = returned.pop("events")
    assert returned == {"recordedAfter": "2026-01-01T00:00:00Z", "hasMore": False}
    assert (event["methodName"], event["statusCode"]) == ("CreateGroup", 200)
    assert event["resources"][0]["id"] == group
    assert json.loads(event["requestBody"])["name"] == "devs"
    wrong = {"region": "Paris", "recordedBefore": "tomorrow"}
    request = provider_pb2.InvokeRequest(tok=tok, args=struct(wrong))
    assert provider.ask("Invoke", request) == {
        "failures": [
            {"property": "region", "reason": '"Paris" is not a region; write it as fr-par'},
            {
                "property": "recordedBefore",
                "reason": '"tomorrow" is not a date and time; write it as 2030-01-31T12:00:00Z',
            },
        ]
    }
    login = provider_pb2.InvokeRequest(tok="scw-iam:index:getAuthenticationEvents")
    assert provider.ask("Invoke", login)["return"]["events"] == []


def test_an_answer_about_access_comes_in_camel_case(provider: Provider, iam: IamClient) -> None:
    group = iam.create_group(name="devs")["id"]
    rule: Any = {
        "permission_set_names": ["IAMReadOnly"],
        "organization_id": iam.default_organization_id,
    }
    policy = iam.create_policy(name="reading", group_id=group, rules=[rule])["id"]
    arguments = {"principal": "group:devs", "permissionSet": "IAMGroupReadOnly"}
    tok = "scw-iam:index:getAccess"
    returned = provider.ask("Invoke", provider_pb2.InvokeRequest(tok=tok, args=struct(arguments)))
    answer = returned["return"]
    assert answer.pop("asOf")
    assert answer == {
        "verdict": "yes",
        "conditions": [],
        "paths": [
            {
                "sentence": "group:devs has IAMGroupReadOnly on the organization through policy reading,"
                " rule 1, included in IAMReadOnly",
                "permissionSets": ["IAMReadOnly"],
                "policyId": policy,
                "policyName": "reading",
                "rule": 1,
            }
        ],
        "doubts": [],
        "canObtain": False,
        "locked": False,
        "principalId": group,
        "principalKind": "group",
        "principalName": "devs",
        "permissionSet": "IAMGroupReadOnly",
    }
    tok = "scw-iam:index:getAccessHolders"
    arguments = {"permissionSet": "IAMGroupReadOnly"}
    returned = provider.ask("Invoke", provider_pb2.InvokeRequest(tok=tok, args=struct(arguments)))
    holders = returned["return"]["holders"]
    assert [holder["principalName"] for holder in holders] == ["owner@example.com", "devs"]


def test_metadata_are_parsed_before_the_plugin_is_configured(fresh: Provider) -> None:
    pem = certificate()
    request = provider_pb2.InvokeRequest(
        tok="scw-iam:index:parseSAMLMetadata", args=struct({"metadata": metadata(pem)})
    )
    assert fresh.ask("Invoke", request) == {
        "return": {
            "entityId": "https://idp",
            "singleSignOnUrl": "https://idp/sso",
            "signingCertificates": [pem],
        }
    }
    request.args.update({"metadata": "idp.xml"})
    assert fresh.ask("Invoke", request) == {
        "failures": [
            {
                "reason": "metadata is not XML; pass the text of the metadata file, not its path or"
                ' URL: in Python `open("idp.xml").read()`, in YAML `fn::readFile: idp.xml`'
            }
        ]
    }


def test_the_executable_prints_its_port_and_serves_until_it_is_interrupted() -> None:
    script = Path(sys.executable).parent / "pulumi-resource-scw-iam"
    with subprocess.Popen([str(script)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            response = Provider(channel).ask("GetPluginInfo", empty_pb2.Empty())
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == ""
        assert process.wait(DEADLINE) == 0
    assert response == {"version": __version__}


# --- configuration -------------------------------------------------------------------------------


def test_settings_that_cannot_be_are_told_with_the_property_unless_it_is_a_secret(
    fresh: Provider,
) -> None:
    request = provider_pb2.CheckRequest(
        news=struct(
            {
                "secretKey": "correct-horse",
                "organizationId": "mine",
                "projectId": 7,
                "apiUrl": "example.com",
                "requestTimeout": "soon",
                "acessKey": "SCWXXXXXXXXXXXXXXXXX",
                "version": "1.2.3",
            }
        )
    )
    response = fresh.ask("CheckConfig", request)
    failures = {(each.get("property", ""), each["reason"]) for each in response["failures"]}
    names = ", ".join(package_schema()["provider"]["inputProperties"])
    assert failures == {
        ("", "secretKey is not a secret key, which is a UUID"),
        ("organizationId", '"mine" is not a UUID; pass the organization\'s id, not the name'),
        ("projectId", "must be a string"),
        ("apiUrl", "is not an API URL, such as https://api.scaleway.com"),
        ("requestTimeout", "is not a number of seconds above 0, such as 30"),
        ("", f"acessKey is not a setting of scw-iam:index:Provider; use one of {names}"),
    }
    assert "correct-horse" not in str(response["failures"])


def test_an_address_that_is_not_encrypted_is_refused_when_all_settings_are_known(
    fresh: Provider, settings: dict[str, str]
) -> None:
    """CheckConfig accepts the address alone: `allowHttp` may come from the environment."""
    plain = {**settings, "apiUrl": "http://iam.example.com"}
    response = fresh.ask("CheckConfig", provider_pb2.CheckRequest(news=struct(plain)))
    assert response == {
        "inputs": {**plain, "secretKey": {**SECRET, "value": settings["secretKey"]}}
    }
    configure = provider_pb2.ConfigureRequest(args=struct(plain))
    assert fresh.refusal("Configure", configure) == (
        grpc.StatusCode.UNKNOWN,
        "scw-iam:apiUrl in the configuration: would send the secret key unencrypted; use https"
        " (or set scw-iam:allowHttp if the network is trusted)",
    )
    fresh.configure({**plain, "allowHttp": "true"})


def test_settings_that_are_right_come_back_with_the_secret_one_as_a_secret(
    fresh: Provider, settings: dict[str, str]
) -> None:
    response = fresh.ask("CheckConfig", provider_pb2.CheckRequest(news=struct(settings)))
    assert response == {
        "inputs": {**settings, "secretKey": {**SECRET, "value": settings["secretKey"]}}
    }


def test_other_settings_are_a_change_that_replaces_nothing(fresh: Provider) -> None:
    olds = struct({"projectId": "a", "profile": "p", "organizationId": "x", "version": "1.0.0"})
    news = struct({"projectId": "b", "accessKey": "k", "organizationId": "x", "version": "2.0.0"})
    response = fresh.ask("DiffConfig", provider_pb2.DiffRequest(olds=olds, news=news))
    assert response == {
        "changes": "DIFF_SOME",
        "diffs": ["accessKey", "profile", "projectId"],
        "detailedDiff": {
            "accessKey": {},  # ADD is 0, the default
            "profile": {"kind": "DELETE"},
            "projectId": {"kind": "UPDATE"},
        },
        "hasDetailedDiff": True,
    }


def test_another_organization_replaces_the_provider(fresh: Provider) -> None:
    """The engine deletes the resources in the old organization with the old provider."""
    olds, news = struct({"organizationId": "a"}), struct({"organizationId": "b"})
    response = fresh.ask("DiffConfig", provider_pb2.DiffRequest(olds=olds, news=news))
    assert response == {
        "changes": "DIFF_SOME",
        "replaces": ["organizationId"],
        "diffs": ["organizationId"],
        "detailedDiff": {"organizationId": {"kind": "UPDATE_REPLACE"}},
        "hasDetailedDiff": True,
    }


@pytest.mark.parametrize("olds", [{}, {"organizationId": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"}])
def test_an_organization_that_was_not_known_replaces_nothing(
    fresh: Provider, olds: dict[str, Any]
) -> None:
    request = provider_pb2.DiffRequest(olds=struct(olds), news=struct({"organizationId": "b"}))
    assert "replaces" not in fresh.ask("DiffConfig", request)


def test_the_organization_of_the_environment_is_kept_with_the_provider(
    fresh: Provider, settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    organization = settings.pop("organizationId")
    monkeypatch.setenv("SCW_DEFAULT_ORGANIZATION_ID", organization)
    response = fresh.ask("CheckConfig", provider_pb2.CheckRequest(news=struct(settings)))
    assert response["inputs"]["organizationId"] == organization


def test_the_same_settings_are_no_change_whether_marked_as_secret_or_not(fresh: Provider) -> None:
    olds = struct({"secretKey": {**SECRET, "value": "k"}, "version": "1.0.0"})
    news = struct({"secretKey": "k"})
    response = fresh.ask("DiffConfig", provider_pb2.DiffRequest(olds=olds, news=news))
    assert response == {"changes": "DIFF_NONE", "hasDetailedDiff": True}


def test_the_plugin_takes_its_settings_and_says_that_it_previews(
    fresh: Provider, settings: dict[str, str]
) -> None:
    assert fresh.configure(settings) == {"acceptSecrets": True, "supportsPreview": True}


def test_a_plugin_without_credentials_says_where_it_looked_for_them(
    fresh: Provider, tmp_path: Path
) -> None:
    assert fresh.refusal("Configure", provider_pb2.ConfigureRequest()) == (
        grpc.StatusCode.UNKNOWN,
        "there is no secret key; looked for scw-iam:secretKey in the configuration, SCW_SECRET_KEY in"
        f" the environment, secret_key in {tmp_path / 'scw' / 'config.yaml'}, which does not exist",
    )


# --- lists ---------------------------------------------------------------------------------------


def one_of_each(iam: IamClient, emulator: Emulator) -> dict[str, set[tuple[str, str]]]:
    """Create an object of each kind; return the ids and names of all existing objects, by kind."""
    organization = emulator.organization_id
    (owner,) = iam.list_users()
    robot = iam.create_application(name="robot")
    group = iam.create_group(name="team")
    iam.set_group_members(group["id"], user_ids=[owner["id"]], application_ids=[robot["id"]])
    policy = iam.create_policy(
        name="policy",
        group_id=group["id"],
        rules=[{"permission_set_names": ["IAMReadOnly"], "organization_id": organization}],
    )
    key = iam.create_api_key(application_id=robot["id"], description="d")
    rotating = iam.create_api_key(application_id=robot["id"], description="r [rotating 01234567]")
    ssh = iam.create_ssh_key(name="laptop", public_key=SSH_KEY, project_id=emulator.project_id)
    saml = iam.enable_organization_saml(organization)
    signing = iam.add_saml_certificate(saml["id"], type="signing", content=certificate())
    scim = iam.enable_organization_scim(organization)
    scim_token = iam.create_scim_token(scim["id"])["token"]
    return {
        "Group": {(group["id"], "team")},
        "Application": {(robot["id"], "robot")},
        "Policy": {(policy["id"], "policy")},
        "APIKey": {
            (key["access_key"], "d"),
            (rotating["access_key"], "r [rotating 01234567]"),
            (emulator.access_key, ""),
        },
        "RotatingAPIKey": {(rotating["access_key"], "r")},
        "SSHKey": {(ssh["id"], "laptop")},
        "User": {(owner["id"], owner["email"])},
        "GroupMembership": {
            (f"{group['id']}/user/{owner['id']}", ""),
            (f"{group['id']}/application/{robot['id']}", ""),
        },
        "OrganizationSecuritySettings": {(organization, organization)},
        "SAML": {(saml["id"], "")},
        "SAMLCertificate": {(signing["id"], "")},
        "SCIM": {(scim["id"], "")},
        "SCIMToken": {(f"{scim['id']}/{scim_token['id']}", "")},
    }


def test_every_kind_can_be_listed_and_what_is_listed_be_read(
    provider: Provider, iam: IamClient, iam_emulator: Emulator
) -> None:
    there = one_of_each(iam, iam_emulator)
    assert {kind: set(provider.list(kind)) for kind in KINDS} == there
    for kind, objects in there.items():
        for resource_id, _ in objects:
            response = provider.ask("Read", provider_pb2.ReadRequest(id=resource_id, urn=urn(kind)))
            assert response["id"] == resource_id


def test_a_list_has_no_more_than_is_asked_for(provider: Provider, iam: IamClient) -> None:
    names = [f"a{i}" for i in range(5)]
    for name in names:
        iam.create_application(name=name)
    assert [name for _, name in provider.list("Application", 2)] == names[:2]
    assert [name for _, name in provider.list("Application", 9)] == names
    assert [name for _, name in provider.list("Application", -1)] == names


def test_a_list_of_what_does_not_exist_is_refused(provider: Provider) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        provider.list("Team")
    assert refused(raised.value) == (
        grpc.StatusCode.UNKNOWN,
        f"scw-iam:index:Team is not a resource of scw-iam; use one of {', '.join(map(token, KINDS))}",
    )


def test_a_query_is_refused_rather_than_ignored(provider: Provider) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        provider.list("Group", tags=[], name="")
    assert refused(raised.value) == (
        grpc.StatusCode.UNKNOWN,
        "lists of scw-iam accept no query; remove name, tags",
    )


# --- cancelling ----------------------------------------------------------------------------------

CANCELLED = (
    grpc.StatusCode.UNKNOWN,
    'create application "robot": cancelled before a retry: too many requests',
)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def create(settings: Mapping[str, str], name: str = "robot") -> provider_pb2.CreateRequest:
    properties = struct({"name": name, "organizationId": settings["organizationId"]})
    return provider_pb2.CreateRequest(urn=urn("Application"), properties=properties)


def test_cancel_ends_a_wait_between_two_tries(
    provider: Provider, settings: dict[str, str], iam_emulator: Emulator
) -> None:
    iam_emulator.faults.add(Fault(operation="create_application", status=429))
    call = provider.stub.Create.future(create(settings), timeout=DEADLINE)
    until(lambda: iam_emulator.faults.tally()[0].matched > 0)
    assert provider.ask("Cancel", empty_pb2.Empty()) == {}
    assert refused(call.exception()) == CANCELLED


def test_cancel_holds_for_all_later_waits_and_for_no_call_that_need_not_wait(
    provider: Provider, settings: dict[str, str], iam_emulator: Emulator
) -> None:
    provider.ask("Cancel", empty_pb2.Empty())
    iam_emulator.faults.add(Fault(operation="create_application", status=429, last=1))
    assert provider.refusal("Create", create(settings)) == CANCELLED
    made = provider.ask("Create", create(settings))
    assert provider.list("Application") == [(made["id"], "robot")]


def test_cancel_counts_when_it_comes_before_the_settings(
    fresh: Provider, settings: dict[str, str], iam_emulator: Emulator
) -> None:
    fresh.ask("Cancel", empty_pb2.Empty())
    fresh.configure(settings)
    iam_emulator.faults.add(Fault(operation="create_application", status=429))
    assert fresh.refusal("Create", create(settings)) == CANCELLED
    assert iam_emulator.faults.tally()[0].matched == 1


def test_cancel_reaches_all_of_the_calls_that_come_first_and_together(
    provider: Provider, settings: dict[str, str], iam_emulator: Emulator
) -> None:
    iam_emulator.faults.add(Fault(operation="create_application", status=429))
    names = [f"robot-{number}" for number in range(32)]
    calls = [
        provider.stub.Create.future(create(settings, name), timeout=DEADLINE) for name in names
    ]
    provider.ask("Cancel", empty_pb2.Empty())
    for name, call in zip(names, calls, strict=True):
        assert refused(call.exception()) == (CANCELLED[0], CANCELLED[1].replace("robot", name))


def test_cancel_reaches_the_creates_that_wait_for_their_twin(
    provider: Provider, settings: dict[str, str], iam_emulator: Emulator
) -> None:
    iam_emulator.faults.add(Fault(operation="create_application", status=429))
    calls = [provider.stub.Create.future(create(settings), timeout=DEADLINE) for _ in range(4)]
    until(lambda: iam_emulator.faults.tally()[0].matched > 0)
    provider.ask("Cancel", empty_pb2.Empty())
    errors = [refused(call.exception()) for call in calls]
    twin = "cancelled while another create of the same application was in progress"
    # The first create fails with CANCELLED. A later create fails with the message about the other create, or
    # with CANCELLED if the first create has ended before.
    assert set(errors) - {(grpc.StatusCode.UNKNOWN, f'create application "robot": {twin}')} == {
        CANCELLED
    }


def test_a_create_whose_second_call_is_cancelled_is_undone(
    provider: Provider, settings: dict[str, str], iam: IamClient, iam_emulator: Emulator
) -> None:
    (owner,) = iam.list_users()
    iam_emulator.faults.add(Fault(operation="set_group_members", status=503))
    properties = {
        "name": "devs",
        "organizationId": settings["organizationId"],
        "userIds": [owner["id"]],
    }
    request = provider_pb2.CreateRequest(urn=urn("Group"), properties=struct(properties))
    call = provider.stub.Create.future(request, timeout=DEADLINE)
    until(lambda: iam_emulator.faults.tally()[0].matched > 0)
    provider.ask("Cancel", empty_pb2.Empty())
    code, line = refused(call.exception())
    assert code is grpc.StatusCode.UNKNOWN
    assert line.startswith('create group "devs": cancelled before a retry: the API is')
    assert line.endswith("; the new group was deleted again")
    assert list(iam.list_groups()) == []


def test_a_create_whose_answer_nobody_waits_for_is_undone(
    provider: Provider, iam: IamClient, iam_emulator: Emulator
) -> None:
    """Like after the end of a killed engine: no state would ever contain the key."""
    (owner,) = iam.list_users()
    keys = list(iam.list_api_keys())
    iam_emulator.faults.add(Fault(operation="create_api_key", latency=1))
    properties = {"userId": owner["id"], "description": "ci"}
    request = provider_pb2.CreateRequest(urn=urn("APIKey"), properties=struct(properties))
    call = provider.stub.Create.future(request, timeout=DEADLINE)
    until(lambda: iam_emulator.faults.tally()[0].matched > 0)
    call.cancel()
    until(lambda: [log["action"] for log in iam.list_logs()][-2:] == ["created", "deleted"])
    assert list(iam.list_api_keys()) == keys


@pytest.mark.parametrize("there", [False, True], ids=["new", "there before"])
def test_a_membership_whose_answer_nobody_waits_for_is_undone_unless_it_was_there_before(
    settings: dict[str, str], iam: IamClient, iam_emulator: Emulator, there: bool
) -> None:
    """An existing membership can belong to another resource, or to another person."""
    (owner,) = iam.list_users()
    group = iam.create_group(name="devs")["id"]
    if there:
        iam.add_group_member(group, user_id=owner["id"])
    before = iam.get_group(group)
    properties = struct({"groupId": group, "userId": owner["id"]})
    at = urn("GroupMembership")
    with served() as provider:
        provider.configure(settings)
        provider.ask("Check", provider_pb2.CheckRequest(urn=at, news=properties))
        iam_emulator.faults.add(Fault(operation="add_group_member", latency=0.3))
        request = provider_pb2.CreateRequest(urn=at, properties=properties)
        call = provider.stub.Create.future(request, timeout=DEADLINE)
        until(lambda: iam_emulator.faults.tally()[0].matched > 0)
        call.cancel()
    # The plugin has ended, with all its calls.
    assert iam_emulator.faults.tally()[0].struck == 1
    assert iam.get_group(group) == before


def test_what_cannot_be_undone_is_named_in_the_log(
    settings: dict[str, str],
    iam: IamClient,
    iam_emulator: Emulator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nobody waits for the error, so the log is the only place for the message."""
    (owner,) = iam.list_users()
    with served() as provider:
        provider.configure(settings)
        iam_emulator.faults.add(
            Fault(operation="create_api_key", latency=0.3),
            Fault(operation="delete_api_key", status=400),
        )
        properties = struct({"userId": owner["id"], "description": "ci"})
        request = provider_pb2.CreateRequest(urn=urn("APIKey"), properties=properties)
        call = provider.stub.Create.future(request, timeout=DEADLINE)
        until(lambda: iam_emulator.faults.tally()[0].matched > 0)
        call.cancel()
    (left,) = (key for key in iam.list_api_keys() if key["description"] == "ci")
    (message,) = (line for line in caplog.messages if "stopped waiting" in line)
    assert message.startswith(
        'API key "ci" was created after the engine stopped waiting, and the undo failed: '
    )
    assert message.endswith(
        f"; delete it with `pulumi-scw-iam delete api-key {left['access_key']}`"
    )


def test_the_plugin_ends_when_the_engine_was_killed() -> None:
    """The engine is killed right after it has read the port."""
    engine = (
        "import os, subprocess, sys\n"
        "plugin = subprocess.Popen([sys.executable, '-m', 'pulumi_scw_iam'], stdout=subprocess.PIPE)\n"
        "os.write(1, plugin.stdout.readline())\n"
        "os.kill(os.getpid(), 9)\n"
    )
    started = subprocess.run([sys.executable, "-c", engine], stdout=subprocess.PIPE, check=False)
    port = int(started.stdout)

    def is_gone() -> bool:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            return True
        return False

    until(is_gone)


def test_a_diff_tells_each_item_that_differs_but_not_of_a_secret_list(provider: Provider) -> None:
    def diff(olds: Any, news: Any) -> dict[str, Any]:
        common = {"name": "a", "organizationId": NOBODY}
        request = provider_pb2.DiffRequest(
            id=NOBODY,
            urn=urn("Group"),
            olds=struct({**common, "tags": olds}),
            news=struct({**common, "tags": news}),
        )
        response: dict[str, Any] = provider.ask("Diff", request)
        assert response["diffs"] == ["tags"]
        return response["detailedDiff"]  # type: ignore[no-any-return]

    assert diff(["a", "b", "c"], ["c", "a", "d"]) == {"tags[1]": {"kind": "DELETE"}, "tags[2]": {}}
    secret = {**SECRET, "value": ["c", "a", "d"]}
    assert diff(["a", "b", "c"], secret) == {"tags": {"kind": "UPDATE"}}
    assert diff(secret, ["a", "b", "c"]) == {"tags": {"kind": "UPDATE"}}
