"""Objects that a program declares already have the state of a create and a refresh."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pulumi_scw_iam.adopt.matching import keys_of
from pulumi_scw_iam.adopt.objects import Existing, Survey
from pulumi_scw_iam.adopt.program_first import ProgramFirst, adopt_program, read_program
from pulumi_scw_iam.core.checks import ADOPTING
from pulumi_scw_iam.core.fields import UNKNOWN, fields
from pulumi_scw_iam.kinds import KINDS
from pulumi_scw_iam.kinds.shared.members import MEMBER_LISTS
from pulumi_scw_iam.kinds.shared.secret_sink import versions_of
from pulumi_scw_iam.states.preview import PlannedResource, Preview, PreviewError
from tests.adopt.declared import OWNER, existing, found, planned
from tests.adopt.prepared import Prepared
from tests.support.strategies import RESOURCE, inputs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_scw_iam.adopt.program_first import Matched
    from pulumi_scw_iam.core.fields import Props

OTHER = "22222222-2222-4222-8222-222222222222"
MATCHED = [name for name in KINDS if name != "SCIMToken"]
UPDATED = [name for name in MATCHED if name not in ("GroupMembership", "SAMLCertificate", "SCIM")]
"""The kinds with inputs that an update changes."""


@pytest.fixture(scope="module")
def prepared() -> Iterator[Prepared]:
    prepared = Prepared()
    yield prepared
    prepared.organization.close()


def adopted(prepared: Prepared, kind: str, resource_id: str, registered: Props) -> Matched:
    """Adopt an object of the organization for a resource with these inputs."""
    if kind == "GroupMembership":
        existing = prepared.existing("Group", resource_id.partition("/")[0])
    else:
        existing = prepared.existing("APIKey" if kind == "RotatingAPIKey" else kind, resource_id)
    owner, versions = (
        prepared.organization.organization,
        partial(versions_of, prepared.organization.iam),
    )
    (matched,) = found(planned(kind, registered), existing, owner=owner, versions=versions).matched
    assert matched.adoption.id == resource_id
    return matched


@pytest.mark.parametrize("kind", MATCHED)
@settings(max_examples=20)
@given(data=st.data())
def test_an_object_of_the_program_has_the_state_that_its_create_left(
    kind: str, prepared: Prepared, data: st.DataObject
) -> None:
    prepared.begin(kind)
    world = prepared.organization
    drawn = data.draw(inputs(KINDS[kind], prepared.ids))
    assume(drawn.get("type") != "owner")
    resource_id, created = world.create(kind, **drawn)
    registered = world.inputs(kind, {}, drawn)
    matched = adopted(prepared, kind, created.get("access_key", resource_id), registered)
    assert (matched.differences, matched.unknown) == ((), ())
    assert matched.adoption.inputs == registered
    assert matched.adoption.outputs == {n: v for n, v in created.items() if n != "secret_key"}


@pytest.mark.parametrize("kind", UPDATED)
@settings(max_examples=20)
@given(data=st.data())
def test_the_differences_are_those_that_an_update_removes(
    kind: str, prepared: Prepared, data: st.DataObject
) -> None:
    prepared.begin(kind)
    world, strategy = prepared.organization, KINDS[kind]
    drawn = data.draw(inputs(strategy, prepared.ids))
    assume(drawn.get("type") not in ("owner", "guest"))
    resource_id, created = world.create(kind, **drawn)
    program = data.draw(inputs(strategy, prepared.ids, olds=created))
    key = {*strategy.unique(), *strategy.found_by, strategy.described_by, "expires_at", "type"}
    key |= {name for one in keys_of(strategy) for name in one}
    names = [field.name for field in fields(strategy.inputs)]
    program = {name: value for name, value in program.items() if name not in key}
    program |= {name: created[name] for name in key if name in names and name in created}
    registered = world.inputs(kind, {}, program)
    matched = adopted(prepared, kind, created.get("access_key", resource_id), registered)
    kept = {field.name for field in fields(strategy.state) if field.prop.kept}
    # A program manages the lists of a group that it sets.
    lists = MEMBER_LISTS if kind == "Group" else ()
    members = {name: [*prepared.existing(kind, resource_id).item[name]] for name in lists}
    left_alone = {name for name in lists if name not in program}
    expected = set(strategy.diff({**created, **members}, registered)) - kept - left_alone
    assert set(matched.differences) - kept == expected
    # The stack updates the object, and nothing else is left to change.
    world.begin()
    after = world.update(kind, resource_id, matched.adoption.outputs, **program)
    again = adopted(prepared, kind, after.get("access_key", resource_id), registered)
    assert (again.differences, again.adoption.inputs) == ((), registered)


# --- single cases ----------------------------------------------------------------------------------


def test_a_list_that_the_program_leaves_alone_is_in_neither_inputs_nor_outputs() -> None:
    registered = {"name": "devs", "application_ids": [], "organization_id": OWNER}
    group = existing("Group", user_ids=["u"], **registered)
    (matched,) = found(planned("Group", registered), group).matched
    assert matched.differences == ()
    assert matched.adoption.inputs == registered
    assert "user_ids" not in matched.adoption.outputs
    assert matched.adoption.outputs["application_ids"] == []


def test_a_value_that_only_an_update_knows_is_the_live_value() -> None:
    registered = {"name": "devs", "description": UNKNOWN, "user_ids": UNKNOWN}
    group = existing(
        "Group", name="devs", description="live", user_ids=[OWNER], organization_id=OWNER
    )
    (matched,) = found(planned("Group", {**registered, "organization_id": OWNER}), group).matched
    assert matched.unknown == ("description", "user_ids")
    assert matched.notes == (
        "description and user_ids are known only to an update, which may change the object",
    )
    assert matched.adoption.inputs == {
        "name": "devs",
        "description": "live",
        "user_ids": [OWNER],
        "organization_id": OWNER,
    }


def test_a_password_of_the_program_stays_and_is_not_compared() -> None:
    names = {"username": "alice", "email": "a@x.y", "organization_id": OWNER}
    user = planned("User", {**names, "password": "of the program"}, secrets=frozenset({"password"}))
    (matched,) = found(user, existing("User", type="member", **names)).matched
    assert matched.differences == ()
    assert matched.notes == (
        "password cannot be compared, because the API never returns it; it is not changed",
    )
    assert matched.adoption.inputs["password"] == matched.adoption.outputs["password"]
    assert "of the program" not in repr(matched)


def test_the_place_of_a_secret_key_is_that_of_the_program_and_is_not_compared() -> None:
    """The key is not replaced: its secret key may already be there."""
    key = existing("APIKey", id="SCW1", user_id=OWNER, description="k", access_key="SCW1")
    place = {"secret_id": f"fr-par/{OWNER}", "secret_format": "raw"}
    (matched,) = found(
        planned("APIKey", {"user_id": OWNER, "description": "k", **place}), key
    ).matched
    assert matched.differences == ()
    assert matched.notes == (
        "secret_id cannot be compared, because the API never returns it; it is not changed",
        "secret_key is not set, because the API returns it only at creation",
    )
    assert matched.adoption.outputs.items() >= place.items()
    assert "secret_version" not in matched.adoption.outputs


def test_a_key_without_its_secret_says_so() -> None:
    key = existing("APIKey", id="SCW1", user_id=OWNER, description="k", access_key="SCW1")
    resource = planned("APIKey", {"user_id": OWNER, "description": "k"})
    (matched,) = found(resource, key).matched
    assert matched.notes == ("secret_key is not set, because the API returns it only at creation",)
    assert matched.adoption.outputs["organization_id"] == OWNER


@pytest.mark.parametrize(
    ("given", "cause"),
    [
        ("2080-01-01T00:00:00Z", "expires_at differs"),
        (None, "expires_at differs"),
        (UNKNOWN, "expires_at is known only to an update"),
    ],
)
def test_an_object_that_would_be_replaced_is_not_adopted(given: Any, cause: str) -> None:
    key = existing(
        "APIKey", id="SCW1", user_id=OWNER, description="k", expires_at="2070-01-01T00:00:00Z"
    )
    registered = {"user_id": OWNER, "description": "k"}
    resource = planned(
        "APIKey", registered if given is None else {**registered, "expires_at": given}
    )
    result = found(resource, key)
    assert result.matched == ()
    (one,) = result.open
    assert (one.title, one.candidates) == ('APIKey "it"', (key,))
    assert one.reason == (
        f'API key "k" SCW1 is not adopted, because the next update would replace it: {cause}; use the value of'
        " the object in the program, or give the resource another identity"
    )


def test_new_components_and_providers_around_an_object_come_along() -> None:
    registered = {"name": "devs", "organization_id": OWNER}
    area, team, other, lone = (f"urn:pulumi:test::shop::x:index:X::{name}" for name in "abcd")
    group = planned("Group", registered, parent=team, provider=other, dependencies=(area, lone))
    around = {area: "", team: area, other: "", lone: ""}
    steps = [
        PlannedResource(
            urn=urn, type="x", op="create", kind=None, front="", parent=above, custom=urn == other
        )
        for urn, above in around.items()
    ]
    preview = Preview(name="preview", steps=(group, *reversed(steps)))
    survey = Survey(organization_id=OWNER, existing=(existing("Group", **registered),))
    result = adopt_program(preview, survey)
    assert [one.urn for one in result.components] == [area, team]
    assert [one.urn for one in result.providers] == [other]
    assert result.matched[0].dependencies == (area,)


def test_ignored_changes_replace_nothing() -> None:
    key = existing(
        "APIKey", id="SCW1", user_id=OWNER, description="k", expires_at="2070-01-01T00:00:00Z"
    )
    registered = {"user_id": OWNER, "description": "k", "expires_at": "2080-01-01T00:00:00Z"}
    resource = planned("APIKey", registered, ignored=frozenset({"expires_at"}))
    (matched,) = found(resource, key).matched
    assert matched.differences == ()
    assert matched.adoption.inputs["expires_at"] == "2070-01-01T00:00:00Z"


def test_a_resource_below_another_one_needs_it_in_the_state() -> None:
    names = {"organization_id": OWNER, "name": RESOURCE}
    parent = planned("Group", names)
    child = planned("Application", names, parent=parent.urn)
    grandchild = planned("Policy", {**names, "no_principal": True}, parent=child.urn)
    objects = [existing("Application", **names), existing("Policy", no_principal=True, **names)]

    def result(*groups: Existing) -> ProgramFirst:
        preview = Preview(name="preview", steps=(grandchild, child, parent))
        return adopt_program(preview, Survey(organization_id=OWNER, existing=(*objects, *groups)))

    object_id = objects[0].id
    assert {one.title: one.reason for one in result().open} == {
        'Application "it" in "it"': f'application "it" {object_id} is not adopted: its parent Group "it" has no'
        " object yet",
        'Policy "it" in "it"': f'policy "it" {object_id} is not adopted: its parent Application "it" in "it" has'
        " no object yet",
    }
    assert result(existing("Group", **names)).unmatched == ()


def test_a_provider_with_unknown_settings_cannot_come_along() -> None:
    names = {"organization_id": OWNER, "name": "devs"}
    urn = "urn:pulumi:test::shop::pulumi:providers:scw-iam::other"
    inputs = {"secretKey": UNKNOWN}
    provider = PlannedResource(urn=urn, type="x", op="create", kind=None, front="", inputs=inputs)
    steps = (planned("Group", names, provider=urn), provider)
    group = existing("Group", **names)
    survey = Survey(organization_id=OWNER, existing=(group,))
    (one,) = adopt_program(Preview(name="preview", steps=steps), survey).open
    assert one.reason == (
        f'group "devs" {group.id} is not adopted: only an update knows the settings of its provider "other";'
        f" create the provider with `pulumi up --target {urn}`, and run again"
    )


def test_the_plan_with_secrets_exists_only_for_the_time_of_the_preview() -> None:
    files: list[Path] = []

    def run(*options: str) -> dict[str, Any]:
        assert options[:3] == ("--show-sames", "--show-secrets", "--save-plan")
        files.append(Path(options[3]))
        files[0].write_text('{"resourcePlans": {}}')
        assert files[0].parent.stat().st_mode & 0o777 == 0o700
        return {"steps": []}

    assert read_program(run) == Preview(name="the preview of the program", steps=())
    assert not files[0].parent.exists()


def test_the_preview_for_the_command_accepts_what_only_a_create_would_refuse(
    prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared.begin("Group")
    world = prepared.organization
    names = {"name": "group", "organization_id": world.organization, "user_ids": [OWNER]}
    _, failures = world.core.check(KINDS["Group"], {}, names, urn="urn:1")
    assert [failure.path for failure in failures] == ["user_ids"]
    monkeypatch.setenv(ADOPTING, "1")
    world.begin()
    world.calls()
    assert world.core.check(KINDS["Group"], {}, names, urn="urn:2") == (names, [])
    assert world.calls() == []
    _, failures = world.core.check(KINDS["Group"], names, {**names, "user_ids": [OTHER]})
    assert [failure.path for failure in failures] == ["user_ids"]


def test_a_failed_preview_is_refused() -> None:
    failed = Preview(name="preview", steps=(), errors=("name is too long", "b", "c"))
    with pytest.raises(PreviewError) as raised:
        adopt_program(failed, Survey(organization_id=OWNER, existing=()))
    assert str(raised.value) == ("the preview of the program failed: name is too long (and 2 more)")
