"""The functions, as programs call them.

Written by `make generate` from the declarations in pulumi_scw_iam/functions; change those.

Each is there twice: `get_group` takes plain values and returns a result, and `get_group_output` takes
inputs too and returns an output. In a preview that output is unknown if an input is unknown, or if a
resource that it depends on is not created yet. They raise pulumi.RunError when an argument is wrong, and
when the API does not have what is asked for.
"""

from __future__ import annotations

# The SDK reads the annotations at run time, to make objects of what is in an object.
from collections.abc import Awaitable, Sequence  # noqa: TC003
from typing import Literal

import pulumi

from pulumi_scw_iam.sdk import invoke
from pulumi_scw_iam.sdk.resources import PolicyRule  # noqa: TC001
from pulumi_scw_iam.sdk.sequences import SequenceNotStr  # noqa: TC001

__all__ = [
    "APIKeyResult",
    "APIKeysResult",
    "ApplicationResult",
    "ApplicationsResult",
    "GracePeriodResult",
    "GracePeriodsResult",
    "GroupResult",
    "GroupsResult",
    "JWTResult",
    "JWTsResult",
    "LogResult",
    "LogsResult",
    "OrganizationSecuritySettingsResult",
    "PermissionSetResult",
    "PermissionSetsResult",
    "PoliciesResult",
    "PolicyResult",
    "QuotaResult",
    "QuotumLimitResult",
    "QuotumResult",
    "SSHKeyResult",
    "SSHKeysResult",
    "UserResult",
    "UsersResult",
    "get_api_key",
    "get_api_key_output",
    "get_api_keys",
    "get_api_keys_output",
    "get_application",
    "get_application_output",
    "get_applications",
    "get_applications_output",
    "get_grace_periods",
    "get_grace_periods_output",
    "get_group",
    "get_group_output",
    "get_groups",
    "get_groups_output",
    "get_jwt",
    "get_jwt_output",
    "get_jwts",
    "get_jwts_output",
    "get_log",
    "get_log_output",
    "get_logs",
    "get_logs_output",
    "get_organization_security_settings",
    "get_organization_security_settings_output",
    "get_permission_set",
    "get_permission_set_output",
    "get_permission_sets",
    "get_permission_sets_output",
    "get_policies",
    "get_policies_output",
    "get_policy",
    "get_policy_output",
    "get_quota",
    "get_quota_output",
    "get_quotum",
    "get_quotum_output",
    "get_ssh_key",
    "get_ssh_key_output",
    "get_ssh_keys",
    "get_ssh_keys_output",
    "get_user",
    "get_user_output",
    "get_users",
    "get_users_output",
]


@pulumi.output_type
class GroupResult(dict):  # type: ignore[type-arg] # as the SDK's own output types
    """A group with its members, as the API tells of it."""

    def __init__(
        self,
        *,
        created_at: str = "",
        editable: bool = True,
        deletable: bool = True,
        managed: bool = False,
        id: str,
        name: str,
        description: str,
        tags: Sequence[str],
        organization_id: str,
        updated_at: str,
        user_ids: Sequence[str],
        application_ids: Sequence[str],
        all_users: bool = False,
        all_applications: bool = False,
    ) -> None:
        pulumi.set(self, "created_at", created_at)
        pulumi.set(self, "editable", editable)
        pulumi.set(self, "deletable", deletable)
        pulumi.set(self, "managed", managed)
        pulumi.set(self, "id", id)
        pulumi.set(self, "name", name)
        pulumi.set(self, "description", description)
        pulumi.set(self, "tags", tags)
        pulumi.set(self, "organization_id", organization_id)
        pulumi.set(self, "updated_at", updated_at)
        pulumi.set(self, "user_ids", user_ids)
        pulumi.set(self, "application_ids", application_ids)
        pulumi.set(self, "all_users", all_users)
        pulumi.set(self, "all_applications", all_applications)

    @property
    @pulumi.getter
    def created_at(self) -> str:
        """The creation time (RFC 3339, UTC)."""
        return pulumi.get(self, "created_at")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def editable(self) -> bool:
        """Whether the API allows changes."""
        return pulumi.get(self, "editable")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def deletable(self) -> bool:
        """Whether the API allows deletion."""
        return pulumi.get(self, "deletable")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def managed(self) -> bool:
        """Whether a Scaleway product manages the object."""
        return pulumi.get(self, "managed")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def id(self) -> str:
        """Its id."""
        return pulumi.get(self, "id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def name(self) -> str:
        """Its name."""
        return pulumi.get(self, "name")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def description(self) -> str:
        """Free text."""
        return pulumi.get(self, "description")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def tags(self) -> Sequence[str]:
        """Its tags."""
        return pulumi.get(self, "tags")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def organization_id(self) -> str:
        """Organization that owns it."""
        return pulumi.get(self, "organization_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def updated_at(self) -> str:
        """When it was changed last (RFC 3339, UTC)."""
        return pulumi.get(self, "updated_at")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def user_ids(self) -> Sequence[str]:
        """The users in it."""
        return pulumi.get(self, "user_ids")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def application_ids(self) -> Sequence[str]:
        """The applications in it."""
        return pulumi.get(self, "application_ids")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def all_users(self) -> bool:
        """Whether it is the built-in group of all users."""
        return pulumi.get(self, "all_users")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def all_applications(self) -> bool:
        """Whether it is the built-in group of all applications."""
        return pulumi.get(self, "all_applications")  # type: ignore[no-any-return]


@pulumi.output_type
class ApplicationResult(dict):  # type: ignore[type-arg] # as the SDK's own output types
    """An application, as the API tells of it."""

    def __init__(
        self,
        *,
        created_at: str = "",
        editable: bool = True,
        deletable: bool = True,
        managed: bool = False,
        id: str,
        name: str,
        description: str,
        tags: Sequence[str],
        organization_id: str,
        updated_at: str,
        nb_api_keys: int,
    ) -> None:
        pulumi.set(self, "created_at", created_at)
        pulumi.set(self, "editable", editable)
        pulumi.set(self, "deletable", deletable)
        pulumi.set(self, "managed", managed)
        pulumi.set(self, "id", id)
        pulumi.set(self, "name", name)
        pulumi.set(self, "description", description)
        pulumi.set(self, "tags", tags)
        pulumi.set(self, "organization_id", organization_id)
        pulumi.set(self, "updated_at", updated_at)
        pulumi.set(self, "nb_api_keys", nb_api_keys)

    @property
    @pulumi.getter
    def created_at(self) -> str:
        """The creation time (RFC 3339, UTC)."""
        return pulumi.get(self, "created_at")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def editable(self) -> bool:
        """Whether the API allows changes."""
        return pulumi.get(self, "editable")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def deletable(self) -> bool:
        """Whether the API allows deletion."""
        return pulumi.get(self, "deletable")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def managed(self) -> bool:
        """Whether a Scaleway product manages the object."""
        return pulumi.get(self, "managed")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def id(self) -> str:
        """Its id."""
        return pulumi.get(self, "id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def name(self) -> str:
        """Its name."""
        return pulumi.get(self, "name")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def description(self) -> str:
        """Free text."""
        return pulumi.get(self, "description")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def tags(self) -> Sequence[str]:
        """Its tags."""
        return pulumi.get(self, "tags")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def organization_id(self) -> str:
        """Organization that owns it."""
        return pulumi.get(self, "organization_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def updated_at(self) -> str:
        """When it was changed last (RFC 3339, UTC)."""
        return pulumi.get(self, "updated_at")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def nb_api_keys(self) -> int:
        """How many API keys it bears."""
        return pulumi.get(self, "nb_api_keys")  # type: ignore[no-any-return]


@pulumi.output_type
class PolicyResult(dict):  # type: ignore[type-arg] # as the SDK's own output types
    """A policy with its rules, as the API tells of it."""

    def __init__(
        self,
        *,
        created_at: str = "",
        editable: bool = True,
        deletable: bool = True,
        managed: bool = False,
        id: str,
        name: str,
        description: str,
        tags: Sequence[str],
        organization_id: str,
        updated_at: str,
        rules: Sequence[PolicyRule] | None = None,
        user_id: str | None = None,
        group_id: str | None = None,
        application_id: str | None = None,
        no_principal: bool = False,
        nb_rules: int,
        nb_scopes: int,
        nb_permission_sets: int,
    ) -> None:
        pulumi.set(self, "created_at", created_at)
        pulumi.set(self, "editable", editable)
        pulumi.set(self, "deletable", deletable)
        pulumi.set(self, "managed", managed)
        pulumi.set(self, "id", id)
        pulumi.set(self, "name", name)
        pulumi.set(self, "description", description)
        pulumi.set(self, "tags", tags)
        pulumi.set(self, "organization_id", organization_id)
        pulumi.set(self, "updated_at", updated_at)
        pulumi.set(self, "rules", rules)
        pulumi.set(self, "user_id", user_id)
        pulumi.set(self, "group_id", group_id)
        pulumi.set(self, "application_id", application_id)
        pulumi.set(self, "no_principal", no_principal)
        pulumi.set(self, "nb_rules", nb_rules)
        pulumi.set(self, "nb_scopes", nb_scopes)
        pulumi.set(self, "nb_permission_sets", nb_permission_sets)

    @property
    @pulumi.getter
    def created_at(self) -> str:
        """The creation time (RFC 3339, UTC)."""
        return pulumi.get(self, "created_at")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def editable(self) -> bool:
        """Whether the API allows changes."""
        return pulumi.get(self, "editable")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def deletable(self) -> bool:
        """Whether the API allows deletion."""
        return pulumi.get(self, "deletable")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def managed(self) -> bool:
        """Whether a Scaleway product manages the object."""
        return pulumi.get(self, "managed")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def id(self) -> str:
        """Its id."""
        return pulumi.get(self, "id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def name(self) -> str:
        """Its name."""
        return pulumi.get(self, "name")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def description(self) -> str:
        """Free text."""
        return pulumi.get(self, "description")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def tags(self) -> Sequence[str]:
        """Its tags."""
        return pulumi.get(self, "tags")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def organization_id(self) -> str:
        """Organization that owns it."""
        return pulumi.get(self, "organization_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def updated_at(self) -> str:
        """When it was changed last (RFC 3339, UTC)."""
        return pulumi.get(self, "updated_at")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def rules(self) -> Sequence[PolicyRule] | None:
        """What the principal may do; unset where the rules were not requested."""
        return pulumi.get(self, "rules")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def user_id(self) -> str | None:
        """The principal, where that is a user."""
        return pulumi.get(self, "user_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def group_id(self) -> str | None:
        """The principal, where that is a group."""
        return pulumi.get(self, "group_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def application_id(self) -> str | None:
        """The principal, where that is an application."""
        return pulumi.get(self, "application_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def no_principal(self) -> bool:
        """Whether it is attached to nobody."""
        return pulumi.get(self, "no_principal")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def nb_rules(self) -> int:
        """How many rules it has."""
        return pulumi.get(self, "nb_rules")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def nb_scopes(self) -> int:
        """How many different scopes its rules have."""
        return pulumi.get(self, "nb_scopes")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def nb_permission_sets(self) -> int:
        """How many permission sets its rules have."""
        return pulumi.get(self, "nb_permission_sets")  # type: ignore[no-any-return]


@pulumi.output_type
class APIKeyResult(dict):  # type: ignore[type-arg] # as the SDK's own output types
    """An API key, as the API tells of it: without its secret key."""

    def __init__(
        self,
        *,
        created_at: str = "",
        editable: bool = True,
        deletable: bool = True,
        managed: bool = False,
        access_key: str,
        description: str,
        application_id: str | None = None,
        user_id: str | None = None,
        default_project_id: str,
        expires_at: str | None = None,
        creation_ip: str,
        updated_at: str,
    ) -> None:
        pulumi.set(self, "created_at", created_at)
        pulumi.set(self, "editable", editable)
        pulumi.set(self, "deletable", deletable)
        pulumi.set(self, "managed", managed)
        pulumi.set(self, "access_key", access_key)
        pulumi.set(self, "description", description)
        pulumi.set(self, "application_id", application_id)
        pulumi.set(self, "user_id", user_id)
        pulumi.set(self, "default_project_id", default_project_id)
        pulumi.set(self, "expires_at", expires_at)
        pulumi.set(self, "creation_ip", creation_ip)
        pulumi.set(self, "updated_at", updated_at)

    @property
    @pulumi.getter
    def created_at(self) -> str:
        """The creation time (RFC 3339, UTC)."""
        return pulumi.get(self, "created_at")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def editable(self) -> bool:
        """Whether the API allows changes."""
        return pulumi.get(self, "editable")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def deletable(self) -> bool:
        """Whether the API allows deletion."""
        return pulumi.get(self, "deletable")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def managed(self) -> bool:
        """Whether a Scaleway product manages the object."""
        return pulumi.get(self, "managed")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def access_key(self) -> str:
        """The public half, and the id of the key."""
        return pulumi.get(self, "access_key")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def description(self) -> str:
        """Free text."""
        return pulumi.get(self, "description")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def application_id(self) -> str | None:
        """The bearer, where that is an application."""
        return pulumi.get(self, "application_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def user_id(self) -> str | None:
        """The bearer, where that is a user."""
        return pulumi.get(self, "user_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def default_project_id(self) -> str:
        """Project that Object Storage uses with this key."""
        return pulumi.get(self, "default_project_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def expires_at(self) -> str | None:
        """When the key stops working (RFC 3339, UTC); unset, never."""
        return pulumi.get(self, "expires_at")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def creation_ip(self) -> str:
        """Address from which the key was made."""
        return pulumi.get(self, "creation_ip")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def updated_at(self) -> str:
        """When it was changed last (RFC 3339, UTC)."""
        return pulumi.get(self, "updated_at")  # type: ignore[no-any-return]


@pulumi.output_type
class SSHKeyResult(dict):  # type: ignore[type-arg] # as the SDK's own output types
    """An SSH key, as the API tells of it."""

    def __init__(
        self,
        *,
        id: str,
        name: str,
        public_key: str,
        fingerprint: str,
        disabled: bool,
        project_id: str,
        organization_id: str,
        created_at: str,
        updated_at: str,
    ) -> None:
        pulumi.set(self, "id", id)
        pulumi.set(self, "name", name)
        pulumi.set(self, "public_key", public_key)
        pulumi.set(self, "fingerprint", fingerprint)
        pulumi.set(self, "disabled", disabled)
        pulumi.set(self, "project_id", project_id)
        pulumi.set(self, "organization_id", organization_id)
        pulumi.set(self, "created_at", created_at)
        pulumi.set(self, "updated_at", updated_at)

    @property
    @pulumi.getter
    def id(self) -> str:
        """Its id."""
        return pulumi.get(self, "id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def name(self) -> str:
        """Its name."""
        return pulumi.get(self, "name")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def public_key(self) -> str:
        """An algorithm and base64, without comment."""
        return pulumi.get(self, "public_key")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def fingerprint(self) -> str:
        """Size in bits, MD5 hash and algorithm: `256 MD5:… (ssh-ed25519)`."""
        return pulumi.get(self, "fingerprint")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def disabled(self) -> bool:
        """Whether servers must not take it."""
        return pulumi.get(self, "disabled")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def project_id(self) -> str:
        """Project whose servers take it."""
        return pulumi.get(self, "project_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def organization_id(self) -> str:
        """Organization of the project."""
        return pulumi.get(self, "organization_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def created_at(self) -> str:
        """The creation time (RFC 3339, UTC)."""
        return pulumi.get(self, "created_at")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def updated_at(self) -> str:
        """When it was changed last (RFC 3339, UTC)."""
        return pulumi.get(self, "updated_at")  # type: ignore[no-any-return]


@pulumi.output_type
class UserResult(dict):  # type: ignore[type-arg] # as the SDK's own output types
    """A user, as the API tells of it."""

    def __init__(
        self,
        *,
        id: str,
        email: str,
        username: str,
        type: str,
        status: str | None = None,
        first_name: str,
        last_name: str,
        phone_number: str,
        locale: str,
        tags: Sequence[str],
        locked: bool,
        mfa: bool,
        two_factor_enabled: bool,
        deletable: bool,
        account_root_user_id: str,
        organization_id: str,
        last_login_at: str | None = None,
        created_at: str,
        updated_at: str,
    ) -> None:
        pulumi.set(self, "id", id)
        pulumi.set(self, "email", email)
        pulumi.set(self, "username", username)
        pulumi.set(self, "type", type)
        pulumi.set(self, "status", status)
        pulumi.set(self, "first_name", first_name)
        pulumi.set(self, "last_name", last_name)
        pulumi.set(self, "phone_number", phone_number)
        pulumi.set(self, "locale", locale)
        pulumi.set(self, "tags", tags)
        pulumi.set(self, "locked", locked)
        pulumi.set(self, "mfa", mfa)
        pulumi.set(self, "two_factor_enabled", two_factor_enabled)
        pulumi.set(self, "deletable", deletable)
        pulumi.set(self, "account_root_user_id", account_root_user_id)
        pulumi.set(self, "organization_id", organization_id)
        pulumi.set(self, "last_login_at", last_login_at)
        pulumi.set(self, "created_at", created_at)
        pulumi.set(self, "updated_at", updated_at)

    @property
    @pulumi.getter
    def id(self) -> str:
        """Its id."""
        return pulumi.get(self, "id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def email(self) -> str:
        """Its e-mail address."""
        return pulumi.get(self, "email")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def username(self) -> str:
        """The name with which it logs in."""
        return pulumi.get(self, "username")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def type(self) -> str:
        """`owner`, `member` or `guest`."""
        return pulumi.get(self, "type")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def status(self) -> str | None:
        """`activated` or `invitation_pending`; unset where the API does not say."""
        return pulumi.get(self, "status")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def first_name(self) -> str:
        """First name."""
        return pulumi.get(self, "first_name")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def last_name(self) -> str:
        """Last name."""
        return pulumi.get(self, "last_name")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def phone_number(self) -> str:
        """Phone number."""
        return pulumi.get(self, "phone_number")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def locale(self) -> str:
        """Language and country, such as `fr_FR`."""
        return pulumi.get(self, "locale")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def tags(self) -> Sequence[str]:
        """Its tags."""
        return pulumi.get(self, "tags")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def locked(self) -> bool:
        """Whether it is kept from logging in, and its API keys from working."""
        return pulumi.get(self, "locked")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def mfa(self) -> bool:
        """Whether it logs in with a second factor."""
        return pulumi.get(self, "mfa")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def two_factor_enabled(self) -> bool:
        """The same as `mfa`, under its old name."""
        return pulumi.get(self, "two_factor_enabled")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def deletable(self) -> bool:
        """Whether it can be deleted; an owner cannot."""
        return pulumi.get(self, "deletable")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def account_root_user_id(self) -> str:
        """Root user of the account, where the user is an owner."""
        return pulumi.get(self, "account_root_user_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def organization_id(self) -> str:
        """Organization that it is in."""
        return pulumi.get(self, "organization_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def last_login_at(self) -> str | None:
        """When it logged in last (RFC 3339, UTC); unset, never."""
        return pulumi.get(self, "last_login_at")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def created_at(self) -> str:
        """The creation time (RFC 3339, UTC)."""
        return pulumi.get(self, "created_at")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def updated_at(self) -> str:
        """When it was changed last (RFC 3339, UTC)."""
        return pulumi.get(self, "updated_at")  # type: ignore[no-any-return]


@pulumi.output_type
class GracePeriodResult(dict):  # type: ignore[type-arg] # as the SDK's own output types
    """The time that a user has to satisfy one demand."""

    def __init__(
        self,
        *,
        type: str,
        created_at: str | None = None,
        expires_at: str | None = None,
    ) -> None:
        pulumi.set(self, "type", type)
        pulumi.set(self, "created_at", created_at)
        pulumi.set(self, "expires_at", expires_at)

    @property
    @pulumi.getter
    def type(self) -> str:
        """What is demanded: `update_password` or `set_mfa`."""
        return pulumi.get(self, "type")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def created_at(self) -> str | None:
        """When the time began (RFC 3339, UTC)."""
        return pulumi.get(self, "created_at")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def expires_at(self) -> str | None:
        """When it ends (RFC 3339, UTC)."""
        return pulumi.get(self, "expires_at")  # type: ignore[no-any-return]


@pulumi.output_type
class JWTResult(dict):  # type: ignore[type-arg] # as the SDK's own output types
    """A token of a login session, as the API tells of it: without the token itself."""

    def __init__(
        self,
        *,
        jti: str,
        issuer_id: str,
        audience_id: str,
        ip: str,
        user_agent: str,
        created_at: str | None = None,
        updated_at: str | None = None,
        expires_at: str | None = None,
    ) -> None:
        pulumi.set(self, "jti", jti)
        pulumi.set(self, "issuer_id", issuer_id)
        pulumi.set(self, "audience_id", audience_id)
        pulumi.set(self, "ip", ip)
        pulumi.set(self, "user_agent", user_agent)
        pulumi.set(self, "created_at", created_at)
        pulumi.set(self, "updated_at", updated_at)
        pulumi.set(self, "expires_at", expires_at)

    @property
    @pulumi.getter
    def jti(self) -> str:
        """Its id."""
        return pulumi.get(self, "jti")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def issuer_id(self) -> str:
        """Who made it."""
        return pulumi.get(self, "issuer_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def audience_id(self) -> str:
        """The user for whom it was made."""
        return pulumi.get(self, "audience_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def ip(self) -> str:
        """Address from which it was requested."""
        return pulumi.get(self, "ip")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def user_agent(self) -> str:
        """Program with which it was requested."""
        return pulumi.get(self, "user_agent")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def created_at(self) -> str | None:
        """When it was made (RFC 3339, UTC)."""
        return pulumi.get(self, "created_at")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def updated_at(self) -> str | None:
        """When it was renewed last (RFC 3339, UTC)."""
        return pulumi.get(self, "updated_at")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def expires_at(self) -> str | None:
        """When it ends (RFC 3339, UTC)."""
        return pulumi.get(self, "expires_at")  # type: ignore[no-any-return]


@pulumi.output_type
class PermissionSetResult(dict):  # type: ignore[type-arg] # as the SDK's own output types
    """A permission set, as the API tells of it."""

    def __init__(
        self,
        *,
        id: str,
        name: str,
        scope_type: str,
        description: str,
        categories: Sequence[str] = [],
    ) -> None:
        pulumi.set(self, "id", id)
        pulumi.set(self, "name", name)
        pulumi.set(self, "scope_type", scope_type)
        pulumi.set(self, "description", description)
        pulumi.set(self, "categories", categories)

    @property
    @pulumi.getter
    def id(self) -> str:
        """Its id."""
        return pulumi.get(self, "id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def name(self) -> str:
        """Its name."""
        return pulumi.get(self, "name")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def scope_type(self) -> str:
        """`projects` or `organization`; all permission sets of one rule have the same."""
        return pulumi.get(self, "scope_type")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def description(self) -> str:
        """What it allows."""
        return pulumi.get(self, "description")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def categories(self) -> Sequence[str]:
        """The products that it belongs to."""
        return pulumi.get(self, "categories")  # type: ignore[no-any-return]


@pulumi.output_type
class QuotumLimitResult(dict):  # type: ignore[type-arg] # as the SDK's own output types
    """How many are allowed in one place: everywhere, where neither region nor zone is set."""

    def __init__(
        self,
        *,
        region: str | None = None,
        zone: str | None = None,
        limit: int | None = None,
        unlimited: bool = False,
    ) -> None:
        pulumi.set(self, "region", region)
        pulumi.set(self, "zone", zone)
        pulumi.set(self, "limit", limit)
        pulumi.set(self, "unlimited", unlimited)

    @property
    @pulumi.getter
    def region(self) -> str | None:
        """The region that it counts in."""
        return pulumi.get(self, "region")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def zone(self) -> str | None:
        """The zone that it counts in."""
        return pulumi.get(self, "zone")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def limit(self) -> int | None:
        """So many are allowed; unset where it is unlimited."""
        return pulumi.get(self, "limit")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def unlimited(self) -> bool:
        """Whether there may be any number."""
        return pulumi.get(self, "unlimited")  # type: ignore[no-any-return]


@pulumi.output_type
class QuotumResult(dict):  # type: ignore[type-arg] # as the SDK's own output types
    """A quota, as the API tells of it."""

    def __init__(
        self,
        *,
        name: str,
        pretty_name: str,
        unit: str,
        description: str,
        locality_type: str,
        limits: Sequence[QuotumLimitResult],
        limit: int | None = None,
        unlimited: bool = False,
    ) -> None:
        pulumi.set(self, "name", name)
        pulumi.set(self, "pretty_name", pretty_name)
        pulumi.set(self, "unit", unit)
        pulumi.set(self, "description", description)
        pulumi.set(self, "locality_type", locality_type)
        pulumi.set(self, "limits", limits)
        pulumi.set(self, "limit", limit)
        pulumi.set(self, "unlimited", unlimited)

    @property
    @pulumi.getter
    def name(self) -> str:
        """Its name."""
        return pulumi.get(self, "name")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def pretty_name(self) -> str:
        """Its name for people."""
        return pulumi.get(self, "pretty_name")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def unit(self) -> str:
        """What the limit counts in, where that is not a number of things."""
        return pulumi.get(self, "unit")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def description(self) -> str:
        """What is limited."""
        return pulumi.get(self, "description")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def locality_type(self) -> str:
        """Where it counts: `global`, by `region` or by `zone`."""
        return pulumi.get(self, "locality_type")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def limits(self) -> Sequence[QuotumLimitResult]:
        """The limit of every place."""
        return pulumi.get(self, "limits")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def limit(self) -> int | None:
        """So many are allowed; unset where it is unlimited."""
        return pulumi.get(self, "limit")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def unlimited(self) -> bool:
        """Whether there may be any number."""
        return pulumi.get(self, "unlimited")  # type: ignore[no-any-return]


@pulumi.output_type
class LogResult(dict):  # type: ignore[type-arg] # as the SDK's own output types
    """A change: who changed what, from where, with which program."""

    def __init__(
        self,
        *,
        id: str,
        created_at: str | None = None,
        action: str,
        resource_type: str,
        resource_id: str,
        bearer_id: str,
        ip: str,
        user_agent: str,
        organization_id: str,
    ) -> None:
        pulumi.set(self, "id", id)
        pulumi.set(self, "created_at", created_at)
        pulumi.set(self, "action", action)
        pulumi.set(self, "resource_type", resource_type)
        pulumi.set(self, "resource_id", resource_id)
        pulumi.set(self, "bearer_id", bearer_id)
        pulumi.set(self, "ip", ip)
        pulumi.set(self, "user_agent", user_agent)
        pulumi.set(self, "organization_id", organization_id)

    @property
    @pulumi.getter
    def id(self) -> str:
        """Its id."""
        return pulumi.get(self, "id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def created_at(self) -> str | None:
        """When it was made (RFC 3339, UTC)."""
        return pulumi.get(self, "created_at")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def action(self) -> str:
        """`created`, `updated` or `deleted`."""
        return pulumi.get(self, "action")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def resource_type(self) -> str:
        """What was changed, such as `api_key` or `group`."""
        return pulumi.get(self, "resource_type")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def resource_id(self) -> str:
        """The id of what was changed."""
        return pulumi.get(self, "resource_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def bearer_id(self) -> str:
        """The user or application that changed it."""
        return pulumi.get(self, "bearer_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def ip(self) -> str:
        """Address from which it was changed."""
        return pulumi.get(self, "ip")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def user_agent(self) -> str:
        """Program with which it was changed."""
        return pulumi.get(self, "user_agent")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def organization_id(self) -> str:
        """Organization in which it was changed."""
        return pulumi.get(self, "organization_id")  # type: ignore[no-any-return]


@pulumi.output_type
class GroupsResult(dict):  # type: ignore[type-arg] # as the SDK's own output types
    """The groups that were found."""

    def __init__(
        self,
        *,
        groups: Sequence[GroupResult],
    ) -> None:
        pulumi.set(self, "groups", groups)

    @property
    @pulumi.getter
    def groups(self) -> Sequence[GroupResult]:
        """The groups."""
        return pulumi.get(self, "groups")  # type: ignore[no-any-return]


@pulumi.output_type
class ApplicationsResult(dict):  # type: ignore[type-arg] # as the SDK's own output types
    """The applications that were found."""

    def __init__(
        self,
        *,
        applications: Sequence[ApplicationResult],
    ) -> None:
        pulumi.set(self, "applications", applications)

    @property
    @pulumi.getter
    def applications(self) -> Sequence[ApplicationResult]:
        """The applications."""
        return pulumi.get(self, "applications")  # type: ignore[no-any-return]


@pulumi.output_type
class PoliciesResult(dict):  # type: ignore[type-arg] # as the SDK's own output types
    """The policies that were found."""

    def __init__(
        self,
        *,
        policies: Sequence[PolicyResult],
    ) -> None:
        pulumi.set(self, "policies", policies)

    @property
    @pulumi.getter
    def policies(self) -> Sequence[PolicyResult]:
        """The policies."""
        return pulumi.get(self, "policies")  # type: ignore[no-any-return]


@pulumi.output_type
class APIKeysResult(dict):  # type: ignore[type-arg] # as the SDK's own output types
    """The API keys that were found."""

    def __init__(
        self,
        *,
        api_keys: Sequence[APIKeyResult],
    ) -> None:
        pulumi.set(self, "api_keys", api_keys)

    @property
    @pulumi.getter
    def api_keys(self) -> Sequence[APIKeyResult]:
        """The API keys."""
        return pulumi.get(self, "api_keys")  # type: ignore[no-any-return]


@pulumi.output_type
class SSHKeysResult(dict):  # type: ignore[type-arg] # as the SDK's own output types
    """The SSH keys that were found."""

    def __init__(
        self,
        *,
        ssh_keys: Sequence[SSHKeyResult],
    ) -> None:
        pulumi.set(self, "ssh_keys", ssh_keys)

    @property
    @pulumi.getter
    def ssh_keys(self) -> Sequence[SSHKeyResult]:
        """The SSH keys."""
        return pulumi.get(self, "ssh_keys")  # type: ignore[no-any-return]


@pulumi.output_type
class UsersResult(dict):  # type: ignore[type-arg] # as the SDK's own output types
    """The users that were found."""

    def __init__(
        self,
        *,
        users: Sequence[UserResult],
    ) -> None:
        pulumi.set(self, "users", users)

    @property
    @pulumi.getter
    def users(self) -> Sequence[UserResult]:
        """The users."""
        return pulumi.get(self, "users")  # type: ignore[no-any-return]


@pulumi.output_type
class GracePeriodsResult(dict):  # type: ignore[type-arg] # as the SDK's own output types
    """The grace periods of a user."""

    def __init__(
        self,
        *,
        grace_periods: Sequence[GracePeriodResult],
    ) -> None:
        pulumi.set(self, "grace_periods", grace_periods)

    @property
    @pulumi.getter
    def grace_periods(self) -> Sequence[GracePeriodResult]:
        """The grace periods."""
        return pulumi.get(self, "grace_periods")  # type: ignore[no-any-return]


@pulumi.output_type
class JWTsResult(dict):  # type: ignore[type-arg] # as the SDK's own output types
    """The tokens that were found."""

    def __init__(
        self,
        *,
        jwts: Sequence[JWTResult],
    ) -> None:
        pulumi.set(self, "jwts", jwts)

    @property
    @pulumi.getter
    def jwts(self) -> Sequence[JWTResult]:
        """The tokens."""
        return pulumi.get(self, "jwts")  # type: ignore[no-any-return]


@pulumi.output_type
class PermissionSetsResult(dict):  # type: ignore[type-arg] # as the SDK's own output types
    """All permission sets."""

    def __init__(
        self,
        *,
        permission_sets: Sequence[PermissionSetResult],
    ) -> None:
        pulumi.set(self, "permission_sets", permission_sets)

    @property
    @pulumi.getter
    def permission_sets(self) -> Sequence[PermissionSetResult]:
        """The permission sets."""
        return pulumi.get(self, "permission_sets")  # type: ignore[no-any-return]


@pulumi.output_type
class QuotaResult(dict):  # type: ignore[type-arg] # as the SDK's own output types
    """The quota that were found."""

    def __init__(
        self,
        *,
        quota: Sequence[QuotumResult],
    ) -> None:
        pulumi.set(self, "quota", quota)

    @property
    @pulumi.getter
    def quota(self) -> Sequence[QuotumResult]:
        """The quota."""
        return pulumi.get(self, "quota")  # type: ignore[no-any-return]


@pulumi.output_type
class LogsResult(dict):  # type: ignore[type-arg] # as the SDK's own output types
    """The changes that were found."""

    def __init__(
        self,
        *,
        logs: Sequence[LogResult],
    ) -> None:
        pulumi.set(self, "logs", logs)

    @property
    @pulumi.getter
    def logs(self) -> Sequence[LogResult]:
        """The changes."""
        return pulumi.get(self, "logs")  # type: ignore[no-any-return]


@pulumi.output_type
class OrganizationSecuritySettingsResult(dict):  # type: ignore[type-arg] # as the SDK's own output types
    """What an organization demands of its users. Durations are in seconds, such as `259200s`."""

    def __init__(
        self,
        *,
        enforce_password_renewal: bool,
        grace_period_duration: str | None = None,
        login_attempts_before_locked: int,
        max_login_session_duration: str | None = None,
        max_api_key_expiration_duration: str | None = None,
    ) -> None:
        pulumi.set(self, "enforce_password_renewal", enforce_password_renewal)
        pulumi.set(self, "grace_period_duration", grace_period_duration)
        pulumi.set(self, "login_attempts_before_locked", login_attempts_before_locked)
        pulumi.set(self, "max_login_session_duration", max_login_session_duration)
        pulumi.set(self, "max_api_key_expiration_duration", max_api_key_expiration_duration)

    @property
    @pulumi.getter
    def enforce_password_renewal(self) -> bool:
        """Whether users must renew their passwords regularly."""
        return pulumi.get(self, "enforce_password_renewal")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def grace_period_duration(self) -> str | None:
        """How long users have to satisfy a new demand."""
        return pulumi.get(self, "grace_period_duration")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def login_attempts_before_locked(self) -> int:
        """After so many failed attempts to log in, a user is locked."""
        return pulumi.get(self, "login_attempts_before_locked")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def max_login_session_duration(self) -> str | None:
        """How long one may stay logged in."""
        return pulumi.get(self, "max_login_session_duration")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def max_api_key_expiration_duration(self) -> str | None:
        """How long an API key may live; `0s` is for ever."""
        return pulumi.get(self, "max_api_key_expiration_duration")  # type: ignore[no-any-return]


def get_group(
    *,
    group_id: str | None = None,
    name: str | None = None,
    organization_id: str | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> GroupResult:
    """One group with its members, by its id or by its name.

    :param group_id: Its id.
    :param name: Its name, when only one has it; upper and lower case differ.
    :param organization_id: Organization that is searched, when the id is not given; the
        provider's by default.
    """
    return invoke.call(
        "getGroup",
        GroupResult,
        {"group_id": group_id, "name": name, "organization_id": organization_id},
        opts,
    )


def get_group_output(
    *,
    group_id: pulumi.Input[str] | None = None,
    name: pulumi.Input[str] | None = None,
    organization_id: pulumi.Input[str] | None = None,
    opts: pulumi.InvokeOutputOptions | pulumi.InvokeOptions | None = None,
) -> pulumi.Output[GroupResult]:
    """`get_group` of inputs, as an output."""
    return invoke.call_output(
        "getGroup",
        GroupResult,
        {"group_id": group_id, "name": name, "organization_id": organization_id},
        opts,
    )


def get_groups(
    *,
    organization_id: str | None = None,
    name: str | None = None,
    tag: str | None = None,
    group_ids: SequenceNotStr[str] | None = None,
    user_ids: SequenceNotStr[str] | None = None,
    application_ids: SequenceNotStr[str] | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> GroupsResult:
    """The groups of an organization, oldest first; all of them, or those that pass every filter.

    :param organization_id: The organization; the provider's by default.
    :param name: Only those of this name, as the API compares names.
    :param tag: Only those with this tag, as the API compares tags.
    :param group_ids: Only these groups.
    :param user_ids: Only those that one of these users is in.
    :param application_ids: Only those that one of these applications is in.
    """
    return invoke.call(
        "getGroups",
        GroupsResult,
        {
            "organization_id": organization_id,
            "name": name,
            "tag": tag,
            "group_ids": group_ids,
            "user_ids": user_ids,
            "application_ids": application_ids,
        },
        opts,
    )


def get_groups_output(
    *,
    organization_id: pulumi.Input[str] | None = None,
    name: pulumi.Input[str] | None = None,
    tag: pulumi.Input[str] | None = None,
    group_ids: pulumi.Input[SequenceNotStr[pulumi.Input[str]]] | None = None,
    user_ids: pulumi.Input[SequenceNotStr[pulumi.Input[str]]] | None = None,
    application_ids: pulumi.Input[SequenceNotStr[pulumi.Input[str]]] | None = None,
    opts: pulumi.InvokeOutputOptions | pulumi.InvokeOptions | None = None,
) -> pulumi.Output[GroupsResult]:
    """`get_groups` of inputs, as an output."""
    return invoke.call_output(
        "getGroups",
        GroupsResult,
        {
            "organization_id": organization_id,
            "name": name,
            "tag": tag,
            "group_ids": group_ids,
            "user_ids": user_ids,
            "application_ids": application_ids,
        },
        opts,
    )


def get_application(
    *,
    application_id: str | None = None,
    name: str | None = None,
    organization_id: str | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> ApplicationResult:
    """One application, by its id or by its name, which several may have.

    :param application_id: Its id.
    :param name: Its name, when only one has it; upper and lower case differ.
    :param organization_id: Organization that is searched, when the id is not given; the
        provider's by default.
    """
    return invoke.call(
        "getApplication",
        ApplicationResult,
        {"application_id": application_id, "name": name, "organization_id": organization_id},
        opts,
    )


def get_application_output(
    *,
    application_id: pulumi.Input[str] | None = None,
    name: pulumi.Input[str] | None = None,
    organization_id: pulumi.Input[str] | None = None,
    opts: pulumi.InvokeOutputOptions | pulumi.InvokeOptions | None = None,
) -> pulumi.Output[ApplicationResult]:
    """`get_application` of inputs, as an output."""
    return invoke.call_output(
        "getApplication",
        ApplicationResult,
        {"application_id": application_id, "name": name, "organization_id": organization_id},
        opts,
    )


def get_applications(
    *,
    organization_id: str | None = None,
    name: str | None = None,
    tag: str | None = None,
    editable: bool | None = None,
    application_ids: SequenceNotStr[str] | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> ApplicationsResult:
    """The applications of an organization, oldest first; all, or those that pass every filter.

    :param organization_id: The organization; the provider's by default.
    :param name: Only those of this name, as the API compares names.
    :param tag: Only those with this tag, as the API compares tags.
    :param editable: Only those that can be changed, or that cannot.
    :param application_ids: Only these.
    """
    return invoke.call(
        "getApplications",
        ApplicationsResult,
        {
            "organization_id": organization_id,
            "name": name,
            "tag": tag,
            "editable": editable,
            "application_ids": application_ids,
        },
        opts,
    )


def get_applications_output(
    *,
    organization_id: pulumi.Input[str] | None = None,
    name: pulumi.Input[str] | None = None,
    tag: pulumi.Input[str] | None = None,
    editable: pulumi.Input[bool] | None = None,
    application_ids: pulumi.Input[SequenceNotStr[pulumi.Input[str]]] | None = None,
    opts: pulumi.InvokeOutputOptions | pulumi.InvokeOptions | None = None,
) -> pulumi.Output[ApplicationsResult]:
    """`get_applications` of inputs, as an output."""
    return invoke.call_output(
        "getApplications",
        ApplicationsResult,
        {
            "organization_id": organization_id,
            "name": name,
            "tag": tag,
            "editable": editable,
            "application_ids": application_ids,
        },
        opts,
    )


def get_policy(
    *,
    policy_id: str | None = None,
    name: str | None = None,
    organization_id: str | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> PolicyResult:
    """One policy with its rules, by its id or by its name.

    :param policy_id: Its id.
    :param name: Its name, when only one has it; upper and lower case differ.
    :param organization_id: Organization that is searched, when the id is not given; the
        provider's by default.
    """
    return invoke.call(
        "getPolicy",
        PolicyResult,
        {"policy_id": policy_id, "name": name, "organization_id": organization_id},
        opts,
    )


def get_policy_output(
    *,
    policy_id: pulumi.Input[str] | None = None,
    name: pulumi.Input[str] | None = None,
    organization_id: pulumi.Input[str] | None = None,
    opts: pulumi.InvokeOutputOptions | pulumi.InvokeOptions | None = None,
) -> pulumi.Output[PolicyResult]:
    """`get_policy` of inputs, as an output."""
    return invoke.call_output(
        "getPolicy",
        PolicyResult,
        {"policy_id": policy_id, "name": name, "organization_id": organization_id},
        opts,
    )


def get_policies(
    *,
    organization_id: str | None = None,
    policy_name: str | None = None,
    tag: str | None = None,
    editable: bool | None = None,
    policy_ids: SequenceNotStr[str] | None = None,
    user_ids: SequenceNotStr[str] | None = None,
    group_ids: SequenceNotStr[str] | None = None,
    application_ids: SequenceNotStr[str] | None = None,
    no_principal: bool | None = None,
    with_rules: bool | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> PoliciesResult:
    """The policies of an organization, oldest first; all of them, or those that pass every filter.

    The rules of each take a call of their own, unless `with_rules` is False.

    :param organization_id: The organization; the provider's by default.
    :param policy_name: Only those of this name, as the API compares names.
    :param tag: Only those with this tag, as the API compares tags.
    :param editable: Only those that can be changed, or that cannot.
    :param policy_ids: Only these.
    :param user_ids: Only those of these users.
    :param group_ids: Only those of these groups.
    :param application_ids: Only those of these applications.
    :param no_principal: Only those that are attached to nobody, or that are to somebody.
    :param with_rules: Whether to get the rules too, with a call for each policy; by default
        they are.
    """
    return invoke.call(
        "getPolicies",
        PoliciesResult,
        {
            "organization_id": organization_id,
            "policy_name": policy_name,
            "tag": tag,
            "editable": editable,
            "policy_ids": policy_ids,
            "user_ids": user_ids,
            "group_ids": group_ids,
            "application_ids": application_ids,
            "no_principal": no_principal,
            "with_rules": with_rules,
        },
        opts,
    )


def get_policies_output(
    *,
    organization_id: pulumi.Input[str] | None = None,
    policy_name: pulumi.Input[str] | None = None,
    tag: pulumi.Input[str] | None = None,
    editable: pulumi.Input[bool] | None = None,
    policy_ids: pulumi.Input[SequenceNotStr[pulumi.Input[str]]] | None = None,
    user_ids: pulumi.Input[SequenceNotStr[pulumi.Input[str]]] | None = None,
    group_ids: pulumi.Input[SequenceNotStr[pulumi.Input[str]]] | None = None,
    application_ids: pulumi.Input[SequenceNotStr[pulumi.Input[str]]] | None = None,
    no_principal: pulumi.Input[bool] | None = None,
    with_rules: pulumi.Input[bool] | None = None,
    opts: pulumi.InvokeOutputOptions | pulumi.InvokeOptions | None = None,
) -> pulumi.Output[PoliciesResult]:
    """`get_policies` of inputs, as an output."""
    return invoke.call_output(
        "getPolicies",
        PoliciesResult,
        {
            "organization_id": organization_id,
            "policy_name": policy_name,
            "tag": tag,
            "editable": editable,
            "policy_ids": policy_ids,
            "user_ids": user_ids,
            "group_ids": group_ids,
            "application_ids": application_ids,
            "no_principal": no_principal,
            "with_rules": with_rules,
        },
        opts,
    )


def get_api_key(
    *,
    access_key: str,
    opts: pulumi.InvokeOptions | None = None,
) -> APIKeyResult:
    """One API key by its access key; never its secret key, which the API tells only once.

    :param access_key: Its access key, which begins with SCW.
    """
    return invoke.call("getAPIKey", APIKeyResult, {"access_key": access_key}, opts)


def get_api_key_output(
    *,
    access_key: pulumi.Input[str],
    opts: pulumi.InvokeOutputOptions | pulumi.InvokeOptions | None = None,
) -> pulumi.Output[APIKeyResult]:
    """`get_api_key` of inputs, as an output."""
    return invoke.call_output("getAPIKey", APIKeyResult, {"access_key": access_key}, opts)


def get_api_keys(
    *,
    organization_id: str | None = None,
    access_keys: SequenceNotStr[str] | None = None,
    description: str | None = None,
    bearer_id: str | None = None,
    bearer_type: Literal["user", "application"] | None = None,
    editable: bool | None = None,
    expired: bool | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> APIKeysResult:
    """The API keys of an organization, oldest first; all of them, or those that pass every filter.

    Never their secret keys, which the API tells only once.

    :param organization_id: The organization; the provider's by default.
    :param access_keys: Only those with these access keys.
    :param description: Only those of this description, as the API compares descriptions.
    :param bearer_id: Only those of this user or application.
    :param bearer_type: Only those of users, or of applications.
    :param editable: Only those that can be changed, or that cannot.
    :param expired: Only those that have expired, or that have not.
    """
    return invoke.call(
        "getAPIKeys",
        APIKeysResult,
        {
            "organization_id": organization_id,
            "access_keys": access_keys,
            "description": description,
            "bearer_id": bearer_id,
            "bearer_type": bearer_type,
            "editable": editable,
            "expired": expired,
        },
        opts,
    )


def get_api_keys_output(
    *,
    organization_id: pulumi.Input[str] | None = None,
    access_keys: pulumi.Input[SequenceNotStr[pulumi.Input[str]]] | None = None,
    description: pulumi.Input[str] | None = None,
    bearer_id: pulumi.Input[str] | None = None,
    bearer_type: Literal["user", "application"] | Awaitable[str] | pulumi.Output[str] | None = None,
    editable: pulumi.Input[bool] | None = None,
    expired: pulumi.Input[bool] | None = None,
    opts: pulumi.InvokeOutputOptions | pulumi.InvokeOptions | None = None,
) -> pulumi.Output[APIKeysResult]:
    """`get_api_keys` of inputs, as an output."""
    return invoke.call_output(
        "getAPIKeys",
        APIKeysResult,
        {
            "organization_id": organization_id,
            "access_keys": access_keys,
            "description": description,
            "bearer_id": bearer_id,
            "bearer_type": bearer_type,
            "editable": editable,
            "expired": expired,
        },
        opts,
    )


def get_ssh_key(
    *,
    ssh_key_id: str | None = None,
    name: str | None = None,
    public_key: str | None = None,
    fingerprint: str | None = None,
    project_id: str | None = None,
    organization_id: str | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> SSHKeyResult:
    """One SSH key, by its id, its name, the key itself or its fingerprint.

    Neither a name nor a key need be the only one of its kind, not even in one project.

    :param ssh_key_id: Its id.
    :param name: Its name, when only one has it; upper and lower case differ.
    :param public_key: The key as in a .pub file; a comment behind it is ignored.
    :param fingerprint: As the API shows it: `256 MD5:… (ssh-ed25519)`.
    :param project_id: Only those of this project; unset, those of all projects of the
        organization.
    :param organization_id: Organization that is searched, when the id is not given; the
        provider's by default.
    """
    return invoke.call(
        "getSSHKey",
        SSHKeyResult,
        {
            "ssh_key_id": ssh_key_id,
            "name": name,
            "public_key": public_key,
            "fingerprint": fingerprint,
            "project_id": project_id,
            "organization_id": organization_id,
        },
        opts,
    )


def get_ssh_key_output(
    *,
    ssh_key_id: pulumi.Input[str] | None = None,
    name: pulumi.Input[str] | None = None,
    public_key: pulumi.Input[str] | None = None,
    fingerprint: pulumi.Input[str] | None = None,
    project_id: pulumi.Input[str] | None = None,
    organization_id: pulumi.Input[str] | None = None,
    opts: pulumi.InvokeOutputOptions | pulumi.InvokeOptions | None = None,
) -> pulumi.Output[SSHKeyResult]:
    """`get_ssh_key` of inputs, as an output."""
    return invoke.call_output(
        "getSSHKey",
        SSHKeyResult,
        {
            "ssh_key_id": ssh_key_id,
            "name": name,
            "public_key": public_key,
            "fingerprint": fingerprint,
            "project_id": project_id,
            "organization_id": organization_id,
        },
        opts,
    )


def get_ssh_keys(
    *,
    project_id: str | None = None,
    organization_id: str | None = None,
    name: str | None = None,
    disabled: bool | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> SSHKeysResult:
    """The SSH keys of a project or an organization, oldest first; those that pass every filter.

    :param project_id: Only those of this project; unset, those of all projects of the
        organization.
    :param organization_id: The organization, where no project is given; the provider's by
        default.
    :param name: Only those of this name, as the API compares names.
    :param disabled: Only those that servers must not take, or that they may.
    """
    return invoke.call(
        "getSSHKeys",
        SSHKeysResult,
        {
            "project_id": project_id,
            "organization_id": organization_id,
            "name": name,
            "disabled": disabled,
        },
        opts,
    )


def get_ssh_keys_output(
    *,
    project_id: pulumi.Input[str] | None = None,
    organization_id: pulumi.Input[str] | None = None,
    name: pulumi.Input[str] | None = None,
    disabled: pulumi.Input[bool] | None = None,
    opts: pulumi.InvokeOutputOptions | pulumi.InvokeOptions | None = None,
) -> pulumi.Output[SSHKeysResult]:
    """`get_ssh_keys` of inputs, as an output."""
    return invoke.call_output(
        "getSSHKeys",
        SSHKeysResult,
        {
            "project_id": project_id,
            "organization_id": organization_id,
            "name": name,
            "disabled": disabled,
        },
        opts,
    )


def get_user(
    *,
    user_id: str | None = None,
    email: str | None = None,
    username: str | None = None,
    organization_id: str | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> UserResult:
    """One user, by its id, its e-mail address or the name with which it logs in.

    :param user_id: Its id.
    :param email: Its e-mail address; upper and lower case are alike.
    :param username: The name with which it logs in.
    :param organization_id: Organization that is searched, when the id is not given; the
        provider's by default.
    """
    return invoke.call(
        "getUser",
        UserResult,
        {
            "user_id": user_id,
            "email": email,
            "username": username,
            "organization_id": organization_id,
        },
        opts,
    )


def get_user_output(
    *,
    user_id: pulumi.Input[str] | None = None,
    email: pulumi.Input[str] | None = None,
    username: pulumi.Input[str] | None = None,
    organization_id: pulumi.Input[str] | None = None,
    opts: pulumi.InvokeOutputOptions | pulumi.InvokeOptions | None = None,
) -> pulumi.Output[UserResult]:
    """`get_user` of inputs, as an output."""
    return invoke.call_output(
        "getUser",
        UserResult,
        {
            "user_id": user_id,
            "email": email,
            "username": username,
            "organization_id": organization_id,
        },
        opts,
    )


def get_users(
    *,
    organization_id: str | None = None,
    user_ids: SequenceNotStr[str] | None = None,
    type: Literal["guest", "member", "owner"] | None = None,
    mfa: bool | None = None,
    tag: str | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> UsersResult:
    """The users of an organization, oldest first; all of them, or those that pass every filter.

    :param organization_id: The organization; the provider's by default.
    :param user_ids: Only these.
    :param type: Only those of this type.
    :param mfa: Only those that log in with a second factor, or that do not.
    :param tag: Only those with this tag, as the API compares tags.
    """
    return invoke.call(
        "getUsers",
        UsersResult,
        {
            "organization_id": organization_id,
            "user_ids": user_ids,
            "type": type,
            "mfa": mfa,
            "tag": tag,
        },
        opts,
    )


def get_users_output(
    *,
    organization_id: pulumi.Input[str] | None = None,
    user_ids: pulumi.Input[SequenceNotStr[pulumi.Input[str]]] | None = None,
    type: Literal["guest", "member", "owner"] | Awaitable[str] | pulumi.Output[str] | None = None,
    mfa: pulumi.Input[bool] | None = None,
    tag: pulumi.Input[str] | None = None,
    opts: pulumi.InvokeOutputOptions | pulumi.InvokeOptions | None = None,
) -> pulumi.Output[UsersResult]:
    """`get_users` of inputs, as an output."""
    return invoke.call_output(
        "getUsers",
        UsersResult,
        {
            "organization_id": organization_id,
            "user_ids": user_ids,
            "type": type,
            "mfa": mfa,
            "tag": tag,
        },
        opts,
    )


def get_grace_periods(
    *,
    user_id: str | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> GracePeriodsResult:
    """Until when a user has time to satisfy what the organization demands.

    :param user_id: The user; the bearer of the provider's API key by default.
    """
    return invoke.call("getGracePeriods", GracePeriodsResult, {"user_id": user_id}, opts)


def get_grace_periods_output(
    *,
    user_id: pulumi.Input[str] | None = None,
    opts: pulumi.InvokeOutputOptions | pulumi.InvokeOptions | None = None,
) -> pulumi.Output[GracePeriodsResult]:
    """`get_grace_periods` of inputs, as an output."""
    return invoke.call_output("getGracePeriods", GracePeriodsResult, {"user_id": user_id}, opts)


def get_jwt(
    *,
    jti: str,
    opts: pulumi.InvokeOptions | None = None,
) -> JWTResult:
    """What is known of one token of a login session; never the token itself.

    :param jti: Its id.
    """
    return invoke.call("getJWT", JWTResult, {"jti": jti}, opts)


def get_jwt_output(
    *,
    jti: pulumi.Input[str],
    opts: pulumi.InvokeOutputOptions | pulumi.InvokeOptions | None = None,
) -> pulumi.Output[JWTResult]:
    """`get_jwt` of inputs, as an output."""
    return invoke.call_output("getJWT", JWTResult, {"jti": jti}, opts)


def get_jwts(
    *,
    audience_id: str,
    expired: bool | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> JWTsResult:
    """The tokens of the login sessions of a user, oldest first; never the tokens themselves.

    :param audience_id: The user.
    :param expired: Only those that have expired, or that have not.
    """
    return invoke.call(
        "getJWTs", JWTsResult, {"audience_id": audience_id, "expired": expired}, opts
    )


def get_jwts_output(
    *,
    audience_id: pulumi.Input[str],
    expired: pulumi.Input[bool] | None = None,
    opts: pulumi.InvokeOutputOptions | pulumi.InvokeOptions | None = None,
) -> pulumi.Output[JWTsResult]:
    """`get_jwts` of inputs, as an output."""
    return invoke.call_output(
        "getJWTs", JWTsResult, {"audience_id": audience_id, "expired": expired}, opts
    )


def get_permission_set(
    *,
    name: str,
    organization_id: str | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> PermissionSetResult:
    """One permission set, which the rules of policies can grant, by its name.

    :param name: Its name, such as `IAMReadOnly`.
    :param organization_id: The organization; the provider's by default.
    """
    return invoke.call(
        "getPermissionSet",
        PermissionSetResult,
        {"name": name, "organization_id": organization_id},
        opts,
    )


def get_permission_set_output(
    *,
    name: pulumi.Input[str],
    organization_id: pulumi.Input[str] | None = None,
    opts: pulumi.InvokeOutputOptions | pulumi.InvokeOptions | None = None,
) -> pulumi.Output[PermissionSetResult]:
    """`get_permission_set` of inputs, as an output."""
    return invoke.call_output(
        "getPermissionSet",
        PermissionSetResult,
        {"name": name, "organization_id": organization_id},
        opts,
    )


def get_permission_sets(
    *,
    organization_id: str | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> PermissionSetsResult:
    """All permission sets that the rules of policies can grant.

    :param organization_id: The organization; the provider's by default.
    """
    return invoke.call(
        "getPermissionSets", PermissionSetsResult, {"organization_id": organization_id}, opts
    )


def get_permission_sets_output(
    *,
    organization_id: pulumi.Input[str] | None = None,
    opts: pulumi.InvokeOutputOptions | pulumi.InvokeOptions | None = None,
) -> pulumi.Output[PermissionSetsResult]:
    """`get_permission_sets` of inputs, as an output."""
    return invoke.call_output(
        "getPermissionSets", PermissionSetsResult, {"organization_id": organization_id}, opts
    )


def get_quotum(
    *,
    name: str,
    organization_id: str | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> QuotumResult:
    """How many of one thing an organization may have.

    :param name: Its name, such as `iam_groups`.
    :param organization_id: The organization; the provider's by default.
    """
    return invoke.call(
        "getQuotum", QuotumResult, {"name": name, "organization_id": organization_id}, opts
    )


def get_quotum_output(
    *,
    name: pulumi.Input[str],
    organization_id: pulumi.Input[str] | None = None,
    opts: pulumi.InvokeOutputOptions | pulumi.InvokeOptions | None = None,
) -> pulumi.Output[QuotumResult]:
    """`get_quotum` of inputs, as an output."""
    return invoke.call_output(
        "getQuotum", QuotumResult, {"name": name, "organization_id": organization_id}, opts
    )


def get_quota(
    *,
    organization_id: str | None = None,
    quotum_names: SequenceNotStr[str] | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> QuotaResult:
    """How many of each thing an organization may have.

    :param organization_id: The organization; the provider's by default.
    :param quotum_names: Only those of these names.
    """
    return invoke.call(
        "getQuota",
        QuotaResult,
        {"organization_id": organization_id, "quotum_names": quotum_names},
        opts,
    )


def get_quota_output(
    *,
    organization_id: pulumi.Input[str] | None = None,
    quotum_names: pulumi.Input[SequenceNotStr[pulumi.Input[str]]] | None = None,
    opts: pulumi.InvokeOutputOptions | pulumi.InvokeOptions | None = None,
) -> pulumi.Output[QuotaResult]:
    """`get_quota` of inputs, as an output."""
    return invoke.call_output(
        "getQuota",
        QuotaResult,
        {"organization_id": organization_id, "quotum_names": quotum_names},
        opts,
    )


def get_log(
    *,
    log_id: str,
    opts: pulumi.InvokeOptions | None = None,
) -> LogResult:
    """One change that somebody made in an organization.

    :param log_id: Its id.
    """
    return invoke.call("getLog", LogResult, {"log_id": log_id}, opts)


def get_log_output(
    *,
    log_id: pulumi.Input[str],
    opts: pulumi.InvokeOutputOptions | pulumi.InvokeOptions | None = None,
) -> pulumi.Output[LogResult]:
    """`get_log` of inputs, as an output."""
    return invoke.call_output("getLog", LogResult, {"log_id": log_id}, opts)


def get_logs(
    *,
    organization_id: str | None = None,
    limit: int | None = None,
    created_after: str | None = None,
    created_before: str | None = None,
    action: Literal["created", "updated", "deleted"] | None = None,
    resource_type: Literal["api_key", "user", "application", "group", "policy"] | None = None,
    search: str | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> LogsResult:
    """The last changes in an organization, newest first: as many as `limit` says.

    :param organization_id: The organization; the provider's by default.
    :param limit: At most so many; 100 by default, and for each 100 there is a call.
    :param created_after: Only changes from then on (RFC 3339).
    :param created_before: Only changes before then (RFC 3339).
    :param action: Only these changes.
    :param resource_type: Only changes of such resources.
    :param search: Only changes by the bearer, or of the resource, with this id.
    """
    return invoke.call(
        "getLogs",
        LogsResult,
        {
            "organization_id": organization_id,
            "limit": limit,
            "created_after": created_after,
            "created_before": created_before,
            "action": action,
            "resource_type": resource_type,
            "search": search,
        },
        opts,
    )


def get_logs_output(
    *,
    organization_id: pulumi.Input[str] | None = None,
    limit: pulumi.Input[int] | None = None,
    created_after: pulumi.Input[str] | None = None,
    created_before: pulumi.Input[str] | None = None,
    action: Literal["created", "updated", "deleted"]
    | Awaitable[str]
    | pulumi.Output[str]
    | None = None,
    resource_type: Literal["api_key", "user", "application", "group", "policy"]
    | Awaitable[str]
    | pulumi.Output[str]
    | None = None,
    search: pulumi.Input[str] | None = None,
    opts: pulumi.InvokeOutputOptions | pulumi.InvokeOptions | None = None,
) -> pulumi.Output[LogsResult]:
    """`get_logs` of inputs, as an output."""
    return invoke.call_output(
        "getLogs",
        LogsResult,
        {
            "organization_id": organization_id,
            "limit": limit,
            "created_after": created_after,
            "created_before": created_before,
            "action": action,
            "resource_type": resource_type,
            "search": search,
        },
        opts,
    )


def get_organization_security_settings(
    *,
    organization_id: str | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> OrganizationSecuritySettingsResult:
    """What an organization demands of its users.

    :param organization_id: The organization; the provider's by default.
    """
    return invoke.call(
        "getOrganizationSecuritySettings",
        OrganizationSecuritySettingsResult,
        {"organization_id": organization_id},
        opts,
    )


def get_organization_security_settings_output(
    *,
    organization_id: pulumi.Input[str] | None = None,
    opts: pulumi.InvokeOutputOptions | pulumi.InvokeOptions | None = None,
) -> pulumi.Output[OrganizationSecuritySettingsResult]:
    """`get_organization_security_settings` of inputs, as an output."""
    return invoke.call_output(
        "getOrganizationSecuritySettings",
        OrganizationSecuritySettingsResult,
        {"organization_id": organization_id},
        opts,
    )
