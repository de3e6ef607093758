"""Operations of most object types: list, get, update and delete, and their errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_scw_iam.emulator.operations.base import PAGE, Call, Json, Operation, register
from pulumi_scw_iam.emulator.schema.arguments import Argument, Word
from pulumi_scw_iam.emulator.schema.grounds import ASSUMED, DOCUMENTED, Ground, behaviour
from pulumi_scw_iam.emulator.schema.refusals import already_exists, precondition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pulumi_scw_iam.emulator.schema.objects import Object, ObjectKind


def list_query(kind: ObjectKind) -> dict[str, Argument]:
    """Return the query parameters of a kind's list."""
    orders = [f"{name}_{way}" for name in kind.orders for way in ("asc", "desc")]
    return {
        **({"order_by": Word(orders, optional=True)} if orders else {}),
        **PAGE,
        **{name: test.argument for name, test in kind.filters.items()},
    }


def declare_list(
    kind: ObjectKind,
    path: str,
    *,
    ground: Ground,
    name: str = "",
    items: Callable[[Call], Iterable[Object]] | None = None,
) -> None:
    """Declare the list operation of a kind, with all objects or the objects of `items`."""
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


def declare_get(kind: ObjectKind, path: str, name: str, *, ground: Ground) -> None:
    """Declare the get operation of a kind."""
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


def declare_update(
    kind: ObjectKind,
    path: str,
    name: str,
    *,
    ground: Ground,
    check: Callable[[Call, Object], None] | None = None,
) -> None:
    """Declare the update operation of a kind; `check` may raise a Refusal."""

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


def declare_delete(
    kind: ObjectKind,
    path: str,
    name: str,
    *,
    ground: Ground,
    cascade: Callable[[Call, Object], None] | None = None,
) -> None:
    """Declare the delete operation of a kind; `cascade` first updates or removes dependent objects."""

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
    "An update of an object with `editable: false`, or a delete with `deletable: false`, is a 412 "
    "`precondition_failed` with the precondition `protected_resource`.",
)
def refuse_unless(item: Object, flag: str, kind: ObjectKind) -> None:
    """Raise a 412 if the object's flag `editable` or `deletable` is false."""
    if not item.get(flag, True):
        raise precondition("protected_resource", f"this {kind.resource} is not {flag}")


@behaviour(DOCUMENTED, "The name of a group is unique in its organization.")
@behaviour(
    DOCUMENTED,
    "The name of a policy is unique in its organization: users report the 409. Applications may have"
    " the same name: no source forbids this.",
)
@behaviour(ASSUMED, "A name already in use, in the same case, is a 409 `already_exists`.")
def refuse_taken_name(call: Call, kind: ObjectKind, name: str, own_id: str = "") -> None:
    """Raise a 409 if another object of the kind has the name."""
    for other in call.store.having(kind, "name", name):
        if other["id"] != own_id:
            raise already_exists(
                kind.resource, other["id"], f"a {kind.resource} with this name already exists"
            )
