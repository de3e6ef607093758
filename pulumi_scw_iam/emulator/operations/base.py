"""The operations of the API: how one is declared, what it is given, and those that all kinds share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from pulumi_scw_iam.emulator.schema.fields import Body, Field, Number, Word
from pulumi_scw_iam.emulator.schema.grounds import ASSUMED, DOCUMENTED, RECORDED, Ground, behaviour
from pulumi_scw_iam.emulator.schema.objects import Guard, Object, ObjectKind, Touch
from pulumi_scw_iam.emulator.schema.refusals import (
    already_exists,
    not_found,
    precondition,
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
    """One operation: where it is, what it takes, and what it does.

    `name` is the one that the official SDK has for it. `guard` belongs to what it is about. `run` returns
    the answer's JSON, or None for an answer without. Of the operations that are `exclusive`, only one may
    be under way for each object. `ground` says how we know what it answers.
    """

    name: str
    method: str
    path: str
    guard: Guard
    ground: Ground
    run: Run
    body: Body | None = None
    query: Mapping[str, Field] = field(default_factory=dict)
    exclusive: bool = False

    @property
    @behaviour(
        ASSUMED,
        "A 403 names the action, which is `read`, `list`, `write` (to create, too) or `delete`, and the"
        " resource.",
    )
    def permission(self) -> tuple[str, str]:
        """The action and the resource that a 403 names."""
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
    query: Mapping[str, Field] | None = None,
    exclusive: bool = False,
) -> Callable[[Run], Run]:
    """Make a function the operation of its name."""

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
    """One request that has passed all checks of form, and what it may touch."""

    operation: Operation
    store: Store
    sources: Sources
    quotas: Mapping[str, int]
    now: datetime
    caller: Object
    """The API key that it came with."""
    ip: str
    user_agent: str
    args: Mapping[str, str]
    """What the path holds, by the names in the operation's path."""
    body: Mapping[str, Any]
    query: Mapping[str, Any]

    @property
    def organization_id(self) -> str:
        """The organization of the caller, the only one there is."""
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
        """Return an object. Raises a 404."""
        found = self.store.get(kind, key)
        if found is None:
            raise not_found(kind.resource, key)
        return found

    def named(self, kind: ObjectKind) -> Object:
        """Return the object that the path names. Raises a 404."""
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
        """Keep a new object: what is fresh about its kind, an id, the times, then the values.

        Raises a 403 when the quota is used up.
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
        """Keep an update of an object, and return what the answer shows of it."""
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
        """Return what the API shows of an object."""
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
        """Return the page of a list that the query asks for: filtered, ordered, with the total.

        The list is of all objects of the kind where no items are given.
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
            wanted = self.query.get(name)
            # All that there is belongs to the one organization.
            is_own = name == "organization_id" and wanted == self.organization_id
            if wanted is not None and wanted != test.unless and not is_own:
                kept = [item for item in kept if test.keeps(item, wanted, self.now)]
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


def list_query(kind: ObjectKind) -> dict[str, Field]:
    """Declare the query of a kind's list."""
    orders = [f"{name}_{way}" for name in kind.orders for way in ("asc", "desc")]
    return {
        **({"order_by": Word(orders, optional=True)} if orders else {}),
        **PAGE,
        **{name: test.field for name, test in kind.filters.items()},
    }


# The operations that are alike for all kinds


def listed(
    kind: ObjectKind,
    path: str,
    *,
    ground: Ground,
    name: str = "",
    items: Callable[[Call], Iterable[Object]] | None = None,
) -> None:
    """Declare the list of a kind: of all objects, or of some."""
    register(
        Operation(
            name=name or f"list_{kind.items}",
            method="GET",
            path=path,
            guard=kind.guard,
            ground=ground,
            query=list_query(kind),
            run=lambda call: call.page(kind, items(call) if items else None),
        )
    )


def read(kind: ObjectKind, path: str, name: str, *, ground: Ground) -> None:
    """Declare the operation that shows one object."""
    register(
        Operation(
            name=f"get_{name}",
            method="GET",
            path=path,
            guard=kind.guard,
            ground=ground,
            run=lambda call: call.show(kind, call.named(kind)),
        )
    )


def updated(
    kind: ObjectKind,
    path: str,
    name: str,
    *,
    ground: Ground,
    check: Callable[[Call, Object], None] | None = None,
) -> None:
    """Declare the operation that updates one object; `check` may refuse it."""

    def run(call: Call) -> Json:
        old = call.named(kind)
        refuse_unless(old, "editable", kind)
        if check:
            check(call, old)
        return call.change(kind, old, **call.body)

    register(
        Operation(
            name=f"update_{name}",
            method="PATCH",
            path=path,
            guard=kind.guard,
            ground=ground,
            body=kind.update,
            run=run,
        )
    )


def deleted(
    kind: ObjectKind,
    path: str,
    name: str,
    *,
    ground: Ground,
    cascade: Callable[[Call, Object], None] | None = None,
) -> None:
    """Declare the operation that deletes one object; `cascade` does what goes with it."""

    def run(call: Call) -> None:
        old = call.named(kind)
        refuse_unless(old, "deletable", kind)
        if cascade:
            cascade(call, old)
        call.store.remove(kind, old[kind.key])

    register(
        Operation(
            name=f"delete_{name}",
            method="DELETE",
            path=path,
            guard=kind.guard,
            ground=ground,
            run=run,
        )
    )


@behaviour(
    ASSUMED,
    "What is not editable or not deletable is a 412 `precondition_failed`, precondition "
    "`protected_resource`.",
)
def refuse_unless(item: Object, flag: str, kind: ObjectKind) -> None:
    """Raise a 412 for an object whose flag says no."""
    if not item.get(flag, True):
        raise precondition("protected_resource", f"this {kind.resource} is not {flag}")


@behaviour(DOCUMENTED, "The name of a group is unique in its organization.")
@behaviour(
    DOCUMENTED,
    "The name of a policy is unique in its organization: users report the 409. Applications may share a"
    " name: nothing says that they may not.",
)
@behaviour(ASSUMED, "A name that is taken, in the same case, is a 409 `already_exists`.")
def refuse_taken_name(call: Call, kind: ObjectKind, name: str, own_id: str = "") -> None:
    """Raise a 409 if another object of the kind has the name."""
    for other in call.store.having(kind, "name", name):
        if other["id"] != own_id:
            raise already_exists(
                kind.resource, other["id"], f"a {kind.resource} with this name already exists"
            )
