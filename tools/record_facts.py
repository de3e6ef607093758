"""Reduce recordings of the real API to facts: tests/emulator/recorded/*.jsonl, one file per recording.

    python -m tools.record_facts RECORDINGS [--check]

RECORDINGS is a folder of JSON lines with `method`, `path`, `query`, `request_body`, `status`, `response_body` and
`date`. The facts of an API call are the method, the path, the status, the fields in order, their types, booleans,
numbers and enum values, and the order of lists. All other strings are replaced by placeholders, and the replay
(`tests/support/recorded.py`) replaces the placeholders by generated values. No text of a person is copied.

    {group-1}             the id of an object, known from the first response with this id
    {name-01}             a text of a request; the order of the numbers is the order of the texts
    {time-02}             a time of the server with six decimals; the order of the numbers is the order of the times
    {expiry-1}            a time of a request, with an optional zone: {expiry-1+02:00}
    {ssh-ed25519-1}       a public key without comment; {ssh-ed25519-1.md5} is its digest
    {certificate-1}       a certificate; {certificate-1.expires_at} is the end of its validity
    {secret}, {ip}        any non-empty string
    {any}                 any value: fields of objects without a recorded create
    ["{sorted}", …]       a list in the order of its values, not of the items here; ["{set}", …] in any order

The first line of a file counts the recorded API calls and those left out, by reason. A line with `setup` creates an
object from before the recording. `times` is the number of identical consecutive calls. `same` is the number of the line
with the same status and response. `newer` lists fields that the API added after the recording. `rebuilt` is true if the
recording lost the request, which is derived from the response.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter, defaultdict
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from pulumi_scw_iam.common.permission_sets import bundled
from pulumi_scw_iam.emulator.schema.times import parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TARGET = Path(__file__).parents[1] / "tests" / "emulator" / "recorded"

IAM = "/iam/v1alpha1/"
PROJECTS = "/account/v3/projects"
ORGANIZATION = "{organization}"
MASKED_KEY = "SCWXXXXXXXXXXXXXXXXX"
"""The access key in some recorded paths, instead of the real access key."""
MASKED_ID = "11111111-1111-1111-1111-111111111111"
"""The organization in some recorded queries, instead of the real id."""

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ID = re.compile(rf"{UUID.pattern}|SCW[0-9A-Z]{{17}}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?P<decimals>\.\d+)?(?P<zone>Z|[+-]\d\d:\d\d)")
FINGERPRINT = re.compile(r"(\d+) MD5:[0-9a-f:]{47} (?:\S+ )?\((\S+)\)")
WORD = re.compile(r"[a-z0-9_]{1,40}")
"""The form of enum values."""

OBJECTS = {
    "users": "user",
    "applications": "application",
    "groups": "group",
    "policies": "policy",
    "api-keys": "api_key",
    "api_keys": "api_key",
    "ssh-keys": "ssh_key",
    "ssh_keys": "ssh_key",
    "projects": "project",
    "rules": "rule",
    "saml": "saml",
    "saml-certificates": "saml_certificate",
    "certificates": "saml_certificate",
    "scim": "scim",
    "scim-tokens": "scim_token",
    "scim_tokens": "scim_token",
    "tokens": "scim_token",
    "token": "scim_token",
}
"""The name of an object in placeholders, by the part of a path or the field of a response with such objects."""

REFERENCES = {
    f"{kind}_id{plural}": kind
    for kind in ("user", "application", "group", "policy", "project")
    for plural in ("", "s")
}
REQUIRED = {"user", "application", "group", "policy"}
"""The objects that a replay creates if a recording refers to them without a create."""

ONE_OF = {"user_id", "group_id", "application_id", "no_principal", "project_ids", "organization_id"}
"""Fields that depend on the object, not on the age of the recording."""

ENUMS = {
    *("type", "status", "origin", "permission_sets_scope_type", "resource", "reason", "locale"),
    *("method", "order_by", "bearer_type", "page", "page_size", "editable", "mfa", "disabled"),
}
"""The fields and query parameters with words of the API as values."""

API_TEXTS = {"resource is not found", "authentication is denied"}
"""The messages of the API itself."""

TEXTS = {
    "tags": "tag",
    "single_sign_on_url": "url",
    "entity_id": "url",
    "policy_name": "name",
    "content": "certificate",
}
"""The names of texts in placeholders, if other than the field."""

OPAQUE = {"secret_key": "{secret}", "bearer_token": "{secret}", "creation_ip": "{ip}"}

COMMENT_ERA = datetime(2025, 1, 1, tzinfo=timezone.utc)
"""Older recordings show the comments of public keys; the API removes comments since then."""

NO_CREATE = "lists with objects that no API call creates"
FOREIGN = "calls of other APIs"


class LostRequest(Exception):
    """A request is not in the recording and cannot be derived from its response."""


class Call:
    """A recorded API call."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.method: str = raw["method"]
        self.path: str = raw["path"]
        self.query = parse_qsl(raw["query"] or "", keep_blank_values=True)
        self.request: Any = raw["request_body"]
        self.status: int = raw["status"]
        self.response: Any = raw["response_body"]
        self.date = parsedate_to_datetime(raw["date"])
        self.parts = self.path.removeprefix(IAM).split("/") if self.is_iam else []

    @property
    def is_iam(self) -> bool:
        return self.path.startswith(IAM)

    @property
    def kind(self) -> str:
        """The name of the object in the response."""
        parts = [part for part in self.path.split("/") if part in OBJECTS]
        return OBJECTS[parts[-1]] if parts else ""

    @property
    def is_list(self) -> bool:
        return self.method == "GET" and "total_count" in (self.response or {})

    @property
    def lost_its_request(self) -> bool:
        """Whether the recording has the response in the place of the request."""
        writes = self.method in {"POST", "PUT", "PATCH"} and self.status < 300
        return writes and self.response is not None and self.request == self.response

    def objects(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the name and the JSON of each object in the response."""
        if self.status >= 300 or not isinstance(self.response, dict):
            return
        if own_id(self.response):
            yield self.kind, self.response
        for field, value in self.response.items():
            if field in OBJECTS:
                for item in value if isinstance(value, list) else [value]:
                    yield OBJECTS[field], item


def own_id(item: Any) -> str:
    """Return the identifier of an object, or an empty string."""
    found = (item.get("id") or item.get("access_key") or "") if isinstance(item, dict) else ""
    return str(found)


def references(value: Any) -> Iterator[tuple[str, str]]:
    """Yield the name and id of each object that a request refers to."""
    if isinstance(value, dict):
        for field, item in value.items():
            if REFERENCES.get(field) in REQUIRED:
                for one in item if isinstance(item, list) else [item]:
                    if UUID.fullmatch(str(one)):
                        yield REFERENCES[field], one
            else:
                yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def texts_of(value: Any, field: str = "") -> Iterator[tuple[str, str]]:
    """Yield every string in a JSON value, with the name of its field."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from texts_of(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from texts_of(item, field)
    elif isinstance(value, str):
        yield field, value


class Ages:
    """The first date of each field of each object, over all recordings."""

    def __init__(self, sessions: Iterable[list[Call]]) -> None:
        self._first: dict[tuple[str, str], datetime] = {}
        for calls in sessions:
            for call in calls:
                for kind, item in call.objects():
                    for field in item:
                        first = self._first.get((kind, field), call.date)
                        self._first[kind, field] = min(first, call.date)

    def newer(self, call: Call) -> list[str]:
        """Return the fields that only later recordings show for the objects of a call."""
        kinds = {kind for kind, _ in call.objects()}
        return sorted(
            field
            for (kind, field), first in self._first.items()
            if kind in kinds and first > call.date and field not in ONE_OF
        )


class Session:
    """The facts of one recording."""

    def __init__(self, calls: list[Call], ages: Ages) -> None:
        self.calls = calls
        self.ages = ages
        self.tokens: dict[str, str] = {}
        """Placeholders by recorded text."""
        self.numbers: Counter[str] = Counter()
        self.existing: set[str] = set()
        """The ids of objects without a recorded create."""
        self.living_keys: list[str] = []
        self.left_out: Counter[str] = Counter()
        self._find_organization()
        self._rank_texts()

    def _find_organization(self) -> None:
        found: Counter[str] = Counter()
        defaults: Counter[str] = Counter()

        def visit(value: Any) -> None:
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, dict):
                    found.update(filter(None, [item.get("organization_id")]))
                    defaults.update(filter(None, [item.get("default_project_id")]))
                    for inner in item.values():
                        visit(inner)

        for call in self.calls:
            visit([call.request, call.response, dict(call.query)])
            if call.parts[:1] == ["organizations"]:
                found[call.parts[1]] += 1
        found.pop(MASKED_ID, None)
        ((self.organization, _),) = (found or defaults).most_common(1)
        self.tokens |= {self.organization: ORGANIZATION, MASKED_ID: ORGANIZATION}

    def _rank_texts(self) -> None:
        """Number names, tags and times in their order, so that generated values have the same order."""
        ranked: dict[str, set[str]] = defaultdict(set)
        for call in self.calls:
            for field, text in texts_of([call.request, call.response, dict(call.query)]):
                time = TIME.fullmatch(text)
                if time and time["decimals"] and len(time["decimals"]) == len(".123456"):
                    ranked["time"].add(text)
                elif field in {"name", "tags", "tag", "policy_name"} and text:
                    ranked[TEXTS.get(field, field)].add(text)
        for kind, texts in ranked.items():
            for number, text in enumerate(sorted(texts, key=str.casefold), 1):
                self.tokens[text] = f"{{{kind}-{number:02}}}"

    def token(self, text: str, kind: str) -> str:
        """Return the placeholder of a text; the first use creates the placeholder."""
        if text not in self.tokens:
            self.numbers[kind] += 1
            self.tokens[text] = f"{{{kind}-{self.numbers[kind]}}}"
        return self.tokens[text]

    def lines(self) -> list[dict[str, Any]]:
        """Return the facts, one object for each line of the file."""
        setups = self._setups()
        facts: list[dict[str, Any]] = []
        for index, call in enumerate(self.calls):
            facts += setups.get(index, [])
            fact = self._fact(index, call)
            if not fact:
                continue
            last = facts[-1] if facts else {}
            if fact == {name: value for name, value in last.items() if name != "times"}:
                last["times"] = last.get("times", 1) + 1
            else:
                facts.append(fact)
        head = {"recorded": len(self.calls), "left_out": dict(self.left_out)}
        return list(shortened([head, *facts]))

    def _setups(self) -> dict[int, list[dict[str, Any]]]:
        """Return the objects to create before each call: those without a create of their own."""
        created: set[str] = set()
        missing: dict[str, tuple[str, dict[str, Any], int]] = {}
        for index, call in enumerate(self.calls):
            if not call.is_iam:
                continue
            if call.method == "POST":
                created.update(own_id(item) for _, item in call.objects())
            for kind, item in call.objects():
                found = own_id(item)
                known = missing.get(found)
                if found not in created and kind != "rule" and not (known and known[1]):
                    missing[found] = (kind, item, known[2] if known else index)
            for kind, found in references([call.request, dict(call.query)]):
                if found not in created and found != self.organization:
                    missing.setdefault(found, (kind, {}, index))
        start = self.calls[0].date - timedelta(seconds=2)
        setups: dict[int, list[dict[str, Any]]] = defaultdict(list)
        by_age = sorted(missing.items(), key=lambda entry: entry[1][1].get("created_at") or "")
        for found, (kind, item, index) in sorted(
            by_age, key=lambda entry: entry[1][0] == "api_key"
        ):
            self.existing.add(found)
            is_recent = item.get("created_at") and parse_instant(item["created_at"]) >= start
            setup = {
                "setup": "owner" if item.get("type") == "owner" else kind,
                "id": self.token(found, kind),
            }
            if kind == "api_key":
                setup["bearer"] = "application" if "application_id" in item else "owner"
            setups[index if is_recent else 0].append(setup)
        return setups

    def _fact(self, index: int, call: Call) -> dict[str, Any] | None:
        if not call.is_iam and not call.path.startswith(PROJECTS):
            self.left_out[FOREIGN] += 1
            return None
        if call.is_list and any(own_id(item) in self.existing for _, item in call.objects()):
            self.left_out[NO_CREATE] += 1
            return None
        request = self._rebuilt(index, call) if call.lost_its_request else call.request
        path = "/".join(self._segment(index, call, part) for part in call.path.split("/"))
        fact: dict[str, Any] = {"call": f"{call.method} {path}"}
        if call.query:
            fact["query"] = [[name, self._query(name, value)] for name, value in call.query]
        if request is not None and call.method in {"POST", "PUT", "PATCH"}:
            fact["request"] = self._value(request, "", call, is_request=True)
        if call.lost_its_request:
            fact["rebuilt"] = True
        fact["status"] = call.status
        if call.response is not None:
            fact["response"] = self._value(call.response, "", call, is_request=False)
        if newer := self.ages.newer(call):
            fact["newer"] = newer
        self._follow_keys(index, call)
        return fact

    def _segment(self, index: int, call: Call, part: str) -> str:
        if part == MASKED_KEY:
            part = self._masked_key(index, call)
        return self.tokens[part] if ID.fullmatch(part) else part

    def _masked_key(self, index: int, call: Call) -> str:
        """Return the access key behind a masked path: of the response, or the only key that exists."""
        body = call.response or {}
        if found := body.get("access_key") or body.get("resource_id"):
            return str(found)
        if len(self.living_keys) > 1:
            for later in self.calls[index + 1 :]:
                if later.status == 404 and later.response["resource_id"] in self.living_keys:
                    return str(later.response["resource_id"])
        return self.living_keys[0]

    def _follow_keys(self, index: int, call: Call) -> None:
        if call.parts[:1] == ["api-keys"] and call.status < 300:
            if call.method == "POST":
                self.living_keys.append(call.response["access_key"])
            elif call.method == "DELETE":
                part = call.parts[1]
                key = self._masked_key(index, call) if part == MASKED_KEY else part
                self.living_keys = [other for other in self.living_keys if other != key]

    def _rebuilt(self, index: int, call: Call) -> dict[str, Any]:
        """Derive a lost request from the response, and from the next list of rules."""
        names = {
            "project": "name organization_id description",
            "ssh_key": "name public_key project_id",
            "policy": "name description organization_id tags user_id group_id application_id"
            " no_principal",
        }
        if call.kind == "rule":
            earlier = reversed(self.calls[:index])
            ids = (dict(other.query).get("policy_id") for other in earlier)
            return {
                "policy_id": next(filter(None, ids)),
                "rules": _rules(call.response["rules"]),
            }
        if call.kind not in names:
            raise LostRequest(call.path)
        body = {
            name: call.response[name] for name in names[call.kind].split() if name in call.response
        }
        if call.kind == "policy":
            for later in self.calls[index + 1 :]:
                if later.parts == ["rules"] and later.method == "GET":
                    body["rules"] = _rules(later.response["rules"])
                    break
        return body

    def _query(self, name: str, value: str) -> str:
        if name in ENUMS:
            return _word(value)
        return self._text(value, name)

    def _value(self, value: Any, field: str, call: Call, *, is_request: bool) -> Any:
        if isinstance(value, dict):
            return self._object(value, call, is_request=is_request)
        if isinstance(value, list):
            items = [self._value(item, field, call, is_request=is_request) for item in value]
            is_members = field in {"user_ids", "application_ids"} and len(value) > 1
            # Only the response to a PUT has the order of the request.
            if is_request or not is_members or call.method == "PUT":
                return items
            return ["{sorted}" if value == sorted(value) else "{set}", *items]
        return self._text(value, field) if isinstance(value, str) and value else value

    def _object(self, item: dict[str, Any], call: Call, *, is_request: bool) -> dict[str, Any]:
        if not is_request and own_id(item) in self.existing:
            identity = {"id", "access_key"}
            return {
                name: self.tokens[value] if name in identity else "{any}"
                for name, value in item.items()
            }
        fact = {}
        for name, value in item.items():
            if name in {"public_key", "fingerprint"}:
                fact[name] = self._key(item, name, call, is_request=is_request)
            elif name == "expires_at" and "content" in item:
                certificate = self.token(item["content"], "certificate")
                fact[name] = certificate.replace("}", ".expires_at}")
            elif name == "id" and value and value not in self.tokens:
                kind = next(kind for kind, one in call.objects() if own_id(one) == value)
                fact[name] = self.token(value, kind)
            else:
                fact[name] = self._value(value, name, call, is_request=is_request)
        return fact

    def _key(self, item: dict[str, Any], name: str, call: Call, *, is_request: bool) -> str:
        recorded: str = item["public_key"]
        algorithm, blob, *comment = recorded.rstrip("\n").split(" ", 2)
        key = self.token(blob, algorithm)
        if name == "fingerprint":
            match = FINGERPRINT.fullmatch(item[name])
            assert match
            return f"{match[1]} MD5:{key.replace('}', '.md5}')} ({match[2]})"
        if call.lost_its_request or not comment:
            text = key
        else:
            is_old = call.date < COMMENT_ERA and not is_request
            text = key if is_old else f"{key} {self.token(comment[0], 'comment')}"
        return f"{text}\n" if recorded.endswith("\n") else text

    def _text(self, value: str, field: str) -> str:
        is_word = field in ENUMS and (WORD.fullmatch(value) or field == "locale")
        if is_word or value in API_TEXTS or value in bundled().by_name:
            return value
        if field in OPAQUE:
            return OPAQUE[field]
        if time := TIME.fullmatch(value):
            return self._time(value, time)
        if value.startswith("https://") and "scaleway.com/" in value:
            return UUID.sub(lambda match: self.token(match[0], "id"), value)
        if ID.fullmatch(value):
            kind = "api_key" if field == "access_key" else REFERENCES.get(field, "id")
            return self.token(value, kind)
        return self.token(value, TEXTS.get(field, field))

    def _time(self, value: str, time: re.Match[str]) -> str:
        if value in self.tokens:
            return self.tokens[value]
        if time["decimals"]:
            raise ValueError(f"unexpected decimals in {value}")
        instant = parse_instant(value).isoformat()
        token = self.token(instant, "expiry")
        return token if time["zone"] == "Z" else token.replace("}", f"{time['zone']}}}")


def shortened(lines: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Replace a status and response by the number of the first line with the same."""
    shared = ("status", "response", "newer")
    seen: list[dict[str, Any]] = []
    for line in lines:
        part = {name: line[name] for name in shared if name in line}
        if "response" in part and part in seen:
            rest = {name: value for name, value in line.items() if name not in shared}
            yield {**rest, "same": seen.index(part) + 1}
        else:
            yield line
        seen.append(part)


def _rules(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rules as in a request: without the fields that the API computes."""
    computed = {"id", "permission_sets_scope_type"}
    return [{k: v for k, v in rule.items() if k not in computed} for rule in rules]


def _word(value: str) -> str:
    if not WORD.fullmatch(value):
        raise ValueError(f"not a word of the API: {value}")
    return value


def read(folder: Path) -> dict[str, list[Call]]:
    """Read the recordings of a folder by name."""
    return {
        path.stem: [Call(json.loads(line)) for line in path.read_text("utf-8").splitlines()]
        for path in sorted(folder.glob("*.jsonl"))
    }


def files(folder: Path) -> dict[str, str]:
    """Return the facts of all recordings in a folder: texts of files by name."""
    sessions = read(folder)
    ages = Ages(sessions.values())
    return {
        f"{name}.jsonl": "".join(
            json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"
            for line in Session(calls, ages).lines()
        )
        for name, calls in sessions.items()
    }


def main() -> int:
    """Write or check the files."""
    parser = argparse.ArgumentParser(description="Reduce recordings of the real API to facts.")
    parser.add_argument("recordings", type=Path, help="folder of JSON lines")
    parser.add_argument("--check", action="store_true", help="compare with the existing files")
    arguments = parser.parse_args()
    written = files(arguments.recordings)
    if not written:
        print(f"no recordings in {arguments.recordings}", file=sys.stderr)
        return 1
    if arguments.check:
        existing = {path.name: path.read_text("utf-8") for path in TARGET.glob("*.jsonl")}
        differing = sorted(
            name for name in written.keys() | existing if written.get(name) != existing.get(name)
        )
        if differing:
            print(
                f"not up to date: {', '.join(differing)}; run tools.record_facts", file=sys.stderr
            )
        return 1 if differing else 0
    TARGET.mkdir(exist_ok=True)
    for path in TARGET.glob("*.jsonl"):
        path.unlink()
    for name, text in written.items():
        (TARGET / name).write_text(text, "utf-8")
    print(f"wrote {len(written)} files with {sum(map(len, written.values()))} bytes to {TARGET}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
