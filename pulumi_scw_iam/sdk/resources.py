"""The resources, as programs write them.

Written by `make generate` from the declarations in pulumi_scw_iam/kinds; change those.
"""

from __future__ import annotations

# The SDK reads the annotations at run time, to make objects of what is in an object.
from collections.abc import Awaitable, Sequence  # noqa: TC003
from typing import TYPE_CHECKING, Literal, TypedDict

import pulumi

from pulumi_scw_iam import dynamic
from pulumi_scw_iam.sdk.base import IamResource, declares
from pulumi_scw_iam.sdk.sequences import SequenceNotStr  # noqa: TC001

if TYPE_CHECKING:
    from typing_extensions import NotRequired


__all__ = [
    "SAML",
    "SCIM",
    "APIKey",
    "Application",
    "Group",
    "GroupMembership",
    "OrganizationSecuritySettings",
    "Policy",
    "PolicyRule",
    "PolicyRuleArgs",
    "PolicyRuleArgsDict",
    "SAMLCertificate",
    "SAMLServiceProvider",
    "SCIMToken",
    "SSHKey",
    "User",
]


@pulumi.output_type
class PolicyRule(dict):  # type: ignore[type-arg] # as the SDK's own output types
    """What a policy allows: permission sets, in one scope, maybe under a condition."""

    def __init__(
        self,
        *,
        permission_set_names: Sequence[str],
        organization_id: str | None = None,
        project_ids: Sequence[str] | None = None,
        all_projects: bool | None = None,
        condition: str = "",
    ) -> None:
        pulumi.set(self, "permission_set_names", permission_set_names)
        pulumi.set(self, "organization_id", organization_id)
        pulumi.set(self, "project_ids", project_ids)
        pulumi.set(self, "all_projects", all_projects)
        pulumi.set(self, "condition", condition)

    @property
    @pulumi.getter
    def permission_set_names(self) -> Sequence[str]:
        """Names of permission sets, all of one scope type."""
        return pulumi.get(self, "permission_set_names")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def organization_id(self) -> str | None:
        """The scope is the whole organization: with permission sets of projects, all its present and
        future projects.
        """
        return pulumi.get(self, "organization_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def project_ids(self) -> Sequence[str] | None:
        """The scope is these projects."""
        return pulumi.get(self, "project_ids")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def all_projects(self) -> bool | None:
        """The scope is all present and future projects of the organization."""
        return pulumi.get(self, "all_projects")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def condition(self) -> str:
        """CEL expression of at most 2048 characters; the rule counts only where it is true."""
        return pulumi.get(self, "condition")  # type: ignore[no-any-return]


@pulumi.output_type
class SAMLServiceProvider(dict):  # type: ignore[type-arg] # as the SDK's own output types
    """What the identity provider has to be told of Scaleway."""

    def __init__(
        self,
        *,
        entity_id: str = "",
        assertion_consumer_service_url: str = "",
    ) -> None:
        pulumi.set(self, "entity_id", entity_id)
        pulumi.set(self, "assertion_consumer_service_url", assertion_consumer_service_url)

    @property
    @pulumi.getter
    def entity_id(self) -> str:
        """Entity id of Scaleway, for this configuration."""
        return pulumi.get(self, "entity_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def assertion_consumer_service_url(self) -> str:
        """Where the identity provider sends members that it has signed on."""
        return pulumi.get(self, "assertion_consumer_service_url")  # type: ignore[no-any-return]


@pulumi.input_type
class PolicyRuleArgs:
    """What a policy allows: permission sets, in one scope, maybe under a condition."""

    def __init__(
        self,
        *,
        permission_set_names: pulumi.Input[SequenceNotStr[pulumi.Input[str]]],
        organization_id: pulumi.Input[str] | None = None,
        project_ids: pulumi.Input[SequenceNotStr[pulumi.Input[str]]] | None = None,
        all_projects: pulumi.Input[bool] | None = None,
        condition: pulumi.Input[str] | None = None,
    ) -> None:
        """Declare one; what is not said is as described.

        :param permission_set_names: Names of permission sets, all of one scope type.
        :param organization_id: The scope is the whole organization: with permission sets of
            projects, all its present and future projects.
        :param project_ids: The scope is these projects.
        :param all_projects: The scope is all present and future projects of the organization.
        :param condition: CEL expression of at most 2048 characters; the rule counts only where
            it is true.
        """
        pulumi.set(self, "permission_set_names", permission_set_names)
        pulumi.set(self, "organization_id", organization_id)
        pulumi.set(self, "project_ids", project_ids)
        pulumi.set(self, "all_projects", all_projects)
        pulumi.set(self, "condition", condition)

    @property
    @pulumi.getter
    def permission_set_names(self) -> pulumi.Input[SequenceNotStr[pulumi.Input[str]]]:
        """Names of permission sets, all of one scope type."""
        return pulumi.get(self, "permission_set_names")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def organization_id(self) -> pulumi.Input[str] | None:
        """The scope is the whole organization: with permission sets of projects, all its present and
        future projects.
        """
        return pulumi.get(self, "organization_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def project_ids(self) -> pulumi.Input[SequenceNotStr[pulumi.Input[str]]] | None:
        """The scope is these projects."""
        return pulumi.get(self, "project_ids")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def all_projects(self) -> pulumi.Input[bool] | None:
        """The scope is all present and future projects of the organization."""
        return pulumi.get(self, "all_projects")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def condition(self) -> pulumi.Input[str] | None:
        """CEL expression of at most 2048 characters; the rule counts only where it is true."""
        return pulumi.get(self, "condition")  # type: ignore[no-any-return]


class PolicyRuleArgsDict(TypedDict):
    """`PolicyRuleArgs`, written as a dict."""

    permission_set_names: pulumi.Input[SequenceNotStr[pulumi.Input[str]]]
    """Names of permission sets, all of one scope type."""
    organization_id: NotRequired[pulumi.Input[str]]
    """The scope is the whole organization: with permission sets of projects, all its present and
    future projects.
    """
    project_ids: NotRequired[pulumi.Input[SequenceNotStr[pulumi.Input[str]]]]
    """The scope is these projects."""
    all_projects: NotRequired[pulumi.Input[bool]]
    """The scope is all present and future projects of the organization."""
    condition: NotRequired[pulumi.Input[str]]
    """CEL expression of at most 2048 characters; the rule counts only where it is true."""


class Group(IamResource, module="scw_iam", name="Group"):
    """Users and applications that share policies.

    Deleting a group takes from its members what its policies gave them; the members stay.
    """

    _iam = dynamic.GroupProvider()

    @declares
    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        name: pulumi.Input[str] | None = None,
        description: pulumi.Input[str] | None = None,
        tags: pulumi.Input[SequenceNotStr[pulumi.Input[str]]] | None = None,
        user_ids: pulumi.Input[SequenceNotStr[pulumi.Input[str]]] | None = None,
        application_ids: pulumi.Input[SequenceNotStr[pulumi.Input[str]]] | None = None,
        organization_id: pulumi.Input[str] | None = None,
    ) -> None:
        """Declare one; what is not said is as described.

        :param name: Name, unique in the organization: 1 to 64 letters, digits, spaces and ( ) .
            _ -; the resource's name by default.
        :param description: Free text of at most 200 characters.
        :param tags: At most 10 tags of 1 to 70 characters, in any order; `key=value` is the
            usual shape.
        :param user_ids: The users in it, all of them; unset, Pulumi leaves the users of the
            group alone.
        :param application_ids: The applications in it, all of them; unset, Pulumi leaves them
            alone.
        :param organization_id: Organization that owns it; the provider's by default.
        """

    @property
    @pulumi.getter
    def name(self) -> pulumi.Output[str]:
        """Name, unique in the organization: 1 to 64 letters, digits, spaces and ( ) . _ -; the
        resource's name by default.
        """
        return pulumi.get(self, "name")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def description(self) -> pulumi.Output[str]:
        """Free text of at most 200 characters."""
        return pulumi.get(self, "description")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def tags(self) -> pulumi.Output[Sequence[str]]:
        """At most 10 tags of 1 to 70 characters, in any order; `key=value` is the usual shape."""
        return pulumi.get(self, "tags")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def user_ids(self) -> pulumi.Output[Sequence[str] | None]:
        """The users in it, all of them; unset, Pulumi leaves the users of the group alone."""
        return pulumi.get(self, "user_ids")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def application_ids(self) -> pulumi.Output[Sequence[str] | None]:
        """The applications in it, all of them; unset, Pulumi leaves them alone."""
        return pulumi.get(self, "application_ids")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def organization_id(self) -> pulumi.Output[str]:
        """Organization that owns it; the provider's by default."""
        return pulumi.get(self, "organization_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def created_at(self) -> pulumi.Output[str]:
        """When it was made (RFC 3339, UTC)."""
        return pulumi.get(self, "created_at")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def editable(self) -> pulumi.Output[bool]:
        """Whether it can be changed."""
        return pulumi.get(self, "editable")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def deletable(self) -> pulumi.Output[bool]:
        """Whether it can be deleted."""
        return pulumi.get(self, "deletable")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def managed(self) -> pulumi.Output[bool]:
        """Whether a Scaleway product manages it."""
        return pulumi.get(self, "managed")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def all_users(self) -> pulumi.Output[bool]:
        """Whether it is the built-in group of all users."""
        return pulumi.get(self, "all_users")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def all_applications(self) -> pulumi.Output[bool]:
        """Whether it is the built-in group of all applications."""
        return pulumi.get(self, "all_applications")  # type: ignore[no-any-return]


class Application(IamResource, module="scw_iam", name="Application"):
    """The identity of a machine or a program: it bears API keys, and policies give it rights.

    Deleting an application deletes its API keys at once, and leaves its policies without
    effect.
    """

    _iam = dynamic.ApplicationProvider()

    @declares
    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        name: pulumi.Input[str] | None = None,
        description: pulumi.Input[str] | None = None,
        tags: pulumi.Input[SequenceNotStr[pulumi.Input[str]]] | None = None,
        organization_id: pulumi.Input[str] | None = None,
    ) -> None:
        """Declare one; what is not said is as described.

        :param name: Name: 1 to 64 letters, digits, spaces and ( ) . _ -; the resource's name by
            default.
        :param description: Free text of at most 200 characters.
        :param tags: At most 10 tags of 1 to 70 characters, in any order; `key=value` is the
            usual shape.
        :param organization_id: Organization that owns it; the provider's by default.
        """

    @property
    @pulumi.getter
    def name(self) -> pulumi.Output[str]:
        """Name: 1 to 64 letters, digits, spaces and ( ) . _ -; the resource's name by default."""
        return pulumi.get(self, "name")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def description(self) -> pulumi.Output[str]:
        """Free text of at most 200 characters."""
        return pulumi.get(self, "description")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def tags(self) -> pulumi.Output[Sequence[str]]:
        """At most 10 tags of 1 to 70 characters, in any order; `key=value` is the usual shape."""
        return pulumi.get(self, "tags")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def organization_id(self) -> pulumi.Output[str]:
        """Organization that owns it; the provider's by default."""
        return pulumi.get(self, "organization_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def created_at(self) -> pulumi.Output[str]:
        """When it was made (RFC 3339, UTC)."""
        return pulumi.get(self, "created_at")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def editable(self) -> pulumi.Output[bool]:
        """Whether it can be changed."""
        return pulumi.get(self, "editable")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def deletable(self) -> pulumi.Output[bool]:
        """Whether it can be deleted."""
        return pulumi.get(self, "deletable")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def managed(self) -> pulumi.Output[bool]:
        """Whether a Scaleway product manages it."""
        return pulumi.get(self, "managed")  # type: ignore[no-any-return]


class Policy(IamResource, module="scw_iam", name="Policy"):
    """Rules that give rights to one principal: a user, a group or an application.

    Rules only allow, and all policies of a principal add up. A change can take up to a minute
    to
    count everywhere.
    """

    _iam = dynamic.PolicyProvider()

    @declares
    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        name: pulumi.Input[str] | None = None,
        description: pulumi.Input[str] | None = None,
        tags: pulumi.Input[SequenceNotStr[pulumi.Input[str]]] | None = None,
        rules: pulumi.Input[SequenceNotStr[pulumi.Input[PolicyRuleArgs | PolicyRuleArgsDict]]]
        | None = None,
        user_id: pulumi.Input[str] | None = None,
        group_id: pulumi.Input[str] | None = None,
        application_id: pulumi.Input[str] | None = None,
        no_principal: pulumi.Input[bool] | None = None,
        organization_id: pulumi.Input[str] | None = None,
    ) -> None:
        """Declare one; what is not said is as described.

        :param name: Name, unique in the organization: 1 to 64 letters, digits, spaces and ( ) .
            _ -; the resource's name by default.
        :param description: Free text of at most 200 characters.
        :param tags: At most 10 tags of 1 to 70 characters, in any order; `key=value` is the
            usual shape.
        :param rules: What the principal may do; order does not matter.
        :param user_id: The principal is this user.
        :param group_id: The principal is this group.
        :param application_id: The principal is this application.
        :param no_principal: Attached to nobody, so without effect.
        :param organization_id: Organization that owns it; the provider's by default.
        """

    @property
    @pulumi.getter
    def name(self) -> pulumi.Output[str]:
        """Name, unique in the organization: 1 to 64 letters, digits, spaces and ( ) . _ -; the
        resource's name by default.
        """
        return pulumi.get(self, "name")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def description(self) -> pulumi.Output[str]:
        """Free text of at most 200 characters."""
        return pulumi.get(self, "description")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def tags(self) -> pulumi.Output[Sequence[str]]:
        """At most 10 tags of 1 to 70 characters, in any order; `key=value` is the usual shape."""
        return pulumi.get(self, "tags")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def rules(self) -> pulumi.Output[Sequence[PolicyRule]]:
        """What the principal may do; order does not matter."""
        return pulumi.get(self, "rules")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def user_id(self) -> pulumi.Output[str | None]:
        """The principal is this user."""
        return pulumi.get(self, "user_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def group_id(self) -> pulumi.Output[str | None]:
        """The principal is this group."""
        return pulumi.get(self, "group_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def application_id(self) -> pulumi.Output[str | None]:
        """The principal is this application."""
        return pulumi.get(self, "application_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def no_principal(self) -> pulumi.Output[bool]:
        """Attached to nobody, so without effect."""
        return pulumi.get(self, "no_principal")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def organization_id(self) -> pulumi.Output[str]:
        """Organization that owns it; the provider's by default."""
        return pulumi.get(self, "organization_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def created_at(self) -> pulumi.Output[str]:
        """When it was made (RFC 3339, UTC)."""
        return pulumi.get(self, "created_at")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def editable(self) -> pulumi.Output[bool]:
        """Whether it can be changed."""
        return pulumi.get(self, "editable")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def deletable(self) -> pulumi.Output[bool]:
        """Whether it can be deleted."""
        return pulumi.get(self, "deletable")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def managed(self) -> pulumi.Output[bool]:
        """Whether a Scaleway product manages it."""
        return pulumi.get(self, "managed")  # type: ignore[no-any-return]


class APIKey(IamResource, module="scw_iam", name="APIKey"):
    """An access key and a secret key with which a user or an application calls the API.

    The key has exactly the rights of its bearer, and goes when its bearer is deleted.
    """

    _iam = dynamic.APIKeyProvider()

    @declares
    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        application_id: pulumi.Input[str] | None = None,
        user_id: pulumi.Input[str] | None = None,
        description: pulumi.Input[str] | None = None,
        default_project_id: pulumi.Input[str] | None = None,
        expires_at: pulumi.Input[str] | None = None,
    ) -> None:
        """Declare one; what is not said is as described.

        :param application_id: The bearer is this application.
        :param user_id: The bearer is this user.
        :param description: Free text of at most 200 characters.
        :param default_project_id: Project that Object Storage uses with this key; the API
            chooses one by default.
        :param expires_at: When the key stops working (RFC 3339, such as 2030-01-31T12:00:00Z);
            unset, never. A first date is set in place; changing or removing one replaces the
            key.
        """

    @property
    @pulumi.getter
    def application_id(self) -> pulumi.Output[str | None]:
        """The bearer is this application."""
        return pulumi.get(self, "application_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def user_id(self) -> pulumi.Output[str | None]:
        """The bearer is this user."""
        return pulumi.get(self, "user_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def description(self) -> pulumi.Output[str]:
        """Free text of at most 200 characters."""
        return pulumi.get(self, "description")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def default_project_id(self) -> pulumi.Output[str]:
        """Project that Object Storage uses with this key; the API chooses one by default."""
        return pulumi.get(self, "default_project_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def expires_at(self) -> pulumi.Output[str | None]:
        """When the key stops working (RFC 3339, such as 2030-01-31T12:00:00Z); unset, never. A first
        date is set in place; changing or removing one replaces the key.
        """
        return pulumi.get(self, "expires_at")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def created_at(self) -> pulumi.Output[str]:
        """When it was made (RFC 3339, UTC)."""
        return pulumi.get(self, "created_at")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def editable(self) -> pulumi.Output[bool]:
        """Whether it can be changed."""
        return pulumi.get(self, "editable")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def deletable(self) -> pulumi.Output[bool]:
        """Whether it can be deleted."""
        return pulumi.get(self, "deletable")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def managed(self) -> pulumi.Output[bool]:
        """Whether a Scaleway product manages it."""
        return pulumi.get(self, "managed")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def access_key(self) -> pulumi.Output[str]:
        """The public half, and the id of the key."""
        return pulumi.get(self, "access_key")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def secret_key(self) -> pulumi.Output[str]:
        """The secret half. The API tells it only once, when the key is made: of a key that was looked
        up or imported it is not known, and not set.
        """
        return pulumi.get(self, "secret_key")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def creation_ip(self) -> pulumi.Output[str]:
        """Address from which the key was made."""
        return pulumi.get(self, "creation_ip")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def organization_id(self) -> pulumi.Output[str]:
        """Organization of the credentials that made it, or read it first."""
        return pulumi.get(self, "organization_id")  # type: ignore[no-any-return]


class SSHKey(IamResource, module="scw_iam", name="SSHKey"):
    """A public key with which people log in to the servers of a project.

    Servers take it at their next start.
    """

    _iam = dynamic.SSHKeyProvider()

    @declares
    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        public_key: pulumi.Input[str],
        name: pulumi.Input[str] | None = None,
        disabled: pulumi.Input[bool] | None = None,
        project_id: pulumi.Input[str] | None = None,
    ) -> None:
        """Declare one; what is not said is as described.

        :param public_key: The key as in a .pub file: an algorithm and base64; a comment behind
            them is ignored.
        :param name: Name of at most 1000 characters; the resource's name by default.
        :param disabled: Whether servers must not take it.
        :param project_id: Project whose servers take it; the provider's by default.
        """

    @property
    @pulumi.getter
    def name(self) -> pulumi.Output[str]:
        """Name of at most 1000 characters; the resource's name by default."""
        return pulumi.get(self, "name")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def public_key(self) -> pulumi.Output[str]:
        """The key as in a .pub file: an algorithm and base64; a comment behind them is ignored."""
        return pulumi.get(self, "public_key")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def disabled(self) -> pulumi.Output[bool]:
        """Whether servers must not take it."""
        return pulumi.get(self, "disabled")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def project_id(self) -> pulumi.Output[str]:
        """Project whose servers take it; the provider's by default."""
        return pulumi.get(self, "project_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def fingerprint(self) -> pulumi.Output[str]:
        """Size in bits, MD5 hash and algorithm: `256 MD5:… (ssh-ed25519)`."""
        return pulumi.get(self, "fingerprint")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def organization_id(self) -> pulumi.Output[str]:
        """Organization of the project."""
        return pulumi.get(self, "organization_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def created_at(self) -> pulumi.Output[str]:
        """When it was made (RFC 3339, UTC)."""
        return pulumi.get(self, "created_at")  # type: ignore[no-any-return]


class User(IamResource, module="scw_iam", name="User"):
    """A person in the organization.

    A member exists in this organization only, and logs in with its username. Deleting a user
    deletes
    its API keys, and leaves the policies attached to it without effect.
    """

    _iam = dynamic.UserProvider()

    @declares
    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        email: pulumi.Input[str],
        username: pulumi.Input[str] | None = None,
        type: Literal["member", "guest", "owner"]
        | Awaitable[str]
        | pulumi.Output[str]
        | None = None,
        password: pulumi.Input[str] | None = None,
        first_name: pulumi.Input[str] | None = None,
        last_name: pulumi.Input[str] | None = None,
        phone_number: pulumi.Input[str] | None = None,
        locale: pulumi.Input[str] | None = None,
        tags: pulumi.Input[SequenceNotStr[pulumi.Input[str]]] | None = None,
        locked: pulumi.Input[bool] | None = None,
        send_password_email: pulumi.Input[bool] | None = None,
        send_welcome_email: pulumi.Input[bool] | None = None,
        organization_id: pulumi.Input[str] | None = None,
    ) -> None:
        """Declare one; what is not said is as described.

        :param email: Address to which Scaleway writes; upper and lower case are alike.
        :param username: Name with which a member logs in, unique in the organization: 2 to 64
            letters, digits and @ . _ -; required for a member.
        :param type: `member`, the default, or `guest`: somebody with an account of their own
            who is invited by e-mail. Counts when the user is made.
        :param password: First password of a member, at most 72 bytes; a change sets a new one.
            Nothing can be read back, so a password that the member has set since stays
            unnoticed.
        :param first_name: At most 64 characters.
        :param last_name: At most 64 characters.
        :param phone_number: In international form, such as +33123456789.
        :param locale: Language and country, such as `fr_FR`; the API chooses one by default.
        :param tags: At most 10 tags of 1 to 70 characters, in any order; `key=value` is the
            usual shape.
        :param locked: Whether a member is kept from logging in and its API keys from working;
            unset, Pulumi leaves it as it is.
        :param send_password_email: Send the first password by e-mail, when the member is made.
        :param send_welcome_email: Send a welcome e-mail, when the member is made.
        :param organization_id: Organization that owns it; the provider's by default.
        """

    @property
    @pulumi.getter
    def email(self) -> pulumi.Output[str]:
        """Address to which Scaleway writes; upper and lower case are alike."""
        return pulumi.get(self, "email")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def username(self) -> pulumi.Output[str]:
        """Name with which a member logs in, unique in the organization: 2 to 64 letters, digits and @
        . _ -; required for a member.
        """
        return pulumi.get(self, "username")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def type(self) -> pulumi.Output[str]:
        """`member`, the default, or `guest`: somebody with an account of their own who is invited by
        e-mail. Counts when the user is made.
        """
        return pulumi.get(self, "type")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def password(self) -> pulumi.Output[str | None]:
        """First password of a member, at most 72 bytes; a change sets a new one. Nothing can be read
        back, so a password that the member has set since stays unnoticed.
        """
        return pulumi.get(self, "password")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def first_name(self) -> pulumi.Output[str]:
        """At most 64 characters."""
        return pulumi.get(self, "first_name")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def last_name(self) -> pulumi.Output[str]:
        """At most 64 characters."""
        return pulumi.get(self, "last_name")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def phone_number(self) -> pulumi.Output[str]:
        """In international form, such as +33123456789."""
        return pulumi.get(self, "phone_number")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def locale(self) -> pulumi.Output[str]:
        """Language and country, such as `fr_FR`; the API chooses one by default."""
        return pulumi.get(self, "locale")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def tags(self) -> pulumi.Output[Sequence[str]]:
        """At most 10 tags of 1 to 70 characters, in any order; `key=value` is the usual shape."""
        return pulumi.get(self, "tags")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def locked(self) -> pulumi.Output[bool]:
        """Whether a member is kept from logging in and its API keys from working; unset, Pulumi leaves
        it as it is.
        """
        return pulumi.get(self, "locked")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def send_password_email(self) -> pulumi.Output[bool]:
        """Send the first password by e-mail, when the member is made."""
        return pulumi.get(self, "send_password_email")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def send_welcome_email(self) -> pulumi.Output[bool]:
        """Send a welcome e-mail, when the member is made."""
        return pulumi.get(self, "send_welcome_email")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def organization_id(self) -> pulumi.Output[str]:
        """Organization that owns it; the provider's by default."""
        return pulumi.get(self, "organization_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def account_root_user_id(self) -> pulumi.Output[str]:
        """Root user of the account, where the user is an owner."""
        return pulumi.get(self, "account_root_user_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def deletable(self) -> pulumi.Output[bool]:
        """Whether it can be deleted; an owner cannot."""
        return pulumi.get(self, "deletable")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def created_at(self) -> pulumi.Output[str]:
        """When it was made (RFC 3339, UTC)."""
        return pulumi.get(self, "created_at")  # type: ignore[no-any-return]


class GroupMembership(IamResource, module="scw_iam", name="GroupMembership"):
    """One user or one application in a group, for groups whose members several stacks bring.

    Do not use it on a group whose `user_ids` or `application_ids` a program sets: that list
    would
    take the member out again.
    """

    _iam = dynamic.GroupMembershipProvider()

    @declares
    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        group_id: pulumi.Input[str],
        user_id: pulumi.Input[str] | None = None,
        application_id: pulumi.Input[str] | None = None,
    ) -> None:
        """Declare one; what is not said is as described.

        :param group_id: The group.
        :param user_id: The member is this user.
        :param application_id: The member is this application.
        """

    @property
    @pulumi.getter
    def group_id(self) -> pulumi.Output[str]:
        """The group."""
        return pulumi.get(self, "group_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def user_id(self) -> pulumi.Output[str | None]:
        """The member is this user."""
        return pulumi.get(self, "user_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def application_id(self) -> pulumi.Output[str | None]:
        """The member is this application."""
        return pulumi.get(self, "application_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def organization_id(self) -> pulumi.Output[str]:
        """Organization of the credentials that made it, or read it first."""
        return pulumi.get(self, "organization_id")  # type: ignore[no-any-return]


class OrganizationSecuritySettings(
    IamResource, module="scw_iam", name="OrganizationSecuritySettings"
):
    """What an organization demands of its users.

    An organization always has these settings. So creating the resource adopts them and changes
    those that are said here, and deleting it leaves them as they are. What is not said is left
    alone. Durations are in seconds, such as `259200s`.
    """

    _iam = dynamic.OrganizationSecuritySettingsProvider()

    @declares
    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        enforce_password_renewal: pulumi.Input[bool] | None = None,
        grace_period_duration: pulumi.Input[str] | None = None,
        login_attempts_before_locked: pulumi.Input[int] | None = None,
        max_login_session_duration: pulumi.Input[str] | None = None,
        max_api_key_expiration_duration: pulumi.Input[str] | None = None,
        organization_id: pulumi.Input[str] | None = None,
    ) -> None:
        """Declare one; what is not said is as described.

        :param enforce_password_renewal: Whether members who have a password must renew it when
            they first log in.
        :param grace_period_duration: How long a member has to renew the password and to enable
            MFA before it is locked.
        :param login_attempts_before_locked: After how many failed logins, 1 to 50, a member is
            locked.
        :param max_login_session_duration: How long a login to the console lasts at most;
            running sessions are cut as well.
        :param max_api_key_expiration_duration: How long a new API key may last at most: one
            that lasts longer, or for ever, is then refused. `0s` is no limit.
        :param organization_id: Organization that owns it; the provider's by default.
        """

    @property
    @pulumi.getter
    def enforce_password_renewal(self) -> pulumi.Output[bool]:
        """Whether members who have a password must renew it when they first log in."""
        return pulumi.get(self, "enforce_password_renewal")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def grace_period_duration(self) -> pulumi.Output[str | None]:
        """How long a member has to renew the password and to enable MFA before it is locked."""
        return pulumi.get(self, "grace_period_duration")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def login_attempts_before_locked(self) -> pulumi.Output[int]:
        """After how many failed logins, 1 to 50, a member is locked."""
        return pulumi.get(self, "login_attempts_before_locked")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def max_login_session_duration(self) -> pulumi.Output[str | None]:
        """How long a login to the console lasts at most; running sessions are cut as well."""
        return pulumi.get(self, "max_login_session_duration")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def max_api_key_expiration_duration(self) -> pulumi.Output[str | None]:
        """How long a new API key may last at most: one that lasts longer, or for ever, is then
        refused. `0s` is no limit.
        """
        return pulumi.get(self, "max_api_key_expiration_duration")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def organization_id(self) -> pulumi.Output[str]:
        """Organization that owns it; the provider's by default."""
        return pulumi.get(self, "organization_id")  # type: ignore[no-any-return]


class SAML(IamResource, module="scw_iam", name="SAML"):
    """Single sign-on of an organization's members through an identity provider (SAML).

    An organization has one configuration at most. It works when it has the entity id and the
    URL of the identity provider, and a certificate (`SAMLCertificate`). Deleting it disables
    single sign-on, and deletes its certificates.
    """

    _iam = dynamic.SAMLProvider()

    @declares
    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        entity_id: pulumi.Input[str] | None = None,
        single_sign_on_url: pulumi.Input[str] | None = None,
        organization_id: pulumi.Input[str] | None = None,
    ) -> None:
        """Declare one; what is not said is as described.

        :param entity_id: Entity id of the identity provider; unset, Pulumi leaves it as it is.
        :param single_sign_on_url: Where the identity provider signs members on; unset, Pulumi
            leaves it as it is.
        :param organization_id: Organization that owns it; the provider's by default.
        """

    @property
    @pulumi.getter
    def entity_id(self) -> pulumi.Output[str]:
        """Entity id of the identity provider; unset, Pulumi leaves it as it is."""
        return pulumi.get(self, "entity_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def single_sign_on_url(self) -> pulumi.Output[str]:
        """Where the identity provider signs members on; unset, Pulumi leaves it as it is."""
        return pulumi.get(self, "single_sign_on_url")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def organization_id(self) -> pulumi.Output[str]:
        """Organization that owns it; the provider's by default."""
        return pulumi.get(self, "organization_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def service_provider(self) -> pulumi.Output[SAMLServiceProvider]:
        """What the identity provider has to be told of Scaleway."""
        return pulumi.get(self, "service_provider")  # type: ignore[no-any-return]


class SAMLCertificate(IamResource, module="scw_iam", name="SAMLCertificate"):
    """A certificate with which an identity provider signs or encrypts what it says.

    A certificate cannot be changed: a new one is added before the old one is deleted.
    """

    _iam = dynamic.SAMLCertificateProvider()

    @declares
    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        saml_id: pulumi.Input[str],
        type: Literal["signing", "encryption"] | Awaitable[str] | pulumi.Output[str],
        content: pulumi.Input[str],
    ) -> None:
        """Declare one; what is not said is as described.

        :param saml_id: The SAML configuration that trusts it.
        :param type: `signing` or `encryption`.
        :param content: The certificate in PEM form; white space around it does not matter.
        """

    @property
    @pulumi.getter
    def saml_id(self) -> pulumi.Output[str]:
        """The SAML configuration that trusts it."""
        return pulumi.get(self, "saml_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def type(self) -> pulumi.Output[str]:
        """`signing` or `encryption`."""
        return pulumi.get(self, "type")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def content(self) -> pulumi.Output[str]:
        """The certificate in PEM form; white space around it does not matter."""
        return pulumi.get(self, "content")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def origin(self) -> pulumi.Output[str]:
        """Where it comes from: `identity_provider`, or `scaleway` for its own."""
        return pulumi.get(self, "origin")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def expires_at(self) -> pulumi.Output[str]:
        """When the certificate ends (RFC 3339, UTC)."""
        return pulumi.get(self, "expires_at")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def organization_id(self) -> pulumi.Output[str]:
        """Organization of the credentials that made it, or read it first."""
        return pulumi.get(self, "organization_id")  # type: ignore[no-any-return]


class SCIM(IamResource, module="scw_iam", name="SCIM"):
    """Members that an identity provider makes and removes (SCIM), with a token (`SCIMToken`).

    An organization has one configuration at most. Deleting it disables SCIM, and deletes its
    tokens.
    """

    _iam = dynamic.SCIMProvider()

    @declares
    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        organization_id: pulumi.Input[str] | None = None,
    ) -> None:
        """Declare one; what is not said is as described.

        :param organization_id: Organization that owns it; the provider's by default.
        """

    @property
    @pulumi.getter
    def organization_id(self) -> pulumi.Output[str]:
        """Organization that owns it; the provider's by default."""
        return pulumi.get(self, "organization_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def created_at(self) -> pulumi.Output[str]:
        """When it was made (RFC 3339, UTC)."""
        return pulumi.get(self, "created_at")  # type: ignore[no-any-return]


class SCIMToken(IamResource, module="scw_iam", name="SCIMToken"):
    """A token with which an identity provider calls the SCIM endpoints, for a year.

    A configuration has at most two, so that one can be replaced while the other works.
    """

    _iam = dynamic.SCIMTokenProvider()

    @declares
    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        scim_id: pulumi.Input[str],
    ) -> None:
        """Declare one; what is not said is as described.

        :param scim_id: The SCIM configuration that it is for.
        """

    @property
    @pulumi.getter
    def scim_id(self) -> pulumi.Output[str]:
        """The SCIM configuration that it is for."""
        return pulumi.get(self, "scim_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def bearer_token(self) -> pulumi.Output[str]:
        """The token itself. The API tells it only once, when it is made: of a token that was looked up
        or imported it is not known, and not set.
        """
        return pulumi.get(self, "bearer_token")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def created_at(self) -> pulumi.Output[str]:
        """When it was made (RFC 3339, UTC)."""
        return pulumi.get(self, "created_at")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def expires_at(self) -> pulumi.Output[str]:
        """When it stops working (RFC 3339, UTC)."""
        return pulumi.get(self, "expires_at")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def organization_id(self) -> pulumi.Output[str]:
        """Organization of the credentials that made it, or read it first."""
        return pulumi.get(self, "organization_id")  # type: ignore[no-any-return]
