"""Team: a group, its policy, and an application with an API key that rotates."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import pulumi

from pulumi_scw_iam.components.component import Children, Component, declared
from pulumi_scw_iam.core.fields import UNKNOWN, Prop, fields
from pulumi_scw_iam.kinds import KINDS
from pulumi_scw_iam.kinds.group import GroupInputs
from pulumi_scw_iam.kinds.policy import PolicyInputs
from pulumi_scw_iam.kinds.shared.fields import Description, Tags, UniqueLabel
from pulumi_scw_iam.kinds.shared.policy_rule import PolicyRule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pulumi_scw_iam.core.check import Spell
    from pulumi_scw_iam.core.fields import Props

__all__ = ["TeamComponent"]

_KEY = "RotatingAPIKey"
"""The kind of the key. Its inputs and outputs with a name of `TeamInputs` and `TeamOutputs` are those of the team."""


def _of_key(name: str, *, output: bool = False) -> Prop:
    return declared(KINDS[_KEY].state if output else KINDS[_KEY].inputs, name)


@dataclass(frozen=True, kw_only=True)
class TeamInputs:
    """A component for a team: a group, a policy for the group, and an application with an API key that rotates.

    The policy exists if `rules` is set. The application and its key exist if `application` is true. The application is a
    member of the group. All of them have the name of the team.

    The application and the group are created first, then the policy with all its rules. After that the application joins
    the group, and its key is created last. A deletion has the opposite order: the key is deleted first.
    """

    name: UniqueLabel
    description: Description = ""
    tags: Tags = frozenset()
    user_ids: Annotated[frozenset[str] | None, declared(GroupInputs, "user_ids")] = None
    application_ids: Annotated[
        frozenset[str] | None,
        declared(
            GroupInputs,
            "application_ids",
            "The ids of all other applications in the group, without the application of the team. If unset, other"
            " programs may add applications.",
        ),
    ] = None
    rules: Annotated[
        tuple[PolicyRule, ...] | None,
        declared(
            PolicyInputs,
            "rules",
            "The rules of the policy, each with permission sets and a scope. Order does not matter. If unset, the team has"
            " no policy.",
        ),
    ] = None
    application: Annotated[
        bool, Prop("Whether the team has an application with an API key.", plain=True)
    ] = False
    default_project_id: Annotated[str | None, _of_key("default_project_id")] = None
    rotate_after: Annotated[str | None, _of_key("rotate_after")] = None
    overlap: Annotated[str | None, _of_key("overlap")] = None
    rotation_triggers: Annotated[tuple[str, ...] | None, _of_key("rotation_triggers")] = None
    secret_id: Annotated[str | None, _of_key("secret_id")] = None
    secret_format: Annotated[str | None, _of_key("secret_format")] = None


@dataclass(frozen=True, kw_only=True)
class TeamOutputs:
    """The outputs of a team."""

    group_id: Annotated[str, Prop("The id of the group.")]
    policy_id: Annotated[str | None, Prop("The id of the policy, if `rules` is set.")] = None
    application_id: Annotated[
        str | None, Prop("The id of the application, if the team has one.")
    ] = None
    access_key: Annotated[
        str | None, Prop("The access key of the current key, if the team has an application.")
    ] = None
    secret_key: Annotated[
        str | None,
        Prop("The secret key of the current key. It is unset if `secret_id` is set.", secret=True),
    ] = field(default=None, repr=False)
    previous_access_key: Annotated[str | None, _of_key("previous_access_key", output=True)] = None
    previous_secret_key: Annotated[str | None, _of_key("previous_secret_key", output=True)] = field(
        default=None, repr=False
    )
    secret_version: Annotated[
        int | None,
        Prop("The revision of the version with the secret key, if `secret_id` is set."),
    ] = None
    rotated_at: Annotated[str | None, _of_key("rotated_at", output=True)] = None
    next_rotation_at: Annotated[str | None, _of_key("next_rotation_at", output=True)] = None
    expires_at: Annotated[str | None, _of_key("expires_at", output=True)] = None


class TeamComponent(Component[TeamInputs, TeamOutputs]):
    """Team, with up to five children."""

    name = "Team"
    noun = "team"
    inputs = TeamInputs
    state = TeamOutputs

    def rules(self, olds: Props, inputs: Props, spell: Spell) -> Iterator[tuple[str, str]]:
        """Check that the inputs of the key have a key."""
        del olds
        if inputs.get("application") in (True, UNKNOWN):
            return
        for name in _key_inputs(inputs):
            switch = spell("application")
            yield (
                name,
                f"has no effect without {switch}; set {switch} to true, or remove {spell(name)}",
            )

    def build(self, children: Children, given: Mapping[str, pulumi.Input[Any]]) -> dict[str, Any]:
        """Create the application, the group, the policy, the membership and the key, in this order."""
        common = {name: given.get(name) for name in ("name", "description", "tags")}
        application_ids = given.get("application_ids")
        application = children.create("Application", common) if given.get("application") else None
        if application is not None and application_ids is not None:
            application_ids = _with(application_ids, application.id)
        members = {"user_ids": given.get("user_ids"), "application_ids": application_ids}
        group = children.create("Group", {**common, **members})
        outputs = {"group_id": group.id}
        complete = [group]
        if (rules := given.get("rules")) is not None:
            policy = children.create("Policy", {**common, "group_id": group.id, "rules": rules})
            outputs["policy_id"] = policy.id
            complete.append(policy)
        if application is None:
            return outputs
        if application_ids is None:
            # A list would remove the applications that other programs add.
            member = {"group_id": group.id, "application_id": application.id}
            complete.append(children.create("GroupMembership", member, after=complete))
        key = children.create(
            _KEY,
            {
                "application_id": application.id,
                "description": children.name if common["name"] is None else common["name"],
                **{name: given[name] for name in _key_inputs(given)},
            },
            after=complete,
        )
        of_key = {name: getattr(key, name) for name in _OUTPUTS_OF_KEY}
        return {**outputs, "application_id": application.id, **of_key}


_INPUTS_OF_KEY = frozenset(
    {field.name for field in fields(TeamInputs)}
    & {field.name for field in fields(KINDS[_KEY].inputs)}
) - {"description"}
_OUTPUTS_OF_KEY = tuple(sorted(set(TeamComponent.outputs()) & {*KINDS[_KEY].outputs()}))


def _key_inputs(given: Mapping[str, Any]) -> list[str]:
    """Return the given inputs of the key."""
    return [name for name in given if name in _INPUTS_OF_KEY]


def _with(ids: pulumi.Input[Sequence[str]], own: pulumi.Output[str]) -> pulumi.Input[Any]:
    """Return a list with another id. The items of a plain list stay known in a preview."""
    if isinstance(ids, (list, tuple)):
        return [*ids, own]
    return pulumi.Output.all(ids, own).apply(lambda both: [*both[0], both[1]])
