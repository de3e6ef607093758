"""Registrations of the Python classes, on a mocked engine."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pulumi
import pytest
from pulumi.dynamic.dynamic import Resource as DynamicResource
from pulumi.runtime import mocks

import pulumi_scw_iam as iam
from pulumi_scw_iam.dynamic import GroupProvider
from tests.support.mocked import Mocks

if TYPE_CHECKING:
    from collections.abc import Callable

OTHER = "11111111-1111-4111-8111-111111111111"
CURE = (
    "the stack's credentials would be used; pass a provider of package pulumi-python (Explicit providers"
    " in docs/reference/resources.md), or use the SDK that `pulumi package add` generates"
)

Warn = list[str]


@pytest.fixture
def engine(outputs_loop: None) -> Mocks:  # noqa: ARG001
    engine = Mocks()
    mocks.set_mocks(engine)
    return engine


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> Warn:
    """Return the warnings of the program."""
    lines: Warn = []
    monkeypatch.setattr(pulumi.log, "warn", lambda line, *_, **__: lines.append(line))
    return lines


def run(program: Callable[[], object]) -> None:
    """Run a program to its end."""

    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def wrapped() -> None:
        program()

    wrapped()


def test_a_resource_is_registered_as_every_dynamic_resource(engine: Mocks) -> None:
    """The constructor of `pulumi.dynamic.Resource` is bypassed, so both registrations must be equal."""

    class Group(DynamicResource, module="scw_iam", name="Group"):
        pass

    def program() -> None:
        iam.Group("ours", name="devs", tags=["a"])
        Group(GroupProvider(), "theirs", {"name": "devs", "tags": ["a"]})

    run(program)
    ours, theirs = engine.made["ours"], engine.made["theirs"]
    assert (ours.typ, ours.inputs) == (theirs.typ, theirs.inputs)
    assert ours.inputs.keys() == {"name", "tags", "__provider"}
    assert issubclass(iam.Group, pulumi.dynamic.Resource)


# Auto-tagging, as in the recipes for generated SDKs


def by_attribute(
    args: pulumi.ResourceTransformationArgs,
) -> pulumi.ResourceTransformationResult | None:
    if not hasattr(args.resource, "tags"):
        return None
    return tagged(args)


def by_props(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
    return tagged(args) if "tags" in args.props else None


def by_class(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
    return (
        tagged(args) if isinstance(getattr(type(args.resource), "tags", None), property) else None
    )


def tagged(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
    props: dict[str, Any] = {**args.props}
    props["tags"] = [*(props["tags"] or []), "team=ops"]
    return pulumi.ResourceTransformationResult(props, args.opts)


@pytest.mark.parametrize("recipe", [by_attribute, by_props, by_class])
def test_a_transformation_tags_what_has_tags(
    engine: Mocks, recipe: pulumi.ResourceTransformation
) -> None:
    def program() -> None:
        options = pulumi.ResourceOptions(transformations=[recipe])
        group = iam.Group("group", options, tags=["a"])
        iam.Application("application", options)
        iam.Policy("policy", options, no_principal=True)
        iam.User("user", options, email="a@example.com", username="a1")
        iam.APIKey("key", options, application_id=OTHER)
        iam.GroupMembership("member", options, group_id=group.id, user_id=OTHER)
        iam.SSHKey("ssh", options, public_key="ssh-ed25519 AAAA")

    run(program)
    assert {name: args.inputs.get("tags") for name, args in engine.made.items()} == {
        "group": ["a", "team=ops"],
        "application": ["team=ops"],
        "policy": ["team=ops"],
        "user": ["team=ops"],
        "key": None,
        "member": None,
        "ssh": None,
    }


# Providers


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("package", ["scw-iam", "scaleway"])
@pytest.mark.parametrize("how", ["provider", "providers", "a mapping"])
@pytest.mark.parametrize("looked_up", [False, True], ids=["declared", "looked up"])
def test_an_ignored_provider_of_a_resource_is_refused(
    package: str, how: str, *, looked_up: bool
) -> None:
    def program() -> None:
        prod = pulumi.ProviderResource(package, "prod", {})
        options = {
            "provider": pulumi.ResourceOptions(provider=prod),
            "providers": pulumi.ResourceOptions(providers=[prod]),
            "a mapping": pulumi.ResourceOptions(providers={package: prod}),
        }[how]
        if looked_up:
            iam.Group.get("devs", OTHER, options)
        else:
            iam.Group("devs", options)

    with pytest.raises(pulumi.RunError) as raised:
        run(program)
    assert str(raised.value) == (
        f'Group devs: provider "prod" of package {package} has no effect on this class: {CURE}'
    )


@pytest.mark.parametrize(
    ("packages", "own", "warned"),
    [
        (["scw-iam"], [], True),
        (["scw-iam", "aws"], [], True),
        (["scw-iam", "pulumi-python"], [], False),
        (["scw-iam"], ["pulumi-python"], False),
        (["scaleway", "aws"], [], False),
        (["pulumi-python"], [], False),
    ],
)
def test_an_ignored_provider_of_a_parent_is_told_once(
    engine: Mocks, warnings: Warn, packages: list[str], own: list[str], *, warned: bool
) -> None:
    def program() -> None:
        known = {
            name: pulumi.ProviderResource(name, f"of-{name}", {}) for name in {*packages, *own}
        }
        options = pulumi.ResourceOptions(providers=[known[name] for name in packages])
        team = pulumi.ComponentResource("test:index:Team", "team", None, options)
        inner = pulumi.ComponentResource(
            "test:index:Team", "inner", None, pulumi.ResourceOptions(parent=team)
        )
        for parent in (inner, team):
            mine = [known[name] for name in own]
            iam.Group(
                f"of-{parent.pulumi_resource_name}",
                pulumi.ResourceOptions(parent=parent, providers=mine),
            )

    run(program)
    line = (
        'Group of-inner: provider "of-scw-iam" of package scw-iam of the parent has no effect'
        f" on this class: {CURE}"
    )
    assert warnings == [line] * warned
    provider = engine.made["of-inner"].provider or ""
    assert ("pulumi-python" in provider) == ("pulumi-python" in {*packages, *own})


# Names


def test_the_package_completes_public_names_only() -> None:
    dunder = {name for name in vars(iam) if name.startswith("__")}
    assert set(dir(iam)) == {*iam.__all__} | dunder
    assert {"__version__", "__doc__", "__all__"} <= dunder
    # Editors complete these names. Pytest adds names that are not identifiers.
    public = {name for name in vars(iam) if name.isidentifier() and not name.startswith("_")}
    assert public - {*iam.__all__} <= submodules()


def submodules() -> set[str]:
    """Return the imported submodules, which are attributes of the package."""
    prefix = "pulumi_scw_iam."
    return {name.removeprefix(prefix) for name in sys.modules if name.startswith(prefix)}
