"""Every `invalid_arguments` error of the local IAM API is a check failure, or has a reason not to be.

The possible errors are collected from the declarations of the operations. A new limit therefore
fails here until it has a row.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from google.protobuf import struct_pb2

import pulumi_scw_iam.emulator
from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.common.errors import InvalidArguments
from pulumi_scw_iam.core.declared import Change
from pulumi_scw_iam.core.fields import UNKNOWN, decode, one_ofs
from pulumi_scw_iam.core.provider import ProviderCore
from pulumi_scw_iam.emulator import Emulator, Fault
from pulumi_scw_iam.emulator.http.api import NOT_UUIDS
from pulumi_scw_iam.emulator.operations.base import OPERATIONS
from pulumi_scw_iam.emulator.schema import arguments as declared
from pulumi_scw_iam.kinds import KINDS
from pulumi_scw_iam.kinds import rotating_api_key as rotating
from pulumi_scw_iam.kinds import user as user_module
from pulumi_scw_iam.kinds.shared.policy_rule import PolicyRule
from tests.support.local_api import Clock, certificate
from tests.support.ssh_keys import SSH_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

EMULATOR = Path(pulumi_scw_iam.emulator.__file__).parent
DOCUMENT = Path(__file__).parents[2] / "docs" / "guide" / "preview.md"

# --- what the API declares -------------------------------------------------------------------


class Way(NamedTuple):
    """One refusal: an operation, an argument (`[]` is any list item), and the violated limit."""

    kind: str
    operation: str
    argument: str
    how: str

    def __str__(self) -> str:
        return "-".join(self)


LIMITS = {
    "Body": {"arguments", "one_of", "partial", "incomplete"},
    "Condition": {"min", "max", "pattern", "unit"},
    "Duration": set(),
    "Email": set(),
    "Flag": {"only"},
    "Instant": set(),
    "Many": {"item", "min", "max", "unique"},
    "Number": {"min", "max"},
    "Text": {"min", "max", "pattern", "unit"},
    "Uuid": set(),
    "Word": {"words"},
}
"""The limits of fields that `ways` handles; `optional` and `ground` are no limits."""


def ways(field: declared.Argument, argument: str) -> Iterator[tuple[str, str]]:  # noqa: C901, PLR0912 - one arm per class
    """Yield the path and the limit of each refusal that a field declares."""
    match field:
        case declared.Text():
            # "text" is half a surrogate pair: valid in JSON, but not in UTF-8.
            yield from ((argument, how) for how in ("type", "text"))
            if field.min:
                yield argument, "short"
            if field.max is not None:
                yield argument, "long"
            if field.pattern:
                yield argument, "pattern"
            if isinstance(field, declared.Condition):
                yield argument, "syntax"
        case declared.Flag():
            yield argument, "type"
            if field.only is not None:
                yield argument, "only"
        case declared.Number():
            yield from ((argument, how) for how in ("type", "low", "high"))
        case declared.Many():
            yield argument, "type"
            if field.min:
                yield argument, "few"
            if field.max is not None:
                yield argument, "many"
            if field.unique:
                yield argument, "repeated"
            yield from ways(field.item, f"{argument}[]")
        case declared.Body():
            if argument:
                yield argument, "type"
            prefix = f"{argument}." if argument else ""
            for name, inner in field.arguments.items():
                yield from ways(inner, f"{prefix}{name}")
            for group in field.one_of:
                yield f"{prefix}{group}", "two"
                if not field.partial:
                    yield f"{prefix}{group}", "none"
        case declared.Uuid() | declared.Email() | declared.Word():
            yield argument, type(field).__name__.lower()
        case declared.Instant() | declared.Duration():
            yield argument, type(field).__name__.lower()
        case _:
            raise TypeError(f"add the refusals of {type(field).__name__} to `ways`")


OWN: dict[tuple[str, str, str], tuple[str, str, tuple[str, ...]]] = {
    ("api_keys", "check_expiry", "value must be greater than now"): (
        "expires_at",
        "past",
        ("create_api_key", "update_api_key"),
    ),
    ("api_keys", "check_expiry", "value must be within the organization's maximum"): (
        "expires_at",
        "late",
        ("create_api_key", "update_api_key"),
    ),
    ("api_keys", "check_update", "value cannot be changed once it is set"): (
        "expires_at",
        "moved",
        ("update_api_key",),
    ),
    ("policies", "new_rules", "unknown permission set"): (
        "rules[].permission_set_names",
        "unknown",
        ("create_policy", "set_rules"),
    ),
    ("policies", "new_rules", "permission sets must be of the same scope type"): (
        "rules[].permission_set_names",
        "mixed",
        ("create_policy", "set_rules"),
    ),
    # This call gets its text from a variable.
    ("policies", "new_rules", "text"): (
        "rules[].project_ids",
        "misplaced",
        ("create_policy", "set_rules"),
    ),
    ("saml", "expiry_of", "value must be a valid PEM certificate"): (
        "content",
        "certificate",
        ("add_saml_certificate",),
    ),
    # No kind makes this call: the metadata are parsed at preview.
    ("saml", "parse_saml_metadata", "value must be text in base64"): ("file", "text", ()),
    ("saml", "parse_saml_metadata", "value"): ("file", "metadata", ()),
    ("ssh_keys", "create_ssh_key", "value"): ("public_key", "key", ("create_ssh_key",)),
    # Only a warning: no rule for passwords is documented.
    ("users", "check_password", "value must have"): ("password", "weak", ()),
}
"""Refusals without a declaration, by module, function and first words."""

# Refusals of invalid JSON, of queries, in other parts of the local IAM API, or of declared fields. No
# resource is a project.
OTHER_MODULES = {"audit_trail", "secrets", "api", "control", "arguments", "projects", "sign_in"}


def own_refusals() -> Iterator[tuple[str, str, str]]:
    """Yield the refusals that functions of the local IAM API raise themselves."""
    for path in sorted(EMULATOR.rglob("*.py")):
        if path.stem in OTHER_MODULES:
            continue
        for function in ast.walk(ast.parse(path.read_text())):
            if not isinstance(function, ast.FunctionDef):
                continue
            for call in ast.walk(function):
                if (
                    isinstance(call, ast.Call)
                    and isinstance(call.func, ast.Name)
                    and call.func.id == "InvalidArgument"
                ):
                    yield path.stem, function.name, first_words(call.args[1])


def first_words(node: ast.expr) -> str:
    texts = [child for child in ast.walk(node) if isinstance(child, ast.Constant)]
    if not texts:
        return ast.unparse(node)
    return re.split(r" API|:", str(texts[0].value))[0].strip()


HELPERS: dict[str, tuple[Callable[..., Any], ...]] = {
    "RotatingAPIKey": (rotating._make, rotating.RotatingAPIKeyKind._kept)
}
"""The functions with the calls of the verbs."""


def operations_of(kind: str) -> Iterator[str]:
    """Yield the writing operations in the create and the update of a kind."""
    verbs = KINDS[kind]
    source = inspect.getsource(type(verbs).create) + inspect.getsource(type(verbs).update)
    source += "".join(inspect.getsource(helper) for helper in HELPERS.get(kind, ()))
    for name in sorted(set(re.findall(r"client\.(\w+)", source))):
        operation = OPERATIONS.get(name)
        # Removed members come from the API, or were accepted when they were added.
        is_removal = operation is not None and operation.name == "remove_group_member"
        if operation is not None and operation.method not in {"GET", "DELETE"} and not is_removal:
            yield name


def all_ways() -> set[Way]:
    found = set()
    for kind in KINDS:
        for name in operations_of(kind):
            operation = OPERATIONS[name]
            in_path = set(re.findall(r"<(\w+)>", operation.path)) - NOT_UUIDS
            found |= {Way(kind, name, argument, "uuid") for argument in in_path}
            body = ways(operation.body, "") if operation.body else ()
            found |= {Way(kind, name, argument, how) for argument, how in body}
            for argument, how, operations in OWN.values():
                if name in operations:
                    found.add(Way(kind, name, argument, how))
    return found


# --- inputs for each refusal -----------------------------------------------------------------

Wrong = dict[str, dict[str, Any]]
"""Invalid values by argument and way. For a one-of, the value replaces fields of the object."""

CERTIFICATE = certificate()
PAST = "2020-01-01T00:00:00Z"
UUID = {"uuid": "devs"}
FLAG = {"type": "yes"}
NAME = {"type": 5, "short": "", "long": "x" * 65, "pattern": "café"}
PERSON = {"type": 5, "long": "x" * 65}
MEMBER_IDS: Wrong = {
    f"{name}{at}": {"uuid": "alice"} if at else {"type": "alice"}
    for name in ("user_ids", "application_ids")
    for at in ("", "[]")
}
LABELLED: Wrong = {
    "name": NAME,
    "description": {"type": 5, "long": "x" * 201},
    "tags": {"type": "a", "many": [f"t{n}" for n in range(11)], "repeated": ["a", "a"]},
    "tags[]": {"type": 5, "short": "", "long": "x" * 71, "pattern": "team:web"},
}
TAGS = {name: hows for name, hows in LABELLED.items() if name.startswith("tags")}
OWNED: Wrong = {"organization_id": UUID}
RULES: Wrong = {
    "rules": {"type": "a"},
    "rules[]": {"type": "a"},
    "rules[].permission_set_names": {
        "type": "IAMReadOnly",
        "few": [],
        "unknown": ["IAMReadOnli"],
        "mixed": ["IAMReadOnly", "ObjectStorageReadOnly"],
    },
    "rules[].permission_set_names[]": {"type": 5, "short": ""},
    "rules[].condition": {
        "type": 5,
        "long": f'"{"x" * 2047}" == ""',
        "syntax": 'request.ip = "203.0.113.7"',
    },
    "rules[].project_ids": {"type": "web", "few": [], "misplaced": ["$project"]},
    "rules[].project_ids[]": UUID,
    "rules[].organization_id": UUID,
    "rules[].scope": {
        "none": {"organization_id": None},
        "two": {"project_ids": ["$project"]},
    },
}
TWO_PRINCIPALS = {"user_id": "$user", "group_id": "$group"}
PRINCIPALS: Wrong = {
    **dict.fromkeys(("user_id", "group_id", "application_id"), UUID),
    "no_principal": {"type": "yes", "only": False},
}
PEOPLE: Wrong = {
    "email": {"email": "alice"},
    "first_name": PERSON,
    "last_name": PERSON,
    "phone_number": PERSON,
    "locale": PERSON,
}
USERNAME = {"type": 5, "short": "a", "long": "a" * 65, "pattern": "al ice"}
API_KEY: Wrong = {
    "description": LABELLED["description"],
    "default_project_id": UUID,
    "expires_at": {"instant": "tomorrow", "past": PAST, "late": "2999-01-01T00:00:00Z"},
}

ROTATING_API_KEY = {name: API_KEY[name] for name in ("description", "default_project_id")}

ROWS: dict[tuple[str, str], Wrong] = {
    ("Group", "create_group"): {**LABELLED, **OWNED},
    ("Group", "update_group"): LABELLED,
    ("Group", "set_group_members"): MEMBER_IDS,
    ("Group", "add_group_members"): MEMBER_IDS,
    ("Application", "create_application"): {**LABELLED, **OWNED},
    ("Application", "update_application"): LABELLED,
    ("Policy", "create_policy"): {
        **LABELLED,
        **OWNED,
        **RULES,
        **PRINCIPALS,
        "principal": {"none": {"no_principal": None}, "two": TWO_PRINCIPALS},
    },
    ("Policy", "update_policy"): {
        **LABELLED,
        **PRINCIPALS,
        "principal": {"two": TWO_PRINCIPALS},
    },
    ("Policy", "set_rules"): RULES,
    ("APIKey", "create_api_key"): {
        **API_KEY,
        "application_id": UUID,
        "user_id": UUID,
        "bearer": {"none": {"application_id": None}, "two": {"user_id": "$user"}},
    },
    ("APIKey", "update_api_key"): API_KEY,
    ("RotatingAPIKey", "create_api_key"): {
        **ROTATING_API_KEY,
        "application_id": UUID,
        "user_id": UUID,
        "bearer": {"none": {"application_id": None}, "two": {"user_id": "$user"}},
    },
    ("RotatingAPIKey", "update_api_key"): ROTATING_API_KEY,
    ("SSHKey", "create_ssh_key"): {
        "name": {"type": 5, "long": "x" * 1001},
        "public_key": {
            "type": 5,
            "short": "",
            "long": f"{SSH_KEY} {'x' * 65000}",
            "key": "ssh-ed25519 AAAA",
        },
        "project_id": UUID,
    },
    ("SSHKey", "update_ssh_key"): {"name": {"type": 5, "long": "x" * 1001}, "disabled": FLAG},
    ("User", "create_user"): {
        **TAGS,
        **OWNED,
        "email": PEOPLE["email"],
        **{f"member.{name}": hows for name, hows in PEOPLE.items()},
        "member.username": USERNAME,
        "member.password": {"type": 5, "long": "x" * 73},
        "member.send_password_email": FLAG,
        "member.send_welcome_email": FLAG,
    },
    ("User", "update_user"): {**TAGS, **PEOPLE},
    ("User", "update_user_username"): {"username": USERNAME},
    ("User", "update_user_password"): {"password": {"type": 5, "short": "", "long": "é" * 37}},
    ("GroupMembership", "add_group_member"): {
        "group_id": UUID,
        "user_id": UUID,
        "application_id": UUID,
        "member": {"none": {"user_id": None}, "two": {"application_id": "$application"}},
    },
    ("OrganizationSecuritySettings", "update_organization_security_settings"): {
        **OWNED,
        "enforce_password_renewal": FLAG,
        "login_attempts_before_locked": {"type": "5", "low": 0, "high": 51},
        **{
            f"{name}_duration": {"duration": "3 days"}
            for name in ("grace_period", "max_login_session", "max_api_key_expiration")
        },
    },
    ("SAML", "enable_organization_saml"): OWNED,
    ("SAML", "update_saml"): {"entity_id": {"type": 5}, "single_sign_on_url": {"type": 5}},
    ("SAMLCertificate", "add_saml_certificate"): {
        "saml_id": UUID,
        "type": {"word": "sign"},
        "content": {"type": 5, "short": "", "certificate": "MIIB"},
    },
    ("SCIM", "enable_organization_scim"): OWNED,
    ("SCIMToken", "create_scim_token"): {"scim_id": UUID},
}

ALL = {
    Way(kind, operation, argument, how): value
    for (kind, operation), wrong in ROWS.items()
    for argument, hows in wrong.items()
    for how, value in hows.items()
}

NEVER: list[tuple[str, str, str, str]] = [
    ("*", "*", "text", "Pulumi cannot transport half a surrogate pair"),
    *(
        (operation, argument, "uuid", "the value is the id of the resource in the state")
        for operation, argument in (
            ("update_group", "group_id"),
            ("set_group_members", "group_id"),
            ("add_group_members", "group_id"),
            ("update_application", "application_id"),
            ("set_rules", "policy_id"),
            ("update_ssh_key", "ssh_key_id"),
            ("update_user", "user_id"),
            ("update_user_username", "user_id"),
            ("update_user_password", "user_id"),
            ("lock_user", "user_id"),
            ("unlock_user", "user_id"),
            ("update_saml", "saml_id"),
        )
    ),
    ("update_policy", "policy_id", "uuid", "the value is the id of the resource in the state"),
    ("create_user", "member", "type", "the kind creates the object"),
    ("create_user", "type", "none", "the kind always sends one of the two"),
    ("create_user", "type", "two", "the kind always sends one of the two"),
    ("update_api_key", "expires_at", "moved", "another date replaces the key"),
]
"""Refusals out of reach of programs: operation, argument, way (`*` for all), and the reason."""

CURED = {"repeated": "duplicates count once"}
"""The ways that a check corrects instead of failing."""


DERIVED = {("RotatingAPIKey", "expires_at")}
"""The arguments that a kind derives from its inputs."""


def is_never(way: Way) -> bool:
    return (way.kind, way.argument) in DERIVED or any(
        all(known in ("*", part) for known, part in zip(entry[:3], way[1:], strict=True))
        for entry in NEVER
    )


def test_every_way_to_refuse_an_argument_has_a_row() -> None:
    found = all_ways()
    never = {way for way in found if is_never(way)}
    assert {str(way) for way in found - never - set(ALL)} == set()
    assert {str(way) for way in set(ALL) - (found - never)} == set()


def test_everything_that_is_said_to_be_out_of_reach_is_declared() -> None:
    for entry in NEVER:
        alone = [
            way
            for way in all_ways()
            if all(known in ("*", part) for known, part in zip(entry[:3], way[1:], strict=True))
        ]
        assert alone, entry


def test_the_fields_have_no_other_limits_than_are_looked_at() -> None:
    limits = {
        name: {limit.name for limit in dataclasses.fields(cls)} - {"optional", "ground"}
        for name, cls in vars(declared).items()
        if dataclasses.is_dataclass(cls) and cls.__module__ == declared.__name__
    }
    assert limits == LIMITS


def test_every_refusal_that_no_field_declares_has_a_row() -> None:
    assert sorted(own_refusals()) == sorted(OWN)


def test_the_calls_of_a_kind_are_all_in_its_verbs() -> None:
    """A call in a helper of a verb would be overlooked."""
    for kind, verbs in KINDS.items():
        source = inspect.getsource(type(verbs))
        source += "".join(inspect.getsource(helper) for helper in HELPERS.get(kind, ()))
        called = {
            name
            for name in re.findall(r"client\.(\w+)", source)
            if name in OPERATIONS and OPERATIONS[name].method not in {"GET", "DELETE"}
        }
        assert called - {"remove_group_member"} == set(operations_of(kind))
    assert "client." not in inspect.getsource(user_module._member)


# --- the refusals ----------------------------------------------------------------------------

RULE = {"permission_set_names": ["IAMReadOnly"], "organization_id": "$organization"}
MEMBER = {"email": "bob@example.com", "username": "bob"}
INPUTS: dict[str, dict[str, Any]] = {
    "Group": {"name": "x"},
    "Application": {"name": "x"},
    "Policy": {"name": "x", "no_principal": True, "rules": [RULE]},
    "APIKey": {"application_id": "$application"},
    "RotatingAPIKey": {"application_id": "$application"},
    "SSHKey": {"name": "x", "public_key": SSH_KEY},
    "User": MEMBER,
    "GroupMembership": {"group_id": "$group", "user_id": "$user"},
    "OrganizationSecuritySettings": {},
    "SAML": {},
    "SAMLCertificate": {"saml_id": "$saml", "type": "signing", "content": CERTIFICATE},
    "SCIM": {},
    "SCIMToken": {"scim_id": "$scim"},
}
"""Valid inputs of each kind; each case replaces one argument by an invalid value."""

CALLS: dict[str, dict[str, Any]] = {
    "create_user": {"member": MEMBER},
    "update_group": {"group_id": "$group"},
    "set_group_members": {"group_id": "$group", "user_ids": [], "application_ids": []},
    "add_group_members": {"group_id": "$group"},
    "update_application": {"application_id": "$application"},
    "update_policy": {"policy_id": "$policy"},
    "set_rules": {"policy_id": "$policy", "rules": [RULE]},
    "update_api_key": {"access_key": "$key"},
    "create_ssh_key": {**INPUTS["SSHKey"], "project_id": "$project"},
    "update_ssh_key": {"ssh_key_id": "$ssh_key"},
    "update_user": {"user_id": "$user"},
    "update_user_username": {"user_id": "$user"},
    "update_user_password": {"user_id": "$user"},
    "update_saml": {"saml_id": "$saml"},
}
"""The valid arguments of operations with other arguments than the inputs."""


class World:
    """One organization for all cases, and the ids of its objects."""

    def __init__(self, **options: Any) -> None:
        self.emulator = Emulator(**options)
        self.settings = Settings.resolve(environ=self.emulator.environment)
        self.iam = IamClient(self.settings)
        made = self.emulator.seed({"users": 1, "applications": 1, "groups": 1, "policies": 1})
        self.ids = {
            "$organization": self.emulator.organization_id,
            "$project": self.emulator.project_id,
            "$user": made["users"][0]["id"],
            "$application": made["applications"][0]["id"],
            "$group": made["groups"][0]["id"],
            "$policy": made["policies"][0]["id"],
            "$saml": self.iam.enable_organization_saml()["id"],
            "$scim": self.iam.enable_organization_scim()["id"],
        }
        self.ids["$key"] = self.iam.create_api_key(application_id=self.ids["$application"])[
            "access_key"
        ]
        self.ids["$ssh_key"] = self.iam.create_ssh_key(
            name="x", public_key=SSH_KEY, project_id=self.ids["$project"]
        )["id"]

    def fill(self, value: Any) -> Any:
        match value:
            case str():
                return self.ids.get(value, value)
            case dict():
                return {name: self.fill(item) for name, item in value.items()}
            case list():
                return [self.fill(item) for item in value]
        return value

    def failures(self, kind: str, olds: dict[str, Any], news: dict[str, Any]) -> dict[str, str]:
        """Return the failures of a check in a new run, by property."""
        _, failures = ProviderCore(lambda: self.settings).check(KINDS[kind], olds, news)
        return {re.split(r"\W", failure.path)[0]: failure.reason for failure in failures}


@contextmanager
def organization(**options: Any) -> Iterator[World]:
    world = World(**options)
    try:
        yield world
    finally:
        world.emulator.close()


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with organization() as world:
        yield world


def placed(kind: str, base: Mapping[str, Any], argument: str, how: str, value: Any) -> Any:
    """Return the object with an invalid argument; other members of its one-of group are removed."""
    head, _, rest = argument.partition(".")
    name, is_item = head.removesuffix("[]"), head.endswith("[]")
    if rest:
        inner = base[name][0] if is_item else base[name]
        inner_kind = "PolicyRule" if name == "rules" else kind
        value = placed(inner_kind, inner, rest, how, value)
    elif how in {"none", "two"}:
        return {n: v for n, v in {**base, **value}.items() if v is not None}
    groups = one_ofs(PolicyRule if kind == "PolicyRule" else KINDS[kind].inputs)
    others = {n for group in groups if name in group.names for n in group.names} - {name}
    # The e-mail address of a member is inside `member`; a guest has no `member`.
    others |= {"member"} if argument == "email" else set()
    kept = {n: v for n, v in base.items() if n not in others}
    return {**kept, name: [value] if is_item else value}


def inputs_for(way: Way, value: Any) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Return the old inputs, the new inputs, and the invalid property."""
    argument = way.argument.removeprefix("member.")
    base = dict(INPUTS[way.kind])
    if way[1:3] == ("create_user", "email"):
        base = {"email": "gina@example.com", "type": "guest"}
    if way.how == "misplaced":
        argument, base = "rules[].project_ids", {**base, "rules": [{**RULE}]}
    olds = {} if way.operation.startswith(("create", "add", "enable")) else base
    if way.operation in {"set_group_members", "add_group_members"}:
        olds = {}
    news = placed(way.kind, base, argument, way.how, value)
    root = re.split(r"\W", argument)[0]
    return olds, news, root


def marked() -> Iterator[Any]:
    for way, value in ALL.items():
        yield pytest.param(way, value, id=str(way))


def limited(world: World, way: Way) -> None:
    if way.how == "late":
        world.iam.update_organization_security_settings(max_api_key_expiration_duration="86400s")


@pytest.mark.parametrize(
    ("way", "value"), [pytest.param(*item, id=str(item[0])) for item in ALL.items()]
)
def test_past_the_check_it_is_refused_as_an_invalid_argument(
    world: World, way: Way, value: Any
) -> None:
    base = CALLS.get(way.operation, INPUTS[way.kind])
    arguments = world.fill(placed(way.kind, base, way.argument, way.how, value))
    snapshot = world.emulator.snapshot()
    limited(world, way)
    try:
        with pytest.raises(InvalidArguments) as refused:
            getattr(world.iam, way.operation)(**arguments)
    finally:
        world.emulator.restore(snapshot)
    named = way.argument.replace("[]", "[0]").removesuffix(".scope")
    assert refused.value.type == "invalid_arguments"
    assert re.findall(r"(?:^|; )([\w.\[\]]+): ", refused.value.words) == [named]


@pytest.mark.parametrize(("way", "value"), list(marked()))
def test_the_check_tells_it_before(world: World, way: Way, value: Any) -> None:
    olds, news, root = inputs_for(way, value)
    olds, news = world.fill(olds), world.fill(news)
    snapshot = world.emulator.snapshot()
    # A second SAML configuration always fails, with any inputs.
    before = set() if way.kind not in {"SAML", "SCIM"} else {""}
    if olds:
        assert set(world.failures(way.kind, {}, olds)) == before
    limited(world, way)
    try:
        after = world.failures(way.kind, olds, news)
    finally:
        world.emulator.restore(snapshot)
    if way.how in CURED:
        kind = KINDS[way.kind]
        checked, _ = ProviderCore(lambda: world.settings).check(kind, olds, news)
        assert (after, checked[root]) == ({}, news[root])
        assert len(getattr(decode(kind.inputs, checked), root)) == 1
    elif way.how in {"none", "two", "only"}:
        # The failure of a one-of group names one of its fields.
        groups = one_ofs(PolicyRule if "rules" in way.argument else KINDS[way.kind].inputs)
        names = {name for group in groups for name in group.names} | {"rules"}
        assert len(after) == 1
        assert names >= set(after)
    else:
        assert set(after) - before == {root}


MORE: list[tuple[Way, Any, str]] = [
    (Way("User", "create_user", "member.email", "email"), "alice@localhost", "has no dot"),
    (Way("User", "update_user", "email", "email"), "alice@example.", "ends with a dot"),
    (Way("User", "update_user", "email", "email"), "a@b@example.com", "has two @"),
]


@pytest.mark.parametrize(
    ("way", "value"),
    [pytest.param(way, value, id=why) for way, value, why in MORE],
)
def test_addresses_that_the_api_refuses_are_told(world: World, way: Way, value: Any) -> None:
    test_past_the_check_it_is_refused_as_an_invalid_argument(world, way, value)
    test_the_check_tells_it_before(world, way, value)


BREAKS: list[tuple[str, dict[str, Any], list[str], str]] = [
    (
        "0s",
        {"expires_at": "0999-01-01T00:00:00Z"},
        ["expires_at"],
        "a year before 1000 is formatted with three digits, an invalid date",
    ),
    (
        "315576000000s",
        {},
        ["expires_at"],
        "the latest allowed date is after the year 9999",
    ),
]


@pytest.mark.parametrize(
    ("longest", "given", "expected"),
    [pytest.param(*case, id=why) for *case, why in BREAKS],
)
def test_a_check_of_an_expiry_never_breaks(
    world: World, longest: str, given: dict[str, Any], expected: list[str]
) -> None:
    snapshot = world.emulator.snapshot()
    world.iam.update_organization_security_settings(max_api_key_expiration_duration=longest)
    bearer = {"application_id": world.ids["$application"]}
    try:
        assert list(world.failures("APIKey", {}, {**bearer, **given})) == expected
    finally:
        world.emulator.restore(snapshot)


# --- refusals out of reach, and refusals after the check -------------------------------------


def test_pulumi_cannot_carry_half_a_surrogate_pair() -> None:
    with pytest.raises((UnicodeEncodeError, ValueError)):
        struct_pb2.Value(string_value="\ud800").SerializeToString()


def test_another_expiry_replaces_the_key(world: World) -> None:
    bearer = {"application_id": world.ids["$application"]}
    olds = {**bearer, "expires_at": "2035-01-01T00:00:00Z"}
    for news in ({**bearer, "expires_at": "2036-01-01T00:00:00Z"}, bearer):
        assert KINDS["APIKey"].diff(olds, news) == {"expires_at": Change.REPLACE}


def key_of(world: World, expires_at: str) -> dict[str, Any]:
    """Return checked inputs of an API key."""
    given = {"application_id": world.ids["$application"], "expires_at": expires_at}
    checked, failures = ProviderCore(lambda: world.settings).check(KINDS["APIKey"], {}, given)
    assert failures == []
    return checked


def an_output() -> None:
    """An unknown name passes the check, and then turns out to be invalid."""
    with organization() as world:
        core = ProviderCore(lambda: world.settings)
        checked, failures = core.check(KINDS["Application"], {}, {"name": UNKNOWN})
        assert failures == []
        core.create(KINDS["Application"], {**checked, "name": "café"})


def an_expiry() -> None:
    clock = Clock()
    clock.time = datetime.now(timezone.utc)
    with organization(clock=clock) as world:
        soon = clock.time + timedelta(minutes=10)
        checked = key_of(world, f"{soon:%Y-%m-%dT%H:%M:%SZ}")
        clock.advance(minutes=11)
        ProviderCore(lambda: world.settings).create(KINDS["APIKey"], checked)


def a_setting() -> None:
    with organization() as world:
        checked = key_of(world, "2099-01-01T00:00:00Z")
        world.iam.update_organization_security_settings(max_api_key_expiration_duration="86400s")
        ProviderCore(lambda: world.settings).create(KINDS["APIKey"], checked)


def a_look() -> None:
    """A name missing in the bundled catalogue is only a warning."""
    with organization(faults=[Fault(operation="list_permission_sets", status=403)]) as world:
        rule = {"permission_set_names": ["BrandNewReadOnly"], "all_projects": True}
        given = {"name": "x", "no_principal": True, "rules": [rule]}
        core = ProviderCore(lambda: world.settings)
        checked, failures = core.check(KINDS["Policy"], {}, given)
        assert failures == []
        core.create(KINDS["Policy"], checked)


def a_password() -> None:
    """A short or simple password is only a warning."""
    with organization() as world:
        core = ProviderCore(lambda: world.settings)
        checked, failures = core.check(KINDS["User"], {}, {**MEMBER, "password": "correct horse"})
        assert failures == []
        core.create(KINDS["User"], checked)


UNCATCHABLE: dict[str, tuple[str, Callable[[], None], str]] = {
    "an output of a resource that does not exist yet": (
        "the value is unknown in the preview; the update checks it before the call",
        an_output,
        "name: ",
    ),
    "an expiry between preview and update": (
        "the date was in the future",
        an_expiry,
        "expires_at: value must be greater than now",
    ),
    "a setting of the organization changed in between": (
        "the lifetime of the API key was allowed",
        a_setting,
        "expires_at: value must be within the organization's maximum",
    ),
    "a permission set, if the live list cannot be read": (
        "it may be newer than the catalogue of the package; a warning says so",
        a_look,
        "rules[0].permission_set_names: unknown permission set: BrandNewReadOnly",
    ),
    "a short or simple password": (
        "Scaleway documents no rule for passwords, so the API may accept it; a warning says so",
        a_password,
        "member.password: value must have at least 12 characters",
    ),
}
"""Refusals after a check without failures: the reason, the proof, and the API's message."""


@pytest.mark.parametrize(("prove", "message"), [row[1:] for row in UNCATCHABLE.values()])
def test_what_cannot_be_told_before_is_refused_by_the_api(
    prove: Callable[[], None], message: str
) -> None:
    with pytest.raises(InvalidArguments) as refused:
        prove()
    assert message in str(refused.value)


def test_the_document_lists_what_cannot_be_told_before() -> None:
    _, _, section = DOCUMENT.read_text().partition("## What a preview cannot know\n")
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", section.partition("\n## ")[0], re.MULTILINE)
    assert rows[0] == ("refused by the update", "reason")
    assert rows[2:] == [(what, why) for what, (why, _, _) in UNCATCHABLE.items()]
