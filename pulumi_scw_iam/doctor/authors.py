"""Find the authors of objects: the users and applications that created them.

There are two sources. The Audit Trail is the better one, but needs the permission set AuditTrailReadOnly. The
IAM log does not record SSH keys, SAML certificates and SCIM tokens.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.words import quoted
from pulumi_scw_iam.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import datetime

    from pulumi_scw_iam.api import types
    from pulumi_scw_iam.api.audit_trail import AuditTrail
    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.core.kind import Kind

    AnyKind = Kind[Any, Any]

__all__ = [
    "REGION",
    "SOURCES",
    "Author",
    "Creation",
    "Source",
    "author_of",
    "from_log",
    "from_trail",
    "key_of",
    "principals",
    "type_word",
]

Source = Literal["audit_trail", "iam_log"]

SOURCES: Mapping[Source, str] = {"audit_trail": "Audit Trail", "iam_log": "IAM log"}
"""The names of the sources in messages, best source first."""

REGION = "fr-par"
"""The region with the events of IAM: Scaleway keeps the events of products without regions in Paris."""

_OURS = "pulumi-scw-iam/"
"""The prefix of this package's User-Agent."""
_PROCESS = re.compile(r"\bnonce=([0-9a-f]{8})")
_FRONT = re.compile(r"\bfront=(native|dynamic)\b")

_MARGIN = timedelta(minutes=5)
"""The tolerated difference between the creation date of an object and the time of its event."""

_VERBS = ("create", "add", "clone")
"""The verbs of the methods that create objects: CreateSSHKey, AddSamlCertificate, ClonePolicy."""

_IDS_PER_CALL = 100


@dataclass(frozen=True, kw_only=True)
class Creation:
    """The record of a create in one of the sources."""

    source: Source
    principal_id: str
    """The id of the user or application; empty if the record has none."""
    user_agent: str
    recorded_at: str

    @property
    def is_ours(self) -> bool:
        """Whether this package made the call, according to the User-Agent."""
        return self.user_agent.startswith(_OURS)

    @property
    def process(self) -> str:
        """The nonce of the process of this package; empty if unknown."""
        found = _PROCESS.search(self.user_agent)
        return found[1] if found else ""

    @property
    def front(self) -> str:
        """The front of this package, `native` or `dynamic`; empty if unknown."""
        found = _FRONT.search(self.user_agent)
        return found[1] if found else ""


@dataclass(frozen=True, kw_only=True)
class Author:
    """The user or application that created an object."""

    id: str
    source: Source
    kind: AnyKind | None = None
    """The kind User or Application; None if unknown."""
    name: str = ""
    is_missing: bool = False
    """Whether no user or application has the id, for example after a deletion."""

    @property
    def title(self) -> str:
        """The noun, name and id of the author, on one line."""
        noun = self.kind.noun if self.kind else "principal"
        name = f" {quoted(self.name)}" if self.name else ""
        missing = " (no existing user or application)" if self.is_missing else ""
        return f"{noun}{name} {self.id}{missing}"


def author_of(creation: Creation, named: Mapping[str, tuple[AnyKind, str]] | None) -> Author:
    """Return the author of an object; `named` is the result of `principals`, or None after an error."""
    kind, name = (named or {}).get(creation.principal_id, (None, ""))
    return Author(
        id=creation.principal_id,
        source=creation.source,
        kind=kind,
        name=name,
        is_missing=named is not None and kind is None,
    )


def type_word(kind: AnyKind) -> str:
    """Return the type of a kind in the IAM log, such as `api_key`."""
    return kind.noun.lower().replace(" ", "_")


def key_of(resource_id: str) -> str:
    """Return the id of an object in both sources; a compound id ends with this id."""
    return resource_id.rpartition("/")[2].lower()


def from_log(logs: Iterable[types.Log]) -> dict[str, Creation]:
    """Return the creates in entries of the IAM log, by `key_of` the object."""
    found: dict[str, Creation] = {}
    for log in logs:
        creation = Creation(
            source="iam_log",
            principal_id=log["bearer_id"],
            user_agent=log["user_agent"],
            recorded_at=log["created_at"] or "",
        )
        key = key_of(log["resource_id"])
        # Of several entries, the one of this package decides: no object of this package may be missed.
        if key not in found or (creation.is_ours and not found[key].is_ours):
            found[key] = creation
    return found


def from_trail(
    client: IamClient,
    organization_id: str,
    kind: AnyKind,
    created: Mapping[str, str],
    since: datetime,
) -> dict[str, Creation]:
    """Return the creates of objects of one kind in the Audit Trail, by `key_of` the object.

    `created` has the creation dates of the objects by `key_of`; an empty date is unknown. One list of
    events serves all objects. The list starts with the oldest date, ends with the newest, and is read until
    all objects are found. Raises the errors of the client.

    GET /audit-trail/v1alpha1/regions/fr-par/events
    """
    resource_type = f"iam_{type_word(kind)}"
    methods = {f"{verb}{kind.name}".lower() for verb in _VERBS}
    found: dict[str, Creation] = {}
    for event in _events(
        client.audit_trail(REGION), organization_id, resource_type, created, since
    ):
        # The spelling differs: CreateAPIKey, but AddSamlCertificate.
        if event["method_name"].lower() not in methods:
            continue
        principal = event.get("principal")
        creation = Creation(
            source="audit_trail",
            principal_id=principal["id"] if principal else "",
            user_agent=event.get("user_agent") or "",
            recorded_at=event["recorded_at"] or "",
        )
        for resource in event["resources"]:
            if resource.get("type") == resource_type:
                found.setdefault(key_of(str(resource.get("id") or "")), creation)
        if created.keys() <= found.keys():
            break
    return found


def _events(
    trail: AuditTrail,
    organization_id: str,
    resource_type: str,
    created: Mapping[str, str],
    since: datetime,
) -> Iterator[types.AuditEvent]:
    """Yield the events of one type from the oldest to the newest creation date, oldest first."""
    dates = [formats.moment(date) for date in created.values() if date]
    is_dated = len(dates) == len(created)
    first = min(dates) - _MARGIN if is_dated else since
    return trail.list_events(
        organization_id=organization_id,
        recorded_after=formats.instant(first.isoformat()),
        recorded_before=(formats.instant((max(dates) + _MARGIN).isoformat()) if is_dated else None),
        resource_type=resource_type,
        status=200,
    )


def principals(
    client: IamClient, organization_id: str, ids: Collection[str]
) -> dict[str, tuple[AnyKind, str]]:
    """Return the kinds and names of existing users and applications, by id.

    Raises the errors of the client.

    GET /iam/v1alpha1/users, and GET /iam/v1alpha1/applications for the ids that are no users
    """
    missing = sorted(filter(_is_uuid, ids))
    found: dict[str, tuple[AnyKind, str]] = {}

    def add(kind: AnyKind, items: Iterable[Mapping[str, Any]]) -> None:
        for item in items:
            found[item["id"]] = kind, str(item.get(kind.described_by) or "")

    for start in range(0, len(missing), _IDS_PER_CALL):
        some = missing[start : start + _IDS_PER_CALL]
        add(KINDS["User"], client.list_users(organization_id=organization_id, user_ids=some))
        rest = [principal_id for principal_id in some if principal_id not in found]
        if rest:
            applications = client.list_applications(
                organization_id=organization_id, application_ids=rest
            )
            add(KINDS["Application"], applications)
    return found


def _is_uuid(text: str) -> bool:
    try:
        formats.uuid_of("principal")(text)
    except ValueError:
        return False
    return True
