"""Every error that the API answers with, one function per type."""

from __future__ import annotations

from typing import Any, NamedTuple


class Problem(NamedTuple):
    """What is wrong with one argument. The reasons are `required`, `format`, `constraint`, `unknown`."""

    argument_name: str
    help_message: str
    reason: str = "constraint"


class Refusal(Exception):
    """A request that is answered with an error; whatever it had changed is undone."""

    def __init__(self, status: int, **body: Any) -> None:
        super().__init__(status, body.get("type"))
        self.status = status
        self.body = dict(sorted(body.items()))


def invalid(*problems: Problem) -> Refusal:
    """400: arguments that are not as they must be."""
    details = [dict(sorted(problem._asdict().items())) for problem in problems]
    return Refusal(400, type="invalid_arguments", message="invalid argument(s)", details=details)


def unauthenticated(reason: str) -> Refusal:
    """401: the secret key is missing or unknown (`not_found`), or `expired`."""
    return Refusal(
        401,
        type="denied_authentication",
        message="authentication is denied",
        method="api_key",
        reason=reason,
    )


def forbidden(*details: tuple[str, str]) -> Refusal:
    """403: the bearer may not do this; the details are pairs of action and resource."""
    return Refusal(
        403,
        type="permissions_denied",
        message="insufficient permissions",
        details=[{"action": action, "resource": resource} for action, resource in details],
    )


def quota_exceeded(resource: str, quota: int, current: int) -> Refusal:
    """403: the organization has as many of these as it may have."""
    return Refusal(
        403,
        type="quotas_exceeded",
        message="quota exceeded",
        details=[{"current": current, "quota": quota, "resource": resource}],
    )


def not_found(resource: str, resource_id: str) -> Refusal:
    """404: an object that the path or the body names does not exist."""
    return Refusal(
        404,
        type="not_found",
        message="resource is not found",
        resource=resource,
        resource_id=resource_id,
    )


def already_exists(resource: str, resource_id: str, help_message: str) -> Refusal:
    """409: something else has the name, or the feature is on."""
    return Refusal(
        409,
        type="already_exists",
        message="resource already exists",
        resource=resource,
        resource_id=resource_id,
        help_message=help_message,
    )


def transient(resource: str, resource_id: str) -> Refusal:
    """409: another change of the same object is under way."""
    return Refusal(
        409,
        type="transient_state",
        message="resource is in a transient state",
        resource=resource,
        resource_id=resource_id,
        current_state="updating",
    )


def precondition(name: str, help_message: str) -> Refusal:
    """412: the object's state does not allow it."""
    return Refusal(
        412,
        type="precondition_failed",
        message="precondition is not respected",
        precondition=name,
        help_message=help_message,
    )


def unknown_route() -> Refusal:
    """404: the API has no such path."""
    return Refusal(404, type="unknown_route", message="no such route")


def method_not_allowed() -> Refusal:
    """405: the path exists, with other methods."""
    return Refusal(405, type="method_not_allowed", message="method not allowed")


def not_implemented(what: str) -> Refusal:
    """501: the real API has it, the emulator does not."""
    return Refusal(
        501,
        type="not_implemented",
        message=f"{what} is not part of this local IAM API",
    )


def internal() -> Refusal:
    """500: an error of the emulator itself; its log has the rest."""
    return Refusal(500, type="internal_error", message="internal error")
