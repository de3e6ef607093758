"""An organization with rotating keys and a consumer. Rules about the keys are checked after each HTTP request.

The local IAM API enforces permissions. The provider has the smallest permissions that it needs. The keys may list
projects, so a consumer's call shows whether a key signs.
"""

from __future__ import annotations

import copy
import json
import re
import threading
from base64 import b64decode
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import requests

from pulumi_scw_iam.api import create_watch
from pulumi_scw_iam.emulator import Emulator, Fault, Snapshot
from pulumi_scw_iam.emulator.schema.kinds import (
    API_KEY,
    APPLICATION,
    GROUP,
    POLICY,
    SECRET_VERSION,
)
from pulumi_scw_iam.kinds.shared.rotation import Mark
from tests.support.faults.engine import Engine, Failed, InProcess, Program, State
from tests.support.relays.crashes import CrashRelay
from tests.support.secret_manager import new_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.faults.engine import Driver, Held

__all__ = ["CALLS", "Made", "Rotations", "Scenario", "Step"]

CALLS = "/[is]*"
"""The paths of the provider's calls. The consumer's calls are at `/account`, so no fault counts them."""

SEED = {
    "applications": [
        {"name": "robot"},
        {"name": "crane"},
        {"name": "deployer"},
        {"name": "auditor"},
    ],
    "policies": [
        {
            "name": name,
            "application": name,
            "rules": [{"permission_set_names": [one]} for one in sets],
        }
        for name, sets in {
            "robot": ["ProjectReadOnly"],
            "crane": ["ProjectReadOnly"],
            # Without the audit log, the provider cannot prove that it made a key.
            "deployer": [
                "IAMApplicationManager",
                "SecretManagerSecretCreate",
                "SecretManagerReadOnly",
            ],
            "auditor": ["IAMManager", "SecretManagerSecretCreate", "SecretManagerReadOnly"],
        }.items()
    ],
    "api_keys": [{"application": "deployer"}, {"application": "auditor"}],
}
_WATCHED = (API_KEY.resource, SECRET_VERSION.resource, POLICY.resource)
LONGEST_LIFE = timedelta(days=60 + 2 * 7, minutes=1)
"""The longest life of a key with the schedule of the scenarios."""


@dataclass(frozen=True)
class Step:
    """Time that passes, an event outside of Pulumi, and an `up` with these inputs; None removes the resource."""

    inputs: Mapping[str, Any] | None
    days: float = 0
    deletes_current: bool = False


@dataclass(frozen=True)
class Scenario:
    """The steps before an operation, and the operation."""

    name: str
    before: tuple[Step, ...]
    step: Step


@dataclass
class Made:
    """A scenario before its operation, and the operation without a fault."""

    scenario: Scenario
    snapshot: Snapshot
    state: State
    program: Program
    calls: list[str] = field(default_factory=list)
    shape: dict[str, Any] = field(default_factory=dict)


class Rotations:
    """An organization with one rotating key, behind a relay, and the rules about its keys.

    `broken` has the rules that a request has broken.
    """

    def __init__(self, caller: str = "auditor", *, relayed: bool = False) -> None:
        self._relayed = relayed
        self._lock = threading.Lock()
        self._consumer = requests.Session()
        self._consumer.trust_env = False
        self._is_watching = False
        self._seen: tuple[Any, ...] = ()
        self._recorded: dict[str, Held] = {}
        self._is_deleted = False
        self._allowed: set[str] = set()
        self.broken: list[str] = []
        self.lines: list[str] = []
        self.looks = 0
        """The number of requests after which the rules were checked."""
        self.texts: list[str] = []
        """The states and messages, for the search for secrets."""
        self.emulator = Emulator(enforce=True, access_log=self._saw)
        self.relay = CrashRelay(self.emulator.url)
        made = self.emulator.seed(SEED)
        self.names = {item["name"]: item["id"] for item in made["applications"]}
        for name in ("vault", "other", "third"):
            self.names[name] = new_secret(self.emulator, name)
        owner = self.names[caller]
        (key,) = (one for one in made["api_keys"] if one["application_id"] == owner)
        self._credentials = {
            "SCW_ACCESS_KEY": key["access_key"],
            "SCW_SECRET_KEY": key["secret_key"],
        }
        self.base = self.emulator.snapshot()
        self._others = self._rights(self.base)

    def close(self) -> None:
        self.relay.close()
        self.emulator.close()
        self._consumer.close()

    def environment(self, *, relayed: bool = False, retry: str = "1") -> dict[str, str]:
        """Return the settings of a provider with short timeouts and small permissions."""
        environment = {**self.emulator.environment, **self._credentials}
        if relayed:
            environment["SCW_API_URL"] = self.relay.url
        environment["PULUMI_SCW_IAM_RETRY_TIMEOUT"] = retry
        environment["PULUMI_SCW_IAM_REQUEST_TIMEOUT"] = "20"
        return environment

    def driver(self, *, keeps: bool = True, retry: str = "1") -> InProcess:
        """Return a new provider in this process, which remembers nothing of earlier ones."""
        return InProcess(self.environment(relayed=self._relayed, retry=retry), keeps=keeps)

    # --- scenarios ---------------------------------------------------------------------------

    def program(self, inputs: Mapping[str, Any] | None) -> Program:
        if inputs is None:
            return {}
        filled = {
            name: self.names[value[1:]] if str(value)[:1] == "$" else value
            for name, value in inputs.items()
        }
        return {"it": ("RotatingAPIKey", filled)}

    def after(self, *steps: Step) -> State:
        """Return the state after some steps in a new organization."""
        self.emulator.faults.clear()
        self.emulator.restore(self.base)
        engine = Engine(self.driver())
        for step in steps:
            self.happens(step, engine.state)
            self.run(engine, self.program(step.inputs))
        return engine.state

    def made(self, scenario: Scenario) -> Made:
        """Run the steps of a scenario, and its operation once without a fault."""
        return self.made_from(scenario, self.after(*scenario.before))

    def made_from(self, scenario: Scenario, state: State) -> Made:
        """Run the operation of a scenario once without a fault, from now on."""
        self.happens(scenario.step, state)
        program = self.program(scenario.step.inputs)
        made = Made(scenario, self.emulator.snapshot(), copy.deepcopy(state), program)
        engine = Engine(self.driver(), state)
        self.lines.clear()
        self.run(engine, program)
        made.calls = [re.sub(r" (\d{3}|unanswered) .*", "", line) for line in self.lines]
        made.shape = self.shape(engine.state)
        assert self.broken == []
        assert all(re.match(r"\w+ /[is]", call) for call in made.calls), made.calls
        assert engine.preview(program) == {}
        return made

    def happens(self, step: Step, state: State) -> None:
        """Let time pass, and delete the current key from outside."""
        self.emulator.advance(timedelta(days=step.days))
        self._is_deleted = step.deletes_current
        if step.deletes_current:
            access_key = state.resources["it"].outputs["access_key"]
            url = f"{self.emulator.url}/iam/v1alpha1/api-keys/{access_key}"
            headers = {"X-Auth-Token": self.emulator.secret_key}
            assert requests.delete(url, headers=headers, timeout=10).status_code == 204

    def start(self, made: Made, driver: Driver) -> Engine:
        """Return to the start of a scenario's operation."""
        self.emulator.faults.clear()
        self.emulator.restore(made.snapshot)
        self.broken.clear()
        self._is_deleted = made.scenario.step.deletes_current
        return Engine(driver, made.state)

    def run(self, engine: Engine, program: Program) -> None:
        """Run `up`, and check the rules after each request. Raises Failed."""
        with self.watching(engine.state, program):
            try:
                engine.up(program)
            except Failed as failed:
                self.texts.append(failed.line)
                raise
            finally:
                create_watch.finish()
                self.texts += [
                    json.dumps([held.inputs, held.outputs], default=list)
                    for held in engine.state.resources.values()
                ]

    # --- the rules ---------------------------------------------------------------------------

    @contextmanager
    def watching(self, state: State, program: Program) -> Iterator[None]:
        """Context manager for an operation: the rules are checked after each request.

        Consumers know the state before the operation. Consumers of a removed resource have no key. Consumers of an
        unfinished create, or of a key that somebody deleted, have none until the next `up`.
        """
        with self._lock:
            self._is_watching, self._seen = True, ()
            self._allowed = {key["application_id"] for key, _ in self.live_keys()}
            self._allowed |= {inputs["application_id"] for _, inputs in program.values()}
            self._recorded = {
                name: copy.deepcopy(held)
                for name, held in state.resources.items()
                if name in program and not (self._is_deleted or held.unfinished)
            }
            self.broken += [f"{problem}, before `up`" for problem in self._problems()]
        try:
            yield
        finally:
            with self._lock:
                self._is_watching = False

    def _saw(self, line: str) -> None:
        """Check the rules after a request, before its response."""
        if " /account/" in line:
            return
        with self._lock:
            self.lines.append(line)
            if self._is_watching:
                self.looks += 1
                self.broken += [f"{problem}, after {line}" for problem in self._problems()]

    def _problems(self) -> Iterator[str]:
        snapshot = self.emulator.snapshot()
        seen = tuple(snapshot.objects.get(name, ()) for name in _WATCHED)
        if seen == self._seen:
            return
        self._seen = seen
        of_marks: dict[str, list[str]] = {}
        for key, mark in self.live_keys(snapshot):
            of_marks.setdefault(mark, []).append(key["access_key"])
            if key["application_id"] not in self._allowed:
                yield f"{key['access_key']} has the rights of another bearer"
            if _moment(key["expires_at"]) - _moment(key["created_at"]) > LONGEST_LIFE:
                yield f"{key['access_key']} lives until {key['expires_at']}"
        for keys in of_marks.values():
            if len(keys) > 2:
                yield f"{len(keys)} keys are live"
        if self._rights(snapshot) != self._others:
            yield "policies or members have changed"
        for name, held in self._recorded.items():
            if not self._works(self._secret_of(held)):
                yield f"no key of the consumers of {name} signs"

    @staticmethod
    def _rights(snapshot: Snapshot) -> list[Any]:
        return [snapshot.objects.get(kind.resource) for kind in (POLICY, GROUP, APPLICATION)]

    def live_keys(self, snapshot: Snapshot | None = None) -> list[tuple[dict[str, Any], str]]:
        """Return the live keys of all rotating keys, with their marks, oldest first."""
        now = self.emulator.time
        found = []
        for key in (snapshot or self.emulator.snapshot()).objects[API_KEY.resource]:
            mark = Mark.found(key["description"])
            if mark is not None and (not key["expires_at"] or _moment(key["expires_at"]) > now):
                found.append((key, mark.resource))
        return sorted(found, key=lambda pair: str(pair[0]["created_at"]))

    def newest(self, secret_id: str) -> tuple[str, str, int]:
        """Return the access key, the secret key and the revision of the newest enabled version."""
        versions = self._versions(secret_id)
        if not versions:
            return "", "", 0
        last = max(versions, key=lambda one: int(one["revision"]))
        payload = json.loads(b64decode(last["data"]))
        assert payload["access_key"] in last["description"]
        return payload["access_key"], payload["secret_key"], last["revision"]

    def handed_on(self, secret_id: str) -> set[str]:
        """Return the access keys in all enabled versions."""
        return {
            json.loads(b64decode(one["data"]))["access_key"] for one in self._versions(secret_id)
        }

    def _versions(self, secret_id: str) -> list[dict[str, Any]]:
        uuid = secret_id.rpartition("/")[2]
        return [
            one
            for one in self.emulator.snapshot().objects.get(SECRET_VERSION.resource, ())
            if one["secret_id"] == uuid and one["status"] == "enabled"
        ]

    def _secret_of(self, held: Held) -> str:
        """Return the secret key that a consumer reads: of the newest version, or of the outputs."""
        if secret_id := held.outputs.get("secret_id"):
            return self.newest(secret_id)[1]
        return str(held.outputs.get("secret_key") or "")

    def _works(self, secret_key: str) -> bool:
        """Return whether a secret key signs a call of a consumer."""
        response = self._consumer.get(
            f"{self.emulator.url}/account/v3/projects/{self.emulator.project_id}",
            headers={"X-Auth-Token": secret_key},
            timeout=10,
        )
        return response.status_code == 200

    # --- after an operation ------------------------------------------------------------------

    def shape(self, state: State) -> dict[str, Any]:
        """Return the state without ids, keys and times, for a comparison of two runs."""
        held = state.resources.get("it")
        if held is None:
            return {}
        has = sorted(
            name
            for name, value in held.outputs.items()
            if value is not None
            and name
            in {"secret_key", "previous_access_key", "previous_secret_key", "secret_version"}
        )
        return {"inputs": held.inputs, "has": has, "unfinished": held.unfinished}

    def wrong(self, made: Made, engine: Engine, allowed: int = 0) -> Iterator[str]:
        """Yield each error after an operation that ended well; `allowed` is the number of keys left behind."""
        yield from self.broken
        self.broken.clear()
        if plan := engine.preview(made.program):
            yield f"the next preview is {plan}"
        if (shape := self.shape(engine.state)) != made.shape:
            yield f"the state is {shape} instead of {made.shape}"
        yield from self.wrong_keys(engine.state, allowed)

    def wrong_keys(self, state: State, allowed: int = 0) -> Iterator[str]:
        """Yield each error of the keys and versions of a state; `allowed` is the number of keys left behind."""
        marks = set()
        for name, held in state.resources.items():
            outputs = held.outputs
            marks.add(outputs["mark"])
            keys = (outputs.get("previous_access_key"), outputs["access_key"])
            own = [key["access_key"] for key, mark in self.live_keys() if mark == outputs["mark"]]
            if own != [key for key in keys if key]:
                yield f"the keys of {name} are {own} instead of {keys}"
            if secret_id := outputs.get("secret_id"):
                access_key, _, revision = self.newest(secret_id)
                if (access_key, revision) != (outputs["access_key"], outputs["secret_version"]):
                    yield f"the newest version of {name}, {revision}, has {access_key}"
            elif (previous := outputs.get("previous_secret_key")) and not self._works(previous):
                yield f"the previous secret key of {name} does not sign"
            if not self._works(self._secret_of(held)):
                yield f"the current key of {name} does not sign"
        others = [key["access_key"] for key, mark in self.live_keys() if mark not in marks]
        if len(others) > allowed:
            yield f"keys are left: {others}"

    def after_overlap(self, made: Made, engine: Engine, allowed: int = 0) -> Iterator[str]:
        """Yield each error of an `up` after the overlap."""
        self.emulator.advance(timedelta(days=8))
        self.run(engine, made.program)
        has = [name for name in made.shape["has"] if "previous" not in name]
        yield from self.wrong(
            Made(
                made.scenario,
                made.snapshot,
                made.state,
                made.program,
                shape={**made.shape, "has": has},
            ),
            engine,
            allowed,
        )

    def fault(self, **options: Any) -> None:
        self.emulator.faults.add(Fault(path=CALLS, **options))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
