"""States of Terraform and of pulumiverse stacks, joined with the objects of the organization."""

from __future__ import annotations

import gzip
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import requests

from pulumi_scw_iam.adopt.pulumiverse import read_stack
from pulumi_scw_iam.adopt.recorder import KIND_NAMES
from pulumi_scw_iam.adopt.sources import with_recorded
from pulumi_scw_iam.adopt.terraform import read_terraform
from tests.support.organization_with_all import KEYS, Filled, filled
from tests.support.terraform_states import Source, membership, stack_export, terraform_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pulumi_scw_iam.adopt.recorded import Recordings

    Read = Callable[..., Recordings]


@pytest.fixture(scope="module")
def organization() -> Iterator[Filled]:
    with filled() as organization:
        yield organization


def from_terraform(sources: Iterable[Source]) -> Recordings:
    return read_terraform("state", terraform_state(sources))


def from_stack(sources: Iterable[Source]) -> Recordings:
    return read_stack("state", stack_export(list(sources)))


def prefix(read: Read, source: Source) -> str:
    """Return the beginning of a line about a resource."""
    if read is from_terraform:
        return f"state: scaleway_iam_{source.type}.{source.name}"
    (recorded,) = read([source]).objects
    return f"state: {recorded.address}"


SOURCES = pytest.mark.parametrize(
    "read", [pytest.param(from_terraform, id="terraform"), pytest.param(from_stack, id="stack")]
)


def of_kind(organization: Filled, kind: str) -> list[Source]:
    return [source for source in organization.sources if source.kind == kind]


@SOURCES
def test_all_resource_types_are_adopted_with_the_values_of_the_organization(
    organization: Filled, read: Read
) -> None:
    iam, secrets, items, sources, _ = organization
    joined = with_recorded(items, read(sources), iam.default_organization_id)
    assert (joined.failures, joined.notes) == ((), ())
    assert {(found.kind.name, found.id): found.item for found in joined.existing} == {
        (source.kind, source.id): source.item for source in sources
    }
    assert {found.id: found.known for found in joined.existing if found.known} == {
        key: {"secret_key" if key.startswith("SCW") else "bearer_token": secret}
        for key, secret in secrets.items()
    }
    assert {found.kind.name for found in joined.existing} == {*KIND_NAMES.values()} - {
        "GroupMembership"
    }
    assert {found.label for found in joined.existing} == {source.name for source in sources}
    assert {found.kind.name: found.unmanaged for found in joined.existing if found.unmanaged} == {
        "SAML": {"entity_id", "single_sign_on_url"},
        "User": {"locked"},
    }


@SOURCES
def test_every_key_signs_a_call_with_its_recorded_secret(organization: Filled, read: Read) -> None:
    found = [recorded for recorded in read(organization.sources).objects if recorded.known]
    statuses: Counter[int] = Counter()
    with requests.Session() as session:
        session.trust_env = False
        for recorded in found:
            if recorded.kind.name == "APIKey":
                url = f"{organization.url}/iam/v1alpha1/api-keys/{recorded.id}"
                headers = {"X-Auth-Token": recorded.known["secret_key"]}
                statuses[session.get(url, headers=headers, timeout=10).status_code] += 1
    assert statuses == {200: KEYS}


@SOURCES
def test_no_secret_is_in_the_repr_of_the_recordings(organization: Filled, read: Read) -> None:
    recordings = read(organization.sources)
    joined = with_recorded(organization.items, recordings, organization.iam.default_organization_id)
    text = repr((recordings, joined, [dict(recorded.known) for recorded in recordings.objects]))
    assert [secret for secret in organization.secrets.values() if secret in text] == []


@SOURCES
def test_an_object_that_no_longer_exists_is_one_line(organization: Filled, read: Read) -> None:
    group, other = of_kind(organization, "Group")
    items = {**organization.items, "Group": {other.id: other.item}}
    joined = with_recorded(items, read([group, other]), organization.iam.default_organization_id)
    assert [found.id for found in joined.existing] == [other.id]
    assert joined.failures == (f"{prefix(read, group)}: group {group.id} no longer exists",)


def test_a_kind_that_was_not_read_is_not_taken_for_deleted(organization: Filled) -> None:
    (token,) = of_kind(organization, "SCIMToken")
    items = {name: of for name, of in organization.items.items() if name != "SCIMToken"}
    joined = with_recorded(items, from_terraform([token]), organization.iam.default_organization_id)
    assert joined == (
        (),
        (
            f"{prefix(from_terraform, token)}: the SCIM tokens of the organization could not be read",
        ),
        (),
    )


def test_an_object_of_another_organization_is_one_line(organization: Filled) -> None:
    group, _ = of_kind(organization, "Group")
    mine = "11111111-1111-4111-8111-111111111111"
    joined = with_recorded(organization.items, from_terraform([group]), mine)
    assert joined == (
        (),
        (
            f"{prefix(from_terraform, group)}: is in another organization than {mine}, that of the"
            " credentials",
        ),
        (),
    )


@SOURCES
def test_drift_is_a_note_and_the_organization_wins(organization: Filled, read: Read) -> None:
    group, _ = of_kind(organization, "Group")
    policy, _ = of_kind(organization, "Policy")
    key = next(source for source in of_kind(organization, "APIKey") if source.item["expires_at"])
    old_group = replace(group, item={**group.item, "description": "old", "user_ids": []})
    rule = {**policy.item["rules"][0], "condition": "1 == 1"}
    old_policy = replace(policy, item={**policy.item, "rules": [rule]})
    old_key = replace(key, item={**key.item, "expires_at": "2098-01-01T00:00:00Z"})
    joined = with_recorded(
        organization.items,
        read([old_group, old_policy, old_key]),
        organization.iam.default_organization_id,
    )
    assert {found.id: found.item for found in joined.existing} == {
        source.id: source.item for source in (group, policy, key)
    }
    assert joined.failures == ()
    assert joined.notes == (
        f"{prefix(read, group)}: description and user_ids differ in the organization, whose values"
        " are used",
        f"{prefix(read, policy)}: rules differs in the organization, whose values are used",
        f"{prefix(read, key)}: expires_at differs in the organization, whose values are used",
    )


@SOURCES
def test_another_spelling_is_no_drift(organization: Filled, read: Read) -> None:
    policy, _ = of_kind(organization, "Policy")
    group, _ = of_kind(organization, "Group")
    ssh_key, _ = of_kind(organization, "SSHKey")
    user, _ = of_kind(organization, "User")
    first, second = policy.item["rules"]
    split = [{**second, "permission_set_names": [name]} for name in second["permission_set_names"]]
    respelled = [
        replace(policy, item={**policy.item, "rules": [*split, first], "tags": ["b", "a"]}),
        replace(group, item={**group.item, "user_ids": group.item["user_ids"][::-1]}),
        replace(
            ssh_key,
            item={**ssh_key.item, "public_key": f"{ssh_key.item['public_key']} me@laptop\n"},
        ),
        replace(user, item={**user.item, "email": "Alice@example.com"}),
    ]
    joined = with_recorded(
        organization.items, read(respelled), organization.iam.default_organization_id
    )
    assert (len(joined.existing), joined.failures, joined.notes) == (4, (), ())


@SOURCES
def test_memberships_are_checked_against_the_group(organization: Filled, read: Read) -> None:
    group, empty = of_kind(organization, "Group")
    (user, _), (app, other) = (
        group.item["user_ids"],
        (source.id for source in of_kind(organization, "Application")),
    )
    everyone = "22222222-2222-4222-8222-222222222222"
    groups = {**organization.items["Group"], everyone: {"id": everyone, "all_users": True}}
    gone = "11111111-1111-4111-8111-111111111111"
    memberships = [
        membership(group.id, "user", user, "alice"),
        membership(group.id, "application", app, "ci"),
        membership(group.id, "application", other, "cd"),
        membership(empty.id, "user", user, "left"),
        membership(gone, "user", user, "gone"),
        membership(everyone, "user", user, "all"),
    ]
    external = replace(group, external_membership=True)
    joined = with_recorded(
        {**organization.items, "Group": groups},
        read([external, *memberships]),
        organization.iam.default_organization_id,
    )
    assert [(found.id, found.item, found.unmanaged, found.label) for found in joined.existing] == [
        (group.id, group.item, {"user_ids", "application_ids"}, "devs"),
        (memberships[0].id, {"group_id": group.id, "user_id": user}, frozenset(), "alice"),
        (memberships[1].id, {"group_id": group.id, "application_id": app}, frozenset(), "ci"),
    ]
    assert joined.failures == (
        f"{prefix(read, memberships[2])}: application {other} is no longer in group {group.id}",
        f"{prefix(read, memberships[3])}: user {user} is no longer in group {empty.id}",
        f"{prefix(read, memberships[4])}: group {gone} no longer exists",
        f"{prefix(read, memberships[5])}: is in the built-in group of all users, whose members"
        " Scaleway manages",
    )
    assert joined.notes == ()


@SOURCES
def test_a_member_of_a_managed_list_has_no_resource_of_its_own(
    organization: Filled, read: Read
) -> None:
    group, _ = of_kind(organization, "Group")
    member = membership(group.id, "user", group.item["user_ids"][0], "alice")
    joined = with_recorded(
        organization.items, read([group, member]), organization.iam.default_organization_id
    )
    assert [found.id for found in joined.existing] == [group.id]
    assert joined.failures == ()
    title = prefix(read, group).removeprefix("state: ")
    assert joined.notes == (
        f"{prefix(read, member)}: left out, because {title} lists all members of the group",
    )


@SOURCES
def test_a_key_without_a_recorded_secret_is_adopted_with_a_note(
    organization: Filled, read: Read
) -> None:
    key = replace(of_kind(organization, "APIKey")[0], secrets={})
    recordings = read([key])
    spelled = "secret_key" if read is from_terraform else "secretKey"
    assert recordings.notes == (
        f"{prefix(read, key)}: has no {spelled} in this state, so it is adopted without one",
    )
    assert [recorded.known for recorded in recordings.objects] == [{}]


@SOURCES
def test_passwords_of_users_are_not_kept(organization: Filled, read: Read) -> None:
    user = of_kind(organization, "User")[0]
    password = "correct horse"
    with_password = replace(user, item={**user.item, "password": password})
    (recorded,) = read([with_password]).objects
    assert password not in repr((recorded.values, recorded.known))
    assert recorded.known == {}


@SOURCES
def test_the_same_object_twice_is_adopted_once(organization: Filled, read: Read) -> None:
    group, _ = of_kind(organization, "Group")
    again = replace(group, name="again")
    recordings = read([group, again])
    assert [recorded.label for recorded in recordings.objects] == ["devs"]
    title = prefix(read, group).removeprefix("state: ")
    assert recordings.failures == (
        f"{prefix(read, again)}: is the same object as {title}, which is adopted",
    )


@SOURCES
def test_old_names_of_the_types_are_known(organization: Filled, read: Read) -> None:
    if read is from_terraform:
        sources = [replace(of_kind(organization, "SSHKey")[0], is_old=True)]
    else:
        sources = [replace(source, is_old=True) for source in organization.sources]
    recordings = read(sources)
    assert recordings.failures == ()
    assert {recorded.id for recorded in recordings.objects} == {source.id for source in sources}


@pytest.mark.parametrize(
    ("read", "write"), [(read_terraform, terraform_state), (read_stack, stack_export)]
)
def test_a_gzipped_state_is_read(
    organization: Filled, read: Read, write: Callable[..., bytes]
) -> None:
    content = write(organization.sources)
    assert read("state", gzip.compress(content)) == read("state", content)


def values_of(recordings: Recordings) -> Mapping[str, Any]:
    (recorded,) = recordings.objects
    return recorded.values


@SOURCES
def test_the_inputs_have_our_names(organization: Filled, read: Read) -> None:
    policy, _ = of_kind(organization, "Policy")
    values = dict(values_of(read([policy])))
    rules = values.pop("rules")
    assert [sorted(rule) for rule in rules] == [
        ["condition", "organization_id", "permission_set_names"]
        if read is from_terraform
        else ["organization_id", "permission_set_names"],
        ["condition", "permission_set_names", "project_ids"],
    ]
    expected = {name: policy.item[name] for name in ("name", "description", "tags", "group_id")}
    assert {name: values[name] for name in expected} == expected
