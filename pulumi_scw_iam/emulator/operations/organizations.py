"""The organization: its settings, and their initial values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.emulator.operations.base import IAM, Call, Json, operation
from pulumi_scw_iam.emulator.schema.arguments import Argument, Body, Duration, Flag, Number, Text
from pulumi_scw_iam.emulator.schema.grounds import ASSUMED, DOCUMENTED, behaviour
from pulumi_scw_iam.emulator.schema.kinds import ORGANIZATION
from pulumi_scw_iam.emulator.schema.objects import iam
from pulumi_scw_iam.emulator.schema.refusals import precondition

if TYPE_CHECKING:
    from pulumi_scw_iam.emulator.schema.objects import Object

ONE = f"{IAM}/organizations/<organization_id>"

SECURITY_SETTINGS: dict[str, tuple[Argument, Any]] = {
    "enforce_password_renewal": (Flag(), False),
    "grace_period_duration": (Duration(), "259200s"),
    "login_attempts_before_locked": (Number(1, 50, DOCUMENTED), 5),
    "max_login_session_duration": (Duration(), "2592000s"),
    "max_api_key_expiration_duration": (Duration(), "0s"),
}
"""The security settings: the argument of an update, and the initial value."""

SECURITY = {name: initial for name, (_, initial) in SECURITY_SETTINGS.items()}

SECURITY_GUARD = iam("organization_security_settings", ASSUMED)

LOGIN_METHODS = {
    "login_password_enabled": True,
    "login_magic_code_enabled": True,
    "login_oauth2_enabled": True,
    "login_saml_enabled": False,
}
"""The login methods of a new organization."""

SECURITY_UPDATE = Body(
    {name: field for name, (field, _) in SECURITY_SETTINGS.items()}, partial=True
)
ALIAS = Body({"alias": Text(2, 32, r"^[a-z0-9]+(?:-[a-z0-9]+)*$", ground=DOCUMENTED)})


def organization_of(call: Call) -> Object:
    """Return the organization of the path, which is the caller's."""
    return call.find(ORGANIZATION, call.organization_id)


def security_of(organization: Object) -> Json:
    """Return the security settings of an organization."""
    return {name: organization[name] for name in SECURITY}


@operation("GET", ONE, ORGANIZATION.guard, ground=DOCUMENTED)
def get_organization(call: Call) -> Json:
    """Return the organization."""
    return call.show(ORGANIZATION, organization_of(call))


@behaviour(DOCUMENTED, "An alias can be set only once.")
@behaviour(ASSUMED, "A second alias is a 412.")
@operation("PUT", f"{ONE}/alias", ORGANIZATION.guard, body=ALIAS, ground=DOCUMENTED)
def set_organization_alias(call: Call) -> Json:
    """Set the alias of the organization. Raises a 412 if the organization has an alias."""
    organization = organization_of(call)
    if organization["alias"]:
        raise precondition("protected_resource", "the organization already has an alias")
    return call.change(ORGANIZATION, organization, alias=call.body["alias"])


@operation(
    "PATCH", f"{ONE}/login-methods", ORGANIZATION.guard, body=ORGANIZATION.update, ground=DOCUMENTED
)
@behaviour(DOCUMENTED, "At least one login method must stay enabled.")
def update_organization_login_methods(call: Call) -> Json:
    """Enable and disable login methods. Raises a 412 if none stays enabled."""
    organization = organization_of(call)
    if not any({**organization, **call.body}[name] for name in LOGIN_METHODS):
        raise precondition("last_login_method", "at least one login method must stay enabled")
    return call.change(ORGANIZATION, organization, **call.body)


@behaviour(
    DOCUMENTED,
    "Initially: a grace period of 3 days, 5 login attempts, sessions of 30 days, no "
    "expiration limit for API keys.",
)
@operation("GET", f"{ONE}/security-settings", SECURITY_GUARD, ground=DOCUMENTED)
def get_organization_security_settings(call: Call) -> Json:
    """Return the security settings."""
    return security_of(organization_of(call))


@behaviour(DOCUMENTED, "A body without settings changes nothing; the response has all settings.")
@operation(
    "PATCH", f"{ONE}/security-settings", SECURITY_GUARD, body=SECURITY_UPDATE, ground=DOCUMENTED
)
def update_organization_security_settings(call: Call) -> Json:
    """Update security settings."""
    organization = {**organization_of(call), **call.body}
    call.store.put(ORGANIZATION, organization)
    return security_of(organization)
