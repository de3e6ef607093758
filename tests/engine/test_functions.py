"""Functions in programs on the real engine: known and unknown inputs, and errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.local_api import certificate, metadata
from tests.support.snippets import program

if TYPE_CHECKING:
    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.emulator import Emulator
    from tests.support.stack import Stack

pytestmark = pytest.mark.engine

EXITED = "an unhandled error occurred: Program exited with non-zero exit code: 1"
"""The engine's own error after the error of the program."""


def test_what_others_made_is_found_and_used(stack: Stack, iam: IamClient) -> None:
    group = iam.create_group(name="devs", tags=["t"])["id"]
    rule = """{"permission_set_names": ["IAMReadOnly"], "organization_id": "%s"}"""
    program = f"""
group = iam.get_group(name="devs")
iam.GroupMembership("robot", group_id=group.id, application_id=iam.Application("robot").id)
policy = iam.Policy("reading", group_id=group.id, rules=[{rule % iam.get_group(group)["organization_id"]}])
found = iam.get_policy_output(policy_id=policy.id)
iam.Policy("copy", no_principal=True, rules=found.rules)
by_name = iam.get_group_output(name=pulumi.Output.from_input("devs"))
pulumi.export("group", [group.name, group.tags, group["updated_at"], by_name.id])
pulumi.export("sets", found.rules.apply(lambda rules: rules[0].permission_set_names))
pulumi.export("nb_rules", found.nb_rules)
pulumi.export("owners", [user.email for user in iam.get_users(type="owner").users])
pulumi.export("keys", iam.get_api_keys())
"""
    # The policy does not exist yet, so the preview does not look it up.
    preview = stack.preview(program)
    assert preview.changes == {"create": 4}
    stack.up(program)
    outputs = stack.outputs()
    updated_at = iam.get_group(group)["updated_at"]
    assert outputs["group"] == ["devs", ["t"], updated_at, group]
    assert (outputs["sets"], outputs["nb_rules"]) == (["IAMReadOnly"], 1)
    assert outputs["owners"] == ["owner@example.com"]
    (key,) = iam.list_api_keys()
    assert outputs["keys"]["api_keys"][0]["access_key"] == key["access_key"]
    (rule_of_copy,) = iam.list_rules(policy_id=stack.resources()["copy"]["id"])
    assert rule_of_copy["permission_set_names"] == ["IAMReadOnly"]
    assert stack.preview().changes == {"same": 4}


def test_the_audit_trail_is_read_when_its_arguments_are_known_and_a_warning_says_when_there_is_more(
    stack: Stack, iam: IamClient
) -> None:
    iam.create_group(name="old")
    program = """
start = "2026-01-01T00:00:00Z"
group = iam.Group("ops")
changes = iam.get_audit_events_output(resource_id=group.id, recorded_after=start)
pulumi.export("methods", changes.events.apply(lambda events: [event.method_name for event in events]))
newest = iam.get_audit_events(recorded_after=start, method_name="CreateGroup", limit=1)
pulumi.export("newest", [newest.has_more, newest.events[0].resources[0].name])
pulumi.export("logins", iam.get_authentication_events().events)
"""
    iam.create_group(name="new")
    warning = (
        "there are more audit events since 2026-01-01T00:00:00Z than the limit of 1, and the result has only the"
        " newest; raise limit, or choose a shorter time window"
    )
    preview = stack.preview(program)
    assert (preview.changes, preview.warnings) == ({"create": 1}, [warning])
    up = stack.up(program)
    assert up.warnings == [warning]
    assert stack.outputs() == {
        "methods": ["CreateGroup"],
        "newest": [True, "new"],
        "logins": [],
    }


def test_a_program_with_many_questions_about_access_reads_the_organization_once(
    stack: Stack, iam: IamClient
) -> None:
    page = program("docs/guide/access-check.md", "python")
    many = """
group = iam.Group("devs")
owner = [iam.get_access(principal="user:owner@example.com", permission_set="IAMManager") for _ in range(20)]
later = [iam.get_access_holders_output(permission_set="IPAMReadOnly").as_of for _ in range(20)]
reader = iam.get_access_output(principal=group.id, permission_set="IPAMReadOnly")
pulumi.export("times", pulumi.Output.all(*later).apply(lambda times: len({*times, *(one.as_of for one in owner)})))
"""
    iam.create_group(name="old")
    stack.write(page + many)
    # The group does not exist yet, so the preview does not ask about it.
    assert stack.preview().changes == {"create": 1}
    errors = stack.up(ok=False).errors
    assert "before this update" in errors[0], errors
    stack.write(page + many)
    assert stack.up().changes == {"same": 1}
    assert stack.outputs() == {"times": 1}


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        (
            'name="devz"',
            'get group "devz": no object in organization {} has this name; did you mean "devs"?',
        ),
        (
            'group_id="devs"',
            'get group: group_id: "devs" is not a UUID; pass the group\'s id, not the name',
        ),
    ],
)
@pytest.mark.parametrize("call", ["get_group({})", "get_group_output({}).id"])
def test_an_error_is_one_line(
    stack: Stack, iam: IamClient, call: str, argument: str, message: str
) -> None:
    iam.create_group(name="devs")
    run = stack.preview(f"pulumi.export('it', iam.{call.format(argument)})", ok=False)
    organization = stack.environment["SCW_DEFAULT_ORGANIZATION_ID"]
    assert run.errors == [message.format(organization), EXITED]
    assert "Traceback" not in run.output


def test_missing_credentials_are_one_line(stack: Stack) -> None:
    stack.environment["SCW_SECRET_KEY"] = ""
    run = stack.preview("iam.get_groups()", ok=False)
    assert run.errors[0].startswith("there is no secret key; looked for scw-iam:secretKey in the")
    assert "Traceback" not in run.output


def test_credentials_come_from_the_configuration_of_the_stack(
    stack: Stack, iam_emulator: Emulator
) -> None:
    for name in list(stack.environment):
        if name.startswith("SCW_"):
            del stack.environment[name]
    stack.pulumi("config", "set", "scw-iam:apiUrl", iam_emulator.url)
    stack.pulumi("config", "set", "scw-iam:organizationId", iam_emulator.organization_id)
    stack.pulumi("config", "set", "--secret", "scw-iam:secretKey", iam_emulator.secret_key)
    stack.up('pulumi.export("n", iam.get_users_output().users.apply(len))\n')
    assert stack.outputs() == {"n": 1}


TEAM = """
class Team(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("test:index:Team", name)
        iam.Group("ops", pulumi.ResourceOptions(parent=self))
"""
DEPENDENT = {
    "an argument": """
new = iam.Group("ops")
found = iam.get_group_output(name=new.name)
""",
    "within an argument": """
new = iam.Group("ops")
found = iam.get_groups_output(name=pulumi.Output.format("{0}", new.name)).groups[0]
""",
    "depends_on": """
several = [pulumi.Output.from_input(iam.Application("robot")), iam.Group("ops")]
found = iam.get_group_output(name="ops", opts=pulumi.InvokeOutputOptions(depends_on=several))
""",
    "a component in depends_on": f"""{TEAM}
options = pulumi.InvokeOutputOptions(depends_on=Team("team"))
found = iam.get_group_output(name="ops", opts=options)
""",
}


@pytest.mark.parametrize("program", DEPENDENT.values(), ids=DEPENDENT)
def test_a_result_is_unknown_until_what_it_depends_on_is_created(
    stack: Stack, iam: IamClient, program: str
) -> None:
    """The membership depends on the result's dependencies, and is deleted before them."""
    program += (
        'iam.GroupMembership("member", group_id=found.id, application_id=iam.Application("m").id)\n'
        'pulumi.export("id", found.id)\n'
    )
    stack.preview(program)
    stack.up(program)
    (group,) = [group for group in iam.list_groups() if group["name"] == "ops"]
    assert stack.outputs() == {"id": group["id"]}
    member = stack.resources()["member"]
    (declared,) = [name for name in member["dependencies"] if name.endswith("Group::ops")]
    assert declared in member["propertyDependencies"]["group_id"]
    assert set(stack.preview().changes) == {"same"}
    stack.destroy()


def test_a_provider_of_a_function_is_refused_and_one_of_its_parent_is_told(stack: Stack) -> None:
    words = (
        "functions of the Python package use the stack's credentials; for other credentials, use the"
        " SDK that `pulumi package add` generates"
    )
    program = """
prod = pulumi.ProviderResource("pulumi-python", "prod", {})
team = pulumi.ComponentResource("test:index:Team", "team", None, pulumi.ResourceOptions(providers=[prod]))
"""
    for name in ("get_groups", "get_groups_output"):
        run = stack.preview(
            f"{program}\niam.{name}(opts=pulumi.InvokeOutputOptions(provider=prod))\n", ok=False
        )
        assert run.errors == [
            f'get groups: provider "prod" of package pulumi-python has no effect: {words}',
            EXITED,
        ]
    inherits = "opts=pulumi.InvokeOptions(parent=team)"
    run = stack.preview(
        f"{program}\niam.get_groups({inherits})\niam.get_users_output({inherits})\n"
    )
    assert run.warnings == [
        'get groups: provider "prod" of package pulumi-python of the parent has no effect on'
        f" functions: {words}"
    ]


def test_a_program_declares_a_resource_for_each_certificate_of_the_metadata(
    stack: Stack, iam: IamClient
) -> None:
    program = """
import hashlib, pathlib
text = pathlib.Path("idp.xml").read_text()
saml = iam.SAML("saml", metadata=text)
for pem in iam.parse_saml_metadata(metadata=text).signing_certificates:
    name = hashlib.sha256(pem.encode()).hexdigest()[:8]
    iam.SAMLCertificate(name, saml_id=saml.id, type="signing", content=pem)
found = iam.parse_saml_metadata_output(metadata=saml.metadata)
pulumi.export("n", found.signing_certificates.apply(len))
"""
    file, old, new = stack.folder / "idp.xml", certificate(), certificate()
    for pems, changes in (
        ([old], {"create": 2}),
        ([old, new], {"update": 1, "same": 1, "create": 1}),
        ([new], {"update": 1, "same": 1, "delete": 1}),
    ):
        file.write_text(metadata(*pems))
        assert stack.preview(program).changes == changes
        assert stack.up(program).changes == changes
        held = iam.list_saml_certificates(iam.get_organization_saml()["id"])
        assert {item["content"] for item in held} == set(pems)
        assert stack.outputs() == {"n": len(pems)}


def test_text_that_is_no_metadata_is_one_line(stack: Stack) -> None:
    run = stack.preview('iam.parse_saml_metadata(metadata="idp.xml")', ok=False)
    assert run.errors == [
        "parse SAML metadata: metadata: is not XML; pass the text of the metadata file, not its path"
        ' or URL: in Python `open("idp.xml").read()`, in YAML `fn::readFile: idp.xml`',
        EXITED,
    ]
