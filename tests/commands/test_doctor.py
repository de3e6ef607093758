"""The commands `pulumi-scw-iam doctor` and `pulumi-scw-iam delete`, against the local IAM API."""

from __future__ import annotations

import gzip
import io
import json
import os
import pty
import re
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.api.transport import user_agent
from pulumi_scw_iam.commands.main import main
from pulumi_scw_iam.emulator import Emulator
from tests.support.local_api import certificate
from tests.support.ssh_keys import SSH_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FOUND = re.search(r"nonce=([0-9a-f]{8})", user_agent())
assert FOUND is not None
PROCESS = FOUND[1]

ROOT = Path(__file__).parents[2]
UUID = "11111111-2222-4333-8444-555555555555"
STACK = "urn:pulumi:test::shop::pulumi:pulumi:Stack::shop-test"
IMPORTED = "its secret was told only once and is lost, so an imported one is of little use"
ASKED = '  on a terminal, Pulumi asks about each: answer "clear", since "import" forgets the object'
NO_IMPORT = (
    "Pulumi cannot import it into a program that uses the Python classes without the plugin; delete"
    " it, and the next `pulumi up` makes it anew if the program has it"
)
SECRET = {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    "ciphertext": "v1",
}
"""As the engine writes a secret."""


class Command:
    """The commands in this process, and their answers."""

    def __init__(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        self._capsys = capsys
        self._folder = folder

    def run(self, *arguments: str) -> tuple[int, list[str], list[str]]:
        """The status, the lines on stdout without the moment from which on it looks, and on stderr."""
        self._capsys.readouterr()
        status = main(arguments)
        out, error = self._capsys.readouterr()
        return (
            status,
            re.sub(r"since [-:0-9T]+Z", "since THEN", out).splitlines(),
            error.splitlines(),
        )

    def doctor(self, *arguments: str) -> tuple[int, list[str], list[str]]:
        return self.run("doctor", *arguments)

    def file(self, content: Any, name: str = "state.json") -> str:
        """A file in the folder of the test, by its whole path."""
        path = self._folder / name
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return str(path)


@pytest.fixture
def command(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Command:
    for name in os.environ:
        if name.startswith(("SCW_", "XDG_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))
    return Command(capsys, tmp_path)


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[Emulator], IamClient]:
    """Let the commands call an emulator; returns a client of it."""

    def using(emulator: Emulator, **other: str) -> IamClient:
        for name, value in {**emulator.environment, **other}.items():
            monkeypatch.setenv(name, value)
        return IamClient(Settings.resolve())

    return using


@pytest.fixture
def iam(command: Command, use: Callable[..., IamClient], iam_emulator: Emulator) -> IamClient:
    del command
    return use(iam_emulator)


def resource(kind: str, name: str, front: str = "native", **more: Any) -> dict[str, Any]:
    """A resource as it stands in a state; without an id, one whose create is pending."""
    kind = f"scw-iam:index:{kind}" if front == "native" else f"pulumi-python:dynamic/scw_iam:{kind}"
    package = kind.partition(":")[0]
    return {
        "urn": f"urn:pulumi:test::shop::{kind}::{name}",
        "custom": True,
        "type": kind,
        "parent": STACK,
        "provider": f"urn:pulumi:test::shop::pulumi:providers:{package}::default_1_2::{UUID}",
        **more,
    }


def creating(*resources: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"resource": it, "type": "creating"} for it in resources]


def export(
    *resources: Mapping[str, Any], pending: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """What `pulumi stack export` prints."""
    stack = {"urn": STACK, "custom": False, "type": "pulumi:pulumi:Stack"}
    deployment: dict[str, Any] = {"manifest": {"version": "v3.259.0"}, "metadata": {}}
    deployment["resources"] = [stack, *resources]
    if pending:
        deployment["pending_operations"] = pending
    return {"version": 3, "deployment": deployment}


def told(title: str, made_at: str, *lines: str, process: str | None = PROCESS) -> list[str]:
    """How one find is told."""
    by = f" by process {process}" if process else ""
    return [
        "",
        title,
        *([f"  made {made_at}{by}"] if made_at else []),
        *(f"  {it}" for it in lines),
    ]


def member(name: str) -> Any:
    return {"email": f"{name}@example.com", "username": name}


def groups_and_their_lines(iam: IamClient, *names: str) -> list[str]:
    lines = []
    for group in iam.list_groups():
        if group["name"] in names:
            lines += told(
                f'group "{group["name"]}" {group["id"]}',
                group["created_at"],
                f"import: pulumi import scw-iam:index:Group {group['name']} {group['id']}",
                f"delete: pulumi-scw-iam delete group {group['id']}",
            )
    return lines


ALL_KNOWN = (
    "all objects that the audit log knows to be made by pulumi-scw-iam since THEN are in a state, or"
    " deleted"
)
NO_STATE = "no state was given, so this is all that pulumi-scw-iam has made, in use or not"


def test_without_a_state_it_lists_all_that_was_made_and_still_exists(
    command: Command, iam: IamClient
) -> None:
    user = iam.create_user(member=member("alice"))
    group = iam.create_group(name="the devs")
    application = iam.create_application(name="-robot")
    policy = iam.create_policy(name="deploys", application_id=application["id"])
    key = iam.create_api_key(application_id=application["id"], description="CI's\nkey")
    nameless = iam.create_api_key(application_id=application["id"])
    gone = iam.create_group(name="gone")
    iam.delete_group(gone["id"])

    status, lines, errors = command.doctor()
    assert (status, errors) == (3, [])
    assert lines == [
        NO_STATE,
        "6 objects made by pulumi-scw-iam since THEN:",
        *told(
            f'user "alice@example.com" {user["id"]}',
            user["created_at"],
            f"import: pulumi import scw-iam:index:User alice@example.com {user['id']}",
            f"delete: pulumi-scw-iam delete user {user['id']}",
        ),
        *told(
            f'group "the devs" {group["id"]}',
            group["created_at"],
            f"import: pulumi import scw-iam:index:Group 'the devs' {group['id']}",
            f"delete: pulumi-scw-iam delete group {group['id']}",
        ),
        *told(
            f'application "-robot" {application["id"]}',
            application["created_at"],
            f"import: pulumi import -- scw-iam:index:Application -robot {application['id']}",
            f"delete: pulumi-scw-iam delete application {application['id']}",
        ),
        *told(
            f'policy "deploys" {policy["id"]}',
            policy["created_at"],
            f"import: pulumi import scw-iam:index:Policy deploys {policy['id']}",
            f"delete: pulumi-scw-iam delete policy {policy['id']}",
        ),
        *told(
            f'API key "CI\'s\\nkey" {key["access_key"]}',
            key["created_at"],
            IMPORTED,
            f"delete: pulumi-scw-iam delete api-key {key['access_key']}",
            f"import: pulumi import scw-iam:index:APIKey 'CI'\"'\"'s key' {key['access_key']}",
        ),
        *told(
            f"API key {nameless['access_key']}",
            nameless["created_at"],
            IMPORTED,
            f"delete: pulumi-scw-iam delete api-key {nameless['access_key']}",
            f"import: pulumi import scw-iam:index:APIKey api-key {nameless['access_key']}",
        ),
    ]


def test_nothing_found_is_said_and_is_the_status_0(command: Command, iam: IamClient) -> None:
    assert command.doctor() == (
        0,
        [NO_STATE, "pulumi-scw-iam has made nothing since THEN that still exists"],
        [],
    )
    group = iam.create_group(name="devs")
    state = command.file(export(resource("Group", "devs", id=group["id"])))
    assert command.doctor(state) == (
        0,
        [ALL_KNOWN],
        [],
    )


def test_what_others_made_is_never_reported(
    command: Command, iam: IamClient, iam_emulator: Emulator
) -> None:
    for agent in (
        "scaleway-sdk-go/v1.0 pulumi-scw-iam/0.1.0",
        "Mozilla/5.0",
        "pulumi-scw-iam",
        "Pulumi-scw-iam/0.1.0",
        " pulumi-scw-iam-fork/0.1.0",
    ):
        requests.post(
            f"{iam_emulator.url}/iam/v1alpha1/groups",
            headers={"X-Auth-Token": iam_emulator.secret_key, "User-Agent": agent.strip()},
            json={"name": f"g{len(agent)}", "organization_id": iam_emulator.organization_id},
            timeout=30,
        ).raise_for_status()
    # Nor what others made and this package changed.
    for group in iam.list_groups():
        iam.update_group(group["id"], description="changed")
    assert command.doctor()[0] == 0


def test_all_that_a_state_of_either_front_holds_is_known(command: Command, iam: IamClient) -> None:
    names = [f"g{i}" for i in range(9)]
    ids = {name: iam.create_group(name=name)["id"] for name in names}
    user = iam.create_user(member=member("alice"))
    native = export(
        resource("Group", "g0", id=ids["g0"]),
        resource("Group", "old", id=ids["g1"], delete=True),
        resource("Group", "got", id=ids["g2"].upper(), external=True),
        # A membership needs both its group and its member, which may be another stack's.
        resource("GroupMembership", "in", id=f"{ids['g3']}/user/{user['id']}"),
        # Another package's resource, and another kind of ours.
        {"urn": "urn", "type": "random:index:Group", "id": ids["g7"]},
        {"urn": "urn", "type": "scw-iam:index:Nothing", "id": ids["g8"]},
        pending=[
            {"resource": resource("Group", "g4", id=ids["g4"]), "type": "deleting"},
            {"resource": resource("Group", "g5", id=ids["g5"]), "type": "updating"},
        ],
    )
    dynamic = export(resource("Group", "g6", "dynamic", id=ids["g6"]))
    status, lines, errors = command.doctor(
        command.file(native, "a.json"), command.file(dynamic, "b.json")
    )
    assert (status, errors) == (3, [])
    assert lines == [
        "2 objects made by pulumi-scw-iam since THEN, in no state that was given:",
        *groups_and_their_lines(iam, "g7", "g8"),
    ]
    # One stack alone knows less.
    lines = command.doctor(command.file(native, "a.json"))[1]
    assert lines[1:] == groups_and_their_lines(iam, "g6", "g7", "g8")


def test_the_log_tells_which_front_made_what_where_the_state_is_empty(
    command: Command, iam: IamClient, iam_emulator: Emulator
) -> None:
    """A resource of the Python classes that is imported as one of the plugin is in the way of itself."""
    settings = Settings.resolve()
    ours = IamClient(settings, front="dynamic").create_group(name="devs")
    laptop = iam.create_ssh_key(
        name="laptop", public_key=SSH_KEY, project_id=iam_emulator.project_id
    )
    group = told(
        f'group "devs" {ours["id"]}',
        ours["created_at"],
        NO_IMPORT,
        f"delete: pulumi-scw-iam delete group {ours['id']}",
    )
    # Nobody can tell who made the key, but nothing tells of another front.
    key = told(
        f'SSH key "laptop" {laptop["id"]}',
        laptop["created_at"],
        NO_IMPORT,
        f"delete: pulumi-scw-iam delete ssh-key {laptop['id']}",
        process=None,
    )
    assert command.doctor(command.file(export())) == (
        3,
        [
            "1 object made by pulumi-scw-iam since THEN, in no state that was given:",
            *group,
            "",
            "in no state either, and nobody can tell who made it; check before you delete:",
            *key,
        ],
        [],
    )

    # With the plugin as well, nobody can tell.
    plugins = IamClient(settings, front="native").create_group(name="ops")
    lines = command.doctor(command.file(export()))[1]
    assert [line for line in lines if "pulumi import" in line] == [
        f"  import: pulumi import scw-iam:index:Group ops {plugins['id']}",
        f"  import: pulumi import scw-iam:index:SSHKey laptop {laptop['id']}",
    ]


def test_what_the_log_does_not_record_has_a_section_of_its_own(
    command: Command, iam: IamClient, iam_emulator: Emulator
) -> None:
    laptop = iam.create_ssh_key(
        name="laptop", public_key=SSH_KEY, project_id=iam_emulator.project_id
    )
    saml = iam.enable_organization_saml()
    trusted = iam.add_saml_certificate(saml["id"], type="signing", content=certificate())
    scim = iam.enable_organization_scim()
    token = iam.create_scim_token(scim["id"])["token"]
    unrecorded = [
        "",
        "in no state either, and nobody can tell who made it; check before you delete:",
        *told(
            f'SSH key "laptop" {laptop["id"]}',
            laptop["created_at"],
            f"import: pulumi import scw-iam:index:SSHKey laptop {laptop['id']}",
            f"delete: pulumi-scw-iam delete ssh-key {laptop['id']}",
            process=None,
        ),
        *told(
            f"SAML certificate {trusted['id']}",
            "",
            f"import: pulumi import scw-iam:index:SAMLCertificate saml-certificate {trusted['id']}",
            f"delete: pulumi-scw-iam delete saml-certificate {trusted['id']}",
        ),
        *told(
            f"SCIM token {scim['id']}/{token['id']}",
            token["created_at"],
            IMPORTED,
            f"delete: pulumi-scw-iam delete scim-token {scim['id']}/{token['id']}",
            f"import: pulumi import scw-iam:index:SCIMToken scim-token {scim['id']}/{token['id']}",
            process=None,
        ),
    ]
    assert command.doctor(command.file(export())) == (
        3,
        [ALL_KNOWN, *unrecorded],
        [],
    )
    known = export(
        resource("SSHKey", "laptop", id=laptop["id"]),
        resource("SAMLCertificate", "idp", "dynamic", id=trusted["id"]),
        resource("SCIMToken", "idp", id=f"{scim['id']}/{token['id']}"),
    )
    assert command.doctor(command.file(known))[0] == 0


@pytest.mark.parametrize("agent", ["gateway/2.0", "", "pulumi-scw"])
@pytest.mark.parametrize("front", ["native", "dynamic"])
def test_an_api_key_of_a_bearer_in_a_state_is_found_whoever_the_log_names(
    agent: str, front: str, command: Command, iam: IamClient, iam_emulator: Emulator
) -> None:
    """A gateway may rewrite the User-Agent, and a log may cut it short."""
    robot = iam.create_application(name="robot")["id"]
    crane = iam.create_application(name="crane")["id"]
    known = iam.create_api_key(application_id=crane)["access_key"]
    keys = {}
    for bearer in (robot, crane):
        answer = requests.post(
            f"{iam_emulator.url}/iam/v1alpha1/api-keys",
            headers={"X-Auth-Token": iam_emulator.secret_key, "User-Agent": agent},
            json={"application_id": bearer, "description": "ci"},
            timeout=30,
        ).json()
        keys[bearer] = answer
    spelled = "applicationId" if front == "native" else "application_id"
    state = export(
        resource("Application", "robot", front, id=robot),
        resource("APIKey", "key", front, id=known, outputs={spelled: crane}),
        # The application of this key is another stack's.
        resource("Group", "crane", front, id=crane),
    )
    status, lines, errors = command.doctor(command.file(state))
    assert (status, errors) == (3, [])
    assert lines[:3] == [
        ALL_KNOWN,
        "",
        "in no state either, and nobody can tell who made it; check before you delete:",
    ]
    told_keys = [line for line in lines if line.startswith("API key ")]
    assert told_keys == [f'API key "ci" {keys[it]["access_key"]}' for it in (robot, crane)]


def test_pending_creates_are_matched_with_what_they_made(command: Command, iam: IamClient) -> None:
    """The lines bring into the state what can be kept, before the pending creates are dropped."""
    application = iam.create_application(name="robot")
    group = iam.create_group(name="devs-1a2b")
    user = iam.create_user(member=member("alice"))
    policy = iam.create_policy(name="deploys", application_id=application["id"])
    key = iam.create_api_key(application_id=application["id"], description="ci")
    other = iam.create_api_key(application_id=application["id"], description="not ci")
    comp = "urn:pulumi:test::shop::my:Team::the team"
    eu = "urn:pulumi:test::shop::pulumi:providers:scw-iam::eu"
    pending = creating(
        resource(
            "Group",
            "devs",
            inputs={"name": "devs-1a2b", "organizationId": UUID},
            parent=comp,
            provider=f"{eu}::{UUID}",
        ),
        resource("User", "alice", inputs={"email": "alice@example.com", "password": SECRET}),
        resource(
            "Policy",
            "deploys",
            inputs={"name": SECRET, "applicationId": application["id"], "rules": []},
        ),
        resource("APIKey", "key", inputs={"applicationId": application["id"], "description": "ci"}),
        # The same name is of another kind, or of another bearer: these made nothing that is left.
        resource("SSHKey", "devs", inputs={"name": "devs-1a2b"}),
        resource("APIKey", "hers", inputs={"userId": user["id"], "description": "ci"}),
        {"urn": "urn:pulumi:test::shop::aws:s3:Bucket::b", "type": "aws:s3:Bucket", "inputs": {}},
    )
    state = command.file(
        export(
            resource("Application", "robot", id=application["id"]),
            pending=[{"resource": resource("Group", "x"), "type": "reading"}, *pending],
        )
    )

    def fits(kind: str, name: str) -> str:
        urn = f"urn:pulumi:test::shop::scw-iam:index:{kind}::{name}"
        return f"it fits the pending create of {urn} in {state}"

    status, lines, errors = command.doctor(state)
    assert (status, errors) == (3, [])
    assert lines == [
        "5 objects made by pulumi-scw-iam since THEN, in no state that was given:",
        *told(
            f'group "devs-1a2b" {group["id"]}',
            group["created_at"],
            fits("Group", "devs"),
            f"import: pulumi import --protect=false --generate-code=false --stack test --parent 'the team={comp}' --provider eu={eu}"
            f" scw-iam:index:Group devs {group['id']}",
            f"delete: pulumi-scw-iam delete group {group['id']}",
        ),
        *told(
            f'user "alice@example.com" {user["id"]}',
            user["created_at"],
            fits("User", "alice"),
            f"import: pulumi import --protect=false --generate-code=false --stack test scw-iam:index:User alice {user['id']}",
            f"delete: pulumi-scw-iam delete user {user['id']}",
        ),
        *told(
            f'policy "deploys" {policy["id"]}',
            policy["created_at"],
            fits("Policy", "deploys"),
            f"import: pulumi import --protect=false --generate-code=false --stack test scw-iam:index:Policy deploys {policy['id']}",
            f"delete: pulumi-scw-iam delete policy {policy['id']}",
        ),
        *told(
            f'API key "ci" {key["access_key"]}',
            key["created_at"],
            fits("APIKey", "key"),
            IMPORTED,
            f"delete: pulumi-scw-iam delete api-key {key['access_key']}",
            f"import: pulumi import --protect=false --generate-code=false --stack test scw-iam:index:APIKey key {key['access_key']}",
        ),
        *told(
            f'API key "not ci" {other["access_key"]}',
            other["created_at"],
            IMPORTED,
            f"delete: pulumi-scw-iam delete api-key {other['access_key']}",
            f"import: pulumi import scw-iam:index:APIKey 'not ci' {other['access_key']}",
        ),
        "",
        "pending creates that fit nothing that was made since THEN and is in no state:",
        f"  urn:pulumi:test::shop::scw-iam:index:SSHKey::devs in {state}",
        f"  urn:pulumi:test::shop::scw-iam:index:APIKey::hers in {state}",
        "",
        "when all of these are dealt with, drop the pending creates:",
        "  pulumi refresh --stack test --clear-pending-creates",
        "  it drops 1 of other packages too; see to them first",
        ASKED,
    ]
    # Where everything is in the state already, the pending creates are still to be dropped.
    known = {"Group": group["id"], "User": user["id"], "Policy": policy["id"]}
    known |= {"APIKey": key["access_key"]}
    state = command.file(
        export(
            *(resource(kind, kind, id=it) for kind, it in known.items()),
            resource("Application", "robot", id=application["id"]),
            resource("APIKey", "other", id=other["access_key"]),
            pending=pending[:1],
        )
    )
    assert command.doctor(state) == (
        3,
        [
            ALL_KNOWN,
            "",
            "pending creates that fit nothing that was made since THEN and is in no state:",
            f"  urn:pulumi:test::shop::scw-iam:index:Group::devs in {state}",
            "",
            "when all of these are dealt with, drop the pending creates:",
            "  pulumi refresh --stack test --clear-pending-creates",
            ASKED,
        ],
        [],
    )


def test_what_the_dynamic_front_left_can_only_be_deleted(command: Command, iam: IamClient) -> None:
    devs, ops = (iam.create_group(name=name) for name in ("devs", "ops"))
    pending = creating(resource("Group", "devs", "dynamic", inputs={"name": "devs"}))
    state = command.file(export(pending=pending))
    urn = "urn:pulumi:test::shop::pulumi-python:dynamic/scw_iam:Group::devs"
    expected = [
        "2 objects made by pulumi-scw-iam since THEN, in no state that was given:",
        *told(
            f'group "devs" {devs["id"]}',
            devs["created_at"],
            f"it fits the pending create of {urn} in {state}",
            NO_IMPORT,
            f"delete: pulumi-scw-iam delete group {devs['id']}",
        ),
        *told(
            f'group "ops" {ops["id"]}',
            ops["created_at"],
            NO_IMPORT,
            f"delete: pulumi-scw-iam delete group {ops['id']}",
        ),
        "",
        "when all of these are dealt with, drop the pending creates:",
        "  pulumi refresh --stack test --clear-pending-creates",
        ASKED,
    ]
    assert command.doctor(state) == (3, expected, [])
    # What fits no pending create may be for the native stack, where there is one.
    user = resource("User", "alice", id=UUID)
    lines = command.doctor(state, command.file(export(user), "native.json"))[1]
    assert lines == [*expected[:7], *groups_and_their_lines(iam, "ops"), *expected[12:]]


def test_what_the_engine_had_an_id_for_but_no_resource_is_found(
    command: Command, iam: IamClient
) -> None:
    """The engine writes the answer into the pending create before it writes the resource."""
    robot, other = (iam.create_application(name="robot") for _ in range(2))
    begun = resource("Application", "r", id=robot["id"], inputs={"name": "robot"})
    state = command.file(export(pending=creating(begun)))
    report = json.loads("\n".join(command.doctor(state, "--json")[1]))
    assert [(it["id"], it["pending"] is not None) for it in report["found"]] == [
        (robot["id"], True),
        (other["id"], False),
    ]


def test_twins_are_shared_out_and_too_many_are_told(command: Command, iam: IamClient) -> None:
    """Names of applications are not unique: two stacks may each have lost one, or one stack two."""
    made = [iam.create_application(name="robot") for _ in range(3)]
    files = [
        command.file(
            json.loads(
                json.dumps(
                    export(pending=creating(resource("Application", "r", inputs={"name": "robot"})))
                ).replace("pulumi:test::", f"pulumi:{stack}::")
            ),
            f"{stack}.json",
        )
        for stack in ("blue", "green")
    ]
    status, lines, _ = command.doctor(*files, files[0])
    assert status == 3
    expected = []
    for application, stack in zip(made, ("blue", "green", "blue"), strict=True):
        urn = f"urn:pulumi:{stack}::shop::scw-iam:index:Application::r"
        place = files[0 if stack == "blue" else 1]
        more = ["1 more of these fit it: keep one, and delete the others"] * (stack == "blue")
        expected += told(
            f'application "robot" {application["id"]}',
            application["created_at"],
            f"it fits the pending create of {urn} in {place}",
            *more,
            f"import: pulumi import --protect=false --generate-code=false --stack {stack} scw-iam:index:Application r {application['id']}",
            f"delete: pulumi-scw-iam delete application {application['id']}",
        )
    assert lines[1:-5] == expected
    assert lines[-5:] == [
        "",
        "when all of these are dealt with, drop the pending creates:",
        "  pulumi refresh --stack blue --clear-pending-creates",
        "  pulumi refresh --stack green --clear-pending-creates",
        ASKED,
    ]


def test_json_tells_everything(
    command: Command, iam: IamClient, iam_emulator: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    application = iam.create_application(name="robot")
    laptop = iam.create_ssh_key(
        name="laptop", public_key=SSH_KEY, project_id=iam_emulator.project_id
    )
    urn = "urn:pulumi:test::shop::scw-iam:index:"
    state = command.file(
        export(
            pending=creating(
                resource("Application", "robot", inputs={"name": "robot"}),
                resource("Group", "lost", inputs={"name": "lost"}),
            )
        )
    )
    assert main(["doctor", state, "--json", "--organization", iam_emulator.organization_id]) == 3
    told = json.loads(capsys.readouterr().out)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", told.pop("since"))
    organization = f"--organization {iam_emulator.organization_id}"
    assert told == {
        "organization_id": iam_emulator.organization_id,
        "states": [state],
        "found": [
            {
                "kind": "Application",
                "name": "robot",
                "id": application["id"],
                "created_at": application["created_at"],
                "process": PROCESS,
                "pending": {"urn": f"{urn}Application::robot", "state": state},
                "remarks": [f"it fits the pending create of {urn}Application::robot in {state}"],
                "commands": [
                    {
                        "does": "import",
                        "command": "pulumi import --protect=false --generate-code=false --stack test scw-iam:index:Application robot"
                        f" {application['id']}",
                    },
                    {
                        "does": "delete",
                        "command": f"pulumi-scw-iam delete application {application['id']}"
                        f" {organization}",
                    },
                ],
            }
        ],
        "unrecorded": [
            {
                "kind": "SSHKey",
                "name": "laptop",
                "id": laptop["id"],
                "created_at": laptop["created_at"],
                "process": None,
                "pending": None,
                "remarks": [],
                "commands": [
                    {
                        "does": "import",
                        "command": f"pulumi import scw-iam:index:SSHKey laptop {laptop['id']}",
                    },
                    {
                        "does": "delete",
                        "command": f"pulumi-scw-iam delete ssh-key {laptop['id']} {organization}",
                    },
                ],
            }
        ],
        "unmatched": [{"urn": f"{urn}Group::lost", "state": state}],
        "clear": [
            {
                "state": state,
                "command": "pulumi refresh --stack test --clear-pending-creates",
                "pending_creates": 2,
                "of_other_packages": 0,
            }
        ],
        "not_listed": [],
    }


def test_it_looks_as_far_back_as_it_is_told(
    command: Command, use: Callable[[Emulator], IamClient]
) -> None:
    now = datetime.now(timezone.utc)
    age = timedelta(days=40)
    with Emulator(clock=lambda: now - age) as emulator:
        iam = use(emulator)
        ages = {"old": 31, "week": 6, "day": 0.9}
        for name, days in ages.items():
            age = timedelta(days=days)
            iam.create_group(name=name)
            iam.create_ssh_key(name=name, public_key=SSH_KEY, project_id=emulator.project_id)
        age = timedelta(0)

        def names(*arguments: str) -> list[str]:
            quoted = [
                re.fullmatch(r'(?:group|SSH key) "(\w+)" .*', it)
                for it in command.doctor(*arguments)[1]
            ]
            return [it[1] for it in quoted if it]

        assert names() == ["week", "day"] * 2
        assert names("--since", "22h") == ["day"] * 2
        assert names("--since", "7d") == ["week", "day"] * 2
        assert names("--since", "5w") == ["old", "week", "day"] * 2
        assert names("--since", "0h") == []


@pytest.mark.parametrize("span", ["", "30", "d", "1m", "-1d", "1.5d", "999999w", "٣d"])
def test_a_span_is_refused_that_is_none(
    command: Command, capsys: pytest.CaptureFixture[str], span: str
) -> None:
    with pytest.raises(SystemExit) as exit_:
        command.doctor(f"--since={span}")
    assert exit_.value.code == 2
    why = "is before all time" if span == "999999w" else f"{span!r} must look like 12h, 7d or 4w"
    assert why in capsys.readouterr().err


def test_it_asks_for_the_log_and_one_list_per_kind_and_writes_nothing(
    command: Command, use: Callable[[Emulator], IamClient]
) -> None:
    calls: list[str] = []
    with Emulator(access_log=lambda line: calls.append(" ".join(line.split()[:2]))) as emulator:
        iam = use(emulator)
        groups = [iam.create_group(name=f"g{i}")["id"] for i in range(101)]
        known = iam.create_application(name="known")["id"]
        state = command.file(export(resource("Application", "known", id=known)))
        calls.clear()
        status, lines, _ = command.doctor(state)
        assert status == 3
        assert sum(line.startswith("  delete: ") for line in lines) == len(groups)
    prefix = "GET /iam/v1alpha1"
    organization = f"{prefix}/organizations/{emulator.organization_id}"
    assert calls == [
        *[f"{prefix}/logs"] * 2,
        *[f"{prefix}/groups"] * 2,
        f"{prefix}/api-keys",
        f"{prefix}/ssh-keys",
        f"{organization}/saml",
        f"{organization}/scim",
    ]


def rights(iam: IamClient, *permission_sets: str) -> dict[str, str]:
    """The environment of a key that has these rights in the organization."""
    application = iam.create_application(name="looker")
    if permission_sets:
        iam.create_policy(
            name="looks",
            application_id=application["id"],
            rules=[
                {
                    "permission_set_names": list(permission_sets),
                    "organization_id": iam.default_organization_id,
                }
            ],
        )
    key = iam.create_api_key(application_id=application["id"])
    assert key["secret_key"]
    return {"SCW_ACCESS_KEY": key["access_key"], "SCW_SECRET_KEY": key["secret_key"]}


def without_request(line: str) -> str:
    return re.sub(r"request [-0-9a-f]{36}", "request ID", line)


def test_without_rights_it_says_that_it_could_not_look(
    command: Command, use: Callable[..., IamClient]
) -> None:
    with Emulator(enforce=True) as emulator:
        use(emulator, **rights(use(emulator)))
        status, lines, (error,) = command.doctor()
        assert (status, lines) == (1, [])
        assert without_request(error) == (
            "pulumi-scw-iam: read the audit log: the API key may not list log (403, request ID); give its"
            " bearer the permission set IAMReadOnly; until then this is not looked at"
        )
        assert command.doctor("--json")[:2] == (1, [])


def test_ssh_keys_that_may_not_be_listed_are_told_beside_what_was_found(
    command: Command, use: Callable[..., IamClient]
) -> None:
    with Emulator(enforce=True) as emulator:
        owner = use(emulator)
        environment = rights(owner, "IAMReadOnly")
        group = owner.create_group(name="devs")
        use(emulator, **environment)
        status, lines, (error,) = command.doctor()
        assert status == 1
        assert lines[1] == "4 objects made by pulumi-scw-iam since THEN:"
        assert f"  delete: pulumi-scw-iam delete group {group['id']}" in lines
        assert without_request(error) == (
            "pulumi-scw-iam: list SSH keys: the API key may not list ssh_key (403, request ID); give its"
            " bearer the permission set SSHKeysReadOnly; until then this is not looked at"
        )


def test_a_log_that_cannot_be_read_is_not_nothing_found(
    command: Command, iam: IamClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    del iam
    monkeypatch.setenv("SCW_SECRET_KEY", UUID)
    status, lines, (error,) = command.doctor()
    assert (status, lines) == (1, [])
    assert error.startswith("pulumi-scw-iam: read the audit log: ")
    assert error.endswith("; check the secret key")
    monkeypatch.delenv("SCW_SECRET_KEY")
    status, lines, (error,) = command.doctor()
    assert (status, lines) == (1, [])
    assert error.startswith("pulumi-scw-iam: look for what was left behind: there is no secret key")
    monkeypatch.setenv("SCW_SECRET_KEY", UUID)
    monkeypatch.delenv("SCW_DEFAULT_ORGANIZATION_ID")
    status, lines, (error,) = command.doctor()
    assert (status, lines) == (1, [])
    assert error.startswith(
        "pulumi-scw-iam: look for what was left behind: there is no organization_id; pass it"
    )
    status, lines, (error,) = command.doctor("--organization", "mine")
    assert (status, lines) == (1, [])
    assert error.startswith("pulumi-scw-iam: look for what was left behind: ")


NOT_JSON = "is not JSON; give what `pulumi stack export` prints"
NO_STACK = (
    "is not the state of a stack; give what `pulumi stack export` prints, or a checkpoint file"
)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", NOT_JSON),
        (b"\x1f\x8b no gzip", NOT_JSON),
        (b"\xff\xfe\xfd", NOT_JSON),
        (b"[" * 100_000, NOT_JSON),
        (b"[]", NO_STACK),
        (b"{}", NO_STACK),
        (b'{"resources": []}', NO_STACK),
        (b'{"deployment": {"resources": {}}}', NO_STACK),
        (b'{"deployment": []}', NO_STACK),
    ],
)
def test_a_file_that_is_no_state_is_refused(
    command: Command, iam: IamClient, content: bytes, why: str
) -> None:
    iam.create_group(name="devs")
    state = command.file(content)
    assert command.doctor(state) == (1, [], [f"pulumi-scw-iam: {state}: {why}"])


def test_a_file_that_cannot_be_read_is_told(
    command: Command, iam: IamClient, tmp_path: Path
) -> None:
    del iam
    missing = f"{tmp_path}/missing.json"
    assert command.doctor(missing) == (
        1,
        [],
        [f"pulumi-scw-iam: {missing}: No such file or directory"],
    )
    assert command.doctor(str(tmp_path)) == (
        1,
        [],
        [f"pulumi-scw-iam: {tmp_path}: Is a directory"],
    )
    assert command.doctor("-", "-") == (
        1,
        [],
        ["pulumi-scw-iam: - is stdin, which can be read only once"],
    )


def test_states_come_in_several_forms(command: Command, iam: IamClient) -> None:
    group = iam.create_group(name="devs")
    exported = export(resource("Group", "devs", id=group["id"]))
    checkpoint = {
        "version": 3,
        "checkpoint": {"stack": "organization/shop/test", "latest": exported["deployment"]},
    }
    for content in (
        exported,
        {**exported, "version": 4, "features": ["views"]},
        checkpoint,
        gzip.compress(json.dumps(checkpoint).encode()),
        b"\xef\xbb\xbf" + json.dumps(exported).encode(),
    ):
        assert command.doctor(command.file(content))[0] == 0
    # Of a stack that was never brought up, nothing is known.
    for empty in (
        {"version": 3, "deployment": {"manifest": {}, "metadata": {}}},
        {"version": 3, "deployment": None},
        {"version": 3, "checkpoint": {"stack": "organization/shop/test"}},
        {"version": 3, "checkpoint": {"stack": "organization/shop/test", "latest": None}},
        {"version": 3, "checkpoint": {"latest": {"manifest": {}}}},
        # Nor of what makes no sense.
        {"deployment": {"resources": [1, {"type": 5}], "pending_operations": 7}},
        {"deployment": {"resources": [], "pending_operations": [{"type": "creating"}, None]}},
    ):
        assert command.doctor(command.file(empty))[0] == 3


def test_the_example_in_the_documentation_is_what_is_printed(
    command: Command, iam: IamClient, iam_emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = iam.create_application(name="robot")
    iam.create_group(name="devs")
    iam.create_api_key(application_id=application["id"], description="ci")
    iam.create_ssh_key(name="laptop", public_key=SSH_KEY, project_id=iam_emulator.project_id)
    key = {"applicationId": application["id"], "description": "ci"}
    pending = creating(
        resource("Group", "devs", inputs={"name": "devs"}), resource("APIKey", "ci", inputs=key)
    )
    path = command.file(
        export(resource("Application", "robot", id=application["id"]), pending=pending)
    )
    monkeypatch.chdir(Path(path).parent)
    _, lines, _ = command.doctor("state.json")
    text = (ROOT / "docs" / "guide" / "doctor.md").read_text("utf-8")
    (example,) = re.findall(r"\$ pulumi-scw-iam doctor state.json\n(.*?)\n```", text, re.DOTALL)

    def without_ids(line: str) -> str:
        line = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|SCW[0-9A-Z]{17}", "ID", line)
        line = re.sub(r"[-0-9]{10}T[0-9:.]+Z", "THEN", line)
        return re.sub(r"process [0-9a-f]{8}", "process PROCESS", line)

    assert list(map(without_ids, example.splitlines())) == list(map(without_ids, lines))


def process(*arguments: str, **streams: Any) -> tuple[int, list[str], list[str]]:
    """The status and the lines of the command as a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "pulumi_scw_iam.commands", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        **streams,
    )
    return done.returncode, done.stdout.splitlines(), done.stderr.splitlines()


def test_as_a_process_it_reads_a_state_from_stdin(command: Command, iam: IamClient) -> None:
    del command
    group = iam.create_group(name="devs")
    known = json.dumps(export(resource("Group", "devs", id=group["id"])))
    assert process("doctor", "-", input=known)[0] == 0
    status, lines, errors = process("doctor", "-", input=json.dumps(export()))
    assert (status, errors) == (3, [])
    assert lines[1:] == groups_and_their_lines(iam, "devs")
    assert process("doctor", "-", input="") == (
        1,
        [],
        [f"pulumi-scw-iam: -: {NOT_JSON}"],
    )


def test_delete_deletes_one_of_every_kind(
    command: Command, iam: IamClient, iam_emulator: Emulator
) -> None:
    before = iam_emulator.counts()
    application = iam.create_application(name="robot")
    group = iam.create_group(name="devs")
    iam.add_group_member(group["id"], application_id=application["id"])
    key = iam.create_api_key(application_id=application["id"], description="ci")
    policy = iam.create_policy(name="deploys", group_id=group["id"])
    user = iam.create_user(member=member("alice"))
    laptop = iam.create_ssh_key(
        name="laptop", public_key=SSH_KEY, project_id=iam_emulator.project_id
    )
    saml = iam.enable_organization_saml()
    trusted = iam.add_saml_certificate(saml["id"], type="signing", content=certificate())
    scim = iam.enable_organization_scim()
    token = iam.create_scim_token(scim["id"])["token"]
    membership = f"{group['id']}/application/{application['id']}"
    for kind, it, title in (
        ("membership", membership, f"membership {membership}"),
        (
            "api-key",
            key["access_key"],
            f'API key {key["access_key"]} "ci", made {key["created_at"]}, of application'
            f" {application['id']}",
        ),
        (
            "policy",
            policy["id"],
            f'policy {policy["id"]} "deploys", made {policy["created_at"]}, of group {group["id"]}',
        ),
        ("group", group["id"], f'group {group["id"]} "devs", made {group["created_at"]}'),
        (
            "Application",
            application["id"],
            f'application {application["id"]} "robot", made {application["created_at"]}',
        ),
        (
            "user",
            user["id"],
            f'user {user["id"]} "alice@example.com", made {user["created_at"]}',
        ),
        ("SSH key", laptop["id"], f'SSH key {laptop["id"]} "laptop", made {laptop["created_at"]}'),
        ("saml-certificate", trusted["id"], f"SAML certificate {trusted['id']}"),
        ("saml-configuration", saml["id"], f"SAML configuration {saml['id']}"),
        (
            "scim_token",
            f"{scim['id']}/{token['id']}",
            f"SCIM token {scim['id']}/{token['id']}, made {token['created_at']}",
        ),
        (
            "scim-configuration",
            scim["id"],
            f"SCIM configuration {scim['id']}, made {scim['created_at']}",
        ),
    ):
        assert command.run("delete", kind, it, "--yes") == (0, [f"deleted {title}"], [])
    after = iam_emulator.counts()
    assert {**after, "logs": 0} == {**before, "logs": 0}


def test_delete_does_nothing_without_a_yes(command: Command, iam: IamClient) -> None:
    group = iam.create_group(name="devs")
    assert command.run("delete", "group", group["id"]) == (
        1,
        [],
        [
            f'pulumi-scw-iam: delete group {group["id"]} "devs", made {group["created_at"]}? there is'
            " no terminal to ask on; pass --yes"
        ],
    )
    assert iam.get_group(group["id"])


@pytest.mark.parametrize("answer", ["y", "YES", "n", "", "yesterday"])
def test_delete_asks_on_a_terminal(command: Command, iam: IamClient, answer: str) -> None:
    del command
    group = iam.create_group(name="devs")
    title = f'group {group["id"]} "devs", made {group["created_at"]}'
    ours, theirs = pty.openpty()
    try:
        os.write(ours, f"{answer}\n".encode())
        status, (line,), errors = process("delete", "group", group["id"], stdin=theirs)
    finally:
        os.close(ours)
        os.close(theirs)
    question = f"delete {title}? [y/N] "
    if answer in ("y", "YES"):
        assert (status, line, errors) == (0, f"{question}deleted {title}", [])
        assert list(iam.list_groups()) == []
    else:
        assert (status, line) == (1, question)
        assert errors == [f"pulumi-scw-iam: {title}: was not deleted"]
        assert [it["id"] for it in iam.list_groups()] == [group["id"]]


def test_delete_refuses_what_the_kinds_refuse(
    command: Command, iam: IamClient, iam_emulator: Emulator
) -> None:
    owner = next(iam.list_users())["id"]
    assert command.run("delete", "api-key", iam_emulator.access_key, "--yes") == (
        1,
        [],
        [
            f"pulumi-scw-iam: delete API key {iam_emulator.access_key}: this deletes the API key that"
            " runs the program; let another API key do it, or set scw-iam:allowSelfLockout to true if"
            " it is meant"
        ],
    )
    assert command.run("delete", "user", owner, "--yes") == (
        1,
        [],
        [
            'pulumi-scw-iam: delete user "owner@example.com": an owner of the organization cannot be'
            " deleted; take it out of the state with `pulumi state delete`, or keep it with"
            " retain_on_delete"
        ],
    )
    status, lines, (error,) = command.run("delete", "group", UUID, "--yes")
    assert (status, lines) == (1, [])
    assert without_request(error) == (
        f"pulumi-scw-iam: read group {UUID}: group {UUID} does not exist (404, request ID)"
    )
    assert command.run("delete", "role", UUID, "--yes") == (
        1,
        [],
        [
            'pulumi-scw-iam: "role" is no kind; there are api-key, application, group, membership,'
            " policy, saml-certificate, saml-configuration, scim-configuration, scim-token, ssh-key,"
            " user"
        ],
    )
    assert command.run("delete", "security-settings", UUID, "--yes")[0] == 1
    assert command.run("delete", "group", "..", "--yes") == (
        1,
        [],
        ['pulumi-scw-iam: read group ..: ".." is not an id'],
    )
    assert iam.get_api_key(iam_emulator.access_key)


def test_delete_keeps_a_program_from_taking_its_own_rights(
    command: Command, use: Callable[..., IamClient]
) -> None:
    with Emulator(enforce=True) as emulator:
        owner = use(emulator)
        environment = rights(owner, "IAMManager")
        (policy,) = owner.list_policies()
        use(emulator, **environment)
        status, lines, (error,) = command.run("delete", "policy", policy["id"], "--yes")
        assert (status, lines) == (1, [])
        assert error.startswith(
            'pulumi-scw-iam: delete policy "looks": this takes from the API key'
        )
        assert owner.get_policy(policy["id"])
