"""Guardrails about users, and about the security settings of the organization."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.words import quoted
from pulumi_scw_iam.core.fields import UNKNOWN
from pulumi_scw_iam.guardrails.guardrail import (
    CIS,
    Context,
    Guardrail,
    NotApplicable,
    Option,
    Violation,
    unknown,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pulumi_scw_iam.guardrails.resources import Resource, Stack

__all__ = [
    "SETTINGS_GRACE_PERIOD",
    "SETTINGS_KEY_LIFE",
    "SETTINGS_LOGIN_ATTEMPTS",
    "SETTINGS_PASSWORD_RENEWAL",
    "SETTINGS_SESSION",
    "USER_EMAIL_DOMAIN",
    "USER_EMAIL_LOWER_CASE",
    "USER_MFA",
    "USER_NO_PASSWORD",
]

CHAPTER = "Users and the organization"


def _domain(user: Resource, context: Context) -> Iterator[str | NotApplicable]:
    domains = [domain.lower().removeprefix("@") for domain in context.texts("domains")]
    email = user.get("email")
    if not domains:
        yield NotApplicable("the option domains is empty")
    elif email is UNKNOWN:
        yield unknown(user, "email")
    elif email and email.rpartition("@")[2].lower() not in domains:
        yield (
            f"{user.spell('email')} is not in an allowed domain; use an address in"
            f" {' or '.join(domains)}, or add the domain to the option domains"
        )


USER_EMAIL_DOMAIN = Guardrail(
    id="user-email-domain",
    expects="Use e-mail addresses in allowed domains.",
    why="A private address stays with a person who leaves, and receives password resets.",
    cure="Use a work address, or add the domain to the option `domains`.",
    severity="medium",
    level="mandatory",
    kinds=("User",),
    framework=CIS("1.21", "Users are managed centrally"),
    options=(Option("domains", [], "The allowed domains. An empty list disables the guardrail."),),
    example_options={"domains": ["example.com"]},
    fails='iam.User("ana", email="ana@example.org", username="ana")',
    passes='iam.User("ana", email="ana@example.com", username="ana")',
    validate_resource=_domain,
)


def _lower_case(user: Resource, context: Context) -> Iterator[str | NotApplicable]:
    del context
    email = user.get("email")
    if email is UNKNOWN:
        yield unknown(user, "email")
    elif email and email != email.lower():
        yield f"{user.spell('email')} has upper-case letters; write {quoted(email.lower())}"


def _lower_email(user: Resource, context: Context) -> dict[str, str] | None:
    del context
    email = user.get("email")
    # The address identifies a guest: a new spelling would replace the user.
    if not isinstance(email, str) or email == email.lower() or user.get("type") is not None:
        return None
    return {"email": email.lower()}


USER_EMAIL_LOWER_CASE = Guardrail(
    id="user-email-lower-case",
    expects="Write e-mail addresses in lower case.",
    why="Lookups and identity providers treat two spellings of one address as two people.",
    cure="Replace upper-case letters in the address.",
    severity="low",
    level="advisory",
    kinds=("User",),
    fails='iam.User("ana", email="Ana@Example.com", username="ana")',
    passes='iam.User("ana", email="ana@example.com", username="ana")',
    validate_resource=_lower_case,
    remediate=_lower_email,
    remediation="Converts the address to lower case, unless `type` is set: the change would replace a guest.",
)


def _no_password(user: Resource, context: Context) -> Iterator[str | NotApplicable]:
    del context
    password = user.get("password")
    if password is UNKNOWN:
        yield unknown(user, "password")
    elif password:
        yield (
            f"{user.spell('password')} is set in the program; remove the password, and set"
            f" {user.spell('send_password_email')}"
        )


USER_NO_PASSWORD = Guardrail(
    id="user-no-password",
    expects="Do not set passwords in programs.",
    why="Everyone with access to the program or its state can read the password. Policies cannot see the"
    " secret mark of a value, so secret passwords are reported too.",
    cure="Remove password, and set send_password_email. Only the member then knows the password.",
    severity="high",
    level="advisory",
    kinds=("User",),
    fails='iam.User("ana", email="ana@example.com", username="ana", password="Welcome-2030!")',
    passes='iam.User("ana", email="ana@example.com", username="ana", send_password_email=True)',
    validate_resource=_no_password,
)


def _second_factor(stack: Stack, context: Context) -> Iterator[Violation | NotApplicable]:
    allowed = context.texts("except_emails")
    for user in stack.of("User"):
        mfa = user.get("mfa")
        if mfa is None or mfa is UNKNOWN:
            yield NotApplicable(
                "the MFA status of a user is not reported by the resource type, or not known yet"
            )
        elif not mfa and user.get("email") not in allowed:
            yield Violation(
                "the user has no MFA; ask the user to enable MFA, and enforce MFA for the organization",
                user.urn,
            )


USER_MFA = Guardrail(
    id="user-mfa",
    expects="Enable MFA for all users.",
    why="Passwords alone are phished, guessed and reused.",
    cure="Enforce MFA for the organization in the console. Only the user type of pulumiverse's Scaleway"
    " package reports the MFA status; for other users, see settings-grace-period.",
    severity="high",
    level="advisory",
    kinds=("User",),
    framework=CIS("1.10", "All users that have a console password have MFA"),
    options=(
        Option(
            "except_emails",
            [],
            "E-mail addresses of users exempt from MFA, such as break-glass accounts.",
        ),
    ),
    fails='# Scaleway returns mfa=False\nscaleway.iam.User("ana", email="ana@example.com", username="ana")',
    passes='# Scaleway returns mfa=True\nscaleway.iam.User("ana", email="ana@example.com", username="ana")',
    validate_stack=_second_factor,
)


# --- security settings of the organization ------------------------------------------------------


def _setting(
    name: str, wrong: Callable[[object, Context], str | None]
) -> Callable[[Resource, Context], Iterator[str | NotApplicable]]:
    """Return a validation of one security setting.

    `wrong` returns the reason for a violation, or None.
    """

    def validate(settings: Resource, context: Context) -> Iterator[str | NotApplicable]:
        value = settings.get(name)
        if value is UNKNOWN:
            yield unknown(settings, name)
        elif value is None:
            yield NotApplicable(
                f"{settings.spell(name)} is not set, so the current value stays in force"
            )
        elif reason := wrong(value, context):
            yield f"{settings.spell(name)} {reason}"

    return validate


def _at_most(option: str, unit: str, *, zero: str = "") -> Callable[[object, Context], str | None]:
    """Return a function that compares a duration with the maximum in an option, in days or hours."""
    length = {"days": 86400, "hours": 3600}[unit]

    def wrong(value: object, context: Context) -> str | None:
        most = context.number(option)
        try:
            seconds = formats.seconds(str(value))
        except ValueError:
            return None  # refused by check
        if zero and seconds == 0:
            return f"{zero}; set at most {most} {unit}, {most * length}s"
        if seconds > most * length:
            return f"is {value}, longer than {most} {unit}; set at most {most * length}s"
        return None

    return wrong


def _settings(arguments: str) -> str:
    return f'iam.OrganizationSecuritySettings("ours", {arguments})'


_SETTINGS = ("OrganizationSecuritySettings",)

SETTINGS_KEY_LIFE = Guardrail(
    id="settings-key-life",
    expects="Limit the lifetime of API keys in the organization.",
    why="With a limit, Scaleway refuses keys without an expiry date, including keys created in the console.",
    cure="Set max_api_key_expiration_duration.",
    severity="high",
    level="advisory",
    kinds=_SETTINGS,
    framework=CIS("1.14", "Access keys are rotated every 90 days or less"),
    options=(Option("longest_days", 90, "Maximum lifetime, in days."),),
    fails=_settings('max_api_key_expiration_duration="0s"'),
    passes=_settings('max_api_key_expiration_duration="7776000s"'),
    validate_resource=_setting(
        "max_api_key_expiration_duration",
        _at_most("longest_days", "days", zero="is 0s, which means no limit"),
    ),
)

SETTINGS_SESSION = Guardrail(
    id="settings-session",
    expects="Limit the duration of console sessions.",
    why="A stolen or abandoned session stays valid until the session ends.",
    cure="Set max_login_session_duration.",
    severity="medium",
    level="advisory",
    kinds=_SETTINGS,
    options=(Option("longest_hours", 24, "Maximum duration of a session, in hours."),),
    fails=_settings('max_login_session_duration="2592000s"'),
    passes=_settings('max_login_session_duration="43200s"'),
    validate_resource=_setting("max_login_session_duration", _at_most("longest_hours", "hours")),
)

SETTINGS_GRACE_PERIOD = Guardrail(
    id="settings-grace-period",
    expects="Limit the grace period for MFA and the first password.",
    why="Until the end of the grace period, the first password alone gives access to the account.",
    cure="Set grace_period_duration.",
    severity="medium",
    level="advisory",
    kinds=_SETTINGS,
    framework=CIS("1.10", "All users that have a console password have MFA"),
    options=(Option("longest_days", 7, "Maximum grace period, in days."),),
    fails=_settings('grace_period_duration="2592000s"'),
    passes=_settings('grace_period_duration="259200s"'),
    validate_resource=_setting("grace_period_duration", _at_most("longest_days", "days")),
)

SETTINGS_LOGIN_ATTEMPTS = Guardrail(
    id="settings-login-attempts",
    expects="Lock members after a small number of failed logins.",
    why="Each attempt is a guess at the password.",
    cure="Set login_attempts_before_locked.",
    severity="medium",
    level="advisory",
    kinds=_SETTINGS,
    options=(Option("most", 10, "Maximum number of failed logins before a lock."),),
    fails=_settings("login_attempts_before_locked=50"),
    passes=_settings("login_attempts_before_locked=5"),
    validate_resource=_setting(
        "login_attempts_before_locked",
        lambda value, context: (
            f"is {value}; set at most {context.number('most')}"
            if isinstance(value, int) and value > context.number("most")
            else None
        ),
    ),
)

SETTINGS_PASSWORD_RENEWAL = Guardrail(
    id="settings-password-renewal",
    expects="Require members to change the first password.",
    why="The creator of the account knows the first password.",
    cure="Set enforce_password_renewal to true.",
    severity="medium",
    level="advisory",
    kinds=_SETTINGS,
    fails=_settings("enforce_password_renewal=False"),
    passes=_settings("enforce_password_renewal=True"),
    validate_resource=_setting(
        "enforce_password_renewal",
        lambda value, _: "is false; set it to true" if value is False else None,
    ),
)
