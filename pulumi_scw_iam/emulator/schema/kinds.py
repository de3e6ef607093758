"""The kinds of objects that the API has, declared as data.

Shapes, orders, filters and limits stand here and nowhere else; `operations` derives the operations that
are alike for all kinds from them, and the modules of the resources add what is special.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Protocol, TypeAlias

from pulumi_scw_iam.emulator.schema.fields import (
    Bad,
    Body,
    Email,
    Field,
    Flag,
    Instant,
    Many,
    Text,
    Uuid,
    Word,
)
from pulumi_scw_iam.emulator.schema.grounds import ASSUMED, DOCUMENTED, RECORDED, Ground, behaviour
from pulumi_scw_iam.emulator.schema.times import parse_instant


class Touch(Enum):
    """What an update does to `updated_at`."""

    SHOWN = "the answer has the new time"
    BEHIND = "the answer has the old time, the next read the new one"
    NEVER = "the time stays"


@dataclass(frozen=True)
class Filter:
    """A query key of a list: how it is read, and which objects it keeps."""

    field: Field
    keeps: Callable[[Object, Any, datetime], bool]
    says: str
    """The same as `keeps`, for people."""
    ground: Ground
    unless: object = None
    """The value that stands for "no filter"."""


@dataclass(frozen=True)
class Guard:
    """What the bearer of an API key needs where permissions are enforced.

    `word` is what a 403 calls the resource. A bearer with one of the permission sets `readers` may list
    and read it, a bearer with one of the `managers` may do all that can be done. `ground` is about these.
    """

    word: str
    ground: Ground
    readers: tuple[str, ...] = ()
    managers: tuple[str, ...] = ()

    def sets(self, action: str) -> set[str]:
        """Return the permission sets of which one is enough for the action."""
        return {*self.managers, *(self.readers if action in {"list", "read"} else ())}


def iam(word: str, ground: Ground, family: str = "") -> Guard:
    """Declare the guard of a resource of IAM, which may have a family of permission sets of its own."""
    own = (f"{family}ReadOnly", f"{family}Manager") if family else ()
    return Guard(
        word, ground, ("IAMReadOnly", *own[:1]), ("IAMManager", "OrganizationManager", *own[1:])
    )


class Counting(Protocol):
    """What a computed key may ask of all the objects that there are."""

    def count_having(self, kind: ObjectKind, field: str, value: str) -> int:
        """Count the objects of a kind that have a value in an indexed field."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ObjectKind:
    """One kind of objects.

    `resource` is the word that errors use, `items` the key of its list, `shape` the keys of its JSON in
    their order; keys that an object does not have are left out of its JSON. `ground` says how we know both. `fresh` is what every new
    object starts with, `derive` computes what is shown but not kept. `indexed` fields can be looked up.
    A kind with a `quota` is limited by the quotum of that name; `logged` is the word that the logs have
    for it. Its `guard` says what a bearer needs.
    The first of the `orders` is the one that a list has unless it is asked for another.
    """

    resource: str
    items: str
    shape: tuple[str, ...]
    ground: Ground
    guard: Guard
    key: str = "id"
    fresh: Mapping[str, Any] = field(default_factory=dict)
    derive: Callable[[Counting, Object], Mapping[str, Any]] | None = None
    touch: Touch = Touch.SHOWN
    orders: tuple[str, ...] = ("created_at",)
    filters: Mapping[str, Filter] = field(default_factory=dict)
    indexed: tuple[str, ...] = ()
    create: Body = field(default_factory=lambda: Body({}))
    update: Body = field(default_factory=lambda: Body({}, partial=True))
    quota: str = ""
    logged: str = ""


def words(text: str) -> tuple[str, ...]:
    """Split a list of names."""
    return tuple(text.split())


# Filters


def equal(name: str, kind: Field, ground: Ground, unless: object = None) -> Filter:
    """Keep what has the value."""
    says = f"`{name}` is the value"
    return Filter(
        kind, lambda item, wanted, _: bool(item.get(name) == wanted), says, ground, unless
    )


def among(name: str, ground: Ground) -> Filter:
    """Keep what has one of the ids."""
    return Filter(
        Many(Uuid(), optional=True),
        lambda item, wanted, _: not wanted or item.get(name) in wanted,
        f"`{name}` is one of the values",
        ground,
    )


def holds(name: str, ground: Ground) -> Filter:
    """Keep what has one of the ids in its list."""
    return Filter(
        Many(Uuid(), optional=True),
        lambda item, wanted, _: not wanted or not set(item[name]).isdisjoint(wanted),
        f"`{name}` has one of the values",
        ground,
    )


@behaviour(ASSUMED, "What expires has expired at the very instant of `expires_at`.")
def has_expired(item: Object, now: datetime) -> bool:
    """Say whether an object's time is over."""
    return item["expires_at"] is not None and parse_instant(item["expires_at"]) <= now


OPTIONAL_ID = Uuid(optional=True)
OPTIONAL_TEXT = Text(optional=True)
OPTIONAL_FLAG = Flag(optional=True)

BY_ORGANIZATION = equal("organization_id", OPTIONAL_ID, RECORDED)
BY_REQUIRED_ORGANIZATION = equal("organization_id", Uuid(), RECORDED)
BY_TAG = Filter(
    OPTIONAL_TEXT,
    lambda item, text, _: any(text in tag for tag in item["tags"]),
    "one of the tags contains the value",
    DOCUMENTED,
)
BY_EXPIRED = Filter(
    OPTIONAL_FLAG,
    lambda item, wanted, now: has_expired(item, now) == wanted,
    "it has expired, or not",
    RECORDED,
)
BY_EDITABLE = equal("editable", OPTIONAL_FLAG, RECORDED)

# Fields

NAME = Text(1, 64, r"^[a-zA-Z0-9()._\- ]+$", ground=DOCUMENTED)
DESCRIPTION = Text(max=200, ground=DOCUMENTED)
TAG = Text(1, 70, r"^[a-zA-Z0-9\._\-\/=+@ ]+$", ground=DOCUMENTED)
TAGS = Many(TAG, max=10, unique=True, ground=DOCUMENTED)
USERNAME = Text(2, 64, r"^[a-zA-Z0-9@._\-]+$", ground=DOCUMENTED)
PASSWORD = Text(1, 72, unit="bytes", ground=DOCUMENTED)
PERSON = Text(max=64, ground=DOCUMENTED)
Object: TypeAlias = dict[str, Any]
"""One object as it is kept: what the API shows, and a few keys that it does not. It is never changed in
place, but replaced by another through `Store.put`."""

PHONE_OR_LOCALE = Text(max=64, ground=ASSUMED)

# What a Scaleway product made is managed, and can be neither edited nor deleted; here nothing is.
OWN = {"editable": True, "deletable": True, "managed": False}

# What is computed


@behaviour(RECORDED, "`nb_api_keys` of an application follows its keys at once.")
def key_count(store: Counting, application: Object) -> Mapping[str, Any]:
    """Count the API keys of an application."""
    return {"nb_api_keys": store.count_having(API_KEY, "application_id", application["id"])}


@behaviour(
    RECORDED,
    "`nb_rules` counts rules, `nb_scopes` different scopes, `nb_permission_sets` the "
    "permission sets of all rules.",
)
@behaviour(ASSUMED, "A permission set that two rules name counts twice.")
def rule_counts(_store: Counting, policy: Object) -> Mapping[str, Any]:
    """Count what a policy's rules hold: rules, different scopes, permission sets."""
    rules = policy["rules"]
    # The default project has the organization's id, and is another scope all the same.
    scopes = {
        (project_id, rule.get("organization_id"))
        for rule in rules
        for project_id in rule.get("project_ids", [None])
    }
    return {
        "nb_rules": len(rules),
        "nb_scopes": len(scopes),
        "nb_permission_sets": sum(len(rule["permission_set_names"]) for rule in rules),
    }


@behaviour(RECORDED, "SAML lacks first a certificate, then `entity_id`; the status says so.")
@behaviour(ASSUMED, "After these SAML lacks `single_sign_on_url`, and then it is `valid`.")
def saml_status(store: Counting, saml: Object) -> Mapping[str, Any]:
    """Say what a SAML configuration still needs, in the order in which the API asks for it."""
    if not store.count_having(SAML_CERTIFICATE, "saml_id", saml["id"]):
        return {"status": "missing_certificate"}
    for name in ("entity_id", "single_sign_on_url"):
        if not saml[name]:
            return {"status": f"missing_{name}"}
    return {"status": "valid"}


# The kinds

ORGANIZATION = ObjectKind(
    resource="organization",
    items="organizations",
    shape=words(
        "id name alias login_password_enabled login_magic_code_enabled login_oauth2_enabled"
        " login_saml_enabled"
    ),
    ground=DOCUMENTED,
    guard=Guard(
        "organization",
        ASSUMED,
        words("OrganizationReadOnly IAMReadOnly"),
        words("OrganizationManager IAMManager"),
    ),
    update=Body(
        {
            "login_password_enabled": Flag(),
            "login_oauth2_enabled": Flag(),
            "login_magic_code_enabled": Flag(),
            "login_saml_enabled": Flag(),
        },
        partial=True,
    ),
)

PROJECT_FIELDS: dict[str, Field] = {
    "name": Text(1, 64, ground=ASSUMED),
    "description": Text(max=200, ground=ASSUMED),
}
PROJECT = ObjectKind(
    resource="project",
    items="projects",
    shape=words("id name organization_id created_at updated_at description qualification"),
    ground=RECORDED,
    guard=Guard(
        "project",
        DOCUMENTED,
        words("ProjectReadOnly"),
        words("ProjectManager IAMManager OrganizationManager"),
    ),
    fresh={"qualification": None},
    orders=("created_at", "name"),
    filters={
        "organization_id": BY_ORGANIZATION,
        "name": equal("name", OPTIONAL_TEXT, ASSUMED),
        "project_ids": among("id", DOCUMENTED),
    },
    create=Body({**PROJECT_FIELDS, "organization_id": Uuid()}),
    update=Body(PROJECT_FIELDS, partial=True),
    quota="projects",
)

MEMBER_FIELDS: dict[str, Field] = {
    "email": Email(),
    "first_name": PERSON,
    "last_name": PERSON,
    "phone_number": PHONE_OR_LOCALE,
    "locale": PHONE_OR_LOCALE,
}
USER_TYPES = ("unknown_type", "guest", "owner", "member")
USER = ObjectKind(
    resource="user",
    items="users",
    shape=words(
        "id email username first_name last_name phone_number locale created_at updated_at"
        " organization_id deletable last_login_at type two_factor_enabled status mfa"
        " account_root_user_id tags locked"
    ),
    ground=RECORDED,
    guard=iam("user", DOCUMENTED, "IAMUser"),
    fresh={
        "first_name": "",
        "last_name": "",
        "phone_number": "",
        "locale": "en_US",
        "deletable": True,
        "last_login_at": None,
        "two_factor_enabled": False,
        "status": "activated",
        "mfa": False,
        "account_root_user_id": "",
        "locked": False,
    },
    touch=Touch.BEHIND,
    orders=("created_at", "updated_at", "email", "last_login", "username"),
    filters={
        "organization_id": BY_REQUIRED_ORGANIZATION,
        "user_ids": among("id", RECORDED),
        "mfa": equal("mfa", OPTIONAL_FLAG, RECORDED),
        "tag": BY_TAG,
        "type": equal("type", Word(USER_TYPES, optional=True), RECORDED, unless="unknown_type"),
    },
    indexed=("username",),
    create=Body(
        {
            "organization_id": Uuid(),
            "tags": TAGS,
            "email": Email(),
            "member": Body(
                {
                    **MEMBER_FIELDS,
                    "username": USERNAME,
                    "password": Text(max=72, unit="bytes", ground=ASSUMED),
                    "send_password_email": Flag(),
                    "send_welcome_email": Flag(),
                }
            ),
        },
        one_of={"type": ("email", "member")},
        ground=DOCUMENTED,
    ),
    update=Body({**MEMBER_FIELDS, "tags": TAGS}, partial=True),
    quota="iam_users",
    logged="user",
)

APPLICATION_FIELDS: dict[str, Field] = {"name": NAME, "description": DESCRIPTION, "tags": TAGS}
APPLICATION = ObjectKind(
    resource="application",
    items="applications",
    shape=words(
        "id name description created_at updated_at organization_id editable deletable managed"
        " nb_api_keys tags"
    ),
    ground=RECORDED,
    guard=iam("application", DOCUMENTED, "IAMApplication"),
    fresh=OWN,
    derive=key_count,
    orders=("created_at", "updated_at", "name"),
    filters={
        "organization_id": BY_REQUIRED_ORGANIZATION,
        "name": equal("name", OPTIONAL_TEXT, ASSUMED),
        "editable": BY_EDITABLE,
        "application_ids": among("id", RECORDED),
        "tag": BY_TAG,
    },
    create=Body({**APPLICATION_FIELDS, "organization_id": Uuid()}),
    update=Body(APPLICATION_FIELDS, partial=True),
    quota="iam_applications",
    logged="application",
)

GROUP = ObjectKind(
    resource="group",
    items="groups",
    shape=words(
        "id created_at updated_at organization_id name description user_ids application_ids tags"
        " editable deletable managed"
    ),
    ground=RECORDED,
    guard=iam("group", DOCUMENTED, "IAMGroup"),
    fresh={**OWN, "user_ids": [], "application_ids": []},
    orders=("created_at", "updated_at", "name"),
    filters={
        "organization_id": BY_ORGANIZATION,
        "name": equal("name", OPTIONAL_TEXT, DOCUMENTED),
        "application_ids": holds("application_ids", DOCUMENTED),
        "user_ids": holds("user_ids", DOCUMENTED),
        "group_ids": among("id", DOCUMENTED),
        "tag": BY_TAG,
    },
    indexed=("name",),
    create=Body({**APPLICATION_FIELDS, "organization_id": Uuid()}),
    update=Body(APPLICATION_FIELDS, partial=True),
    quota="iam_groups",
    logged="group",
)

SCOPES = ("project_ids", "organization_id")
RULES = Many(
    Body(
        {
            "permission_set_names": Many(Text(1, ground=ASSUMED), min=1, ground=ASSUMED),
            "condition": Text(max=2048, ground=DOCUMENTED),
            "project_ids": Many(Uuid(), min=1, ground=ASSUMED),
            "organization_id": Uuid(),
        },
        one_of={"scope": SCOPES},
        ground=DOCUMENTED,
        incomplete=Bad("embedded message failed validation", "format"),
    )
)
PRINCIPALS = ("user_id", "group_id", "application_id", "no_principal")
POLICY_FIELDS: dict[str, Field] = {
    "name": NAME,
    "description": DESCRIPTION,
    "tags": TAGS,
    "user_id": Uuid(),
    "group_id": Uuid(),
    "application_id": Uuid(),
    "no_principal": Flag(only=True, ground=ASSUMED),
}
POLICY = ObjectKind(
    resource="policy",
    items="policies",
    shape=words(
        "id name description organization_id created_at updated_at editable deletable managed"
        " nb_rules nb_scopes nb_permission_sets tags user_id group_id application_id no_principal"
    ),
    ground=RECORDED,
    guard=iam("policy", DOCUMENTED, "IAMPolicy"),
    fresh=OWN,
    derive=rule_counts,
    touch=Touch.NEVER,
    orders=("created_at", "policy_name"),
    filters={
        "organization_id": BY_REQUIRED_ORGANIZATION,
        "editable": BY_EDITABLE,
        "user_ids": among("user_id", DOCUMENTED),
        "group_ids": among("group_id", DOCUMENTED),
        "application_ids": among("application_id", RECORDED),
        "no_principal": Filter(
            OPTIONAL_FLAG,
            lambda item, wanted, _: ("no_principal" in item) == wanted,
            "it has no principal, or one",
            DOCUMENTED,
        ),
        "policy_name": equal("name", OPTIONAL_TEXT, ASSUMED),
        "tag": BY_TAG,
        "policy_ids": among("id", RECORDED),
    },
    indexed=("name", "user_id", "group_id", "application_id"),
    create=Body(
        {**POLICY_FIELDS, "organization_id": Uuid(), "rules": RULES},
        one_of={"principal": PRINCIPALS},
        ground=DOCUMENTED,
    ),
    update=Body(POLICY_FIELDS, one_of={"principal": PRINCIPALS}, partial=True, ground=DOCUMENTED),
    quota="iam_policies",
    logged="policy",
)

RULE = ObjectKind(
    resource="rule",
    items="rules",
    shape=words(
        "id permission_set_names permission_sets_scope_type condition project_ids organization_id"
    ),
    ground=RECORDED,
    guard=iam("rule", DOCUMENTED, "IAMPolicy"),
    orders=(),
)

PERMISSION_SET = ObjectKind(
    resource="permission_set",
    items="permission_sets",
    shape=words("id name scope_type description categories"),
    ground=DOCUMENTED,
    guard=iam("permission_set", ASSUMED, "IAMPolicy"),
    orders=("name", "created_at"),
    filters={"organization_id": BY_REQUIRED_ORGANIZATION},
)

BEARERS = ("application_id", "user_id")
BEARER_TYPES = ("unknown_bearer_type", "user", "application")
API_KEY = ObjectKind(
    resource="access_key",
    items="api_keys",
    shape=words(
        "access_key secret_key description created_at updated_at expires_at default_project_id"
        " editable deletable managed creation_ip application_id user_id"
    ),
    ground=RECORDED,
    guard=iam("api_key", DOCUMENTED),
    key="access_key",
    fresh={**OWN, "secret_key": None},
    orders=("created_at", "updated_at", "expires_at", "access_key"),
    filters={
        "organization_id": BY_ORGANIZATION,
        "application_id": equal("application_id", OPTIONAL_ID, DOCUMENTED),
        "user_id": equal("user_id", OPTIONAL_ID, DOCUMENTED),
        "editable": BY_EDITABLE,
        "expired": BY_EXPIRED,
        "access_key": equal("access_key", OPTIONAL_TEXT, DOCUMENTED),
        "access_keys": Filter(
            Many(Text(), optional=True),
            lambda item, wanted, _: not wanted or item["access_key"] in wanted,
            "`access_key` is one of the values",
            DOCUMENTED,
        ),
        "description": equal("description", OPTIONAL_TEXT, ASSUMED),
        "bearer_id": Filter(
            OPTIONAL_ID,
            lambda item, wanted, _: wanted in (item.get(name) for name in BEARERS),
            "its bearer has the id",
            RECORDED,
        ),
        "bearer_type": Filter(
            Word(BEARER_TYPES, optional=True),
            lambda item, wanted, _: f"{wanted}_id" in item,
            "its bearer is a user, or an application",
            DOCUMENTED,
            unless="unknown_bearer_type",
        ),
    },
    indexed=(*BEARERS, "secret_digest"),
    create=Body(
        {
            "description": DESCRIPTION,
            "application_id": Uuid(),
            "user_id": Uuid(),
            "expires_at": Instant(optional=True),
            "default_project_id": OPTIONAL_ID,
        },
        one_of={"bearer": BEARERS},
        ground=DOCUMENTED,
    ),
    update=Body(
        {"description": DESCRIPTION, "default_project_id": Uuid(), "expires_at": Instant()},
        partial=True,
    ),
    quota="iam_api_keys",
    logged="api_key",
)

SSH_KEY_NAME = Text(max=1000, ground=DOCUMENTED)
SSH_KEY = ObjectKind(
    resource="ssh_key",
    items="ssh_keys",
    shape=words(
        "id name public_key fingerprint created_at updated_at organization_id project_id disabled"
    ),
    ground=RECORDED,
    guard=Guard(
        "ssh_key",
        DOCUMENTED,
        words("SSHKeysReadOnly AllProductsReadOnly"),
        words("SSHKeysFullAccess AllProductsFullAccess"),
    ),
    fresh={"disabled": False},
    orders=("created_at", "updated_at", "name"),
    filters={
        "organization_id": BY_ORGANIZATION,
        "name": equal("name", OPTIONAL_TEXT, ASSUMED),
        "project_id": equal("project_id", OPTIONAL_ID, RECORDED),
        "disabled": equal("disabled", OPTIONAL_FLAG, RECORDED),
    },
    indexed=("project_id",),
    create=Body(
        {
            "name": SSH_KEY_NAME,
            "public_key": Text(1, 65000, ground=DOCUMENTED),
            "project_id": Uuid(),
        },
    ),
    update=Body({"name": SSH_KEY_NAME, "disabled": Flag()}, partial=True),
    quota="iam_ssh_keys",
)

JWT = ObjectKind(
    resource="jwt",
    items="jwts",
    shape=words("jti issuer_id audience_id created_at updated_at expires_at ip user_agent"),
    # With an API key these are refused whatever its bearer's permissions.
    ground=DOCUMENTED,
    guard=Guard("self_jwt", ASSUMED),
    key="jti",
    orders=("created_at", "updated_at"),
    filters={"audience_id": equal("audience_id", OPTIONAL_ID, DOCUMENTED), "expired": BY_EXPIRED},
    create=Body({"user_id": Uuid(), "referrer": Text(1, ground=ASSUMED)}),
)

LOG_ACTIONS = ("unknown_action", "created", "updated", "deleted")
LOG_RESOURCE_TYPES = (
    "unknown_resource_type",
    "api_key",
    "user",
    "application",
    "group",
    "policy",
)
LOG = ObjectKind(
    resource="log",
    items="logs",
    shape=words(
        "id created_at ip user_agent action bearer_id organization_id resource_type resource_id"
    ),
    ground=DOCUMENTED,
    guard=iam("log", ASSUMED),
    filters={
        "organization_id": BY_REQUIRED_ORGANIZATION,
        "created_after": Filter(
            Instant(optional=True),
            lambda item, wanted, _: item["created_at"][:-1] >= wanted[:-1],
            "`created_at` is the time or later",
            ASSUMED,
        ),
        "created_before": Filter(
            Instant(optional=True),
            lambda item, wanted, _: item["created_at"][:-1] < wanted[:-1],
            "`created_at` is before the time",
            ASSUMED,
        ),
        "action": equal(
            "action", Word(LOG_ACTIONS, optional=True), DOCUMENTED, unless="unknown_action"
        ),
        "resource_type": equal(
            "resource_type",
            Word(LOG_RESOURCE_TYPES, optional=True),
            DOCUMENTED,
            unless="unknown_resource_type",
        ),
        "search": Filter(
            OPTIONAL_TEXT,
            lambda item, text, _: text in (item["bearer_id"], item["resource_id"]),
            "`bearer_id` or `resource_id` is the value",
            DOCUMENTED,
            unless="",
        ),
    },
)

QUOTUM = ObjectKind(
    resource="quotum",
    items="quota",
    shape=words("name pretty_name unit description locality_type limits limit unlimited"),
    ground=DOCUMENTED,
    guard=Guard("quotum", DOCUMENTED, words("OrganizationReadOnly"), words("OrganizationManager")),
    key="name",
    orders=("name",),
    filters={
        "organization_id": BY_REQUIRED_ORGANIZATION,
        "quotum_names": Filter(
            Many(Text(), optional=True),
            lambda item, wanted, _: not wanted or item["name"] in wanted,
            "`name` is one of the values",
            DOCUMENTED,
        ),
    },
)

SAML = ObjectKind(
    resource="saml",
    items="saml",
    shape=words("id status service_provider entity_id single_sign_on_url"),
    ground=RECORDED,
    guard=iam("saml", ASSUMED),
    fresh={"entity_id": "", "single_sign_on_url": ""},
    derive=saml_status,
    indexed=("organization_id",),
    update=Body({"entity_id": Text(), "single_sign_on_url": Text()}, partial=True),
)

CERTIFICATE_TYPES = ("signing", "encryption")
SAML_CERTIFICATE = ObjectKind(
    resource="saml_certificate",
    items="certificates",
    shape=words("id type origin content expires_at"),
    ground=RECORDED,
    guard=iam("saml_certificate", ASSUMED),
    fresh={"origin": "identity_provider"},
    indexed=("saml_id",),
    create=Body({"type": Word(CERTIFICATE_TYPES), "content": Text(1, ground=ASSUMED)}),
)

SCIM = ObjectKind(
    resource="scim",
    items="scim",
    shape=words("id created_at"),
    ground=RECORDED,
    guard=iam("scim", ASSUMED),
    indexed=("organization_id",),
)

SCIM_TOKEN = ObjectKind(
    resource="scim_token",
    items="scim_tokens",
    shape=words("id scim_id created_at expires_at"),
    ground=RECORDED,
    guard=iam("scim_token", ASSUMED),
    indexed=("scim_id",),
)

STORED = (
    ORGANIZATION,
    PROJECT,
    USER,
    APPLICATION,
    GROUP,
    POLICY,
    API_KEY,
    SSH_KEY,
    JWT,
    LOG,
    SAML,
    SAML_CERTIFICATE,
    SCIM,
    SCIM_TOKEN,
)
"""The kinds that the state holds; the others are computed, or part of another."""
