"""Findings of the doctor in the organization and in the IAM log."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.emulator import Emulator
from tests.doctor.command import (
    ALL_KNOWN,
    IF_DECLARED,
    LOST_SECRET,
    NO_STATE,
    UNRECORDED,
    Command,
    create_as,
    finding_lines,
    group_lines,
    member,
)
from tests.doctor.states import export, resource
from tests.support.local_api import certificate
from tests.support.ssh_keys import SSH_KEY

if TYPE_CHECKING:
    from collections.abc import Callable


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
        "6 objects created by pulumi-scw-iam since THEN:",
        *finding_lines(
            f'user "alice@example.com" {user["id"]}',
            user["created_at"],
            f"import: pulumi import scw-iam:index:User alice@example.com {user['id']}",
            f"delete: pulumi-scw-iam delete user {user['id']}",
        ),
        *finding_lines(
            f'group "the devs" {group["id"]}',
            group["created_at"],
            f"import: pulumi import scw-iam:index:Group 'the devs' {group['id']}",
            f"delete: pulumi-scw-iam delete group {group['id']}",
        ),
        *finding_lines(
            f'application "-robot" {application["id"]}',
            application["created_at"],
            f"import: pulumi import -- scw-iam:index:Application -robot {application['id']}",
            f"delete: pulumi-scw-iam delete application {application['id']}",
        ),
        *finding_lines(
            f'policy "deploys" {policy["id"]}',
            policy["created_at"],
            f"import: pulumi import scw-iam:index:Policy deploys {policy['id']}",
            f"delete: pulumi-scw-iam delete policy {policy['id']}",
        ),
        *finding_lines(
            f'API key "CI\'s\\nkey" {key["access_key"]}',
            key["created_at"],
            LOST_SECRET,
            f"delete: pulumi-scw-iam delete api-key {key['access_key']}",
            f"import: pulumi import scw-iam:index:APIKey 'CI'\"'\"'s key' {key['access_key']}",
        ),
        *finding_lines(
            f"API key {nameless['access_key']}",
            nameless["created_at"],
            LOST_SECRET,
            f"delete: pulumi-scw-iam delete api-key {nameless['access_key']}",
            f"import: pulumi import scw-iam:index:APIKey api-key {nameless['access_key']}",
        ),
    ]


def test_nothing_found_is_said_and_is_the_status_0(command: Command, iam: IamClient) -> None:
    assert command.doctor() == (
        0,
        [NO_STATE, "no object created by pulumi-scw-iam since THEN still exists"],
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
        create_as(
            agent.strip(),
            iam_emulator,
            "groups",
            name=f"g{len(agent)}",
            organization_id=iam_emulator.organization_id,
        )
    # Objects created by other tools and changed by this package are not reported either.
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
        # The group and the member of a membership count as known; both can belong to another stack.
        resource("GroupMembership", "in", id=f"{ids['g3']}/user/{user['id']}"),
        # A resource of another package, and an unknown kind of this package.
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
        "2 objects created by pulumi-scw-iam since THEN, in none of the given states:",
        *group_lines(iam, "g7", "g8"),
    ]
    # With one of the two stacks, more objects are unknown.
    lines = command.doctor(command.file(native, "a.json"))[1]
    assert lines[1:] == group_lines(iam, "g6", "g7", "g8")


def test_the_log_tells_which_front_made_what_where_the_state_is_empty(
    command: Command, iam: IamClient, iam_emulator: Emulator
) -> None:
    """An import of a dynamic resource as a native resource would conflict with the program."""
    del iam
    settings = Settings.resolve()
    dynamic_group = IamClient(settings, front="dynamic").create_group(name="devs")
    laptop = create_as(
        "gateway/2.0",
        iam_emulator,
        "ssh-keys",
        name="laptop",
        public_key=SSH_KEY,
        project_id=iam_emulator.project_id,
    )
    group = finding_lines(
        f'group "devs" {dynamic_group["id"]}',
        dynamic_group["created_at"],
        IF_DECLARED,
        f"delete: pulumi-scw-iam delete group {dynamic_group['id']}",
    )
    # The origin of the key is unknown, but all evidence is for the dynamic front.
    key = finding_lines(
        f'SSH key "laptop" {laptop["id"]}',
        laptop["created_at"],
        IF_DECLARED,
        f"delete: pulumi-scw-iam delete ssh-key {laptop['id']}",
        process=None,
    )
    assert command.doctor(command.file(export())) == (
        3,
        [
            "1 object created by pulumi-scw-iam since THEN, in none of the given states:",
            *group,
            "",
            UNRECORDED,
            *key,
        ],
        [],
    )

    # With objects of both fronts, the front is unknown.
    native_group = IamClient(settings, front="native").create_group(name="ops")
    lines = command.doctor(command.file(export()))[1]
    assert [line for line in lines if "pulumi import" in line] == [
        f"  import: pulumi import scw-iam:index:Group ops {native_group['id']}",
        f"  import: pulumi import scw-iam:index:SSHKey laptop {laptop['id']}",
    ]


def test_what_is_not_proved_to_be_ours_has_a_section_of_its_own(
    command: Command, iam: IamClient, iam_emulator: Emulator
) -> None:
    """A gateway may rewrite the User-Agent, and the IAM log does not record these kinds."""
    saml, scim = iam.enable_organization_saml(), iam.enable_organization_scim()

    def create(path: str, **body: str) -> Any:
        return create_as("gateway/2.0", iam_emulator, path, **body)

    laptop = create(
        "ssh-keys", name="laptop", public_key=SSH_KEY, project_id=iam_emulator.project_id
    )
    trusted = create(f"saml/{saml['id']}/certificates", type="signing", content=certificate())
    token = create(f"scim/{scim['id']}/tokens")["token"]
    trail = iam.audit_trail("fr-par").list_events(recorded_after=scim["created_at"])
    (added_at,) = (
        event["recorded_at"] or "" for event in trail if "Certificate" in event["method_name"]
    )
    unrecorded = [
        "",
        UNRECORDED,
        *finding_lines(
            f'SSH key "laptop" {laptop["id"]}',
            laptop["created_at"],
            f"import: pulumi import scw-iam:index:SSHKey laptop {laptop['id']}",
            f"delete: pulumi-scw-iam delete ssh-key {laptop['id']}",
            process=None,
        ),
        *finding_lines(
            f"SAML certificate {trusted['id']}",
            added_at,
            f"import: pulumi import scw-iam:index:SAMLCertificate saml-certificate {trusted['id']}",
            f"delete: pulumi-scw-iam delete saml-certificate {trusted['id']}",
            process=None,
        ),
        *finding_lines(
            f"SCIM token {scim['id']}/{token['id']}",
            token["created_at"],
            LOST_SECRET,
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
    """A gateway may rewrite the User-Agent, and a log may truncate the User-Agent."""
    robot = iam.create_application(name="robot")["id"]
    crane = iam.create_application(name="crane")["id"]
    known = iam.create_api_key(application_id=crane)["access_key"]
    keys = {}
    for bearer in (robot, crane):
        keys[bearer] = create_as(
            agent, iam_emulator, "api-keys", application_id=bearer, description="ci"
        )
    spelled = "applicationId" if front == "native" else "application_id"
    state = export(
        resource("Application", "robot", front, id=robot),
        resource("APIKey", "key", front, id=known, outputs={spelled: crane}),
        # The application of this key belongs to another stack.
        resource("Group", "crane", front, id=crane),
    )
    status, lines, errors = command.doctor(command.file(state))
    assert (status, errors) == (3, [])
    assert lines[:3] == [
        ALL_KNOWN,
        "",
        UNRECORDED,
    ]
    printed_keys = [line for line in lines if line.startswith("API key ")]
    assert printed_keys == [
        f'API key "ci" {keys[bearer]["access_key"]}' for bearer in (robot, crane)
    ]


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
            matches = [
                re.fullmatch(r'(?:group|SSH key) "(\w+)" .*', line)
                for line in command.doctor(*arguments)[1]
            ]
            return [match[1] for match in matches if match]

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
    reason = (
        "starts before the year 1"
        if span == "999999w"
        else f"{span!r} must look like 12h, 7d or 4w"
    )
    assert reason in capsys.readouterr().err


def test_it_asks_for_the_log_and_two_lists_per_kind_and_writes_nothing(
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
        *["GET /audit-trail/v1alpha1/regions/fr-par/events"] * 2,
        f"{prefix}/users",
    ]
