"""Scaleway's official SDK calls every operation and parses every response.

Each scenario declares the SDK methods of its calls. Each result is compared with the method's annotation, field by
field: a missing field, an invalid time or an unknown enum value fails the scenario.
"""

from __future__ import annotations

import base64
import dataclasses
import inspect
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeAlias, Union, get_args, get_origin, get_type_hints
from zlib import crc32

import pytest
from scaleway import Client, ScalewayException
from scaleway.account.v3 import AccountV3ProjectAPI
from scaleway.account.v3 import types as account
from scaleway.account.v3.content import PROJECT_TRANSIENT_STATUSES
from scaleway.audit_trail.v1alpha1 import AuditTrailV1Alpha1API
from scaleway.audit_trail.v1alpha1 import types as audit_trail
from scaleway.iam.v1alpha1 import IamV1Alpha1API, types
from scaleway.secret.v1beta1 import SecretV1Beta1API
from scaleway.secret.v1beta1 import types as secret_manager
from scaleway_core.bridge import ScwFile

from pulumi_scw_iam.emulator.http.api import NOT_IMPLEMENTED
from pulumi_scw_iam.emulator.operations.base import IAM
from tests.support.local_api import (
    UNKNOWN_ID,
    Answer,
    Iam,
    certificate,
    code_at,
    invalid,
    metadata,
    metadata_file,
    not_found,
)
from tests.support.ssh_keys import OTHER_SSH_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


Scenario: TypeAlias = "Callable[[Witness, Iam], None]"

SCENARIOS: dict[Scenario, frozenset[str]] = {}
"""A scenario and its SDK methods."""


class Witness:
    """The SDK's client of one API; records called methods and checks their results."""

    def __init__(self, iam: Iam, api: type[Any] = IamV1Alpha1API) -> None:
        self.called: set[str] = set()
        self._api = api(
            Client(
                api_url=iam.emulator.url,
                access_key=iam.emulator.access_key,
                secret_key=iam.emulator.secret_key,
                default_organization_id=iam.organization_id,
                default_project_id=iam.emulator.project_id,
                default_region="fr-par",
            )
        )

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._api, name)
        expected_type = get_type_hints(method)["return"]

        def call(**arguments: Any) -> Any:
            self.called.add(name)
            result = method(**arguments)
            assert list(type_errors(result, expected_type, name)) == []
            return result

        return call


def type_errors(value: Any, expected_type: Any, path: str) -> Iterable[str]:
    """Yield every value of a wrong type, with its path and the expected type."""
    if get_origin(expected_type) is Union:
        choices = [list(type_errors(value, choice, path)) for choice in get_args(expected_type)]
        yield from min(choices, key=len)
    elif get_origin(expected_type) is list and isinstance(value, list):
        for index, item in enumerate(value):
            yield from type_errors(item, get_args(expected_type)[0], f"{path}[{index}]")
    elif get_origin(expected_type) is dict and isinstance(value, dict):
        return
    elif issubclass(expected_type, Enum):  # the SDK does not convert enum values
        if value not in {member.value for member in expected_type}:
            yield f"{path} is {value!r}, not a value of {expected_type}"
    elif type(value) is not expected_type:
        yield f"{path} is {value!r}, not {expected_type}"
    elif dataclasses.is_dataclass(expected_type):
        for name, hint in get_type_hints(expected_type).items():
            yield from type_errors(getattr(value, name), hint, f"{path}.{name}")


def methods(api: type[Any]) -> set[str]:
    return {name for name, _ in inspect.getmembers(api, inspect.isfunction) if name[0] != "_"}


def scenario(names: str) -> Callable[[Scenario], Scenario]:
    """Decorate a function as a scenario with these SDK methods."""

    def declare(play: Scenario) -> Scenario:
        SCENARIOS[play] = frozenset(names.split())
        return play

    return declare


def gone(method: Callable[..., Any], resource: str, **argument: str) -> None:
    """Assert that no object with this id exists."""
    (identifier,) = argument.values()
    assert refused(method, **argument) == not_found(resource, identifier)


def refused(method: Callable[..., Any], **arguments: Any) -> Answer:
    """Expect the SDK's exception; return the status and the body."""
    with pytest.raises(ScalewayException) as raised:
        method(**arguments)
    error = raised.value
    assert error.status_code
    return Answer(error.status_code, error.response.json())


@scenario(
    "create_application get_application update_application delete_application"
    " list_applications list_applications_all"
)
def applications(sdk: Witness, iam: Iam) -> None:
    made = sdk.create_application(name="a", description="first", tags=["x", "y"])
    assert made == types.Application(
        id=made.id,
        name="a",
        description="first",
        organization_id=iam.organization_id,
        editable=True,
        deletable=True,
        managed=False,
        nb_api_keys=0,
        tags=["x", "y"],
        created_at=made.created_at,
        updated_at=made.created_at,
    )
    assert timedelta() <= made.created_at - iam.clock.time < timedelta(seconds=1)
    assert sdk.get_application(application_id=made.id) == made
    changed = sdk.update_application(application_id=made.id, name="b", tags=[])
    expected = dataclasses.replace(made, name="b", tags=[], updated_at=changed.updated_at)
    assert changed == expected
    assert changed.updated_at > made.updated_at
    random_name = sdk.create_application(description="")
    both = [changed, random_name]
    newest = types.ListApplicationsRequestOrderBy.CREATED_AT_DESC
    assert sdk.list_applications() == types.ListApplicationsResponse(both, 2)
    assert sdk.list_applications(order_by=newest).applications == both[::-1]
    assert sdk.list_applications(editable=False).total_count == 0
    assert sdk.list_applications_all(page_size=1) == both
    assert sdk.list_applications_all(application_ids=[made.id, UNKNOWN_ID]) == [changed]
    sdk.delete_application(application_id=made.id)
    gone(sdk.get_application, "application", application_id=made.id)


@scenario(
    "create_group get_group update_group delete_group list_groups list_groups_all"
    " set_group_members add_group_member add_group_members remove_group_member"
)
def groups(sdk: Witness, iam: Iam) -> None:
    made = sdk.create_group(name="devs", description="", tags=["x"])
    assert made == types.Group(
        id=made.id,
        organization_id=iam.organization_id,
        name="devs",
        description="",
        user_ids=[],
        application_ids=[],
        tags=["x"],
        editable=True,
        deletable=True,
        managed=False,
        all_users=False,
        all_applications=False,
        created_at=made.created_at,
        updated_at=made.created_at,
    )
    users = sorted((iam.user("alice"), iam.user("bobby")), reverse=True)
    robot = iam.application()
    set_ = sdk.set_group_members(group_id=made.id, user_ids=users, application_ids=[robot])
    assert set_ == dataclasses.replace(made, user_ids=users, application_ids=[robot])
    shown = sdk.get_group(group_id=made.id)
    assert shown == dataclasses.replace(set_, user_ids=sorted(users))
    removed = sdk.remove_group_member(group_id=made.id, user_id=users[0])
    assert removed == dataclasses.replace(shown, user_ids=users[1:])
    assert sdk.add_group_member(group_id=made.id, user_id=users[0]) == shown
    assert sdk.add_group_members(group_id=made.id, user_ids=users) == shown
    changed = sdk.update_group(group_id=made.id, description="d")
    expected = dataclasses.replace(shown, description="d", updated_at=changed.updated_at)
    assert changed == expected
    both = [changed, sdk.create_group(description="")]
    assert sdk.list_groups() == types.ListGroupsResponse(both, 2)
    assert sdk.list_groups_all(page_size=1) == both
    assert sdk.list_groups_all(user_ids=users) == [changed]
    sdk.delete_group(group_id=made.id)
    gone(sdk.get_group, "group", group_id=made.id)


@scenario(
    "create_policy get_policy update_policy delete_policy clone_policy list_policies"
    " list_policies_all set_rules list_rules list_rules_all list_permission_sets"
    " list_permission_sets_all"
)
def policies(sdk: Witness, iam: Iam) -> None:
    robot = iam.application()
    wide = types.RuleSpecs(
        permission_set_names=["IAMReadOnly"],
        condition="",
        project_ids=None,
        organization_id=iam.organization_id,
    )
    narrow = types.RuleSpecs(
        permission_set_names=["VPCReadOnly", "IPAMReadOnly"],
        condition='request.ip == "203.0.113.7"',
        project_ids=[iam.emulator.project_id],
    )
    made = sdk.create_policy(name="p", description="", application_id=robot, rules=[wide])
    assert made == types.Policy(
        id=made.id,
        name="p",
        description="",
        organization_id=iam.organization_id,
        editable=True,
        deletable=True,
        managed=False,
        nb_rules=0,
        nb_scopes=0,
        nb_permission_sets=0,
        tags=[],
        created_at=made.created_at,
        updated_at=made.created_at,
        application_id=robot,
    )
    rules = sdk.set_rules(policy_id=made.id, rules=[wide, narrow]).rules
    ids = [rule.id for rule in rules]
    projects = types.PermissionSetScopeType.PROJECTS
    organization = types.PermissionSetScopeType.ORGANIZATION
    assert rules == [
        types.Rule(
            id=ids[0],
            permission_sets_scope_type=organization,
            condition="",
            permission_set_names=["IAMReadOnly"],
            organization_id=iam.organization_id,
        ),
        types.Rule(
            id=ids[1],
            permission_sets_scope_type=projects,
            condition='request.ip == "203.0.113.7"',
            permission_set_names=["VPCReadOnly", "IPAMReadOnly"],
            project_ids=[iam.emulator.project_id],
        ),
    ]
    assert sdk.list_rules(policy_id=made.id) == types.ListRulesResponse(rules, 2)
    assert sdk.list_rules_all(policy_id=made.id, page_size=1) == rules
    shown = sdk.get_policy(policy_id=made.id)
    assert shown == dataclasses.replace(
        made, nb_rules=2, nb_scopes=2, nb_permission_sets=3, updated_at=shown.updated_at
    )
    changed = sdk.update_policy(policy_id=made.id, no_principal=True)
    assert changed == dataclasses.replace(shown, application_id=None, no_principal=True)
    clone = sdk.get_policy(policy_id=sdk.clone_policy(policy_id=made.id).id)
    assert clone == dataclasses.replace(
        changed,
        id=clone.id,
        name="Copy of p",
        created_at=clone.created_at,
        updated_at=clone.created_at,
    )
    both = [changed, clone]
    assert sdk.list_policies() == types.ListPoliciesResponse(both, 2)
    assert sdk.list_policies_all(page_size=1) == both
    assert sdk.list_policies_all(policy_ids=[clone.id]) == [clone]
    sdk.delete_policy(policy_id=made.id)
    gone(sdk.get_policy, "policy", policy_id=made.id)
    catalogue = sdk.list_permission_sets_all(page_size=100)
    scope_types = {permission_set.name: permission_set.scope_type for permission_set in catalogue}
    assert scope_types["IAMReadOnly"] == organization
    assert scope_types["VPCReadOnly"] == projects
    assert sdk.list_permission_sets(page_size=1) == types.ListPermissionSetsResponse(
        catalogue[:1], len(catalogue)
    )


@scenario(
    "create_api_key get_api_key update_api_key delete_api_key list_api_keys list_api_keys_all"
)
def api_keys(sdk: Witness, iam: Iam) -> None:
    robot = iam.application()
    late = datetime(2031, 6, 1, 12, 0, 0, 500_000, timezone(timedelta(hours=2)))
    made = sdk.create_api_key(application_id=robot, description="d", expires_at=late)
    assert made == types.APIKey(
        access_key=made.access_key,
        description="d",
        default_project_id=iam.emulator.project_id,
        editable=True,
        deletable=True,
        managed=False,
        creation_ip="127.0.0.1",
        secret_key=made.secret_key,
        created_at=made.created_at,
        updated_at=made.created_at,
        expires_at=late,
        application_id=robot,
    )
    assert made.secret_key
    shown = sdk.get_api_key(access_key=made.access_key)
    assert shown == dataclasses.replace(made, secret_key=None)
    changed = sdk.update_api_key(access_key=made.access_key, description="e")
    expected = dataclasses.replace(shown, description="e", updated_at=changed.updated_at)
    assert changed == expected
    owners = sdk.get_api_key(access_key=iam.emulator.access_key)
    both = [owners, changed]
    assert sdk.list_api_keys() == types.ListAPIKeysResponse(both, 2)
    assert sdk.list_api_keys_all(page_size=1) == both
    assert sdk.list_api_keys_all(bearer_type=types.BearerType.APPLICATION) == [changed]
    assert sdk.list_api_keys_all(expired=False, user_id=owners.user_id) == [owners]
    sdk.delete_api_key(access_key=made.access_key)
    gone(sdk.get_api_key, "access_key", access_key=made.access_key)


@scenario(
    "create_ssh_key get_ssh_key update_ssh_key delete_ssh_key list_ssh_keys list_ssh_keys_all"
)
def ssh_keys(sdk: Witness, iam: Iam) -> None:
    made = sdk.create_ssh_key(name="k", public_key=f"{OTHER_SSH_KEY} me@home")
    assert made == types.SSHKey(
        id=made.id,
        name="k",
        public_key=OTHER_SSH_KEY,
        fingerprint="256 MD5:94:76:ac:2c:a5:3f:05:76:18:bf:9c:b0:12:de:ae:7d (ssh-ed25519)",
        organization_id=iam.organization_id,
        project_id=iam.emulator.project_id,
        disabled=False,
        created_at=made.created_at,
        updated_at=made.created_at,
    )
    assert sdk.get_ssh_key(ssh_key_id=made.id) == made
    changed = sdk.update_ssh_key(ssh_key_id=made.id, disabled=True)
    expected = dataclasses.replace(made, disabled=True, updated_at=changed.updated_at)
    assert changed == expected
    both = [changed, sdk.create_ssh_key(public_key=OTHER_SSH_KEY)]
    assert sdk.list_ssh_keys() == types.ListSSHKeysResponse(both, 2)
    assert sdk.list_ssh_keys_all(page_size=1) == both
    assert sdk.list_ssh_keys_all(disabled=True) == [changed]
    sdk.delete_ssh_key(ssh_key_id=made.id)
    gone(sdk.get_ssh_key, "ssh_key", ssh_key_id=made.id)


@scenario(
    "create_user get_user update_user delete_user list_users list_users_all"
    " update_user_username update_user_password lock_user unlock_user"
    " create_user_mfaotp validate_user_mfaotp delete_user_mfaotp"
    " get_user_connections list_grace_periods"
    " list_user_web_authn_authenticators list_user_web_authn_authenticators_all"
)
def users(sdk: Witness, iam: Iam) -> None:
    made = sdk.create_user(
        tags=["x"],
        member=types.CreateUserRequestMember(
            email="alice@example.com",
            send_password_email=False,
            send_welcome_email=False,
            username="alice",
            password="Correct-horse-1",
            first_name="Alice",
            last_name="",
            phone_number="",
            locale="",
        ),
    )
    assert made == types.User(
        id=made.id,
        email="alice@example.com",
        username="alice",
        first_name="Alice",
        last_name="",
        phone_number="",
        locale="en_US",
        organization_id=iam.organization_id,
        deletable=True,
        type_=types.UserType.MEMBER,
        mfa=False,
        account_root_user_id="",
        tags=["x"],
        locked=False,
        created_at=made.created_at,
        updated_at=made.created_at,
        last_login_at=None,
        two_factor_enabled=False,
        status=types.UserStatus.ACTIVATED,
    )
    assert sdk.get_user(user_id=made.id) == made
    assert sdk.update_user(user_id=made.id, last_name="A") == dataclasses.replace(
        made, last_name="A"
    )
    renamed = sdk.update_user_username(user_id=made.id, username="al")
    assert (renamed.username, renamed.last_name) == ("al", "A")
    assert sdk.update_user_password(user_id=made.id, password="Battery-staple-2").username == "al"
    assert sdk.lock_user(user_id=made.id).locked is True
    assert sdk.unlock_user(user_id=made.id).locked is False
    secret = sdk.create_user_mfaotp(user_id=made.id).secret
    code = code_at(secret, iam.clock.time.timestamp())
    assert sdk.validate_user_mfaotp(user_id=made.id, one_time_password=code).recovery_codes
    assert sdk.list_users(mfa=True).users == [sdk.get_user(user_id=made.id)]
    sdk.delete_user_mfaotp(user_id=made.id)
    assert sdk.list_users(mfa=True) == types.ListUsersResponse([], 0)
    members = sdk.list_users(type_=types.UserType.MEMBER).users
    assert members == [sdk.get_user(user_id=made.id)]
    assert sdk.list_users_all(page_size=1)[1:] == members
    assert sdk.list_grace_periods(user_id=made.id) == types.ListGracePeriodsResponse([])
    assert sdk.list_user_web_authn_authenticators(
        user_id=made.id
    ) == types.ListUserWebAuthnAuthenticatorsResponse(0, [])
    keys = [{"user": "al", "name": name} for name in ("laptop", "key ring")]
    seeded = iam.emulator.seed({"webauthn_authenticators": keys})["webauthn_authenticators"]
    passkeys = sdk.list_user_web_authn_authenticators_all(user_id=made.id, page_size=1)
    assert [(key.id, key.name, key.last_login_at) for key in passkeys] == [
        (seeded[0]["id"], "laptop", None),
        (seeded[1]["id"], "key ring", None),
    ]
    assert sdk.get_user_connections(user_id=made.id) == types.GetUserConnectionsResponse([])
    sdk.delete_user(user_id=made.id)
    gone(sdk.get_user, "user", user_id=made.id)


@scenario("create_jwt get_jwt delete_jwt list_jw_ts list_jw_ts_all")
def jwts(sdk: Witness, iam: Iam) -> None:
    user_id = iam.user()
    encoded = sdk.create_jwt(user_id=user_id, referrer="https://example.com")
    made = encoded.jwt
    assert encoded.token.count(".") == 2
    assert made.audience_id == user_id
    assert made.expires_at > made.created_at
    assert made.user_agent.startswith("scaleway-sdk-python/")
    assert sdk.get_jwt(jti=made.jti) == made
    other = sdk.create_jwt(user_id=user_id, referrer="https://example.com").jwt
    both = types.ListJWTsResponse([made, other], 2)
    assert sdk.list_jw_ts(audience_id=user_id) == both
    assert sdk.list_jw_ts_all(audience_id=user_id, page_size=1) == both.jwts
    sdk.delete_jwt(jti=made.jti)
    gone(sdk.get_jwt, "jwt", jti=made.jti)


@scenario("list_logs list_logs_all get_log")
def logs(sdk: Witness, iam: Iam) -> None:
    group_id = iam.group()
    iam.delete(f"/groups/{group_id}")
    iam.application()
    made, deleted = found = sdk.list_logs(search=group_id).logs
    assert made == types.Log(
        id=made.id,
        ip="127.0.0.1",
        user_agent=made.user_agent,
        action=types.LogAction.CREATED,
        bearer_id=made.bearer_id,
        organization_id=iam.organization_id,
        resource_type=types.LogResourceType.GROUP,
        resource_id=group_id,
        created_at=made.created_at,
    )
    assert sdk.get_log(log_id=made.id) == made
    assert sdk.list_logs_all(resource_type=types.LogResourceType.GROUP, page_size=1) == found
    # The SDK formats a time in a query like str(datetime), not as RFC 3339.
    assert sdk.list_logs_all(created_before=deleted.created_at) == [made]
    assert sdk.list_logs_all(created_after=deleted.created_at, search=group_id) == [deleted]


@scenario("list_quota list_quota_all get_quotum")
def quota(sdk: Witness, _iam: Iam) -> None:
    limited = sdk.get_quotum(quotum_name="iam_ssh_keys")
    assert limited == types.Quotum(
        name="iam_ssh_keys",
        pretty_name="Ssh keys",
        unit="",
        description="Number of ssh keys",
        locality_type=types.LocalityType.GLOBAL,
        limits=[types.QuotumLimit(global_=True, limit=2)],
        limit=2,
    )
    listed = sdk.list_quota()
    assert listed == types.ListQuotaResponse(sdk.list_quota_all(page_size=1), listed.total_count)
    names = ["iam_ssh_keys", "iam_groups"]
    assert sdk.list_quota_all(quotum_names=names) == [
        sdk.get_quotum(quotum_name=name) for name in sorted(names)
    ]
    gone(sdk.get_quotum, "quotum", quotum_name="x")


@scenario(
    "get_organization set_organization_alias update_organization_login_methods"
    " get_organization_security_settings update_organization_security_settings"
)
def the_organization(sdk: Witness, iam: Iam) -> None:
    fresh = sdk.get_organization()
    assert fresh == types.Organization(
        id=iam.organization_id,
        name="Local organization",
        alias="",
        login_password_enabled=True,
        login_magic_code_enabled=True,
        login_oauth2_enabled=True,
        login_saml_enabled=False,
    )
    named = sdk.set_organization_alias(alias="acme")
    assert named == dataclasses.replace(fresh, alias="acme")
    changed = sdk.update_organization_login_methods(login_oauth2_enabled=False)
    assert changed == dataclasses.replace(named, login_oauth2_enabled=False)
    settings = sdk.get_organization_security_settings()
    assert settings == types.OrganizationSecuritySettings(
        enforce_password_renewal=False,
        login_attempts_before_locked=5,
        grace_period_duration="259200s",
        max_login_session_duration="2592000s",
        max_api_key_expiration_duration="0s",
    )
    assert sdk.update_organization_security_settings(
        max_api_key_expiration_duration="86400s"
    ) == dataclasses.replace(settings, max_api_key_expiration_duration="86400s")


@scenario(
    "enable_organization_saml get_organization_saml update_saml delete_saml add_saml_certificate"
    " get_saml_certificate list_saml_certificates delete_saml_certificate"
)
def saml(sdk: Witness, iam: Iam) -> None:
    gone(sdk.get_organization_saml, "organization_saml", organization_id=iam.organization_id)
    fresh = sdk.enable_organization_saml()
    assert fresh == types.Saml(
        id=fresh.id,
        status=types.SamlStatus.MISSING_CERTIFICATE,
        entity_id="",
        single_sign_on_url="",
        service_provider=types.SamlServiceProvider(
            entity_id=f"https://iam.scaleway.com/saml/{fresh.id}",
            assertion_consumer_service_url=(
                f"https://api.scaleway.com/iam/v1/saml/{fresh.id}/login"
            ),
        ),
    )
    signing = types.SamlCertificateType.SIGNING
    added = sdk.add_saml_certificate(saml_id=fresh.id, type_=signing, content=certificate())
    assert added == types.SamlCertificate(
        id=added.id,
        type_=signing,
        origin=types.SamlCertificateOrigin.IDENTITY_PROVIDER,
        content=added.content,
        expires_at=datetime(2021, 1, 1, tzinfo=timezone.utc),
    )
    assert sdk.get_saml_certificate(certificate_id=added.id) == added
    listed = sdk.list_saml_certificates(saml_id=fresh.id)
    assert listed == types.ListSamlCertificatesResponse([added])
    changed = sdk.update_saml(saml_id=fresh.id, entity_id="idp")
    missing_url = types.SamlStatus.MISSING_SINGLE_SIGN_ON_URL
    assert changed == dataclasses.replace(fresh, entity_id="idp", status=missing_url)
    sdk.delete_saml_certificate(certificate_id=added.id)
    gone(sdk.get_saml_certificate, "saml_certificate", certificate_id=added.id)
    assert sdk.get_organization_saml() == dataclasses.replace(fresh, entity_id="idp")
    sdk.delete_saml(saml_id=fresh.id)
    gone(sdk.list_saml_certificates, "saml", saml_id=fresh.id)


@scenario("parse_saml_metadata")
def saml_metadata(sdk: Witness, iam: Iam) -> None:
    del iam
    pem = certificate()
    parsed = sdk.parse_saml_metadata(file=ScwFile(**metadata_file(metadata(pem))))
    assert parsed == types.ParseSamlMetadataResponse(
        single_sign_on_url="https://idp/sso",
        entity_id="https://idp",
        signing_certificates=[pem],
    )


@scenario(
    "enable_organization_scim get_organization_scim delete_scim create_scim_token"
    " list_scim_tokens list_scim_tokens_all delete_scim_token"
)
def scim(sdk: Witness, iam: Iam) -> None:
    gone(sdk.get_organization_scim, "organization_scim", organization_id=iam.organization_id)
    made = sdk.enable_organization_scim()
    assert sdk.get_organization_scim() == made
    created = [sdk.create_scim_token(scim_id=made.id) for _ in range(2)]
    assert len({item.bearer_token for item in created}) == 2
    tokens = [item.token for item in created]
    assert [item.expires_at.year - item.created_at.year for item in tokens] == [1, 1]
    assert sdk.list_scim_tokens(scim_id=made.id) == types.ListScimTokensResponse(tokens, 2)
    assert sdk.list_scim_tokens_all(scim_id=made.id, page_size=1) == tokens
    sdk.delete_scim_token(token_id=tokens[0].id)
    assert sdk.list_scim_tokens_all(scim_id=made.id) == tokens[1:]
    sdk.delete_scim(scim_id=made.id)
    gone(sdk.list_scim_tokens, "scim", scim_id=made.id)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")  # the SDK would use a proxy for loopback too


@pytest.mark.parametrize("play", SCENARIOS, ids=lambda play: play.__name__)
def test_the_official_sdk_understands(play: Scenario, iam: Iam) -> None:
    sdk = Witness(iam)
    play(sdk, iam)
    assert sdk.called == SCENARIOS[play]


WITHOUT_ANSWER = methods(IamV1Alpha1API).difference(*SCENARIOS.values())


def test_every_operation_is_driven_or_known_to_be_missing() -> None:
    missing = {name for name, (_, path) in NOT_IMPLEMENTED.items() if path.startswith(IAM)}
    assert {name.removesuffix("_all") for name in WITHOUT_ANSWER} == missing


ANY = {str: UNKNOWN_ID, int: 1}
"""A valid argument of each type."""


@pytest.mark.parametrize("name", sorted(WITHOUT_ANSWER))
def test_what_is_missing_is_an_exception_of_the_sdk_that_says_so(name: str, iam: Iam) -> None:
    sdk = Witness(iam)
    parameters = inspect.signature(getattr(IamV1Alpha1API, name)).parameters.values()
    required = {
        parameter.name: ANY[parameter.annotation]
        for parameter in parameters
        if parameter.kind is parameter.KEYWORD_ONLY and parameter.default is parameter.empty
    }
    text = f"{name.removesuffix('_all')} is not part of this local IAM API"
    assert refused(getattr(sdk, name), **required) == Answer(
        501, {"message": text, "type": "not_implemented"}
    )


def test_the_official_sdk_understands_projects(iam: Iam) -> None:
    sdk = Witness(iam, AccountV3ProjectAPI)
    made = sdk.create_project(name="p", description="")
    assert made == account.Project(
        id=made.id,
        name="p",
        organization_id=iam.organization_id,
        description="",
        status=made.status,
        created_at=made.created_at,
        updated_at=made.created_at,
    )
    read_only = {
        "qualification": account.Qualification(
            architecture_type=account.QualificationArchitectureType.UNKNOWN_ARCHITECTURE_TYPE
        ),
        "status": account.ProjectStatus.ACTIVE,
    }
    assert sdk.get_project(project_id=made.id) == dataclasses.replace(made, **read_only)
    # The waiter waits for another status, and sleeps at least a second.
    assert made.status not in PROJECT_TRANSIENT_STATUSES
    changed = sdk.update_project(project_id=made.id, name="q")
    assert changed == dataclasses.replace(made, name="q", updated_at=changed.updated_at)
    default = sdk.get_project()
    assert default.id == iam.emulator.project_id
    both = [default, dataclasses.replace(changed, **read_only)]
    assert sdk.list_projects() == account.ListProjectsResponse(2, both)
    assert sdk.list_projects_all(page_size=1) == both
    sdk.delete_project(project_id=made.id)
    gone(sdk.get_project, "project_id", project_id=made.id)


def test_the_official_sdk_understands_secrets(iam: Iam) -> None:
    sdk = Witness(iam, SecretV1Beta1API)
    made = sdk.create_secret(name="key", protected=False, tags=["a"])
    assert made == secret_manager.Secret(
        id=made.id,
        project_id=iam.emulator.project_id,
        name="key",
        status=secret_manager.SecretStatus.READY,
        tags=["a"],
        version_count=0,
        managed=False,
        protected=False,
        type_=secret_manager.SecretType.OPAQUE,
        path="/",
        used_by=[],
        region="fr-par",
        created_at=made.created_at,
        updated_at=made.created_at,
    )
    assert sdk.get_secret(secret_id=made.id) == made
    assert sdk.list_secrets_all(scheduled_for_deletion=False) == [made]
    data = base64.b64encode(b"payload").decode()
    first, second = (
        sdk.create_secret_version(
            secret_id=made.id, data=data, data_crc32=crc32(b"payload"), disable_previous=True
        )
        for _ in range(2)
    )
    assert (first.revision, first.status, first.latest) == (1, "enabled", True)
    disabled = sdk.get_secret_version(secret_id=made.id, revision="1")
    assert (disabled.status, disabled.latest) == ("disabled", False)
    assert sdk.list_secret_versions_all(secret_id=made.id, page_size=1) == [second, disabled]
    expected = secret_manager.AccessSecretVersionResponse(
        secret_id=made.id,
        revision=2,
        data=data,
        data_crc32=crc32(b"payload"),
        type_=secret_manager.SecretType.OPAQUE,
    )
    assert sdk.access_secret_version(secret_id=made.id, revision="latest_enabled") == expected
    enabled = sdk.enable_secret_version(secret_id=made.id, revision="1")
    assert enabled == dataclasses.replace(first, latest=False, updated_at=enabled.updated_at)
    assert sdk.disable_secret_version(secret_id=made.id, revision="1").status == "disabled"


def test_the_official_sdk_understands_the_audit_trail(iam: Iam) -> None:
    sdk = Witness(iam, AuditTrailV1Alpha1API)
    group = iam.group("devs")
    # The SDK would filter by the default project.
    sdk._api.client.default_project_id = None
    listed = sdk.list_events()
    assert listed.next_page_token is None
    (event,) = listed.events
    assert event.method_name == "CreateGroup"
    (resource,) = event.resources
    assert (resource.id, resource.type_) == (group, audit_trail.ResourceType.IAM_GROUP)
    assert sdk.list_authentication_events().events == []
    assert sdk.list_products().total_count == 3


def test_what_the_api_refuses_reaches_the_caller_of_the_sdk_whole(iam: Iam) -> None:
    sdk = Witness(iam)
    length = "value length must be between 1 and 64 runes, inclusive"
    assert refused(sdk.create_group, name="x" * 65, description="") == invalid(
        ("name", "constraint", length)
    )
    # An empty list of projects counts as set, so a rule for the organization must leave the list out.
    rule = types.RuleSpecs(condition="", permission_set_names=["IAMReadOnly"])
    assert refused(
        sdk.create_policy, name="p", description="", no_principal=True, rules=[rule]
    ) == invalid(
        ("rules[0].project_ids", "constraint", "value must contain at least 1 item(s)"),
    )
