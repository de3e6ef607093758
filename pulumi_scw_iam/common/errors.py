"""What can go wrong, one class per thing that a caller treats differently.

Every error reads as one line, alone: what was tried, what the API answered, the status and the request
id, then what to do. No error holds a body, a header or a secret. This is the only module that maps a
status to a class.

    IamError
    ├── ConfigError           credentials or defaults are missing or malformed; nothing was sent
    ├── Refused               a request that must not be made; nothing was sent
    ├── NoAnswer              the connection failed or timed out
    ├── Cancelled             the operation was cancelled while it waited
    ├── Incomplete            made or changed in part, and could not be undone
    ├── UnknownOutcome             a create whose answer was lost, and nobody can tell what it has done
    └── ApiError              the API answered with an error
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
]


class IamError(Exception):
    """The root of all errors of this package.

    `attempt` says what was tried in the user's words (`create group "devs"`), `reason` what stood in
    the way, `hint` what to do about it. The client adds the `call` (`POST groups`), which is said
    where there is no attempt, and how often it was tried. `str()` puts them into one line.
    """

    def __init__(self, reason: str, *, attempt: str = "", hint: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.attempt = attempt
        self.hint = hint
        self.call = ""
        self.tries = 1

    def facts(self) -> str:
        """What stands in brackets behind the reason; empty where there is nothing to say."""
        return ""

    @property
    def may_have_acted(self) -> bool:
        """Whether the API may have done what the failed call asked for."""
        return False

    @property
    def words(self) -> str:
        """The reason with its facts, without what was tried and what to do."""
        return self._with_facts(self.reason)

    @property
    def aside(self) -> str:
        """The same, short enough to follow another error."""
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
    """Credentials or defaults are missing or malformed; names the source that was looked at."""


class Refused(IamError):
    """The request must not be made, and was not: the API would refuse it or harm would follow."""


class Cancelled(IamError):
    """The operation was cancelled while it waited; what had been sent may have had its effect."""

    @property
    def may_have_acted(self) -> bool:
        """True: an earlier try may have reached the API."""
        return True


class Incomplete(IamError):
    """A create or an update whose later call failed, and whose earlier ones could not be undone.

    `resource_id` and `state` (the kind's dataclass) are of what is there, so that a front that can
    say so keeps it, and the next update finishes it. `furthest` is the state if the call that failed was
    done nevertheless; it differs from `state` only if that is unknown.
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
    """The answer to a create was lost, and what it has done could not be found out.

    The hint names what it may have made, or the command that finds it.
    """


class NoAnswer(IamError):
    """The connection could not be made, broke, or the answer did not come in time.

    `sent` is false when the API surely did not see the request, so that even a POST may be repeated.
    """

    def __init__(self, reason: str, *, sent: bool, attempt: str = "", hint: str = "") -> None:
        super().__init__(reason, attempt=attempt, hint=hint)
        self.sent = sent

    @property
    def may_have_acted(self) -> bool:
        """True if this try reached the API, or if an earlier one may have reached it."""
        return self.sent or self.tries > 1


class ApiError(IamError):
    """The API answered with an error.

    `type` is the API's machine word (`not_found`, `transient_state`, …; empty when the answer had no
    JSON body), `resource` and `resource_id` what it speaks of, where it says so.
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
        """The status and the request id, for the support ticket."""
        return f"{self.status}, request {self.request_id}" if self.request_id else str(self.status)

    @staticmethod
    def from_answer(
        status: int, body: object, *, request_id: str = "", attempt: str = ""
    ) -> ApiError:
        """The error for an answer; `body` is its JSON, or None when it had none.

        Only the fields that are known to hold no secret are taken from the body.
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
    """400: the API refused an argument; the reason names each one."""


class Unauthenticated(ApiError):
    """401: the secret key is unknown, expired or was deleted."""


class PermissionDenied(ApiError):
    """403: the API key may not do this. A fresh grant can take up to a minute to count."""


class NotFound(ApiError):
    """404 `not_found`: the object, or one that the request names, does not exist."""


class Gone(NotFound):
    """The object's own GET answered that the object does not exist."""

    @classmethod
    def of(cls, error: NotFound) -> Gone:
        """Return the error for a 404 of the object's own GET."""
        gone = cls.__new__(cls, *error.args)
        vars(gone).update(vars(error))
        gone.args = error.args
        return gone


class Conflict(ApiError):
    """409: the object exists already, or is not in the state that the request needs."""


class TransientState(Conflict):
    """409 `transient_state`: another change of the same object is under way; repeat it later."""


class PreconditionFailed(ApiError):
    """412: something must be changed first; the reason says what."""


class QuotaExceeded(ApiError):
    """`quotas_exceeded`: the organization has as many of these as it may have."""


class RateLimited(ApiError):
    """429: too many requests. The API did not act, and its answer has no body."""


class ServerError(ApiError):
    """5xx: the API failed; whether it acted is not known."""

    @property
    def may_have_acted(self) -> bool:
        """True: a gateway answers 5xx also when it lost the answer."""
        return True


@contextmanager
def attempting(attempt: str) -> Iterator[None]:
    """Say what was being tried in the errors raised within, unless they say so already."""
    try:
        yield
    except IamError as error:
        if not error.attempt:
            error.attempt = attempt
        raise


_LONGEST_REASON = 300
_LONGEST_ASIDE = 100


def _cut(line: str, longest: int) -> str:
    return line if len(line) <= longest else f"{line[: longest - 3]}..."


def _in_short(text: str) -> str:
    """What the API says, on one line that a terminal can show."""
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
        # Not the API's own: an object that is there must not be taken for deleted.
        return ApiError
    return _BY_STATUS.get(status, ApiError)


def _reason(status: int, kind: str, content: Mapping[str, Any]) -> str:
    """The API's own words in one line, in the order in which they help."""
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
            return f"the API key may not {actions}"
        case "denied_authentication":
            return f"the API key was refused: {content.get('reason') or message}"
        case "quotas_exceeded" if details:
            return "quota reached: " + ", ".join(
                f"{d.get('resource', '?')} {d.get('current', '?')} of {d.get('quota', '?')}"
                for d in details
            )
        case _:
            help_message = str(content.get("help_message") or "").strip()
            words = ": ".join(part for part in (message, help_message) if part)
            return words or _WITHOUT_WORDS.get(status, "the API answered without a reason")


_WITHOUT_WORDS: Mapping[int, str] = {
    407: "the proxy wants a login",
    429: "too many requests",
    502: "the API's gateway had no answer",
    503: "the API is not available",
    504: "the API's gateway waited too long",
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
"""The permission sets for reading and for writing, by the API's word for what is denied."""


def _needed(content: Mapping[str, Any]) -> str:
    """Return the permission sets that a denied call needs; empty if the API does not say what was denied."""
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
        return "check the API's address"
    if status == 403 and kind != "quotas_exceeded":
        needed = _needed(content) or "that this needs, such as IAMManager"
        return f"give its bearer the permission set {needed}"
    if kind == "quotas_exceeded":
        return "delete what is not needed, or ask Scaleway's support to raise the quota"
    return ""
