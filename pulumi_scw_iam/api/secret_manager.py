"""The client of Scaleway's Secret Manager in one region: secrets and their versions.

The payload of a version is a secret. The client masks payloads in errors and logs, as bytes in their text
form and as base64. A payload that a method returns has a masked `repr` and cannot be pickled.
"""

from __future__ import annotations

import binascii
import itertools
import secrets
import time
from base64 import b64decode, b64encode
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, TypedDict
from zlib import crc32

from pulumi_scw_iam.api import types
from pulumi_scw_iam.api.calls import LostResponse
from pulumi_scw_iam.api.create_fingerprint import moment_of
from pulumi_scw_iam.api.operations import Operations
from pulumi_scw_iam.api.validation import wrong
from pulumi_scw_iam.common.errors import Cancelled, IamError, UnknownOutcome
from pulumi_scw_iam.common.redaction import Secret, SecretBytes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from typing_extensions import NotRequired

    from pulumi_scw_iam.api.calls import Calls
    from pulumi_scw_iam.api.settings import Settings

__all__ = ["SecretManager", "SecretPayload"]

_SECRET = "/secret-manager/v1beta1/regions/{}/secrets/{}"  # noqa: S105 - a path
_VERSIONS = f"{_SECRET}/versions"
_VERSION = f"{_VERSIONS}/{{}}"

_NEAR = timedelta(seconds=2)
"""The clock difference that is tolerated when a lost create is recovered."""

_LEAST_LOOKS = 3


class SecretPayload(TypedDict):
    """The payload of a version. The `repr` of `data` is masked, and `data` cannot be pickled."""

    secret_id: str
    revision: int
    type: types.SecretType
    data: bytes


class SecretManager(Operations):
    """A client of the Secret Manager in one region, from `IamClient.secret_manager`. Thread-safe.

    The methods may raise the errors of `IamClient`. `revision` is the number of a version, "latest" or
    "latest_enabled".
    """

    def __init__(self, settings: Settings, calls: Calls, region: str) -> None:
        super().__init__(settings, calls)
        self.region = region

    def get_secret(self, secret_id: str) -> types.Secret:
        """Return a secret, without the payloads of its versions.

        GET /secret-manager/v1beta1/regions/{region}/secrets/{secret_id}
        """
        return self._get(types.Secret, _SECRET, self.region, secret_id)

    def list_secret_versions(
        self, secret_id: str, *, status: Collection[types.SecretVersionStatus] | None = None
    ) -> Iterator[types.SecretVersion]:
        """Yield the versions of a secret, without their payloads.

        GET /secret-manager/v1beta1/regions/{region}/secrets/{secret_id}/versions
        """
        return self._pages(types.SecretVersion, _VERSIONS, self.region, secret_id, status=status)

    def create_secret_version(
        self,
        secret_id: str,
        *,
        data: bytes,
        description: str | None = None,
        disable_previous: bool | None = None,
    ) -> types.SecretVersion:
        """Create a version with the payload `data`. The API checks the CRC32 of the payload.

        `disable_previous` also disables the latest version before. The create is never repeated after a lost
        response. Instead, a new version with the same payload is looked up, and returned if it exists. This
        requires the permission to read payloads.

        Raises UnknownOutcome if the response was lost and no such version was found.

        POST /secret-manager/v1beta1/regions/{region}/secrets/{secret_id}/versions
        """
        # A crash reporter may show the local variables of this frame.
        data = SecretBytes(data)
        self._learn(data)
        ids = (self.region, secret_id)
        body = {
            "data": Secret(b64encode(data).decode()),
            "data_crc32": crc32(data),
            "description": description,
            "disable_previous": disable_previous,
        }
        began = datetime.now(timezone.utc)
        try:
            return self._call(
                types.SecretVersion,
                "POST",
                _VERSIONS,
                ids,
                body=body,
                repeatable=False,
                nonce=secrets.token_hex(4),
            )
        except LostResponse as lost:
            error = lost.error
        return self._recover(secret_id, data, began, error)

    def get_secret_version(self, secret_id: str, revision: int | str) -> types.SecretVersion:
        """Return a version, without its payload.

        GET /secret-manager/v1beta1/regions/{region}/secrets/{secret_id}/versions/{revision}
        """
        return self._get(types.SecretVersion, _VERSION, self.region, secret_id, str(revision))

    def access_secret_version(self, secret_id: str, revision: int | str) -> SecretPayload:
        """Return the payload of an enabled version.

        The payload is checked against its CRC32. A version that was created without a CRC32 has none, and is
        not checked.

        GET /secret-manager/v1beta1/regions/{region}/secrets/{secret_id}/versions/{revision}/access
        """
        response = self._request(
            "GET",
            f"{_VERSION}/access",
            (self.region, secret_id, str(revision)),
            wrong=_wrong_payload,
        )
        data = SecretBytes(b64decode(response["data"]))
        self._learn(data)
        return {
            "secret_id": response["secret_id"],
            "revision": response["revision"],
            "type": response["type"],
            "data": data,
        }

    def disable_secret_version(self, secret_id: str, revision: int | str) -> types.SecretVersion:
        """Disable a version: its payload can be read again only after the version is enabled.

        POST /secret-manager/v1beta1/regions/{region}/secrets/{secret_id}/versions/{revision}/disable
        """
        path = f"{_VERSION}/disable"
        return self._post_same(types.SecretVersion, path, self.region, secret_id, str(revision))

    def _learn(self, data: SecretBytes) -> None:
        """Mask a payload in errors and logs, as base64 and as text."""
        text = bytes(data).decode(errors="replace")
        self._calls.learn_secrets(Secret(b64encode(data).decode()), Secret(text))

    def _recover(
        self, secret_id: str, data: SecretBytes, began: datetime, lost: IamError
    ) -> types.SecretVersion:
        """Return the version of a create whose response was lost. Raises UnknownOutcome without proof."""
        retry = self._calls.retry
        ends = time.monotonic() + retry.lag
        hint = (
            f"the call may still take effect and add a version to secret {secret_id}; compare the latest"
            " version before the create is repeated"
        )
        try:
            # No deadline: otherwise the version might stay unknown.
            with self._calls.bounded(None):
                for number in itertools.count(1):
                    if (found := self._look(secret_id, data, began)) is not None:
                        return found
                    wait = min(retry.wait(number), ends - time.monotonic())
                    if wait <= 0 and number >= _LEAST_LOOKS:
                        break
                    self._calls.wait(max(wait, retry.base), lost.reason)
        except Cancelled as cancelled:
            cancelled.hint = hint
            raise
        except IamError as error:
            hint += f" (lookup failed: {error.aside})"
        unknown = UnknownOutcome(lost.words, hint=hint)
        unknown.call = lost.call
        raise unknown

    def _look(
        self, secret_id: str, data: SecretBytes, began: datetime
    ) -> types.SecretVersion | None:
        """Return an enabled version with the payload that was created since `began`, or None."""
        versions = list(self.list_secret_versions(secret_id, status=["enabled"]))
        # After the list call, because its response contains the API's time.
        since = began + self._calls.ahead - _NEAR
        for version in versions:
            created_at = moment_of(version["created_at"])
            if created_at is not None and created_at >= since:
                payload = self.access_secret_version(secret_id, version["revision"])
                if payload["data"] == data:
                    return version
        return None


class _Accessed(TypedDict):
    secret_id: str
    revision: int
    data: str
    type: types.SecretType
    data_crc32: NotRequired[int | None]


def _wrong_payload(response: dict[str, Any]) -> str | None:
    """Return the reason if the response with a payload is malformed or damaged, else None."""
    if (words := wrong(_Accessed, response)) is not None:
        return words
    try:
        data = b64decode(response["data"], validate=True)
    except (binascii.Error, ValueError):
        return "data is not base64"
    expected = response.get("data_crc32")
    return None if expected in {None, crc32(data)} else "data does not match data_crc32"
