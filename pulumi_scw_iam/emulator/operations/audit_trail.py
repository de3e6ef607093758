"""Audit Trail: the recorded API calls of the organization."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.common.redaction import Redactor
from pulumi_scw_iam.emulator.operations.base import (
    OPERATIONS,
    PAGE,
    PAGE_SIZE,
    Call,
    Json,
    operation,
)
from pulumi_scw_iam.emulator.schema.arguments import Argument, Word
from pulumi_scw_iam.emulator.schema.filters import BY_REQUIRED_ORGANIZATION, OPTIONAL_TEXT
from pulumi_scw_iam.emulator.schema.grounds import ASSUMED, DOCUMENTED, behaviour
from pulumi_scw_iam.emulator.schema.kinds import (
    API_KEY,
    APPLICATION,
    AUDIT_EVENT,
    GROUP,
    ORGANIZATION,
    POLICY,
    PROJECT,
    SAML,
    SAML_CERTIFICATE,
    SCIM,
    SCIM_TOKEN,
    SECRET,
    SECRET_VERSION,
    SSH_KEY,
    USER,
)
from pulumi_scw_iam.emulator.schema.refusals import InvalidArgument, invalid
from pulumi_scw_iam.emulator.schema.times import stamp

if TYPE_CHECKING:
    from pulumi_scw_iam.emulator.operations.base import Operation
    from pulumi_scw_iam.emulator.schema.objects import Object

PATH = "/audit-trail/v1alpha1/regions/<region>"

WINDOW = timedelta(hours=1)
"""The time from the default of `recorded_after` to now."""

GLOBAL = "global"
"""The locality of products without regions."""

GLOBAL_REGION = "fr-par"

REGIONS = (GLOBAL_REGION, "nl-ams")

MOST = 10_000
"""The number of newest events that the state contains."""

SERVICES = {
    "iam": ("iam", "scaleway.iam.v1alpha1.Api", "IAM"),
    "account": ("account", "scaleway.account.v3.ProjectApi", "Account"),
    "secret-manager": ("secret-manager", "scaleway.secret_manager.v1beta1.Api", "Secret Manager"),
}
"""The name, the service and the title of each product, by the first segment of its paths."""

RESOURCE_TYPES = {
    USER: "iam_user",
    APPLICATION: "iam_application",
    GROUP: "iam_group",
    POLICY: "iam_policy",
    API_KEY: "iam_api_key",
    SSH_KEY: "iam_ssh_key",
    SAML: "iam_saml",
    SAML_CERTIFICATE: "iam_saml_certificate",
    SCIM: "iam_scim",
    SCIM_TOKEN: "iam_scim_token",
    PROJECT: "account_project",
    ORGANIZATION: "account_organization",
    SECRET: "secret_manager_secret",
    SECRET_VERSION: "secret_manager_version",
}
"""The resource types of events. Objects of all other kinds are not in events."""

_ACRONYMS = {"api", "jwt", "saml", "scim", "ssh", "mfaotp"}


def is_recorded(operation: Operation) -> bool:
    """Return whether calls of an operation are in the Audit Trail."""
    is_write = operation.method != "GET"
    return (is_write or operation.name == "access_secret_version") and _product(
        operation
    ) in SERVICES


def _product(operation: Operation) -> str:
    return operation.path.split("/")[1]


def _method(operation: Operation) -> str:
    parts = operation.name.split("_")
    return "".join(part.upper() if part in _ACRONYMS else part.title() for part in parts)


@behaviour(
    DOCUMENTED,
    "Writes are events with the principal, the address, the User-Agent, the changed resources and the"
    " body. A refusal with the status 403 is an event with this status.",
)
@behaviour(ASSUMED, "Of the reads, only the access to the payload of a secret is an event.")
@behaviour(ASSUMED, "Secrets in the body of an event are masked; the real API may remove them.")
@behaviour(ASSUMED, "An event of a 403 has no resources. Seeds and injected faults are not events.")
@behaviour(ASSUMED, "The names of services and methods follow the names in Scaleway's SDKs.")
@behaviour(ASSUMED, f"The local API keeps the newest {MOST} events.")
def record(call: Call, status: int) -> None:
    """Store the event of a call, in the transaction of the call."""
    locality = call.args.get("region", GLOBAL)
    if not is_recorded(call.operation) or locality not in {GLOBAL, *REGIONS}:
        return
    at = stamp(call.sources.now())
    changes = [change for change in call.store.changes() if change.kind in RESOURCE_TYPES]
    resources = []
    for change in changes:
        item: Json = change.after or change.before or {}
        resources.append(
            {
                "id": change.key,
                "type": RESOURCE_TYPES[change.kind],
                "created_at": item.get("created_at"),
                "updated_at": item.get("updated_at"),
                "deleted_at": at if change.after is None else None,
                "name": item.get("name"),
            }
        )
    projects = [(change.after or change.before or {}).get("project_id") for change in changes]
    product, service, _ = SERVICES[_product(call.operation)]
    body: Any = {name: value for name, value in call.body.items() if value is not None}
    event_id = call.sources.uuid()
    call.store.put(
        AUDIT_EVENT,
        {
            "id": event_id,
            "recorded_at": at,
            "locality": locality,
            "principal": {"id": call.bearer_id},
            "organization_id": call.organization_id,
            "project_id": next(filter(None, projects), None),
            "source_ip": call.ip,
            "user_agent": call.user_agent,
            "product_name": product,
            "service_name": service,
            "method_name": _method(call.operation),
            "resources": resources,
            "request_id": event_id,
            "request_body": Redactor().json(body, foreign=True) if call.operation.body else None,
            "status_code": status,
        },
    )
    # The state of an API that runs for days stays bounded.
    if call.store.count(AUDIT_EVENT) > MOST:
        call.store.remove(AUDIT_EVENT, call.store.first(AUDIT_EVENT)["id"])


_PAGES: dict[str, Argument] = {
    "order_by": Word(("recorded_at_desc", "recorded_at_asc"), optional=True),
    "page_size": PAGE["page_size"],
    "page_token": OPTIONAL_TEXT,
}


@behaviour(
    DOCUMENTED,
    "The Audit Trail has the regions `fr-par` and `nl-ams`; it does not record calls in `pl-waw`.",
)
@behaviour(ASSUMED, "A region without an Audit Trail is a 400.")
def _region_of(call: Call) -> str:
    """Return the region of the path. Raises a 400 for a region without an Audit Trail."""
    region = call.args["region"]
    if region not in REGIONS:
        raise invalid(InvalidArgument("region", f"value must be one of {', '.join(REGIONS)}"))
    return region


@behaviour(
    DOCUMENTED,
    "Without `recorded_after`, a list of events has the events of the last hour. Events are in pages with"
    " a token for the next page, newest first.",
)
@behaviour(DOCUMENTED, "Events of products without regions, such as IAM, are in `fr-par` only.")
@operation(
    "GET",
    f"{PATH}/events",
    AUDIT_EVENT.guard,
    query={**_PAGES, **{name: test.argument for name, test in AUDIT_EVENT.filters.items()}},
    ground=DOCUMENTED,
)
def list_events(call: Call) -> Json:
    """List the events of a window of time."""
    region = _region_of(call)
    localities = {region, GLOBAL} if region == GLOBAL_REGION else {region}
    start = "" if call.query["recorded_after"] else stamp(call.now - WINDOW)
    events = call.filtered(
        AUDIT_EVENT,
        [
            event
            for event in call.store.all(AUDIT_EVENT)
            if event["locality"] in localities and event["recorded_at"] >= start
        ],
    )
    is_ascending = call.query["order_by"] == "recorded_at_asc"
    events = sorted(events, key=_position, reverse=not is_ascending)
    last = _parsed(call.query["page_token"])
    if last is not None:
        events = [
            event
            for event in events
            if (_position(event) > last if is_ascending else _position(event) < last)
        ]
    size = call.query["page_size"] or PAGE_SIZE
    shown = [call.show(AUDIT_EVENT, event) for event in events[:size]]
    has_more = len(events) > size
    return {"events": shown, "next_page_token": _token(events[size - 1]) if has_more else None}


def _position(event: Object) -> tuple[str, str]:
    """Return the sort key of an event, unique also after a clock went back in a restored state."""
    return event["recorded_at"], event["id"]


def _token(last: Object) -> str:
    """Return the token for the page after an event."""
    return urlsafe_b64encode(" ".join(_position(last)).encode()).decode()


@behaviour(ASSUMED, "An unknown `page_token` is a 400.")
def _parsed(token: str | None) -> tuple[str, str] | None:
    """Return the position of the last event on the page before; None without a token."""
    if not token:
        return None
    try:
        recorded_at, event_id = urlsafe_b64decode(token).decode().split(" ")
    except ValueError:
        raise invalid(InvalidArgument("page_token", "value must be a page token")) from None
    return recorded_at, event_id


@behaviour(ASSUMED, "The local API has no logins, so the list of authentication events is empty.")
@operation(
    "GET",
    f"{PATH}/authentication-events",
    AUDIT_EVENT.guard,
    query={
        **_PAGES,
        **{
            name: AUDIT_EVENT.filters[name].argument
            for name in ("organization_id", "recorded_after", "recorded_before")
        },
    },
    ground=DOCUMENTED,
)
def list_authentication_events(call: Call) -> Json:
    """List no logins."""
    _region_of(call)
    _parsed(call.query["page_token"])
    return {"events": [], "next_page_token": None}


@operation(
    "GET",
    f"{PATH}/products",
    AUDIT_EVENT.guard,
    query={"organization_id": BY_REQUIRED_ORGANIZATION.argument},
    ground=DOCUMENTED,
)
def list_products(call: Call) -> Json:
    """List the products with their recorded methods."""
    _region_of(call)
    products = [
        {
            "title": title,
            "name": name,
            "services": [
                {
                    "name": service,
                    "methods": [
                        _method(one)
                        for one in OPERATIONS.values()
                        if is_recorded(one) and _product(one) == segment
                    ],
                }
            ],
        }
        for segment, (name, service, title) in SERVICES.items()
    ]
    return {"products": products, "total_count": len(products)}
