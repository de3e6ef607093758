"""The API as a WSGI application: route, authenticate, validate, run and log each request."""

from __future__ import annotations

import json
import logging
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from werkzeug.exceptions import ClientDisconnected, MethodNotAllowed, NotFound
from werkzeug.http import http_date
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from pulumi_scw_iam.emulator.http import control
from pulumi_scw_iam.emulator.http.serving import Unanswered, body_of
from pulumi_scw_iam.emulator.operations import audit_trail, load, projects
from pulumi_scw_iam.emulator.operations.api_keys import BEARER_KINDS, digest
from pulumi_scw_iam.emulator.operations.base import (
    DOMAIN,
    IAM,
    OPERATIONS,
    SEEDING,
    Call,
    Json,
    Operation,
    refuse_other_organizations,
)
from pulumi_scw_iam.emulator.schema import refusals
from pulumi_scw_iam.emulator.schema.arguments import UUID, parse_query
from pulumi_scw_iam.emulator.schema.filters import has_expired
from pulumi_scw_iam.emulator.schema.grounds import ASSUMED, DOCUMENTED, RECORDED, behaviour
from pulumi_scw_iam.emulator.schema.kinds import API_KEY, LOG
from pulumi_scw_iam.emulator.schema.refusals import InvalidArgument, Refusal
from pulumi_scw_iam.emulator.schema.times import stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from pulumi_scw_iam.emulator.http.faults import Faults, Strike
    from pulumi_scw_iam.emulator.operations.permissions import Permissions
    from pulumi_scw_iam.emulator.operations.seed import Act
    from pulumi_scw_iam.emulator.schema.objects import Object
    from pulumi_scw_iam.emulator.state.sources import Sources
    from pulumi_scw_iam.emulator.state.store import Store

logger = logging.getLogger(__name__)

load()

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Strict-Transport-Security": "max-age=63072000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Server": "Scaleway API Gateway (fr-par-1;local)",
}

NOT_IMPLEMENTED = {
    "browse_secrets": ("GET", f"{OPERATIONS['list_secrets'].path}/browse"),
    "set_project_qualification": ("POST", f"{projects.ONE}/project-qualification"),
    "initiate_user_connection": ("POST", f"{IAM}/users/<user_id>/initiate-connection"),
    "join_user_connection": ("POST", f"{IAM}/users/<user_id>/join-connection"),
    "remove_user_connection": ("POST", f"{IAM}/users/<user_id>/remove-connection"),
    "start_user_web_authn_registration": (
        "POST",
        f"{IAM}/users/<user_id>/start-webauthn-registration",
    ),
    "finish_user_web_authn_registration": (
        "POST",
        f"{IAM}/users/<user_id>/finish-webauthn-registration",
    ),
    "update_web_authn_authenticator": (
        "PATCH",
        f"{IAM}/webauthn-authenticator/<authenticator_id>",
    ),
    "delete_web_authn_authenticator": (
        "DELETE",
        f"{IAM}/webauthn-authenticator/<authenticator_id>",
    ),
}
"""The operations of the real API with a 501 response here, beside implemented paths."""

NOT_UUIDS = {"access_key", "quotum_name", "region", "revision"}
"""The path parameters other than UUIDs."""


class Api:
    """The API as a WSGI application over one state.

    `quotas` maps names of quota to limits; without an entry there is no limit. Without `permissions`, every API key
    has all permissions. With `with_srn`, responses have the SRN of an object. `answer_control` handles the paths of `control`. `access_log` is called with one line for each
    request, without query, headers and body; the line of a 403 names the conditions that are not met.
    The attribute `client_ip` replaces the address of all callers.
    """

    def __init__(
        self,
        store: Store,
        sources: Sources,
        *,
        quotas: Mapping[str, int],
        faults: Faults,
        answer_control: Callable[[Request], Json | None],
        permissions: Permissions | None = None,
        access_log: Callable[[str], None] | None = None,
        with_srn: bool = False,
    ) -> None:
        self._store = store
        self._sources = sources
        self._quotas = quotas
        self._faults = faults
        self._answer_control = answer_control
        self._permissions = permissions
        self._access_log = access_log
        self._with_srn = with_srn
        self.client_ip: str | None = None
        self._closing = threading.Event()
        self._busy: set[tuple[str, ...]] = set()
        self._busy_lock = threading.Lock()
        self._map = Map(
            [
                *(
                    Rule(one.path, endpoint=one.name, methods=[one.method])
                    for one in OPERATIONS.values()
                ),
                *(
                    Rule(path, endpoint=name, methods=[method])
                    for name, (method, path) in NOT_IMPLEMENTED.items()
                ),
            ],
            merge_slashes=False,
        )

    @behaviour(
        RECORDED,
        "Every response has the content type `application/json` (also a 204), an `X-Request-Id` "
        "and the gateway's security headers. No response has `X-Total-Count`, `Retry-After` or "
        "`ETag`.",
    )
    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        started = time.perf_counter()
        request = Request(environ)
        outcome: object = "unanswered"
        note = ""
        try:
            status, body, note = self._answer(request)
            outcome = status
            # The next request on this connection follows this body.
            body_of(request)
        finally:
            if self._access_log:
                ms = (time.perf_counter() - started) * 1000
                # Quoted: a path can contain line breaks.
                line = f"{request.method} {quote(request.path)} {outcome} {ms:.1f}ms"
                self._access_log(f"{line} {note}" if note else line)
        response = Response(
            b"" if body is None else json.dumps(body, ensure_ascii=False).encode(),
            status,
            {
                **HEADERS,
                "X-Request-Id": self._sources.uuid(),
                "Date": http_date(self._sources.time()),
            },
            content_type="application/json",
        )
        if body is None and status != 204:
            del response.headers["Content-Type"]
        if status == 429:
            response.headers["x-envoy-ratelimited"] = "true"
        return response(environ, start_response)

    def close(self) -> None:
        """Wake the requests delayed by a fault."""
        self._closing.set()

    @behaviour(RECORDED, "Success is a 200, also for a create; a delete is a 204 without a body.")
    def _answer(self, request: Request) -> tuple[int, Json | None, str]:
        """Return the status, the body, and a note for the access log."""
        try:
            is_control = request.path.startswith(control.PATH)
            body = self._answer_control(request) if is_control else self._serve(request)
        except Refusal as refusal:
            return refusal.status, refusal.body, refusal.note
        except (ClientDisconnected, Unanswered):
            raise
        except Exception:  # the client gets a 500, and the log the traceback
            logger.exception("%s %s failed", request.method, request.path)
            failure = refusals.internal()
            return failure.status, failure.body, ""
        return (200 if body is not None else 204), body, ""

    @behaviour(
        RECORDED,
        "`GET /metadata`, outside the IAM API, returns the partition and the domain of the platform."
        " Current clients build the SRN of an object from the domain.",
    )
    @behaviour(ASSUMED, "`GET /metadata` needs no API key.")
    def _serve(self, request: Request) -> Json | None:
        if (request.method, request.path) == ("GET", "/metadata"):
            return {"platform": "external", "partition": "scw", "domain": DOMAIN}
        operation, args = self._route(request)
        strike = self._faults.strike(operation.name, request.method, request.path)
        if strike.skips_operation:
            self._closing.wait(strike.latency)
            raise strike.error(args)
        try:
            body = self._perform(operation, args, request, strike)
        except Refusal as refusal:
            if refusal.status == 403:
                self._record_refusal(operation, args, request)
            raise (strike.error(args) if strike.replaces else refusal) from None
        if strike.replaces:
            raise strike.error(args)
        return body

    def _perform(
        self, operation: Operation, args: dict[str, str], request: Request, strike: Strike
    ) -> Json | None:
        with self._store.transaction():
            self._authenticate(request, operation)
        with self._alone(operation, args):
            if strike.latency:
                self._closing.wait(strike.latency)
            return self._run(operation, args, request, strike)

    @behaviour(ASSUMED, "An unknown path is a 404 `unknown_route`.")
    @behaviour(
        DOCUMENTED,
        "A known path with an unsupported method, such as `POST /rules`, is a 405; the body is "
        "assumed.",
    )
    @behaviour(
        ASSUMED,
        "An id in a path must be a UUID, in upper or lower case; any other value is a 400 with the "
        "name of the parameter.",
    )
    @behaviour(
        ASSUMED,
        "An operation of the real API without an implementation here is a 501 with its name.",
    )
    @behaviour(
        ASSUMED,
        "All of Scaleway's other APIs are a 501, and so are the other operations of the Secret Manager and"
        " the Audit Trail.",
    )
    def _route(self, request: Request) -> tuple[Operation, dict[str, str]]:
        is_whole = request.path.startswith((f"{IAM}/", projects.PATH))
        try:
            name, args = self._map.bind("").match(request.path, request.method)
        except (MethodNotAllowed, NotFound) as error:
            if not is_whole:
                raise refusals.not_implemented(request.path) from None
            if isinstance(error, MethodNotAllowed):
                raise refusals.method_not_allowed() from None
            raise refusals.unknown_route() from None
        if name in NOT_IMPLEMENTED:
            raise refusals.not_implemented(name)
        malformed = [
            InvalidArgument(key, "value must be a valid UUID", "format")
            for key, value in args.items()
            if key not in NOT_UUIDS and not UUID.fullmatch(value)
        ]
        if malformed:
            raise refusals.invalid(*malformed)
        return OPERATIONS[name], {
            key: value if key in NOT_UUIDS else value.lower() for key, value in args.items()
        }

    @behaviour(
        RECORDED,
        "A missing or unknown secret key is a 401 `denied_authentication` with the reason"
        " `not_found`.",
    )
    @behaviour(ASSUMED, "An expired API key is a 401 with the reason `expired`.")
    @behaviour(
        DOCUMENTED, "The API keys of a locked user have no permissions: every call is a 403."
    )
    def _authenticate(self, request: Request, operation: Operation) -> Object:
        key = self._key_of(request)
        if key is None:
            raise refusals.unauthenticated("not_found")
        if has_expired(key, self._sources.now()):
            raise refusals.unauthenticated("expired")
        for field, kind in BEARER_KINDS.items():
            bearer = self._store.get(kind, key[field]) if field in key else None
            if bearer and bearer.get("locked"):
                raise refusals.forbidden(operation.permission)
        return key

    def _key_of(self, request: Request) -> Object | None:
        """Return the API key of a request, or None for a missing or unknown secret key."""
        token = request.headers.get("X-Auth-Token", "")
        return next(iter(self._store.having(API_KEY, "secret_digest", digest(token))), None)

    @behaviour(
        RECORDED,
        "If two requests change the members of one group at the same time, one of the two is a 409 "
        "`transient_state`.",
    )
    @behaviour(
        ASSUMED,
        "A change is in progress from the arrival of its headers until its response; the four "
        "member operations exclude each other.",
    )
    @contextmanager
    def _alone(self, operation: Operation, args: Mapping[str, str]) -> Iterator[None]:
        """Context manager: refuse an exclusive operation while another is in progress on the object.

        The operation starts with the arrival of its headers, before its body is read.
        """
        if not operation.exclusive:
            yield
            return
        claim = (operation.guard.word, *args.values())
        with self._busy_lock:
            if claim in self._busy:
                raise refusals.transient(*claim)
            self._busy.add(claim)
        try:
            yield
        finally:
            with self._busy_lock:
                self._busy.discard(claim)

    def _run(
        self, operation: Operation, args: dict[str, str], request: Request, strike: Strike
    ) -> Json | None:
        body = operation.body.parse(_json_of(request)) if operation.body else {}
        query = parse_query(operation.query, request.args.to_dict(flat=False))
        with self._store.transaction():
            # Authenticate again: the key may have been deleted while the body was sent.
            caller = self._authenticate(request, operation)
            call = self._call(operation, args, caller, body, query=query, request=request)
            refuse_other_organizations(call)
            if self._permissions:
                self._permissions.check(call)
            with self._lagging(operation):
                answer = operation.run(call)
            if strike.hides:
                self._faults.hide(self._store.changes(), strike)
            if self._permissions:
                self._permissions.remember(call)
            audit_trail.record(call, 200)
            self._log(call)
            return answer

    def _call(
        self,
        operation: Operation,
        args: Mapping[str, str],
        caller: Object,
        body: Json,
        *,
        query: Json | None = None,
        request: Request | None = None,
        given: Mapping[str, str] | None = None,
    ) -> Call:
        """Return a call. Without a request, the call is one of a seed, with the `given` id or keys."""
        return Call(
            operation=operation,
            store=self._store,
            sources=self._sources,
            quotas=self._quotas,
            now=self._sources.now(),
            caller=caller,
            ip=(self.client_ip or request.remote_addr or "") if request else "127.0.0.1",
            user_agent=request.user_agent.string if request else "",
            args=args,
            body=body,
            query=query or {},
            given=given or {},
            with_srn=self._with_srn,
        )

    def _record_refusal(
        self, operation: Operation, args: Mapping[str, str], request: Request
    ) -> None:
        """Store the event of a call with the status 403; its own changes are undone already."""
        try:
            body = operation.body.parse(_json_of(request)) if operation.body else {}
        except Refusal:
            body = {}  # the calls of a locked user are refused before their body is parsed
        with self._store.transaction():
            caller = self._key_of(request)
            if caller:
                call = self._call(operation, args, caller, body, request=request)
                audit_trail.record(call, 403)

    @contextmanager
    def acting(self, access_key: str) -> Iterator[Act]:
        """Context manager: call operations as the bearer of a key, in one transaction, without HTTP.

        Operations are validated and logged like requests. Faults and permissions do not apply.
        """
        with self._store.transaction():
            caller = self._store.get(API_KEY, access_key)
            assert caller

            def act(
                name: str, args: Mapping[str, str], body: Json, given: Mapping[str, str]
            ) -> Json | None:
                operation = OPERATIONS.get(name) or SEEDING[name]
                parsed = operation.body.parse(body) if operation.body else {}
                call = self._call(operation, args, caller, parsed, given=given)
                refuse_other_organizations(call)
                return operation.run(call)

            yield act
            self._log(self._call(OPERATIONS["list_logs"], {}, caller, {}))

    @contextmanager
    def _lagging(self, operation: Operation) -> Iterator[None]:
        """Context manager: hide objects from a read as the faults require, and count the hidden objects."""
        hidden = self._faults.hidden() if operation.method == "GET" else {}
        if not hidden:
            yield
            return
        by_id = {key for key, lists_only in hidden.items() if not lists_only}
        in_lists = hidden.keys() if operation.name.startswith("list_") else by_id
        with self._store.hiding(in_lists, by_id=by_id) as missed:
            try:
                yield
            finally:
                self._faults.missed(missed)

    @behaviour(
        DOCUMENTED,
        "Creates, updates and deletes of users, applications, groups, policies and "
        "API keys are logged with the bearer, the IP address and the User-Agent.",
    )
    @behaviour(
        ASSUMED,
        "A change of members or rules is logged as an update of the group or policy. Changes of "
        "other objects by a delete are logged too.",
    )
    def _log(self, call: Call) -> None:
        """Store a log entry for each changed object, in the transaction of the call."""
        for change in self._store.changes():
            if not change.kind.logged:
                continue
            if change.before is None:
                action = "created"
            else:
                action = "deleted" if change.after is None else "updated"
            self._store.put(
                LOG,
                {
                    "id": self._sources.uuid(),
                    "created_at": stamp(self._sources.now()),
                    "ip": call.ip,
                    "user_agent": call.user_agent,
                    "action": action,
                    "bearer_id": call.bearer_id,
                    "organization_id": call.organization_id,
                    "resource_type": change.kind.logged,
                    "resource_id": change.key,
                },
            )


@behaviour(RECORDED, "A missing body counts as an empty object.")
@behaviour(
    ASSUMED,
    "A body must be JSON, whatever its content type; otherwise the 400 names the argument `body`.",
)
def _json_of(request: Request) -> Any:
    data = body_of(request)
    try:
        return json.loads(data) if data.strip() else None
    except (ValueError, RecursionError):
        raise refusals.invalid(
            InvalidArgument("body", "value must be valid JSON", "format")
        ) from None
