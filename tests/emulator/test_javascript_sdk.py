"""Scaleway's official SDK for JavaScript calls every method that it has, over HTTP.

Each scenario declares the SDK methods of its calls. Each result is compared with the JSON of its response and with the
type declarations of the SDK: fields, their order, types and enum values. `make javascript` installs the packages and
runs these tests; the quick tests run them if the packages are installed.
"""

from __future__ import annotations

import base64
import os
import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, TypeAlias
from zlib import crc32

import pytest

from pulumi_scw_iam.emulator import Emulator, Fault
from pulumi_scw_iam.emulator.http.api import NOT_IMPLEMENTED
from tests.support.javascript_sdk import (
    APIS,
    Declarations,
    Findings,
    JsClient,
    Node,
    SdkError,
    declarations,
    install,
    is_installed,
)
from tests.support.local_api import (
    UNKNOWN_ID,
    Answer,
    Clock,
    Iam,
    certificate,
    code_at,
    denied,
    invalid,
    metadata,
    not_found,
    protected,
    taken,
)
from tests.support.ssh_keys import OTHER_SSH_KEY
from tools.official_names import Unreachable, snake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Scenario: TypeAlias = "Callable[[JsClient, Iam], None]"

SCENARIOS: dict[str, dict[Scenario, frozenset[str]]] = {api: {} for api in APIS}
"""For each API, its scenarios and their SDK methods."""

NOT_HERE = {
    "audit": {
        "createExportJob",
        "deleteExportJob",
        "listCombinedEvents",
        "listExportJobs",
    },
    "iam": {
        "initiateUserConnection",
        "joinUserConnection",
        "removeUserConnection",
    },
    "project": {"setProjectQualification"},
    "secret": {
        "accessSecretVersionByPath",
        "addSecretOwner",
        "browseSecrets",
        "deleteSecret",
        "deleteSecretVersion",
        "listSecretTypes",
        "listTags",
        "protectSecret",
        "restoreSecret",
        "restoreSecretVersion",
        "unprotectSecret",
        "updateSecret",
        "updateSecretVersion",
    },
}
"""The methods that the local IAM API does not implement."""


@pytest.fixture(scope="session")
def node() -> Iterator[Node]:
    """Start the SDK. Without Node, npm or the registry, fail in CI and skip elsewhere."""
    if "JAVASCRIPT" in os.environ:
        try:
            install()
        except Unreachable as problem:
            message = f"NOT CHECKED: the SDK for JavaScript cannot be installed: {problem}"
            if os.environ.get("CI"):
                pytest.fail(message)
            pytest.skip(message)
    elif not is_installed():
        pytest.skip("the SDK for JavaScript is not installed; run `make javascript`")
    process = Node()
    yield process
    process.close()


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Emulator, Clock]]:
    clock = Clock()
    with Emulator(clock=clock, quotas={"iam_ssh_keys": 2}, srn=True) as emulator:
        yield emulator, clock


def scenario(api: str, names: str) -> Callable[[Scenario], Scenario]:
    """Decorate a function as a scenario with these SDK methods."""

    def declare(play: Scenario) -> Scenario:
        SCENARIOS[api][play] = frozenset(names.split())
        return play

    return declare


def error(sdk: JsClient, method: str, **request: Any) -> tuple[str, Answer, str]:
    """Expect an exception of the SDK; return the name of its class, the response and the message."""
    with pytest.raises(SdkError) as raised:
        sdk(method, **request)
    assert raised.value.classes == {"ScalewayError", raised.value.name}
    return raised.value.name, raised.value.response, raised.value.message


def refused(sdk: JsClient, method: str, **request: Any) -> tuple[str, Answer]:
    """Expect an exception of the SDK; return the name of its class, and the response."""
    name, response, _ = error(sdk, method, **request)
    return name, response


def gone(sdk: JsClient, method: str, resource: str, **argument: str) -> None:
    """Assert that no object with this id exists."""
    (identifier,) = argument.values()
    expected = ("ResourceNotFoundError", not_found(resource, identifier))
    assert refused(sdk, method, **argument) == expected


@scenario(
    "iam",
    "createApplication getApplication updateApplication deleteApplication listApplications",
)
def applications(sdk: JsClient, iam: Iam) -> None:
    made = sdk("createApplication", name="a", description="first", tags=["x", "y"])
    assert made == {
        "id": made["id"],
        "name": "a",
        "description": "first",
        "createdAt": iam.clock.time,
        "updatedAt": iam.clock.time,
        "organizationId": iam.organization_id,
        "editable": True,
        "deletable": True,
        "managed": False,
        "nbApiKeys": 0,
        "tags": ["x", "y"],
    }
    assert sdk("getApplication", applicationId=made["id"]) == made
    iam.clock.advance(hours=1)
    changed = sdk("updateApplication", applicationId=made["id"], name="b", tags=[])
    assert changed == {**made, "name": "b", "tags": [], "updatedAt": iam.clock.time}
    both = [changed, sdk("createApplication", description="")]
    assert sdk("listApplications") == {"applications": both, "totalCount": 2}
    newest = sdk("listApplications", orderBy="created_at_desc")["applications"]
    assert newest == both[::-1]
    assert sdk("listApplications", editable=False)["totalCount"] == 0
    assert sdk.all("listApplications", pageSize=1) == both
    ids = [made["id"], UNKNOWN_ID]
    assert sdk.all("listApplications", applicationIds=ids) == [changed]
    assert sdk("deleteApplication", applicationId=made["id"]) is None
    gone(sdk, "getApplication", "application", applicationId=made["id"])


@scenario(
    "iam",
    "createGroup getGroup updateGroup deleteGroup listGroups setGroupMembers addGroupMember"
    " addGroupMembers removeGroupMember",
)
def groups(sdk: JsClient, iam: Iam) -> None:
    made = sdk("createGroup", name="devs", description="", tags=["x"])
    assert made == {
        "id": made["id"],
        "createdAt": iam.clock.time,
        "updatedAt": iam.clock.time,
        "organizationId": iam.organization_id,
        "name": "devs",
        "description": "",
        "userIds": [],
        "applicationIds": [],
        "tags": ["x"],
        "editable": True,
        "deletable": True,
        "managed": False,
    }
    users = sorted((iam.user("alice"), iam.user("bobby")))
    robot = iam.application()
    group = {"groupId": made["id"]}
    sdk("setGroupMembers", **group, userIds=users, applicationIds=[robot])
    shown = sdk("getGroup", **group)
    assert shown == {
        **made,
        "userIds": users,
        "applicationIds": [robot],
        "updatedAt": shown["updatedAt"],
    }
    removed = sdk("removeGroupMember", **group, userId=users[0])
    assert (removed["userIds"], removed["applicationIds"]) == (users[1:], [robot])
    assert sdk("addGroupMember", **group, userId=users[0])["userIds"] == users
    assert sdk("addGroupMembers", **group, userIds=users, applicationIds=[])["userIds"] == users
    changed = sdk("updateGroup", **group, description="d")
    assert changed == {**shown, "description": "d", "updatedAt": changed["updatedAt"]}
    both = [changed, sdk("createGroup", description="")]
    assert sdk("listGroups") == {"groups": both, "totalCount": 2}
    assert sdk.all("listGroups", pageSize=1) == both
    assert sdk.all("listGroups", userIds=users) == [changed]
    sdk("deleteGroup", **group)
    gone(sdk, "getGroup", "group", **group)


@scenario(
    "iam",
    "createPolicy getPolicy updatePolicy deletePolicy clonePolicy listPolicies setRules listRules"
    " listPermissionSets",
)
def policies(sdk: JsClient, iam: Iam) -> None:
    group_id, user_id, robot = iam.group(), iam.user(), iam.application()
    wide = {
        "permissionSetNames": ["IAMReadOnly"],
        "condition": "",
        "organizationId": iam.organization_id,
    }
    narrow = {
        "permissionSetNames": ["VPCReadOnly", "IPAMReadOnly"],
        "condition": 'request.ip == "203.0.113.7"',
        "projectIds": [iam.emulator.project_id],
    }
    values = {"name": "p", "description": "", "tags": ["x"], "applicationId": robot}
    made = sdk("createPolicy", **values, rules=[wide])
    assert made == {
        **values,
        "id": made["id"],
        "organizationId": iam.organization_id,
        "createdAt": iam.clock.time,
        "updatedAt": iam.clock.time,
        "editable": True,
        "deletable": True,
        "managed": False,
        "nbRules": 0,
        "nbScopes": 0,
        "nbPermissionSets": 0,
    }
    policy = {"policyId": made["id"]}
    rules = sdk("setRules", **policy, rules=[wide, narrow])["rules"]
    ids = [rule["id"] for rule in rules]
    assert rules == [
        {**wide, "id": ids[0], "permissionSetsScopeType": "organization"},
        {**narrow, "id": ids[1], "permissionSetsScopeType": "projects"},
    ]
    assert sdk("listRules", **policy) == {"rules": rules, "totalCount": 2}
    assert sdk.all("listRules", **policy, pageSize=1) == rules
    shown = sdk("getPolicy", **policy)
    counts = {"nbRules": 2, "nbScopes": 2, "nbPermissionSets": 3}
    assert shown == {**made, **counts, "updatedAt": shown["updatedAt"]}
    assert sdk("updatePolicy", **policy, groupId=group_id)["groupId"] == group_id
    assert sdk("updatePolicy", **policy, userId=user_id)["userId"] == user_id
    changed = sdk("updatePolicy", **policy, noPrincipal=True)
    assert changed["noPrincipal"] is True
    assert [changed.get(f"{kind}Id") for kind in ("application", "group", "user")] == [None] * 3
    cloned = sdk("clonePolicy", **policy)
    clone = sdk("getPolicy", policyId=cloned["id"])
    assert clone == {
        **changed,
        "id": cloned["id"],
        "name": "Copy of p",
        "tags": [],
        "createdAt": clone["createdAt"],
        "updatedAt": clone["updatedAt"],
    }
    both = [changed, clone]
    assert sdk("listPolicies") == {"policies": both, "totalCount": 2}
    assert sdk.all("listPolicies", pageSize=1) == both
    assert sdk.all("listPolicies", policyIds=[clone["id"]]) == [clone]
    sdk("deletePolicy", **policy)
    gone(sdk, "getPolicy", "policy", **policy)
    catalogue = sdk.all("listPermissionSets", pageSize=100)
    scope_types = {item["name"]: item["scopeType"] for item in catalogue}
    assert scope_types["IAMReadOnly"] == "organization"
    assert scope_types["VPCReadOnly"] == "projects"
    assert sdk("listPermissionSets", pageSize=1) == {
        "permissionSets": catalogue[:1],
        "totalCount": len(catalogue),
    }


@scenario("iam", "createAPIKey getAPIKey updateAPIKey deleteAPIKey listAPIKeys")
def api_keys(sdk: JsClient, iam: Iam) -> None:
    robot = iam.application()
    late = datetime(2031, 6, 1, 12, 0, 0, 500_000, timezone(timedelta(hours=2)))
    made = sdk("createAPIKey", applicationId=robot, description="d", expiresAt=late)
    assert made == {
        "accessKey": made["accessKey"],
        "secretKey": made["secretKey"],
        "applicationId": robot,
        "description": "d",
        "createdAt": iam.clock.time,
        "updatedAt": iam.clock.time,
        "expiresAt": late,
        "defaultProjectId": iam.emulator.project_id,
        "editable": True,
        "deletable": True,
        "managed": False,
        "creationIp": "127.0.0.1",
    }
    key = {"accessKey": made["accessKey"]}
    shown = sdk("getAPIKey", **key)
    assert shown == {**made, "secretKey": None}
    changed = sdk("updateAPIKey", **key, description="e")
    assert changed == {**shown, "description": "e", "updatedAt": changed["updatedAt"]}
    owners = sdk("getAPIKey", accessKey=iam.emulator.access_key)
    both = [owners, changed]
    assert sdk("listAPIKeys") == {"apiKeys": both, "totalCount": 2}
    assert sdk.all("listAPIKeys", pageSize=1) == both
    assert sdk.all("listAPIKeys", bearerType="application") == [changed]
    assert sdk.all("listAPIKeys", expired=False, bearerId=owners["userId"]) == [owners]
    sdk("deleteAPIKey", **key)
    gone(sdk, "getAPIKey", "access_key", **key)


@scenario("iam", "createSSHKey getSSHKey updateSSHKey deleteSSHKey listSSHKeys")
def ssh_keys(sdk: JsClient, iam: Iam) -> None:
    made = sdk("createSSHKey", name="k", publicKey=f"{OTHER_SSH_KEY} me@home")
    assert made == {
        "id": made["id"],
        "name": "k",
        "publicKey": OTHER_SSH_KEY,
        "fingerprint": "256 MD5:94:76:ac:2c:a5:3f:05:76:18:bf:9c:b0:12:de:ae:7d (ssh-ed25519)",
        "createdAt": iam.clock.time,
        "updatedAt": iam.clock.time,
        "organizationId": iam.organization_id,
        "projectId": iam.emulator.project_id,
        "disabled": False,
    }
    key = {"sshKeyId": made["id"]}
    assert sdk("getSSHKey", **key) == made
    changed = sdk("updateSSHKey", **key, disabled=True)
    assert changed == {**made, "disabled": True, "updatedAt": changed["updatedAt"]}
    both = [changed, sdk("createSSHKey", publicKey=OTHER_SSH_KEY)]
    assert sdk("listSSHKeys") == {"sshKeys": both, "totalCount": 2}
    assert sdk.all("listSSHKeys", pageSize=1) == both
    assert sdk.all("listSSHKeys", disabled=True) == [changed]
    sdk("deleteSSHKey", **key)
    gone(sdk, "getSSHKey", "ssh_key", **key)


@scenario(
    "iam",
    "createUser getUser updateUser deleteUser listUsers updateUserUsername updateUserPassword"
    " lockUser unlockUser createUserMFAOTP validateUserMFAOTP deleteUserMFAOTP listGracePeriods"
    " getUserConnections",
)
def users(sdk: JsClient, iam: Iam) -> None:
    member = {
        "email": "alice@example.com",
        "sendPasswordEmail": False,
        "sendWelcomeEmail": False,
        "username": "alice",
        "password": "Correct-horse-1",
        "firstName": "Alice",
        "lastName": "",
        "phoneNumber": "",
        "locale": "en_US",
    }
    made = sdk("createUser", tags=["x"], member=member)
    assert made == {
        "id": made["id"],
        "email": "alice@example.com",
        "username": "alice",
        "firstName": "Alice",
        "lastName": "",
        "phoneNumber": "",
        "locale": "en_US",
        "createdAt": iam.clock.time,
        "updatedAt": iam.clock.time,
        "organizationId": iam.organization_id,
        "deletable": True,
        "type": "member",
        "twoFactorEnabled": False,
        "status": "activated",
        "mfa": False,
        "accountRootUserId": "",
        "tags": ["x"],
        "locked": False,
    }
    user = {"userId": made["id"]}
    assert sdk("getUser", **user) == made
    assert sdk("updateUser", **user, lastName="A") == {**made, "lastName": "A"}
    renamed = sdk("updateUserUsername", **user, username="al")
    assert (renamed["username"], renamed["lastName"]) == ("al", "A")
    assert (
        sdk("updateUserPassword", **user, password="Correct-staple-2", sendEmail=False) == renamed
    )
    assert sdk("lockUser", **user)["locked"] is True
    assert sdk("unlockUser", **user)["locked"] is False
    secret = sdk("createUserMFAOTP", **user)["secret"]
    code = code_at(secret, iam.clock.time.timestamp())
    assert sdk("validateUserMFAOTP", **user, oneTimePassword=code)["recoveryCodes"]
    assert sdk("listUsers", mfa=True)["users"] == [sdk("getUser", **user)]
    sdk("deleteUserMFAOTP", **user)
    assert sdk("listUsers", mfa=True) == {"users": [], "totalCount": 0}
    members = sdk("listUsers", type="member")["users"]
    assert members == [sdk("getUser", **user)]
    assert sdk.all("listUsers", pageSize=1)[1:] == members
    assert sdk("listGracePeriods", **user) == {"gracePeriods": []}
    assert sdk("getUserConnections", **user) == {"connections": []}
    sdk("deleteUser", **user)
    gone(sdk, "getUser", "user", **user)


@scenario("iam", "createJWT getJWT deleteJWT listJWTs")
def jwts(sdk: JsClient, iam: Iam) -> None:
    user_id = iam.user()
    encoded, other = (
        sdk("createJWT", userId=user_id, referrer="https://example.com") for _ in range(2)
    )
    made = encoded["jwt"]
    assert encoded["token"].count(".") == 2
    assert made["audienceId"] == user_id
    assert made["expiresAt"] > made["createdAt"] == iam.clock.time
    assert made["userAgent"].startswith("scaleway-sdk-js/")
    assert sdk("getJWT", jti=made["jti"]) == made
    both = [made, other["jwt"]]
    assert sdk("listJWTs", audienceId=user_id) == {"jwts": both, "totalCount": 2}
    assert sdk.all("listJWTs", audienceId=user_id, pageSize=1) == both
    sdk("deleteJWT", jti=made["jti"])
    gone(sdk, "getJWT", "jwt", jti=made["jti"])


@scenario("iam", "listLogs getLog")
def logs(sdk: JsClient, iam: Iam) -> None:
    group_id = iam.group()
    iam.clock.advance(hours=1)
    iam.delete(f"/groups/{group_id}")
    iam.application()
    made, deleted = found = sdk("listLogs", search=group_id)["logs"]
    assert made == {
        "id": made["id"],
        "createdAt": iam.clock.time - timedelta(hours=1),
        "ip": "127.0.0.1",
        "userAgent": made["userAgent"],
        "action": "created",
        "bearerId": made["bearerId"],
        "organizationId": iam.organization_id,
        "resourceType": "group",
        "resourceId": group_id,
    }
    assert sdk("getLog", logId=made["id"]) == made
    assert sdk.all("listLogs", resourceType="group", pageSize=1) == found
    assert sdk.all("listLogs", createdBefore=deleted["createdAt"]) == [made]
    later = {"createdAfter": deleted["createdAt"], "search": group_id}
    assert sdk.all("listLogs", **later) == [deleted]


@scenario("iam", "listQuota getQuotum")
def quota(sdk: JsClient, _iam: Iam) -> None:
    limited = sdk("getQuotum", quotumName="iam_ssh_keys")
    assert limited == {
        "name": "iam_ssh_keys",
        "limit": 2,
        "prettyName": "Ssh keys",
        "unit": "",
        "description": "Number of ssh keys",
        "localityType": "global",
        "limits": [{"global": True, "limit": 2}],
    }
    listed = sdk("listQuota")
    every = sdk.all("listQuota", pageSize=1)
    assert listed == {"quota": every, "totalCount": len(every)}
    names = ["iam_ssh_keys", "iam_groups"]
    assert sdk.all("listQuota", quotumNames=names) == [
        sdk("getQuotum", quotumName=name) for name in sorted(names)
    ]
    gone(sdk, "getQuotum", "quotum", quotumName="x")


@scenario(
    "iam",
    "getOrganization setOrganizationAlias updateOrganizationLoginMethods"
    " getOrganizationSecuritySettings updateOrganizationSecuritySettings",
)
def the_organization(sdk: JsClient, iam: Iam) -> None:
    fresh = sdk("getOrganization")
    assert fresh == {
        "id": iam.organization_id,
        "name": "Local organization",
        "alias": "",
        "loginPasswordEnabled": True,
        "loginMagicCodeEnabled": True,
        "loginOauth2Enabled": True,
        "loginSamlEnabled": False,
    }
    named = sdk("setOrganizationAlias", alias="acme")
    assert named == {**fresh, "alias": "acme"}
    changed = sdk("updateOrganizationLoginMethods", loginOauth2Enabled=False)
    assert changed == {**named, "loginOauth2Enabled": False}
    settings = sdk("getOrganizationSecuritySettings")
    assert settings == {
        "enforcePasswordRenewal": False,
        "gracePeriodDuration": "259200s",
        "loginAttemptsBeforeLocked": 5,
        "maxLoginSessionDuration": "2592000s",
        "maxApiKeyExpirationDuration": "0s",
    }
    longest = {"maxApiKeyExpirationDuration": "86400s"}
    assert sdk("updateOrganizationSecuritySettings", **longest) == {**settings, **longest}


@scenario(
    "iam",
    "enableOrganizationSaml getOrganizationSaml updateSaml deleteSaml parseSamlMetadata"
    " addSamlCertificate listSamlCertificates deleteSamlCertificate",
)
def saml(sdk: JsClient, iam: Iam) -> None:
    organization = {"organizationId": iam.organization_id}
    gone(sdk, "getOrganizationSaml", "organization_saml", **organization)
    fresh = sdk("enableOrganizationSaml")
    assert fresh == {
        "id": fresh["id"],
        "status": "missing_certificate",
        "serviceProvider": {
            "entityId": f"https://iam.scaleway.com/saml/{fresh['id']}",
            "assertionConsumerServiceUrl": (
                f"https://api.scaleway.com/iam/v1/saml/{fresh['id']}/login"
            ),
        },
        "entityId": "",
        "singleSignOnUrl": "",
    }
    of_saml, pem = {"samlId": fresh["id"]}, certificate()
    assert sdk("parseSamlMetadata", file={"$file": metadata(pem)}) == {
        "singleSignOnUrl": "https://idp/sso",
        "entityId": "https://idp",
        "signingCertificates": [pem],
    }
    added = sdk("addSamlCertificate", **of_saml, type="signing", content=pem)
    assert added == {
        "id": added["id"],
        "type": "signing",
        "origin": "identity_provider",
        "content": added["content"],
        "expiresAt": datetime(2021, 1, 1, tzinfo=timezone.utc),
    }
    assert sdk("listSamlCertificates", **of_saml) == {"certificates": [added]}
    changed = sdk("updateSaml", **of_saml, entityId="idp")
    assert changed == {**fresh, "entityId": "idp", "status": "missing_single_sign_on_url"}
    sdk("deleteSamlCertificate", certificateId=added["id"])
    assert sdk("listSamlCertificates", **of_saml) == {"certificates": []}
    assert sdk("getOrganizationSaml") == {**fresh, "entityId": "idp"}
    sdk("deleteSaml", **of_saml)
    gone(sdk, "listSamlCertificates", "saml", **of_saml)


@scenario("project", "createProject getProject updateProject deleteProject listProjects")
def projects(sdk: JsClient, iam: Iam) -> None:
    made = sdk("createProject", name="p", description="")
    assert made == {
        "id": made["id"],
        "name": "p",
        "organizationId": iam.organization_id,
        "createdAt": iam.clock.time,
        "updatedAt": iam.clock.time,
        "description": "",
    }
    project = {"projectId": made["id"]}
    qualification = {"qualification": {"architectureType": "unknown_architecture_type"}}
    assert sdk("getProject", **project) == {**made, **qualification}
    changed = sdk("updateProject", **project, name="q")
    assert changed == {**made, "name": "q", "updatedAt": changed["updatedAt"]}
    default = sdk("getProject")
    assert default["id"] == iam.emulator.project_id
    both = [default, {**changed, **qualification}]
    assert sdk("listProjects") == {"projects": both, "totalCount": 2}
    assert sdk.all("listProjects", pageSize=1) == both
    sdk("deleteProject", **project)
    gone(sdk, "getProject", "project_id", **project)


@scenario("secret", "createSecret getSecret listSecrets")
def secrets(sdk: JsClient, iam: Iam) -> None:
    made = sdk("createSecret", name="key", protected=False, tags=["a"], description="d")
    assert made == {
        "id": made["id"],
        "projectId": iam.emulator.project_id,
        "name": "key",
        "status": "ready",
        "createdAt": iam.clock.time,
        "updatedAt": iam.clock.time,
        "tags": ["a"],
        "versionCount": 0,
        "description": "d",
        "managed": False,
        "protected": False,
        "type": "opaque",
        "path": "/",
        "usedBy": [],
        "keyId": None,
        "region": "fr-par",
    }
    assert sdk("getSecret", secretId=made["id"]) == made
    other = sdk("createSecret", name="other", protected=True)
    both = [made, other]
    ready = {"scheduledForDeletion": False}
    assert sdk("listSecrets", **ready) == {"secrets": both, "totalCount": 2}
    assert sdk.all("listSecrets", **ready, pageSize=1) == both
    assert sdk.all("listSecrets", **ready, name="other") == [other]
    gone(sdk, "getSecret", "secret", secretId=UNKNOWN_ID)


@scenario(
    "secret",
    "createSecret createSecretVersion getSecretVersion listSecretVersions accessSecretVersion"
    " enableSecretVersion disableSecretVersion",
)
def secret_versions(sdk: JsClient, iam: Iam) -> None:
    secret = {"secretId": sdk("createSecret", name="key", protected=False)["id"]}
    payload = {
        "data": base64.b64encode(b"payload").decode(),
        "dataCrc32": crc32(b"payload"),
    }
    first = sdk("createSecretVersion", **secret, **payload, description="d")
    assert first == {
        **secret,
        "revision": 1,
        "status": "enabled",
        "createdAt": iam.clock.time,
        "updatedAt": iam.clock.time,
        "description": "d",
        "latest": True,
        "region": "fr-par",
    }
    second = sdk("createSecretVersion", **secret, **payload, disablePrevious=True)
    disabled = sdk("getSecretVersion", **secret, revision="1")
    assert (disabled["status"], disabled["latest"]) == ("disabled", False)
    both = [second, disabled]
    assert sdk("listSecretVersions", **secret) == {"versions": both, "totalCount": 2}
    assert sdk.all("listSecretVersions", **secret, pageSize=1) == both
    assert sdk.all("listSecretVersions", **secret, status=["disabled"]) == [disabled]
    accessed = sdk("accessSecretVersion", **secret, revision="latest_enabled")
    assert accessed == {**secret, **payload, "revision": 2, "type": "opaque"}
    enabled = sdk("enableSecretVersion", **secret, revision="1")
    assert enabled == {**first, "latest": False, "updatedAt": enabled["updatedAt"]}
    assert sdk("disableSecretVersion", **secret, revision="1")["status"] == "disabled"


@scenario("audit", "listEvents listAuthenticationEvents listProducts")
def events(sdk: JsClient, iam: Iam) -> None:
    group_id = iam.group("devs")
    iam.delete(f"/groups/{group_id}")
    first = sdk("listEvents", resourceType="iam_group", orderBy="recorded_at_asc", pageSize=1)
    (event,) = first["events"]
    rest = sdk(
        "listEvents",
        resourceType="iam_group",
        orderBy="recorded_at_asc",
        pageToken=first["nextPageToken"],
    )
    assert [one["methodName"] for one in rest["events"]] == ["DeleteGroup"]
    assert rest["nextPageToken"] is None
    assert (event["methodName"], event["statusCode"]) == ("CreateGroup", 200)
    assert [resource["id"] for resource in event["resources"]] == [group_id]
    assert event["requestBody"]["name"] == "devs"
    iam.post(
        "/ssh-keys", name="laptop", public_key=OTHER_SSH_KEY, project_id=iam.emulator.project_id
    )
    (of_key,) = sdk("listEvents", resourceType="iam_ssh_key")["events"]
    assert of_key["projectId"] == iam.emulator.project_id
    assert sdk("listAuthenticationEvents") == {"events": [], "nextPageToken": None}
    products = sdk("listProducts")
    assert products["totalCount"] == len(products["products"]) == 3


PLAYS = [(api, play) for api, plays in SCENARIOS.items() for play in plays]


@pytest.mark.parametrize(
    ("api", "play"), PLAYS, ids=lambda value: getattr(value, "__name__", value)
)
def test_the_javascript_sdk_understands(api: str, play: Scenario, node: Node, iam: Iam) -> None:
    sdk = JsClient(node, iam.emulator, api)
    play(sdk, iam)
    assert sdk.called == SCENARIOS[api][play]
    assert sdk.findings.problems == []


@pytest.mark.parametrize("api", APIS)
def test_every_method_is_called_or_not_implemented(api: str, node: Node, iam: Iam) -> None:
    called = set().union(*SCENARIOS[api].values())
    assert JsClient(node, iam.emulator, api).methods() - called == NOT_HERE[api]
    assert called & NOT_HERE[api] == set()


OTHER_PRODUCTS = ("/secret-manager/v1beta1/regions/", "/audit-trail/v1alpha1/regions/")
"""The paths of products with few operations here. Their refusals name the path."""

ANY = {
    "projectId": UNKNOWN_ID,
    "secretId": UNKNOWN_ID,
    "secretName": "x",
    "secretPath": "/",
    "revision": "1",
    "userId": UNKNOWN_ID,
    "exportJobId": UNKNOWN_ID,
}
"""A valid value of each parameter in the paths of the methods that are not implemented."""


@pytest.mark.parametrize("api", APIS)
def test_a_method_that_is_not_implemented_is_a_501_with_its_name_or_path(
    api: str, node: Node, iam: Iam
) -> None:
    sdk = JsClient(node, iam.emulator, api)
    for method in sorted(NOT_HERE[api]):
        name, (status, body) = refused(sdk, method, **ANY)
        operation = snake(method)
        where = operation if operation in NOT_IMPLEMENTED else body["message"].partition(" ")[0]
        assert operation in NOT_IMPLEMENTED or where.startswith(OTHER_PRODUCTS)
        text = f"{where} is not part of this local IAM API"
        assert (name, status) == ("ScalewayError", 501)
        assert body == {"message": text, "type": "not_implemented"}


LATER = "no implemented method sets it"
WITHOUT_VALUE = {
    "GetUserConnectionsResponse.connections": "a person connects organizations in the console",
    "ListAuthenticationEventsResponse.events": "nobody uses the console here",
    "ListAuthenticationEventsResponse.next_page_token": "nobody uses the console here",
    "ListGracePeriodsResponse.grace_periods": "the local IAM API has no grace periods",
    "QuotumLimit.region": "every quotum is global",
    "QuotumLimit.zone": "every quotum is global",
    "Rule.account_root_user_id": "no program sets this scope",
    "User.last_login_at": "nobody uses the console here",
    **{
        f"Qualification.{name}": "setProjectQualification is not implemented"
        for name in (
            "host_website",
            "host_application",
            "deploy_software",
            "set_scaleway_environment",
            "ai_machine",
            "container",
            "archive_data",
            "share_data",
            "other_use_case",
        )
    },
    "Secret.deletion_requested_at": LATER,
    "Secret.ephemeral_policy": LATER,
    "Secret.key_id": "no secret has a key of the Key Manager",
    "Secret.used_by": "no product of Scaleway uses a secret",
    "SecretVersion.deleted_at": LATER,
    "SecretVersion.deletion_requested_at": LATER,
    "SecretVersion.ephemeral_properties": LATER,
}
"""The declared fields without a value in any response, each with the reason."""

WITH_SRN = (
    "APIKey",
    "Application",
    "Group",
    "JWT",
    "Log",
    "Policy",
    "Quotum",
    "Rule",
    "SSHKey",
    "Saml",
    "SamlCertificate",
    "User",
)
DETAILS = re.compile(r"Resource\.\w+_info")
"""The details of a resource in an event, one field for each product. The local IAM API has none of them."""
UNDECLARED = {f"{name}.srn" for name in WITH_SRN} | {"Project.status"}
"""The fields of newer SDKs for Go and Python, which this SDK does not declare."""


def test_every_declared_field_has_a_value_in_a_response_or_a_reason(
    node: Node, served: tuple[Emulator, Clock]
) -> None:
    emulator, clock = served
    every = []
    for api, plays in SCENARIOS.items():
        findings = Findings(declarations(api))
        for play in plays:
            clock.restart()
            emulator.reset()
            iam = Iam(emulator, clock)
            with iam.session:
                play(JsClient(node, emulator, api, findings=findings), iam)
        every.append(findings)
    without = set().union(*(findings.declared - findings.seen for findings in every))
    without = {name for name in without if not DETAILS.fullmatch(name)}
    assert without == {*WITHOUT_VALUE}
    assert set().union(*(findings.unknown for findings in every)) == UNDECLARED


@pytest.fixture
def sdk(node: Node, iam: Iam) -> JsClient:
    return JsClient(node, iam.emulator, "iam")


def test_each_type_of_error_is_its_class(sdk: JsClient, node: Node, iam: Iam) -> None:
    user_id, group_id = iam.user(), iam.group("devs")
    owner = sdk("listUsers", type="owner")["users"][0]["id"]
    key = iam.post("/api-keys", user_id=user_id)
    iam.post(f"/users/{user_id}/lock")
    locked = JsClient(node, iam.emulator, "iam", secret_key=key["secret_key"])
    unknown = JsClient(node, iam.emulator, "iam", secret_key=UNKNOWN_ID)
    length = "value length must be between 1 and 64 runes, inclusive"
    assert error(sdk, "getGroup", groupId=UNKNOWN_ID) == (
        "ResourceNotFoundError",
        not_found("group", UNKNOWN_ID),
        f"resource group with ID {UNKNOWN_ID} is not found",
    )
    assert error(sdk, "createGroup", name="x" * 65, description="") == (
        "InvalidArgumentsError",
        invalid(("name", "constraint", length)),
        f"invalid argument(s): name does not respect constraint, {length}",
    )
    text = "a group with this name already exists"
    assert error(sdk, "createGroup", name="devs", description="") == (
        "AlreadyExistsError",
        taken("group", group_id, text),
        f"resource group with ID {group_id} already exists: {text}",
    )
    text = "this user is not deletable"
    assert error(sdk, "deleteUser", userId=owner) == (
        "PreconditionFailedError",
        protected(text),
        f"precondition failed: protected_resource, {text}",
    )
    assert error(locked, "listGroups") == (
        "PermissionsDeniedError",
        denied("list", "group"),
        "insufficient permissions: list group",
    )
    assert error(unknown, "listGroups") == (
        "DeniedAuthenticationError",
        Answer(
            401,
            {
                "message": "authentication is denied",
                "method": "api_key",
                "reason": "not_found",
                "type": "denied_authentication",
            },
        ),
        "denied authentication: api_key does not exist",
    )


def test_a_reached_quota_is_the_error_of_a_quota(sdk: JsClient) -> None:
    for _ in range(2):
        sdk("createSSHKey", publicKey=OTHER_SSH_KEY)
    name, answer, message = error(sdk, "createSSHKey", publicKey=OTHER_SSH_KEY)
    assert (name, answer) == (
        "QuotasExceededError",
        Answer(
            403,
            {
                "details": [{"current": 2, "quota": 2, "resource": "iam_ssh_keys"}],
                "message": "quota exceeded",
                "type": "quotas_exceeded",
            },
        ),
    )
    assert "the maximum number of iam_ssh_keys" in message


def test_errors_without_a_cause_in_the_request_reach_the_caller(sdk: JsClient, iam: Iam) -> None:
    request = {"groupId": iam.group(), "userId": iam.user()}
    transient = {
        "current_state": "updating",
        "message": "resource is in a transient state",
        "resource": "group",
        "resource_id": request["groupId"],
        "type": "transient_state",
    }
    failures = []
    for status in (409, 429, 503):
        iam.emulator.faults.add(Fault(status=status, last=1))
        failures.append(refused(sdk, "addGroupMember", **request))
    assert failures == [
        ("TransientStateError", Answer(409, transient)),
        ("ScalewayError", Answer(429, "")),
        ("ScalewayError", Answer(503, "")),
    ]


# The comparison finds differences.

TYPES = """
export type Color = 'red' | 'green';
export interface Wheel {
    size: number;
}
export interface Robot {
    id: string;
    /**
     * One-of ('owner'): at most one of 'userId', 'groupId' could be set.
     */
    userId?: string;
    color: Color;
    createdAt?: Date;
    wheels: Wheel[];
}
"""
ROBOT = {
    "id": "1",
    "color": "red",
    "created_at": "2030-01-01T00:00:00.123456Z",
    "wheels": [{"size": 3}],
    "user_id": "2",
}


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({}, []),
        ({"color": "blue"}, ["robot.color is 'blue', not a value of Color"]),
        ({"id": 1}, ["robot.id is 1, not a string"]),
        ({"id": None}, ["robot.id is unset, and the SDK declares a string"]),
        ({"created_at": "yesterday"}, ["robot.created_at is 'yesterday', not a Date"]),
        ({"wheels": "round"}, ["robot.wheels is 'round', not a list"]),
        ({"wheels": [{}]}, ["robot.wheels[0].size is unset, and the SDK declares a number"]),
        ({"wheels": [3]}, ["robot.wheels[0] is 3, not a Wheel"]),
        ({"created_at": None, "user_id": None}, []),
    ],
)
def test_a_difference_is_named(changes: dict[str, Any], problems: list[str]) -> None:
    raw = {**ROBOT, **changes}
    findings = Findings(Declarations(TYPES, ""))
    findings.compare(unmarshal(raw), raw, "Robot", "robot")
    assert findings.problems == problems


def unmarshal(raw: dict[str, Any]) -> dict[str, Any]:
    """Return the value in the SDK of a robot's JSON."""
    is_time = str(raw["created_at"]).startswith("20")
    return {
        "id": raw["id"],
        "userId": raw["user_id"],
        "color": raw["color"],
        "createdAt": datetime(2030, 1, 1, 0, 0, 0, 123_000, timezone.utc) if is_time else None,
        "wheels": raw["wheels"],
    }


def test_another_order_and_an_unknown_field_are_named() -> None:
    raw = {"user_id": "2", "size": 3, **ROBOT}
    findings = Findings(Declarations(TYPES, ""))
    findings.compare(unmarshal(raw), raw, "Robot", "robot")
    (problem,) = findings.problems
    assert problem.startswith("robot has the fields ['user_id', 'id',")
    assert findings.unknown == {"Robot.size"}
    every = {"id", "user_id", "color", "created_at", "wheels"}
    assert findings.seen == {"Wheel.size", *(f"Robot.{key}" for key in every)}
