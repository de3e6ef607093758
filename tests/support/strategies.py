"""Hypothesis strategies: valid inputs of all kinds, and equal inputs in other spellings."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from hypothesis import strategies as st

from pulumi_scw_iam.common import formats, saml_metadata
from pulumi_scw_iam.common.permission_sets import catalogue
from pulumi_scw_iam.core.fields import Field, encode, fields, one_ofs
from pulumi_scw_iam.kinds.shared.policy_rule import PolicyRule
from pulumi_scw_iam.kinds.user import _MEMBER_ONLY, UserInputs
from tests.support.local_api import certificate, metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hypothesis.strategies import DrawFn, SearchStrategy

    from pulumi_scw_iam.common.formats import Format
    from pulumi_scw_iam.core.kind import Kind

RESOURCE = "it"
"""The name of the resource, and the default of its name property."""

Ids = dict[str, list[str]]
"""Ids by the noun of the object. The first id is the provider's default."""

_LETTERS = "abcxyzABCXYZ0189"
_SETS = {
    scope: [entry.name for entry in catalogue().by_name.values() if entry.scope_type == scope][:6]
    for scope in ("projects", "organization")
}
_CONDITIONS = ["", 'request.ip == "203.0.113.7"', "1 == 1"]
_KEYS = [
    key.public_key()
    .public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    .decode()
    for key in (ed25519.Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256R1()))
]
_CERTIFICATES = [formats.certificate(certificate()) for _ in range(2)]


def _texts(alphabet: str) -> Callable[[int, int], SearchStrategy[str]]:
    return lambda least, most: st.text(alphabet, min_size=least, max_size=most)


def _emails(_least: int, _most: int) -> SearchStrategy[str]:
    part = st.text(_LETTERS, min_size=1, max_size=8)
    return st.builds("{}@{}.{}".format, part, part, part)


def _instants(_least: int, _most: int) -> SearchStrategy[str]:
    times = st.datetimes(datetime(2035, 1, 1), datetime(2090, 1, 1))  # noqa: DTZ001 - hypothesis requires naive times
    return times.map(lambda time: formats.instant(f"{time.isoformat()}Z"))


def _durations(_least: int, _most: int) -> SearchStrategy[str]:
    return st.builds(
        lambda seconds, micros: formats.duration(f"{seconds}.{micros:06}s"),
        st.integers(0, 10**9),
        st.sampled_from([0, 1, 10, 500_000, 999_000, 123_456]),
    )


def _spans(least: timedelta, most: timedelta) -> Callable[[int, int], SearchStrategy[str]]:
    hour = timedelta(hours=1)
    hours = st.integers(least // hour, most // hour)
    return lambda _least, _most: hours.map(lambda number: formats.spelled(number * hour))


_WEEK = timedelta(days=7)
"""The default overlap of a rotating API key, which rotates after a longer time."""

_METADATA = [metadata(*_CERTIFICATES), metadata(entity_id="https://other")]
_IN_METADATA = {"entity_id", "single_sign_on_url"}

_VALUES: Mapping[Format, Callable[[int, int], SearchStrategy[str]]] = {
    formats.label: _texts(_LETTERS + "()._- "),
    formats.tag: _texts(_LETTERS + "._-/=+@ "),
    formats.username: _texts(_LETTERS + "@._-"),
    formats.password: lambda least, most: (
        st.text(st.characters(codec="utf-8"), min_size=max(least, 8), max_size=most - 4)
        .map(lambda text: f"Aa1-{text}")
        .filter(lambda text: len(text.encode()) <= 72)
    ),
    formats.email: _emails,
    formats.instant: _instants,
    formats.duration: _durations,
    formats.lifetime: _spans(_WEEK + timedelta(hours=1), 60 * _WEEK),
    formats.overlap: _spans(timedelta(), _WEEK),
    formats.public_key: lambda _least, _most: st.sampled_from(_KEYS),
    formats.certificate: lambda _least, _most: st.sampled_from(_CERTIFICATES),
    saml_metadata.text: lambda _least, _most: st.sampled_from(_METADATA),
}
"""The strategy of each format. Drawing a format without an entry raises KeyError."""


# Valid inputs


@st.composite
def inputs(
    draw: DrawFn, kind: Kind[Any, Any], ids: Ids, olds: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Draw valid inputs. With `olds`, an update in place is possible."""
    values = draw(_objects(kind.inputs, ids))
    if olds is not None:
        for field in fields(kind.inputs):
            replace = field.prop.replace
            if callable(replace):
                replace = replace(olds, values)
            if replace or field.prop.create_only:
                values.pop(field.name, None)
                if field.name in olds:
                    values[field.name] = olds[field.name]
    if kind.inputs is UserInputs:
        return draw(_of_user(values))
    return values


@st.composite
def _of_user(draw: DrawFn, values: dict[str, Any]) -> dict[str, Any]:
    """Return the inputs without fields that a guest cannot have, or with the fields of a member."""
    if values.get("type") == "guest":
        return {name: value for name, value in values.items() if name not in _MEMBER_ONLY}
    username = draw(_VALUES[formats.username](2, 20))
    # Programs cannot create an owner.
    kind = {} if values.get("type") in (None, "owner") else {"type": values["type"]}
    values.pop("type", None)
    return {"username": username, **values, **kind}


@st.composite
def _objects(draw: DrawFn, cls: type, ids: Ids) -> dict[str, Any]:
    if cls is PolicyRule:
        return draw(_rules(ids))
    chosen = {draw(st.sampled_from(group.names)): group for group in one_ofs(cls)}
    choices = {name for group in one_ofs(cls) for name in group.names}
    values = {}
    for field in fields(cls):
        if field.name in chosen:
            values[field.name] = True if field.item is bool else draw(_values(field, ids))
        elif field.prop.format is formats.secret_id and "secret" not in ids:
            continue  # the organization of the test has no secret
        elif field.name not in choices and (field.required or draw(st.booleans())):
            values[field.name] = draw(_values(field, ids))
    if "secret_id" not in values:
        values.pop("secret_format", None)  # has no effect
    if "metadata" in values:
        # Other values would contradict the metadata.
        values = {name: values[name] for name in values if name not in _IN_METADATA}
    return values


@st.composite
def _rules(draw: DrawFn, ids: Ids) -> dict[str, Any]:
    """Draw a rule: its permission sets must exist and match the scope."""
    known = {field.name: field for field in fields(PolicyRule)}
    (group,) = one_ofs(PolicyRule)
    scope = draw(st.sampled_from(group.names))
    kind = "projects" if scope == "project_ids" else draw(st.sampled_from(sorted(_SETS)))
    if scope == "all_projects":
        kind = "projects"
    names = draw(st.lists(st.sampled_from(_SETS[kind]), min_size=1, max_size=3, unique=True))
    return {
        "permission_set_names": names,
        scope: True if scope == "all_projects" else draw(_values(known[scope], ids)),
        "condition": draw(st.sampled_from(_CONDITIONS)),
    }


def _values(field: Field, ids: Ids) -> SearchStrategy[Any]:
    if field.container is None:
        return _items(field, ids)
    most = 3 if field.prop.max_items is None else field.prop.max_items
    unique = None if dataclasses.is_dataclass(field.item) else str
    return st.lists(
        _items(field, ids), min_size=field.prop.min_items, max_size=most, unique_by=unique
    )


def _items(field: Field, ids: Ids) -> SearchStrategy[Any]:
    prop = field.prop
    if dataclasses.is_dataclass(field.item):
        return _objects(field.item, ids)
    if field.item is bool:
        return st.booleans()
    if field.item is int:
        return st.integers(prop.minimum, prop.maximum)
    if prop.choices:
        return st.sampled_from(prop.choices)
    noun = prop.format.noun if isinstance(prop.format, formats.UuidOf) else ""
    if prop.format is formats.secret_id:
        noun = "secret"
    if noun in ids:
        return st.sampled_from(ids[noun])
    most = min(prop.max_length or 20, 20)
    least = prop.min_length
    if prop.format is not None:
        drawn = _VALUES[prop.format](least, most)
    else:
        drawn = st.text(st.characters(codec="utf-8"), min_size=least, max_size=most)
    return st.one_of(st.just(RESOURCE), drawn) if prop.autoname else drawn


# Other spellings


@st.composite
def spelled(
    draw: DrawFn, cls: type, values: Mapping[str, Any], settings: Mapping[str, str]
) -> dict[str, Any]:
    """Draw another spelling of the same inputs."""
    news: dict[str, Any] = {}
    for field in fields(cls):
        value = values.get(field.name)
        default = _filled_in(field, settings)
        if value is None or value == default:
            form = draw(st.sampled_from(["out", "none", "default"]))
            if form == "none":
                news[field.name] = None
            elif form == "default" and default is not None and value == default:
                news[field.name] = draw(_spelled_value(field, default, settings))
        else:
            news[field.name] = draw(_spelled_value(field, value, settings))
    order = draw(st.permutations(sorted(news)))
    return {name: news[name] for name in order}


def _filled_in(field: Field, settings: Mapping[str, str]) -> Any:
    """Return the default of a field."""
    if field.prop.setting is not None:
        return settings[field.prop.setting]
    return RESOURCE if field.prop.autoname else encode(field.default)


@st.composite
def _spelled_value(draw: DrawFn, field: Field, value: Any, settings: Mapping[str, str]) -> Any:
    if field.item is PolicyRule:
        rules = [part for rule in value for part in draw(_split(rule, settings))]
        twice = draw(st.lists(st.sampled_from(rules), max_size=2)) if rules else []
        return draw(st.permutations([*rules, *twice]))
    if field.container is None:
        return draw(_spelled_item(field, value))
    twice = draw(st.lists(st.sampled_from(value), max_size=2)) if value else []
    order = draw(st.permutations([*value, *twice])) if field.container is frozenset else value
    return [draw(_spelled_item(field, item)) for item in order]


@st.composite
def _split(
    draw: DrawFn, rule: dict[str, Any], settings: Mapping[str, str]
) -> Sequence[dict[str, Any]]:
    """Return the rule in one part or several: one for each permission set, one for each project."""
    parts = [rule]
    for name in ("permission_set_names", "project_ids"):
        if name in rule and draw(st.booleans()):
            parts = [{**part, name: [one]} for part in parts for one in rule[name]]
    if "project_ids" not in rule:
        everything = (
            {"all_projects": True}
            if set(rule["permission_set_names"]) <= set(_SETS["projects"]) and draw(st.booleans())
            else {"organization_id": settings["organization_id"]}
        )
        bare = [
            {n: v for n, v in part.items() if n not in ("all_projects", "organization_id")}
            for part in parts
        ]
        parts = [{**part, **everything} for part in bare]
    return [draw(spelled(PolicyRule, part, settings)) for part in parts]


@st.composite
def _spelled_item(draw: DrawFn, field: Field, value: Any) -> Any:
    form = field.prop.format
    if isinstance(form, formats.UuidOf) or form is formats.secret_id:
        short = value.removeprefix("fr-par/")
        return draw(st.sampled_from([value, value.upper(), value.title(), short]))
    if form is formats.instant:
        return draw(_spelled_instant(value))
    if form is formats.duration:
        seconds, _, decimals = value.removesuffix("s").partition(".")
        zeros = draw(st.integers(0, 9 - len(decimals)))
        fraction = f"{decimals}{'0' * zeros}"
        if len(decimals) == 6:
            # Digits beyond microseconds are dropped.
            fraction = decimals + draw(st.sampled_from(["", "1", "999"]))
        lead = "0" * draw(st.integers(0, 3))
        return f"{lead}{seconds}.{fraction}s" if fraction else f"{lead}{seconds}s"
    if form is formats.public_key:
        algorithm, blob = value.split()
        gap, end = draw(st.sampled_from([" ", "  ", "\t"])), draw(st.sampled_from(["", "\n", " "]))
        comment = draw(st.sampled_from(["", " alice@laptop", "  two words\t", " é"]))
        return f"{end}{algorithm}{gap}{blob}{comment}{end}"
    if form is formats.certificate:
        first, *inner, last = value.splitlines()
        text, width = "".join(inner), draw(st.sampled_from([48, 64, 76]))
        lines = [first, *(text[i : i + width] for i in range(0, len(text), width)), last]
        indent, end = draw(st.sampled_from(["", "  ", "\t"])), draw(st.sampled_from(["\n", "\r\n"]))
        around = draw(st.sampled_from(["", "\n", "\n\n"]))
        return around + end.join(f"{indent}{line}" for line in lines) + around
    return value


@st.composite
def _spelled_instant(draw: DrawFn, value: str) -> str:
    """Draw another time zone, and another precision than the API's."""
    minutes = draw(st.integers(-1439, 1439))
    local = formats.moment(value).astimezone(timezone(timedelta(minutes=minutes)))
    decimals = f"{local.microsecond:06}"
    # Digits beyond microseconds are dropped.
    decimals = draw(st.sampled_from([decimals, f"{decimals}9", decimals.rstrip("0")]))
    sign = "-" if minutes < 0 else "+"
    zone = f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    if minutes == 0:
        zone = draw(st.sampled_from(["Z", "z", "+00:00", "-00:00"]))
    middle = draw(st.sampled_from("Tt "))
    dot = "." if decimals else ""
    return f"{local:%Y-%m-%d}{middle}{local:%H:%M:%S}{dot}{decimals}{zone}"
