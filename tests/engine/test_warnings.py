"""Warnings of a preview reach the user, and the run continues."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.stack import Stack

pytestmark = pytest.mark.engine

WARNING = 'policy "p": condition: refuses list requests'


@pytest.mark.parametrize("stack", ["dynamic", "native"], indirect=True)
def test_a_condition_that_is_likely_not_meant_is_warned_of_once(stack: Stack) -> None:
    program = """
from pulumi_scw_iam import conditions
iam.Policy("p", no_principal=True, rules=[iam.PolicyRuleArgs(
    permission_set_names=["IAMReadOnly"], organization_id=iam.default_organization_id(),
    condition='resource.id == "x"')])
iam.Policy("q", no_principal=True, rules=[iam.PolicyRuleArgs(
    permission_set_names=["IAMReadOnly"], organization_id=iam.default_organization_id(),
    condition=conditions.ip("203.0.113.7") & conditions.resource_id("x"))])
"""
    preview = stack.preview(program)
    assert preview.output.count(WARNING) >= 1
    assert 'policy "q"' not in preview.output
    assert stack.up().changes == {"create": 2}
    assert WARNING not in stack.preview().output


@pytest.mark.parametrize("stack", ["dynamic", "native"], indirect=True)
def test_the_configuration_silences_a_condition_check_by_its_id(stack: Stack) -> None:
    setting = "scw-iam:ignoreConditionChecks"
    program = """
iam.Policy("p", no_principal=True, rules=[iam.PolicyRuleArgs(
    permission_set_names=["IAMReadOnly"], organization_id=iam.default_organization_id(),
    condition='resource.id == "x"')])
"""
    assert "[condition-lists-refused]" in stack.preview(program).output
    stack.pulumi("config", "set", setting, "condition-lists-refused")
    assert WARNING not in stack.preview().output
    stack.pulumi("config", "set", setting, "condition-list-refused")
    assert (
        f'{setting} in the configuration: has an unknown condition check "condition-list-refused";'
        " did you mean condition-lists-refused?"
    ) in " ".join(stack.preview(ok=False).output.split())


@pytest.mark.parametrize("stack", ["dynamic", "native"], indirect=True)
def test_users_of_groups_are_warned_of_once_while_scim_is_enabled(stack: Stack) -> None:
    warning = "SCIM is enabled in organization"
    enable = 'scim = iam.SCIM("scim")\n'
    assert warning not in stack.up(enable).output
    program = f"""
{enable}
user = iam.User("alice", username="alice", email="alice@example.com")
for name in ("a", "b"):
    iam.Group(name, user_ids=[user.id])
"""
    run = stack.preview(program)
    assert sum(warning in line for line in (*run.warnings, *run.infos)) == 1
    assert stack.up().changes["create"] == 3
    assert warning not in stack.preview().output
