"""What must stay in step with the declarations, and what users' states rely on."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import dill
import pytest
from pulumi.dynamic.dynamic import serialize_provider

import pulumi_scw_iam as iam
from pulumi_scw_iam import dynamic
from pulumi_scw_iam.kinds import KINDS
from pulumi_scw_iam.prop import fields

ROOT = Path(__file__).parents[2]

# As they lie in users' states, and must be readable for ever: changing one breaks every stack.
PICKLED: dict[str, str] = json.loads((Path(__file__).parent / "pickled_providers.json").read_text())


@pytest.mark.parametrize("kind", KINDS)
def test_a_provider_in_an_old_state_is_still_found(kind: str) -> None:
    provider = dill.loads(base64.b64decode(PICKLED[kind]))
    assert type(provider) is getattr(dynamic, f"{kind}Provider")
    assert provider.kind is KINDS[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_a_pickled_provider_is_a_few_dozen_bytes_without_attributes(kind: str) -> None:
    provider: dynamic.Provider = getattr(dynamic, f"{kind}Provider")()
    assert vars(provider) == {}
    assert len(base64.b64decode(serialize_provider(provider))) < 100
    assert serialize_provider(provider) == serialize_provider(type(provider)())


def test_every_kind_has_a_class_a_provider_and_a_pickle() -> None:
    assert set(KINDS) < set(iam.__all__)
    assert {f"{kind}Provider" for kind in KINDS} | {"Provider"} == set(dynamic.__all__)
    assert set(KINDS) == set(PICKLED)
    for kind in KINDS:
        resource: Any = getattr(iam, kind)
        assert resource._resource_type_name == f"dynamic/scw_iam:{kind}"
        assert type(resource._iam) is getattr(dynamic, f"{kind}Provider")


def test_all_is_exact() -> None:
    assert sorted(iam.__all__) == iam.__all__ == dir(iam)
    for name in iam.__all__:
        assert getattr(iam, name).__name__ == name
    with pytest.raises(AttributeError, match="module 'pulumi_scw_iam' has no attribute 'Grop'"):
        iam.Grop  # type: ignore[attr-defined] # noqa: B018


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_is_an_annotated_output(kind: str) -> None:
    declared = {field.name for field in fields(KINDS[kind].state)}
    assert declared == set(getattr(iam, kind).__annotations__)
