"""Pending creates in states, and the objects created by them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.doctor.command import (
    ADOPT,
    ALL_KNOWN,
    CLEAR,
    CLEAR_ANSWER,
    IN_PROGRAM,
    LOST_SECRET,
    Command,
    finding_lines,
    group_lines,
    member,
)
from tests.doctor.states import SECRET, UUID, creating, export, resource

if TYPE_CHECKING:
    from pulumi_scw_iam.api.client import IamClient


def test_pending_creates_are_matched_with_what_they_made(command: Command, iam: IamClient) -> None:
    """The report imports the objects before the pending creates are cleared."""
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
        # Same name but different kind, and same description but different bearer: no match.
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
        return f"matches the pending create of {urn} in {state}"

    status, lines, errors = command.doctor(state)
    assert (status, errors) == (3, [])
    assert lines == [
        "5 objects created by pulumi-scw-iam since THEN, in none of the given states:",
        *finding_lines(
            f'group "devs-1a2b" {group["id"]}',
            group["created_at"],
            fits("Group", "devs"),
            f"import: pulumi import --protect=false --generate-code=false --stack test --parent 'the team={comp}' --provider eu={eu}"
            f" scw-iam:index:Group devs {group['id']}",
            f"delete: pulumi-scw-iam delete group {group['id']}",
        ),
        *finding_lines(
            f'user "alice@example.com" {user["id"]}',
            user["created_at"],
            fits("User", "alice"),
            f"import: pulumi import --protect=false --generate-code=false --stack test scw-iam:index:User alice {user['id']}",
            f"delete: pulumi-scw-iam delete user {user['id']}",
        ),
        *finding_lines(
            f'policy "deploys" {policy["id"]}',
            policy["created_at"],
            fits("Policy", "deploys"),
            f"import: pulumi import --protect=false --generate-code=false --stack test scw-iam:index:Policy deploys {policy['id']}",
            f"delete: pulumi-scw-iam delete policy {policy['id']}",
        ),
        *finding_lines(
            f'API key "ci" {key["access_key"]}',
            key["created_at"],
            fits("APIKey", "key"),
            LOST_SECRET,
            f"delete: pulumi-scw-iam delete api-key {key['access_key']}",
            f"import: pulumi import --protect=false --generate-code=false --stack test scw-iam:index:APIKey key {key['access_key']}",
        ),
        *finding_lines(
            f'API key "not ci" {other["access_key"]}',
            other["created_at"],
            LOST_SECRET,
            f"delete: pulumi-scw-iam delete api-key {other['access_key']}",
            f"import: pulumi import scw-iam:index:APIKey 'not ci' {other['access_key']}",
        ),
        "",
        "pending creates without a matching object since THEN:",
        f"  urn:pulumi:test::shop::scw-iam:index:SSHKey::devs in {state}",
        f"  urn:pulumi:test::shop::scw-iam:index:APIKey::hers in {state}",
        "",
        CLEAR,
        "  pulumi refresh --stack test --clear-pending-creates",
        "  this also clears pending creates of other packages (1); resolve them first",
        CLEAR_ANSWER,
    ]
    # Even if all objects are in the state, the pending creates must be cleared.
    known = {"Group": group["id"], "User": user["id"], "Policy": policy["id"]}
    known |= {"APIKey": key["access_key"]}
    state = command.file(
        export(
            *(resource(kind, kind, id=resource_id) for kind, resource_id in known.items()),
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
            "pending creates without a matching object since THEN:",
            f"  urn:pulumi:test::shop::scw-iam:index:Group::devs in {state}",
            "",
            CLEAR,
            "  pulumi refresh --stack test --clear-pending-creates",
            CLEAR_ANSWER,
        ],
        [],
    )


def test_what_the_python_classes_left_is_imported_by_the_program(
    command: Command, iam: IamClient
) -> None:
    devs, ops = (iam.create_group(name=name) for name in ("devs", "ops"))
    pending = creating(resource("Group", "devs", "dynamic", inputs={"name": "devs"}))
    state = command.file(export(pending=pending))
    urn = "urn:pulumi:test::shop::pulumi-python:dynamic/scw_iam:Group::devs"
    expected = [
        "2 objects created by pulumi-scw-iam since THEN, in none of the given states:",
        *finding_lines(
            f'group "devs" {devs["id"]}',
            devs["created_at"],
            f"matches the pending create of {urn} in {state}",
            IN_PROGRAM,
            ADOPT,
            f"delete: pulumi-scw-iam delete group {devs['id']}",
        ),
        *finding_lines(
            f'group "ops" {ops["id"]}',
            ops["created_at"],
            IN_PROGRAM,
            ADOPT,
            f"delete: pulumi-scw-iam delete group {ops['id']}",
        ),
        "",
        CLEAR,
        "  pulumi refresh --stack test --clear-pending-creates",
        CLEAR_ANSWER,
    ]
    assert command.doctor(state) == (3, expected, [])
    # Without a matching pending create, an object may belong to the native stack, if one is given.
    user = resource("User", "alice", id=UUID)
    lines = command.doctor(state, command.file(export(user), "native.json"))[1]
    assert lines == [*expected[:9], *group_lines(iam, "ops"), *expected[16:]]


def test_what_the_engine_had_an_id_for_but_no_resource_is_found(
    command: Command, iam: IamClient
) -> None:
    """The engine saves the id in the pending create before it saves the resource."""
    robot, other = (iam.create_application(name="robot") for _ in range(2))
    begun = resource("Application", "r", id=robot["id"], inputs={"name": "robot"})
    state = command.file(export(pending=creating(begun)))
    report = json.loads("\n".join(command.doctor(state, "--json")[1]))
    assert [(found["id"], found["pending"] is not None) for found in report["found"]] == [
        (robot["id"], True),
        (other["id"], False),
    ]


def test_twins_are_shared_out_and_too_many_are_told(command: Command, iam: IamClient) -> None:
    """Application names are not unique: several lost creates can have the same inputs."""
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
        more = [
            "the same pending create matches 1 more of these objects; keep one and delete the rest"
        ] * (stack == "blue")
        expected += finding_lines(
            f'application "robot" {application["id"]}',
            application["created_at"],
            f"matches the pending create of {urn} in {place}",
            *more,
            f"import: pulumi import --protect=false --generate-code=false --stack {stack} scw-iam:index:Application r {application['id']}",
            f"delete: pulumi-scw-iam delete application {application['id']}",
        )
    assert lines[1:-5] == expected
    assert lines[-5:] == [
        "",
        CLEAR,
        "  pulumi refresh --stack blue --clear-pending-creates",
        "  pulumi refresh --stack green --clear-pending-creates",
        CLEAR_ANSWER,
    ]


def test_a_name_with_colons_is_imported_as_the_program_has_it(
    command: Command, iam: IamClient
) -> None:
    group = iam.create_group(name="devs")
    begun = resource("Group", "team::devs", inputs={"name": "devs"})
    state = command.file(export(pending=creating(begun)))
    (line,) = [line for line in command.doctor(state)[1] if "pulumi import" in line]
    assert line == (
        "  import: pulumi import --protect=false --generate-code=false --stack test"
        f" scw-iam:index:Group team::devs {group['id']}"
    )
