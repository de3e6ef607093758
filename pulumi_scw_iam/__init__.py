"""Scaleway IAM in Pulumi programs: groups, applications, policies, API keys, SSH keys and users.

import pulumi_scw_iam as iam

robot = iam.Application("robot")
key = iam.APIKey("robot", application_id=robot.id)
"""

# With underscores, editors complete public names only.
import importlib as _importlib
import typing as _typing

from pulumi_scw_iam.common.version import __version__ as __version__

if _typing.TYPE_CHECKING:
    # Begin of what `make generate` writes.
    from pulumi_scw_iam import conditions
    from pulumi_scw_iam.sdk.defaults import default_organization_id, default_project_id
    from pulumi_scw_iam.sdk.functions import (
        APIKeyResult,
        APIKeysResult,
        ApplicationResult,
        ApplicationsResult,
        GracePeriodResult,
        GracePeriodsResult,
        GroupResult,
        GroupsResult,
        JWTResult,
        JWTsResult,
        LogResult,
        LogsResult,
        OrganizationSecuritySettingsResult,
        PermissionSetResult,
        PermissionSetsResult,
        PoliciesResult,
        PolicyResult,
        QuotaResult,
        QuotumLimitResult,
        QuotumResult,
        SSHKeyResult,
        SSHKeysResult,
        UserResult,
        UsersResult,
        get_api_key,
        get_api_key_output,
        get_api_keys,
        get_api_keys_output,
        get_application,
        get_application_output,
        get_applications,
        get_applications_output,
        get_grace_periods,
        get_grace_periods_output,
        get_group,
        get_group_output,
        get_groups,
        get_groups_output,
        get_jwt,
        get_jwt_output,
        get_jwts,
        get_jwts_output,
        get_log,
        get_log_output,
        get_logs,
        get_logs_output,
        get_organization_security_settings,
        get_organization_security_settings_output,
        get_permission_set,
        get_permission_set_output,
        get_permission_sets,
        get_permission_sets_output,
        get_policies,
        get_policies_output,
        get_policy,
        get_policy_output,
        get_quota,
        get_quota_output,
        get_quotum,
        get_quotum_output,
        get_ssh_key,
        get_ssh_key_output,
        get_ssh_keys,
        get_ssh_keys_output,
        get_user,
        get_user_output,
        get_users,
        get_users_output,
    )
    from pulumi_scw_iam.sdk.policy_rules import rules_by_scope
    from pulumi_scw_iam.sdk.resources import (
        SAML,
        SCIM,
        APIKey,
        Application,
        Group,
        GroupMembership,
        OrganizationSecuritySettings,
        Policy,
        PolicyRule,
        PolicyRuleArgs,
        PolicyRuleArgsDict,
        SAMLCertificate,
        SAMLServiceProvider,
        SCIMToken,
        SSHKey,
        User,
    )
    # End of what `make generate` writes.
else:
    # Imported on first use, because the commands, the local IAM API and the pytest plugin do not need
    # the Pulumi SDK.
    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        if name == "conditions":
            return _importlib.import_module(f"{__name__}.conditions")
        home = "sdk.resources"
        if name.startswith("get_") or name.endswith("Result"):
            home = "sdk.functions"
        elif name.startswith("default_"):
            home = "sdk.defaults"
        elif name == "rules_by_scope":
            home = "sdk.policy_rules"
        value = globals()[name] = getattr(_importlib.import_module(f"{__name__}.{home}"), name)
        return value

    def __dir__() -> list[str]:
        return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})


# Begin of what `make generate` writes.
__all__ = [
    "SAML",
    "SCIM",
    "APIKey",
    "APIKeyResult",
    "APIKeysResult",
    "Application",
    "ApplicationResult",
    "ApplicationsResult",
    "GracePeriodResult",
    "GracePeriodsResult",
    "Group",
    "GroupMembership",
    "GroupResult",
    "GroupsResult",
    "JWTResult",
    "JWTsResult",
    "LogResult",
    "LogsResult",
    "OrganizationSecuritySettings",
    "OrganizationSecuritySettingsResult",
    "PermissionSetResult",
    "PermissionSetsResult",
    "PoliciesResult",
    "Policy",
    "PolicyResult",
    "PolicyRule",
    "PolicyRuleArgs",
    "PolicyRuleArgsDict",
    "QuotaResult",
    "QuotumLimitResult",
    "QuotumResult",
    "SAMLCertificate",
    "SAMLServiceProvider",
    "SCIMToken",
    "SSHKey",
    "SSHKeyResult",
    "SSHKeysResult",
    "User",
    "UserResult",
    "UsersResult",
    "conditions",
    "default_organization_id",
    "default_project_id",
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
    "rules_by_scope",
]
# End of what `make generate` writes.
