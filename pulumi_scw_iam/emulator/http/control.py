"""Control paths of the local IAM API, for tests in languages other than Python.

Each request requires the owner's secret key as `X-Auth-Token`; the command `emulator` prints the key. Bodies are JSON:

    GET    /__emulator/info      the address, ids, and the number of objects of each type
    GET    /__emulator/faults    each fault with the number of requests that it `matched` and `struck`
    POST   /__emulator/faults    add a list of faults; the fields are the parameters of `faults.Fault`
    DELETE /__emulator/faults    remove all faults
    POST   /__emulator/seed      create the objects of a seed (`operations.seed`) and return the objects
    GET    /__emulator/clock     the time of the emulator, as `{"now": "2030-01-31T12:00:00.000000Z"}`
    POST   /__emulator/clock     move the clock forward: `{"advance": "3600s"}` or `{"now": "2030-01-31T12:00:00Z"}`
    GET    /__emulator/client-ip the address of all callers, as `{"ip": "203.0.113.7"}`
    POST   /__emulator/client-ip change the address; `{"ip": null}` restores the address of the connection
    POST   /__emulator/reset     replace the state by a new state; return the line of the command `emulator`
    GET    /__emulator/snapshot  the whole state with all secrets
    POST   /__emulator/restore   replace the state by a snapshot; return the same as for a reset

Faults do not apply to these paths. An invalid request is a 400 with the reason.
"""

from __future__ import annotations

import hmac
import json
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pulumi_scw_iam.emulator.http.faults import faults_from_json
from pulumi_scw_iam.emulator.http.serving import body_of
from pulumi_scw_iam.emulator.schema import refusals
from pulumi_scw_iam.emulator.schema.refusals import InvalidArgument
from pulumi_scw_iam.emulator.schema.times import parse_duration, parse_instant, stamp
from pulumi_scw_iam.emulator.state.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, timedelta

    from werkzeug.wrappers import Request

    from pulumi_scw_iam.emulator.http.faults import Faults
    from pulumi_scw_iam.emulator.operations.base import Json

PATH = "/__emulator/"

T = TypeVar("T")


class Controlled(Protocol):
    """The interface of the emulator for these paths."""

    url: str
    faults: Faults
    client_ip: str | None

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
    @property
    def time(self) -> datetime: ...
    def advance(self, duration: timedelta) -> datetime: ...
    def snapshot(self) -> Snapshot: ...
    def restore(self, snapshot: Snapshot) -> None: ...


def answer(emulator: Controlled, request: Request) -> Json | None:
    """Handle a request for a control path. Raises Refusal."""
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


def _clock(emulator: Controlled, _: Any) -> Json:
    return {"now": stamp(emulator.time)}


def _move_clock(emulator: Controlled, body: Any) -> Json:
    match body:
        case {"advance": str(text), **other} if not other:
            duration = _parsed("advance", parse_duration, text)
        case {"now": str(text), **other} if not other:
            duration = _parsed("now", parse_instant, text) - emulator.time
        case _:
            raise ValueError('must be {"advance": "3600s"} or {"now": "2030-01-31T12:00:00Z"}')
    return {"now": stamp(emulator.advance(duration))}


def _client_ip(emulator: Controlled, _: Any) -> Json:
    return {"ip": emulator.client_ip}


def _set_client_ip(emulator: Controlled, body: Any) -> Json:
    match body:
        case {"ip": str() | None as address, **other} if not other:
            emulator.client_ip = address
        case _:
            raise ValueError('must be {"ip": "203.0.113.7"} or {"ip": null}')
    return {"ip": emulator.client_ip}


def _parsed(field: str, parse: Callable[[str], T], text: str) -> T:
    try:
        return parse(text)
    except ValueError as error:
        raise ValueError(f"{field}: {error}") from None


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
    "clock": {"GET": _clock, "POST": _move_clock},
    "client-ip": {"GET": _client_ip, "POST": _set_client_ip},
    "reset": {"POST": _reset},
    "snapshot": {"GET": _snapshot},
    "restore": {"POST": _restore},
}
