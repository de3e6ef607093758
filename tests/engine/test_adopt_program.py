"""Adopt the objects of a program that exists already, on the real engine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from pulumi_scw_iam.adopt.engine import Engine
from pulumi_scw_iam.adopt.program_first import ProgramFirst, adopt_program, read_program
from pulumi_scw_iam.adopt.program_import import deliver_program
from pulumi_scw_iam.adopt.survey import read_objects, survey
from pulumi_scw_iam.common.words import joined
from pulumi_scw_iam.core.checks import ADOPTING
from pulumi_scw_iam.core.names import name_of
from tests.support.adopt_command import adopt
from tests.support.local_api import certificate, metadata

if TYPE_CHECKING:
    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.emulator import Emulator
    from tests.support.stack import Stack

pytestmark = pytest.mark.engine
FRONTS = pytest.mark.parametrize("stack", ["dynamic", "native"], indirect=True)

PEM = certificate()
METADATA = metadata(PEM)
KEYS = [
    ed25519.Ed25519PrivateKey.generate()
    .public_key()
    .public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    .decode()
    for _ in range(4)
]
NUMBER = 61
"""The number of resources of the program, without the components."""

PASSWORD = "password cannot be compared, because the API never returns it; it is not changed"
SECRET_KEY = "secret_key is not set, because the API returns it only at creation"
NOTES = [
    *(f'User "user-{n}": {PASSWORD}' for n in range(6)),
    *(f'APIKey "key-{n}": {SECRET_KEY}' for n in range(3)),
    *(f'APIKey "{name}": {SECRET_KEY}' for name in ("mine", "ignoring")),
    f'RotatingAPIKey "rotating": {SECRET_KEY}',
    *(f'APIKey "{name}-key" in "{name}": {SECRET_KEY}' for name in ("red", "blue", "green-a")),
    'Group "described": description is known only to an update, which may change the object',
]
"""What the command says about the objects of the program."""

PROGRAM = f"""
KEYS, PEM, METADATA = {KEYS!r}, {PEM!r}, {METADATA!r}
options = pulumi.ResourceOptions
rules = [dict(SETS=["IAMReadOnly"], OWNER=iam.default_organization_id())]
users = [
    iam.User(f"user-{{n}}", email=f"User-{{n}}@Example.com", username=f"user.{{n}}", password="Sup3r-secret-word")
    for n in range(6)
]
guest = iam.User("guest", email="guest@example.com", type="guest")
apps = [iam.Application(f"app-{{n}}", name=f"the app {{n}}", tags=["b", "a"]) for n in range(11)]
plain = iam.Application("plain")
groups = [
    iam.Group("nobody", user_ids=[], application_ids=[]),
    iam.Group("left-alone"),
    iam.Group("listed", user_ids=[user.id for user in users[:3]]),
    iam.Group("machines", application_ids=[apps[1].id, apps[0].id], tags=["x"], opts=options(protect=True)),
    iam.Group("hushed", description=pulumi.Output.secret("a quiet word")),
    iam.Group("described", description=pulumi.Output.concat("of ", plain.id)),
]

class Team(pulumi.ComponentResource):
    def __init__(self, name, lead, opts=None):
        super().__init__("test:index:Team", name, None, opts)
        own = options(parent=self)
        self.group = iam.Group(f"{{name}}-group", name=f"{{name}} team", opts=own)
        self.robot = iam.Application(f"{{name}}-robot", opts=own)
        iam.Policy(f"{{name}}-policy", group_id=self.group.id, rules=rules, opts=own)
        iam.GroupMembership(f"{{name}}-lead", group_id=self.group.id, user_id=lead.id, opts=own)
        iam.APIKey(f"{{name}}-key", application_id=self.robot.id, description="robot", opts=own)

class Area(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("test:index:Area", name)
        self.team = Team(f"{{name}}-a", users[0], options(parent=self))

teams = [Team("red", users[1]), Team("blue", users[2]), Area("green").team]
iam.GroupMembership("machine", group_id=groups[1].id, application_id=apps[2].id)
iam.GroupMembership("person", group_id=teams[0].group.id, user_id=guest.id)
iam.Policy("of-user", user_id=users[0].id, rules=rules, description="of a user")
iam.Policy("of-app", name="apps only", application_id=apps[0].id, rules=rules)
iam.Policy("of-nobody", no_principal=True, rules=rules)
iam.Policy("of-group", opts=options(parent=groups[2]), group_id=groups[2].id, rules=[
    dict(SETS=["AllProductsFullAccess"], PROJECTS=[iam.default_project_id()], condition='request.ip == "1.2.3.4"')])
for n in range(3):
    iam.APIKey(f"key-{{n}}", application_id=apps[n].id, description="deploys")
iam.APIKey("mine", user_id=users[0].id, description="laptop", expires_at="2090-01-01T01:00:00+01:00")
iam.APIKey("ignoring", user_id=users[1].id, description="ci", expires_at="2085-01-01T00:00:00Z",
    opts=options(ignore_changes=["expires_at"]))
iam.RotatingAPIKey("rotating", application_id=apps[3].id, description="rotates", rotate_after="60d")
for n, key in enumerate(KEYS):
    iam.SSHKey(f"ssh-{{n}}", public_key=key, disabled=n == 1)
saml = iam.SAML("saml", metadata=METADATA)
iam.SAMLCertificate("certificate", saml_id=saml.id, type="signing", content=PEM)
scim = iam.SCIM("scim")
iam.OrganizationSecuritySettings("settings", login_attempts_before_locked=7)
other = PROVIDER
iam.Group("by-other", opts=options(provider=other))
"""

LATER = """
iam.Application("twins", name="twin")
iam.APIKey("twin-key", application_id=plain.id, description="twice")
new = iam.Group("new")
iam.Policy("new-policy", group_id=new.id, rules=rules)
iam.GroupMembership("new-member", group_id=new.id, user_id=users[0].id)
iam.Application("drifted", description="of the program", tags=["t"])
iam.APIKey("short", application_id=plain.id, description="short", expires_at="2080-01-01T00:00:00Z")
iam.Application("renamed", name="the app 7")
iam.Group("of-unknown", name=pulumi.Output.concat("g-", new.id))
iam.SCIMToken("token", scim_id=scim.id)
iam.Application("child", name="the child", opts=options(parent=new))
iam.GroupMembership("one", group_id=groups[1].id, user_id=users[5].id)
iam.GroupMembership("two", group_id=groups[1].id, user_id=users[5].id)
"""
"""More resources: ambiguous, new, with differences, to be replaced, managed already, unknown."""


def in_words_of(front: str, program: str) -> str:
    """Return the program with the names of the front for the fields of rules."""
    sets, owner, projects = {
        "dynamic": ("permission_set_names", "organization_id", "project_ids"),
        "native": ("permissionSetNames", "organizationId", "projectIds"),
    }[front]
    named = program.replace("SETS=", f"{sets}=").replace("OWNER=", f"{owner}=")
    return named.replace("PROJECTS=", f"{projects}=")


def create_all(iam: IamClient, project: str) -> None:
    """Create the objects of both programs with the API, as a console would."""
    owner = iam.default_organization_id
    rules: Any = [{"permission_set_names": ["IAMReadOnly"], "organization_id": owner}]

    def user(name: str, email: str) -> str:
        texts = dict.fromkeys(("first_name", "last_name", "phone_number", "locale"), "")
        member: Any = {
            "username": name,
            "email": email,
            "password": "An0ther-word",
            "send_password_email": False,
            "send_welcome_email": False,
            **texts,
        }
        return iam.create_user(member=member)["id"]

    def application(name: str, **more: Any) -> str:
        return iam.create_application(name=name, **more)["id"]

    def group(name: str, **more: Any) -> str:
        return iam.create_group(name=name, **more)["id"]

    def policy(name: str, **more: Any) -> None:
        iam.create_policy(name=name, **{"rules": rules, **more})

    users = [user(f"user.{n}", f"user-{n}@example.com") for n in range(6)]
    guest = iam.create_user(email="guest@example.com")["id"]
    apps = [application(f"the app {n}", tags=["a", "b"]) for n in range(11)]
    plain = application("plain")
    group("nobody")
    left_alone = group("left-alone")
    listed = group("listed")
    iam.set_group_members(listed, user_ids=users[:3][::-1], application_ids=[apps[5]])
    machines = group("machines", tags=["x"])
    iam.set_group_members(machines, user_ids=[users[4]], application_ids=apps[:2])
    group("hushed", description="a quiet word")
    group("described", description=f"of {plain}")
    group("by-other")
    for name, lead in {"red": users[1], "blue": users[2], "green-a": users[0]}.items():
        team, robot = group(f"{name} team"), application(f"{name}-robot")
        policy(f"{name}-policy", group_id=team)
        iam.add_group_member(team, user_id=lead)
        iam.create_api_key(application_id=robot, description="robot")
        if name == "red":
            iam.add_group_member(team, user_id=guest)
    iam.add_group_member(left_alone, application_id=apps[2])
    policy("of-user", user_id=users[0], description="of a user")
    policy("apps only", application_id=apps[0])
    policy("of-nobody", no_principal=True)
    on_project = {
        "permission_set_names": ["AllProductsFullAccess"],
        "project_ids": [project],
        "condition": 'request.ip == "1.2.3.4"',
    }
    policy("of-group", group_id=listed, rules=[on_project])
    create_keys(iam, apps[:3], users[0], project)
    iam.create_api_key(user_id=users[1], description="ci", expires_at="2070-01-01T00:00:00Z")
    marked = "rotates [rotating 0123abcd]"
    iam.create_api_key(
        application_id=apps[3], description=marked, expires_at="2090-01-01T00:00:00Z"
    )
    saml = iam.enable_organization_saml()["id"]
    iam.update_saml(saml, entity_id="https://idp", single_sign_on_url="https://idp/sso")
    iam.add_saml_certificate(saml, type="signing", content=PEM)
    scim = iam.enable_organization_scim()["id"]
    # For the second program.
    for _ in range(2):
        application("twin")
        iam.create_api_key(application_id=plain, description="twice")
    application("the child")
    application("drifted", description="of the console", tags=["t", "u"])
    iam.create_api_key(application_id=plain, description="short", expires_at="2070-01-01T00:00:00Z")
    iam.create_scim_token(scim)
    iam.add_group_member(left_alone, user_id=users[5])
    # New keys without an expiry would now be refused.
    iam.update_organization_security_settings(
        login_attempts_before_locked=7, max_api_key_expiration_duration="86400s"
    )


def create_keys(iam: IamClient, apps: list[str], user_id: str, project: str) -> None:
    """Create the API keys and the SSH keys."""
    for app in apps:
        iam.create_api_key(application_id=app, description="deploys")
        iam.create_api_key(application_id=app, description="something else")
    iam.create_api_key(user_id=user_id, description="laptop", expires_at="2090-01-01T00:00:00Z")
    for n, key in enumerate(KEYS):
        created = iam.create_ssh_key(
            name=f"ssh-{n}", public_key=f"{key} me@home", project_id=project
        )
        if n == 1:
            iam.update_ssh_key(created["id"], disabled=True)


def adopted(engine: Engine, iam: IamClient) -> ProgramFirst:
    """Return the objects to adopt for the program of the stack."""
    preview = replace(engine, environ={**engine.environ, ADOPTING: "1"}).preview
    objects = read_objects(iam, iam.default_organization_id)
    return adopt_program(read_program(preview), survey(objects))


@FRONTS
def test_a_program_adopts_what_it_declares(
    stack: Stack, iam: IamClient, iam_emulator: Emulator
) -> None:
    create_all(iam, iam_emulator.environment["SCW_DEFAULT_PROJECT_ID"])
    program = in_words_of(stack.front, PROGRAM.replace("PROVIDER", explicit(stack, iam_emulator)))
    stack.write(program)
    before = writes(iam)
    done = adopt("--program", stack.folder, "--stack", "test", environment=stack.environment)
    assert (done.returncode, done.stderr) == (0, "")
    *notes, imported, agreed = done.stdout.splitlines()
    assert sorted(notes) == sorted(NOTES)
    assert imported == f"{NUMBER} resources imported into stack test"
    assert agreed == "the API, the stack and the program agree"
    assert set(stack.preview(None, "--expect-no-changes").changes) == {"same"}
    state = stack.state_text()
    assert [text for text in ("Sup3r-secret-word", "a quiet word") if text in state] == []

    # New resources for a stack that has most objects already.
    engine = Engine.find(stack.folder, "test", environ=stack.environment)
    iam.update_organization_security_settings(max_api_key_expiration_duration="0s")
    stack.write(program + in_words_of(stack.front, LATER))
    found = adopted(engine, iam)
    assert {one.title: one.notes for one in found.matched} == {
        'Application "drifted"': (
            "description and tags differ from the object; the next update changes the object",
        )
    }
    assert {one.title: one.reason for one in found.new} == {
        'Group "new"': "no group with this name",
        'Policy "new-policy"': "no policy with this name",
        'GroupMembership "new-member"': 'its group is new too: Group "new"',
    }
    assert {one.title: one.reason for one in found.open} == reasons(stack, iam)
    delivery = deliver_program(engine, found)
    assert stack.outputs_of("drifted")["description"] == "of the console"
    assert [one.line for one in delivery.findings if one.operation != "create"] == [
        'application "drifted": the program and the stack differ in description and tags (pulumi preview)'
    ]
    new = {name_of(one.urn) for one in delivery.findings if one.operation == "create"}
    assert new == {one.resource.name for one in found.unmatched}
    assert writes(iam) == before


def writes(iam: IamClient) -> list[str]:
    """Return the ids of the logged changes of the organization."""
    return [log["id"] for log in iam.list_logs()]


def reasons(stack: Stack, iam: IamClient) -> dict[str, str]:
    """Return the expected reasons of the resources that nothing can adopt."""
    plain = next(item["id"] for item in iam.list_applications(name="plain"))
    twins = [item for item in iam.list_applications() if item["name"] == "twin"]
    keys = [item for item in iam.list_api_keys() if item.get("application_id") == plain]
    twice = [item for item in keys if item["description"] == "twice"]
    (short,) = (item["access_key"] for item in keys if item["description"] == "short")
    (renamed,) = (item["id"] for item in iam.list_applications() if item["name"] == "the app 7")
    (child,) = (item["id"] for item in iam.list_applications() if item["name"] == "the child")
    (group,) = (item["id"] for item in iam.list_groups() if item["name"] == "left-alone")
    (member,) = (item["id"] for item in iam.list_users() if item["username"] == "user.5")
    scim = iam.get_organization_scim()["id"]
    (token,) = iam.list_scim_tokens(scim)
    holder = stack.resources()["app-7"]["urn"]
    shared = (
        f'2 resources match membership {group}/user/{member}: GroupMembership "one" and'
        ' GroupMembership "two"'
    )
    listed_twins = [
        f'application "twin" {item["id"]} (created {item["created_at"]})' for item in twins
    ]
    listed_keys = [
        f'API key "twice" {item["access_key"]} (created {item["created_at"]})' for item in twice
    ]
    return {
        'Application "twins"': f"2 applications with this name: {joined(listed_twins)}",
        'APIKey "twin-key"': (
            f"2 API keys with this application, user and description: {joined(listed_keys)}"
        ),
        'APIKey "short"': (
            f'API key "short" {short} is not adopted, because the next update would replace it: expires_at'
            " differs; use the value of the object in the program, or give the resource another identity"
        ),
        'Application "renamed"': (
            f'the stack has application "the app 7" {renamed} as Application "app-7"; add an alias for'
            f" {holder}, or remove one of both from the program"
        ),
        'Group "of-unknown"': (
            "its name is known only to an update, so no group can be found by it; run again when the first"
            " import is done, or set a fixed value"
        ),
        'SCIMToken "token"': (
            "nothing in the program distinguishes one SCIM token from another, and its secret cannot be read again;"
            f" existing: SCIM token {scim}/{token['id']} (created {token['created_at']})"
        ),
        'Application "child" in "new"': (
            f'application "the child" {child} is not adopted: its parent Group "new" has no object yet'
        ),
        'GroupMembership "one"': shared,
        'GroupMembership "two"': shared,
    }


def explicit(stack: Stack, emulator: Emulator) -> str:
    """Return an explicit provider with the settings of the stack, as an expression."""
    settings = {
        "accessKey": emulator.access_key,
        "secretKey": emulator.secret_key,
        "apiUrl": emulator.url,
    }
    if stack.front == "dynamic":
        settings = {f"scw-iam:{name}": value for name, value in settings.items()}
    package = {"dynamic": "pulumi-python", "native": "scw-iam"}[stack.front]
    return f'pulumi.ProviderResource("{package}", "other", {settings!r})'
