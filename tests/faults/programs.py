"""Random programs, changes by other people, and faults; and the expected organization.

A `Session` executes steps and records each, so that a failure can be repeated. It tracks all
objects and their owners, and so knows the expected state of the organization.
"""

from __future__ import annotations

import logging
import re
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from pulumi_scw_iam.api import create_watch
from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.errors import NotFound
from pulumi_scw_iam.common.user_log import user_log
from pulumi_scw_iam.common.words import dashed
from pulumi_scw_iam.core.fields import encode, fields, one_ofs
from pulumi_scw_iam.core.provider import ProviderCore
from pulumi_scw_iam.doctor.deletion import delete_target, read_target
from pulumi_scw_iam.doctor.examine import Report, examine
from pulumi_scw_iam.emulator import Fault
from pulumi_scw_iam.kinds import KINDS
from pulumi_scw_iam.kinds.user import _MEMBER_ONLY
from pulumi_scw_iam.states.stack_state import StackState
from tests.support.faults.engine import Engine, Failed, Ref, State
from tests.support.faults.operations import KEYS as PUBLIC_KEYS
from tests.support.faults.world import KEYS as ID_KEYS
from tests.support.local_api import Clock, Iam, metadata
from tests.support.strategies import inputs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from hypothesis.strategies import DrawFn, SearchStrategy

    from tests.support.faults.engine import Held, InProcess
    from tests.support.faults.world import World

ORDER = (
    "OrganizationSecuritySettings",
    "Application",
    "User",
    "Group",
    "SAML",
    "SCIM",
    "APIKey",
    "SSHKey",
    "Policy",
    "GroupMembership",
    "SAMLCertificate",
    "SCIMToken",
)
"""The kinds in the order of their references."""

ONE_AT_MOST = {"OrganizationSecuritySettings", "SAML", "SCIM"}

STORED = {
    "Application": "application",
    "User": "user",
    "Group": "group",
    "SAML": "saml",
    "SCIM": "scim",
    "APIKey": "access_key",
    "SSHKey": "ssh_key",
    "Policy": "policy",
    "SAMLCertificate": "saml_certificate",
    "SCIMToken": "scim_token",
}
"""The name of each kind in the local IAM API."""

LISTS = ("user_ids", "application_ids")


# --- strategies ----------------------------------------------------------------------------------


def names_of(kind: str) -> list[str]:
    """Return the names of a kind's resources in programs."""
    most = 1 if kind in ONE_AT_MOST else 3 if kind == "GroupMembership" else 2
    return [f"{kind.lower()}{number}" for number in range(most)]


ALL_NAMES = {name: kind for kind in ORDER for name in names_of(kind)}


def _merged(*parts: SearchStrategy[Any]) -> SearchStrategy[dict[str, Any]]:
    return st.tuples(*parts).map(lambda drawn: {k: v for part in drawn for k, v in part.items()})


_POSTS = [{"method": "POST"}, {"operation": "create_*"}, {}]
_WHERE = st.sampled_from(
    [
        *_POSTS,
        {"method": "P*"},
        {"method": "P*"},
        {"method": "DELETE"},
        {"operation": "update_*"},
        {"method": "GET"},
        {"operation": "list_logs"},
    ]
)
_WHEN = st.one_of(
    st.builds(
        lambda first, length: {"first": first, "last": first + length - 1},
        st.sampled_from([1, 2, 3, 4, 6, 9]),
        st.sampled_from([1, 30, 1, 2, 4]),
    ),
    st.builds(
        lambda probability, seed: {"probability": probability, "seed": seed, "last": 200},
        st.sampled_from([0.1, 0.3, 0.6]),
        st.integers(0, 9),
    ),
)
_WHAT = st.sampled_from(
    [
        {"lost": "after"},
        {"lost": "before"},
        {"status": 503},
        {"status": 500},
        {"status": 504},
        {"status": 502},
        {"status": 403},
        {"status": 429},
        {"lost": "after", "hang": True},
        {"lost": "before", "hang": True},
    ]
)
_FAULTS = st.one_of(
    _merged(_WHERE, _WHEN, _WHAT),
    # the error transient_state
    _merged(
        st.sampled_from([{"method": "P*"}, {"method": "DELETE"}]),
        _WHEN,
        st.sampled_from([{"status": 409}]),
    ),
    st.just({"status": 429, "per_second": 100.0, "burst": 5, "last": 200}),
)
_HIDING = _merged(
    st.sampled_from([{}, {"operation": "create_*"}]),
    st.sampled_from([{"hidden_reads": 1}, {"hidden_reads": 2}]),
)

FAULTS = st.lists(_FAULTS, max_size=2)
FAULTS_OF_CREATES = st.tuples(
    _merged(st.sampled_from(_POSTS), _WHEN, _WHAT), st.one_of(_FAULTS, _HIDING)
).map(list)
FAULTS_OF_UP = st.one_of(
    st.lists(_FAULTS, min_size=1, max_size=2),
    st.tuples(_FAULTS, _HIDING).map(list),
    st.just([]),
)
"""Faults of `up`. Hidden objects occur only here: a refresh would drop them from the state."""


@st.composite
def drawn_inputs(draw: DrawFn, name: str, program: Mapping[str, tuple[str, Any]]) -> dict[str, Any]:
    """Draw inputs for a new or changed resource of a program."""
    kind = ALL_NAMES[name]

    def ours(*of: str) -> list[Any]:
        # Hypothesis shrinks towards the first item.
        refs = [
            Ref(other)
            for other, (other_kind, _) in program.items()
            if other_kind in of and other != name
        ]
        return list(reversed(refs))

    ids: dict[str, list[Any]] = {
        "organization": ["$organization"],
        "project": ["$web"],
        "user": [*ours("User"), "$alice", "$bob"],
        "application": [*ours("Application"), "$robot", "$crane"],
        "group": [*ours("Group"), "$ops"],
        "SAML configuration": ours("SAML"),
        "SCIM configuration": ours("SCIM"),
    }
    olds = program[name][1] if name in program else None
    how = draw(st.sampled_from(["few", "few", "few", "all", "name"]))
    if how == "name" and olds is not None:
        values = dict(olds)
    elif how == "all":
        values = draw(inputs(KINDS[kind], ids))
    else:
        values = draw(_FEW[kind](ids))
    # Unique values are derived from the name.
    unique = name + draw(st.sampled_from(["", "x"]))
    if kind in {"Application", "Group", "Policy", "SSHKey"}:
        values["name"] = unique
    if kind == "User":
        # The type of a user is fixed at creation, so each name has one type.
        values["email"] = f"{unique}@example.com"
        values.pop("type", None)
        if name == names_of(kind)[0]:
            values["username"] = unique
        else:
            values = {k: v for k, v in values.items() if k not in _MEMBER_ONLY}
            values["type"] = "guest"
            # A preview refuses a new address while the invitation is pending.
            values["email"] = f"{name}@example.com"
    if "public_key" in values:
        values["public_key"] = draw(st.sampled_from(PUBLIC_KEYS))
    if "content" in values:
        values["content"] = draw(st.sampled_from(["$certificate0", "$certificate1"]))
    # A limit would also refuse the keys of other people.
    values.pop("max_api_key_expiration_duration", None)
    return fitting(name, kind, values, program)


def _some(
    optional: Mapping[str, list[Any]], needed: Mapping[str, list[Any]] | None = None
) -> SearchStrategy[dict[str, Any]]:
    """Draw the needed fields and some optional fields, each with one of a few values."""
    return st.fixed_dictionaries(
        {name: st.sampled_from(values) for name, values in (needed or {}).items()},
        optional={name: st.sampled_from(values) for name, values in optional.items()},
    )


def _one_of(**choices: list[Any]) -> SearchStrategy[dict[str, Any]]:
    return st.one_of(*(_some({}, {name: values}) for name, values in choices.items()))


_WORDS: dict[str, list[Any]] = {"description": ["", "d"], "tags": [[], ["t"]]}
_RULES = [
    [{"permission_set_names": names, **scope} for names in sets]
    for scope, sets in (
        ({"organization_id": "$organization"}, [["IAMReadOnly"]]),
        ({"project_ids": ["$web"]}, [["InstancesReadOnly"], ["InstancesFullAccess"]]),
        ({"all_projects": True}, [["InstancesReadOnly", "InstancesFullAccess"]]),
    )
]


def _lists(of: list[Any]) -> list[Any]:
    return [[], of[:1], of[-1:], of]


_FEW: dict[str, Callable[[dict[str, list[Any]]], SearchStrategy[dict[str, Any]]]] = {
    "OrganizationSecuritySettings": lambda _: _some(
        {"login_attempts_before_locked": [3, 7], "grace_period_duration": ["86400s"]}
    ),
    "Application": lambda _: _some(_WORDS),
    "User": lambda _: _some(
        {
            "first_name": ["", "Carol"],
            "tags": [[], ["t"]],
            "locked": [True, False],
            "password": ["Correct-horse-1", "Battery-staple-2"],
        }
    ),
    "Group": lambda ids: _some(
        {
            "user_ids": _lists(ids["user"]),
            "application_ids": _lists(ids["application"]),
            **_WORDS,
        }
    ),
    "SAML": lambda _: st.one_of(
        _some({"entity_id": ["https://a", "https://b"], "single_sign_on_url": ["https://a"]}),
        _some(
            {},
            {"metadata": [metadata(entity_id=of, url=of) for of in ("https://a", "https://b")]},
        ),
    ),
    "SCIM": lambda _: _some({}),
    "APIKey": lambda ids: _merged(
        _one_of(application_id=ids["application"], user_id=ids["user"]),
        _some(
            {
                "description": ["", "d"],
                "expires_at": ["2080-01-01T00:00:00Z", "2090-01-01T00:00:00Z"],
                "default_project_id": ["$web"],
            }
        ),
    ),
    "SSHKey": lambda _: _some(
        {"disabled": [True, False]}, {"public_key": list(PUBLIC_KEYS), "project_id": ["$web"]}
    ),
    "Policy": lambda ids: _merged(
        _one_of(
            group_id=ids["group"],
            application_id=ids["application"],
            user_id=ids["user"],
            no_principal=[True],
        ),
        _some({"rules": _RULES, **_WORDS}),
    ),
    "GroupMembership": lambda ids: _merged(
        _one_of(group_id=ids["group"]),
        _one_of(user_id=ids["user"], application_id=ids["application"]),
    ),
    "SAMLCertificate": lambda ids: _some(
        {},
        {
            "saml_id": ids["SAML configuration"],
            "type": ["signing", "encryption"],
            "content": ["$certificate0", "$certificate1"],
        },
    ),
    "SCIMToken": lambda ids: _some({}, {"scim_id": ids["SCIM configuration"]}),
}
"""Inputs with few values, so that most steps concern related resources."""


def fitting(
    name: str, kind: str, values: dict[str, Any], program: Mapping[str, tuple[str, Any]]
) -> dict[str, Any]:
    """Return the inputs without fields that conflict with the rest of the program."""
    memberships = [
        (given_inputs["group_id"], field)
        for other, (other_kind, given_inputs) in program.items()
        for field in LISTS
        if other_kind == "GroupMembership"
        and other != name
        and field.removesuffix("s") in given_inputs
    ]
    if kind == "Group":
        for field in LISTS:
            if (Ref(name), field) in memberships:
                values.pop(field, None)
    if kind == "GroupMembership":
        group = values["group_id"]
        listed = program[group.name][1] if isinstance(group, Ref) else {}
        if any(field in listed for field in LISTS if field.removesuffix("s") in values):
            values["group_id"] = "$ops"
        # Seeded members belong to another stack.
        if values.get("user_id") == "$bob":
            values["user_id"] = "$alice"
        if values.get("application_id") == "$crane":
            values["application_id"] = "$robot"
    return values


# --- steps -------------------------------------------------------------------------------------


class Session:
    """A program, its organization, and other people in it. Most public methods are steps."""

    def __init__(self, world: World, *, keeps: bool) -> None:
        self.world = world
        self.keeps = keeps
        world.emulator.faults.clear()
        world.emulator.restore(world.base)
        self.names = {f"${name}": resource_id for name, resource_id in world.names.items()}
        for number, pem in enumerate(world.certificates):
            self.names[f"$certificate{number}"] = formats.certificate(pem)
        self.program: dict[str, tuple[str, dict[str, Any]]] = {}
        self.known: list[str] = []
        """All names that were ever in the program."""
        self.engine = Engine(self._driver([]))
        self.script: list[str] = []
        self.lines: list[str] = []
        """Messages to follow in the next step."""
        self._others = Iam(world.emulator, Clock())
        self._others.session.headers["User-Agent"] = "others/1"
        self._numbers = 0
        self._theirs: dict[str, dict[str, Any]] = {}
        """Objects of other people, by id."""
        self._joined: dict[tuple[str, str], set[str]] = {}
        """Members added to a group by other people, by the group's id and list."""
        self._may_be_in: dict[tuple[str, str], set[str]] = {}
        """Members that may remain in a list after the program no longer declares the list."""

    def _step(self, call: str, *arguments: object) -> None:
        self.script.append(f"session.{call}({', '.join(map(repr, arguments))})")

    # --- the program

    def put(self, name: str, kind: str, inputs: dict[str, Any]) -> None:
        """Add a resource to the program, or change its inputs."""
        self._step("put", name, kind, inputs)
        if name not in self.known:
            self.known.append(name)
        self.program[name] = (kind, inputs)
        self.program = dict(sorted(self.program.items(), key=lambda item: ORDER.index(item[1][0])))

    def drop(self, name: str) -> None:
        """Remove a resource and all references to it from the program."""
        self._step("drop", name)
        self._drop(name)

    def _drop(self, name: str) -> None:
        self.program.pop(name, None)
        for other in [
            n for n, (_, given_inputs) in self.program.items() if _refers(given_inputs, name)
        ]:
            self._drop(other)

    # --- the engine

    def up(self, faults: list[dict[str, Any]]) -> None:
        """Run `up` with faults; the run may fail."""
        self._step("up", faults)
        self._try(faults, self._up)

    def refresh(self, faults: list[dict[str, Any]]) -> None:
        """Refresh with faults; the run may fail."""
        self._step("refresh", faults)
        self._try(faults, self.engine.refresh)

    def _try(self, faults: list[dict[str, Any]], operation: Callable[[], None]) -> None:
        self.engine.driver = self._driver(faults)
        self.world.emulator.faults.add(*(Fault(**fault) for fault in faults))
        try:
            with self._recorded():
                operation()
        except Failed as failed:
            self.lines.append(failed.line)
        finally:
            self.world.emulator.faults.clear()
            self.engine.driver = self._driver([])

    def _up(self) -> None:
        # The real engine orders a state by its references.
        held = self.engine.state.resources
        self.engine.state.resources = {n: held[n] for n in sorted(held, key=list(ALL_NAMES).index)}
        self._update_members()
        try:
            self.engine.up(self._program)
        finally:
            self._update_members()

    def _update_members(self) -> None:
        """Update the expected members of groups.

        A declared list removes the members of other people. Members of a list stay after the program
        no longer declares the list."""
        for name, (kind, given_inputs) in self.program.items():
            held = self.engine.state.resources.get(name)
            for field in LISTS:
                if kind == "Group" and held is not None and field in given_inputs:
                    joined = self._joined.pop((held.id, field), set())
                    listed = self._filled(self.engine._resolved(given_inputs[field]))
                    self._may_be_in.setdefault((held.id, field), set()).update(joined, listed)

    @property
    def _program(self) -> dict[str, tuple[str, dict[str, Any]]]:
        return {
            name: (kind, self._filled(given_inputs))
            for name, (kind, given_inputs) in self.program.items()
        }

    def _filled(self, value: Any) -> Any:
        match value:
            case str():
                return self.names.get(value, value)
            case dict():
                return {key: self._filled(item) for key, item in value.items()}
            case list():
                return [self._filled(item) for item in value]
            case _:
                return value

    def _driver(self, faults: list[dict[str, Any]]) -> InProcess:
        impatient = any(fault.get("hang") for fault in faults)
        retry = "0.1" if faults else "1"
        return self.world.driver(keeps=self.keeps, impatient=impatient, retry=retry)

    @contextmanager
    def _recorded(self) -> Iterator[None]:
        """Record warnings."""
        handler = logging.Handler()
        handler.emit = lambda record: self.lines.append(record.getMessage())  # type: ignore[method-assign]
        level = user_log.level
        user_log.addHandler(handler)
        user_log.setLevel(logging.WARNING)
        try:
            yield
        finally:
            user_log.removeHandler(handler)
            user_log.setLevel(level)

    # --- other people

    def others_make(self, what: str) -> None:
        """Another person creates an object."""
        self._step("others_make", what)
        self._numbers += 1
        name = f"their-{self._numbers}"
        robot = self.names["$robot"]
        match what:
            case "user":
                member = {"username": name, "email": f"{name}@example.com"}
                made = self._others.create("/users", member=member)
            case "group":
                made = self._others.create("/groups", name=name)
                members = {"user_ids": [self.names["$alice"]], "application_ids": [robot]}
                made = self._others.put(f"/groups/{made['id']}/members", **members)
            case "policy":
                made = self._others.create("/policies", name=name, application_id=robot, rules=[])
            case "api-key":
                made = self._others.post("/api-keys", application_id=robot)
            case "ssh-key":
                key, project = PUBLIC_KEYS[0], self.names["$web"]
                made = self._others.post("/ssh-keys", name=name, public_key=key, project_id=project)
            case _:
                made = self._others.create("/applications", name=name)
        self._remember(made.get("access_key") or made["id"])

    def _remember(self, resource_id: str) -> None:
        self._theirs[resource_id] = self._existing()[resource_id]

    def others_join(self, group: str) -> None:
        """Another person adds an application to a group, inside or outside the program."""
        self._step("others_join", group)
        held = self.engine.state.resources.get(group)
        group_id = held.id if held else self.names["$ops"]
        if group_id not in self._existing():
            return
        self._numbers += 1
        application_id = self._others.application(f"their-{self._numbers}")
        self._others.post(f"/groups/{group_id}/add-member", application_id=application_id)
        self._remember(application_id)
        self._joined.setdefault((group_id, "application_ids"), set()).add(application_id)

    def others_delete(self, name: str) -> None:
        """Another person deletes a resource's object."""
        self._step("others_delete", name)
        if path := self._path(name):
            self._others.call("DELETE", path)

    def others_change(self, name: str, how: int) -> None:
        """Another person changes a resource's object."""
        self._step("others_change", name, how)
        path, held = self._path(name), self.engine.state.resources.get(name)
        if path is None or held is None or held.id not in self._existing():
            return
        calls = CHANGES.get(held.kind, [])
        if calls:
            method, more, body = calls[how % len(calls)]
            self._others.call(method, path + more, body)
        if held.kind == "Group" and calls[how % len(calls)][1]:
            for field in LISTS:
                self._joined.pop((held.id, field), None)

    def _path(self, name: str) -> str | None:
        held = self.engine.state.resources.get(name)
        if held is None or held.kind not in PATHS:
            return None
        return PATHS[held.kind].format(held.id.rpartition("/")[2])

    # --- the end

    def converge(self) -> None:
        """Run without faults, follow the messages, and check the whole organization."""
        self._step("converge")
        self._follow()
        self.engine.refresh()
        for left in range(len(self.program) + 2, -1, -1):
            try:
                with self._recorded():
                    self._up()
                    create_watch.finish()
                break
            except Failed as failed:
                self.lines.append(failed.line)
                if not (left and self._follow()):
                    raise
        self._follow()
        wrong = [
            f"the next preview: {plan}" for plan in (self.engine.preview(self._program),) if plan
        ]
        wrong += self._wrong()
        self.engine.refresh()
        if plan := self.engine.preview(self._program):
            wrong.append(f"the preview after a refresh: {plan}")
        assert not wrong, "\n".join(wrong)

    def _follow(self) -> bool:
        """Follow the messages and clear them. Return whether any message required an action."""
        lines, self.lines = self.lines, []
        done = [self._followed(line) for line in lines]
        return any(done)

    def _followed(self, line: str) -> bool:
        done = False
        for pattern in (
            r"`pulumi-scw-iam delete (?P<kind>\S+) (?P<id>\S+)`",
            r"look it up with (?P<kind>\w+)\.get\(\"[^\"]*\", \"(?P<id>\S+)\"\)",
            r"import it by its id (?P<id>\S+), look it up with (?P<kind>\w+)\.get",
            r"the new (?P<kind>[^`;]+) (?P<id>\S+) may still exist",
        ):
            for found in re.finditer(pattern, line):
                done |= self._deleted(found["kind"], found["id"])
        if "pulumi-scw-iam doctor" in line:
            report = self._examined()
            for find in (*report.found, *report.unrecorded):
                done |= self._deleted(find.kind.name, find.id)
        if "outside Pulumi, run `pulumi refresh`" in line:
            self.engine.refresh()
            done = True
        return done

    def _deleted(self, kind: str, resource_id: str) -> bool:
        """Delete the object in a message, unless it has an owner."""
        known = self.world.base_ids | self.engine.state.ids | self._theirs.keys()
        if {resource_id, resource_id.rpartition("/")[2]} & known:
            return False
        core = ProviderCore(lambda: Settings.resolve(environ=self.world.environment()))
        kinds = {**KINDS, **{dashed(item.noun): item for item in KINDS.values()}}
        target = kinds.get(kind) or kinds[dashed(kind)]
        try:
            delete_target(core, read_target(core, target, resource_id))
        except NotFound:
            return False
        return True

    def _examined(self) -> Report:
        ids = frozenset(resource_id.lower() for resource_id in self.engine.state.ids)
        state = StackState(name="state.json", ids=ids, fronts=frozenset({"native"}))
        long_ago = datetime.now(timezone.utc) - timedelta(days=1)
        client = IamClient(Settings.resolve(environ=self.world.environment()))
        return examine(client, self.world.emulator.organization_id, [state], long_ago)

    # --- the expected organization

    def _existing(self) -> dict[str, dict[str, Any]]:
        """Return all objects by id."""
        return {
            resource_id: item
            for resource, resource_id, item in self.world.objects()
            if resource != "organization"
        }

    def _wrong(self) -> Iterator[str]:
        """Yield each difference between the organization and its expected state."""
        held = self.engine.state.resources
        if held.keys() != self.program.keys() or self.engine.state.replaced:
            yield f"the state has {sorted(held)} and {self.engine.state.replaced}"
            return
        existing = self._existing()
        theirs = _of_base(self.world) | self._theirs
        ours = {item.id.rpartition("/")[2]: item for item in held.values() if item.kind in STORED}
        yield from (
            f"without an owner: {existing[resource_id]}"
            for resource_id in existing.keys() - ours.keys() - theirs.keys()
        )
        yield from (
            f"{item.kind} {resource_id} does not exist"
            for resource_id, item in ours.items()
            if resource_id not in existing
        )
        yield from (
            f"another person's object does not exist: {theirs[resource_id]}"
            for resource_id in theirs.keys() - existing.keys()
        )
        for resource_id, item in existing.items():
            if resource_id in ours:
                yield from _differences(ours[resource_id], item)
            elif resource_id in theirs and _without_members(item) != _without_members(
                theirs[resource_id]
            ):
                yield f"another person's object changed from {theirs[resource_id]} to {item}"
            if item.keys() >= set(LISTS):
                for field in LISTS:
                    yield from self._wrong_members(item, field, theirs, ours)
        for settings in held.values():
            if settings.kind == "OrganizationSecuritySettings":
                (organization,) = self.world.emulator.snapshot().objects["organization"]
                yield from _differences(settings, organization)
        # The keys of a locked user do not work.
        locked = {resource_id for resource_id, item in existing.items() if item.get("locked")}
        working = {n: item for n, item in held.items() if item.outputs.get("user_id") not in locked}
        yield from (
            f"{secret} does not work" for secret in self.world.broken_secrets(State(working))
        )

    def _wrong_members(
        self,
        group: Mapping[str, Any],
        field: str,
        theirs: Mapping[str, Mapping[str, Any]],
        ours: Mapping[str, Held],
    ) -> Iterator[str]:
        group_id, members = group["id"], set(group[field])
        if group_id in ours and ours[group_id].inputs.get(field) is not None:
            required = set(ours[group_id].inputs[field])
            allowed = required
        else:
            required = {
                item.inputs[field.removesuffix("s")]
                for item in self.engine.state.resources.values()
                if item.kind == "GroupMembership"
                and item.inputs["group_id"] == group_id
                and field.removesuffix("s") in item.inputs
            }
            required |= set(theirs.get(group_id, {}).get(field, ())) | self._joined.get(
                (group_id, field), set()
            )
            allowed = required | self._may_be_in.get((group_id, field), set())
        if not required <= members <= allowed:
            missing, unexpected = sorted(required - members), sorted(members - allowed)
            yield f"{field} of group {group['name']}: missing {missing}, unexpected {unexpected}"


PATHS = {
    "Application": "/applications/{}",
    "User": "/users/{}",
    "Group": "/groups/{}",
    "APIKey": "/api-keys/{}",
    "SSHKey": "/ssh-keys/{}",
    "Policy": "/policies/{}",
    "SAML": "/saml/{}",
    "SCIM": "/scim/{}",
    "SAMLCertificate": "/saml-certificates/{}",
    "SCIMToken": "/scim-tokens/{}",
}

CHANGES: dict[str, list[tuple[str, str, dict[str, Any]]]] = {
    "Application": [("PATCH", "", {"description": "theirs"}), ("PATCH", "", {"name": "theirs"})],
    "User": [
        ("PATCH", "", {"tags": ["theirs"]}),
        ("POST", "/lock", {}),
        ("POST", "/unlock", {}),
        ("POST", "/update-username", {"username": "theirs"}),
    ],
    "Group": [
        ("PATCH", "", {"name": "theirs"}),
        ("PATCH", "", {"tags": ["theirs"]}),
        ("PUT", "/members", {"user_ids": [], "application_ids": []}),
    ],
    "APIKey": [
        ("PATCH", "", {"description": "theirs"}),
        ("PATCH", "", {"expires_at": "2080-01-01T00:00:00Z"}),
    ],
    "SSHKey": [
        ("PATCH", "", {"disabled": True}),
        ("PATCH", "", {"disabled": False}),
        ("PATCH", "", {"name": "theirs"}),
    ],
    "Policy": [("PATCH", "", {"name": "theirs"}), ("PATCH", "", {"no_principal": True})],
    "SAML": [("PATCH", "", {"entity_id": "https://theirs"})],
}
"""Changes by another person: the method, the rest of the path, the body."""


def _refers(value: Any, name: str) -> bool:
    match value:
        case Ref():
            return value.name == name
        case dict():
            return any(_refers(item, name) for item in value.values())
        case list():
            return any(_refers(item, name) for item in value)
    return False


def _of_base(world: World) -> dict[str, dict[str, Any]]:
    """Return the objects of the seed, by id."""
    return {
        item[ID_KEYS[resource]]: item
        for resource, items in world.base.objects.items()
        if resource not in {"log", "event", "organization"}
        for item in items
    }


def _without_members(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name not in LISTS}


def _differences(held: Held, item: Mapping[str, Any]) -> Iterator[str]:
    """Yield differences between an object and the program. Undeclared properties may differ."""
    kind = KINDS[held.kind]
    choices = {name for group in one_ofs(kind.inputs) for name in group.names}
    for field in fields(kind.inputs):
        expected = held.inputs.get(
            field.name, encode(field.default) if not field.required else None
        )
        if field.prop.create_only or field.prop.kept or field.name in LISTS:
            continue
        if (expected is None and field.name not in choices) or field.name == "organization_id":
            continue
        actual = item.get(field.name)
        actual = (False if expected is False else actual) if actual is None else actual
        if not field.same(expected, actual):
            yield f"{held.kind} {item.get('name', held.id)}: {field.name} is {actual!r}, not {expected!r}"
