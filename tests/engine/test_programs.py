"""Whole programs on the real engine: their output, their objects, and their secrets."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.common.errors import NotFound
from pulumi_scw_iam.emulator import Fault
from tests.support.local_api import certificate, metadata

if TYPE_CHECKING:
    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.emulator import Emulator
    from tests.support.stack import Stack

pytestmark = pytest.mark.engine
FRONTS = pytest.mark.parametrize("stack", ["dynamic", "native"], indirect=True)

ALICE = 'alice = iam.User("alice", email="alice@example.com", username="alice")\n'


def test_unknown_inputs_preview_for_every_resource(stack: Stack, iam: IamClient) -> None:
    """All ids come from the same program, so all are unknown at preview."""
    before = len(list(iam.list_users()))
    preview = stack.preview(
        ALICE
        + """
robot = iam.Application("robot", description=alice.created_at)
group = iam.Group("group", user_ids=[alice.id], application_ids=[robot.id])
empty = iam.Group("empty", tags=[group.created_at])
iam.GroupMembership("membership", group_id=empty.id, user_id=alice.id)
iam.Policy("policy", group_id=group.id, rules=[
    iam.PolicyRuleArgs(permission_set_names=["IAMReadOnly"], organization_id=group.organization_id,
                       condition=robot.created_at.apply(lambda t: f"request.time > '{t}'"))])
key = iam.APIKey("key", application_id=robot.id, default_project_id=robot.organization_id)
iam.SSHKey("ssh", public_key=key.access_key, name=key.access_key)
iam.User("other", email=pulumi.Output.concat(alice.id, "@example.com"), username=alice.id)
iam.OrganizationSecuritySettings("settings", max_login_session_duration=group.id,
                                 login_attempts_before_locked=alice.id.apply(len))
saml = iam.SAML("saml", entity_id=group.id)
iam.SAMLCertificate("certificate", saml_id=saml.id, type=alice.id, content=alice.id)
iam.SCIMToken("token", scim_id=iam.SCIM("scim").id)
"""
    )
    assert preview.changes == {"create": 14}
    assert len(list(iam.list_users())) == before


def test_a_membership_joins_and_leaves_a_group_that_others_keep(
    stack: Stack, iam: IamClient
) -> None:
    program = ALICE + 'group = iam.Group("group")\nrobot = iam.Application("robot")\n'
    member = 'iam.GroupMembership("member", group_id=group.id, user_id=alice.id)\n'
    robot = 'iam.GroupMembership("member", group_id=group.id, application_id=robot.id)\n'
    stack.up(program + member)
    resources = stack.resources()
    group_id, alice = resources["group"]["id"], resources["alice"]["id"]
    assert resources["member"]["id"] == f"{group_id}/user/{alice}"
    assert iam.get_group(group_id)["user_ids"] == [alice]

    # The group declares no members, so neither a refresh nor an update changes its members.
    stack.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    assert stack.up().changes == {"same": 4}

    iam.remove_group_member(group_id, user_id=alice)
    stack.refresh()
    assert "member" not in stack.resources()
    assert stack.up().changes == {"same": 3, "create": 1}

    assert stack.up(program + robot).changes["replace"] == 1
    group = iam.get_group(group_id)
    assert (group["user_ids"], group["application_ids"]) == ([], [resources["robot"]["id"]])
    stack.up(program)
    assert iam.get_group(group_id)["application_ids"] == []


@FRONTS
def test_a_membership_survives_a_forced_replacement_and_another_name(
    stack: Stack, iam: IamClient
) -> None:
    program = ALICE + 'group = iam.Group("group")\n'
    member = 'iam.GroupMembership("{}", group_id=group.id, user_id=alice.id)\n'
    stack.up(program + member.format("one"))
    group_id = stack.resources()["group"]["id"]
    members = iam.get_group(group_id)["user_ids"]
    assert len(members) == 1
    urn = stack.resources()["one"]["urn"]
    stack.pulumi("up", "--yes", "--skip-preview", "--replace", urn)
    assert iam.get_group(group_id)["user_ids"] == members
    assert stack.up(program + member.format("two")).changes == {"same": 2, "create": 1, "delete": 1}
    assert iam.get_group(group_id)["user_ids"] == members
    stack.up(program)
    assert iam.get_group(group_id)["user_ids"] == []


def test_a_list_of_members_that_is_unset_is_left_alone(stack: Stack, iam: IamClient) -> None:
    people = ALICE + 'robot = iam.Application("robot")\n'
    stack.up(people + 'group = iam.Group("group", user_ids=[alice.id])')
    resources = stack.resources()
    group_id, robot = resources["group"]["id"], resources["robot"]["id"]
    iam.add_group_member(group_id, application_id=robot)
    stack.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    stack.up(people + 'group = iam.Group("group", user_ids=[])')
    group = iam.get_group(group_id)
    assert (group["user_ids"], group["application_ids"]) == ([], [robot])
    # An undeclared list remains; an empty list removes all members.
    stack.up(people + 'group = iam.Group("group")')
    assert iam.get_group(group_id)["application_ids"] == [robot]
    stack.up(people + 'group = iam.Group("group", application_ids=[])')
    assert iam.get_group(group_id)["application_ids"] == []


@FRONTS
def test_security_settings_are_adopted_kept_and_left(stack: Stack, iam: IamClient) -> None:
    before = iam.get_organization_security_settings()
    program = 'iam.OrganizationSecuritySettings("it", {})'
    stack.up(program.format('login_attempts_before_locked=3, grace_period_duration="86400.0s"'))
    held = {**before, "login_attempts_before_locked": 3, "grace_period_duration": "86400s"}
    assert iam.get_organization_security_settings() == held
    assert stack.up().changes == {"same": 1}
    stack.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")

    # An update reverts drift of declared properties only.
    iam.update_organization_security_settings(
        login_attempts_before_locked=9, enforce_password_renewal=True
    )
    held["enforce_password_renewal"] = True
    stack.refresh()
    assert stack.outputs_of("it")["enforce_password_renewal"] is True
    assert stack.up().changes == {"update": 1}
    assert iam.get_organization_security_settings() == held

    # Undeclared properties keep their values.
    assert stack.up(program.format('max_api_key_expiration_duration="0s"')).changes == {"same": 1}
    found = f'iam.OrganizationSecuritySettings.get("found", "{stack.resources()["it"]["id"]}")'
    assert [step.op for step in stack.preview(found).steps] == ["read", "delete"]
    assert stack.destroy().changes == {"delete": 1}
    assert iam.get_organization_security_settings() == held


@FRONTS
def test_deleting_security_settings_says_once_that_they_stay(
    stack: Stack, iam_emulator: Emulator
) -> None:
    stack.up('iam.OrganizationSecuritySettings("it")')
    assert stack.destroy().infos == [
        f"the security settings of organization {iam_emulator.organization_id} keep their"
        " values, because they cannot be deleted; Pulumi no longer manages them"
    ]


@FRONTS
def test_single_sign_on_and_provisioning_from_up_to_destroy(stack: Stack, iam: IamClient) -> None:
    program = """
saml = iam.SAML("saml", entity_id="https://idp.example.com")
iam.SAMLCertificate("certificate", saml_id=saml.id, type="signing", content='''{}''')
scim = iam.SCIM("scim")
token = iam.SCIMToken("token", scim_id=scim.id)
pulumi.export("token", token.bearer_token)
"""
    stack.up(program.format(certificate()))
    resources = stack.resources()
    saml_id, scim_id = resources["saml"]["id"], resources["scim"]["id"]
    (token,) = iam.list_scim_tokens(scim_id)
    assert resources["token"]["id"] == f"{scim_id}/{token['id']}"
    secret = stack.outputs()["token"]

    other = certificate()
    changes = stack.up(program.format(f"\n{other}\n")).changes
    assert changes == {"same": 3, "create-replacement": 1, "replace": 1, "delete-replaced": 1}
    assert [held["content"] for held in iam.list_saml_certificates(saml_id)] == [other]
    # White space is ignored, also after a refresh.
    assert stack.up(program.format(other.strip())).changes == {"same": 4}
    stack.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    assert stack.outputs() == {"token": secret}
    assert secret not in stack.state_text()
    assert secret not in stack.pulumi("stack", "output").output

    # A refresh drops deleted objects, and an update creates new ones.
    iam.delete_scim_token(token["id"])
    iam.delete_saml_certificate(stack.resources()["certificate"]["id"])
    stack.refresh()
    assert set(stack.resources()) == {"saml", "scim"}
    assert stack.up().changes == {"same": 2, "create": 2}
    assert stack.outputs()["token"] != secret

    assert stack.destroy().changes == {"delete": 4}
    for read in (iam.get_organization_saml, iam.get_organization_scim):
        with pytest.raises(NotFound):
            read()


@FRONTS
def test_single_sign_on_with_metadata_from_a_file(stack: Stack, iam: IamClient) -> None:
    program = """
import pathlib
saml = iam.SAML("saml", metadata=pathlib.Path("idp.xml").read_text())
iam.SAMLCertificate("certificate", saml_id=saml.id, type="signing",
                    content=saml.metadata_certificates.apply(lambda found: found[0]))
pulumi.export("entity", saml.entity_id)
"""
    file, old, new = stack.folder / "idp.xml", certificate(), certificate()
    file.write_text("idp.xml")
    run = stack.up(program, ok=False)
    assert (
        "metadata is not XML; pass the text of the metadata file, not its path or URL: in Python"
        ' `open("idp.xml").read()`, in YAML `fn::readFile: idp.xml`'
    ) in run.output
    file.write_text(metadata(old))
    assert stack.up(program).changes == {"create": 2}
    saml = iam.get_organization_saml()
    assert (saml["entity_id"], saml["single_sign_on_url"]) == ("https://idp", "https://idp/sso")
    assert saml["status"] == "valid"
    assert [held["content"] for held in iam.list_saml_certificates(saml["id"])] == [old]
    assert stack.outputs() == {"entity": "https://idp"}
    # The identity provider publishes the file again, with other white space and another time.
    file.write_text(
        "\n" + metadata(old).replace("xmlns=", 'validUntil="2099-01-01T00:00:00Z" xmlns=')
    )
    assert stack.up(program).changes == {"same": 2}
    stack.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    # The new certificate is added before the old one is deleted.
    file.write_text(metadata(new))
    changes = stack.up(program).changes
    assert changes == {"update": 1, "create-replacement": 1, "replace": 1, "delete-replaced": 1}
    assert [held["content"] for held in iam.list_saml_certificates(saml["id"])] == [new]
    assert iam.get_organization_saml()["status"] == "valid"
    assert stack.destroy().changes == {"delete": 2}


@pytest.mark.parametrize("kind", ["SAML", "SCIM"])
def test_what_is_enabled_already_is_an_error_with_the_cure(
    stack: Stack, iam: IamClient, kind: str
) -> None:
    enable = iam.enable_organization_saml if kind == "SAML" else iam.enable_organization_scim
    held = enable()
    run = stack.up(f'iam.{kind}("it")\n', ok=False)
    assert run.errors[0].endswith(
        f"{kind} is already enabled in organization {iam.default_organization_id}; if this stack manages"
        " it under an old name, add that name as an alias; otherwise import it by id"
        f" {held['id']}, read it with {kind}.get, or disable it first"
    )
    assert "Traceback" not in run.output
    found = stack.up(f'pulumi.export("id", iam.{kind}.get("it", "{held["id"]}").organization_id)')
    assert [step.op for step in found.steps] == ["read"]
    assert stack.outputs() == {"id": iam.default_organization_id}


@pytest.mark.parametrize("stack", ["native"], indirect=True)
def test_what_is_enabled_already_is_imported_and_then_the_same(
    stack: Stack, iam: IamClient
) -> None:
    saml, scim = iam.enable_organization_saml(), iam.enable_organization_scim()
    held = iam.add_saml_certificate(saml["id"], type="signing", content=certificate())
    token = iam.create_scim_token(scim["id"])["token"]
    ids = {
        "OrganizationSecuritySettings": iam.default_organization_id,
        "SAML": saml["id"],
        "SAMLCertificate": held["id"],
        "SCIM": scim["id"],
        "SCIMToken": f"{scim['id']}/{token['id']}",
    }
    resources = [
        {"type": f"scw-iam:index:{kind}", "name": kind, "id": resource_id}
        for kind, resource_id in ids.items()
    ]
    (stack.folder / "imports.json").write_text(json.dumps({"resources": resources}))
    options = ("--yes", "--skip-preview", "--protect=false", "--generate-code=false")
    stack.pulumi("import", "--file", "imports.json", *options)
    preview = stack.preview(
        f"""
iam.OrganizationSecuritySettings("OrganizationSecuritySettings", login_attempts_before_locked=5)
saml = iam.SAML("SAML")
iam.SAMLCertificate("SAMLCertificate", saml_id=saml.id, type="signing",
                    content='''{held["content"]}''')
iam.SCIMToken("SCIMToken", scim_id=iam.SCIM("SCIM").id)
"""
    )
    assert preview.changes == {"same": 5}


def test_twelve_hundred_resources_in_one_program(stack: Stack) -> None:
    """The SDK pickles the provider for each resource, and must not exceed the recursion limit."""
    preview = stack.preview(
        'for i in range(1200):\n    iam.Policy(f"policy-{i}", no_principal=True)\n'
    )
    assert preview.changes == {"create": 1200}


def test_the_provider_in_the_state_is_small_and_the_same_for_all_of_a_kind(stack: Stack) -> None:
    stack.up('iam.Application("a")\niam.Application("b", description="another")\niam.Group("c")\n')
    providers = {
        name: resource["inputs"]["__provider"] for name, resource in stack.resources().items()
    }
    assert providers["a"] == providers["b"]
    assert providers["a"] != providers["c"]
    assert all(isinstance(value, str) and len(value) < 100 for value in providers.values())


def test_no_secret_shows_in_state_output_or_logs(
    stack: Stack, iam_emulator: Emulator, iam: IamClient
) -> None:
    password = "Correct-horse-battery-1"
    program = f"""
robot = iam.Application("robot")
key = iam.APIKey("key", application_id=robot.id, description="d")
iam.User("alice", email="alice@example.com", username="alice", password="{password}")
pulumi.export("secret_key", key.secret_key)
pulumi.export("wrapped", key.secret_key.apply(lambda s: "<" + s + ">"))
token = iam.SCIMToken("token", scim_id=iam.SCIM("scim").id)
pulumi.export("bearer_token", token.bearer_token)
"""
    log = stack.folder.parent / "calls.log"
    stack.environment["PULUMI_SCW_IAM_LOG"] = str(log)
    # At level 9, the engine itself logs all property values.
    verbose = ("--diff", "--debug", "--non-interactive", "--logtostderr", "-v=8")
    stack.write(program)
    runs = [
        stack.pulumi("preview", *verbose),
        stack.pulumi("up", "--yes", *verbose),
        stack.pulumi("refresh", "--yes", *verbose),
    ]
    secret, bearer = (stack.outputs()[name] for name in ("secret_key", "bearer_token"))
    stack.write(program.replace('"d"', '"changed"').replace("staple", "stable"))
    runs.append(stack.pulumi("up", "--yes", *verbose))
    assert iam.get_api_key(stack.resources()["key"]["id"])["description"] == "changed"

    # The secrets survive the refresh and the update.
    assert stack.outputs() == {
        "secret_key": secret,
        "wrapped": f"<{secret}>",
        "bearer_token": bearer,
    }
    texts = {
        "the state": stack.state_text(),
        "the outputs": stack.pulumi("stack", "output").output,
        "the log of the calls": log.read_text(),
        **{f"run {i}": run.output for i, run in enumerate(runs)},
    }
    for where, text in texts.items():
        for what in (secret, bearer, "correct-horse", iam_emulator.secret_key):
            assert what not in text, where
    assert "[secret]" in texts["the outputs"]
    assert "POST api-keys 200" in texts["the log of the calls"]


def test_a_failed_second_call_undoes_the_first(
    stack: Stack, iam: IamClient, iam_emulator: Emulator
) -> None:
    nobody = "99999999-9999-4999-8999-999999999999"
    gone = {"type": "not_found", "resource": "user", "resource_id": nobody}
    iam_emulator.faults.add(Fault(operation="set_group_members", status=404, body=gone))
    run = stack.up(ALICE + 'iam.Group("devs", user_ids=[alice.id])\n', ok=False)
    (error,) = [e for e in run.errors if "devs" in e]
    assert error.splitlines()[-1].startswith(
        f'create group "devs": user {nobody} does not exist (404, request '
    )
    assert error.endswith(
        "; the new group was deleted again; if the user was deleted, remove its id from the program"
    )
    assert [group["name"] for group in iam.list_groups(name="devs")] == []
    assert "Traceback" not in run.output


def test_an_error_of_the_api_is_one_line_with_its_words_status_and_request(
    stack: Stack, iam_emulator: Emulator
) -> None:
    taken = {
        "type": "already_exists",
        "message": "resource already exists",
        "help_message": "the name is taken",
    }
    iam_emulator.faults.add(Fault(operation="create_group", status=409, body=taken))
    run = stack.up('iam.Group("taken")\n', ok=False)
    assert "Traceback" not in run.output
    assert re.fullmatch(
        r'create group "taken": resource already exists: the name is taken \(409, request [0-9a-f-]{36}\)',
        run.errors[0],
    )


def test_bad_input_is_told_at_preview_with_the_property(stack: Stack) -> None:
    run = stack.preview('iam.Group("devs", nmae="x", tags=["a:b"], user_ids=["bob"])', ok=False)
    assert [error.partition("property ")[2] for error in run.errors] == [
        'nmae value {x} has a problem: is not an input of Group; did you mean "name"?',
        "tags value {[{a:b}]} has a problem: tags[0]: \"a:b\" contains ':'; use letters without accents,"
        " digits, spaces and . _ - / = + @ only",
        'user_ids value {[{bob}]} has a problem: user_ids[0]: "bob" is not a UUID; pass the user\'s id,'
        " not the name",
    ]
    assert "Traceback" not in run.output


def test_a_missing_argument_is_told_at_preview_in_one_line(stack: Stack) -> None:
    run = stack.preview('iam.SSHKey("k")\n', ok=False)
    assert [error.partition("property ")[2] for error in run.errors] == [
        "public_key value {<nil>} has a problem: is required; pass it",
    ]
    assert "Traceback" not in run.output


@pytest.mark.parametrize(
    ("program", "problem"),
    [
        (
            'iam.User("u", email="a@example.com", username="alice", password="correct-horse" * 8)',
            "password is 104 bytes long in UTF-8; at most 72 are allowed",
        ),
        (
            'iam.User("u", email="a@example.com", username="alice", pasword="correct-horse")',
            'pasword is not an input of User; did you mean "password"?',
        ),
        (
            'iam.SSHKey("k", public_key="-----BEGIN OPENSSH PRIVATE KEY-----\\ncorrect-horse\\n")',
            "public_key is a private key; keep it secret and pass the public key (the .pub file)",
        ),
    ],
)
def test_a_secret_in_the_wrong_place_or_form_is_not_shown(
    stack: Stack, program: str, problem: str
) -> None:
    run = stack.preview(program, ok=False)
    assert "correct-horse" not in run.output
    assert [error.partition("has a problem: ")[2] for error in run.errors] == [problem]


@pytest.mark.parametrize(
    ("secret_key", "line"),
    [
        (
            "",
            "there is no secret key; looked for scw-iam:secretKey in the configuration,"
            " SCW_SECRET_KEY in the environment, secret_key in {home}/.config/scw/config.yaml,"
            " which does not exist",
        ),
        (
            "not-a-uuid",
            "SCW_SECRET_KEY in the environment: is not a secret key, which is a UUID",
        ),
    ],
)
def test_missing_or_malformed_credentials_are_one_line_at_preview(
    stack: Stack, secret_key: str, line: str
) -> None:
    stack.environment["SCW_SECRET_KEY"] = secret_key
    run = stack.preview('iam.Group("devs")\n', ok=False)
    assert run.errors == [line.format(home=stack.environment["HOME"])]
    assert "not-a-uuid" not in run.output


def test_credentials_and_defaults_come_from_the_configuration_of_the_stack(
    stack: Stack, iam_emulator: Emulator
) -> None:
    for name in list(stack.environment):
        if name.startswith("SCW_"):
            del stack.environment[name]
    secret = iam_emulator.secret_key
    stack.pulumi("config", "set", "scw-iam:apiUrl", iam_emulator.url)
    stack.pulumi("config", "set", "scw-iam:organizationId", iam_emulator.organization_id)
    stack.pulumi("config", "set", "scw-iam:projectId", iam_emulator.project_id)
    stack.pulumi("config", "set", "--secret", "scw-iam:secretKey", secret)
    stack.up(
        'iam.Application("robot")\n'
        'pulumi.export("ids", [iam.default_organization_id(), iam.default_project_id()])\n'
    )
    assert stack.outputs()["ids"] == [iam_emulator.organization_id, iam_emulator.project_id]
    assert secret not in stack.state_text()


def test_what_is_looked_up_and_does_not_exist_is_said_in_one_line(stack: Stack) -> None:
    gone = "99999999-9999-4999-8999-999999999999"
    run = stack.preview(f'iam.Group.get("found", "{gone}")\n', ok=False)
    assert re.search(
        rf"read group {gone}: group {gone} does not exist \(404, request [0-9a-f-]{{36}}\)$",
        run.errors[0],
    )
    run = stack.preview(f'iam.GroupMembership.get("found", "{gone}")\n', ok=False)
    assert run.errors[0].endswith(
        f'read membership {gone}: "{gone}" is not the id of a membership; write'
        " GROUP_ID/user/USER_ID or GROUP_ID/application/APPLICATION_ID"
    )


@FRONTS
def test_what_a_program_ignores_is_left_to_others_after_a_refresh_too(
    stack: Stack, iam: IamClient
) -> None:
    opts = 'opts=pulumi.ResourceOptions(ignore_changes=["tags", "description"])'
    program = f'iam.Application("robot", tags=["a"], {opts})'
    stack.up(program)
    application_id = stack.resources()["robot"]["id"]
    iam.update_application(application_id, name="by-hand", tags=["others"], description="d")
    stack.refresh()
    assert stack.up().changes == {"update": 1}
    robot = iam.get_application(application_id)
    assert (robot["name"], robot["tags"], robot["description"]) == ("robot", ["others"], "d")
    assert stack.up().changes == {"same": 1}


@FRONTS
def test_a_rule_whose_condition_is_ignored_keeps_it_when_others_add_a_rule_before_it(
    stack: Stack, iam: IamClient
) -> None:
    """For ignored properties, the engine copies the refreshed values by index."""
    opts = (
        'opts=pulumi.ResourceOptions(ignore_changes=["rules[0].condition", "rules[1].condition"])'
    )
    rules = [
        {"permission_set_names": [name], "organization_id": iam.default_organization_id}
        for name in ("IAMReadOnly", "InstancesReadOnly")
    ]
    stack.up(f'iam.Policy("p", no_principal=True, rules={rules}, {opts})')
    policy_id = stack.resources()["p"]["id"]
    others: list[Any] = [
        {**rule, "condition": condition}
        for rule, condition in zip(rules, ["request.user_agent == 'a'", ""], strict=True)
    ]
    added: Any = {**rules[0], "permission_set_names": ["ObjectStorageReadOnly"], "condition": ""}
    iam.set_rules(policy_id=policy_id, rules=[added, *others[::-1]])
    stack.refresh()
    assert stack.up().changes == {"update": 1}
    held = {
        rule["permission_set_names"][0]: rule["condition"]
        for rule in iam.list_rules(policy_id=policy_id)
    }
    assert held == {"IAMReadOnly": "request.user_agent == 'a'", "InstancesReadOnly": ""}
    assert stack.up().changes == {"same": 1}


@FRONTS
def test_a_program_that_is_taken_back_after_a_half_done_update_gives_nobody_more(
    stack: Stack, iam: IamClient, iam_emulator: Emulator
) -> None:
    program = """
group, other = iam.Group("group"), iam.Group("other")
iam.Policy("p", group_id={principal}.id, rules=[
    iam.PolicyRuleArgs(permission_set_names={names}, organization_id=group.organization_id)])
"""
    old = program.format(principal="group", names=["IAMManager"])
    new = program.format(principal="other", names=["IAMManager", "IAMReadOnly"])
    stack.up(old)
    group, policy = (stack.resources()[name]["id"] for name in ("group", "p"))
    refused = {"type": "invalid_arguments", "message": "no", "details": []}
    iam_emulator.faults.add(Fault(operation="set_rules", last=1, status=400, body=refused))
    run = stack.up(new, ok=False)
    hint = {
        "dynamic": "the completed part of the update was undone",
        "native": "the update is partly done; run `pulumi up` again to complete it",
    }[stack.front]
    assert re.search(rf'update policy "p": no \(400, request [0-9a-f-]+\); {hint}', run.output)
    changes = stack.up(old).changes
    assert changes == ({"same": 3} if stack.front == "dynamic" else {"same": 2, "update": 1})
    held = iam.get_policy(policy)
    assert (held.get("group_id"), held.get("no_principal")) == (group, None)
    (rule,) = iam.list_rules(policy_id=policy)
    assert rule["permission_set_names"] == ["IAMManager"]
    assert stack.up().changes == {"same": 3}


@FRONTS
def test_an_output_that_turns_out_to_be_none_says_nothing(stack: Stack) -> None:
    stack.up(
        """
robot = iam.Application("robot")
nothing = robot.id.apply(lambda _: None)
group = iam.Group("group", name=nothing, description=nothing, tags=nothing, user_ids=nothing)
iam.User("alice", email="a@example.com", username="alice", password=nothing, locked=nothing)
iam.APIKey("key", application_id=robot.id, user_id=nothing, expires_at=nothing)
pulumi.export("group", [group.name, group.description, group.tags])
"""
    )
    assert stack.outputs() == {"group": ["group", "", []]}
    assert stack.up().changes == {"same": 4}


def test_to_look_up_nothing_is_an_error_and_makes_nothing(stack: Stack) -> None:
    run = stack.up('iam.Group.get("team", None)', ok=False)
    assert run.steps == []
    assert "Group.get: the id of team is None; pass it" in run.errors[0]
    assert "Traceback" not in run.output


def test_what_is_looked_up_shows_all_but_what_is_told_only_once(
    stack: Stack, iam: IamClient, iam_emulator: Emulator
) -> None:
    group = iam.create_group(name="team", description="d", tags=["b", "a"])
    run = stack.up(
        f"""
group = iam.Group.get("group", "{group["id"]}")
key = iam.APIKey.get("key", "{iam_emulator.access_key}")
pulumi.export("group", [group.name, group.description, group.tags, group.user_ids])
pulumi.export("key", [key.access_key, key.secret_key])
"""
    )
    assert stack.outputs() == {
        "group": ["team", "d", ["a", "b"], []],
        "key": [iam_emulator.access_key, None],
    }
    assert "the API returns secret_key only at creation, so it is not set here" in run.output


def test_objects_in_outputs_are_typed(stack: Stack) -> None:
    stack.up(
        """
policy = iam.Policy("policy", no_principal=True, rules=[{
    "permission_set_names": ["IAMReadOnly"], "organization_id": iam.default_organization_id()}])
pulumi.export("names", policy.rules.apply(lambda rules: rules[0].permission_set_names))
pulumi.export("condition", policy.rules.apply(lambda rules: rules[0]["condition"]))
saml = iam.SAML("saml")
expected = pulumi.Output.concat("https://iam.scaleway.com/saml/", saml.id)
pulumi.export("told", pulumi.Output.all(saml.service_provider.entity_id, expected).apply(set).apply(len))
"""
    )
    assert stack.outputs() == {"names": ["IAMReadOnly"], "condition": "", "told": 1}
