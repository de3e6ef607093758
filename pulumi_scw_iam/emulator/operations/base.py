"""Operations: how one is declared, and the call that it handles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from pulumi_scw_iam.emulator.schema.arguments import Argument, Body, Number
from pulumi_scw_iam.emulator.schema.grounds import ASSUMED, DOCUMENTED, RECORDED, Ground, behaviour
from pulumi_scw_iam.emulator.schema.objects import Guard, Object, ObjectKind, Touch
from pulumi_scw_iam.emulator.schema.refusals import (
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

PAGE = {
    "page": Number(1, 10_000, DOCUMENTED, optional=True),
    "page_size": Number(1, 100, DOCUMENTED, optional=True),
}
PAGE_SIZE = 20


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation: its route, its arguments, and the function that runs it.

    `name` is its name in the official SDK. `guard` is that of its resource. `run` returns the JSON of the response, or
    None for a response without a body. Only one `exclusive` operation at a time may run on an object. `ground` says how
    we know the response of the real API.
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
        "A 403 names the action, which is `read`, `list`, `write` (to create, too) or `delete`, and the"
        " resource.",
    )
    def permission(self) -> tuple[str, str]:
        """The action and the resource, as a 403 names them."""
        verb = self.name.partition("_")[0]
        action = {"list": "list", "get": "read", "delete": "delete"}.get(verb, "write")
        return action, self.guard.word


OPERATIONS: dict[str, Operation] = {}
"""All operations, by name."""


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
    """Decorate a function as the operation of its name."""

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


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request with valid arguments, and the state that its operation works on."""

    operation: Operation
    store: Store
    sources: Sources
    quotas: Mapping[str, int]
    now: datetime
    caller: Object
    """The API key that authenticates it."""
    ip: str
    user_agent: str
    args: Mapping[str, str]
    """The parameters in the path, by the names in the operation's path."""
    body: Mapping[str, Any]
    query: Mapping[str, Any]

    @property
    def organization_id(self) -> str:
        """The organization of the caller, the only one that exists."""
        return str(self.caller["organization_id"])

    @property
    def bearer_id(self) -> str:
        """The user or application that the caller's key acts for."""
        return str(self.caller.get("application_id") or self.caller.get("user_id"))

    @behaviour(
        RECORDED,
        "A path that names nothing is a 404 `not_found`, with the API's word for the "
        "resource: `access_key` for an API key, the type's name for the others.",
    )
    @behaviour(
        ASSUMED,
        "An id in a body or a query that names nothing is the same 404, and nothing is changed.",
    )
    def find(self, kind: ObjectKind, key: str) -> Object:
        """Return an object. Raises a 404 if it does not exist."""
        found = self.store.get(kind, key)
        if found is None:
            raise not_found(kind.resource, key)
        return found

    def named(self, kind: ObjectKind) -> Object:
        """Return the object that the path names. Raises a 404 if it does not exist."""
        (key,) = self.args.values()
        return self.find(kind, key)

    @behaviour(
        RECORDED,
        "Ids are random UUIDs of version 4. `created_at` and `updated_at` of a new object"
        " are equal, in UTC with six decimals.",
    )
    @behaviour(
        DOCUMENTED,
        "A creation beyond the quota is a 403 `quotas_exceeded` with quota and current "
        "number. There is no limit unless one is set.",
    )
    def add(self, kind: ObjectKind, **values: Any) -> Object:
        """Store a new object: an id, the times, the initial values of its kind, and these values.

        Raises a 403 if the quota is used up.
        """
        limit = self.quotas.get(kind.quota)
        current = self.store.count(kind)
        if limit is not None and current >= limit:
            raise quota_exceeded(kind.quota, limit, current)
        time = stamp(self.now)
        new = {
            kind.key: self.sources.uuid(),
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
        "An update sets `updated_at`, also where it changes nothing; [the "
        "table](#updated_at) says when that shows.",
    )
    def change(self, kind: ObjectKind, old: Object, **values: Any) -> Json:
        """Store an update of an object, and return it as the response shows it."""
        new = {**old, **values}
        if kind.touch is not Touch.NEVER:
            new["updated_at"] = stamp(self.now)
        self.store.put(kind, new)
        if kind.touch is Touch.BEHIND:
            return self.show(kind, {**new, "updated_at": old["updated_at"]})
        return self.show(kind, new)

    @behaviour(
        RECORDED,
        "Keys have a fixed order. Of a one-of, only the member that is set is there; "
        "other values that are not set are `null`, never absent.",
    )
    def show(self, kind: ObjectKind, item: Object) -> Json:
        """Return an object as the API shows it."""
        whole = {**item, **kind.derive(self.store, item)} if kind.derive else item
        return {name: whole[name] for name in kind.shape if name in whole}

    @behaviour(
        RECORDED,
        "A list has pages of 20; `total_count` counts all that match. Items look as they "
        "do by themselves.",
    )
    @behaviour(
        DOCUMENTED,
        "Without `order_by`, a list has the oldest first, catalogue and quotas their "
        "names in order.",
    )
    @behaviour(DOCUMENTED, "A page beyond the end is empty.")
    @behaviour(
        RECORDED,
        "A filter by a boolean means equality; the word `unknown_…` of an enum filters nothing.",
    )
    def page(self, kind: ObjectKind, items: Iterable[Object] | None = None) -> Json:
        """Return the requested page of a list: filtered and ordered, with the total.

        Without `items`, the list has all objects of the kind.
        """
        order = self.query.get("order_by") or (f"{kind.orders[0]}_asc" if kind.orders else "")
        name, _, direction = order.rpartition("_")
        reverse = direction == "desc"
        kept: Sequence[Object]
        if items is None:
            kept = self.store.in_order(kind, _sort_key(name), reverse=reverse)
        else:
            kept = sorted(items, key=_sort_key(name), reverse=reverse) if order else list(items)
        for name, test in kind.filters.items():
            value = self.query.get(name)
            # All objects belong to the one organization.
            is_own = name == "organization_id" and value == self.organization_id
            if value is not None and value != test.unless and not is_own:
                kept = [item for item in kept if test.keeps(item, value, self.now)]
        size = self.query["page_size"] or PAGE_SIZE
        start = ((self.query["page"] or 1) - 1) * size
        shown = [self.show(kind, item) for item in kept[start : start + size]]
        return {kind.items: shown, "total_count": len(kept)}


@behaviour(RECORDED, "Names are ordered without regard to case.")
@behaviour(
    ASSUMED,
    "What has no value (no `expires_at`, no `last_login_at`) comes last, in descending "
    "order first.",
)
@cache
def _sort_key(order: str) -> Callable[[Object], tuple[bool, str]]:
    name = {"policy_name": "name", "last_login": "last_login_at"}.get(order, order)

    def key(item: Object) -> tuple[bool, str]:
        value = item.get(name)
        if value is None:
            return True, ""
        # Times have 0, 3 or 6 decimals, and compare as text once the Z is gone.
        return False, value[:-1] if name.endswith("_at") else value.casefold()

    return key
