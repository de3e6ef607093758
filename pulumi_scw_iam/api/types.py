"""The JSON of the API's requests and responses.

Of the fields of a one-of, the API returns only the field with a value. Timestamps are RFC 3339 strings in
UTC. Enums may gain values beyond this list. `srn` is the Scaleway Resource Name, which older responses lack.

A type with a name in `Fields` declares optional keywords for the client's create and update methods. Values
are sent unchanged; None is not sent. Required keywords are in the signatures of the methods.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, TypedDict

if TYPE_CHECKING:
    from collections.abc import Collection

    from typing_extensions import NotRequired

MAY_BE_EMPTY = "may be empty"
"""Marks a field with the name of an id that may be empty."""

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
SecretStatus = Literal["unknown_status", "ready", "locked"]
SecretType = Literal[
    "unknown_type",
    "opaque",
    "certificate",
    "key_value",
    "basic_credentials",
    "database_credentials",
    "ssh_key",
]
SecretVersionStatus = Literal[
    "unknown_status", "enabled", "disabled", "deleted", "scheduled_for_deletion"
]
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
AuditEventOrder = Literal["recorded_at_asc", "recorded_at_desc"]
GroupOrder = ApplicationOrder
JWTOrder = Literal["created_at_asc", "created_at_desc", "updated_at_asc", "updated_at_desc"]
LogOrder = Literal["created_at_asc", "created_at_desc"]
PermissionSetOrder = Literal["name_asc", "name_desc", "created_at_asc", "created_at_desc"]
PolicyOrder = Literal["policy_name_asc", "policy_name_desc", "created_at_asc", "created_at_desc"]
QuotumOrder = Literal["name_asc", "name_desc"]
SCIMTokenOrder = Literal["created_at_asc", "created_at_desc"]
SSHKeyOrder = ApplicationOrder
WebAuthnAuthenticatorOrder = Literal["created_at_asc", "created_at_desc"]
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
    """An API key. Only the response to the create contains `secret_key`; later responses have null."""

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
    srn: NotRequired[str]


class ApplicationFields(TypedDict, total=False):
    """The keywords for an application."""

    description: str | None
    tags: Collection[str] | None


class Application(TypedDict):
    """The identity of a program: API keys act for an application, and policies grant permissions."""

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
    srn: NotRequired[str]


class GroupFields(TypedDict, total=False):
    """The keywords for a group. Members are changed by separate methods."""

    description: str | None
    tags: Collection[str] | None


class Group(TypedDict):
    """A set of users and applications that share policies.

    Responses to reads have the members sorted by id; responses to writes have the order of the request.
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
    srn: NotRequired[str]


class PolicyFields(TypedDict, total=False):
    """The keywords for a policy. The principal is one of the last four."""

    description: str | None
    tags: Collection[str] | None
    user_id: str | None
    group_id: str | None
    application_id: str | None
    no_principal: bool | None


class Policy(TypedDict):
    """A policy: a principal and the counts of the rules. The response to a create has counts of 0."""

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
    srn: NotRequired[str]


class Rule(TypedDict):
    """One rule of a policy. `set_rules` gives each rule a new id."""

    id: str
    permission_set_names: list[str]
    permission_sets_scope_type: PermissionSetScopeType
    condition: str
    project_ids: NotRequired[list[str]]
    organization_id: NotRequired[str]
    account_root_user_id: NotRequired[str]
    srn: NotRequired[str]


class RuleSpecs(TypedDict):
    """A rule in a request. The scope is either `project_ids` or `organization_id`."""

    permission_set_names: list[str]
    condition: NotRequired[str]
    project_ids: NotRequired[list[str]]
    organization_id: NotRequired[str]


class PermissionSet(TypedDict):
    """A named set of permissions, defined by Scaleway."""

    id: str
    name: str
    scope_type: PermissionSetScopeType
    description: str
    categories: list[str] | None


class SSHKeyFields(TypedDict, total=False):
    """The keywords for an SSH key, apart from the keywords in the signatures: none."""


class SSHKey(TypedDict):
    """An SSH public key. The API stores the key without its comment."""

    id: str
    name: str
    public_key: str
    fingerprint: str
    created_at: str
    updated_at: str
    organization_id: str
    project_id: str
    disabled: bool
    srn: NotRequired[str]


class PersonFields(TypedDict, total=False):
    """The keywords for personal details. Only members have personal details."""

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

    The newest official SDKs have no guests. An absent `type` is `unknown_type`.

    Responses to writes contain the `updated_at` of the write before.
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
    type: NotRequired[UserType | None]
    two_factor_enabled: bool
    status: NotRequired[UserStatus]
    mfa: bool
    account_root_user_id: str
    tags: list[str]
    locked: bool
    srn: NotRequired[str]


class CreateMember(PersonFields):
    """A member in a create request. An empty password leaves the password unset."""

    email: str
    username: str
    password: NotRequired[str]
    send_password_email: NotRequired[bool]
    send_welcome_email: NotRequired[bool]


class MFAOTP(TypedDict):
    """The secret of an authenticator for one-time passwords."""

    secret: str


class ValidateUserMFAOTPResponse(TypedDict):
    """The recovery codes for a lost authenticator."""

    recovery_codes: list[str]


class WebAuthnAuthenticator(TypedDict):
    """The description of a user's passkey or security key (WebAuthn), without the key."""

    id: str
    name: str
    created_at: str | None
    last_login_at: str | None


class GracePeriod(TypedDict):
    """The time for a member to meet a security requirement."""

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
    """Another organization of a person, with the person's user in this organization."""

    organization: ConnectionOrganization | None
    user: ConnectionUser | None


class JWT(TypedDict):
    """The description of a login session's token, without the token itself."""

    jti: str
    issuer_id: str
    audience_id: str
    created_at: str | None
    updated_at: str | None
    expires_at: str | None
    ip: str
    user_agent: str
    srn: NotRequired[str]


class EncodedJWT(TypedDict):
    """A new token and its renewal token. Both tokens are secrets."""

    jwt: JWT | None
    token: str
    renew_token: str


class Log(TypedDict):
    """An entry of the audit log: the changed resource, the bearer, the IP address and the User-Agent."""

    id: str
    created_at: str | None
    ip: str
    user_agent: str
    action: LogAction
    bearer_id: str
    organization_id: str
    resource_type: LogResourceType
    resource_id: str
    srn: NotRequired[str]


# Two one-ofs: the locality (`global`, `region` or `zone`) and the amount. The functional syntax is needed,
# because `global` is a Python keyword.
QuotumLimit = TypedDict(
    "QuotumLimit",
    {"global": bool, "region": str, "zone": str, "limit": int, "unlimited": bool},
    total=False,
)


class Project(TypedDict):
    """A project of the account API. API keys, SSH keys and rules refer to projects."""

    id: str
    name: str
    organization_id: str
    created_at: str
    updated_at: str
    description: str


class Quotum(TypedDict):
    """The quota of an organization for one kind of object: `limit` or `unlimited`."""

    name: str
    pretty_name: str
    unit: str
    description: str
    locality_type: LocalityType
    limits: list[QuotumLimit]
    limit: NotRequired[int]
    unlimited: NotRequired[bool]
    srn: NotRequired[str]


class SecuritySettingsFields(TypedDict, total=False):
    """The keywords for the security settings."""

    enforce_password_renewal: bool | None
    grace_period_duration: str | None
    login_attempts_before_locked: int | None
    max_login_session_duration: str | None
    max_api_key_expiration_duration: str | None


class OrganizationSecuritySettings(TypedDict):
    """The security requirements of an organization. Durations are in seconds, as "259200s"."""

    enforce_password_renewal: bool
    grace_period_duration: str | None
    login_attempts_before_locked: int
    max_login_session_duration: NotRequired[str | None]
    max_api_key_expiration_duration: NotRequired[str | None]


class LoginMethodsFields(TypedDict, total=False):
    """The keywords for the login methods of members."""

    login_password_enabled: bool | None
    login_oauth2_enabled: bool | None
    login_magic_code_enabled: bool | None
    login_saml_enabled: bool | None


class Organization(TypedDict):
    """An organization and the login methods of its members. `alias` is empty until set."""

    id: str
    name: str
    alias: str
    login_password_enabled: bool
    login_magic_code_enabled: bool
    login_oauth2_enabled: bool
    login_saml_enabled: bool


class SAMLServiceProvider(TypedDict):
    """Scaleway's SAML endpoints, for the configuration of an identity provider."""

    entity_id: str
    assertion_consumer_service_url: str


class SAMLFields(TypedDict, total=False):
    """The keywords for a SAML configuration."""

    entity_id: str | None
    single_sign_on_url: str | None


class SAML(TypedDict):
    """The SAML configuration of an organization. The identity provider's fields are empty until set."""

    id: str
    status: SAMLStatus
    service_provider: SAMLServiceProvider
    entity_id: str
    single_sign_on_url: str
    srn: NotRequired[str]


class SAMLCertificate(TypedDict):
    """A certificate in PEM form, without the id of its SAML configuration."""

    id: str
    type: SAMLCertificateType
    origin: SAMLCertificateOrigin
    content: str
    expires_at: str
    srn: NotRequired[str]


class File(TypedDict):
    """A file in a request. `content` is in base64."""

    name: str
    content_type: str
    content: str


class ParsedSAMLMetadata(TypedDict):
    """The identity provider that a metadata file describes."""

    single_sign_on_url: str
    entity_id: str
    signing_certificates: list[str]


class SCIM(TypedDict):
    """The SCIM configuration of an organization: an identity provider manages members."""

    id: str
    created_at: str


class SCIMToken(TypedDict):
    """The description of a SCIM token, without the token itself. SCIM calls use the token."""

    id: str
    scim_id: str
    created_at: str
    expires_at: str


class CreateSCIMTokenResponse(TypedDict):
    """A new SCIM token. Only this response contains the secret `bearer_token`."""

    token: SCIMToken
    bearer_token: str


class Secret(TypedDict):
    """A secret of the Secret Manager, without the payloads of its versions."""

    id: str
    project_id: str
    name: str
    status: SecretStatus
    created_at: str | None
    updated_at: str | None
    tags: list[str]
    version_count: int
    description: NotRequired[str | None]
    managed: bool
    protected: bool
    type: SecretType
    path: str
    region: str


class SecretVersion(TypedDict):
    """A version of a secret, without its payload. The first version has the revision 1."""

    revision: int
    secret_id: str
    status: SecretVersionStatus
    created_at: str | None
    updated_at: str | None
    description: NotRequired[str | None]
    latest: bool
    region: str


class AuditPrincipal(TypedDict):
    """The user or application that made a call."""

    id: str


class AuditResource(TypedDict):
    """A resource of an event, with a `type` such as `iam_api_key`. Some types have more fields.

    `id` is empty if the event has no id, such as after a refused create.
    """

    id: Annotated[str, MAY_BE_EMPTY]
    type: str
    name: NotRequired[str | None]
    created_at: NotRequired[str | None]
    updated_at: NotRequired[str | None]
    deleted_at: NotRequired[str | None]


class AuditEvent(TypedDict):
    """An API call in the Audit Trail of an organization, to any product.

    Secrets in `request_body` are masked.
    """

    id: str
    recorded_at: str | None
    locality: str
    principal: NotRequired[AuditPrincipal | None]
    organization_id: str
    project_id: NotRequired[str | None]
    source_ip: str
    user_agent: NotRequired[str | None]
    product_name: str
    service_name: str
    method_name: str
    resources: list[AuditResource]
    request_id: str
    request_body: NotRequired[dict[str, Any] | None]
    status_code: int


class AuthenticationEvent(TypedDict):
    """An attempt to log in to the console, successful or not."""

    id: str
    recorded_at: str | None
    organization_id: str
    source_ip: str
    user_agent: NotRequired[str | None]
    resources: list[AuditResource]
    result: Literal["unknown_result", "success", "failure"]
    failure_reason: NotRequired[str | None]
    country_code: NotRequired[str | None]
    method: str
    origin: str
    mfa_type: NotRequired[str | None]


class AuditProductService(TypedDict):
    """A service of a product, and the methods that the Audit Trail records."""

    name: str
    methods: list[str]


class AuditProduct(TypedDict):
    """A product that the Audit Trail records."""

    title: str
    name: str
    services: list[AuditProductService]
