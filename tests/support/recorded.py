"""Replay recorded facts against the local IAM API, and compare every response.

`tools/record_facts.py` writes the files of facts and describes their placeholders.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import uuid
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from pulumi_scw_iam.emulator import Emulator

FOLDER = Path(__file__).parents[1] / "emulator" / "recorded"

IAM = "/iam/v1alpha1"
PLACEHOLDER = re.compile(
    r"\{(?P<name>[a-z][a-z0-9_-]*)(?:\.(?P<part>\w+))?(?P<zone>[+-]\d\d:\d\d)?\}"
)
IDS = {
    *("user", "application", "group", "policy", "rule", "project", "ssh_key", "api_key"),
    *("saml", "saml_certificate", "scim", "scim_token"),
}
"""The placeholders of ids: the first response with such an id defines the id."""

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
ACCESS_KEY = re.compile(r"SCW[0-9A-HJKMNP-TV-Z]{17}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")

CERTIFICATE_END = datetime(2040, 1, 2, 3, 4, 5, tzinfo=timezone.utc)


class Session(NamedTuple):
    """The facts of one recording."""

    name: str
    recorded: int
    left_out: dict[str, int]
    lines: list[dict[str, Any]]
    """The API calls and setups, with the response of each call."""

    @property
    def calls(self) -> int:
        """The number of replayed API calls."""
        return sum(line.get("times", 1) for line in self.lines if "call" in line)


def sessions() -> list[Session]:
    """Read all files of facts."""
    return [_session(path) for path in sorted(FOLDER.glob("*.jsonl"))]


def _session(path: Path) -> Session:
    head, *lines = map(json.loads, path.read_text("utf-8").splitlines())
    for line in lines:
        if "same" in line:
            other = lines[line.pop("same") - 2]
            line.update({k: other[k] for k in ("status", "response", "newer") if k in other})
    return Session(path.stem, head["recorded"], head["left_out"], lines)


class Values:
    """The values of the placeholders in one replay."""

    def __init__(self, organization_id: str) -> None:
        self.known = {"organization": organization_id}
        self._start = datetime.now(timezone.utc).replace(microsecond=0)

    def fill(self, fact: Any) -> Any:
        """Replace the placeholders in a JSON value."""
        if isinstance(fact, dict):
            return {name: self.fill(value) for name, value in fact.items()}
        if isinstance(fact, list):
            return [self.fill(value) for value in fact]
        if isinstance(fact, str):
            return PLACEHOLDER.sub(self._value, fact)
        return fact

    def bind(self, name: str, value: object) -> str:
        """Define the value of an id or time by the first response; return the problem, or an empty string."""
        kind, _, number = name.rpartition("-")
        form = TIME if kind == "time" else ACCESS_KEY if kind == "api_key" else UUID
        if not isinstance(value, str) or not form.fullmatch(value):
            return f"{value!r} is not a new {kind}"
        if value in self.known.values():
            return f"{value!r} is not new"
        if kind == "time":
            for other, known in self.known.items():
                is_time = other.startswith("time-")
                if is_time and (int(other.removeprefix("time-")) < int(number)) != (known < value):
                    return f"{value!r} is not in order with {known!r}"
        self.known[name] = value
        return ""

    def _value(self, match: re.Match[str]) -> str:
        name, part, zone = match["name"], match["part"], match["zone"]
        kind, _, number = name.rpartition("-")
        if name in self.known:
            return self.known[name]
        if kind in IDS or kind == "time":
            return f"unknown-{name}"  # an earlier response without this id is a difference already
        if kind == "expiry":
            offset = timedelta(hours=int((zone or "+00:00")[:3]))
            time = (self._start + timedelta(days=int(number))).astimezone(timezone(offset))
            return time.isoformat().replace("+00:00", "Z")
        if kind == "certificate":
            return f"{CERTIFICATE_END:%Y-%m-%dT%H:%M:%SZ}" if part else certificate(name)
        if kind in {"ssh-ed25519", "ecdsa-sha2-nistp256"}:
            blob = public_key(kind, int(number))
            digest = hashlib.md5(blob, usedforsecurity=False).digest()
            return digest.hex(":") if part else f"{kind} {base64.b64encode(blob).decode()}"
        texts = {
            "condition": f"request.user_agent == '{name}'",
            "email": f"{name}@example.com",
            "id": str(uuid.UUID(int=int(number or 0), version=4)),
            # The strength of the recorded password is not known: recordings are masked.
            "password": f"Masked-{name}",
            "url": f"https://example.com/{name}",
        }
        return texts.get(kind, name)


def public_key(algorithm: str, number: int) -> bytes:
    """Return the blob of a public key; equal numbers have equal keys."""
    parts = [algorithm.encode(), number.to_bytes(32, "big")]
    if algorithm == "ecdsa-sha2-nistp256":
        key = ec.derive_private_key(number, ec.SECP256R1()).public_key()
        point = key.public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        parts = [algorithm.encode(), b"nistp256", point]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


@cache
def certificate(name: str) -> str:
    """Return a self-signed certificate in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(CERTIFICATE_END - timedelta(days=10_000))
        .not_valid_after(CERTIFICATE_END)
        .sign(key, hashes.SHA256())
    )
    return built.public_bytes(serialization.Encoding.PEM).decode()


def compare(
    fact: Any, actual: Any, values: Values, *, newer: Collection[str] = (), where: str = "response"
) -> Iterator[str]:
    """Yield every difference between a recorded and a received JSON value.

    The first id or time of a placeholder defines the value for the rest of the session.
    """
    if isinstance(fact, dict) and isinstance(actual, dict):
        yield from _compare_fields(fact, actual, values, newer, where)
    elif isinstance(fact, list) and isinstance(actual, list):
        yield from _compare_items(fact, actual, values, newer, where)
    elif isinstance(fact, str):
        yield from (f"{where}: {problem}" for problem in _compare_text(fact, actual, values))
    elif type(fact) is not type(actual) or fact != actual:
        yield f"{where}: {actual!r}, recorded {fact!r}"


def _compare_fields(
    fact: dict[str, Any],
    actual: dict[str, Any],
    values: Values,
    newer: Collection[str],
    where: str,
) -> Iterator[str]:
    names = [name for name in actual if name in fact or name not in newer]
    yield from (f"{where}.{name}: missing" for name in fact if name not in actual)
    yield from (f"{where}.{name}: not recorded" for name in names if name not in fact)
    if fact.keys() == {*names} and list(fact) != names:
        yield f"{where}: fields in the order {names}, recorded {list(fact)}"
    for name, value in fact.items():
        if name in actual:
            yield from compare(value, actual[name], values, newer=newer, where=f"{where}.{name}")


def _compare_items(
    fact: list[Any], actual: list[Any], values: Values, newer: Collection[str], where: str
) -> Iterator[str]:
    if fact and fact[0] in ("{sorted}", "{set}"):
        mark, *rest = fact
        if mark == "{sorted}" and actual != sorted(actual):
            yield f"{where}: not sorted: {actual}"
        fact, actual = sorted(values.fill(rest)), sorted(actual)
    if len(fact) != len(actual):
        yield f"{where}: {len(actual)} items, recorded {len(fact)}"
    for index, (item, actual_item) in enumerate(zip(fact, actual, strict=False)):
        yield from compare(item, actual_item, values, newer=newer, where=f"{where}[{index}]")


def _compare_text(fact: str, actual: object, values: Values) -> Iterator[str]:
    if fact == "{any}":
        return
    if fact in {"{secret}", "{ip}"}:
        if not isinstance(actual, str) or not actual:
            yield f"{actual!r}, recorded a string"
        return
    match = PLACEHOLDER.fullmatch(fact)
    if match and match["name"] not in values.known:
        kind = match["name"].rpartition("-")[0]
        if kind in IDS or kind == "time":
            if problem := values.bind(match["name"], actual):
                yield problem
            return
    expected = values.fill(fact)
    if actual != expected:
        yield f"{actual!r}, recorded {fact} = {expected!r}"


class Replay:
    """A replay of one session against a new local IAM API."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.values = Values(emulator.organization_id)
        self.client = requests.Session()
        self.client.trust_env = False

    def differences(self, session: Session) -> list[str]:
        """Return all differences, each with the number of the line and the API call."""
        found = []
        with self.client:
            for number, line in enumerate(session.lines, 2):
                if "setup" in line:
                    self._set_up(line)
                    continue
                place = f"line {number}: {line['call']}"
                for _ in range(line.get("times", 1)):
                    found += [f"{place}: {difference}" for difference in self._call(line)]
        return found

    def _call(self, line: dict[str, Any]) -> Iterator[str]:
        method, path = self.values.fill(line["call"]).split(" ")
        # The secret keys of the recordings are unknown. Only a 401 depends on the key.
        key = self.emulator.secret_key if line["status"] != 401 else str(uuid.UUID(int=0))
        response = self._send(method, path, line.get("request"), line.get("query"), key)
        if response.status_code != line["status"]:
            yield f"status {response.status_code}, recorded {line['status']}: {response.text}"
        elif "response" not in line:
            if response.content:
                yield f"a body, recorded none: {response.text}"
        else:
            yield from compare(
                line["response"], response.json(), self.values, newer=line.get("newer", ())
            )

    def _send(
        self, method: str, path: str, body: Any, query: Any = None, key: str = ""
    ) -> requests.Response:
        return self.client.request(
            method,
            self.emulator.url + path,
            json=self.values.fill(body),
            params=self.values.fill(query),
            headers={"X-Auth-Token": key or self.emulator.secret_key},
            timeout=10,
        )

    def _set_up(self, line: dict[str, Any]) -> None:
        """Create an object from before the recording; the owner exists."""
        name = line["id"].strip("{}")
        self.values.known[name] = self._existing(line["setup"], name, line.get("bearer"))

    def _existing(self, kind: str, name: str, bearer: str | None) -> str:
        if kind == "owner":
            return self._owner_id()
        common = {"organization_id": "{organization}", "name": f"earlier-{name}"}
        bodies: dict[str, dict[str, Any]] = {
            "application": common,
            "group": common,
            "policy": {**common, "no_principal": True},
            "user": {
                "organization_id": "{organization}",
                "member": {"email": f"{name}@example.org", "username": f"earlier-{name}"},
            },
            "ssh_key": {
                "name": f"earlier-{name}",
                "project_id": "{organization}",
                "public_key": "{ssh-ed25519-99}",
            },
            "api_key": {
                "user_id": self._owner_id() if bearer == "owner" else None,
                "application_id": (
                    self._existing("application", name, None) if bearer == "application" else None
                ),
            },
        }
        path = {"policy": "policies"}.get(kind, f"{kind.replace('_', '-')}s")
        response = self._send("POST", f"{IAM}/{path}", bodies[kind])
        response.raise_for_status()
        created = response.json()
        return str(created.get("id") or created["access_key"])

    def _owner_id(self) -> str:
        query = {"organization_id": "{organization}", "type": "owner"}
        (owner,) = self._send("GET", f"{IAM}/users", None, query).json()["users"]
        return str(owner["id"])


class Response(NamedTuple):
    """A recorded response with generated values."""

    position: str
    method: str
    path: str
    status: int
    body: Any


class Samples(Values):
    """Generated values for all placeholders, also for ids and times of the server."""

    def fill(self, fact: Any) -> Any:
        if isinstance(fact, list) and fact and fact[0] in ("{sorted}", "{set}"):
            return sorted(super().fill(fact[1:]))
        return super().fill(fact)

    def _value(self, match: re.Match[str]) -> str:
        kind, _, number = match["name"].rpartition("-")
        if kind == "time":
            return f"2030-01-01T00:00:00.{number:>06}Z"
        if kind == "api_key":
            return f"SCW{number:>017}"
        if kind in IDS or match["name"] == "secret":
            digest = hashlib.sha256(match["name"].encode()).digest()
            return str(uuid.UUID(bytes=digest[:16], version=4))
        return {"ip": "192.0.2.1"}.get(match["name"]) or super()._value(match)


def responses() -> Iterator[Response]:
    """Yield every recorded response with generated values, except those with unrecorded values."""
    for session in sessions():
        samples = Samples(str(uuid.UUID(int=1, version=4)))
        for number, line in enumerate(session.lines, 2):
            if "call" in line and "{any}" not in json.dumps(line.get("response")):
                method, path = samples.fill(line["call"]).split(" ")
                body = samples.fill(line.get("response"))
                yield Response(f"{session.name}:{number}", method, path, line["status"], body)
