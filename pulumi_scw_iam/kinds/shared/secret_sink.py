"""The secret sink: the secret of the Secret Manager that receives the secret keys of a resource.

The secret key goes to a new version of the secret, and is in no state. The description of the version names
the access key and the format, so a version is recognized without its payload.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Annotated, NamedTuple

from pulumi_scw_iam.common.errors import (
    IamError,
    InvalidArguments,
    NotFound,
    PermissionDenied,
    UnknownOutcome,
)
from pulumi_scw_iam.common.redaction import SecretBytes, hidden
from pulumi_scw_iam.core.fields import UNKNOWN, Prop, Props
from pulumi_scw_iam.core.organization.proposal import CheckFinding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.core.check import Spell
    from pulumi_scw_iam.core.organization.directory import Directory
    from pulumi_scw_iam.core.organization.organization import Organization
    from pulumi_scw_iam.core.organization.proposal import Proposal

__all__ = [
    "FORMATS",
    "READER",
    "SecretVersion",
    "Version",
    "disable",
    "findings",
    "hand_on",
    "payload",
    "revision_of",
    "rules",
    "versions_of",
    "with_format",
]

FORMATS = ("raw", "json", "env")
"""The formats of a payload. The first one is the default."""

SecretVersion = Annotated[
    int | None,
    Prop(
        "The revision of the version with the secret key, if `secret_id` is set. A refresh does not"
        " read the Secret Manager.",
        kept=True,
        may_be_unset=True,
    ),
]


class Version(NamedTuple):
    """A version of a secret with the secret key of an API key."""

    secret_id: str
    format: str
    revision: int


_DESCRIPTION = re.compile(r"API key (?P<key>\w+) of pulumi-scw-iam \((?P<format>\w+)\)")
_REGIONS = ("fr-par", "nl-ams", "pl-waw")
_LOOKUP_SECONDS = 10.0
"""The time for the retries of a lookup. The client has already waited for the lag of the API."""

_WRITER = "SecretManagerSecretCreate"
READER = "SecretManagerReadOnly"
"""The permission set for the list of versions."""

_JSON_TYPES = ("key_value",)
_ANY_TYPES = ("opaque", "unknown_type")


def payload(secret_format: str, access_key: str, secret_key: str) -> bytes:
    """Return the payload of a version: `raw`, `json` or `env`."""
    match secret_format:
        case "json":
            keys = {"access_key": access_key, "secret_key": secret_key}
            return SecretBytes(json.dumps(keys, sort_keys=True).encode())
        case "env":
            lines = f"SCW_ACCESS_KEY={access_key}\nSCW_SECRET_KEY={secret_key}\n"
            return SecretBytes(lines.encode())
        case _:
            return SecretBytes(secret_key.encode())


def hand_on(
    client: IamClient,
    secret_id: str | None,
    secret_format: str | None,
    access_key: str,
    secret_key: str | None,
) -> int:
    """Add a version with a known secret key to a secret; return the revision of the version.

    A create with a lost response is repeated once if no version has the key: a second version with the same
    payload does no harm. `secret_id` has the form `region/UUID`. The default format is `raw`.

    Raises UnknownOutcome if no lookup is possible, or if the response to the second create was lost too.
    """
    assert secret_id is not None
    assert secret_key is not None
    secret_format, secret_key = secret_format or FORMATS[0], hidden(secret_key, secret=True)
    region, _, uuid = secret_id.partition("/")
    for is_last in (False, True):
        try:
            version = client.secret_manager(region).create_secret_version(
                uuid,
                data=payload(secret_format, access_key, secret_key),
                description=_description(secret_format, access_key),
            )
            return version["revision"]
        except PermissionDenied as denied:
            denied.hint = (
                f"give its bearer the permission set {_WRITER} in the project of the secret"
            )
            raise
        except UnknownOutcome as lost:
            lost.hint = (
                f"secret {secret_id} may get a version with the secret key of API key {access_key}"
            )
            try:
                with client.bounded(_LOOKUP_SECONDS):
                    revision = revision_of(client, secret_id, secret_format, access_key)
            except PermissionDenied:
                revision = None
            except IamError:
                raise lost from None
            if revision is not None:
                return revision
            if is_last:
                raise
    raise AssertionError("unreachable")


def disable(client: IamClient, secret_id: str, revision: int) -> None:
    """Disable a version."""
    region, _, uuid = secret_id.partition("/")
    client.secret_manager(region).disable_secret_version(uuid, revision)


def revision_of(
    client: IamClient, secret_id: str, secret_format: str, access_key: str
) -> int | None:
    """Return the revision of the newest enabled version with a key in a format; None without a version."""
    region, _, uuid = secret_id.partition("/")
    description = _description(secret_format, access_key)
    versions = client.secret_manager(region).list_secret_versions(uuid, status=["enabled"])
    revisions = [one["revision"] for one in versions if one.get("description") == description]
    return max(revisions, default=None)


def versions_of(client: IamClient, secret_id: str) -> dict[str, Version]:
    """Return the newest enabled version of each key in a secret, by access key."""
    region, _, uuid = secret_id.partition("/")
    found = {}
    versions = client.secret_manager(region).list_secret_versions(uuid, status=["enabled"])
    for one in sorted(versions, key=lambda version: version["revision"]):
        if match := _DESCRIPTION.fullmatch(one.get("description") or ""):
            found[match["key"]] = Version(secret_id, match["format"], one["revision"])
    return found


def _description(secret_format: str, access_key: str) -> str:
    return f"API key {access_key} of pulumi-scw-iam ({secret_format})"


# --- inputs --------------------------------------------------------------------------------------


def rules(inputs: Props, spell: Spell) -> Iterator[tuple[str, str]]:
    """Check that a format has a secret."""
    if inputs.get("secret_format") is not None and inputs.get("secret_id") is None:
        yield (
            "secret_format",
            f"has no effect without {spell('secret_id')}; set {spell('secret_id')}, or remove"
            f" {spell('secret_format')}",
        )


def with_format(inputs: dict[str, Any]) -> dict[str, Any]:
    """Return the inputs with the default format if a secret is set."""
    if inputs.get("secret_id") is None or inputs.get("secret_format") is not None:
        return inputs
    return {**inputs, "secret_format": FORMATS[0]}


def findings(organization: Organization, proposal: Proposal) -> Iterator[CheckFinding]:
    """Yield the findings about a new or changed secret: a wrong id, and a missing permission.

    No call checks the permission to add a version. Without the permission to read the secret, the finding is a
    warning.
    """
    secret_id, secret_format = (proposal.news.get(n) for n in ("secret_id", "secret_format"))
    if secret_id in (None, UNKNOWN) or secret_id == proposal.olds.get("secret_id"):
        return
    region, _, uuid = str(secret_id).partition("/")
    secret = organization.directory.secret(region, uuid)
    if isinstance(secret, PermissionDenied):
        yield CheckFinding.warning(
            f"{proposal.spell('secret_id')}: secret {secret_id} could not be read, so it was not"
            f" checked: {secret.words}; the API key that runs the program needs the permission set"
            f" {_WRITER} in the project of the secret"
        )
    elif isinstance(secret, NotFound):
        yield CheckFinding("secret_id", _missing(organization.directory, region, uuid))
    elif isinstance(secret, InvalidArguments):
        yield CheckFinding("secret_id", f"{secret_id} cannot be read: {secret.reason}")
    elif isinstance(secret, dict):
        yield from _unsuitable(secret, str(secret_id), secret_format, proposal.spell)


def _missing(directory: Directory, region: str, uuid: str) -> str:
    """Return the reason for a secret that does not exist in its region."""
    for other in _REGIONS:
        if other != region and isinstance(directory.secret(other, uuid), dict):
            return f"secret {uuid} is in region {other}, not in {region}; pass {other}/{uuid}"
    return (
        f"secret {uuid} does not exist in region {region}; pass the id of an existing secret, as"
        " REGION/UUID"
    )


def _unsuitable(
    secret: Mapping[str, Any], secret_id: str, secret_format: object, spell: Spell
) -> Iterator[CheckFinding]:
    if secret["status"] == "locked":
        yield CheckFinding(
            "secret_id",
            f"secret {secret_id} is locked, so no version can be added; unlock it first",
        )
    allowed = _ANY_TYPES + (_JSON_TYPES if secret_format in ("json", UNKNOWN) else ())
    if secret["type"] not in allowed:
        yield CheckFinding.warning(
            f"{spell('secret_id')}: secret {secret_id} has the type {secret['type']}, so the API may"
            " refuse the secret key; use a secret of the type opaque"
        )
