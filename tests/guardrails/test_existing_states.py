"""What the pack makes of resources in the form of `pulumi policy analyze`: read, redacted, or imported."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam import guardrails
from pulumi_scw_iam.core.fields import fields
from pulumi_scw_iam.guardrails import GUARDRAILS
from pulumi_scw_iam.kinds import KINDS
from tests.support.guardrail_programs import FAMILIES, Pack, engine_resources

if TYPE_CHECKING:
    from tests.support.guardrail_programs import Answer, EngineResource

REDACTED = "[secret]"
TEAM = """
ana = iam.User("ana", email="ana@example.com", username="ana")
robot = iam.Application("robot")
devs = iam.Group("devs", user_ids=[ana.id], application_ids=[robot.id])
idle = iam.Group("idle", user_ids=[], application_ids=[])
iam.Policy("devs", group_id=devs.id, rules=[iam.PolicyRuleArgs(
    permission_set_names=["IAMManager"], organization_id=ORGANIZATION_ID)])
"""


def analyze(resources: list[EngineResource], *, read: str = "") -> Answer:
    """Call the pack in the order of the engine. The program only reads the group with the name `read`."""
    pack = Pack(guardrails.every_policy())
    found: list[tuple[str, str, str]] = []
    for item in resources:
        # The engine passes inputs to guardrails for one resource, and outputs to those for the stack.
        inputs = replace(item, props={}) if item.name == read else item
        found += [
            (name, item.urn, message) for name, _, message in pack.resource(inputs).violations
        ]
    whole = pack.stack(resources)
    return replace(whole, violations=found + whole.violations)


def reported(answer: Answer) -> set[tuple[str, str]]:
    return {(name, urn.rpartition("::")[2]) for name, urn, _ in answer.violations}


def unlinked(resources: list[EngineResource]) -> list[EngineResource]:
    """Return the resources as `pulumi import` writes them."""
    return [replace(item, dependencies={}) for item in resources]


@pytest.mark.parametrize("family", FAMILIES)
def test_nothing_is_reported_about_an_object_that_the_program_only_reads(family: str) -> None:
    resources = engine_resources(TEAM, family, preview=False)
    for item in resources:
        item.urn = item.urn.replace("::test::", "::read::")
        item.dependencies = {
            name: [urn.replace("::test::", "::read::") for urn in urns]
            for name, urns in item.dependencies.items()
        }
    managed = reported(analyze(resources))
    of_group = {
        ("required-tags", "devs"),
        ("group-not-mixed", "devs"),
        ("privileged-protected", "devs"),
    }
    assert of_group < managed
    read = next(item.urn for item in resources if item.name == "devs" and "olicy" not in item.type)
    answer = analyze(resources, read="devs")
    assert read not in {urn for _, urn, _ in answer.violations}
    # The members of the group have its permissions all the same, so they are in use.
    assert ("not-idle", "robot") not in reported(answer)
    assert ("not-idle", "idle") in reported(answer)


@pytest.mark.parametrize("guardrail", GUARDRAILS.values(), ids=GUARDRAILS)
def test_a_redacted_value_never_fails_unless_its_presence_is_enough(guardrail: Any) -> None:
    families = [name for name in FAMILIES if not name.startswith("scaleway")]
    for family in families:
        for item in engine_resources(guardrail.passes, family, preview=False):
            before = {name for name, _, _ in analyze([item]).violations}
            for name in item.props:
                redacted = replace(item, props={**item.props, name: REDACTED})
                after = {found for found, _, _ in analyze([redacted]).violations}
                assert after <= before, (name, after - before)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_redacted_password_is_reported_because_its_presence_is_enough(family: str) -> None:
    (user,) = engine_resources(GUARDRAILS["user-no-password"].fails, family)
    user.props["password"] = REDACTED
    assert ("user-no-password", "ana") in reported(analyze([user]))


def test_declared_secrets_are_the_only_values_of_which_the_presence_is_enough() -> None:
    """The names here are the inputs with a declared secret."""
    assert {
        (kind, field.name)
        for kind, declared in KINDS.items()
        for field in fields(declared.inputs)
        if field.prop.secret
    } == {("User", "password")}


@pytest.mark.parametrize("family", FAMILIES)
def test_no_object_is_idle_while_the_references_of_an_import_are_not_recorded(family: str) -> None:
    resources = engine_resources(TEAM, family, preview=False)
    assert {name for rule, name in reported(analyze(resources)) if rule == "not-idle"} == {"idle"}
    answer = analyze(unlinked(resources))
    assert {name for rule, name in reported(answer) if rule == "not-idle"} == set()
    assert answer.not_applicable["not-idle"] == (
        "the state has no references of an imported resource yet; run `pulumi up`"
    )


def test_ids_of_other_kinds_leave_no_doubt_about_an_idle_object() -> None:
    """The policy of the import refers to a user, so no application of the stack can be meant."""
    program = """
robot = iam.Application("robot")
iam.Policy("of-user", user_id=USER_ID, rules=[])
"""
    resources = unlinked(engine_resources(program, "native", preview=False))
    assert ("not-idle", "robot") in reported(analyze(resources))
