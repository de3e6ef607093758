"""The one place through which every request goes: route, credentials, form, operation, log."""

from __future__ import annotations

import json
import logging
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import ClientDisconnected, MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

# The modules of the resources are imported for the operations that they declare.
from pulumi_scw_iam.emulator import (
    applications,  # noqa: F401
    groups,  # noqa: F401
    policies,  # noqa: F401
    projects,
    refusals,
    reports,  # noqa: F401
    saml,  # noqa: F401
    scim,  # noqa: F401
    sign_in,  # noqa: F401
    ssh_keys,  # noqa: F401
    users,  # noqa: F401
)
from pulumi_scw_iam.emulator.api_keys import BEARER_KINDS, digest
from pulumi_scw_iam.emulator.fields import UUID, parse_query
from pulumi_scw_iam.emulator.kinds import API_KEY, LOG, has_expired
from pulumi_scw_iam.emulator.operations import IAM, OPERATIONS, Call, Json, Operation
from pulumi_scw_iam.emulator.refusals import Problem, Refusal
from pulumi_scw_iam.emulator.sources import stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from pulumi_scw_iam.emulator.sources import Sources
    from pulumi_scw_iam.emulator.store import Object, Store

logger = logging.getLogger(__name__)

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Strict-Transport-Security": "max-age=63072000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Server": "Scaleway API Gateway (fr-par-1;local)",
}

NOT_IMPLEMENTED = {
    "initiate_user_connection": ("POST", "/users/<user_id>/initiate-connection"),
    "join_user_connection": ("POST", "/users/<user_id>/join-connection"),
    "remove_user_connection": ("POST", "/users/<user_id>/remove-connection"),
    "start_user_web_authn_registration": ("POST", "/users/<user_id>/start-webauthn-registration"),
    "finish_user_web_authn_registration": ("POST", "/users/<user_id>/finish-webauthn-registration"),
    "list_user_web_authn_authenticators": ("GET", "/users/<user_id>/webauthn-authenticators"),
    "update_web_authn_authenticator": ("PATCH", "/webauthn-authenticator/<authenticator_id>"),
    "delete_web_authn_authenticator": ("DELETE", "/webauthn-authenticator/<authenticator_id>"),
    "parse_saml_metadata": ("POST", "/parse-saml-metadata"),
}
"""The operations of the real API that the emulator knows of and does not have."""

NOT_UUIDS = {"access_key", "quotum_name"}
"""The names in paths that stand for something else than a UUID."""


class Api:
    """The API as a WSGI application over one state.

    `quotas` are limits by the name of the quotum; a kind whose quotum is not named has none.
    `access_log` is called with one line for each request, which holds no query, header or body.
    """

    def __init__(
        self,
        store: Store,
        sources: Sources,
        quotas: Mapping[str, int],
        access_log: Callable[[str], None] | None = None,
    ) -> None:
        self._store = store
        self._sources = sources
        self._quotas = quotas
        self._access_log = access_log
        self._busy: set[tuple[str, ...]] = set()
        self._busy_lock = threading.Lock()
        self._map = Map(
            [
                *(
                    Rule(one.path, endpoint=one.name, methods=[one.method])
                    for one in OPERATIONS.values()
                ),
                *(
                    Rule(IAM + path, endpoint=name, methods=[method])
                    for name, (method, path) in NOT_IMPLEMENTED.items()
                ),
            ],
            merge_slashes=False,
        )

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        started = time.perf_counter()
        request = Request(environ)
        status, body = self._answer(request)
        # The next request on this connection begins where the body of this one ends.
        request.get_data()
        response = Response(
            b"" if body is None else json.dumps(body, ensure_ascii=False).encode(),
            status,
            {**HEADERS, "X-Request-Id": self._sources.uuid()},
            content_type="application/json",
        )
        if self._access_log:
            ms = (time.perf_counter() - started) * 1000
            self._access_log(f"{request.method} {request.path} {status} {ms:.1f}ms")
        return response(environ, start_response)

    def _answer(self, request: Request) -> tuple[int, Json | None]:
        try:
            operation, args = self._route(request)
            with self._store.transaction():
                self._authenticate(request)
            with self._alone(operation, args):
                body = self._run(operation, args, request)
        except Refusal as refusal:
            return refusal.status, refusal.body
        except ClientDisconnected:
            raise
        except Exception:  # whatever it is, the client is told, and the log has the traceback
            logger.exception("%s %s failed", request.method, request.path)
            failure = refusals.internal()
            return failure.status, failure.body
        return (200, body) if body is not None else (204, None)

    def _route(self, request: Request) -> tuple[Operation, dict[str, str]]:
        if not request.path.startswith((f"{IAM}/", projects.PATH)):
            raise refusals.not_implemented(request.path)
        try:
            name, args = self._map.bind("").match(request.path, request.method)
        except MethodNotAllowed:
            raise refusals.method_not_allowed() from None
        except NotFound:
            raise refusals.unknown_route() from None
        if name in NOT_IMPLEMENTED:
            raise refusals.not_implemented(name)
        malformed = [
            Problem(key, "value must be a valid UUID", "format")
            for key, value in args.items()
            if key not in NOT_UUIDS and not UUID.fullmatch(value)
        ]
        if malformed:
            raise refusals.invalid(*malformed)
        return OPERATIONS[name], {
            key: value if key in NOT_UUIDS else value.lower() for key, value in args.items()
        }

    def _authenticate(self, request: Request) -> Object:
        token = request.headers.get("X-Auth-Token", "")
        for key in self._store.having(API_KEY, "secret_digest", digest(token)):
            if has_expired(key, self._sources.now()):
                raise refusals.unauthenticated("expired")
            for field, kind in BEARER_KINDS.items():
                bearer = self._store.get(kind, key[field]) if field in key else None
                if bearer and bearer.get("locked"):
                    raise refusals.forbidden()
            return key
        raise refusals.unauthenticated("not_found")

    @contextmanager
    def _alone(self, operation: Operation, args: Mapping[str, str]) -> Iterator[None]:
        """Refuse an exclusive operation while another on the same object is under way.

        It is under way from the moment its headers are there, so before its body is read.
        """
        if not operation.exclusive:
            yield
            return
        claim = (operation.exclusive.resource, *args.values())
        with self._busy_lock:
            if claim in self._busy:
                raise refusals.transient(*claim)
            self._busy.add(claim)
        try:
            yield
        finally:
            with self._busy_lock:
                self._busy.discard(claim)

    def _run(self, operation: Operation, args: dict[str, str], request: Request) -> Json | None:
        body = operation.body.parse(_json_of(request)) if operation.body else {}
        query = parse_query(operation.query, request.args.to_dict(flat=False))
        with self._store.transaction():
            call = Call(
                store=self._store,
                sources=self._sources,
                quotas=self._quotas,
                now=self._sources.now(),
                # Once more: it may have been deleted while the body was on its way.
                caller=self._authenticate(request),
                ip=request.remote_addr or "",
                user_agent=request.user_agent.string,
                args=args,
                body=body,
                query=query,
            )
            answer = operation.run(call)
            self._log(call)
            return answer

    def _log(self, call: Call) -> None:
        """Keep a log of every object that the call changed, in the same transaction."""
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


def _json_of(request: Request) -> Any:
    data = request.get_data()
    try:
        return json.loads(data) if data.strip() else None
    except (ValueError, RecursionError):
        raise refusals.invalid(Problem("body", "value must be valid JSON", "format")) from None
