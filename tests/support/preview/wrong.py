"""Invalid inputs, and all messages of their preview.

`$alice` and similar names stand for ids of objects in the organization (`organizations`), and
`$then` for the latest allowed date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from tests.support.local_api import certificate, metadata

Inputs: TypeAlias = Mapping[str, Any]

__all__ = ["IF_OWN", "WRONG", "Beside", "Wrong"]

ED25519 = "AAAAC3NzaC1lZDI1NTE5AAAAIHICDLF0KBp62lJJ8jmgpCvTGFz28yEROSKmvEbJFKER"
CERTIFICATE = certificate()
LATER = "2999-01-01T00:00:00Z"
MANAGER = {"permission_set_names": ["IAMManager"], "organization_id": "$organization"}
READER = {"permission_set_names": ["IAMReadOnly"], "organization_id": "$organization"}
IF_OWN = 'if this stack manages the object under an old name, add aliases=[pulumi.Alias(name="OLD NAME")]; otherwise'
"""The start of each message with a fix for an existing object."""


@dataclass(frozen=True)
class Beside:
    """Another resource of the same program, `other`: valid, and checked first."""

    kind: str
    inputs: Inputs
    before: Inputs | None = None


@dataclass(frozen=True)
class Wrong:
    """A resource, `it`, with inputs that a preview refuses.

    `failures` are the messages to the user, in the form `path: reason`. Possible secrets have no
    path. `setup` selects the organization. `before` are the inputs of the last `up`. `caller` is
    the bearer of the program's API key. `$it` and `$other` are the ids of the earlier objects.
    """

    kind: str
    inputs: Inputs
    failures: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    """Warnings, if only the create can know that the API refuses the inputs."""
    setup: str = ""
    before: Inputs | None = None
    beside: Beside | None = None
    caller: Mapping[str, str] | None = None

    @property
    def writes(self) -> bool:
        """Whether the case changes the organization before the preview."""
        old = self.beside is not None and self.beside.before is not None
        return self.before is not None or self.caller is not None or old

    def __str__(self) -> str:
        return f"{self.kind} {(self.failures + self.warnings)[0]}"[:70]


IN_THE_WAY = (
    "; if this resource has the object and is being replaced, set the option delete_before_replace"
)


def rule(**fields: Any) -> dict[str, Any]:
    """Return a policy without a principal, with one rule."""
    return {"no_principal": True, "rules": [fields]}


def condition(text: str) -> dict[str, Any]:
    """Return a policy without a principal, with a condition."""
    return rule(
        permission_set_names=["IAMReadOnly"], organization_id="$organization", condition=text
    )


GROUPS = (
    Wrong("Group", {"name": ""}, ("name: is empty; at least 1 character is needed",)),
    Wrong("Group", {"name": "x" * 65}, ("name: is 65 characters long; at most 64 are allowed",)),
    Wrong(
        "Group",
        {"name": "café"},
        (
            "name: \"café\" contains 'é'; use letters without accents, digits, spaces and"
            " ( ) . _ - only",
        ),
    ),
    Wrong(
        "Group",
        {"name": "web/devs"},
        (
            "name: \"web/devs\" contains '/'; use letters without accents, digits, spaces"
            " and ( ) . _ - only",
        ),
    ),
    Wrong("Group", {"name": 5}, ("name: is a number; pass a string",)),
    Wrong("Group", {"name": True}, ("name: is True; pass a string",)),
    Wrong("Group", {"name": ["devs"]}, ("name: is a list; pass a string",)),
    Wrong("Group", {"name": {"first": "devs"}}, ("name: is an object; pass a string",)),
    Wrong(
        "Group",
        {"description": "x" * 201},
        ("description: is 201 characters long; at most 200 are allowed",),
    ),
    Wrong("Group", {"description": 1.5}, ("description: is a number; pass a string",)),
    Wrong(
        "Group",
        {"tags": [f"tag{i}" for i in range(11)]},
        ("tags: has 11 items; at most 10 are allowed",),
    ),
    Wrong("Group", {"tags": [""]}, ("tags[0]: is empty; at least 1 character is needed",)),
    Wrong(
        "Group",
        {"tags": ["ok", "x" * 71]},
        ("tags[1]: is 71 characters long; at most 70 are allowed",),
    ),
    Wrong(
        "Group",
        {"tags": ["team:web"]},
        (
            "tags[0]: \"team:web\" contains ':'; use letters without accents, digits, "
            "spaces and . _ - / = + @ only",
        ),
    ),
    Wrong("Group", {"tags": "prod"}, ("tags: is a string; pass a list",)),
    Wrong("Group", {"tags": {"team": "web"}}, ("tags: is an object; pass a list",)),
    Wrong("Group", {"tags": ["a", 5]}, ("tags[1]: is a number; pass a string",)),
    Wrong(
        "Group",
        {"user_ids": ["bob"]},
        ('user_ids[0]: "bob" is not a UUID; pass the user\'s id, not the name',),
    ),
    Wrong(
        "Group",
        {"user_ids": ["$alice", "alice@example.com"]},
        ('user_ids[1]: "alice@example.com" is not a UUID; pass the user\'s id, not the e-mail',),
    ),
    Wrong(
        "Group",
        {"user_ids": ["SCWXXXXXXXXXXXXXXXXX"]},
        (
            'user_ids[0]: "SCWXXXXXXXXXXXXXXXXX" is not a UUID; pass the user\'s id, not'
            " an access key",
        ),
    ),
    Wrong("Group", {"user_ids": "$alice"}, ("user_ids: is a string; pass a list",)),
    Wrong(
        "Group",
        {"user_ids": ["$stranger"]},
        (
            "user_ids: user $stranger does not exist in organization $organization; pass the id of "
            "an existing user, or remove the id if the user was deleted",
        ),
    ),
    Wrong(
        "Group",
        {"user_ids": ["$alice"], "application_ids": ["$alice"]},
        ("application_ids: $alice is the id of a user, not of an application",),
    ),
    Wrong(
        "Group",
        {"user_ids": ["$alice"], "application_ids": ["$stranger"]},
        (
            "application_ids: application $stranger does not exist in organization $organization; "
            "pass the id of an existing application",
        ),
    ),
    Wrong(
        "Group",
        {"organization_id": "acme"},
        ('organization_id: "acme" is not a UUID; pass the organization\'s id, not the name',),
    ),
    Wrong("Group", {"managed": True}, ("managed: is an output of Group; leave it out",)),
    Wrong("Group", {"nmae": "devs"}, ('nmae: is not an input of Group; did you mean "name"?',)),
    Wrong(
        "Group",
        {"users": ["$alice"]},
        ('users: is not an input of Group; did you mean "user_ids"?',),
    ),
    Wrong(
        "Group",
        {"colour": "red"},
        (
            "colour: is not an input of Group; the inputs are name, description, tags, user_ids, "
            "application_ids, organization_id",
        ),
    ),
    Wrong(
        "Group",
        {"name": "a/b", "tags": ["a:b", "é"], "user_ids": ["bob"], "naem": "x"},
        (
            'naem: is not an input of Group; did you mean "name"?',
            "name: \"a/b\" contains '/'; use letters without accents, digits, spaces and "
            "( ) . _ - only",
            "tags[0]: \"a:b\" contains ':'; use letters without accents, digits, spaces "
            "and . _ - / = + @ only",
            "tags[1]: \"é\" contains 'é'; use letters without accents, digits, spaces and"
            " . _ - / = + @ only",
            'user_ids[0]: "bob" is not a UUID; pass the user\'s id, not the name',
        ),
    ),
    Wrong(
        "Group",
        {"name": "devs"},
        warnings=(
            'group "devs": the name "devs" is already in use in organization $organization; '
            f'{IF_OWN} look it up with Group.get("devs", "$devs"), import it with `pulumi-scw-iam adopt --program`, or choose another name{IN_THE_WAY}',
        ),
    ),
    Wrong(
        "Policy",
        {"name": "policy", "no_principal": True},
        warnings=(
            'policy "policy": the name "policy" is already in use in organization $organization; '
            f'{IF_OWN} look it up with Policy.get("policy", "$policy"), import it with `pulumi-scw-iam adopt --program`, or choose another name{IN_THE_WAY}',
        ),
    ),
    Wrong(
        "Group",
        {"name": "ops"},
        ('name: another group of this program has the name "ops"; choose another name',),
        beside=Beside("Group", {"name": "ops"}),
    ),
    Wrong(
        "Group",
        {"name": "devs"},
        (
            'name: the name "devs" is already in use in organization $organization by group $devs; choose another name',
        ),
        before={"name": "team"},
    ),
    Wrong(
        "Group",
        {"user_ids": ["$stranger"]},
        (
            "user_ids: user $stranger does not exist in organization $organization; pass the id of "
            "an existing user, or remove the id if the user was deleted",
        ),
        before={"user_ids": ["$alice"]},
    ),
    Wrong(
        "Group",
        {},
        warnings=(
            'group "it" would exceed the quota of organization $organization (2 groups, at most 1 '
            "are allowed); delete unused groups, or ask Scaleway support to raise the quota",
        ),
        setup="full",
    ),
    Wrong(
        "Group",
        {"name": "team", "user_ids": ["$alice"]},
        (
            "user_ids: a GroupMembership of this program adds members to the same "
            "group; remove user_ids, or list all members in it",
        ),
        before={"name": "team"},
        beside=Beside("GroupMembership", {"group_id": "$it", "user_id": "$alice"}),
    ),
    Wrong(
        "Group",
        {"name": "team", "application_ids": ["$robot"]},
        (
            "application_ids: a GroupMembership of this program adds members to the "
            "same group; remove application_ids, or list all members in it",
        ),
        before={"name": "team"},
        beside=Beside("GroupMembership", {"group_id": "$it", "application_id": "$robot"}),
    ),
)

APPLICATIONS = (
    Wrong("Application", {"name": ""}, ("name: is empty; at least 1 character is needed",)),
    Wrong(
        "Application", {"name": "x" * 65}, ("name: is 65 characters long; at most 64 are allowed",)
    ),
    Wrong(
        "Application",
        {"name": "ci+cd"},
        (
            "name: \"ci+cd\" contains '+'; use letters without accents, digits, spaces "
            "and ( ) . _ - only",
        ),
    ),
    Wrong("Application", {"name": False}, ("name: is False; pass a string",)),
    Wrong(
        "Application",
        {"description": "é" * 201},
        ("description: is 201 characters long; at most 200 are allowed",),
    ),
    Wrong(
        "Application",
        {"tags": ["é"]},
        (
            "tags[0]: \"é\" contains 'é'; use letters without accents, digits, spaces and"
            " . _ - / = + @ only",
        ),
    ),
    Wrong(
        "Application",
        {"tags": ["x"] * 10 + [str(i) for i in range(10)]},
        ("tags: has 11 items; at most 10 are allowed",),
    ),
    Wrong("Application", {"organization_id": 1}, ("organization_id: is a number; pass a string",)),
    Wrong(
        "Application", {"editable": False}, ("editable: is an output of Application; leave it out",)
    ),
    Wrong(
        "Application",
        {"descripton": "d"},
        ('descripton: is not an input of Application; did you mean "description"?',),
    ),
    Wrong(
        "Application",
        {},
        warnings=(
            'application "it" would exceed the quota of organization $organization (2 '
            "applications, at most 1 are allowed); delete unused applications, or ask Scaleway "
            "support to raise the quota",
        ),
        setup="full",
    ),
)

PRINCIPALS = (
    Wrong(
        "Policy",
        {},
        (
            "user_id: set exactly one of user_id, group_id, application_id and "
            "no_principal as the principal; none is set",
        ),
    ),
    Wrong(
        "Policy",
        {"no_principal": False},
        (
            "user_id: set exactly one of user_id, group_id, application_id and "
            "no_principal as the principal; none is set",
        ),
    ),
    Wrong(
        "Policy",
        {"user_id": "$alice", "group_id": "$devs"},
        (
            "group_id: set exactly one of user_id, group_id, application_id and "
            "no_principal as the principal; user_id and group_id are set",
        ),
    ),
    Wrong(
        "Policy",
        {"user_id": "$alice", "group_id": "$devs", "application_id": "$robot"},
        (
            "application_id: set exactly one of user_id, group_id, application_id and "
            "no_principal as the principal; user_id and group_id and application_id are"
            " set",
        ),
    ),
    Wrong(
        "Policy",
        {"group_id": "$devs", "no_principal": True},
        (
            "no_principal: set exactly one of user_id, group_id, application_id and "
            "no_principal as the principal; group_id and no_principal are set",
        ),
    ),
    Wrong(
        "Policy",
        {"group_id": "devs"},
        ('group_id: "devs" is not a UUID; pass the group\'s id, not the name',),
    ),
    Wrong(
        "Policy",
        {"group_id": "$stranger"},
        (
            "group_id: group $stranger does not exist in organization $organization; pass the id "
            "of an existing group",
        ),
    ),
    Wrong(
        "Policy",
        {"user_id": "$robot"},
        ("user_id: $robot is the id of an application, not of a user",),
    ),
    Wrong(
        "Policy",
        {"application_id": "$stranger"},
        (
            "application_id: application $stranger does not exist in organization $organization; "
            "pass the id of an existing application",
        ),
    ),
    Wrong("Policy", {"group_id": 5}, ("group_id: is a number; pass a string",)),
    Wrong("Policy", {"no_principal": "yes"}, ("no_principal: is a string; pass True or False",)),
    Wrong(
        "Policy",
        {"no_principal": True, "name": "x" * 65},
        ("name: is 65 characters long; at most 64 are allowed",),
    ),
    Wrong(
        "Policy",
        {"no_principal": True, "description": "x" * 201},
        ("description: is 201 characters long; at most 200 are allowed",),
    ),
    Wrong(
        "Policy",
        {"no_principal": True, "principal": "devs"},
        ('principal: is not an input of Policy; did you mean "no_principal"?',),
    ),
    Wrong(
        "Policy",
        {"no_principal": True, "rule": []},
        ('rule: is not an input of Policy; did you mean "rules"?',),
    ),
    Wrong(
        "Policy",
        {"no_principal": True},
        warnings=(
            'policy "it" would exceed the quota of organization $organization (2 policies, at most '
            "1 are allowed); delete unused policies, or ask Scaleway support to raise the quota",
        ),
        setup="full",
    ),
)

RULES = (
    Wrong(
        "Policy",
        {"no_principal": True, "rules": "IAMReadOnly"},
        ("rules: is a string; pass a list",),
    ),
    Wrong("Policy", {"no_principal": True, "rules": READER}, ("rules: is an object; pass a list",)),
    Wrong(
        "Policy",
        {"no_principal": True, "rules": ["IAMReadOnly"]},
        ("rules[0]: is a string; pass PolicyRuleArgs or a dict",),
    ),
    Wrong(
        "Policy", rule(all_projects=True), ("rules[0].permission_set_names: is required; pass it",)
    ),
    Wrong(
        "Policy",
        rule(permission_set_names=[], all_projects=True),
        ("rules[0].permission_set_names: is empty; at least 1 item is needed",),
    ),
    Wrong(
        "Policy",
        rule(permission_set_names=[""], all_projects=True),
        ("rules[0].permission_set_names[0]: is empty; at least 1 character is needed",),
    ),
    Wrong(
        "Policy",
        rule(permission_set_names="InstancesReadOnly", all_projects=True),
        ("rules[0].permission_set_names: is a string; pass a list",),
    ),
    Wrong(
        "Policy",
        rule(permission_set_names=["InstancesReadOnly"]),
        (
            "rules[0].organization_id: set exactly one of organization_id, project_ids "
            "and all_projects as the scope; none is set",
        ),
    ),
    Wrong(
        "Policy",
        rule(permission_set_names=["InstancesReadOnly"], all_projects=False),
        (
            "rules[0].organization_id: set exactly one of organization_id, project_ids "
            "and all_projects as the scope; none is set",
        ),
    ),
    Wrong(
        "Policy",
        rule(
            permission_set_names=["InstancesReadOnly"],
            organization_id="$organization",
            project_ids=["$web"],
        ),
        (
            "rules[0].project_ids: set exactly one of organization_id, project_ids and "
            "all_projects as the scope; organization_id and project_ids are set",
        ),
    ),
    Wrong(
        "Policy",
        rule(permission_set_names=["InstancesReadOnly"], project_ids=["$web"], all_projects=True),
        (
            "rules[0].all_projects: set exactly one of organization_id, project_ids and"
            " all_projects as the scope; project_ids and all_projects are set",
        ),
    ),
    Wrong(
        "Policy",
        rule(
            permission_set_names=["InstancesReadOnly"],
            organization_id="$organization",
            project_ids=["$web"],
            all_projects=True,
        ),
        (
            "rules[0].all_projects: set exactly one of organization_id, project_ids and"
            " all_projects as the scope; organization_id and project_ids and "
            "all_projects are set",
        ),
    ),
    Wrong(
        "Policy",
        rule(permission_set_names=["InstancesReadOnly"], project_ids=[]),
        ("rules[0].project_ids: is empty; at least 1 item is needed",),
    ),
    Wrong(
        "Policy",
        rule(permission_set_names=["InstancesReadOnly"], project_ids=["web"]),
        ('rules[0].project_ids[0]: "web" is not a UUID; pass the project\'s id, not the name',),
    ),
    Wrong(
        "Policy",
        rule(permission_set_names=["InstancesReadOnly"], project_ids="$web"),
        ("rules[0].project_ids: is a string; pass a list",),
    ),
    Wrong(
        "Policy",
        rule(permission_set_names=["InstancesReadOnly"], project_ids=["$stranger"]),
        (
            "rules[0].project_ids: project $stranger does not exist in organization $organization; "
            "pass the id of an existing project",
        ),
    ),
    Wrong(
        "Policy",
        rule(permission_set_names=["InstancesReadOnly"], project_ids=["$alice"]),
        ("rules[0].project_ids: $alice is the id of a user, not of a project",),
    ),
    Wrong(
        "Policy",
        rule(permission_set_names=["InstancesReadOnly"], all_projects="yes"),
        ("rules[0].all_projects: is a string; pass True or False",),
    ),
    Wrong(
        "Policy",
        rule(permission_set_names=["IAMReadOnly"], organization_id="acme"),
        (
            'rules[0].organization_id: "acme" is not a UUID; pass the organization\'s '
            "id, not the name",
        ),
    ),
    Wrong(
        "Policy",
        rule(permission_set_names=["IAMReadOnly"], organization_id="$stranger"),
        (
            "rules[0].organization_id: differs from the organization of the policy; pass"
            " $organization",
        ),
    ),
    Wrong(
        "Policy",
        rule(permission_sets=["IAMReadOnly"], organization_id="$organization"),
        (
            "rules[0].permission_sets: is not an input of PolicyRule; did you mean "
            '"permission_set_names"?',
            "rules[0].permission_set_names: is required; pass it",
        ),
    ),
    Wrong(
        "Policy",
        rule(permission_set_names=["InstancesReadOnly"], project_id="$web"),
        (
            'rules[0].project_id: is not an input of PolicyRule; did you mean "project_ids"?',
            "rules[0].organization_id: set exactly one of organization_id, project_ids "
            "and all_projects as the scope; none is set",
        ),
    ),
    Wrong(
        "Policy",
        rule(permission_set_names=["IAMReadOnlyy"], organization_id="$organization"),
        (
            'rules[0].permission_set_names: permission set "IAMReadOnlyy" does not exist; '
            'did you mean "IAMReadOnly"? If it is new, add it to scw-iam:allowUnknownPermissionSets',
        ),
    ),
    Wrong(
        "Policy",
        rule(permission_set_names=["iamreadonly"], organization_id="$organization"),
        (
            'rules[0].permission_set_names: permission set "iamreadonly" does not exist; '
            'did you mean "IAMReadOnly"? If it is new, add it to scw-iam:allowUnknownPermissionSets',
        ),
    ),
    Wrong(
        "Policy",
        rule(permission_set_names=["Quux"], organization_id="$organization"),
        (
            'rules[0].permission_set_names: permission set "Quux" does not exist; see '
            "`pulumi-scw-iam permission-sets`; if it is new, add it to scw-iam:allowUnknownPermissionSets",
        ),
    ),
    Wrong(
        "Policy",
        rule(permission_set_names=["LoadBalancerReadOnly"], all_projects=True),
        (
            "rules[0].permission_set_names: permission set "
            '"LoadBalancerReadOnly" does not exist; did you mean "LoadBalancersReadOnly"? If it is new, add it to scw-iam:allowUnknownPermissionSets',
        ),
    ),
    Wrong(
        "Policy",
        rule(permission_set_names=["SmartLabelingReadOnly"], all_projects=True),
        (
            "rules[0].permission_set_names: permission set "
            '"SmartLabelingReadOnly" does not exist; see `pulumi-scw-iam permission-sets`; if it is new, add it to scw-iam:allowUnknownPermissionSets',
        ),
    ),
    Wrong(
        "Policy",
        rule(
            permission_set_names=["InstancesReadOnly", "InstancesFullAcess", "Quux"],
            project_ids=["$web"],
        ),
        (
            "rules[0].permission_set_names: permission set "
            '"InstancesFullAcess" does not exist; did you mean "InstancesFullAccess"? If it is new, add it to scw-iam:allowUnknownPermissionSets',
            'rules[0].permission_set_names: permission set "Quux" does not exist; see '
            "`pulumi-scw-iam permission-sets`; if it is new, add it to scw-iam:allowUnknownPermissionSets",
        ),
    ),
    Wrong(
        "Policy",
        rule(
            permission_set_names=["IAMReadOnly", "InstancesReadOnly"],
            organization_id="$organization",
        ),
        (
            "rules[0].permission_set_names: all permission sets of a rule must have "
            "the same scope type, but these differ (IAMReadOnly: organization; "
            "InstancesReadOnly: projects); write two rules, {permission_set_names: "
            '["IAMReadOnly"], organization_id: "…"} and {permission_set_names: '
            '["InstancesReadOnly"], all_projects: true}',
        ),
    ),
    Wrong(
        "Policy",
        rule(permission_set_names=["IAMReadOnly", "InstancesReadOnly"], project_ids=["$web"]),
        (
            "rules[0].permission_set_names: all permission sets of a rule must have "
            "the same scope type, but these differ (IAMReadOnly: organization; "
            "InstancesReadOnly: projects); write two rules, {permission_set_names: "
            '["IAMReadOnly"], organization_id: "…"} and {permission_set_names: '
            '["InstancesReadOnly"], project_ids: ["$web"]}',
        ),
    ),
    Wrong(
        "Policy",
        rule(permission_set_names=["IAMReadOnly", "InstancesReadOnly"], all_projects=True),
        (
            "rules[0].permission_set_names: all permission sets of a rule must have "
            "the same scope type, but these differ (IAMReadOnly: organization; "
            "InstancesReadOnly: projects); write two rules, {permission_set_names: "
            '["IAMReadOnly"], organization_id: "…"} and {permission_set_names: '
            '["InstancesReadOnly"], all_projects: true}',
        ),
    ),
    Wrong(
        "Policy",
        rule(permission_set_names=["IAMReadOnly"], project_ids=["$web"]),
        (
            "rules[0].project_ids: IAMReadOnly is for the organization and cannot be "
            "limited to projects; set organization_id instead",
        ),
    ),
    Wrong(
        "Policy",
        rule(permission_set_names=["IAMReadOnly", "IAMManager"], project_ids=["$web"]),
        (
            "rules[0].project_ids: IAMManager, IAMReadOnly are for the organization "
            "and cannot be limited to projects; set organization_id instead",
        ),
    ),
    Wrong(
        "Policy",
        {
            "group_id": "$devs",
            "rules": [READER, {**READER, "permission_set_names": ["IAMRead"]}],
        },
        (
            'rules[1].permission_set_names: permission set "IAMRead" does not exist; did '
            'you mean "IAMReadOnly"? If it is new, add it to scw-iam:allowUnknownPermissionSets',
        ),
    ),
    Wrong(
        "Policy",
        {"group_id": "$devs", "rules": [READER, {**READER, "condition": "request.ip =="}]},
        (
            "rules[1].condition: is not a CEL expression: unexpected end after "
            '"=="; complete the expression [condition-syntax]',
        ),
        before={"group_id": "$devs", "rules": [READER]},
    ),
)

CONDITIONS = (
    Wrong(
        "Policy",
        condition("x" * 2049),
        ("rules[0].condition: is 2049 characters long; at most 2048 are allowed",),
    ),
    Wrong(
        "Policy",
        condition('request.ip = "203.0.113.7"'),
        (
            'rules[0].condition: is not a CEL expression: unexpected "=" at line 1, column 12; '
            "write == to compare [condition-syntax]",
        ),
    ),
    Wrong(
        "Policy",
        condition('request.ip === "203.0.113.7"'),
        (
            'rules[0].condition: is not a CEL expression: unexpected "=" at line 1, column 14; '
            "write == to compare [condition-syntax]",
        ),
    ),
    Wrong(
        "Policy",
        condition('request.ip == "203.0.113.7" and true'),
        (
            'rules[0].condition: is not a CEL expression: unexpected "and" at line 1, column 29; '
            "write && for and [condition-syntax]",
        ),
    ),
    Wrong(
        "Policy",
        condition('request.ip == "a"\n OR request.ip == "b"'),
        (
            'rules[0].condition: is not a CEL expression: unexpected "OR" at line 2, column 2; '
            "write || for or [condition-syntax]",
        ),
    ),
    Wrong(
        "Policy",
        condition('(request.ip == "203.0.113.7"'),
        (
            "rules[0].condition: is not a CEL expression: unexpected end after "
            '"\\"203.0.113.7\\""; complete the expression [condition-syntax]',
        ),
    ),
    Wrong(
        "Policy",
        condition('request.ip == "203.0.113.7'),
        (
            "rules[0].condition: is not a CEL expression: the string "
            '"\\"203.0.113.7" at line 1, column 15 is not closed; close it with " [condition-syntax]',
        ),
    ),
    Wrong(
        "Policy",
        condition('request.ip in ["203.0.113.7"'),
        (
            "rules[0].condition: is not a CEL expression: unexpected end after "
            '"[\\"203.0.113.7\\""; complete the expression [condition-syntax]',
        ),
    ),
    Wrong(
        "Policy",
        condition("request.ip =="),
        (
            "rules[0].condition: is not a CEL expression: unexpected end after "
            '"=="; complete the expression [condition-syntax]',
        ),
    ),
    Wrong(
        "Policy",
        condition('request.ip == "a" & request.ip == "b"'),
        (
            'rules[0].condition: is not a CEL expression: unexpected "&" at line 1, column 19; '
            "write && for and [condition-syntax]",
        ),
    ),
    Wrong(
        "Policy",
        condition("  "),
        (
            "rules[0].condition: is blank; write an expression, or remove the condition [condition-syntax]",
        ),
    ),
    Wrong(
        "Policy",
        rule(permission_set_names=["IAMReadOnly"], organization_id="$organization", condition=True),
        ("rules[0].condition: is True; pass a string",),
    ),
)

API_KEYS = (
    Wrong(
        "APIKey",
        {},
        (
            "application_id: set exactly one of application_id and user_id as the "
            "bearer; none is set",
        ),
    ),
    Wrong(
        "APIKey",
        {"application_id": "$robot", "user_id": "$alice"},
        ("user_id: set exactly one of application_id and user_id as the bearer; both are set",),
    ),
    Wrong(
        "APIKey",
        {"application_id": "robot"},
        ('application_id: "robot" is not a UUID; pass the application\'s id, not the name',),
    ),
    Wrong(
        "APIKey",
        {"application_id": "SCWXXXXXXXXXXXXXXXXX"},
        (
            'application_id: "SCWXXXXXXXXXXXXXXXXX" is not a UUID; pass the '
            "application's id, not an access key",
        ),
    ),
    Wrong(
        "APIKey",
        {"application_id": "$stranger"},
        (
            "application_id: application $stranger does not exist in organization $organization; "
            "pass the id of an existing application",
        ),
    ),
    Wrong(
        "APIKey",
        {"user_id": "$stranger"},
        (
            "user_id: user $stranger does not exist in organization $organization; pass the id of "
            "an existing user, or remove the id if the user was deleted",
        ),
    ),
    Wrong(
        "APIKey",
        {"application_id": "$robot", "description": "x" * 201},
        ("description: is 201 characters long; at most 200 are allowed",),
    ),
    Wrong(
        "APIKey",
        {"application_id": "$robot", "default_project_id": "web"},
        ('default_project_id: "web" is not a UUID; pass the project\'s id, not the name',),
    ),
    Wrong(
        "APIKey",
        {"application_id": "$robot", "default_project_id": "$stranger"},
        (
            "default_project_id: project $stranger does not exist in organization $organization; "
            "pass the id of an existing project",
        ),
    ),
    Wrong(
        "APIKey",
        {"application_id": "$robot", "default_project_id": "$robot"},
        ("default_project_id: $robot is the id of an application, not of a project",),
    ),
    Wrong(
        "APIKey",
        {"application_id": "$robot", "expires_at": "tomorrow"},
        ('expires_at: "tomorrow" is not a date and time; write it as 2030-01-31T12:00:00Z',),
    ),
    Wrong(
        "APIKey",
        {"application_id": "$robot", "expires_at": ""},
        ('expires_at: "" is not a date and time; write it as 2030-01-31T12:00:00Z',),
    ),
    Wrong(
        "APIKey",
        {"application_id": "$robot", "expires_at": "2999-01-31"},
        ('expires_at: "2999-01-31" is not a date and time; write it as 2030-01-31T12:00:00Z',),
    ),
    Wrong(
        "APIKey",
        {"application_id": "$robot", "expires_at": "2999-01-31T12:00:00"},
        ('expires_at: "2999-01-31T12:00:00" has no time zone; end it with Z (UTC) or +02:00',),
    ),
    Wrong(
        "APIKey",
        {"application_id": "$robot", "expires_at": "2999-02-30T12:00:00Z"},
        (
            'expires_at: "2999-02-30T12:00:00Z" is a date that does not exist; write it'
            " as 2030-01-31T12:00:00Z",
        ),
    ),
    Wrong(
        "APIKey",
        {"application_id": "$robot", "expires_at": "2999-01-31T24:00:00Z"},
        (
            'expires_at: "2999-01-31T24:00:00Z" is a date that does not exist; write it'
            " as 2030-01-31T12:00:00Z",
        ),
    ),
    Wrong(
        "APIKey",
        {"application_id": "$robot", "expires_at": "2999-01-31T12:00:00.1234567890Z"},
        (
            'expires_at: "2999-01-31T12:00:00.1234567890Z" is not a date and time; '
            "write it as 2030-01-31T12:00:00Z",
        ),
    ),
    Wrong(
        "APIKey",
        {"application_id": "$robot", "expires_at": 32472144000},
        ("expires_at: is a number; pass a string",),
    ),
    Wrong(
        "APIKey",
        {"application_id": "$robot", "expires_at": "2020-01-01T00:00:00Z"},
        ("expires_at: 2020-01-01T00:00:00Z is in the past; choose a later date",),
    ),
    Wrong(
        "APIKey",
        {"application_id": "$robot", "expires_at": "2020-01-01T02:00:00+02:00"},
        ("expires_at: 2020-01-01T00:00:00Z is in the past; choose a later date",),
    ),
    Wrong(
        "APIKey",
        {"application_id": "$robot", "expire_at": LATER},
        ('expire_at is not an input of APIKey; did you mean "expires_at"?',),
    ),
    Wrong(
        "APIKey",
        {"application_id": "$robot"},
        (
            "expires_at: is not set: organization $organization allows API keys to last"
            " 86400s at most; choose a date before $then",
        ),
        setup="limited",
    ),
    Wrong(
        "APIKey",
        {"application_id": "$robot", "expires_at": LATER},
        (
            "expires_at: 2999-01-01T00:00:00Z is too late: organization $organization "
            "allows API keys to last 86400s at most; choose a date before $then",
        ),
        setup="limited",
    ),
    Wrong(
        "APIKey",
        {"application_id": "$robot"},
        (
            "expires_at: is not set: organization $organization allows API keys to last"
            " 3600s at most; choose a date before $then",
        ),
        beside=Beside("OrganizationSecuritySettings", {"max_api_key_expiration_duration": "3600s"}),
    ),
    Wrong(
        "APIKey",
        {"application_id": "$robot"},
        warnings=(
            "API key would exceed the quota of organization $organization (2 API keys, at most 1 "
            "are allowed); delete unused API keys, or ask Scaleway support to raise the quota",
        ),
        setup="full",
    ),
)

SSH_KEYS = (
    Wrong("SSHKey", {"public_key": ""}, ("public_key is empty; at least 1 character is needed",)),
    Wrong("SSHKey", {"public_key": None}, ("public_key: is required; pass it",)),
    Wrong("SSHKey", {"public_key": 5}, ("public_key is a number; pass a string",)),
    Wrong(
        "SSHKey",
        {"public_key": f"ssh-ed25519 {ED25519[:-3]}!!!"},
        ("public_key is not a public key: its second word is not base64",),
    ),
    Wrong(
        "SSHKey",
        {"public_key": f"ssh-ed25519 {ED25519[:-4]}"},
        ("public_key is not a public key: its second word is not a ssh-ed25519 key",),
    ),
    Wrong(
        "SSHKey",
        {"public_key": "ssh-ed25519"},
        ('public_key is not a public key: it must look like "ssh-ed25519 AAAA… comment"',),
    ),
    Wrong(
        "SSHKey",
        {"public_key": f"ssh-rsa {ED25519}"},
        ("public_key is not a public key: its second word is not a ssh-rsa key",),
    ),
    Wrong(
        "SSHKey",
        {"public_key": "ssh-dss AAAAB3NzaC1kc3MAAAAB"},
        ("public_key is not a public key: its second word is not a ssh-dss key",),
    ),
    Wrong(
        "SSHKey",
        {"public_key": "sk-ssh-ed25519@openssh.com AAAA me"},
        (
            "public_key is not a public key: it must begin with one of ssh-rsa, "
            "ssh-ed25519, ecdsa-sha2-nistp256, ecdsa-sha2-nistp384, "
            "ecdsa-sha2-nistp521, ssh-dss, without options before it",
        ),
    ),
    Wrong(
        "SSHKey",
        {"public_key": f'from="192.0.2.1" ssh-ed25519 {ED25519}'},
        (
            "public_key is not a public key: it must begin with one of ssh-rsa, "
            "ssh-ed25519, ecdsa-sha2-nistp256, ecdsa-sha2-nistp384, "
            "ecdsa-sha2-nistp521, ssh-dss, without options before it",
        ),
    ),
    Wrong(
        "SSHKey",
        {"public_key": f"ssh-ed25519 {ED25519}\nssh-ed25519 {ED25519}"},
        ("public_key is not a public key: it has 2 lines instead of one",),
    ),
    Wrong(
        "SSHKey",
        {"public_key": "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk"},
        ("public_key is a private key; keep it secret and pass the public key (the .pub file)",),
    ),
    Wrong(
        "SSHKey",
        {"public_key": f"ssh-ed25519 {ED25519} {'x' * 65000}"},
        ("public_key is 65081 characters long; at most 65000 are allowed",),
    ),
    Wrong(
        "SSHKey",
        {"public_key": f"ssh-ed25519 {ED25519}", "name": "x" * 1001},
        ("name: is 1001 characters long; at most 1000 are allowed",),
    ),
    Wrong(
        "SSHKey",
        {"public_key": f"ssh-ed25519 {ED25519}", "project_id": "web"},
        ('project_id: "web" is not a UUID; pass the project\'s id, not the name',),
    ),
    Wrong(
        "SSHKey",
        {"public_key": f"ssh-ed25519 {ED25519}", "project_id": "$stranger"},
        (
            "project_id: project $stranger does not exist in organization $organization; pass the "
            "id of an existing project",
        ),
    ),
    Wrong(
        "SSHKey",
        {"public_key": f"ssh-ed25519 {ED25519}", "disabled": "no"},
        ("disabled: is a string; pass True or False",),
    ),
    Wrong(
        "SSHKey",
        {"public_key": f"ssh-ed25519 {ED25519}", "fingerprint": "256 MD5:00"},
        ("fingerprint is an output of SSHKey; leave it out",),
    ),
    Wrong(
        "SSHKey",
        {"public_key": f"ssh-ed25519 {ED25519}", "tags": ["a"]},
        ("tags is not an input of SSHKey; the inputs are name, public_key, disabled, project_id",),
    ),
    Wrong(
        "SSHKey",
        {"public_key": f"ssh-ed25519 {ED25519}"},
        warnings=(
            'SSH key "it" would exceed the quota of organization $organization (2 SSH keys, at '
            "most 1 are allowed); delete unused SSH keys, or ask Scaleway support to raise the "
            "quota",
        ),
        setup="full",
    ),
)

BOB = {"email": "bob@example.com", "username": "bob"}
GUEST = {"email": "guest@example.com", "type": "guest"}
USERS = (
    Wrong("User", {"email": None, "username": "bob"}, ("email: is required; pass it",)),
    Wrong(
        "User",
        {**BOB, "email": ""},
        ('email: "" is not an e-mail address; write it as name@example.com',),
    ),
    Wrong(
        "User",
        {**BOB, "email": "bob"},
        ('email: "bob" is not an e-mail address; write it as name@example.com',),
    ),
    Wrong(
        "User",
        {**BOB, "email": "bob@"},
        ('email: "bob@" is not an e-mail address; write it as name@example.com',),
    ),
    Wrong(
        "User",
        {**BOB, "email": "bob @example.com"},
        ('email: "bob @example.com" is not an e-mail address; write it as name@example.com',),
    ),
    Wrong("User", {**BOB, "email": 5}, ("email: is a number; pass a string",)),
    Wrong(
        "User",
        {"email": "bob@example.com"},
        ('username: is required for a member; pass it, or pass type "guest" to invite a guest',),
    ),
    Wrong(
        "User",
        {**BOB, "username": "b"},
        ("username: is 1 character long; at least 2 characters are needed",),
    ),
    Wrong(
        "User",
        {**BOB, "username": "b" * 65},
        ("username: is 65 characters long; at most 64 are allowed",),
    ),
    Wrong(
        "User",
        {**BOB, "username": "bob smith"},
        (
            "username: \"bob smith\" contains ' '; use letters without accents, digits "
            "and @ . _ - only",
        ),
    ),
    Wrong(
        "User",
        {**BOB, "username": "bøb"},
        ("username: \"bøb\" contains 'ø'; use letters without accents, digits and @ . _ - only",),
    ),
    Wrong(
        "User",
        {**BOB, "username": "alice"},
        warnings=(
            'user "bob@example.com": the username "alice" is already in use in organization $organization; '
            f'{IF_OWN} look it up with User.get("alice", "$alice"), import it with `pulumi-scw-iam adopt --program`, or choose another username{IN_THE_WAY}',
        ),
    ),
    Wrong(
        "User",
        BOB,
        ('username: another user of this program has the username "bob"; choose another username',),
        beside=Beside("User", {"email": "robert@example.com", "username": "bob"}),
    ),
    Wrong(
        "User",
        {**BOB, "type": "admin"},
        ('type: "admin" is not one of "member", "guest", "owner"',),
    ),
    Wrong(
        "User",
        {**BOB, "type": "owner"},
        ('type: an owner is created with the organization only; pass "member" or "guest"',),
    ),
    Wrong("User", {**BOB, "password": ""}, ("password is empty; at least 1 character is needed",)),
    Wrong(
        "User",
        {**BOB, "password": "p" * 73},
        ("password is 73 bytes long in UTF-8; at most 72 are allowed",),
    ),
    Wrong(
        "User",
        {**BOB, "password": "é" * 37},
        ("password is 74 bytes long in UTF-8; at most 72 are allowed",),
    ),
    Wrong("User", {**BOB, "password": 12345678}, ("password is a number; pass a string",)),
    Wrong(
        "User",
        {**BOB, "first_name": "x" * 65},
        ("first_name: is 65 characters long; at most 64 are allowed",),
    ),
    Wrong(
        "User",
        {**BOB, "last_name": "x" * 65},
        ("last_name: is 65 characters long; at most 64 are allowed",),
    ),
    Wrong(
        "User", {**BOB, "phone_number": 33123456789}, ("phone_number: is a number; pass a string",)
    ),
    Wrong("User", {**BOB, "locale": ["fr_FR"]}, ("locale: is a list; pass a string",)),
    Wrong(
        "User",
        {**BOB, "tags": ["team:web"]},
        (
            "tags[0]: \"team:web\" contains ':'; use letters without accents, digits, "
            "spaces and . _ - / = + @ only",
        ),
    ),
    Wrong("User", {**BOB, "locked": "no"}, ("locked: is a string; pass True or False",)),
    Wrong(
        "User",
        {**BOB, "send_welcome_email": 1},
        ("send_welcome_email: is a number; pass True or False",),
    ),
    Wrong(
        "User",
        {**BOB, "mail": "bob@example.com"},
        ('mail is not an input of User; did you mean "email"?',),
    ),
    Wrong(
        "User",
        {**GUEST, "username": "guest"},
        ('username: is for members only; remove it, or remove type "guest"',),
    ),
    Wrong(
        "User",
        {**GUEST, "password": "correct horse"},
        ('password is for members only; remove it, or remove type "guest"',),
    ),
    Wrong(
        "User",
        {**GUEST, "first_name": "G", "last_name": "N", "phone_number": "+33123456789"},
        (
            'first_name: is for members only; remove it, or remove type "guest"',
            'last_name: is for members only; remove it, or remove type "guest"',
            'phone_number: is for members only; remove it, or remove type "guest"',
        ),
    ),
    Wrong(
        "User",
        {**GUEST, "locale": "fr_FR", "locked": True},
        (
            'locale: is for members only; remove it, or remove type "guest"',
            'locked: is for members only; remove it, or remove type "guest"',
        ),
    ),
    Wrong(
        "User",
        {**GUEST, "send_password_email": True, "send_welcome_email": True},
        (
            'send_password_email: is for members only; remove it, or remove type "guest"',
            'send_welcome_email: is for members only; remove it, or remove type "guest"',
        ),
    ),
    Wrong(
        "User",
        BOB,
        warnings=(
            'user "bob@example.com" would exceed the quota of organization $organization (4 users, '
            "at most 3 are allowed); delete unused users, or ask Scaleway support to raise the "
            "quota",
        ),
        setup="full",
    ),
)

MEMBERSHIPS = (
    Wrong(
        "GroupMembership",
        {"group_id": None, "user_id": "$alice"},
        ("group_id: is required; pass it",),
    ),
    Wrong(
        "GroupMembership",
        {"group_id": "devs", "user_id": "$alice"},
        ('group_id: "devs" is not a UUID; pass the group\'s id, not the name',),
    ),
    Wrong(
        "GroupMembership",
        {"group_id": "$stranger", "user_id": "$alice"},
        (
            "group_id: group $stranger does not exist in organization $organization; pass the id "
            "of an existing group",
        ),
    ),
    Wrong(
        "GroupMembership",
        {"group_id": "$devs"},
        ("user_id: set exactly one of user_id and application_id as the member; none is set",),
    ),
    Wrong(
        "GroupMembership",
        {"group_id": "$devs", "user_id": "$alice", "application_id": "$robot"},
        (
            "application_id: set exactly one of user_id and application_id as the "
            "member; both are set",
        ),
    ),
    Wrong(
        "GroupMembership",
        {"group_id": "$devs", "user_id": "alice"},
        ('user_id: "alice" is not a UUID; pass the user\'s id, not the name',),
    ),
    Wrong(
        "GroupMembership",
        {"group_id": "$devs", "user_id": "$stranger"},
        (
            "user_id: user $stranger does not exist in organization $organization; pass the id of "
            "an existing user, or remove the id if the user was deleted",
        ),
    ),
    Wrong(
        "GroupMembership",
        {"group_id": "$devs", "user_id": "$devs"},
        ("user_id: $devs is the id of a group, not of a user",),
    ),
    Wrong(
        "GroupMembership",
        {"group_id": "$devs", "user_ids": ["$alice"]},
        (
            'user_ids: is not an input of GroupMembership; did you mean "user_id"?',
            "user_id: set exactly one of user_id and application_id as the member; none is set",
        ),
    ),
    Wrong(
        "GroupMembership",
        {"group_id": "$other", "user_id": "$gina"},
        (
            'group_id: the Group "team" of this program sets user_ids, and its update would'
            " remove the member; add the member to that list, or remove the list",
        ),
        beside=Beside(
            "Group",
            {"name": "team", "user_ids": ["$alice"]},
            before={"name": "team", "user_ids": ["$alice"]},
        ),
    ),
    Wrong(
        "GroupMembership",
        {"group_id": "$devs", "application_id": "$robot", "name": "robot in devs"},
        (
            "name: is not an input of GroupMembership; the inputs are group_id, user_id, "
            "application_id",
        ),
    ),
)

ORGANIZATION = (
    Wrong(
        "OrganizationSecuritySettings",
        {"grace_period_duration": "3 days"},
        ('grace_period_duration: "3 days" is not a duration in seconds; write 3 days as 259200s',),
    ),
    Wrong(
        "OrganizationSecuritySettings",
        {"grace_period_duration": "259200"},
        ('grace_period_duration: "259200" is not a duration in seconds; write 3 days as 259200s',),
    ),
    Wrong(
        "OrganizationSecuritySettings",
        {"grace_period_duration": 259200},
        ("grace_period_duration: is a number; pass a string",),
    ),
    Wrong(
        "OrganizationSecuritySettings",
        {"max_login_session_duration": "-1s"},
        (
            'max_login_session_duration: "-1s" is not a duration in seconds; write 3 '
            "days as 259200s",
        ),
    ),
    Wrong(
        "OrganizationSecuritySettings",
        {"max_api_key_expiration_duration": "999999999999s"},
        (
            "max_api_key_expiration_duration: is 999999999999 seconds long; at most "
            "315576000000 are allowed",
        ),
    ),
    Wrong(
        "OrganizationSecuritySettings",
        {"login_attempts_before_locked": 0},
        ("login_attempts_before_locked: is 0; at least 1 is needed",),
    ),
    Wrong(
        "OrganizationSecuritySettings",
        {"login_attempts_before_locked": 51},
        ("login_attempts_before_locked: is 51; at most 50 is allowed",),
    ),
    Wrong(
        "OrganizationSecuritySettings",
        {"login_attempts_before_locked": 2.5},
        ("login_attempts_before_locked: is a number; pass a whole number",),
    ),
    Wrong(
        "OrganizationSecuritySettings",
        {"login_attempts_before_locked": "5"},
        ("login_attempts_before_locked: is a string; pass a whole number",),
    ),
    Wrong(
        "OrganizationSecuritySettings",
        {"enforce_password_renewal": 1},
        ("enforce_password_renewal: is a number; pass True or False",),
    ),
    Wrong(
        "OrganizationSecuritySettings",
        {"organization_id": "acme"},
        ('organization_id: "acme" is not a UUID; pass the organization\'s id, not the name',),
    ),
    Wrong(
        "OrganizationSecuritySettings",
        {"grace_period": "259200s"},
        (
            "grace_period: is not an input of OrganizationSecuritySettings; did you "
            'mean "grace_period_duration"?',
        ),
    ),
    Wrong(
        "SAML",
        {},
        warnings=(
            "SAML configuration: SAML is already enabled in organization $organization; "
            f'{IF_OWN} look it up with SAML.get("saml", "$saml"), import it with `pulumi-scw-iam adopt --program`, or disable it first{IN_THE_WAY}',
        ),
        setup="federated",
    ),
    Wrong("SAML", {"entity_id": 5}, ("entity_id: is a number; pass a string",)),
    Wrong(
        "SAML",
        {"single_sign_on_url": ["https://idp.example.com"]},
        ("single_sign_on_url: is a list; pass a string",),
    ),
    Wrong(
        "SAML",
        {"sso_url": "https://idp.example.com"},
        (
            "sso_url is not an input of SAML; the inputs are metadata, entity_id, "
            "single_sign_on_url, organization_id",
        ),
    ),
    Wrong(
        "SAML",
        {"metadata": "idp.xml"},
        (
            "metadata is not XML; pass the text of the metadata file, not its path or URL: in Python"
            ' `open("idp.xml").read()`, in YAML `fn::readFile: idp.xml`',
        ),
    ),
    Wrong("SAML", {"metadata": {"path": "idp.xml"}}, ("metadata is an object; pass a string",)),
    Wrong(
        "SAML",
        {"metadata": "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>"},
        (
            "metadata has a DOCTYPE, which is refused because its entities are unsafe; pass the"
            " metadata that your identity provider publishes",
        ),
    ),
    Wrong(
        "SAML",
        {"metadata": metadata().replace("IDPSSO", "SPSSO"), "entity_id": "https://other"},
        (
            "metadata describes a service provider, not an identity provider; pass the metadata that"
            " your identity provider publishes",
        ),
    ),
    Wrong(
        "SAML",
        {
            "metadata": metadata(),
            "entity_id": "https://other",
            "single_sign_on_url": "https://other/sso",
        },
        (
            'entity_id: "https://other" contradicts metadata, which has "https://idp"; remove entity_id'
            " or metadata",
            'single_sign_on_url: "https://other/sso" contradicts metadata, which has "https://idp/sso";'
            " remove single_sign_on_url or metadata",
        ),
    ),
    Wrong(
        "SCIM",
        {},
        warnings=(
            "SCIM configuration: SCIM is already enabled in organization $organization; "
            f'{IF_OWN} look it up with SCIM.get("scim", "$scim"), import it with `pulumi-scw-iam adopt --program`, or disable it first{IN_THE_WAY}',
        ),
        setup="federated",
    ),
    Wrong(
        "SCIM",
        {"enabled": True},
        ("enabled: is not an input of SCIM; the inputs are organization_id",),
    ),
    Wrong("SCIMToken", {"scim_id": None}, ("scim_id: is required; pass it",)),
    Wrong(
        "SCIMToken",
        {"scim_id": "mine"},
        ('scim_id: "mine" is not a UUID; pass the SCIM configuration\'s id, not the name',),
    ),
)

SIGNING = {"saml_id": "$saml", "type": "signing"}
CERTIFICATES = (
    Wrong(
        "SAMLCertificate",
        {"saml_id": None, "type": None, "content": None},
        (
            "saml_id: is required; pass it",
            "type: is required; pass it",
            "content: is required; pass it",
        ),
    ),
    Wrong(
        "SAMLCertificate",
        {**SIGNING, "saml_id": "idp", "content": CERTIFICATE},
        ('saml_id: "idp" is not a UUID; pass the SAML configuration\'s id, not the name',),
        setup="federated",
    ),
    Wrong(
        "SAMLCertificate",
        {**SIGNING, "type": "sign", "content": CERTIFICATE},
        ('type: "sign" is not one of "signing", "encryption"',),
        setup="federated",
    ),
    Wrong(
        "SAMLCertificate",
        {**SIGNING, "content": ""},
        (
            "content is not a certificate in PEM form; pass the whole text, from -----BEGIN "
            "CERTIFICATE----- to -----END CERTIFICATE-----",
        ),
        setup="federated",
    ),
    Wrong(
        "SAMLCertificate",
        {**SIGNING, "content": "/etc/idp.pem"},
        (
            "content is not a certificate in PEM form; pass the whole text, from -----BEGIN "
            "CERTIFICATE----- to -----END CERTIFICATE-----",
        ),
        setup="federated",
    ),
    Wrong(
        "SAMLCertificate",
        {**SIGNING, "content": CERTIFICATE[:200]},
        (
            "content is not a certificate in PEM form; pass the whole text, from -----BEGIN "
            "CERTIFICATE----- to -----END CERTIFICATE-----",
        ),
        setup="federated",
    ),
    Wrong(
        "SAMLCertificate",
        {**SIGNING, "content": CERTIFICATE * 2},
        ("content contains 2 certificates; declare one resource per certificate",),
        setup="federated",
    ),
    Wrong(
        "SAMLCertificate",
        {**SIGNING, "content": CERTIFICATE.replace("CERTIFICATE", "PRIVATE KEY")},
        ("content contains a private key; keep the key secret and pass only the certificate",),
        setup="federated",
    ),
    Wrong(
        "SAMLCertificate",
        {**SIGNING, "content": CERTIFICATE, "pem": CERTIFICATE},
        ("pem is not an input of SAMLCertificate; the inputs are saml_id, type, content",),
        setup="federated",
    ),
)

ADMIN = {"application_id": "$robot", "rules": [MANAGER]}
LOCKOUTS = (
    Wrong(
        "Policy",
        {**ADMIN, "rules": [READER]},
        (
            "rules: this takes the right to manage applications, groups, policies and users away "
            "from the API key that runs the program; give the key this right by another policy in "
            "an earlier update, use another API key, or set scw-iam:allowSelfLockout to true if this is intended"
            "",
        ),
        before=ADMIN,
        caller={"application_id": "$robot"},
    ),
    Wrong(
        "Policy",
        {**ADMIN, "rules": []},
        (
            "rules: this takes the right to manage applications, groups, policies and users away "
            "from the API key that runs the program; give the key this right by another policy in "
            "an earlier update, use another API key, or set scw-iam:allowSelfLockout to true if this is intended"
            "",
        ),
        before=ADMIN,
        caller={"application_id": "$robot"},
    ),
    Wrong(
        "Policy",
        {"no_principal": True, "rules": [MANAGER]},
        (
            "no_principal: this takes the right to manage applications, groups, policies and users "
            "away from the API key that runs the program; give the key this right by another "
            "policy in an earlier update, use another API key, or set "
            "scw-iam:allowSelfLockout to true if this is intended",
        ),
        before=ADMIN,
        caller={"application_id": "$robot"},
    ),
    Wrong(
        "Policy",
        {"group_id": "$devs", "rules": [MANAGER]},
        (
            "group_id: this takes the right to manage applications, groups, policies and users "
            "away from the API key that runs the program; give the key this right by another "
            "policy in an earlier update, use another API key, or set "
            "scw-iam:allowSelfLockout to true if this is intended",
        ),
        before=ADMIN,
        caller={"application_id": "$robot"},
    ),
    Wrong(
        "Policy",
        {"user_id": "$alice", "rules": [READER]},
        (
            "rules: this takes the right to manage applications, groups, policies and users away "
            "from the API key that runs the program; give the key this right by another policy in "
            "an earlier update, use another API key, or set scw-iam:allowSelfLockout to true if this is intended"
            "",
        ),
        before={"user_id": "$alice", "rules": [MANAGER]},
        caller={"user_id": "$alice"},
    ),
    Wrong(
        "Policy",
        {**ADMIN, "rules": [{**MANAGER, "permission_set_names": ["IAMGroupManager"]}]},
        (
            "rules: this takes the right to manage applications, policies and users away from the "
            "API key that runs the program; give the key this right by another policy in an "
            "earlier update, use another API key, or set scw-iam:allowSelfLockout to true if this is intended"
            "",
        ),
        before=ADMIN,
        caller={"application_id": "$robot"},
    ),
    Wrong(
        "Group",
        {"name": "admins", "application_ids": []},
        (
            "application_ids: this takes the right to manage applications, groups, policies and "
            "users away from the API key that runs the program; give the key this right by another "
            "policy in an earlier update, use another API key, or set "
            "scw-iam:allowSelfLockout to true if this is intended",
        ),
        before={"name": "admins", "application_ids": ["$robot"]},
        beside=Beside(
            "Policy",
            {"name": "admins", "group_id": "$it", "rules": [MANAGER]},
            before={"name": "admins", "group_id": "$it", "rules": [MANAGER]},
        ),
        caller={"application_id": "$robot"},
    ),
    Wrong(
        "Group",
        {"name": "admins", "user_ids": ["$gina"]},
        (
            "user_ids: this takes the right to manage applications, groups, policies and users "
            "away from the API key that runs the program; give the key this right by another "
            "policy in an earlier update, use another API key, or set "
            "scw-iam:allowSelfLockout to true if this is intended",
        ),
        before={"name": "admins", "user_ids": ["$gina", "$alice"]},
        beside=Beside(
            "Policy",
            {"name": "admins", "group_id": "$it", "rules": [MANAGER]},
            before={"name": "admins", "group_id": "$it", "rules": [MANAGER]},
        ),
        caller={"user_id": "$alice"},
    ),
    Wrong(
        "User",
        {**BOB, "locked": True},
        (
            "locked: this locks the user whose API key runs the program; use another API key"
            ", or set scw-iam:allowSelfLockout to true if this is intended",
        ),
        before=BOB,
        caller={"user_id": "$it"},
    ),
)

OUTPUTS = (
    Wrong("Group", {"created_at": LATER}, ("created_at: is an output of Group; leave it out",)),
    Wrong(
        "Policy",
        {"no_principal": True, "created_at": LATER},
        ("created_at: is an output of Policy; leave it out",),
    ),
    Wrong(
        "Policy",
        rule(permission_set_names=["IAMReadOnly"], all_projects=True),
        (
            "rules[0].all_projects: IAMReadOnly is for the organization and cannot be limited to"
            " projects; set organization_id instead",
        ),
    ),
    Wrong(
        "Policy",
        condition('request.ip <> "203.0.113.7"'),
        (
            'rules[0].condition: is not a CEL expression: unexpected "<>" at line 1, column 12; '
            "write != to compare [condition-syntax]",
        ),
    ),
    Wrong(
        "APIKey",
        {"application_id": "$robot", "access_key": "SCWXXXXXXXXXXXXXXXXX"},
        ("access_key is an output of APIKey; leave it out",),
    ),
    Wrong(
        "APIKey",
        {"application_id": "$robot", "secret_key": "$stranger"},
        ("secret_key is an output of APIKey; leave it out",),
    ),
    Wrong(
        "User",
        {**BOB, "account_root_user_id": "$stranger"},
        ("account_root_user_id is an output of User; leave it out",),
    ),
    Wrong(
        "SAML",
        {"service_provider": {"entity_id": "x"}},
        ("service_provider is an output of SAML; leave it out",),
    ),
    Wrong("SCIM", {"created_at": LATER}, ("created_at: is an output of SCIM; leave it out",)),
    Wrong(
        "SCIMToken",
        {"scim_id": "$scim", "bearer_token": "t"},
        ("bearer_token is an output of SCIMToken; leave it out",),
        setup="federated",
    ),
    Wrong(
        "SAMLCertificate",
        {**SIGNING, "content": CERTIFICATE, "expires_at": LATER},
        ("expires_at is an output of SAMLCertificate; leave it out",),
        setup="federated",
    ),
    Wrong(
        "SAMLCertificate",
        {**SIGNING, "saml_id": "$stranger", "content": CERTIFICATE},
        (
            "saml_id: SAML configuration $stranger does not exist in organization $organization; "
            "pass the id of an existing SAML configuration",
        ),
    ),
    Wrong(
        "SCIMToken",
        {"scim_id": "$stranger"},
        (
            "scim_id: SCIM configuration $stranger does not exist in organization $organization; "
            "pass the id of an existing SCIM configuration",
        ),
    ),
    Wrong(
        "User",
        {"type": "guest", "email": "gina@example.com"},
        warnings=(
            'user "gina@example.com": the email "gina@example.com" is already in use in organization $organization; '
            f'{IF_OWN} look it up with User.get("gina@example.com", "$gina"), import it with `pulumi-scw-iam adopt --program`, or choose another email{IN_THE_WAY}',
        ),
    ),
)

WRONG = (
    *GROUPS,
    *APPLICATIONS,
    *PRINCIPALS,
    *RULES,
    *CONDITIONS,
    *API_KEYS,
    *SSH_KEYS,
    *USERS,
    *MEMBERSHIPS,
    *ORGANIZATION,
    *CERTIFICATES,
    *LOCKOUTS,
    *OUTPUTS,
)
