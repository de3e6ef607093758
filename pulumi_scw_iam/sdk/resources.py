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
    """A rule of a policy: permission sets in one scope, with an optional condition."""

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
        """The names of the permission sets, all with the same scope type."""
        return pulumi.get(self, "permission_set_names")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def organization_id(self) -> str | None:
        """The id of the organization, if the scope is the organization. Permission sets of scope type
        `projects` then apply to all present and future projects.
        """
        return pulumi.get(self, "organization_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def project_ids(self) -> Sequence[str] | None:
        """The ids of the projects, if the scope is a list of projects."""
        return pulumi.get(self, "project_ids")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def all_projects(self) -> bool | None:
        """Whether the scope is all present and future projects of the organization."""
        return pulumi.get(self, "all_projects")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def condition(self) -> str:
        """A CEL expression of at most 2048 characters. The rule applies only if it is true."""
        return pulumi.get(self, "condition")  # type: ignore[no-any-return]


@pulumi.output_type
class SAMLServiceProvider(dict):  # type: ignore[type-arg] # as the SDK's own output types
    """The settings that the identity provider needs for Scaleway."""

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
        """The entity id of Scaleway for this configuration."""
        return pulumi.get(self, "entity_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def assertion_consumer_service_url(self) -> str:
        """The URL to which the identity provider sends members after login."""
        return pulumi.get(self, "assertion_consumer_service_url")  # type: ignore[no-any-return]


@pulumi.input_type
class PolicyRuleArgs:
    """A rule of a policy: permission sets in one scope, with an optional condition."""

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

        :param permission_set_names: The names of the permission sets, all with the same scope
            type.
        :param organization_id: The id of the organization, if the scope is the organization.
            Permission sets of scope type `projects` then apply to all present and future
            projects.
        :param project_ids: The ids of the projects, if the scope is a list of projects.
        :param all_projects: Whether the scope is all present and future projects of the
            organization.
        :param condition: A CEL expression of at most 2048 characters. The rule applies only if
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
        """The names of the permission sets, all with the same scope type."""
        return pulumi.get(self, "permission_set_names")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def organization_id(self) -> pulumi.Input[str] | None:
        """The id of the organization, if the scope is the organization. Permission sets of scope type
        `projects` then apply to all present and future projects.
        """
        return pulumi.get(self, "organization_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def project_ids(self) -> pulumi.Input[SequenceNotStr[pulumi.Input[str]]] | None:
        """The ids of the projects, if the scope is a list of projects."""
        return pulumi.get(self, "project_ids")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def all_projects(self) -> pulumi.Input[bool] | None:
        """Whether the scope is all present and future projects of the organization."""
        return pulumi.get(self, "all_projects")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def condition(self) -> pulumi.Input[str] | None:
        """A CEL expression of at most 2048 characters. The rule applies only if it is true."""
        return pulumi.get(self, "condition")  # type: ignore[no-any-return]


class PolicyRuleArgsDict(TypedDict):
    """`PolicyRuleArgs`, written as a dict."""

    permission_set_names: pulumi.Input[SequenceNotStr[pulumi.Input[str]]]
    """The names of the permission sets, all with the same scope type."""
    organization_id: NotRequired[pulumi.Input[str]]
    """The id of the organization, if the scope is the organization. Permission sets of scope type
    `projects` then apply to all present and future projects.
    """
    project_ids: NotRequired[pulumi.Input[SequenceNotStr[pulumi.Input[str]]]]
    """The ids of the projects, if the scope is a list of projects."""
    all_projects: NotRequired[pulumi.Input[bool]]
    """Whether the scope is all present and future projects of the organization."""
    condition: NotRequired[pulumi.Input[str]]
    """A CEL expression of at most 2048 characters. The rule applies only if it is true."""


class Group(IamResource, module="scw_iam", name="Group"):
    """A group of users and applications. Policies of the group apply to all members.

    Deleting a group removes the permissions of its policies from the members. The users and
    applications are not deleted.
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

        :param name: The name: 1 to 64 letters, digits, spaces and ( ) . _ -. Must be unique in
            the organization. Defaults to the resource's name.
        :param description: A description of at most 200 characters.
        :param tags: At most 10 tags of 1 to 70 characters, often `key=value`. Order does not
            matter.
        :param user_ids: The ids of all users in the group. If unset, Pulumi does not manage its
            users.
        :param application_ids: The ids of all applications in the group. If unset, Pulumi does
            not manage its applications.
        :param organization_id: The id of the organization. Defaults to the provider's
            organization.
        """

    @property
    @pulumi.getter
    def name(self) -> pulumi.Output[str]:
        """The name: 1 to 64 letters, digits, spaces and ( ) . _ -. Must be unique in the organization.
        Defaults to the resource's name.
        """
        return pulumi.get(self, "name")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def description(self) -> pulumi.Output[str]:
        """A description of at most 200 characters."""
        return pulumi.get(self, "description")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def tags(self) -> pulumi.Output[Sequence[str]]:
        """At most 10 tags of 1 to 70 characters, often `key=value`. Order does not matter."""
        return pulumi.get(self, "tags")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def user_ids(self) -> pulumi.Output[Sequence[str] | None]:
        """The ids of all users in the group. If unset, Pulumi does not manage its users."""
        return pulumi.get(self, "user_ids")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def application_ids(self) -> pulumi.Output[Sequence[str] | None]:
        """The ids of all applications in the group. If unset, Pulumi does not manage its applications."""
        return pulumi.get(self, "application_ids")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def organization_id(self) -> pulumi.Output[str]:
        """The id of the organization. Defaults to the provider's organization."""
        return pulumi.get(self, "organization_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def created_at(self) -> pulumi.Output[str]:
        """The creation time (RFC 3339, UTC)."""
        return pulumi.get(self, "created_at")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def editable(self) -> pulumi.Output[bool]:
        """Whether the API allows changes."""
        return pulumi.get(self, "editable")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def deletable(self) -> pulumi.Output[bool]:
        """Whether the API allows deletion."""
        return pulumi.get(self, "deletable")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def managed(self) -> pulumi.Output[bool]:
        """Whether a Scaleway product manages the object."""
        return pulumi.get(self, "managed")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def all_users(self) -> pulumi.Output[bool]:
        """Whether the group is the built-in group of all users."""
        return pulumi.get(self, "all_users")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def all_applications(self) -> pulumi.Output[bool]:
        """Whether the group is the built-in group of all applications."""
        return pulumi.get(self, "all_applications")  # type: ignore[no-any-return]


class Application(IamResource, module="scw_iam", name="Application"):
    """The identity of a machine or a program. Policies give permissions to an application.

    Deleting an application deletes its API keys at once. Its policies stay, without effect.
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

        :param name: The name: 1 to 64 letters, digits, spaces and ( ) . _ -. Defaults to the
            resource's name.
        :param description: A description of at most 200 characters.
        :param tags: At most 10 tags of 1 to 70 characters, often `key=value`. Order does not
            matter.
        :param organization_id: The id of the organization. Defaults to the provider's
            organization.
        """

    @property
    @pulumi.getter
    def name(self) -> pulumi.Output[str]:
        """The name: 1 to 64 letters, digits, spaces and ( ) . _ -. Defaults to the resource's name."""
        return pulumi.get(self, "name")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def description(self) -> pulumi.Output[str]:
        """A description of at most 200 characters."""
        return pulumi.get(self, "description")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def tags(self) -> pulumi.Output[Sequence[str]]:
        """At most 10 tags of 1 to 70 characters, often `key=value`. Order does not matter."""
        return pulumi.get(self, "tags")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def organization_id(self) -> pulumi.Output[str]:
        """The id of the organization. Defaults to the provider's organization."""
        return pulumi.get(self, "organization_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def created_at(self) -> pulumi.Output[str]:
        """The creation time (RFC 3339, UTC)."""
        return pulumi.get(self, "created_at")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def editable(self) -> pulumi.Output[bool]:
        """Whether the API allows changes."""
        return pulumi.get(self, "editable")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def deletable(self) -> pulumi.Output[bool]:
        """Whether the API allows deletion."""
        return pulumi.get(self, "deletable")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def managed(self) -> pulumi.Output[bool]:
        """Whether a Scaleway product manages the object."""
        return pulumi.get(self, "managed")  # type: ignore[no-any-return]


class Policy(IamResource, module="scw_iam", name="Policy"):
    """Rules that give permissions to one principal: a user, a group or an application.

    Rules only allow, never deny. The policies of a principal add up. A change may take up to a
    minute to apply everywhere.
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

        :param name: The name: 1 to 64 letters, digits, spaces and ( ) . _ -. Must be unique in
            the organization. Defaults to the resource's name.
        :param description: A description of at most 200 characters.
        :param tags: At most 10 tags of 1 to 70 characters, often `key=value`. Order does not
            matter.
        :param rules: The rules, each with permission sets and a scope. Order does not matter.
        :param user_id: The id of the user, if the principal is a user.
        :param group_id: The id of the group, if the principal is a group.
        :param application_id: The id of the application, if the principal is an application.
        :param no_principal: Whether the policy has no principal, and therefore no effect.
        :param organization_id: The id of the organization. Defaults to the provider's
            organization.
        """

    @property
    @pulumi.getter
    def name(self) -> pulumi.Output[str]:
        """The name: 1 to 64 letters, digits, spaces and ( ) . _ -. Must be unique in the organization.
        Defaults to the resource's name.
        """
        return pulumi.get(self, "name")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def description(self) -> pulumi.Output[str]:
        """A description of at most 200 characters."""
        return pulumi.get(self, "description")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def tags(self) -> pulumi.Output[Sequence[str]]:
        """At most 10 tags of 1 to 70 characters, often `key=value`. Order does not matter."""
        return pulumi.get(self, "tags")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def rules(self) -> pulumi.Output[Sequence[PolicyRule]]:
        """The rules, each with permission sets and a scope. Order does not matter."""
        return pulumi.get(self, "rules")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def user_id(self) -> pulumi.Output[str | None]:
        """The id of the user, if the principal is a user."""
        return pulumi.get(self, "user_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def group_id(self) -> pulumi.Output[str | None]:
        """The id of the group, if the principal is a group."""
        return pulumi.get(self, "group_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def application_id(self) -> pulumi.Output[str | None]:
        """The id of the application, if the principal is an application."""
        return pulumi.get(self, "application_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def no_principal(self) -> pulumi.Output[bool]:
        """Whether the policy has no principal, and therefore no effect."""
        return pulumi.get(self, "no_principal")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def organization_id(self) -> pulumi.Output[str]:
        """The id of the organization. Defaults to the provider's organization."""
        return pulumi.get(self, "organization_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def created_at(self) -> pulumi.Output[str]:
        """The creation time (RFC 3339, UTC)."""
        return pulumi.get(self, "created_at")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def editable(self) -> pulumi.Output[bool]:
        """Whether the API allows changes."""
        return pulumi.get(self, "editable")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def deletable(self) -> pulumi.Output[bool]:
        """Whether the API allows deletion."""
        return pulumi.get(self, "deletable")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def managed(self) -> pulumi.Output[bool]:
        """Whether a Scaleway product manages the object."""
        return pulumi.get(self, "managed")  # type: ignore[no-any-return]


class APIKey(IamResource, module="scw_iam", name="APIKey"):
    """An API key (an access key and a secret key) of a user or an application.

    The key has the permissions of its bearer, and is deleted with its bearer.
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

        :param application_id: The id of the application, if the bearer is an application.
        :param user_id: The id of the user, if the bearer is a user.
        :param description: A description of at most 200 characters.
        :param default_project_id: The id of the default project for Object Storage. Chosen by
            the API if unset.
        :param expires_at: The expiry time (RFC 3339, such as 2030-01-31T12:00:00Z). If unset,
            the key never expires. A first expiry is set in place; a later change or removal
            replaces the key.
        """

    @property
    @pulumi.getter
    def application_id(self) -> pulumi.Output[str | None]:
        """The id of the application, if the bearer is an application."""
        return pulumi.get(self, "application_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def user_id(self) -> pulumi.Output[str | None]:
        """The id of the user, if the bearer is a user."""
        return pulumi.get(self, "user_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def description(self) -> pulumi.Output[str]:
        """A description of at most 200 characters."""
        return pulumi.get(self, "description")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def default_project_id(self) -> pulumi.Output[str]:
        """The id of the default project for Object Storage. Chosen by the API if unset."""
        return pulumi.get(self, "default_project_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def expires_at(self) -> pulumi.Output[str | None]:
        """The expiry time (RFC 3339, such as 2030-01-31T12:00:00Z). If unset, the key never expires. A
        first expiry is set in place; a later change or removal replaces the key.
        """
        return pulumi.get(self, "expires_at")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def created_at(self) -> pulumi.Output[str]:
        """The creation time (RFC 3339, UTC)."""
        return pulumi.get(self, "created_at")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def editable(self) -> pulumi.Output[bool]:
        """Whether the API allows changes."""
        return pulumi.get(self, "editable")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def deletable(self) -> pulumi.Output[bool]:
        """Whether the API allows deletion."""
        return pulumi.get(self, "deletable")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def managed(self) -> pulumi.Output[bool]:
        """Whether a Scaleway product manages the object."""
        return pulumi.get(self, "managed")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def access_key(self) -> pulumi.Output[str]:
        """The access key, which is also the id of the API key."""
        return pulumi.get(self, "access_key")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def secret_key(self) -> pulumi.Output[str]:
        """The secret key. The API returns it only at creation, so it is unset for an imported or
        looked-up key.
        """
        return pulumi.get(self, "secret_key")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def creation_ip(self) -> pulumi.Output[str]:
        """The IP address of the request that created the key."""
        return pulumi.get(self, "creation_ip")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def organization_id(self) -> pulumi.Output[str]:
        """The id of the organization, from the credentials of the create or first read."""
        return pulumi.get(self, "organization_id")  # type: ignore[no-any-return]


class SSHKey(IamResource, module="scw_iam", name="SSHKey"):
    """A public key for SSH login to the servers of a project.

    A server installs the key at its next start.
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

        :param public_key: The public key as in a .pub file: algorithm and base64. A trailing
            comment is ignored.
        :param name: The name, at most 1000 characters. Defaults to the resource's name.
        :param disabled: Whether the key is disabled. Servers ignore a disabled key.
        :param project_id: The id of the project. Defaults to the provider's project.
        """

    @property
    @pulumi.getter
    def name(self) -> pulumi.Output[str]:
        """The name, at most 1000 characters. Defaults to the resource's name."""
        return pulumi.get(self, "name")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def public_key(self) -> pulumi.Output[str]:
        """The public key as in a .pub file: algorithm and base64. A trailing comment is ignored."""
        return pulumi.get(self, "public_key")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def disabled(self) -> pulumi.Output[bool]:
        """Whether the key is disabled. Servers ignore a disabled key."""
        return pulumi.get(self, "disabled")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def project_id(self) -> pulumi.Output[str]:
        """The id of the project. Defaults to the provider's project."""
        return pulumi.get(self, "project_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def fingerprint(self) -> pulumi.Output[str]:
        """The size in bits, MD5 hash and algorithm: `256 MD5:… (ssh-ed25519)`."""
        return pulumi.get(self, "fingerprint")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def organization_id(self) -> pulumi.Output[str]:
        """The id of the project's organization."""
        return pulumi.get(self, "organization_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def created_at(self) -> pulumi.Output[str]:
        """The creation time (RFC 3339, UTC)."""
        return pulumi.get(self, "created_at")  # type: ignore[no-any-return]


class User(IamResource, module="scw_iam", name="User"):
    """A user of the organization: a member or a guest.

    A member belongs to this organization only, and logs in with a username. Deleting a user
    deletes
    the user's API keys. Policies of the user stay, without effect.
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

        :param email: The e-mail address. Case is ignored.
        :param username: The username for login: 2 to 64 letters, digits and @ . _ -. Must be
            unique in the organization. Required for a member, not allowed for a guest.
        :param type: The type of the user: `member` or `guest`. A guest has a separate account
            and is invited by e-mail. Defaults to `member`. Used only at creation.
        :param password: The first password of a member, at most 72 bytes. A change sets a new
            password. The API never returns passwords, so a password changed by the member is
            not detected.
        :param first_name: The first name, at most 64 characters.
        :param last_name: The last name, at most 64 characters.
        :param phone_number: The phone number in international format, such as +33123456789.
        :param locale: The language and country, such as `fr_FR`. Chosen by the API if unset.
        :param tags: At most 10 tags of 1 to 70 characters, often `key=value`. Order does not
            matter.
        :param locked: Whether a member is locked. A locked member cannot log in or use API
            keys. If unset, Pulumi does not manage the lock.
        :param send_password_email: Whether to send the first password to the member by e-mail.
            Used only at creation.
        :param send_welcome_email: Whether to send a welcome e-mail to the member. Used only at
            creation.
        :param organization_id: The id of the organization. Defaults to the provider's
            organization.
        """

    @property
    @pulumi.getter
    def email(self) -> pulumi.Output[str]:
        """The e-mail address. Case is ignored."""
        return pulumi.get(self, "email")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def username(self) -> pulumi.Output[str]:
        """The username for login: 2 to 64 letters, digits and @ . _ -. Must be unique in the
        organization. Required for a member, not allowed for a guest.
        """
        return pulumi.get(self, "username")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def type(self) -> pulumi.Output[str]:
        """The type of the user: `member` or `guest`. A guest has a separate account and is invited by
        e-mail. Defaults to `member`. Used only at creation.
        """
        return pulumi.get(self, "type")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def password(self) -> pulumi.Output[str | None]:
        """The first password of a member, at most 72 bytes. A change sets a new password. The API
        never returns passwords, so a password changed by the member is not detected.
        """
        return pulumi.get(self, "password")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def first_name(self) -> pulumi.Output[str]:
        """The first name, at most 64 characters."""
        return pulumi.get(self, "first_name")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def last_name(self) -> pulumi.Output[str]:
        """The last name, at most 64 characters."""
        return pulumi.get(self, "last_name")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def phone_number(self) -> pulumi.Output[str]:
        """The phone number in international format, such as +33123456789."""
        return pulumi.get(self, "phone_number")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def locale(self) -> pulumi.Output[str]:
        """The language and country, such as `fr_FR`. Chosen by the API if unset."""
        return pulumi.get(self, "locale")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def tags(self) -> pulumi.Output[Sequence[str]]:
        """At most 10 tags of 1 to 70 characters, often `key=value`. Order does not matter."""
        return pulumi.get(self, "tags")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def locked(self) -> pulumi.Output[bool]:
        """Whether a member is locked. A locked member cannot log in or use API keys. If unset, Pulumi
        does not manage the lock.
        """
        return pulumi.get(self, "locked")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def send_password_email(self) -> pulumi.Output[bool]:
        """Whether to send the first password to the member by e-mail. Used only at creation."""
        return pulumi.get(self, "send_password_email")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def send_welcome_email(self) -> pulumi.Output[bool]:
        """Whether to send a welcome e-mail to the member. Used only at creation."""
        return pulumi.get(self, "send_welcome_email")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def organization_id(self) -> pulumi.Output[str]:
        """The id of the organization. Defaults to the provider's organization."""
        return pulumi.get(self, "organization_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def account_root_user_id(self) -> pulumi.Output[str]:
        """The id of the account's root user, if the user is an owner."""
        return pulumi.get(self, "account_root_user_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def deletable(self) -> pulumi.Output[bool]:
        """Whether the API allows deletion. An owner cannot be deleted."""
        return pulumi.get(self, "deletable")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def created_at(self) -> pulumi.Output[str]:
        """The creation time (RFC 3339, UTC)."""
        return pulumi.get(self, "created_at")  # type: ignore[no-any-return]


class GroupMembership(IamResource, module="scw_iam", name="GroupMembership"):
    """One user or application in a group, for groups whose members are declared in several stacks.

    Do not use it if a program sets `user_ids` or `application_ids` of the same group: an update
    of
    that list removes the member.
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

        :param group_id: The id of the group.
        :param user_id: The id of the user, if the member is a user.
        :param application_id: The id of the application, if the member is an application.
        """

    @property
    @pulumi.getter
    def group_id(self) -> pulumi.Output[str]:
        """The id of the group."""
        return pulumi.get(self, "group_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def user_id(self) -> pulumi.Output[str | None]:
        """The id of the user, if the member is a user."""
        return pulumi.get(self, "user_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def application_id(self) -> pulumi.Output[str | None]:
        """The id of the application, if the member is an application."""
        return pulumi.get(self, "application_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def organization_id(self) -> pulumi.Output[str]:
        """The id of the organization, from the credentials of the create or first read."""
        return pulumi.get(self, "organization_id")  # type: ignore[no-any-return]


class OrganizationSecuritySettings(
    IamResource, module="scw_iam", name="OrganizationSecuritySettings"
):
    """The security settings of an organization.

    Every organization has these settings. Creating the resource adopts the settings and changes
    the declared ones. Deleting the resource changes nothing. Settings that are not declared are
    not managed. Durations are in seconds, such as `259200s`.
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

        :param enforce_password_renewal: Whether members with a password must renew the password
            at their first login.
        :param grace_period_duration: The time that a member has to renew the password and
            enable MFA before being locked.
        :param login_attempts_before_locked: The number of failed logins, from 1 to 50, after
            which a member is locked.
        :param max_login_session_duration: The maximum duration of a console session. Also
            applies to running sessions.
        :param max_api_key_expiration_duration: The maximum lifetime of a new API key. The API
            then refuses keys with a longer lifetime or without expiry. `0s` means no limit.
        :param organization_id: The id of the organization. Defaults to the provider's
            organization.
        """

    @property
    @pulumi.getter
    def enforce_password_renewal(self) -> pulumi.Output[bool]:
        """Whether members with a password must renew the password at their first login."""
        return pulumi.get(self, "enforce_password_renewal")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def grace_period_duration(self) -> pulumi.Output[str | None]:
        """The time that a member has to renew the password and enable MFA before being locked."""
        return pulumi.get(self, "grace_period_duration")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def login_attempts_before_locked(self) -> pulumi.Output[int]:
        """The number of failed logins, from 1 to 50, after which a member is locked."""
        return pulumi.get(self, "login_attempts_before_locked")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def max_login_session_duration(self) -> pulumi.Output[str | None]:
        """The maximum duration of a console session. Also applies to running sessions."""
        return pulumi.get(self, "max_login_session_duration")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def max_api_key_expiration_duration(self) -> pulumi.Output[str | None]:
        """The maximum lifetime of a new API key. The API then refuses keys with a longer lifetime or
        without expiry. `0s` means no limit.
        """
        return pulumi.get(self, "max_api_key_expiration_duration")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def organization_id(self) -> pulumi.Output[str]:
        """The id of the organization. Defaults to the provider's organization."""
        return pulumi.get(self, "organization_id")  # type: ignore[no-any-return]


class SAML(IamResource, module="scw_iam", name="SAML"):
    """Single sign-on (SAML) of an organization's members through an identity provider.

    An organization has at most one configuration. Single sign-on works once the configuration
    has
    the entity id and the URL of the identity provider, and a certificate (`SAMLCertificate`).
    Deleting the configuration disables single sign-on and deletes the certificates.
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

        :param entity_id: The entity id of the identity provider. If unset, Pulumi does not
            manage it.
        :param single_sign_on_url: The single sign-on URL of the identity provider. If unset,
            Pulumi does not manage it.
        :param organization_id: The id of the organization. Defaults to the provider's
            organization.
        """

    @property
    @pulumi.getter
    def entity_id(self) -> pulumi.Output[str]:
        """The entity id of the identity provider. If unset, Pulumi does not manage it."""
        return pulumi.get(self, "entity_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def single_sign_on_url(self) -> pulumi.Output[str]:
        """The single sign-on URL of the identity provider. If unset, Pulumi does not manage it."""
        return pulumi.get(self, "single_sign_on_url")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def organization_id(self) -> pulumi.Output[str]:
        """The id of the organization. Defaults to the provider's organization."""
        return pulumi.get(self, "organization_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def service_provider(self) -> pulumi.Output[SAMLServiceProvider]:
        """The settings that the identity provider needs for Scaleway."""
        return pulumi.get(self, "service_provider")  # type: ignore[no-any-return]


class SAMLCertificate(IamResource, module="scw_iam", name="SAMLCertificate"):
    """A certificate of an identity provider, for signing or encryption.

    A certificate cannot be changed. A new certificate is added before the old one is deleted.
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

        :param saml_id: The id of the SAML configuration.
        :param type: The use of the certificate: `signing` or `encryption`.
        :param content: The certificate in PEM format. Surrounding white space is ignored.
        """

    @property
    @pulumi.getter
    def saml_id(self) -> pulumi.Output[str]:
        """The id of the SAML configuration."""
        return pulumi.get(self, "saml_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def type(self) -> pulumi.Output[str]:
        """The use of the certificate: `signing` or `encryption`."""
        return pulumi.get(self, "type")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def content(self) -> pulumi.Output[str]:
        """The certificate in PEM format. Surrounding white space is ignored."""
        return pulumi.get(self, "content")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def origin(self) -> pulumi.Output[str]:
        """The origin of the certificate: `identity_provider` or `scaleway`."""
        return pulumi.get(self, "origin")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def expires_at(self) -> pulumi.Output[str]:
        """The expiry time (RFC 3339, UTC)."""
        return pulumi.get(self, "expires_at")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def organization_id(self) -> pulumi.Output[str]:
        """The id of the organization, from the credentials of the create or first read."""
        return pulumi.get(self, "organization_id")  # type: ignore[no-any-return]


class SCIM(IamResource, module="scw_iam", name="SCIM"):
    """Provisioning (SCIM) of an organization's members by an identity provider.

    The identity provider needs a token (`SCIMToken`). An organization has at most one
    configuration. Deleting the configuration disables SCIM and deletes the tokens.
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

        :param organization_id: The id of the organization. Defaults to the provider's
            organization.
        """

    @property
    @pulumi.getter
    def organization_id(self) -> pulumi.Output[str]:
        """The id of the organization. Defaults to the provider's organization."""
        return pulumi.get(self, "organization_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def created_at(self) -> pulumi.Output[str]:
        """The creation time (RFC 3339, UTC)."""
        return pulumi.get(self, "created_at")  # type: ignore[no-any-return]


class SCIMToken(IamResource, module="scw_iam", name="SCIMToken"):
    """A token for the calls of an identity provider to the SCIM endpoints, valid for one year.

    A configuration has at most two tokens, so a token can be replaced while the other works.
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

        :param scim_id: The id of the SCIM configuration.
        """

    @property
    @pulumi.getter
    def scim_id(self) -> pulumi.Output[str]:
        """The id of the SCIM configuration."""
        return pulumi.get(self, "scim_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def bearer_token(self) -> pulumi.Output[str]:
        """The secret token. The API returns it only at creation, so it is unset for an imported or
        looked-up token.
        """
        return pulumi.get(self, "bearer_token")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def created_at(self) -> pulumi.Output[str]:
        """The creation time (RFC 3339, UTC)."""
        return pulumi.get(self, "created_at")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def expires_at(self) -> pulumi.Output[str]:
        """The expiry time (RFC 3339, UTC)."""
        return pulumi.get(self, "expires_at")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def organization_id(self) -> pulumi.Output[str]:
        """The id of the organization, from the credentials of the create or first read."""
        return pulumi.get(self, "organization_id")  # type: ignore[no-any-return]
