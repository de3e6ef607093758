"""Operations: their declaration, and the call that an operation handles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from pulumi_scw_iam.emulator.schema.arguments import Argument, Body, Number
from pulumi_scw_iam.emulator.schema.grounds import ASSUMED, DOCUMENTED, RECORDED, Ground, behaviour
from pulumi_scw_iam.emulator.schema.kinds import PROJECT
from pulumi_scw_iam.emulator.schema.objects import Guard, Object, ObjectKind, Touch
from pulumi_scw_iam.emulator.schema.refusals import (
    forbidden,
    not_found,
    quota_exceeded,
)
from pulumi_scw_iam.emulator.schema.times import stamp
from pulumi_scw_iam.emulator.state.sources import Sources
from pulumi_scw_iam.emulator.state.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


Json: TypeAlias = dict[str, Any]
Run: TypeAlias = "Callable[[Call], Json | None]"

IAM = "/iam/v1alpha1"
ACCOUNT = "/account/v3"
DOMAIN = "scw.eu"
"""The domain of the platform, in `/metadata` and in SRNs."""

PAGE = {
    "page": Number(1, 10_000, DOCUMENTED, optional=True),
    "page_size": Number(1, 100, DOCUMENTED, optional=True),
}
PAGE_SIZE = 20


@dataclass(frozen=True, kw_only=True)
class Operation:
    """An operation: its route, its arguments, and its function.

    `name` is the name in the official SDK. `guard` is the guard of the resource. `run` returns the JSON of the
    response, or None for a response without a body. Only one `exclusive` operation at a time runs on an object.
    `ground` is the evidence for the response of the real API.
    """

    name: str
    method: str
    path: str
    guard: Guard
    ground: Ground
    run: Run
    body: Body | None = None
    query: Mapping[str, Argument] = field(default_factory=dict)
    exclusive: bool = False

    @property
    @behaviour(
        ASSUMED,
        "A 403 has the action (`read`, `list`, `delete`, or `write` for a create or update) and the"
        " resource. For secrets, `create` and `access` are actions too.",
    )
    def permission(self) -> tuple[str, str]:
        """The action and the resource in a 403."""
        verb = self.name.partition("_")[0]
        action = {"list": "list", "get": "read", "delete": "delete"}.get(verb, "write")
        return self.guard.action or action, self.guard.word


OPERATIONS: dict[str, Operation] = {}
"""All operations, by name."""

SEEDING: dict[str, Operation] = {}
"""Operations without a route, for objects that only a seed creates."""


def register(operation: Operation) -> None:
    """Add an operation to the API."""
    OPERATIONS[operation.name] = operation


def operation(
    method: str,
    path: str,
    guard: Guard,
    *,
    ground: Ground,
    body: Body | None = None,
    query: Mapping[str, Argument] | None = None,
    exclusive: bool = False,
) -> Callable[[Run], Run]:
    """Decorate a function as the operation with the function's name."""

    def declare(run: Run) -> Run:
        register(
            Operation(
                name=run.__name__,
                method=method,
                path=path,
                guard=guard,
                ground=ground,
                run=run,
                body=body,
                query=query or {},
                exclusive=exclusive,
            )
        )
        return run

    return declare


def seeding(guard: Guard, body: Body) -> Callable[[Run], Run]:
    """Decorate a function as an operation of seeds only, without a route."""

    def declare(run: Run) -> Run:
        SEEDING[run.__name__] = Operation(
            name=run.__name__, method="", path="", guard=guard, ground=ASSUMED, run=run, body=body
        )
        return run

    return declare


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request with valid arguments, and the state for its operation."""

    operation: Operation
    store: Store
    sources: Sources
    quotas: Mapping[str, int]
    now: datetime
    caller: Object
    """The API key of the request."""
    ip: str
    user_agent: str
    args: Mapping[str, str]
    """The path parameters by name."""
    body: Mapping[str, Any]
    query: Mapping[str, Any]
    given: Mapping[str, str] = field(default_factory=dict)
    """The id of the new object, or the keys of the new API key, if a seed chooses these."""
    with_srn: bool = False
    """Whether responses have the SRN of an object."""

    @property
    def organization_id(self) -> str:
        """The id of the caller's organization, the only organization."""
        return str(self.caller["organization_id"])

    @property
    def bearer_id(self) -> str:
        """The id of the user or application that the caller's key acts for."""
        return str(self.caller.get("application_id") or self.caller.get("user_id"))

    @behaviour(
        RECORDED,
        "An unknown id in a path is a 404 `not_found` with the resource: `access_key` for an API "
        "key, the name of the type for all others.",
    )
    @behaviour(
        ASSUMED,
        "An unknown id in a body or query is the same 404, and the request changes nothing.",
    )
    def find(self, kind: ObjectKind, key: str, resource: str = "") -> Object:
        """Return an object. Raises a 404 with the name of its resource if it does not exist."""
        found = self.store.get(kind, key)
        if found is None:
            raise not_found(resource or kind.resource, key)
        return found

    def named(self, kind: ObjectKind) -> Object:
        """Return the object of the path. Raises a 404 if it does not exist."""
        (key,) = self.args.values()
        return self.find(kind, key, kind.path_resource)

    @behaviour(
        RECORDED,
        "Ids are random UUIDs of version 4. `created_at` and `updated_at` of a new object"
        " are equal, in UTC with six decimals.",
    )
    @behaviour(
        DOCUMENTED,
        "A create beyond the quota is a 403 `quotas_exceeded` with the quota and the current "
        "number. By default there is no limit.",
    )
    def add(self, kind: ObjectKind, **values: Any) -> Object:
        """Store a new object: a new id, the times, the initial values of the kind, and `values`.

        Raises a 403 if the quota is reached.
        """
        limit = self.quotas.get(kind.quota)
        current = self.store.count(kind)
        if limit is not None and current >= limit:
            raise quota_exceeded(kind.quota, limit, current)
        time = stamp(self.now)
        new = {
            kind.key: self.given.get(kind.key) or self.sources.uuid(),
            "organization_id": self.organization_id,
            "created_at": time,
            "updated_at": time,
            **kind.initial,
            **values,
        }
        self.store.put(kind, new)
        return new

    @behaviour(
        RECORDED,
        "An update sets `updated_at`, also without a change; [the table](#updated_at) has the first "
        "response with the new time.",
    )
    def change(self, kind: ObjectKind, old: Object, **values: Any) -> Json:
        """Store an update of an object, and return the JSON of the response."""
        new = {**old, **values}
        if kind.touch is not Touch.NEVER:
            new["updated_at"] = stamp(self.now)
        self.store.put(kind, new)
        if kind.touch is Touch.BEHIND:
            return self.show(kind, {**new, "updated_at": old["updated_at"]})
        return self.show(kind, new)

    @behaviour(
        RECORDED,
        "Fields have a fixed order. Only the set field of a one-of is present. Every other field "
        "without a value is `null`, never absent.",
    )
    @behaviour(
        DOCUMENTED,
        "`srn` is the last field: `srn://iam.scw.eu/groups/ID`, with the domain of `/metadata`. No"
        " recorded response has it, so only an emulator with `srn=True` or `--srn` returns it.",
    )
    def show(self, kind: ObjectKind, item: Object) -> Json:
        """Return the JSON of an object."""
        whole = {**item, **kind.derive(self.store, item)} if kind.derive else item
        shown = {name: whole[name] for name in kind.shape if name in whole}
        if self.with_srn and kind.srn:
            shown["srn"] = f"srn://iam.{DOMAIN}/{kind.srn}/{item[kind.key]}"
        return shown

    @behaviour(
        RECORDED,
        "A list has pages of 20 objects; `total_count` is the number of all matching objects. A list "
        "and a get show the same fields of an object.",
    )
    @behaviour(
        DOCUMENTED,
        "By default a list starts with the oldest object. Permission sets and quota are in the "
        "order of their names.",
    )
    @behaviour(DOCUMENTED, "A page beyond the end is empty.")
    @behaviour(
        ASSUMED,
        "A filter for a project that does not exist, or is deleted, is a 404 `project`; other filters with"
        " unknown ids match nothing.",
    )
    @behaviour(
        RECORDED,
        "A boolean filter tests for equality; the value `unknown_…` of an enum means no filter.",
    )
    def page(self, kind: ObjectKind, items: Iterable[Object] | None = None) -> Json:
        """Return the requested page of a list: filtered and sorted, with the total.

        Without `items`, the list contains all objects of the kind. Raises a 404 for an unknown project.
        """
        if self.query.get("project_id"):
            self.find(PROJECT, self.query["project_id"])
        order = self.query.get("order_by") or (f"{kind.orders[0]}_asc" if kind.orders else "")
        name, _, direction = order.rpartition("_")
        reverse = direction == "desc"
        kept: Sequence[Object]
        if items is None:
            kept = self.store.in_order(kind, _sort_key(name), reverse=reverse)
        else:
            kept = sorted(items, key=_sort_key(name), reverse=reverse) if order else list(items)
        kept = self.filtered(kind, kept)
        size = self.query["page_size"] or PAGE_SIZE
        start = ((self.query["page"] or 1) - 1) * size
        shown = [self.show(kind, item) for item in kept[start : start + size]]
        total = {"total_count": len(kept)}
        return {**total, kind.items: shown} if kind.total_first else {kind.items: shown, **total}

    def filtered(self, kind: ObjectKind, items: Sequence[Object]) -> Sequence[Object]:
        """Return the objects that match all filters of the query."""
        for name, test in kind.filters.items():
            value = self.query.get(name)
            # All objects belong to the same organization; `refuse_other_organizations` refuses all others.
            if value is not None and value != test.unless and name != "organization_id":
                items = [item for item in items if test.keeps(item, value, self.now)]
        return items


@behaviour(
    ASSUMED,
    "A call about another organization is a 403, with and without `enforce`: in the path, the query, the"
    " body or a rule. An unknown organization is the same 403.",
)
def refuse_other_organizations(call: Call) -> None:
    """Raise a 403 if the call names another organization than the caller's."""
    for source in (call.args, call.query, call.body, *call.body.get("rules", [])):
        if source.get("organization_id") not in {None, call.organization_id}:
            raise forbidden(call.operation.permission)


@behaviour(RECORDED, "The order of names is case-insensitive.")
@behaviour(
    ASSUMED,
    "Objects without a value (no `expires_at`, no `last_login_at`) are last in ascending order, "
    "first in descending order.",
)
@cache
def _sort_key(order: str) -> Callable[[Object], tuple[bool, str]]:
    name = {"policy_name": "name", "last_login": "last_login_at"}.get(order, order)

    def key(item: Object) -> tuple[bool, str]:
        value = item.get(name)
        if value is None:
            return True, ""
        # Times have 0, 3 or 6 decimals. Without the Z, their text order is their order.
        return False, value[:-1] if name.endswith("_at") else value.casefold()

    return key
