"""The emulator's own paths, for tests in other languages than Python.

All need the owner's secret key as `X-Auth-Token`; the emulator prints it at its start. Bodies are JSON:

    GET    /__emulator/info      the address, ids, and the number of objects of each kind
    GET    /__emulator/faults    each fault, with `matched` and `struck`: the requests that matched, and those that it struck
    POST   /__emulator/faults    add a list of faults; the keys are those of `faults.Fault`
    DELETE /__emulator/faults    remove all faults
    POST   /__emulator/seed      create objects (`operations.seed`); the response has them
    POST   /__emulator/reset     replace the state by a new one; the response is what the emulator prints at its start
    GET    /__emulator/snapshot  the whole state, secrets included
    POST   /__emulator/restore   replace the state by a snapshot; the response is as for a reset

Faults never strike such a request. An invalid one gets a 400 with the reason.
"""

from __future__ import annotations

import hmac
import json
from typing import TYPE_CHECKING, Any, Protocol

from pulumi_scw_iam.emulator.http.faults import faults_from_json
from pulumi_scw_iam.emulator.http.serving import body_of
from pulumi_scw_iam.emulator.schema import refusals
from pulumi_scw_iam.emulator.schema.refusals import InvalidArgument
from pulumi_scw_iam.emulator.state.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from werkzeug.wrappers import Request

    from pulumi_scw_iam.emulator.http.faults import Faults
    from pulumi_scw_iam.emulator.operations.base import Json

PATH = "/__emulator/"


class Controlled(Protocol):
    """The interface of an emulator that these paths use."""

    url: str
    faults: Faults

    @property
    def organization_id(self) -> str: ...
    @property
    def project_id(self) -> str: ...
    @property
    def access_key(self) -> str: ...
    @property
    def secret_key(self) -> str: ...
    @property
    def facts(self) -> dict[str, str]: ...
    def counts(self) -> dict[str, int]: ...
    def seed(self, sections: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]: ...
    def reset(self) -> None: ...
    def snapshot(self) -> Snapshot: ...
    def restore(self, snapshot: Snapshot) -> None: ...


def answer(emulator: Controlled, request: Request) -> Json | None:
    """Return the response to a request for one of these paths. Raises Refusal."""
    token = request.headers.get("X-Auth-Token", "")
    if not hmac.compare_digest(token.encode(), emulator.secret_key.encode()):
        raise refusals.unauthenticated("not_found")
    methods = ROUTES.get(request.path.removeprefix(PATH))
    if methods is None:
        raise refusals.unknown_route()
    if request.method not in methods:
        raise refusals.method_not_allowed()
    data = body_of(request)
    try:
        return methods[request.method](emulator, json.loads(data) if data else None)
    except (ValueError, RecursionError) as error:
        raise refusals.invalid(InvalidArgument("body", str(error), "format")) from None


def _info(emulator: Controlled, _: Any) -> Json:
    return {
        "url": emulator.url,
        "organization_id": emulator.organization_id,
        "project_id": emulator.project_id,
        "access_key": emulator.access_key,
        "objects": emulator.counts(),
    }


def _faults(emulator: Controlled, _: Any) -> Json:
    return {
        "faults": [
            {**fault.to_json(), "matched": matched, "struck": struck}
            for fault, matched, struck in emulator.faults.tally()
        ]
    }


def _add_faults(emulator: Controlled, body: Any) -> None:
    emulator.faults.add(*faults_from_json(body))


def _clear_faults(emulator: Controlled, _: Any) -> None:
    emulator.faults.clear()


def _seed(emulator: Controlled, body: Any) -> Json:
    return dict(emulator.seed(body))


def _reset(emulator: Controlled, _: Any) -> Json:
    emulator.reset()
    return emulator.facts


def _snapshot(emulator: Controlled, _: Any) -> Json:
    return emulator.snapshot().to_json()


def _restore(emulator: Controlled, body: Any) -> Json:
    emulator.restore(Snapshot.from_json(body))
    return emulator.facts


ROUTES: Mapping[str, Mapping[str, Callable[[Controlled, Any], Json | None]]] = {
    "info": {"GET": _info},
    "faults": {"GET": _faults, "POST": _add_faults, "DELETE": _clear_faults},
    "seed": {"POST": _seed},
    "reset": {"POST": _reset},
    "snapshot": {"GET": _snapshot},
    "restore": {"POST": _restore},
}
