"""The operations of the API client, and the smallest valid response of each.

Both are derived: operations from the methods of the client, responses from their return types.
"""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal, NamedTuple

from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.validation import wrong, wrong_page

ID = "99999999-9999-4999-8999-999999999999"
MOMENT = "2030-01-01T00:00:00Z"


class Operation(NamedTuple):
    """An operation of the API, and its response type as the client declares it."""

    name: str
    method: str
    path: re.Pattern[str]
    item: Any
    """The type of the response; for a list, the type of its items."""
    items: str
    """The key of the list in the response; empty if the response is no list."""
    paged: bool

    def wrong(self, answer: Mapping[str, Any]) -> str | None:
        if not self.items:
            return wrong(self.item, answer)
        paged = answer if self.paged else {**answer, "total_count": 0}
        return wrong_page(self.item, self.items, paged)

    def answer(self, *items: Any, **fields: Any) -> Any:
        """Return the smallest response, with `items` if it is a list; None if it has no body."""
        if self.item is type(None):
            return None
        if not self.items:
            return sample(self.item, **fields)
        return {self.items: list(items), **({"total_count": len(items)} if self.paged else {})}


ITEMS = {"list_user_web_authn_authenticators": "authenticators"}
"""The keys of lists with another name than the path."""


def _operation(name: str, method: Any) -> Operation:
    """Read the API call from the method's docstring, and the response from its return type."""
    verb, path = method.__doc__.strip().splitlines()[-1].split()
    names = {"Collection": Collection, "Iterable": Iterable, "Iterator": Iterator}
    return_type = typing.get_type_hints(method, localns=names)["return"]
    origin = typing.get_origin(return_type)
    paged = origin is Iterator
    # The key of the list is the whole path, such as ssh_keys; other responses have no such key.
    named = re.sub(r"/\{\w+\}/", "_", path) if paged else path
    return Operation(
        name,
        verb,
        re.compile(re.sub(r"\{\w+\}", "[^/]+", path)),
        typing.get_args(return_type)[0] if origin else return_type,
        ITEMS.get(name, named.rpartition("/")[2].replace("-", "_")) if origin else "",
        paged,
    )


OPERATIONS = {
    name: _operation(name, method)
    for name, method in inspect.getmembers(IamClient, inspect.isfunction)
    # Docstrings have no indentation from Python 3.13 on.
    if re.search(r"^ *(GET|POST|PUT|PATCH|DELETE) /\S+$", method.__doc__ or "", re.MULTILINE)
}
ANSWERING = {
    name: operation for name, operation in OPERATIONS.items() if operation.item is not type(None)
}


def operation_of(method: str, path: str) -> Operation | None:
    found = [
        operation
        for operation in OPERATIONS.values()
        if operation.method == method and operation.path.fullmatch(path) is not None
    ]
    return found[0] if found else None


class _NotRequired:
    """Stands for `NotRequired`, missing in Python 3.10."""

    def __class_getitem__(cls, hint: Any) -> Any:
        return Annotated[hint, cls]


def sample(answer_type: Any, **fields: Any) -> dict[str, Any]:
    """Return the smallest JSON object of a type of `wire` with these fields; optional fields are left out."""
    hints = typing.get_type_hints(
        answer_type, localns={"NotRequired": _NotRequired}, include_extras=True
    )
    assert fields.keys() <= hints.keys()
    smallest = {
        name: _smallest(name, hint)
        for name, hint in hints.items()
        if answer_type.__total__ and _NotRequired not in getattr(hint, "__metadata__", ())
    }
    return {**smallest, **fields}


def _smallest(name: str, hint: Any) -> Any:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if typing.is_typeddict(hint):
        return sample(hint)
    if origin is Literal:
        return args[0]
    if origin is list:
        return []
    if type(None) in args:
        return None
    if hint is str:
        # Any id will do as an access key here.
        is_id = re.fullmatch(r"(.*_)?id|access_key", name)
        return ID if is_id else MOMENT if name.endswith("_at") else ""
    return hint()
