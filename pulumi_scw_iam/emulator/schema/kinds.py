"""The object types of the API, declared as data: fields, orders, filters and limits.

`operations.standard` derives list, get, update and delete from these declarations. The other
modules of `operations` add the operations of one resource.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.emulator.schema.arguments import (
    Argument,
    Body,
    Condition,
    Email,
    Flag,
    Instant,
    InvalidValue,
    Many,
    Number,
    Text,
    Uuid,
    Word,
)
from pulumi_scw_iam.emulator.schema.filters import (
    BY_EDITABLE,
    BY_EXPIRED,
    BY_ORGANIZATION,
    BY_REQUIRED_ORGANIZATION,
    BY_TAG,
    OPTIONAL_FLAG,
    OPTIONAL_ID,
    OPTIONAL_TEXT,
    among,
    before,
    equal,
    holds,
    since,
)
from pulumi_scw_iam.emulator.schema.grounds import ASSUMED, DOCUMENTED, RECORDED, behaviour
from pulumi_scw_iam.emulator.schema.objects import (
    SHOWN,
    Counting,
    Filter,
    Guard,
    Object,
    ObjectKind,
    Touch,
    created,
    iam,
    shown,
    updated,
    words,
    written,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

# Fields

NAME = Text(1, 64, r"^[a-zA-Z0-9()._\- ]+$", ground=DOCUMENTED)
DESCRIPTION = Text(max=200, ground=DOCUMENTED)
TAG = Text(1, 70, r"^[a-zA-Z0-9\._\-\/=+@ ]+$", ground=DOCUMENTED)
TAGS = Many(TAG, max=10, unique=True, ground=DOCUMENTED)
USERNAME = Text(2, 64, r"^[a-zA-Z0-9@._\-]+$", ground=DOCUMENTED)
PASSWORD = Text(1, 72, unit="bytes", ground=DOCUMENTED)
PERSON = Text(max=64, ground=DOCUMENTED)
PHONE_OR_LOCALE = Text(max=64, ground=ASSUMED)

# Objects created by a Scaleway product are managed: neither editable nor deletable. The local IAM API has none.
OWN = {"editable": True, "deletable": True, "managed": False}
IS_OWN = dict.fromkeys(OWN, SHOWN)

TIMES = dict.fromkeys(("created_at", "updated_at"), SHOWN)
OF_ORGANIZATION = {"organization_id": created(Uuid())}

# Computed fields


@behaviour(RECORDED, "`nb_api_keys` of an application is up to date in every response.")
def key_count(store: Counting, application: Object) -> Mapping[str, Any]:
    """Count the API keys of an application."""
    return {"nb_api_keys": store.count_having(API_KEY, "application_id", application["id"])}


@behaviour(
    RECORDED,
    "`nb_rules` counts rules, `nb_scopes` distinct scopes, `nb_permission_sets` the "
    "permission sets of all rules.",
)
@behaviour(ASSUMED, "A permission set in two rules counts twice.")
def rule_counts(_store: Counting, policy: Object) -> Mapping[str, Any]:
    """Count a policy's rules, their distinct scopes, and their permission sets."""
    rules = policy["rules"]
    # The default project has the organization's id, but is a scope of its own.
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


@behaviour(
    RECORDED,
    "The status of SAML is `missing_certificate` without a certificate, then `missing_entity_id`.",
)
@behaviour(ASSUMED, "After these, the status is `missing_single_sign_on_url`, then `valid`.")
def saml_status(store: Counting, saml: Object) -> Mapping[str, Any]:
    """Return the status of a SAML configuration: the first missing part, or `valid`."""
    if not store.count_having(SAML_CERTIFICATE, "saml_id", saml["id"]):
        return {"status": "missing_certificate"}
    for name in ("entity_id", "single_sign_on_url"):
        if not saml[name]:
            return {"status": f"missing_{name}"}
    return {"status": "valid"}


BUILT_IN = {"all_users": "user_ids", "all_applications": "application_ids"}
"""The flag of each built-in group, and the list of its members."""


@behaviour(
    DOCUMENTED,
    "The built-in groups contain all users, or all applications without a Scaleway product: `all_users` or"
    " `all_applications` is true. Recorded organizations show none, so a seed creates them.",
)
@behaviour(
    ASSUMED,
    "A built-in group shows the ids of its members, and is neither editable nor deletable. Other groups"
    " have no flags. The filters of the list for members leave the built-in groups out.",
)
def built_in_members(store: Counting, group: Object) -> Mapping[str, Any]:
    """Return the members of a built-in group; nothing for other groups."""
    kinds = {"all_users": USER, "all_applications": APPLICATION}
    return {
        name: sorted(item["id"] for item in store.all(kinds[flag]) if not item.get("managed"))
        for flag, name in BUILT_IN.items()
        if group.get(flag)
    }


# The kinds

ORGANIZATION = ObjectKind(
    resource="organization",
    items="organizations",
    keys={
        **shown("id name alias"),
        "login_password_enabled": updated(Flag()),
        "login_magic_code_enabled": updated(Flag()),
        "login_oauth2_enabled": updated(Flag()),
        "login_saml_enabled": updated(Flag()),
    },
    ground=DOCUMENTED,
    guard=Guard(
        "organization",
        ASSUMED,
        words("OrganizationReadOnly IAMReadOnly"),
        words("OrganizationManager IAMManager"),
    ),
)

PROJECT = ObjectKind(
    resource="project",
    path_resource="project_id",
    items="projects",
    keys={
        "id": SHOWN,
        "name": written(Text(1, 64, ground=ASSUMED)),
        **OF_ORGANIZATION,
        **TIMES,
        "description": written(Text(max=200, ground=ASSUMED)),
        "qualification": SHOWN,
        "status": SHOWN,
    },
    ground=RECORDED,
    guard=Guard(
        "project",
        DOCUMENTED,
        words("ProjectReadOnly"),
        words("ProjectManager IAMManager OrganizationManager"),
    ),
    fresh={
        "qualification": {"architecture_type": "unknown_architecture_type"},
        "status": "active",
    },
    total_first=True,
    orders=("created_at", "name"),
    filters={
        "organization_id": BY_ORGANIZATION,
        "name": equal("name", OPTIONAL_TEXT, ASSUMED),
        "project_ids": among("id", DOCUMENTED),
    },
    quota="projects",
)

PERSON_ARGUMENTS: dict[str, Argument] = {
    "first_name": PERSON,
    "last_name": PERSON,
    "phone_number": PHONE_OR_LOCALE,
    "locale": PHONE_OR_LOCALE,
}
USER_TYPES = ("unknown_type", "owner", "member")
"""The types in the newest official SDKs. Earlier ones also have `guest`."""
USER = ObjectKind(
    resource="user",
    items="users",
    keys={
        "id": SHOWN,
        "email": written(Email()),
        "username": SHOWN,
        **{name: written(argument) for name, argument in PERSON_ARGUMENTS.items()},
        **TIMES,
        **shown("organization_id deletable last_login_at type two_factor_enabled status mfa"),
        "account_root_user_id": SHOWN,
        "tags": written(TAGS),
        "locked": SHOWN,
    },
    ground=RECORDED,
    guard=iam("user", DOCUMENTED, "IAMUser"),
    fresh={
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
    create_body=Body(
        {
            "organization_id": Uuid(),
            "tags": TAGS,
            "email": Email(),
            "member": Body(
                {
                    "email": Email(),
                    **PERSON_ARGUMENTS,
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
    quota="iam_users",
    logged="user",
    srn="users",
)

APPLICATION = ObjectKind(
    resource="application",
    items="applications",
    keys={
        "id": SHOWN,
        "name": written(NAME),
        "description": written(DESCRIPTION),
        **TIMES,
        **OF_ORGANIZATION,
        **IS_OWN,
        "nb_api_keys": SHOWN,
        "tags": written(TAGS),
    },
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
    quota="iam_applications",
    logged="application",
    srn="applications",
)

GROUP = ObjectKind(
    resource="group",
    items="groups",
    keys={
        "id": SHOWN,
        **TIMES,
        **OF_ORGANIZATION,
        "name": written(NAME),
        "description": written(DESCRIPTION),
        **shown("user_ids application_ids"),
        "tags": written(TAGS),
        **IS_OWN,
        **shown("all_users all_applications"),
    },
    ground=RECORDED,
    guard=iam("group", DOCUMENTED, "IAMGroup"),
    fresh={**OWN, "user_ids": [], "application_ids": []},
    derive=built_in_members,
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
    quota="iam_groups",
    logged="group",
    srn="groups",
)

SCOPES = ("project_ids", "organization_id")
RULE_ARGUMENTS: Mapping[str, Argument] = {
    "permission_set_names": Many(Text(1, ground=ASSUMED), min=1, ground=ASSUMED),
    "condition": Condition(max=2048, ground=DOCUMENTED),
    "project_ids": Many(Uuid(), min=1, ground=ASSUMED),
    "organization_id": Uuid(),
}
RULES = Many(
    Body(
        RULE_ARGUMENTS,
        one_of={"scope": SCOPES},
        ground=DOCUMENTED,
        incomplete=InvalidValue("embedded message failed validation", "format"),
    )
)
PRINCIPALS = ("user_id", "group_id", "application_id", "no_principal")
POLICY = ObjectKind(
    resource="policy",
    items="policies",
    keys={
        "id": SHOWN,
        "name": written(NAME),
        "description": written(DESCRIPTION),
        **OF_ORGANIZATION,
        **TIMES,
        **IS_OWN,
        **shown("nb_rules nb_scopes nb_permission_sets"),
        "tags": written(TAGS),
        "user_id": written(Uuid()),
        "group_id": written(Uuid()),
        "application_id": written(Uuid()),
        "no_principal": written(Flag(only=True, ground=ASSUMED)),
    },
    unshown={"rules": RULES},
    one_of={"principal": PRINCIPALS},
    one_of_ground=DOCUMENTED,
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
            lambda item, value, _: ("no_principal" in item) == value,
            "whether the policy has no principal equals the value",
            DOCUMENTED,
        ),
        "policy_name": equal("name", OPTIONAL_TEXT, ASSUMED),
        "tag": BY_TAG,
        "policy_ids": among("id", RECORDED),
    },
    indexed=("name", "user_id", "group_id", "application_id"),
    quota="iam_policies",
    logged="policy",
    srn="policies",
)

RULE = ObjectKind(
    resource="rule",
    items="rules",
    keys={
        **shown("id permission_set_names permission_sets_scope_type"),
        **dict.fromkeys(RULE_ARGUMENTS, SHOWN),
    },
    ground=RECORDED,
    guard=iam("rule", DOCUMENTED, "IAMPolicy"),
    orders=(),
    srn="rules",
)

PERMISSION_SET = ObjectKind(
    resource="permission_set",
    items="permission_sets",
    keys=shown("id name scope_type description categories"),
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
    keys={
        **shown("access_key secret_key"),
        "description": written(DESCRIPTION),
        **TIMES,
        "expires_at": written(Instant(optional=True)),
        "default_project_id": written(OPTIONAL_ID),
        **IS_OWN,
        "creation_ip": SHOWN,
        "application_id": created(Uuid()),
        "user_id": created(Uuid()),
    },
    one_of={"bearer": BEARERS},
    one_of_ground=DOCUMENTED,
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
            lambda item, value, _: not value or item["access_key"] in value,
            "`access_key` is one of the values",
            DOCUMENTED,
        ),
        "description": equal("description", OPTIONAL_TEXT, ASSUMED),
        "bearer_id": Filter(
            OPTIONAL_ID,
            lambda item, value, _: value in (item.get(name) for name in BEARERS),
            "the id of the bearer equals the value",
            RECORDED,
        ),
        "bearer_type": Filter(
            Word(BEARER_TYPES, optional=True),
            lambda item, value, _: f"{value}_id" in item,
            "the bearer has this type",
            DOCUMENTED,
            unless="unknown_bearer_type",
        ),
    },
    indexed=(*BEARERS, "secret_digest"),
    quota="iam_api_keys",
    logged="api_key",
    srn="api-keys",
)

SSH_KEY = ObjectKind(
    resource="ssh_key",
    items="ssh_keys",
    keys={
        "id": SHOWN,
        "name": written(Text(max=1000, ground=DOCUMENTED)),
        "public_key": created(Text(1, 65000, ground=DOCUMENTED)),
        "fingerprint": SHOWN,
        **TIMES,
        "organization_id": SHOWN,
        "project_id": created(Uuid()),
        "disabled": updated(Flag()),
    },
    ground=RECORDED,
    guard=Guard(
        "ssh_key",
        DOCUMENTED,
        words("SSHKeysReadOnly AllProductsReadOnly"),
        words("SSHKeysFullAccess AllProductsFullAccess"),
    ),
    orders=("created_at", "updated_at", "name"),
    filters={
        "organization_id": BY_ORGANIZATION,
        "name": equal("name", OPTIONAL_TEXT, ASSUMED),
        "project_id": equal("project_id", OPTIONAL_ID, RECORDED),
        "disabled": equal("disabled", OPTIONAL_FLAG, RECORDED),
    },
    indexed=("project_id",),
    quota="iam_ssh_keys",
    srn="ssh-keys",
)

JWT = ObjectKind(
    resource="jwt",
    items="jwts",
    keys=shown("jti issuer_id audience_id created_at updated_at expires_at ip user_agent"),
    # No permission set allows these calls with an API key.
    ground=DOCUMENTED,
    guard=Guard("self_jwt", ASSUMED),
    key="jti",
    orders=("created_at", "updated_at"),
    filters={"audience_id": equal("audience_id", OPTIONAL_ID, DOCUMENTED), "expired": BY_EXPIRED},
    unshown={"user_id": Uuid(), "referrer": Text(1, ground=ASSUMED)},
    srn="jwts",
)

WEBAUTHN_AUTHENTICATOR = ObjectKind(
    resource="webauthn_authenticator",
    items="authenticators",
    keys={
        "id": SHOWN,
        "name": created(Text(1, ground=ASSUMED)),
        **shown("created_at last_login_at"),
    },
    unshown={"user_id": Uuid()},
    ground=DOCUMENTED,
    guard=replace(USER.guard, word="webauthn_authenticator", ground=ASSUMED),
    fresh={"last_login_at": None},
    indexed=("user_id",),
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
    keys=shown(
        "id created_at ip user_agent action bearer_id organization_id resource_type resource_id"
    ),
    ground=DOCUMENTED,
    guard=iam("log", ASSUMED),
    filters={
        "organization_id": BY_REQUIRED_ORGANIZATION,
        "created_after": since("created_at", ASSUMED),
        "created_before": before("created_at", ASSUMED),
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
            "`bearer_id` or `resource_id` equals the value",
            DOCUMENTED,
            unless="",
        ),
    },
    srn="logs",
)

QUOTUM = ObjectKind(
    resource="quotum",
    items="quota",
    keys=shown("name pretty_name unit description locality_type limits limit unlimited"),
    ground=DOCUMENTED,
    guard=Guard("quotum", DOCUMENTED, words("OrganizationReadOnly"), words("OrganizationManager")),
    key="name",
    orders=("name",),
    filters={
        "organization_id": BY_REQUIRED_ORGANIZATION,
        "quotum_names": Filter(
            Many(Text(), optional=True),
            lambda item, value, _: not value or item["name"] in value,
            "`name` is one of the values",
            DOCUMENTED,
        ),
    },
    srn="quota",
)

SAML = ObjectKind(
    resource="saml",
    items="saml",
    keys={
        **shown("id status service_provider"),
        "entity_id": updated(Text()),
        "single_sign_on_url": updated(Text()),
    },
    ground=RECORDED,
    guard=iam("saml", ASSUMED),
    derive=saml_status,
    indexed=("organization_id",),
    srn="saml",
)

CERTIFICATE_TYPES = ("signing", "encryption")
SAML_CERTIFICATE = ObjectKind(
    resource="saml_certificate",
    items="certificates",
    keys={
        "id": SHOWN,
        "type": created(Word(CERTIFICATE_TYPES)),
        "origin": SHOWN,
        "content": created(Text(1, ground=ASSUMED)),
        "expires_at": SHOWN,
    },
    ground=RECORDED,
    guard=iam("saml_certificate", ASSUMED),
    fresh={"origin": "identity_provider"},
    indexed=("saml_id",),
    srn="saml-certificates",
)

SCIM = ObjectKind(
    resource="scim",
    items="scim",
    keys=shown("id created_at"),
    ground=RECORDED,
    guard=iam("scim", ASSUMED),
    indexed=("organization_id",),
)

SCIM_TOKEN = ObjectKind(
    resource="scim_token",
    items="scim_tokens",
    keys=shown("id scim_id created_at expires_at"),
    ground=RECORDED,
    guard=iam("scim_token", ASSUMED),
    indexed=("scim_id",),
)

# Secret Manager

REGIONS = ("fr-par", "nl-ams", "pl-waw")
SECRET_TYPES = (
    "unknown_type",
    "opaque",
    "certificate",
    "key_value",
    "basic_credentials",
    "database_credentials",
    "ssh_key",
)
SECRET_VERSION_STATUSES = (
    "unknown_status",
    "enabled",
    "disabled",
    "deleted",
    "scheduled_for_deletion",
)

SECRET_MANAGERS = words("SecretManagerFullAccess AllProductsFullAccess")
SECRET_GUARD = Guard(
    "secret", DOCUMENTED, words("SecretManagerReadOnly AllProductsReadOnly"), SECRET_MANAGERS
)
SECRET_CREATE_GUARD, SECRET_WRITE_GUARD, SECRET_ACCESS_GUARD = (
    Guard(
        "secret",
        DOCUMENTED,
        managers=(*SECRET_MANAGERS, f"SecretManagerSecret{action.title()}"),
        action=action,
    )
    for action in ("create", "write", "access")
)


def version_count(store: Counting, secret: Object) -> Mapping[str, Any]:
    """Count the versions of a secret."""
    return {"version_count": store.count_having(SECRET_VERSION, "secret_id", secret["id"])}


SECRET = ObjectKind(
    resource="secret",
    items="secrets",
    keys={
        "id": SHOWN,
        "project_id": created(Uuid()),
        "name": created(Text(1, 255, ground=ASSUMED)),
        "status": SHOWN,
        **TIMES,
        "tags": created(Many(Text(max=255, ground=ASSUMED))),
        "version_count": SHOWN,
        "description": created(Text(max=1000, ground=ASSUMED, optional=True)),
        "managed": SHOWN,
        "protected": created(Flag()),
        "type": created(Word(SECRET_TYPES, optional=True)),
        "path": created(Text(optional=True)),
        **shown("ephemeral_policy used_by deletion_requested_at key_id region"),
    },
    ground=DOCUMENTED,
    guard=SECRET_GUARD,
    fresh={
        "status": "ready",
        "managed": False,
        "ephemeral_policy": None,
        "used_by": [],
        "deletion_requested_at": None,
        "key_id": None,
    },
    derive=version_count,
    orders=("name", "created_at", "updated_at"),
    filters={
        "organization_id": equal("organization_id", OPTIONAL_ID, DOCUMENTED),
        "project_id": equal("project_id", OPTIONAL_ID, DOCUMENTED),
        "name": equal("name", OPTIONAL_TEXT, DOCUMENTED),
        "path": equal("path", OPTIONAL_TEXT, DOCUMENTED),
        "tags": Filter(
            Many(Text(), optional=True),
            lambda item, tags, _: set(tags) <= set(item["tags"]),
            "`tags` contains all values",
            ASSUMED,
        ),
        "type": equal("type", Word(SECRET_TYPES, optional=True), DOCUMENTED, unless="unknown_type"),
    },
    indexed=("name", "project_id"),
)


@behaviour(DOCUMENTED, "`latest` is true for the newest version of a secret only.")
def latest(store: Counting, version: Object) -> Mapping[str, Any]:
    """Return whether a version is the newest of its secret; versions are never removed here."""
    count = store.count_having(SECRET_VERSION, "secret_id", version["secret_id"])
    return {"latest": version["revision"] == count}


SECRET_VERSION = ObjectKind(
    resource="secret_version",
    items="versions",
    keys={
        **shown("revision secret_id status"),
        **TIMES,
        "deleted_at": SHOWN,
        "description": created(Text(max=1000, ground=ASSUMED, optional=True)),
        **shown("latest ephemeral_properties deletion_requested_at region"),
    },
    ground=DOCUMENTED,
    guard=SECRET_GUARD,
    unshown={
        "data": Text(),
        "disable_previous": Flag(),
        "data_crc32": Number(0, 2**32 - 1, DOCUMENTED, optional=True),
    },
    fresh={
        "status": "enabled",
        "deleted_at": None,
        "ephemeral_properties": None,
        "deletion_requested_at": None,
    },
    derive=latest,
    orders=(),
    filters={
        "status": Filter(
            Many(Word(SECRET_VERSION_STATUSES), optional=True),
            lambda item, statuses, _: not statuses or item["status"] in statuses,
            "`status` is one of the values",
            DOCUMENTED,
        ),
    },
    indexed=("secret_id",),
)

# Audit Trail

AUDIT_EVENT = ObjectKind(
    resource="event",
    items="events",
    keys=shown(
        "id recorded_at locality organization_id project_id source_ip user_agent product_name"
        " service_name method_name resources request_id request_body status_code principal"
    ),
    ground=DOCUMENTED,
    guard=Guard(
        "audit_trail_event",
        DOCUMENTED,
        words("AuditTrailReadOnly"),
        words("AuditTrailFullAccess OrganizationManager"),
    ),
    orders=("recorded_at",),
    filters={
        "organization_id": BY_REQUIRED_ORGANIZATION,
        "recorded_after": since("recorded_at", ASSUMED),
        "recorded_before": before("recorded_at", ASSUMED),
        "principal_id": Filter(
            OPTIONAL_ID,
            lambda item, value, _: item["principal"]["id"] == value,
            "the id of `principal` equals the value",
            DOCUMENTED,
        ),
        "resource_id": Filter(
            OPTIONAL_TEXT,
            lambda item, value, _: any(one["id"] == value for one in item["resources"]),
            "the id of one of the `resources` equals the value",
            DOCUMENTED,
        ),
        "resource_type": Filter(
            OPTIONAL_TEXT,
            lambda item, value, _: any(one["type"] == value for one in item["resources"]),
            "the type of one of the `resources` equals the value",
            DOCUMENTED,
            unless="unknown_type",
        ),
        "status": equal(
            "status_code", Number(0, 599, ASSUMED, optional=True), DOCUMENTED, unless=0
        ),
        **{
            name: equal(name, OPTIONAL_TEXT, DOCUMENTED, unless="")
            for name in ("product_name", "service_name", "method_name", "source_ip")
        },
        "project_id": equal("project_id", OPTIONAL_ID, DOCUMENTED),
    },
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
    WEBAUTHN_AUTHENTICATOR,
    JWT,
    LOG,
    SAML,
    SAML_CERTIFICATE,
    SCIM,
    SCIM_TOKEN,
    SECRET,
    SECRET_VERSION,
    AUDIT_EVENT,
)
"""The object types in the state; the others are computed, or part of another object."""
