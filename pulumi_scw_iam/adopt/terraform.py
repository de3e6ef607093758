"""Read the state of Terraform or OpenTofu: the objects of Scaleway IAM, with the secrets of API keys."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from pulumi_scw_iam.adopt.recorded import SourceError
from pulumi_scw_iam.adopt.recorder import KIND_NAMES, Recorder
from pulumi_scw_iam.kinds import KINDS
from pulumi_scw_iam.states.stack_state import parse_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_scw_iam.adopt.recorded import Recordings

__all__ = ["read_terraform"]

_PREFIX = "scaleway_iam_"

_KINDS: Final = {
    **{_PREFIX + name: kind for name, kind in KIND_NAMES.items()},
    "scaleway_account_ssh_key": "SSHKey",
}
"""Our kinds by resource type; `scaleway_account_ssh_key` is the old name of `scaleway_iam_ssh_key`."""

_OURS: Final = {"rule": "rules"}
"""Our names of attributes, where the provider has others: a block in Terraform has the singular."""

_VERSION = 4
_EXPECTED = "pass the output of `terraform state pull`"

_MODULE = re.compile(
    r"module\.(?P<name>[^.\[]+)(?:\[(?:\"(?P<key>(?:[^\"\\]|\\.)*)\"|(?P<index>\d+))\])?"
)


def read_terraform(name: str, content: bytes) -> Recordings:
    """Read a state of version 4, as in `terraform.tfstate` or from `terraform state pull`.

    `name` is the file in messages. Data sources are ignored. Raises SourceError for any other content.
    """
    recorder = Recorder(name, spell=_spelled)
    for number, resource in enumerate(_resources(name, content), start=1):
        match resource:
            case {"mode": "data"}:
                continue
            case {"type": str(), "name": str(), "instances": list() as instances}:
                pass
            case _:
                recorder.add_failure("", f"resource {number} is malformed, so it is left out")
                continue
        resource_type = resource["type"]
        if (kind_name := _KINDS.get(resource_type)) is not None:
            for instance in instances:
                _record(recorder, kind_name, resource, instance)
        elif resource_type.startswith(_PREFIX):
            recorder.add_failure(
                _address(resource, None),
                "this version does not know the type; upgrade pulumi-scw-iam, or declare the object by"
                " hand",
            )
        else:
            recorder.skip_foreign(resource_type, len(instances))
    return recorder.result()


def _resources(name: str, content: bytes) -> list[Any]:
    """Return the resources of a state."""
    parsed = parse_json(content)
    if parsed is None:
        raise SourceError(f"{name}: not JSON, or cut off; {_EXPECTED}")
    match parsed[0]:
        case {"version": 4, "resources": list() as resources}:
            return resources
        case {"version": 4, **rest} if rest.get("resources") is None and "lineage" in rest:
            return []
        case {"encrypted_data": _}:
            reason = "an encrypted state; pass the output of `tofu state pull`"
        case {"format_version": _}:
            reason = f"the output of `terraform show` or a plan, not a state; {_EXPECTED}"
        case {"deployment": _} | {"checkpoint": _}:
            reason = "the state of a Pulumi stack; pass it with --from-stack"
        case {"version": int() as version} if version != _VERSION:
            reason = (
                f"a state of version {version}, but only version {_VERSION} is known; run `terraform apply"
                " -refresh-only` with Terraform 0.12 or later to upgrade the state"
                if version < _VERSION
                else f"a state of version {version}, but only version {_VERSION} is known; upgrade"
                " pulumi-scw-iam"
            )
        case _:
            reason = f"not the state of Terraform; {_EXPECTED}"
    raise SourceError(f"{name}: {reason}")


def _record(recorder: Recorder, kind_name: str, resource: Mapping[str, Any], instance: Any) -> None:
    """Record one instance of a resource."""
    if not isinstance(instance, Mapping):
        recorder.add_failure(
            _address(resource, None), "an instance is malformed, so it is left out"
        )
        return
    key = instance.get("index_key")
    address = _address(resource, key)
    if instance.get("deposed"):
        recorder.add_skipped(address, "a deposed object, which Terraform deletes at its next apply")
        return
    attributes = instance.get("attributes")
    if "attributes_flat" in instance and not isinstance(attributes, Mapping):
        recorder.add_failure(
            address,
            "is stored in the format of Terraform 0.11; run `terraform apply -refresh-only`, and pass the"
            " new state",
        )
    elif not isinstance(attributes, Mapping):
        recorder.add_failure(address, "has no attributes, so it is left out")
    else:
        if instance.get("status") == "tainted":
            recorder.add_note(
                address, "Terraform replaces it at its next apply; it is adopted as it exists"
            )
        props: dict[str, Any] = dict(attributes)
        for theirs, ours in _OURS.items():
            if theirs in props:
                props[ours] = props.pop(theirs)
        recorder.record(
            KINDS[kind_name],
            attributes.get("id"),
            props,
            address=address,
            labels=_labels(resource, key),
        )


def _spelled(name: str) -> str:
    """Return the provider's name of an attribute."""
    return next((theirs for theirs, ours in _OURS.items() if ours == name), name)


def _address(resource: Mapping[str, Any], key: Any) -> str:
    """Return the address as Terraform prints it: `module.iam.scaleway_iam_group.devs["ops"]`."""
    module = resource.get("module")
    prefix = f"{module}." if isinstance(module, str) and module else ""
    index = "" if key is None else f"[{json.dumps(key, ensure_ascii=False)}]"
    return f"{prefix}{resource['type']}.{resource['name']}{index}"


def _labels(resource: Mapping[str, Any], key: Any) -> list[str]:
    """Return the possible logical names: the shortest name first, then with key and modules."""
    name = resource["name"]
    named = [name] if key is None else [name, f"{name}-{_text(key)}"]
    path = "-".join(_path(resource.get("module")))
    return [*named, *(f"{path}-{label}" for label in named)] if path else named


def _path(module: Any) -> Iterator[str]:
    """Yield the names and the keys of a module path: `module.team["ops"]` gives `team` and `ops`."""
    for match in _MODULE.finditer(module if isinstance(module, str) else ""):
        yield match["name"]
        if (key := match["key"] or match["index"]) is not None:
            yield key


def _text(key: Any) -> str:
    return key if isinstance(key, str) else json.dumps(key)
