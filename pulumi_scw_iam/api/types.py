"""The API's JSON, exactly as it is sent and received.

Of the members of a one-of, the API sends the one that is set and leaves the others out. Timestamps
are RFC 3339 strings in UTC. An enum may gain words that are not listed here.

A type that ends in `Fields` has the keywords that the client's create and update of an object take, and
that they send as they are; None is not sent. A keyword that a create needs is in the method itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from collections.abc import Collection

    from typing_extensions import NotRequired

BearerType = Literal["unknown_bearer_type", "user", "application"]
GracePeriodType = Literal["unknown_grace_period_type", "update_password", "set_mfa"]
LocalityType = Literal["global", "region", "zone"]
LogAction = Literal["unknown_action", "created", "updated", "deleted"]
LogResourceType = Literal[
    "unknown_resource_type", "api_key", "user", "application", "group", "policy"
]
PermissionSetScopeType = Literal[
    "unknown_scope_type", "projects", "organization", "account_root_user"
]
SAMLCertificateOrigin = Literal["unknown_certificate_origin", "scaleway", "identity_provider"]
SAMLCertificateType = Literal["unknown_certificate_type", "signing", "encryption"]
SAMLStatus = Literal[
    "unknown_saml_status",
    "valid",
    "missing_certificate",
    "missing_entity_id",
    "missing_single_sign_on_url",
]
UserStatus = Literal["unknown_status", "invitation_pending", "activated"]
UserType = Literal["unknown_type", "guest", "member", "owner"]

APIKeyOrder = Literal[
    "created_at_asc",
    "created_at_desc",
    "updated_at_asc",
    "updated_at_desc",
    "expires_at_asc",
    "expires_at_desc",
    "access_key_asc",
    "access_key_desc",
]
ApplicationOrder = Literal[
    "created_at_asc",
    "created_at_desc",
    "updated_at_asc",
    "updated_at_desc",
    "name_asc",
    "name_desc",
]
GroupOrder = ApplicationOrder
JWTOrder = Literal["created_at_asc", "created_at_desc", "updated_at_asc", "updated_at_desc"]
LogOrder = Literal["created_at_asc", "created_at_desc"]
PermissionSetOrder = Literal["name_asc", "name_desc", "created_at_asc", "created_at_desc"]
PolicyOrder = Literal["policy_name_asc", "policy_name_desc", "created_at_asc", "created_at_desc"]
QuotumOrder = Literal["name_asc", "name_desc"]
SCIMTokenOrder = Literal["created_at_asc", "created_at_desc"]
SSHKeyOrder = ApplicationOrder
UserOrder = Literal[
    "created_at_asc",
    "created_at_desc",
    "updated_at_asc",
    "updated_at_desc",
    "email_asc",
    "email_desc",
    "last_login_asc",
    "last_login_desc",
    "username_asc",
    "username_desc",
]


class APIKeyFields(TypedDict, total=False):
    """The keywords for an API key."""

    description: str | None
    default_project_id: str | None
    expires_at: str | None


class APIKey(TypedDict):
    """An API key. `secret_key` is there in the answer to its creation only, and null afterwards."""

    access_key: str
    secret_key: str | None
    description: str
    created_at: str
    updated_at: str
    expires_at: str | None
    default_project_id: str
    editable: bool
    deletable: NotRequired[bool]
    managed: NotRequired[bool]
    creation_ip: str
    application_id: NotRequired[str]
    user_id: NotRequired[str]


class ApplicationFields(TypedDict, total=False):
    """The keywords for an application."""

    description: str | None
    tags: Collection[str] | None


class Application(TypedDict):
    """A program that has rights of its own, and API keys to use them."""

    id: str
    name: str
    description: str
    created_at: str
    updated_at: str
    organization_id: str
    editable: bool
    deletable: NotRequired[bool]
    managed: NotRequired[bool]
    nb_api_keys: int
    tags: list[str]


class GroupFields(TypedDict, total=False):
    """The keywords for a group; its members have calls of their own."""

    description: str | None
    tags: Collection[str] | None


class Group(TypedDict):
    """Users and applications that share policies.

    Reads list the members sorted by id; the answer to a write has them in the order of the request.
    """

    id: str
    created_at: str
    updated_at: str
    organization_id: str
    name: str
    description: str
    user_ids: list[str]
    application_ids: list[str]
    tags: list[str]
    editable: bool
    deletable: NotRequired[bool]
    managed: NotRequired[bool]
    all_users: NotRequired[bool]
    all_applications: NotRequired[bool]


class PolicyFields(TypedDict, total=False):
    """The keywords for a policy; one of the last four is its principal."""

    description: str | None
    tags: Collection[str] | None
    user_id: str | None
    group_id: str | None
    application_id: str | None
    no_principal: bool | None


class Policy(TypedDict):
    """A principal and the counts of its rules; the counts are 0 in the answer to a creation."""

    id: str
    name: str
    description: str
    organization_id: str
    created_at: str
    updated_at: str
    editable: bool
    deletable: NotRequired[bool]
    managed: NotRequired[bool]
    nb_rules: int
    nb_scopes: int
    nb_permission_sets: int
    tags: list[str]
    user_id: NotRequired[str]
    group_id: NotRequired[str]
    application_id: NotRequired[str]
    no_principal: NotRequired[bool]


class Rule(TypedDict):
    """One rule of a policy. Its id lasts until the policy's rules are set again."""

    id: str
    permission_set_names: list[str]
    permission_sets_scope_type: PermissionSetScopeType
    condition: str
    project_ids: NotRequired[list[str]]
    organization_id: NotRequired[str]
    account_root_user_id: NotRequired[str]


class RuleSpecs(TypedDict):
    """A rule as it is sent: one of `project_ids` and `organization_id` is its scope."""

    permission_set_names: list[str]
    condition: NotRequired[str]
    project_ids: NotRequired[list[str]]
    organization_id: NotRequired[str]


class PermissionSet(TypedDict):
    """A named set of rights, from Scaleway's catalogue."""

    id: str
    name: str
    scope_type: PermissionSetScopeType
    description: str
    categories: list[str] | None


class SSHKeyFields(TypedDict, total=False):
    """The keywords for an SSH key: none but those in the methods."""


class SSHKey(TypedDict):
    """A public key; the API keeps it without its comment."""

    id: str
    name: str
    public_key: str
    fingerprint: str
    created_at: str
    updated_at: str
    organization_id: str
    project_id: str
    disabled: bool


class PersonFields(TypedDict, total=False):
    """The keywords about the person; only members have them."""

    first_name: str | None
    last_name: str | None
    phone_number: str | None
    locale: str | None


class UserFields(PersonFields, total=False):
    """The keywords for the update of a user."""

    email: str | None
    tags: Collection[str] | None


class User(TypedDict):
    """A person: the owner of the organization, a member or a guest.

    `updated_at` is one write behind in the answers to writes.
    """

    id: str
    email: str
    username: str
    first_name: str
    last_name: str
    phone_number: str
    locale: str
    created_at: str
    updated_at: str
    organization_id: str
    deletable: bool
    last_login_at: str | None
    type: UserType
    two_factor_enabled: bool
    status: NotRequired[UserStatus]
    mfa: bool
    account_root_user_id: str
    tags: list[str]
    locked: bool


class CreateMember(PersonFields):
    """A member as it is sent for creation. An empty password means that none is set yet."""

    email: str
    username: str
    password: NotRequired[str]
    send_password_email: NotRequired[bool]
    send_welcome_email: NotRequired[bool]


class MFAOTP(TypedDict):
    """The secret from which an authenticator computes one-time passwords."""

    secret: str


class ValidateUserMFAOTPResponse(TypedDict):
    """What replaces the authenticator when it is lost."""

    recovery_codes: list[str]


class GracePeriod(TypedDict):
    """The time that a member has to satisfy a security requirement."""

    type: GracePeriodType
    created_at: str | None
    expires_at: str | None


class ConnectionOrganization(TypedDict):
    """The organization of a connection."""

    id: str
    name: str
    locked: bool


class ConnectionUser(TypedDict):
    """The user of a connection, in the connection's organization."""

    id: str
    username: str
    type: UserType


class Connection(TypedDict):
    """Another organization to which a person can switch, and who the person is there."""

    organization: ConnectionOrganization | None
    user: ConnectionUser | None


class JWT(TypedDict):
    """A login session's token, described; never the token itself."""

    jti: str
    issuer_id: str
    audience_id: str
    created_at: str | None
    updated_at: str | None
    expires_at: str | None
    ip: str
    user_agent: str


class EncodedJWT(TypedDict):
    """A new token, and the one that renews it: both are secrets."""

    jwt: JWT | None
    token: str
    renew_token: str


class Log(TypedDict):
    """One change in the organization: who changed what, from where, with which program."""

    id: str
    created_at: str | None
    ip: str
    user_agent: str
    action: LogAction
    bearer_id: str
    organization_id: str
    resource_type: LogResourceType
    resource_id: str


# Two one-ofs: where it counts (`global`, a Python keyword, `region`, `zone`), and how much.
QuotumLimit = TypedDict(
    "QuotumLimit",
    {"global": bool, "region": str, "zone": str, "limit": int, "unlimited": bool},
    total=False,
)


class Project(TypedDict):
    """A project of the account API: what keys and rules refer to."""

    id: str
    name: str
    organization_id: str
    created_at: str
    updated_at: str
    description: str


class Quotum(TypedDict):
    """How many of one thing an organization may have: `limit`, or `unlimited`."""

    name: str
    pretty_name: str
    unit: str
    description: str
    locality_type: LocalityType
    limits: list[QuotumLimit]
    limit: NotRequired[int]
    unlimited: NotRequired[bool]


class SecuritySettingsFields(TypedDict, total=False):
    """The keywords for the security settings."""

    enforce_password_renewal: bool | None
    grace_period_duration: str | None
    login_attempts_before_locked: int | None
    max_login_session_duration: str | None
    max_api_key_expiration_duration: str | None


class OrganizationSecuritySettings(TypedDict):
    """What an organization demands of its users. Durations are written in seconds, as "259200s"."""

    enforce_password_renewal: bool
    grace_period_duration: str | None
    login_attempts_before_locked: int
    max_login_session_duration: NotRequired[str | None]
    max_api_key_expiration_duration: NotRequired[str | None]


class LoginMethodsFields(TypedDict, total=False):
    """The keywords for the ways in which members may log in."""

    login_password_enabled: bool | None
    login_oauth2_enabled: bool | None
    login_magic_code_enabled: bool | None
    login_saml_enabled: bool | None


class Organization(TypedDict):
    """An organization, and the ways in which its members may log in; `alias` is empty until set."""

    id: str
    name: str
    alias: str
    login_password_enabled: bool
    login_magic_code_enabled: bool
    login_oauth2_enabled: bool
    login_saml_enabled: bool


class SAMLServiceProvider(TypedDict):
    """What an identity provider has to know of Scaleway."""

    entity_id: str
    assertion_consumer_service_url: str


class SAMLFields(TypedDict, total=False):
    """The keywords for a SAML configuration."""

    entity_id: str | None
    single_sign_on_url: str | None


class SAML(TypedDict):
    """The single sign-on of an organization. What its identity provider says is empty until set."""

    id: str
    status: SAMLStatus
    service_provider: SAMLServiceProvider
    entity_id: str
    single_sign_on_url: str


class SAMLCertificate(TypedDict):
    """A certificate of a SAML configuration, in PEM form; it does not say of which one."""

    id: str
    type: SAMLCertificateType
    origin: SAMLCertificateOrigin
    content: str
    expires_at: str


class SCIM(TypedDict):
    """The provisioning of members by an identity provider."""

    id: str
    created_at: str


class SCIMToken(TypedDict):
    """With which an identity provider calls the SCIM endpoints; never the token itself."""

    id: str
    scim_id: str
    created_at: str
    expires_at: str


class CreateSCIMTokenResponse(TypedDict):
    """A new SCIM token, and the secret that is told only here."""

    token: SCIMToken
    bearer_token: str
