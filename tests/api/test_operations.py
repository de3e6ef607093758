"""Every operation of the client sends exactly the documented request."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest

from pulumi_scw_iam.api import types
from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.common.errors import ConfigError, Refused
from tests.support import samples
from tests.support.samples import ID, sample
from tests.support.scripted_api import ORGANIZATION, Answer, Api, fitting

if TYPE_CHECKING:
    from collections.abc import Callable

OTHER = "33333333-3333-4333-8333-333333333333"
KEY = "SCW00000000000000000"
RULES = [{"permission_set_names": ["IAMReadOnly"], "condition": "", "organization_id": OTHER}]
MEMBER = {"email": "a@example.com", "username": "a", "password": "", "send_password_email": False}


@dataclass(frozen=True)
class Operation:
    """A call with all arguments of the method, and the expected request.

    By default, the keywords are the expected body, or the query of a GET.
    """

    name: str
    request: str
    arguments: tuple[str, ...] = ()
    keywords: dict[str, Any] = field(default_factory=dict)
    answer: Any = None
    """The return value of the method: the response, or the `field` of the response."""
    field: str = ""
    paged: bool = False
    before: tuple[str, ...] = ()
    """The calls of the method before this request."""

    def __str__(self) -> str:
        return self.name


def single(name: str, request: str, /, *arguments: str, **keywords: Any) -> Operation:
    answer = sample(samples.OPERATIONS[name].item)
    # A certificate has no `created_at`, so create recovery lists the existing certificates first.
    before = (request.replace("POST", "GET"),) if name == "add_saml_certificate" else ()
    return Operation(name, request, arguments, keywords, answer, before=before)


def deleted(name: str, request: str, *arguments: str) -> Operation:
    return Operation(name, request, arguments)


def pages(name: str, path: str, items: str, /, *arguments: str, **keywords: Any) -> Operation:
    first = sample(samples.OPERATIONS[name].item)
    answer = [first, {**first, next(iter(first)): OTHER}]
    return Operation(name, f"GET {path}", arguments, keywords, answer, items, paged=True)


def unpaged(name: str, request: str, items: str, /, *arguments: str, **keywords: Any) -> Operation:
    return Operation(
        name, request, arguments, keywords, [sample(samples.OPERATIONS[name].item)], items
    )


NAMED = {"name": "a", "description": "b", "tags": ["c", "d"]}
PRINCIPALS = {"user_id": OTHER, "group_id": OTHER, "application_id": OTHER, "no_principal": True}
LISTED = {"organization_id": OTHER, "order_by": "created_at_desc"}

OPERATIONS = [
    pages(
        "list_api_keys",
        "api-keys",
        "api_keys",
        **LISTED,
        access_key=KEY,
        access_keys=[KEY, "SCW00000000000000001"],
        application_id=OTHER,
        user_id=OTHER,
        bearer_id=OTHER,
        bearer_type="application",
        description="a b&c",
        editable=True,
        expired=False,
    ),
    single(
        "create_api_key",
        "POST api-keys",
        description="a",
        application_id=OTHER,
        user_id=OTHER,
        expires_at="2030-01-01T00:00:00Z",
        default_project_id=OTHER,
    ),
    single("get_api_key", f"GET api-keys/{KEY}", KEY),
    single(
        "update_api_key",
        f"PATCH api-keys/{KEY}",
        KEY,
        description="",
        default_project_id=OTHER,
        expires_at="2030-01-01T00:00:00Z",
    ),
    deleted("delete_api_key", f"DELETE api-keys/{KEY}", KEY),
    pages(
        "list_applications",
        "applications",
        "applications",
        **LISTED,
        name="a",
        editable=False,
        application_ids=[ID, OTHER],
        tag="b",
    ),
    single("create_application", "POST applications", organization_id=OTHER, **NAMED),
    single("get_application", f"GET applications/{ID}", ID),
    single("update_application", f"PATCH applications/{ID}", ID, **NAMED),
    deleted("delete_application", f"DELETE applications/{ID}", ID),
    pages(
        "list_groups",
        "groups",
        "groups",
        **LISTED,
        name="a",
        application_ids=[ID],
        user_ids=[ID, OTHER],
        group_ids=[OTHER],
        tag="b",
    ),
    single("create_group", "POST groups", organization_id=OTHER, **NAMED),
    single("get_group", f"GET groups/{ID}", ID),
    single("update_group", f"PATCH groups/{ID}", ID, **NAMED),
    single(
        "set_group_members",
        f"PUT groups/{ID}/members",
        ID,
        user_ids=[OTHER, ID],
        application_ids=[],
    ),
    single(
        "add_group_member",
        f"POST groups/{ID}/add-member",
        ID,
        user_id=OTHER,
        application_id=OTHER,
    ),
    single(
        "add_group_members",
        f"POST groups/{ID}/add-members",
        ID,
        user_ids=[OTHER],
        application_ids=[OTHER, ID],
    ),
    single(
        "remove_group_member",
        f"POST groups/{ID}/remove-member",
        ID,
        user_id=OTHER,
        application_id=OTHER,
    ),
    deleted("delete_group", f"DELETE groups/{ID}", ID),
    pages(
        "list_policies",
        "policies",
        "policies",
        **LISTED,
        policy_name="a",
        editable=True,
        user_ids=[ID, OTHER],
        group_ids=[ID],
        application_ids=[OTHER],
        no_principal=True,
        tag="b",
        policy_ids=[ID],
    ),
    single(
        "create_policy",
        "POST policies",
        organization_id=OTHER,
        **NAMED,
        rules=RULES,
        **PRINCIPALS,
    ),
    single("get_policy", f"GET policies/{ID}", ID),
    single("update_policy", f"PATCH policies/{ID}", ID, **NAMED, **PRINCIPALS),
    deleted("delete_policy", f"DELETE policies/{ID}", ID),
    single("clone_policy", f"POST policies/{ID}/clone", ID),
    pages("list_rules", "rules", "rules", policy_id=OTHER),
    unpaged("set_rules", "PUT rules", "rules", policy_id=OTHER, rules=RULES),
    pages("list_permission_sets", "permission-sets", "permission_sets", **LISTED),
    pages(
        "list_ssh_keys",
        "ssh-keys",
        "ssh_keys",
        **LISTED,
        name="a",
        project_id=OTHER,
        disabled=False,
    ),
    single("create_ssh_key", "POST ssh-keys", name="a", public_key="ssh-rsa A", project_id=OTHER),
    single("get_ssh_key", f"GET ssh-keys/{ID}", ID),
    single("update_ssh_key", f"PATCH ssh-keys/{ID}", ID, name="a", disabled=False),
    deleted("delete_ssh_key", f"DELETE ssh-keys/{ID}", ID),
    pages(
        "list_users",
        "users",
        "users",
        **LISTED,
        user_ids=[ID, OTHER],
        mfa=True,
        tag="a",
        type="member",
    ),
    single(
        "create_user",
        "POST users",
        organization_id=OTHER,
        tags=["a"],
        email="a@example.com",
        member=MEMBER,
    ),
    single("get_user", f"GET users/{ID}", ID),
    single(
        "update_user",
        f"PATCH users/{ID}",
        ID,
        email="a@example.com",
        first_name="",
        last_name="b",
        phone_number="+33",
        locale="fr_FR",
        tags=[],
    ),
    deleted("delete_user", f"DELETE users/{ID}", ID),
    single("update_user_username", f"POST users/{ID}/update-username", ID, username="a"),
    single("update_user_password", f"POST users/{ID}/update-password", ID, password="a"),
    single("lock_user", f"POST users/{ID}/lock", ID),
    single("unlock_user", f"POST users/{ID}/unlock", ID),
    single("create_user_mfaotp", f"POST users/{ID}/mfa-otp", ID),
    single(
        "validate_user_mfaotp",
        f"POST users/{ID}/validate-mfa-otp",
        ID,
        one_time_password="123456",
    ),
    deleted("delete_user_mfaotp", f"DELETE users/{ID}/mfa-otp", ID),
    pages(
        "list_user_web_authn_authenticators",
        f"users/{ID}/webauthn-authenticators",
        "authenticators",
        ID,
        order_by="created_at_desc",
    ),
    unpaged("list_grace_periods", "GET grace-periods", "grace_periods", user_id=OTHER),
    unpaged("get_user_connections", f"GET users/{ID}/connections", "connections", ID),
    pages(
        "list_jw_ts",
        "jwts",
        "jwts",
        audience_id=OTHER,
        order_by="updated_at_desc",
        expired=True,
    ),
    single("create_jwt", "POST jwts", user_id=OTHER, referrer="console"),
    single("get_jwt", f"GET jwts/{ID}", ID),
    deleted("delete_jwt", f"DELETE jwts/{ID}", ID),
    pages(
        "list_logs",
        "logs",
        "logs",
        **LISTED,
        created_after="2030-01-01T00:00:00Z",
        created_before="2030-01-02T00:00:00+02:00",
        action="created",
        resource_type="api_key",
        search=ID,
    ),
    single("get_log", f"GET logs/{ID}", ID),
    pages(
        "list_quota",
        "quota",
        "quota",
        organization_id=OTHER,
        order_by="name_desc",
        quotum_names=["iam_groups", "iam_users"],
    ),
    pages("list_projects", "/account/v3/projects", "projects", organization_id=OTHER),
    single("get_project", f"GET /account/v3/projects/{ID}", ID),
    single("get_quotum", "GET quota/iam_groups", "iam_groups", organization_id=OTHER),
    single("get_organization_security_settings", f"GET organizations/{ID}/security-settings", ID),
    single(
        "update_organization_security_settings",
        f"PATCH organizations/{ID}/security-settings",
        ID,
        enforce_password_renewal=False,
        grace_period_duration="259200s",
        login_attempts_before_locked=5,
        max_login_session_duration="2592000s",
        max_api_key_expiration_duration="0s",
    ),
    single("get_organization", f"GET organizations/{ID}", ID),
    single("set_organization_alias", f"PUT organizations/{ID}/alias", ID, alias="a"),
    single(
        "update_organization_login_methods",
        f"PATCH organizations/{ID}/login-methods",
        ID,
        login_password_enabled=False,
        login_oauth2_enabled=True,
        login_magic_code_enabled=False,
        login_saml_enabled=True,
    ),
    single("get_organization_saml", f"GET organizations/{ID}/saml", ID),
    single("enable_organization_saml", f"POST organizations/{ID}/saml", ID),
    single(
        "update_saml",
        f"PATCH saml/{ID}",
        ID,
        entity_id="https://idp.example.com",
        single_sign_on_url="",
    ),
    deleted("delete_saml", f"DELETE saml/{ID}", ID),
    unpaged("list_saml_certificates", f"GET saml/{ID}/certificates", "certificates", ID),
    single(
        "add_saml_certificate",
        f"POST saml/{ID}/certificates",
        ID,
        type="signing",
        content="-----BEGIN CERTIFICATE-----",
    ),
    single("get_saml_certificate", f"GET saml-certificates/{ID}", ID),
    deleted("delete_saml_certificate", f"DELETE saml-certificates/{ID}", ID),
    single(
        "parse_saml_metadata",
        "POST parse-saml-metadata",
        file={"name": "idp.xml", "content_type": "text/xml", "content": "PGEvPg=="},
    ),
    single("get_organization_scim", f"GET organizations/{ID}/scim", ID),
    single("enable_organization_scim", f"POST organizations/{ID}/scim", ID),
    deleted("delete_scim", f"DELETE scim/{ID}", ID),
    pages(
        "list_scim_tokens",
        f"scim/{ID}/tokens",
        "scim_tokens",
        ID,
        order_by="created_at_desc",
    ),
    single("create_scim_token", f"POST scim/{ID}/tokens", ID),
    single("get_scim_token", f"GET scim-tokens/{ID}", ID),
    deleted("delete_scim_token", f"DELETE scim-tokens/{ID}", ID),
]


def query_of(keywords: dict[str, Any]) -> set[tuple[str, str]]:
    def text(value: Any) -> str:
        return str(value).lower() if isinstance(value, bool) else str(value)

    return {
        (name, text(item))
        for name, value in keywords.items()
        for item in (value if isinstance(value, list) else [value])
    }


def whole_path(path: str) -> str:
    return path if path.startswith("/") else f"/iam/v1alpha1/{path}"


def public_methods() -> dict[str, Any]:
    methods = inspect.getmembers(IamClient, inspect.isfunction)
    return {name: method for name, method in methods if not name.startswith("_")}


def test_the_client_has_the_79_operations_and_ways_to_end_and_to_order_them() -> None:
    assert len(OPERATIONS) == 79
    others = {
        "audit_trail",
        "bounded",
        "cancel",
        "changing_members",
        "close",
        "is_unproved",
        "secret_manager",
    }
    assert set(public_methods()) == {operation.name for operation in OPERATIONS} | others


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_an_operation_sends_the_documented_request_and_returns_the_answer(
    operation: Operation, api: Api, client: IamClient
) -> None:
    answer = operation.answer
    if operation.field:
        answer = {operation.field: answer}
    if operation.paged:
        answer["total_count"] = len(operation.answer)
    api.say(*(fitting for _ in operation.before))
    api.say(Answer(answer) if answer else Answer(status=204))

    returned = getattr(client, operation.name)(*operation.arguments, **operation.keywords)

    assert (list(returned) if operation.paged else returned) == operation.answer
    *before, received = api.received
    assert tuple(each.call for each in before) == operation.before
    method, _, path = operation.request.partition(" ")
    assert (received.method, received.path) == (method, whole_path(path))
    query = operation.keywords if method == "GET" else {}
    if operation.paged:
        query = {**query, "page": "1", "page_size": "100"}
    pairs = parse_qsl(received.query, strict_parsing=bool(query))
    assert (set(pairs), len(pairs)) == (query_of(query), len(query_of(query)))
    with_body = method in {"POST", "PUT", "PATCH"}
    assert received.body == (operation.keywords if with_body else None)
    assert received.headers.get("Content-Type") == ("application/json" if with_body else None)


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_the_table_gives_every_argument_of_a_method(operation: Operation) -> None:
    signature = inspect.signature(getattr(IamClient, operation.name))
    positional = [p for p in signature.parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    keyword_only = {p.name for p in signature.parameters.values() if p.kind is p.KEYWORD_ONLY}
    assert len(positional) - 1 == len(operation.arguments)
    assert keyword_only == set(operation.keywords)


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_a_docstring_ends_with_the_request(operation: Operation) -> None:
    last = inspect.getdoc(public_methods()[operation.name]).splitlines()[-1]  # type: ignore[union-attr]
    pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(last))
    method, _, path = operation.request.partition(" ")
    assert re.fullmatch(pattern, f"{method} {whole_path(path)}")


@pytest.mark.parametrize(
    ("call", "body"),
    [
        (
            lambda c: c.create_group(name="a"),
            {"organization_id": ORGANIZATION, "name": "a", "description": "", "tags": []},
        ),
        (
            lambda c: c.create_application(name="a"),
            {"organization_id": ORGANIZATION, "name": "a", "description": "", "tags": []},
        ),
        (
            lambda c: c.create_policy(name="a", no_principal=True),
            {
                "organization_id": ORGANIZATION,
                "name": "a",
                "description": "",
                "tags": [],
                "rules": [],
                "no_principal": True,
            },
        ),
        (
            lambda c: c.create_api_key(user_id=OTHER),
            {"description": "", "user_id": OTHER},
        ),
        (
            lambda c: c.create_user(email="a@example.com"),
            {"organization_id": ORGANIZATION, "tags": [], "email": "a@example.com"},
        ),
        (
            lambda c: c.create_application(name="a", description=None, tags=None),
            {"organization_id": ORGANIZATION, "name": "a"},
        ),
        (
            lambda c: c.create_user(
                member={"email": "a@example.com", "username": "a", "locale": None}
            ),
            {
                "organization_id": ORGANIZATION,
                "tags": [],
                "member": {"email": "a@example.com", "username": "a"},
            },
        ),
        (
            lambda c: c.update_group(ID, description="", tags=[]),
            {"description": "", "tags": []},
        ),
        (
            lambda c: c.update_organization_security_settings(login_attempts_before_locked=3),
            {"login_attempts_before_locked": 3},
        ),
        (lambda c: c.update_policy(ID), {}),
        (lambda c: c.add_group_member(ID, user_id=OTHER), {"user_id": OTHER}),
        (
            lambda c: c.set_group_members(ID, user_ids=(OTHER,), application_ids=frozenset()),
            {"user_ids": [OTHER], "application_ids": []},
        ),
        (
            lambda c: c.set_rules(policy_id=ID, rules=iter(RULES)),
            {"policy_id": ID, "rules": RULES},
        ),
    ],
)
def test_none_is_not_sent_and_empty_is(
    call: Callable[[IamClient], object], body: dict[str, Any], api: Api, client: IamClient
) -> None:
    call(client)
    assert [received.body for received in api.received] == [body]


@pytest.mark.parametrize(
    ("call", "query"),
    [
        (lambda c: list(c.list_groups()), {"order_by": "created_at_asc"}),
        (lambda c: list(c.list_policies()), {"order_by": "created_at_asc"}),
        (lambda c: list(c.list_quota()), {"order_by": "name_asc"}),
        (lambda c: c.get_quotum("iam_groups"), {}),
    ],
)
def test_the_default_organization_and_a_stable_order_are_sent(
    call: Callable[[IamClient], object], query: dict[str, str], api: Api, client: IamClient
) -> None:
    call(client)
    pairs = dict(parse_qsl(api.received[0].query))
    assert {name: pairs[name] for name in ("organization_id", *query)} == {
        "organization_id": ORGANIZATION,
        **query,
    }


def test_ssh_keys_of_a_project_are_listed_without_the_default_organization(
    api: Api, client: IamClient
) -> None:
    assert list(client.list_ssh_keys(project_id=OTHER)) == []
    assert list(client.list_ssh_keys()) == []
    assert [received.query for received in api.received] == [
        f"page=1&page_size=100&order_by=created_at_asc&project_id={OTHER}",
        f"page=1&page_size=100&organization_id={ORGANIZATION}&order_by=created_at_asc",
    ]


def test_without_any_organization_the_places_to_set_it_are_named(
    api: Api, connect: Callable[..., IamClient]
) -> None:
    client = connect(organization_id=None)
    calls: list[Callable[[], object]] = [
        lambda: client.create_group(name="a"),
        client.list_groups,
        client.get_organization_security_settings,
        lambda: client.set_organization_alias(alias="a"),
        client.enable_organization_saml,
        lambda: client.default_organization_id,
    ]
    for call in calls:
        with pytest.raises(ConfigError) as caught:
            call()
        assert str(caught.value) == (
            "organization_id is missing; pass organization_id or set scw-iam:organizationId,"
            " SCW_DEFAULT_ORGANIZATION_ID or default_organization_id in the profile"
        )
    assert api.received == []


def test_the_calls_on_an_organization_name_the_default_one(api: Api, client: IamClient) -> None:
    client.get_organization()
    client.set_organization_alias(alias="a")
    client.update_organization_login_methods(login_saml_enabled=True)
    client.get_organization_saml()
    client.enable_organization_scim()
    assert api.calls == [
        f"GET organizations/{ORGANIZATION}",
        f"PUT organizations/{ORGANIZATION}/alias",
        f"PATCH organizations/{ORGANIZATION}/login-methods",
        f"GET organizations/{ORGANIZATION}/saml",
        f"POST organizations/{ORGANIZATION}/scim",
    ]
    assert client.default_organization_id == ORGANIZATION


@pytest.mark.parametrize("group_id", ["", ".", ".."])
def test_an_id_that_would_lead_to_another_path_is_refused(
    group_id: str, api: Api, client: IamClient
) -> None:
    with pytest.raises(Refused) as caught:
        client.delete_group(group_id)
    assert str(caught.value) == f'"{group_id}" is not an id'
    assert api.received == []


def test_an_id_is_one_part_of_the_path(api: Api, client: IamClient) -> None:
    client.get_group("a/../b?c#d%é")
    assert api.calls == ["GET groups/a%2F..%2Fb%3Fc%23d%25%C3%A9"]


@pytest.mark.parametrize(
    ("count", "pages"), [(0, 1), (1, 1), (99, 1), (100, 1), (101, 2), (200, 2), (250, 3)]
)
def test_all_pages_are_read_and_none_beyond(
    count: int, pages: int, api: Api, client: IamClient
) -> None:
    items = [sample(types.Group, id=str(number)) for number in range(count)]
    for start in range(0, max(count, 1), 100):
        api.say(Answer({"groups": items[start : start + 100], "total_count": count}))
    ids = [group["id"] for group in client.list_groups(tag="a")]
    assert ids == [item["id"] for item in items]
    query = f"page_size=100&organization_id={ORGANIZATION}&order_by=created_at_asc&tag=a"
    assert [received.query for received in api.received] == [
        f"page={page + 1}&{query}" for page in range(pages)
    ]


def test_a_list_that_shrinks_while_it_is_read_ends_at_its_short_page(
    api: Api, client: IamClient
) -> None:
    items = [sample(types.Group, id=str(number)) for number in range(150)]
    api.say(
        Answer({"groups": items[:100], "total_count": 150}),
        Answer({"groups": items[101:], "total_count": 150}),
    )
    assert len(list(client.list_groups())) == 149
    assert len(api.received) == 2


def test_a_page_is_read_only_when_it_is_needed(api: Api, client: IamClient) -> None:
    api.otherwise = Answer({"groups": [sample(types.Group)] * 100, "total_count": 10_000})
    groups = client.list_groups()
    assert api.received == []
    assert next(groups)["id"] == ID
    assert len(api.received) == 1


def test_a_filter_by_no_ids_finds_nothing(api: Api, client: IamClient) -> None:
    assert list(client.list_groups(group_ids=[])) == []
    assert list(client.list_policies(user_ids=())) == []
    assert api.received == []
