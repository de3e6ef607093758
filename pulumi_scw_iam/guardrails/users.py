"""Guardrails about users, and about what the organization demands of them."""

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
            f"{user.spell('email')} is not of an allowed domain; use an address of"
            f" {' or '.join(domains)}, or add the domain to the option domains"
        )


USER_EMAIL_DOMAIN = Guardrail(
    id="user-email-domain",
    expects="Users have an address of an allowed domain.",
    why="A private address stays with the person who leaves, and receives what resets the password.",
    cure="Use the address at work, or add the domain to the option `domains`.",
    severity="medium",
    level="mandatory",
    kinds=("User",),
    framework=CIS("1.21", "Users are managed centrally"),
    options=(
        Option("domains", [], "The domains that are allowed; with none, nothing is looked at."),
    ),
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
        yield f"{user.spell('email')} has capital letters; write {quoted(email.lower())}"


def _lower_email(user: Resource, context: Context) -> dict[str, str] | None:
    del context
    email = user.get("email")
    # The address of a guest is its identity: another spelling would replace the user.
    if not isinstance(email, str) or email == email.lower() or user.get("type") is not None:
        return None
    return {"email": email.lower()}


USER_EMAIL_LOWER_CASE = Guardrail(
    id="user-email-lower-case",
    expects="E-mail addresses are in lower case.",
    why="Two spellings of one address look like two persons to lookups and to identity providers.",
    cure="Write the address in lower case.",
    severity="low",
    level="advisory",
    kinds=("User",),
    fails='iam.User("ana", email="Ana@Example.com", username="ana")',
    passes='iam.User("ana", email="ana@example.com", username="ana")',
    validate_resource=_lower_case,
    remediate=_lower_email,
    remediation="Writes the address in lower case; not where `type` is set, since a guest would be replaced.",
)


def _no_password(user: Resource, context: Context) -> Iterator[str | NotApplicable]:
    del context
    password = user.get("password")
    if password is UNKNOWN:
        yield unknown(user, "password")
    elif password:
        yield (
            f"{user.spell('password')} is set by the program; leave it out, and set"
            f" {user.spell('send_password_email')}"
        )


USER_NO_PASSWORD = Guardrail(
    id="user-no-password",
    expects="Programs set no passwords.",
    why="A password in a program is read by all who read the program, or its state. Pulumi does not tell"
    " policies whether a value is marked as secret, so a secret one is told as well.",
    cure="Leave password out, and set send_password_email, so that only the member knows it.",
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
                "whether users have MFA is not told by their type, or not known yet"
            )
        elif not mfa and user.get("email") not in allowed:
            yield Violation(
                "has no MFA; ask the person to enable it, and let the organization enforce it",
                user.urn,
            )


USER_MFA = Guardrail(
    id="user-mfa",
    expects="Users have MFA.",
    why="A password alone is phished, guessed and reused.",
    cure="Enforce MFA for the organization in the console. Only the user type of pulumiverse's Scaleway"
    " package tells whether it is on; for others see settings-grace-period.",
    severity="high",
    level="advisory",
    kinds=("User",),
    framework=CIS("1.10", "All users that have a console password have MFA"),
    options=(
        Option("except_emails", [], "Addresses of users that need none, such as break-glass."),
    ),
    fails='# as Scaleway answers: mfa=False\nscaleway.iam.User("ana", email="ana@example.com", username="ana")',
    passes='# as Scaleway answers: mfa=True\nscaleway.iam.User("ana", email="ana@example.com", username="ana")',
    validate_stack=_second_factor,
)


# --- what the organization demands --------------------------------------------------------------


def _setting(
    name: str, wrong: Callable[[object, Context], str | None]
) -> Callable[[Resource, Context], Iterator[str | NotApplicable]]:
    """Return a validation of one security setting: `wrong` returns the reason, None if there is none."""

    def validate(settings: Resource, context: Context) -> Iterator[str | NotApplicable]:
        value = settings.get(name)
        if value is UNKNOWN:
            yield unknown(settings, name)
        elif value is None:
            yield NotApplicable(f"{settings.spell(name)} is not set, so it is left as it is")
        elif reason := wrong(value, context):
            yield f"{settings.spell(name)} {reason}"

    return validate


def _at_most(option: str, unit: str, *, zero: str = "") -> Callable[[object, Context], str | None]:
    """Return a function that says what is wrong with a duration that is longer than an option, in days or hours."""
    length = {"days": 86400, "hours": 3600}[unit]

    def wrong(value: object, context: Context) -> str | None:
        most = context.number(option)
        try:
            seconds = formats.seconds(str(value))
        except ValueError:
            return None  # check refuses it
        if zero and seconds == 0:
            return f"{zero}; set {most} {unit} at most, {most * length}s"
        if seconds > most * length:
            return f"is {value}, longer than {most} {unit}; set {most * length}s at most"
        return None

    return wrong


def _settings(arguments: str) -> str:
    return f'iam.OrganizationSecuritySettings("ours", {arguments})'


_SETTINGS = ("OrganizationSecuritySettings",)

SETTINGS_KEY_LIFE = Guardrail(
    id="settings-key-life",
    expects="The organization limits the life of API keys.",
    why="Then Scaleway itself refuses keys that never expire, also those made in the console.",
    cure="Set max_api_key_expiration_duration.",
    severity="high",
    level="advisory",
    kinds=_SETTINGS,
    framework=CIS("1.14", "Access keys are rotated every 90 days or less"),
    options=(Option("longest_days", 90, "The longest life, in days."),),
    fails=_settings('max_api_key_expiration_duration="0s"'),
    passes=_settings('max_api_key_expiration_duration="7776000s"'),
    validate_resource=_setting(
        "max_api_key_expiration_duration",
        _at_most("longest_days", "days", zero="is 0s, which is no limit"),
    ),
)

SETTINGS_SESSION = Guardrail(
    id="settings-session",
    expects="Logins to the console end after a time.",
    why="A session that was stolen, or left open, stays good as long as it lasts.",
    cure="Set max_login_session_duration.",
    severity="medium",
    level="advisory",
    kinds=_SETTINGS,
    options=(Option("longest_hours", 24, "The longest session, in hours."),),
    fails=_settings('max_login_session_duration="2592000s"'),
    passes=_settings('max_login_session_duration="43200s"'),
    validate_resource=_setting("max_login_session_duration", _at_most("longest_hours", "hours")),
)

SETTINGS_GRACE_PERIOD = Guardrail(
    id="settings-grace-period",
    expects="Members have MFA and their own password within days.",
    why="Until the grace period ends, the first password alone opens the account.",
    cure="Set grace_period_duration.",
    severity="medium",
    level="advisory",
    kinds=_SETTINGS,
    framework=CIS("1.10", "All users that have a console password have MFA"),
    options=(Option("longest_days", 7, "The longest grace period, in days."),),
    fails=_settings('grace_period_duration="2592000s"'),
    passes=_settings('grace_period_duration="259200s"'),
    validate_resource=_setting("grace_period_duration", _at_most("longest_days", "days")),
)

SETTINGS_LOGIN_ATTEMPTS = Guardrail(
    id="settings-login-attempts",
    expects="Members are locked after a few failed logins.",
    why="Each attempt is a guess at the password.",
    cure="Set login_attempts_before_locked.",
    severity="medium",
    level="advisory",
    kinds=_SETTINGS,
    options=(Option("most", 10, "The most attempts."),),
    fails=_settings("login_attempts_before_locked=50"),
    passes=_settings("login_attempts_before_locked=5"),
    validate_resource=_setting(
        "login_attempts_before_locked",
        lambda value, context: (
            f"is {value}; set {context.number('most')} at most"
            if isinstance(value, int) and value > context.number("most")
            else None
        ),
    ),
)

SETTINGS_PASSWORD_RENEWAL = Guardrail(
    id="settings-password-renewal",
    expects="Members renew their first password.",
    why="Who made the account knows the first password.",
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
