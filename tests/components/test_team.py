"""Team in Python programs, on a mocked engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
import pytest
from pulumi.runtime import mocks

import pulumi_scw_iam as iam
from pulumi_scw_iam.components import COMPONENTS
from pulumi_scw_iam.guardrails.resources import kind_of

if TYPE_CHECKING:
    from collections.abc import Callable

ONE = "11111111-1111-4111-8111-111111111111"
SECRET = f"fr-par/{ONE}"
RULES = [iam.PolicyRuleArgs(permission_set_names=["InstancesFullAccess"], all_projects=True)]


class Engine(mocks.Mocks):
    """Records the registered resources, in order."""

    def __init__(self) -> None:
        self.made: list[tuple[str, dict[str, Any]]] = []

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        kind = args.typ.rpartition(":")[2]
        inputs = {n: v for n, v in args.inputs.items() if not n.startswith("__")}
        self.made.append((kind, inputs))
        of_key = {"access_key": "SCWKEY", "secret_key": "hush"} if kind == "RotatingAPIKey" else {}
        return f"{kind}-id", {**inputs, **of_key}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[Any, Any], None]:
        raise NotImplementedError


@pytest.fixture
def engine(outputs_loop: None) -> Engine:  # noqa: ARG001
    engine = Engine()
    mocks.set_mocks(engine)
    return engine


def run(program: Callable[[], object]) -> None:
    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def wrapped() -> object:
        return program()

    wrapped()


def test_the_children_are_created_in_order_with_the_name_of_the_team(engine: Engine) -> None:
    seen: dict[str, Any] = {}

    def program() -> pulumi.Output[Any]:
        team = iam.Team(
            "ops", description="d", tags=["a"], user_ids=[ONE], rules=RULES, application=True
        )
        values = {name: getattr(team, name) for name in COMPONENTS["Team"].outputs()}
        return pulumi.Output.all(**values).apply(seen.update)

    run(program)
    assert dict(engine.made[:1]) == {
        "Team": {
            "description": "d",
            "tags": ["a"],
            "userIds": [ONE],
            "rules": [{"permissionSetNames": ["InstancesFullAccess"], "allProjects": True}],
            "application": True,
        }
    }
    common = {"name": "ops", "description": "d", "tags": ["a"]}
    rules = [{"permission_set_names": ["InstancesFullAccess"], "all_projects": True}]
    made = engine.made[1:]
    # The application and the group do not depend on each other.
    assert dict(made[:2]) == {"Application": common, "Group": {**common, "user_ids": [ONE]}}
    assert made[2:] == [
        ("Policy", {**common, "group_id": "Group-id", "rules": rules}),
        ("GroupMembership", {"group_id": "Group-id", "application_id": "Application-id"}),
        ("RotatingAPIKey", {"application_id": "Application-id", "description": "ops"}),
    ]
    assert seen == {
        "group_id": "Group-id",
        "policy_id": "Policy-id",
        "application_id": "Application-id",
        "access_key": "SCWKEY",
        "secret_key": "hush",
        "secret_version": None,
        **dict.fromkeys(["previous_access_key", "previous_secret_key", "rotated_at"]),
        **dict.fromkeys(["next_rotation_at", "expires_at"]),
    }


def test_a_list_of_applications_has_the_application_of_the_team(engine: Engine) -> None:
    def program() -> None:
        iam.Team("one", application_ids=[ONE], application=True, secret_id=SECRET)
        later = pulumi.Output.from_input([ONE])
        iam.Team("two", name="t", application_ids=later, application=True)

    run(program)
    groups = [inputs for kind, inputs in engine.made if kind == "Group"]
    assert [group["application_ids"] for group in groups] == [[ONE, "Application-id"]] * 2
    keys = [inputs for kind, inputs in engine.made if kind == "RotatingAPIKey"]
    assert sorted(key["description"] for key in keys) == ["one", "t"]
    assert [key["secret_id"] for key in keys if "secret_id" in key] == [SECRET]
    assert "GroupMembership" not in dict(engine.made)


def test_without_rules_and_application_a_team_is_a_group(engine: Engine) -> None:
    run(lambda: iam.Team("ops"))
    assert engine.made == [("Team", {}), ("Group", {"name": "ops"})]


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        (
            {"user_ids": ["bob"], "tags": ["a:b"]},
            [
                "tags[0]: \"a:b\" contains ':'; use letters without accents, digits, spaces and . _ - / = +"
                " @ only",
                'user_ids[0]: "bob" is not a UUID; pass the user\'s id, not the name',
            ],
        ),
        (
            {"rules": [{"permission_set_names": ["InstancesFullAccess"]}]},
            [
                "rules[0].organization_id: set exactly one of organization_id, project_ids and all_projects"
                " as the scope; none is set",
            ],
        ),
        (
            {"secret_id": SECRET},
            [
                "secret_id: has no effect without application; set application to true, or remove secret_id",
            ],
        ),
        ({"nmae": "ops"}, ['nmae: is not an input of Team; did you mean "name"?']),
        ({"group_id": ONE}, ["group_id: is an output of Team; leave it out"]),
        ({"application": "yes"}, ["application: is a string; pass True or False"]),
    ],
)
def test_wrong_arguments_are_named(
    engine: Engine, arguments: dict[str, Any], lines: list[str]
) -> None:
    with pytest.raises(pulumi.RunError) as refused:
        run(lambda: iam.Team("ops", **arguments))
    assert str(refused.value) == "Team ops: " + " | ".join(lines)
    assert engine.made == []


def test_an_output_is_refused_for_a_plain_argument(engine: Engine) -> None:
    later: Any = pulumi.Output.from_input(True)
    with pytest.raises(pulumi.RunError) as refused:
        run(lambda: iam.Team("ops", application=later))
    assert str(refused.value) == (
        "Team ops: application: is not known before the update; pass a plain value, not an output"
    )
    assert engine.made == []


def test_an_invalid_default_name_is_explained(engine: Engine) -> None:
    with pytest.raises(pulumi.RunError) as refused:
        run(lambda: iam.Team("a:b"))
    assert str(refused.value) == (
        "Team a:b: name: \"a:b\" contains ':'; use letters without accents, digits, spaces and ( ) . _ - only;"
        " the value is the resource's logical name, because name is not set; set name"
    )
    assert engine.made == []


def test_an_ignored_provider_is_refused(engine: Engine) -> None:
    def program() -> None:
        provider = pulumi.ProviderResource("scw-iam", "prod", {})
        iam.Team("ops", pulumi.ResourceOptions(provider=provider))

    with pytest.raises(
        pulumi.RunError, match=r'^Team ops: provider "prod" of package scw-iam has no'
    ):
        run(program)
    assert "Team" not in dict(engine.made)


def test_a_component_is_no_subject_of_a_guardrail() -> None:
    assert kind_of("scw-iam:index:Team") is None
