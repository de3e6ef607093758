"""Existing objects as resources of a program: arguments, inputs and outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.adopt.objects import Adoption, Skipped
from pulumi_scw_iam.core.fields import encode, fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pulumi_scw_iam.adopt.objects import Existing
    from pulumi_scw_iam.core.fields import Props
    from pulumi_scw_iam.core.kind import Kind

__all__ = ["adopt", "adopt_all", "outputs_of_create"]


def adopt(existing: Existing, name: str, defaults: Mapping[str, str | None]) -> Adoption | Skipped:
    """Return the resource of an object, or the reason why no program can declare the object.

    `name` is the logical name of the resource. `defaults` are the settings that are the defaults of unset
    inputs.
    """
    kind = existing.kind
    live = encode(kind.state_of({**existing.item, **existing.known}))
    live = _with_organization(kind, live, defaults.get("organization_id"))
    arguments = {
        name: value
        for name, value in kind.inputs_of_item(existing.item, live).items()
        if name not in existing.unmanaged
    }
    arguments |= {
        field.name: existing.known[field.name]
        for field in fields(kind.inputs)
        if field.name in existing.known and not field.prop.secret
    }
    for field in fields(kind.inputs):
        prop = field.prop
        default = defaults.get(prop.setting) if prop.setting else name if prop.autoname else None
        if default is not None and arguments.get(field.name) == default:
            del arguments[field.name]
    inputs, failures = kind.check({}, arguments, settings=defaults, resource_name=name)
    if failures:
        failure = failures[0]
        reason = f"no program can declare it: {failure.path} {failure.reason}".replace("  ", " ")
        return Skipped(existing=existing, reason=reason, is_failure=True)
    return Adoption(
        existing=existing,
        name=name,
        inputs=inputs,
        arguments=arguments,
        outputs=outputs_of_create(kind, inputs, live, existing.unmanaged),
    )


def adopt_all(
    existing: Iterable[Existing], names: Iterable[str], defaults: Mapping[str, str | None]
) -> tuple[list[Adoption], list[Skipped]]:
    """Return the resources of objects with their logical names, and the objects without one."""
    adoptions, skipped = list[Adoption](), list[Skipped]()
    for one, name in zip(existing, names, strict=True):
        adopted = adopt(one, name, defaults)
        if isinstance(adopted, Adoption):
            adoptions.append(adopted)
        else:
            skipped.append(adopted)
    return adoptions, skipped


def outputs_of_create(
    kind: Kind[Any, Any], inputs: Props, live: Props, unmanaged: Iterable[str] = ()
) -> dict[str, Any]:
    """Return the outputs as a create with these inputs leaves them, for an object in the API.

    `live` are the outputs of a read. An unmanaged input is no output, unless the API always returns it.
    """
    always = {field.name for field in fields(kind.state) if field.prop.always_set}
    outputs = kind.outputs_for(inputs, kind.state_of(live))
    outputs = _with_organization(kind, outputs, live.get("organization_id"))
    return {
        name: value for name, value in outputs.items() if name in always or name not in unmanaged
    }


def _with_organization(
    kind: Kind[Any, Any], outputs: dict[str, Any], organization_id: str | None
) -> dict[str, Any]:
    """Return the outputs with the organization, if the API does not return one."""
    has_organization = any(field.name == "organization_id" for field in fields(kind.state))
    if not has_organization or outputs.get("organization_id") or organization_id is None:
        return outputs
    return {**outputs, "organization_id": organization_id}
