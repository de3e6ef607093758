"""The errors of this package: one class for each failure that callers handle differently.

Each error is one line that reads alone: the attempted operation, the reason, the HTTP status and the
request id, then the fix. No error contains a body, a header or a secret. This is the only module that
maps a status to a class.

    IamError
    ├── ConfigError           credentials or defaults are missing or malformed; nothing was sent
    ├── Refused               the request must not be made; nothing was sent
    ├── NoAnswer              the connection failed or timed out
    ├── Cancelled             the operation was cancelled during a wait
    ├── Incomplete            created or changed in part, and the undo failed
    ├── UnknownOutcome        the response to a create was lost, and create recovery failed
    └── ApiError              the API returned an error
        ├── InvalidArguments  400
        ├── Unauthenticated   401
        ├── PermissionDenied  403
        ├── NotFound          404 of type not_found
        │   └── Gone          ... of the object's own GET
        ├── Conflict          409
        │   └── TransientState
        ├── PreconditionFailed 412
        ├── QuotaExceeded     403 or 409 of type quotas_exceeded
        ├── RateLimited       429
        └── ServerError       5xx
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.common.words import joined, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "ApiError",
    "Cancelled",
    "ConfigError",
    "Conflict",
    "Gone",
    "IamError",
    "Incomplete",
    "InvalidArguments",
    "NoAnswer",
    "NotFound",
    "PermissionDenied",
    "PreconditionFailed",
    "QuotaExceeded",
    "RateLimited",
    "Refused",
    "ServerError",
    "TransientState",
    "Unauthenticated",
    "UnknownOutcome",
    "attempting",
    "needing",
]


class IamError(Exception):
    """The base class of all errors of this package.

    `attempt` is the operation in the user's words (`create group "devs"`), `reason` the cause, `hint`
    the fix. The client sets `call` (`POST groups`) and `tries`, the number of attempts. `str()` joins
    them into one line; `call` stands in for a missing `attempt`.
    """

    def __init__(self, reason: str, *, attempt: str = "", hint: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.attempt = attempt
        self.hint = hint
        self.call = ""
        self.tries = 1

    def facts(self) -> str:
        """Return the text in brackets after the reason; empty by default."""
        return ""

    @property
    def may_have_acted(self) -> bool:
        """Whether the failed call may have taken effect."""
        return False

    @property
    def words(self) -> str:
        """The reason with its facts, without `attempt` and `hint`."""
        return self._with_facts(self.reason)

    @property
    def aside(self) -> str:
        """The reason, shortened to 100 characters, with its facts: a short text inside another error."""
        return self._with_facts(_cut(self.reason, _LONGEST_ASIDE))

    def _with_facts(self, reason: str) -> str:
        line = f"{reason}, tried {self.tries} times" if self.tries > 1 else reason
        facts = self.facts()
        return f"{line} ({facts})" if facts else line

    def __str__(self) -> str:
        attempt = self.attempt or self.call
        line = f"{attempt}: {self.words}" if attempt else self.words
        return shown(f"{line}; {self.hint}" if self.hint else line)


class ConfigError(IamError):
    """Credentials or defaults are missing or malformed; the message names their source."""


class Refused(IamError):
    """The request was not sent: the API would refuse the request, or the effect would do harm."""


class Cancelled(IamError):
    """The operation was cancelled during a wait; requests sent before may have taken effect."""

    @property
    def may_have_acted(self) -> bool:
        """True: an earlier attempt may have reached the API."""
        return True


class Incomplete(IamError):
    """A later call of a create or an update failed, and the earlier calls could not be undone.

    `resource_id` and `state` (the kind's dataclass) describe the existing object. A front can store both
    as a partial state, and the next update completes the object. `furthest` is the state if the failed
    call took effect after all; `furthest` equals `state` if the failed call surely had no effect.
    """

    def __init__(
        self,
        reason: str,
        *,
        resource_id: str,
        state: object,
        furthest: object = None,
        hint: str = "",
    ) -> None:
        super().__init__(reason, hint=hint)
        self.resource_id = resource_id
        self.state = state
        self.furthest = state if furthest is None else furthest


class UnknownOutcome(IamError):
    """The response to a create was lost, and create recovery could not determine the outcome.

    The hint names the object that the create may have created, or the command to find the object.
    """


class NoAnswer(IamError):
    """The API returned no response: the connection failed, broke, or timed out.

    `sent` is False only if the request surely did not reach the API. Then even a POST can be retried.
    """

    def __init__(self, reason: str, *, sent: bool, attempt: str = "", hint: str = "") -> None:
        super().__init__(reason, attempt=attempt, hint=hint)
        self.sent = sent

    @property
    def may_have_acted(self) -> bool:
        """True if this attempt was sent, or if an earlier attempt may have reached the API."""
        return self.sent or self.tries > 1


class ApiError(IamError):
    """The API returned an error.

    `type` is the API's error type (`not_found`, `transient_state`, …; empty without a JSON body).
    `resource` and `resource_id` identify the object in question; empty if the API names no object.
    """

    def __init__(
        self,
        reason: str,
        *,
        status: int,
        type: str = "",  # noqa: A002 - the API's own word
        resource: str = "",
        resource_id: str = "",
        request_id: str = "",
        attempt: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(reason, attempt=attempt, hint=hint)
        self.status = status
        self.type = type
        self.resource = resource
        self.resource_id = resource_id
        self.request_id = request_id

    def facts(self) -> str:
        """Return the status and the request id, for a support ticket."""
        return f"{self.status}, request {self.request_id}" if self.request_id else str(self.status)

    @staticmethod
    def from_answer(
        status: int, body: object, *, request_id: str = "", attempt: str = ""
    ) -> ApiError:
        """Return the error for a response; `body` is the parsed JSON, or None without JSON.

        Only fields of the body without secrets are copied into the error.
        """
        content: Mapping[str, Any] = body if isinstance(body, dict) else {}
        kind = str(content.get("type") or "")
        return _class_of(status, kind)(
            _in_short(_reason(status, kind, content)),
            status=status,
            type=kind,
            resource=_in_short(str(content.get("resource") or "")),
            resource_id=_in_short(str(content.get("resource_id") or "")),
            request_id=request_id,
            attempt=attempt,
            hint=_hint(status, kind, content),
        )


class InvalidArguments(ApiError):
    """400: the API refused one or more arguments; the reason names each refused argument."""


class Unauthenticated(ApiError):
    """401: the secret key is unknown, expired or deleted."""


class PermissionDenied(ApiError):
    """403: the API key lacks a permission. A new grant can take up to a minute to take effect."""


class NotFound(ApiError):
    """404 `not_found`: the object, or another object named in the request, does not exist."""


class Gone(NotFound):
    """404 `not_found` of the object's own GET: the object does not exist."""

    @classmethod
    def of(cls, error: NotFound) -> Gone:
        """Return the error for a 404 of the object's own GET."""
        gone = cls.__new__(cls, *error.args)
        vars(gone).update(vars(error))
        gone.args = error.args
        return gone


class Conflict(ApiError):
    """409: the object already exists, or is in the wrong state for the request."""


class TransientState(Conflict):
    """409 `transient_state`: another change of the object is in progress; retry later."""


class PreconditionFailed(ApiError):
    """412: the request has a precondition; the reason names the precondition."""


class QuotaExceeded(ApiError):
    """`quotas_exceeded`: the organization has reached the quota for this kind of object."""


class RateLimited(ApiError):
    """429: too many requests. The request had no effect, and the response has no body."""


class ServerError(ApiError):
    """5xx: the API failed; the outcome of the request is unknown."""

    @property
    def may_have_acted(self) -> bool:
        """True: a gateway also returns 5xx if the API's response was lost."""
        return True


@contextmanager
def attempting(attempt: str) -> Iterator[None]:
    """Set the attempt of each IamError raised within the context, unless the error has an attempt."""
    try:
        yield
    except IamError as error:
        if not error.attempt:
            error.attempt = attempt
        raise


@contextmanager
def needing(permission_set: str, consequence: str = "") -> Iterator[None]:
    """Name the permission set in the hint of a PermissionDenied raised within the context.

    `consequence` says what happens without the permission set.
    """
    try:
        yield
    except PermissionDenied as error:
        hint = f"give its bearer the permission set {permission_set}"
        error.hint = "; ".join(filter(None, (hint, consequence)))
        raise


_LONGEST_REASON = 300
_LONGEST_ASIDE = 100


def _cut(line: str, longest: int) -> str:
    return line if len(line) <= longest else f"{line[: longest - 3]}..."


def _in_short(text: str) -> str:
    """Return a text of the API as one short line, safe for a terminal."""
    return _cut(shown(" ".join(text.split())), _LONGEST_REASON)


_BY_STATUS: Mapping[int, type[ApiError]] = {
    400: InvalidArguments,
    401: Unauthenticated,
    403: PermissionDenied,
    404: NotFound,
    409: Conflict,
    412: PreconditionFailed,
    429: RateLimited,
}
_BY_TYPE: Mapping[str, type[ApiError]] = {
    "quotas_exceeded": QuotaExceeded,
    "transient_state": TransientState,
}


def _class_of(status: int, kind: str) -> type[ApiError]:
    if kind in _BY_TYPE:
        return _BY_TYPE[kind]
    if status >= 500:
        return ServerError
    if status == 404 and kind != "not_found":
        # Not from the IAM API, so it is no proof that the object was deleted.
        return ApiError
    return _BY_STATUS.get(status, ApiError)


def _reason(status: int, kind: str, content: Mapping[str, Any]) -> str:
    """Return the API's explanation in one line, the most helpful field first."""
    listed = content.get("details")
    details = [d for d in listed if isinstance(d, dict)] if isinstance(listed, list) else []
    resource, resource_id = content.get("resource"), content.get("resource_id")
    message = str(content.get("message") or "").strip()
    match kind:
        case "invalid_arguments" if details:
            return "; ".join(
                f"{d.get('argument_name', '?')}: {d.get('help_message') or d.get('reason')}"
                for d in details
            )
        case "not_found" if resource_id:
            return f"{str(resource or 'member').replace('_', ' ')} {resource_id} does not exist"
        case "permissions_denied" if details:
            actions = ", ".join(f"{d.get('action', '?')} {d.get('resource', '?')}" for d in details)
            return f"the API key has no permission to {actions}"
        case "denied_authentication":
            return f"authentication failed: {content.get('reason') or message}"
        case "quotas_exceeded" if details:
            return "quota reached: " + ", ".join(
                f"{d.get('resource', '?')} {d.get('current', '?')} of {d.get('quota', '?')}"
                for d in details
            )
        case _:
            help_message = str(content.get("help_message") or "").strip()
            words = ": ".join(part for part in (message, help_message) if part)
            return words or _DEFAULT_REASONS.get(status, "the API returned no reason")


_DEFAULT_REASONS: Mapping[int, str] = {
    407: "the proxy requires authentication",
    429: "too many requests",
    502: "the API gateway received no response",
    503: "the API is unavailable",
    504: "the API gateway timed out",
}


def _family(name: str) -> tuple[str, str]:
    return (f"{name}ReadOnly or IAMReadOnly", f"{name}Manager or IAMManager")


PERMISSION_SETS: Mapping[str, tuple[str, str]] = {
    "application": _family("IAMApplication"),
    "api_key": ("IAMReadOnly", "IAMManager"),
    "group": _family("IAMGroup"),
    "organization": ("OrganizationReadOnly", "OrganizationManager"),
    "permission_set": _family("IAMPolicy"),
    "policy": _family("IAMPolicy"),
    "project": ("ProjectReadOnly", "ProjectManager"),
    "quotum": ("OrganizationReadOnly", "OrganizationManager"),
    "rule": _family("IAMPolicy"),
    "ssh_key": ("SSHKeysReadOnly", "SSHKeysFullAccess"),
    "user": _family("IAMUser"),
}
"""The permission sets for reading and for writing, by the denied `resource` of the API's error."""


def _needed(content: Mapping[str, Any]) -> str:
    """Return the permission sets that a denied call needs; empty if the API names no known resource."""
    listed = content.get("details")
    needed: dict[str, None] = {}
    for detail in listed if isinstance(listed, list) else []:
        word = str(detail.get("resource")) if isinstance(detail, dict) else ""
        if word not in PERMISSION_SETS:
            return ""
        reads, writes = PERMISSION_SETS[word]
        needed[reads if detail.get("action") in ("list", "read") else writes] = None
    return joined(needed) if needed else ""


def _hint(status: int, kind: str, content: Mapping[str, Any]) -> str:
    if status == 401:
        return "check the secret key"
    if status == 404 and kind != "not_found":
        return "check the API URL"
    if status == 403 and kind != "quotas_exceeded":
        if needed := _needed(content):
            return f"give its bearer the permission set {needed}"
        return "give its bearer a permission set with this permission, such as IAMManager"
    if kind == "quotas_exceeded":
        return "delete unused objects, or ask Scaleway support to raise the quota"
    return ""
