"""The errors of the API, one function per error type."""

from __future__ import annotations

from typing import Any, NamedTuple

from pulumi_scw_iam.emulator.schema.grounds import ASSUMED, DOCUMENTED, RECORDED, behaviour


class InvalidArgument(NamedTuple):
    """An invalid argument. The reasons are `required`, `format`, `constraint` and `unknown`."""

    argument_name: str
    help_message: str
    reason: str = "constraint"


class Refusal(Exception):
    """An error response; the changes of the request are undone.

    Without fields, the response has no body. `note` is a reason for the access log only: the real API does
    not return one.
    """

    def __init__(self, status: int, /, **body: Any) -> None:
        super().__init__(status, body.get("type"))
        self.status = status
        self.note = ""
        self.body = dict(sorted(body.items())) or None


@behaviour(RECORDED, "400 `invalid_arguments`: `details`, `message`.")
def invalid(*problems: InvalidArgument) -> Refusal:
    """400: arguments are invalid."""
    details = [dict(sorted(problem._asdict().items())) for problem in problems]
    return Refusal(400, type="invalid_arguments", message="invalid argument(s)", details=details)


@behaviour(RECORDED, "401 `denied_authentication`: `message`, `method`, `reason`.")
def unauthenticated(reason: str) -> Refusal:
    """401: the secret key is missing or unknown (`not_found`), or `expired`."""
    return Refusal(
        401,
        type="denied_authentication",
        message="authentication is denied",
        method="api_key",
        reason=reason,
    )


@behaviour(
    RECORDED,
    "403 `permissions_denied`: `details` of `action` and `resource`, `message`. The action "
    "`write` is assumed.",
)
def forbidden(*details: tuple[str, str]) -> Refusal:
    """403: the bearer lacks a permission; the details are pairs of action and resource."""
    return Refusal(
        403,
        type="permissions_denied",
        message="insufficient permissions",
        details=[{"action": action, "resource": resource} for action, resource in details],
    )


@behaviour(
    DOCUMENTED,
    "403 `quotas_exceeded`: `details` of `current`, `quota` and `resource`, `message`.",
)
def quota_exceeded(resource: str, quota: int, current: int) -> Refusal:
    """403: the organization has reached the quota of the resource."""
    return Refusal(
        403,
        type="quotas_exceeded",
        message="quota exceeded",
        details=[{"current": current, "quota": quota, "resource": resource}],
    )


@behaviour(RECORDED, "404 `not_found`: `message`, `resource`, `resource_id`.")
def not_found(resource: str, resource_id: str) -> Refusal:
    """404: an object in the path, body or query does not exist."""
    return Refusal(
        404,
        type="not_found",
        message="resource is not found",
        resource=resource,
        resource_id=resource_id,
    )


@behaviour(
    DOCUMENTED,
    "409 `already_exists`: `help_message`, `message`, `resource`, `resource_id`, as in "
    "Scaleway's other APIs.",
)
def already_exists(resource: str, resource_id: str, help_message: str) -> Refusal:
    """409: the name is already in use, or the feature is already enabled."""
    return Refusal(
        409,
        type="already_exists",
        message="resource already exists",
        resource=resource,
        resource_id=resource_id,
        help_message=help_message,
    )


@behaviour(
    RECORDED, "409 `transient_state`: `current_state`, `message`, `resource`, `resource_id`."
)
def transient(resource: str, resource_id: str) -> Refusal:
    """409: another change of the same object is in progress."""
    return Refusal(
        409,
        type="transient_state",
        message="resource is in a transient state",
        resource=resource,
        resource_id=resource_id,
        current_state="updating",
    )


@behaviour(
    DOCUMENTED,
    "412 `precondition_failed`: `help_message`, `message`, `precondition`, as in "
    "Scaleway's other APIs.",
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


@behaviour(ASSUMED, "404 `unknown_route`: `message`.")
def unknown_route() -> Refusal:
    """404: the API has no such path."""
    return Refusal(404, type="unknown_route", message="no such route")


@behaviour(ASSUMED, "405 `method_not_allowed`: `message`.")
def method_not_allowed() -> Refusal:
    """405: the path exists with other methods only."""
    return Refusal(405, type="method_not_allowed", message="method not allowed")


@behaviour(ASSUMED, "501 `not_implemented`: `message`.")
def not_implemented(what: str) -> Refusal:
    """501: the real API has this operation, the local IAM API does not."""
    return Refusal(
        501,
        type="not_implemented",
        message=f"{what} is not part of this local IAM API",
    )


@behaviour(
    ASSUMED,
    "500 `internal_error`: `message`. The cause is a bug of the local API, never the request.",
)
def internal() -> Refusal:
    """500: a bug of the local IAM API; its log has the traceback."""
    return Refusal(500, type="internal_error", message="internal error")


def by_status(status: int, resource: str, resource_id: str) -> Refusal:
    """Return the usual error of a status about an object; errors of the gateway have no body."""
    usual = {
        400: invalid(),
        401: unauthenticated("not_found"),
        403: forbidden(),
        404: not_found(resource, resource_id),
        409: transient(resource, resource_id),
        412: precondition("protected_resource", f"this {resource} is protected"),
        500: internal(),
    }
    return usual.get(status, Refusal(status))
