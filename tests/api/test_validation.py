"""Validation of responses: responses of the real API pass, and messages name each error in others."""

from __future__ import annotations

import base64
import typing
from contextlib import closing
from types import GenericAlias
from typing import TYPE_CHECKING, Any, cast

import pytest

from pulumi_scw_iam.api import types
from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.api.validation import wrong, wrong_page
from pulumi_scw_iam.emulator import Emulator
from tests.support.local_api import Clock, certificate, code_at, metadata
from tests.support.recorded import responses
from tests.support.samples import ANSWERING, OPERATIONS, Operation, operation_of, sample
from tests.support.ssh_keys import SSH_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator


def recorded() -> Iterator[tuple[str, Operation, Any]]:
    """Yield the position, the operation and the body of each recorded success of a client operation."""
    for response in responses():
        operation = operation_of(response.method, response.path)
        if response.status < 300 and operation is not None and operation.name in ANSWERING:
            yield response.position, operation, response.body


def test_every_answer_of_the_real_api_can_be_used() -> None:
    found = list(recorded())
    assert [
        f"{position}: {operation.name}: {problem}"
        for position, operation, answer in found
        if (problem := operation.wrong(answer)) is not None
    ] == []
    assert len(found) > 400  # identical consecutive calls count once


def test_no_required_key_of_the_real_api_can_be_left_out_or_be_something_else() -> None:
    """Each recorded response is spoilt at each key in turn, and the message names the key."""
    samples = {operation.name: (operation, answer) for _, operation, answer in recorded()}
    assert len(samples) > 30
    for operation, answer in samples.values():
        for path, spoilt in spoilt_at_each_key(answer):
            problem = operation.wrong(spoilt)
            assert problem is not None, (operation.name, path)
            assert problem.startswith(path), (operation.name, path, problem)


def spoilt_at_each_key(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the path of each item, at any depth, and a copy of the value with another type for this item."""
    if isinstance(value, dict):
        for key, item in value.items():
            for spoilt_path, spoilt in spoilt_at_each_key(item, f"{path}.{key}".removeprefix(".")):
                yield spoilt_path, {**value, key: spoilt}
    elif isinstance(value, list):
        for index, item in enumerate(value[:2]):
            for spoilt_path, spoilt in spoilt_at_each_key(item, f"{path}[{index}]"):
                yield spoilt_path, [*value[:index], spoilt, *value[index + 1 :]]
    if path:
        yield path, ["x"] if not isinstance(value, list) else "x"


class Witness:
    """A client that checks each response against the declared type."""

    def __init__(self, client: IamClient) -> None:
        self._client = client
        self.answered: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any, **keywords: Any) -> Any:
            operation = OPERATIONS[name]
            answer = getattr(self._client, name)(*arguments, **keywords)
            answer = list(answer) if operation.items else answer
            return_type = GenericAlias(list, operation.item) if operation.items else operation.item
            if name in ANSWERING:
                assert wrong(return_type, answer) is None, name
                self.answered.add(name)
            return answer

        return call


def test_every_answer_of_the_local_iam_api_can_be_used() -> None:
    clock = Clock()
    with closing(Emulator(clock=clock)) as emulator:
        witness = Witness(IamClient(Settings.resolve(environ=emulator.environment)))
        call_everything(cast("IamClient", witness), clock, emulator.project_id)
    assert witness.answered == set(ANSWERING)


def call_everything(iam: IamClient, clock: Clock, project_id: str) -> None:
    application_id = iam.create_application(name="robot")["id"]
    iam.update_application(application_id, description="d", tags=["x"])
    iam.get_application(application_id)
    key = iam.create_api_key(application_id=application_id)["access_key"]
    iam.update_api_key(key, description="d")
    iam.get_api_key(key)
    user = iam.create_user(member={"email": "a@example.com", "username": "alice"})["id"]
    iam.create_user(email="guest@example.com")
    iam.update_user(user, first_name="Ä")
    iam.update_user_username(user, username="al")
    iam.update_user_password(user, password="Correct-horse-1")
    iam.lock_user(user)
    iam.unlock_user(user)
    code = code_at(iam.create_user_mfaotp(user)["secret"], clock.time.timestamp())
    iam.validate_user_mfaotp(user, one_time_password=code)
    iam.get_user(user)
    iam.get_user_connections(user)
    iam.list_grace_periods(user_id=user)
    list(iam.list_user_web_authn_authenticators(user))
    iam.get_jwt(cast("types.JWT", iam.create_jwt(user_id=user, referrer="https://a")["jwt"])["jti"])
    iam.list_jw_ts(audience_id=user)
    group = iam.create_group(name="devs")["id"]
    iam.update_group(group, description="d")
    iam.set_group_members(group, user_ids=[user], application_ids=[])
    iam.add_group_member(group, application_id=application_id)
    iam.remove_group_member(group, application_id=application_id)
    iam.add_group_members(group, application_ids=[application_id])
    iam.get_group(group)
    rules: list[types.RuleSpecs] = [
        {"permission_set_names": ["ObjectStorageReadOnly"], "project_ids": [project_id]}
    ]
    policy = iam.create_policy(name="p", rules=rules, group_id=group)["id"]
    iam.set_rules(policy_id=policy, rules=rules)
    iam.update_policy(policy, user_id=user)
    iam.clone_policy(policy)
    iam.get_policy(policy)
    iam.list_rules(policy_id=policy)
    ssh_key = iam.create_ssh_key(name="k", public_key=SSH_KEY, project_id=project_id)["id"]
    iam.update_ssh_key(ssh_key, disabled=True)
    iam.get_ssh_key(ssh_key)
    iam.update_organization_security_settings(login_attempts_before_locked=3)
    iam.get_organization_security_settings()
    iam.get_organization()
    iam.set_organization_alias(alias="acme")
    iam.update_organization_login_methods(login_oauth2_enabled=True)
    saml = iam.enable_organization_saml()["id"]
    iam.update_saml(saml, entity_id="https://idp.example.com")
    iam.get_organization_saml()
    pem = iam.add_saml_certificate(saml, type="signing", content=certificate())
    iam.get_saml_certificate(pem["id"])
    iam.list_saml_certificates(saml)
    iam.parse_saml_metadata(
        file={
            "name": "",
            "content_type": "",
            "content": base64.b64encode(metadata().encode()).decode(),
        }
    )
    scim = iam.enable_organization_scim()["id"]
    iam.get_organization_scim()
    token = iam.create_scim_token(scim)["token"]
    iam.get_scim_token(token["id"])
    iam.list_scim_tokens(scim)
    iam.get_log(next(iter(iam.list_logs()))["id"])
    iam.get_quotum("iam_groups")
    iam.get_project(project_id)
    for listed in (
        iam.list_api_keys,
        iam.list_applications,
        iam.list_groups,
        iam.list_permission_sets,
        iam.list_policies,
        iam.list_projects,
        iam.list_quota,
        iam.list_ssh_keys,
        iam.list_users,
    ):
        assert list(listed()) != []


GROUP = {
    "id": "99999999-9999-4999-8999-999999999999",
    "created_at": "2030-01-01T00:00:00Z",
    "updated_at": "2030-01-01T00:00:00Z",
    "organization_id": "11111111-1111-4111-8111-111111111111",
    "name": "Équipe",
    "description": "",
    "user_ids": [],
    "application_ids": [],
    "tags": ["a"],
    "editable": True,
}
KEY = {
    "access_key": "SCW00000000000000000",
    "secret_key": None,
    "description": "",
    "created_at": "",
    "updated_at": "",
    "expires_at": None,
    "default_project_id": "",
    "editable": True,
    "creation_ip": "",
}
SAML = {
    "id": "1",
    "status": "a new word",
    "service_provider": {"entity_id": "", "assertion_consumer_service_url": ""},
    "entity_id": "",
    "single_sign_on_url": "",
}
QUOTUM = {
    "name": "a",
    "pretty_name": "A",
    "unit": "",
    "description": "",
    "locality_type": "global",
    "limits": [{"global": True, "limit": 5}, {}],
}
RULE = {
    "id": "1",
    "permission_set_names": [],
    "permission_sets_scope_type": "",
    "condition": "",
}


@pytest.mark.parametrize(
    ("answer_type", "answer"),
    [
        (types.Group, GROUP),
        (types.Group, {**GROUP, "all_users": True, "a_new_key": {"of": [None]}}),
        (types.APIKey, KEY),
        (types.APIKey, {**KEY, "secret_key": "s", "expires_at": "2030-01-01T00:00:00Z"}),
        (types.SAML, SAML),
        (types.Quotum, QUOTUM),
        (types.Rule, {**RULE, "project_ids": ["a"]}),
        (types.Connection, {"organization": None, "user": None}),
        (list[types.Rule], [RULE, RULE]),
        (list[types.Rule], []),
        (dict[str, Any], {}),
        (dict[str, Any], {"a": 1}),
        (float, 1),
        (float, 1.5),
    ],
)
def test_what_can_be_used_passes(answer_type: Any, answer: Any) -> None:
    assert wrong(answer_type, answer) is None


@pytest.mark.parametrize(
    ("answer_type", "answer", "problem"),
    [
        (types.Group, None, "it is null, not an object"),
        (types.Group, [], "it is a list, not an object"),
        (types.Group, "devs", "it is a string, not an object"),
        (types.Group, 3, "it is a number, not an object"),
        (types.Group, True, "it is true, not an object"),
        (types.Group, {}, "id is missing"),
        (types.Group, {**GROUP, "id": ""}, "id is not an id"),
        (types.Group, {**GROUP, "id": "1\n2"}, "id is not an id"),
        (types.Group, {**GROUP, "id": "1" * 101}, "id is not an id"),
        (types.Group, {**GROUP, "id": 7}, "id is a number, not a string"),
        (types.Group, {**GROUP, "name": None}, "name is null, not a string"),
        (types.Group, {**GROUP, "name": "\ud800"}, "name is not Unicode text"),
        (types.Group, {**GROUP, "tags": "a"}, "tags is a string, not a list"),
        (types.Group, {**GROUP, "tags": None}, "tags is null, not a list"),
        (types.Group, {**GROUP, "tags": ["a", {}]}, "tags[1] is an object, not a string"),
        (types.Group, {**GROUP, "editable": 1}, "editable is a number, not true or false"),
        (types.Group, {**GROUP, "all_users": "no"}, "all_users is a string, not true or false"),
        (types.Group, {**GROUP, "all_users": None}, "all_users is null, not true or false"),
        (types.APIKey, {**KEY, "expires_at": 5}, "expires_at is a number, not a string"),
        (types.APIKey, {**KEY, "access_key": ""}, "access_key is not an id"),
        (types.SAML, {**SAML, "service_provider": []}, "service_provider is a list, not an object"),
        (
            types.SAML,
            {**SAML, "service_provider": {"entity_id": ""}},
            "service_provider.assertion_consumer_service_url is missing",
        ),
        (types.SAML, {**SAML, "status": 1}, "status is a number, not a string"),
        (
            types.Quotum,
            {**QUOTUM, "limits": [{}, {"limit": True}]},
            "limits[1].limit is true, not a whole number",
        ),
        (types.Quotum, {**QUOTUM, "limit": 1.0}, "limit is a number, not a whole number"),
        (types.Quotum, {**QUOTUM, "limit": 2**53}, "limit is too large a number"),
        (types.Quotum, {**QUOTUM, "limit": -(2**53)}, "limit is too large a number"),
        (
            list[types.Rule],
            [RULE, {**RULE, "condition": 0}],
            "[1].condition is a number, not a string",
        ),
        (dict[str, Any], [], "it is a list, not an object"),
        (float, "1", "it is a string, not a number"),
        (float, float("nan"), "it is not a finite number"),
    ],
)
def test_what_cannot_be_used_is_named_in_a_few_words(
    answer_type: Any, answer: Any, problem: str
) -> None:
    assert wrong(answer_type, answer) == problem


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        ({"groups": [], "total_count": 0}, None),
        ({"groups": [GROUP] * 100, "total_count": 250, "new": 1}, None),
        ({"groups": []}, "total_count is missing"),
        ({"total_count": 0}, "groups is missing"),
        ({"groups": {}, "total_count": 0}, "groups is an object, not a list"),
        ({"groups": None, "total_count": 0}, "groups is null, not a list"),
        ({"groups": [], "total_count": "0"}, "total_count is a string, not a whole number"),
        ({"groups": [], "total_count": -1}, "total_count is negative"),
        ({"groups": [], "total_count": 10**30}, "total_count is too large a number"),
        ({"groups": [GROUP, GROUP, GROUP, {}], "total_count": 4}, "groups[3].id is missing"),
        ([], "it is a list, not an object"),
    ],
)
def test_a_page_is_a_list_of_items_and_their_number(page: Any, problem: str | None) -> None:
    assert wrong_page(types.Group, "groups", page) == problem


def test_a_type_without_json_values_is_refused() -> None:
    with pytest.raises(TypeError, match="<class 'bytes'> is not the type of a JSON value"):
        wrong(bytes, b"")


def test_every_response_type_can_be_checked() -> None:
    declared = [
        declared_type
        for name, declared_type in vars(types).items()
        # Types in `Fields` declare keywords of requests.
        if typing.is_typeddict(declared_type) and not name.endswith("Fields")
    ]
    assert len(declared) >= 30
    for answer_type in declared:
        assert wrong(answer_type, []) == "it is a list, not an object"


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_the_samples_of_the_other_tests_can_be_used_and_have_nothing_that_could_be_left_out(
    operation: Operation,
) -> None:
    if operation.item is type(None):
        assert operation.answer() is None
        return
    item = sample(operation.item)
    assert wrong(operation.item, item) is None
    assert [
        name
        for name in item
        if wrong(operation.item, {k: v for k, v in item.items() if k != name}) is None
    ] == []
    answer = operation.answer(item) if operation.items else operation.answer()
    assert operation.wrong(answer) is None
