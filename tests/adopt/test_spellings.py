"""Values in the spelling of a state are no difference from the same values in the organization."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_scw_iam.adopt.pulumiverse import read_stack
from pulumi_scw_iam.adopt.recorder import KIND_NAMES
from pulumi_scw_iam.adopt.sources import with_recorded
from pulumi_scw_iam.adopt.terraform import read_terraform
from pulumi_scw_iam.core.fields import encode, fields
from pulumi_scw_iam.kinds import KINDS
from tests.support.strategies import RESOURCE, inputs, spelled
from tests.support.terraform_states import (
    ORGANIZATION,
    Source,
    stack_export,
    terraform_state,
    uuid,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import DataObject

    from pulumi_scw_iam.adopt.recorded import Recordings

SETTINGS = {"organization_id": ORGANIZATION, "project_id": uuid(1)}
KIND_CHOICES = sorted(set(KIND_NAMES.values()) - {"GroupMembership"})
NOUNS = ("user", "group", "application", "SAML configuration", "SCIM configuration")
IDS = {
    "organization": [ORGANIZATION],
    "project": [uuid(1), uuid(2)],
    **{noun: [uuid(10 * number), uuid(10 * number + 1)] for number, noun in enumerate(NOUNS, 1)},
}


@pytest.mark.parametrize(
    ("read", "write"),
    [
        pytest.param(read_terraform, terraform_state, id="terraform"),
        pytest.param(read_stack, stack_export, id="stack"),
    ],
)
@given(data=st.data())
def test_another_spelling_of_the_same_values_is_no_drift(
    read: Callable[..., Recordings],
    write: Callable[..., bytes],
    data: DataObject,
) -> None:
    kind_name = data.draw(st.sampled_from(KIND_CHOICES))
    kind = KINDS[kind_name]
    drawn = data.draw(inputs(kind, IDS))
    checked, failures = kind.check({}, drawn, settings=SETTINGS, resource_name=RESOURCE)
    assert failures == []
    live: dict[str, Any] = {
        # The API returns lists without members too.
        field.name: checked.get(field.name, [] if field.container else encode(field.default))
        for field in fields(kind.inputs)
    }
    required = {field.name for field in fields(kind.inputs) if field.required}
    respelled = {
        name: value
        for name, value in data.draw(spelled(kind.inputs, checked, SETTINGS)).items()
        if value is not None or name not in required
    }
    other = kind.normalized({**SETTINGS, **respelled})
    # The API returns times in UTC, and the provider keeps this spelling.
    state = {**live, **{name: value for name, value in other.items() if name != "expires_at"}}
    resource_id = f"SCW{'X' * 17}" if kind_name == "APIKey" else uuid(3)
    if kind_name == "SCIMToken":
        resource_id = f"{live['scim_id']}/{resource_id}"
    source = Source(kind=kind_name, id=resource_id, item=state, name="it")
    joined = with_recorded(
        {kind_name: {resource_id: live}}, read("state", write([source])), ORGANIZATION
    )
    assert (joined.failures, joined.notes) == ((), ())
    assert [found.item for found in joined.existing] == [live]
