"""One organization for all operations. Each operation starts from the same snapshot."""

from __future__ import annotations

import base64
import json
import logging
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.emulator import Emulator, Snapshot
from pulumi_scw_iam.emulator.schema.kinds import STORED
from tests.support.faults.engine import Engine, InProcess, Plugins, Program, State
from tests.support.faults.operations import SEED, Operation, operations
from tests.support.local_api import certificate
from tests.support.relays.crashes import CrashRelay
from tests.support.secret_manager import new_secret, versions

KEYS = {kind.resource: kind.key for kind in STORED}
UNCOMPARED = {"secret_key", "secret_digest"}


@dataclass
class Prepared:
    """The record of an operation without a fault: its start, its API calls, its end."""

    operation: Operation
    program: Program
    snapshot: Snapshot
    state: State
    calls: list[str] = field(default_factory=list)
    holds: list[str] = field(default_factory=list)
    """The objects in the organization afterwards."""
    keeps: str = ""
    """The state of the engine afterwards."""


class World:
    """An organization on a local IAM API, behind a relay."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.emulator = Emulator(access_log=self.lines.append)
        self.relay = CrashRelay(self.emulator.url)
        self.plugins = Plugins()
        self.certificates = (certificate(), certificate())
        made = self.emulator.seed(SEED)
        self.names = {"organization": self.emulator.organization_id}
        for items in made.values():
            for item in items:
                self.names[str(item.get("name") or item["username"])] = item["id"]
        self.names["vault"] = new_secret(self.emulator).partition("/")[2]
        self.base = self.emulator.snapshot()
        self.base_ids = {
            item[KEYS[resource]] for resource, items in self.base.objects.items() for item in items
        }
        self._prepared: dict[str, Prepared] = {}
        self._drivers: dict[tuple[str, bool, bool, bool], InProcess] = {}

    def close(self) -> None:
        self.plugins.close()
        self.relay.close()
        self.emulator.close()

    def environment(
        self, *, relayed: bool = False, impatient: bool = False, retry: str = "1"
    ) -> dict[str, str]:
        """Return the settings of a provider with short timeouts."""
        environment = dict(self.emulator.environment)
        if relayed:
            environment["SCW_API_URL"] = self.relay.url
        environment["PULUMI_SCW_IAM_RETRY_TIMEOUT"] = retry
        environment["PULUMI_SCW_IAM_REQUEST_TIMEOUT"] = "0.2" if impatient else "20"
        return environment

    def driver(
        self, *, keeps: bool, relayed: bool = False, impatient: bool = False, retry: str = "1"
    ) -> InProcess:
        """Return the driver of the provider core in this process."""
        key = (retry, keeps, relayed, impatient)
        if key not in self._drivers:
            environment = self.environment(relayed=relayed, impatient=impatient, retry=retry)
            self._drivers[key] = InProcess(environment, keeps=keeps)
        return self._drivers[key]

    def filled(self, value: Any) -> Any:
        """Return the value with ids instead of names."""
        match value:
            case str():
                return re.sub(r"\$(\w+)", lambda found: self.names[found[1]], value)
            case dict():
                return {key: self.filled(item) for key, item in value.items()}
            case list() | tuple():
                return type(value)(map(self.filled, value))
            case _:
                return value

    def prepared(self, name: str) -> Prepared:
        """Return an operation's record; run the operation once without a fault."""
        if name not in self._prepared:
            (operation,) = (o for o in operations(self.certificates) if o.name == name)
            self._prepared[name] = self._prepare(operation)
        return self._prepared[name]

    def _prepare(self, operation: Operation) -> Prepared:
        self.emulator.faults.clear()
        self.emulator.restore(self.base)
        engine = Engine(self.driver(keeps=True))
        engine.up(self.filled(operation.before))
        program = self.filled(operation.after)
        made = Prepared(operation, program, self.emulator.snapshot(), engine.state)
        engine = Engine(self.driver(keeps=True), engine.state)
        self.lines.clear()
        if operation.refreshes:
            engine.refresh()
        else:
            engine.up(program)
        made.calls = [re.sub(r" \d{3} .*", "", line) for line in self.lines]
        made.holds, made.keeps = self.holds(), self.kept(engine.state)
        assert engine.preview(program) == {}
        return made

    # --- objects and states ------------------------------------------------------------------

    def objects(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Return all objects in the organization: type, id, object.

        Logs, events and the versions of secrets are left out. A secret may have outdated versions.
        """
        return [
            (resource, item[KEYS[resource]], item)
            for resource, items in self.emulator.snapshot().objects.items()
            if resource not in {"log", "event", "secret_version"}
            for item in items
        ]

    def holds(self) -> list[str]:
        """Return all objects in the organization, for a comparison of two runs.

        Ids from the run are replaced by names. Times and secrets are left out.
        """
        lines = []
        for resource, _, item in self.objects():
            shown = {
                name: _comparable(name, value)
                for name, value in item.items()
                if name not in UNCOMPARED and not self._is_time(resource, name)
            }
            lines.append(self.with_names(f"{resource} {json.dumps(shown, sort_keys=True)}"))
        return sorted(lines)

    def kept(self, state: State) -> str:
        """Return the whole state, for a comparison of two runs."""
        lines = [f"{len(items)} of {name} to delete" for name, items in state.replaced.items()]
        for name, held in sorted(state.resources.items()):
            outputs = {
                key: value
                for key, value in held.outputs.items()
                if key not in {"secret_key", "bearer_token", "secret_version"}
                and not self._is_time(held.kind, key)
            }
            has = [n for n in ("secret_key", "bearer_token", "password") if held.outputs.get(n)]
            shown = (held.kind, held.id, dict(held.inputs), outputs, has, held.unfinished)
            lines.append(f"{name} {json.dumps(shown, sort_keys=True)}")
        return self.with_names("\n".join(lines))

    @staticmethod
    def _is_time(word: str, name: str) -> bool:
        return name.endswith("_at") and (word, name) not in {
            ("access_key", "expires_at"),
            ("APIKey", "expires_at"),
        }

    def with_names(self, text: str) -> str:
        """Return the text with names instead of ids from the run."""
        for resource, resource_id, item in self.objects():
            if resource_id not in self.base_ids:
                name = item.get("name") or item.get("email") or item.get("description") or ""
                text = text.replace(resource_id, f"<{resource} {name}>")
        return text

    def unknown(self, state: State) -> list[tuple[str, str]]:
        """Return the new objects in the organization that the state does not contain."""
        known = self.base_ids | state.ids
        return [
            (resource, resource_id)
            for resource, resource_id, _ in self.objects()
            if resource_id not in known
        ]

    def broken_secrets(self, state: State) -> list[str]:
        """Return the names of secrets in a state that do not work."""
        broken = []
        for name, held in state.resources.items():
            if held.kind == "APIKey":
                secret = held.outputs.get("secret_key")
                if secret_id := held.outputs.get("secret_id"):
                    if secret:
                        broken.append(f"the secret key of {name}, which is in the state,")
                    newest = versions(self.emulator, secret_id)[-1]
                    if newest.revision != held.outputs.get("secret_version"):
                        broken.append(f"the version of {name}")
                    secret = json.loads(newest.payload)["secret_key"]
                if not secret or not self._works(secret, held.id):
                    broken.append(f"the secret key of {name}")
            if held.kind == "SCIMToken":
                owner = str(held.outputs.get("bearer_token", "")).partition(".")[0]
                _, _, token_id = held.id.partition("/")
                if base64.urlsafe_b64encode(token_id.encode()).decode() != owner:
                    broken.append(f"the bearer token of {name}")
        return broken

    def _works(self, secret_key: str, access_key: str) -> bool:
        environment = {**self.emulator.environment, "SCW_SECRET_KEY": secret_key}
        client = IamClient(Settings.resolve(environ=environment))
        return client.get_api_key(access_key)["access_key"] == access_key


class Refusals(logging.Handler):
    """Reports refused connections from the client's log to the relay."""

    def __init__(self, relay: CrashRelay) -> None:
        super().__init__(logging.DEBUG)
        self._relay = relay

    def emit(self, record: logging.LogRecord) -> None:
        if "could not connect to" in record.getMessage():
            self._relay.refused()

    def __enter__(self) -> None:
        log = logging.getLogger("pulumi_scw_iam.api.transport")
        self._level = log.level
        log.setLevel(logging.DEBUG)
        log.addHandler(self)

    def __exit__(self, *_: object) -> None:
        log = logging.getLogger("pulumi_scw_iam.api.transport")
        log.removeHandler(self)
        log.setLevel(self._level)


def _comparable(name: str, value: Any) -> Any:
    """Return the value with a fixed order if order does not count, and rules without ids."""
    if name == "rules":
        return [{key: item for key, item in rule.items() if key != "id"} for rule in value]
    return sorted(value) if name.endswith("_ids") and value else value


def long_ago() -> datetime:
    """Return a time before the tests started."""
    return datetime.now(timezone.utc) - timedelta(days=1)
