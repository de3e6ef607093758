"""Random organizations on the local IAM API, with odd names and texts, and references to missing objects.

A `random.Random` draws an organization, so a number reproduces it: `drawn(Random("7"), 150)`. With hypothesis,
`st.randoms()` draws organizations that shrink.

Names are Python keywords, words that YAML reads as other types, and names that differ in punctuation or case only. Texts
have all quotes, `${`, line ends, and marks for the text direction. Principals, projects and bearers are missing, objects
are managed by Scaleway products, and API keys have expired.
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam import conditions
from pulumi_scw_iam.common.permission_sets import bundled
from pulumi_scw_iam.emulator import Emulator, Snapshot
from pulumi_scw_iam.kinds.shared.rotation import Mark
from tests.support.local_api import Clock, Iam, certificate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from random import Random

__all__ = ["AGE", "Drawn", "drawn", "emulator_of", "large_group"]

Entry = dict[str, Any]

AGE = timedelta(days=400)
"""The age of the objects, so that API keys may have expired."""

SHARES = {
    "users": 10,
    "applications": 20,
    "groups": 12,
    "policies": 24,
    "api_keys": 22,
    "ssh_keys": 12,
}
"""The percentages of an organization by section of the seed."""

MANY_RULES = 200
"""The number of rules of one policy in an organization of at least 100 objects."""

LABELS = (
    *("my-app", "my_app", "my.app", "my app", "MY-APP", "myApp", "my(app)", "my--app", "my-app-"),
    *("class", "import", "None", "True", "match", "type", "lambda", "async", "print", "self"),
    *("pulumi", "iam", "conditions", "project", "projects", "group", "users", "id", "opts", "name"),
    *("null", "yes", "no", "on", "off", "n", "1e3", "0x1F", "0o17", "1_000", ".inf"),
    *(
        "-1",
        "2026-11-29",
        "404",
        "1st",
        "-",
        "--",
        "_",
        "__",
        "()",
        ".",
        "..",
        " ",
        "  leading",
        "trailing ",
    ),
    *(
        "con",
        "__main__",
        "__init__",
        "str",
        "frozenset",
        "resources",
        "variables",
        "outputs",
        "a" * 64,
    ),
)
"""Names that the API accepts for applications, groups and policies."""

USERNAMES = (
    *(
        "alice",
        "Alice",
        "ALICE",
        "a.b",
        "a-b",
        "a_b",
        "ab",
        "..",
        "--",
        "__",
        "@@",
        "class",
        "None",
    ),
    *("null", "42", "1e3", "0x1F", "alice@example.com", "my-app", "my_app", "user", "x" * 64),
)

EMAILS = (
    *("alice@example.com", "Alice@Example.com", "o'brien@example.com", '"quoted"@example.com'),
    *(
        "${x}@example.com",
        "é@exämple.fr",
        "a+b@example.com",
        "{b}@example.com",
        "\u202ebidi@example.com",
    ),
    *("back\\slash@example.com", "#@example.com", "*@example.com", "%s@example.com"),
)

TEXTS = (
    *(
        "",
        "",
        "",
        "Deploys the shop",
        "Zoë's “team”",
        "double \" and single ' quotes",
        "'''",
        '"""',
    ),
    *(
        "${pulumi.stack}",
        "$${escaped}",
        "$",
        "{braces}",
        "{{",
        "%s %(x)s",
        "\\",
        "trailing \\",
        "\\n",
    ),
    *(
        "two\nlines",
        "crlf\r\nline",
        "\ttab",
        " space ",
        "\n",
        "---",
        "- item",
        "key: value",
        "# comment",
    ),
    *(
        "null",
        "true",
        "1e3",
        "2026-11-29",
        "*anchor",
        "&anchor",
        "!tag",
        "@at",
        "`backtick`",
        "?",
        "|",
        ">",
    ),
    *(
        "\u202eright to left\u202c",
        "\u200bzero width",
        "\ufeffbom",
        "\u2028line separator",
        "\x85next line",
    ),
    *("\x1b[31mred", "bell\a", "émoji 👩‍👩‍👧 \U0001d518", "日本語", "e\u0301", "x" * 64),
)
"""Texts for fields without an alphabet, at most 64 characters long."""

TAGS = (
    *(
        "team=web",
        "team=data",
        "owner=alice@example.com",
        "a/b",
        "a+b",
        "x",
        " ",
        "null",
        "true",
        "1e3",
    ),
    *("=", "-", "- x", "@x", "a b", "t" * 70),
)

CONDITIONS: tuple[Callable[[Random], str], ...] = (
    lambda random: str(conditions.ip(f"203.0.113.{random.randint(0, 255)}")),
    lambda _: str(conditions.ip("203.0.113.7", "2001:db8::1")),
    lambda _: str(conditions.before("2030-01-31T12:00:00Z")),
    lambda _: str(conditions.after("2020-01-31T12:00:00.5Z")),
    lambda random: str(conditions.hours(random.randint(0, 11), 18, zone="Europe/Paris")),
    lambda _: str(conditions.hours(22, 6, zone="UTC")),
    lambda _: str(conditions.weekdays("monday", "friday", zone="Europe/Paris")),
    lambda _: str(conditions.user_agent_contains('terraform "${x}" \\')),
    lambda _: str(conditions.resource_name_starts_with("web-")),
    lambda _: str(conditions.resource_name("x", "y", lists=False)),
    lambda _: str(conditions.resource_locality("fr-par", "nl-ams-2")),
    lambda _: str(~conditions.ip("203.0.113.7")),
    lambda _: str(conditions.ip("203.0.113.7") & conditions.before("2030-01-31T12:00:00Z")),
    lambda _: str(conditions.ip("2001:db8::2") | ~conditions.weekdays("sunday", zone="UTC")),
    lambda _: 'request.ip=="203.0.113.7"',
    lambda _: "1 == 1",
    lambda _: "true // why: ${x} 'y' \"z\"",
    lambda _: "request.user_agent.contains('é\u202e')\n  && request.ip == \"203.0.113.7\"",
    lambda _: r'request.user_agent.matches(r"^\d+\.\d+")',
    lambda _: '["a", "b"].exists(x, request.user_agent.startsWith(x))',
    lambda _: 'request.ip == "203.0.113.7" || unknown.name == 3',
)
"""Conditions of the builder, and conditions without a builder."""

LOCALES = ("", "fr_FR", "en_US", "null", "xx\n")
PHONES = ("", "+33123456789", "0o17", "call me")

_SETS = {
    scope: [entry.name for entry in bundled().by_name.values() if entry.scope_type == scope]
    for scope in ("projects", "organization")
}


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """An organization: a seed, and changes after the seed."""

    seed: dict[str, list[Entry]]
    locked: tuple[str, ...] = ()
    """The ids of the users to lock."""
    disabled: tuple[str, ...] = ()
    """The ids of the SSH keys to disable."""
    managed: frozenset[str] = frozenset()
    """The ids of the objects of Scaleway products."""
    deleted: tuple[str, ...] = ()
    """The paths of the objects to delete, so that others refer to missing objects."""
    security_settings: dict[str, Any] = field(default_factory=dict)
    saml: dict[str, str] | None = None
    """The fields of the SAML configuration; None without SAML."""
    certificates: int = 0
    """The number of certificates of the SAML configuration."""
    scim_tokens: int | None = None
    """The number of SCIM tokens; None without SCIM."""

    def create(self, emulator: Emulator) -> None:
        """Create the organization in an emulator whose clock is `AGE` behind, and move the clock to the present."""
        iam = Iam(emulator, Clock())
        with iam.session:
            emulator.seed(self.seed)
            for user_id in self.locked:
                iam.post(f"/users/{user_id}/lock")
            for key_id in self.disabled:
                iam.patch(f"/ssh-keys/{key_id}", disabled=True)
            organization = f"/organizations/{iam.organization_id}"
            if self.security_settings:
                iam.patch(f"{organization}/security-settings", **self.security_settings)
            if self.saml is not None:
                saml_id = iam.post(f"{organization}/saml")["id"]
                iam.patch(f"/saml/{saml_id}", **self.saml)
                for number in range(self.certificates):
                    use = "encryption" if number else "signing"
                    iam.post(f"/saml/{saml_id}/certificates", type=use, content=certificate())
            if self.scim_tokens is not None:
                scim_id = iam.post(f"{organization}/scim")["id"]
                for _ in range(self.scim_tokens):
                    iam.post(f"/scim/{scim_id}/tokens")
            for path in self.deleted:
                iam.delete(path)
        if self.managed:
            emulator.restore(self._with_managed(emulator.snapshot()))
        emulator.advance(AGE)

    def _with_managed(self, snapshot: Snapshot) -> Snapshot:
        """Return the snapshot with the flags of managed objects. No call of the API makes an object managed."""
        flags = {"managed": True, "editable": False, "deletable": False}
        return Snapshot(
            {
                name: tuple(
                    {**item, **flags}
                    if self.managed & {item.get("id"), item.get("access_key")}
                    else item
                    for item in items
                )
                for name, items in snapshot.objects.items()
            },
            snapshot.ahead_seconds,
        )


def emulator_of(organization: Drawn, **options: Any) -> Emulator:
    """Return a local IAM API with the organization, created `AGE` ago. `options` are those of the emulator."""
    emulator = Emulator(clock=lambda: datetime.now(timezone.utc) - AGE, **options)
    organization.create(emulator)
    return emulator


def drawn(random: Random, size: int) -> Drawn:
    """Draw an organization of about `size` objects."""
    return _Draw(random).organization(size)


def large_group(members: int) -> Drawn:
    """Return an organization with one group of many applications."""
    applications = [{"id": _id(number), "name": f"app-{number}"} for number in range(members)]
    group = {"name": "everything", "application_ids": [item["id"] for item in applications]}
    return Drawn(seed={"applications": applications, "groups": [group]})


class _Draw:
    """Draws the objects of one organization, with ids of their own: names do not identify objects."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self._count = 0
        self.projects: list[str] = []
        self.users: list[str] = []
        self.applications: list[str] = []
        self.groups: list[str] = []

    def organization(self, size: int) -> Drawn:
        counts = {title: max(1, size * share // 100) for title, share in SHARES.items()}
        seed: dict[str, list[Entry]] = {
            "projects": [self.project() for _ in range(4)],
            "users": [self.user(number) for number in range(counts["users"])],
            "applications": [self.application() for _ in range(counts["applications"])],
        }
        seed["built_in_groups"] = [
            {"name": "All Users", "built_in": "all_users"},
            {"name": "All Applications", "built_in": "all_applications"},
        ]
        names = self.distinct(LABELS, 64)
        seed["groups"] = [self.group(next(names)) for _ in range(counts["groups"])]
        names = self.distinct(LABELS, 64)
        seed["policies"] = [self.policy(next(names)) for _ in range(counts["policies"])]
        if size >= 100:
            rules = [self.rule() for _ in range(MANY_RULES)]
            seed["policies"][0]["rules"] = rules
        seed["api_keys"] = [self.api_key() for _ in range(counts["api_keys"])]
        seed["ssh_keys"] = [self.ssh_key() for _ in range(counts["ssh_keys"])]
        managed = self.managed(seed)
        deleted = [
            f"/applications/{item['id']}"
            for item in seed["applications"]
            if item["id"] not in managed and self.chance(0.03)
        ]
        if self.chance(0.5):
            deleted.append(f"/account/v3/projects/{self.projects[-1]}")
        return Drawn(
            seed=seed,
            locked=tuple(
                user["id"] for user in seed["users"] if "username" in user and self.chance(0.15)
            ),
            disabled=tuple(key["id"] for key in seed["ssh_keys"] if self.chance(0.3)),
            managed=managed,
            deleted=tuple(deleted),
            **self.features(),
        )

    # Objects

    def project(self) -> Entry:
        name = self.text() or "web"
        return {"id": self.new(self.projects), "name": name, "description": self.text()}

    def user(self, number: int) -> Entry:
        """Draw a member, an invited person, or a guest."""
        entry: Entry = {"id": self.new(self.users), "tags": self.tags()}
        kind = self.one_of("member", "member", "member", "invited", "guest")
        if kind != "member":
            # The address is the username of an invited person, and must be free.
            entry["email"] = f"{number}.{self.choice(EMAILS)}"
            return {**entry, "type": "guest"} if kind == "guest" else entry
        base = self.choice(USERNAMES)
        return {
            **entry,
            "username": base if number == 0 else f"{base[:58]}{self.choice('._-')}{number}",
            "email": self.choice(EMAILS),
            "first_name": self.text(),
            "last_name": self.text(),
            "phone_number": self.choice(PHONES),
            "locale": self.choice(LOCALES),
        }

    def application(self) -> Entry:
        return {"id": self.new(self.applications), "name": self.choice(LABELS), **self.described()}

    def group(self, name: str) -> Entry:
        return {
            "id": self.new(self.groups),
            "name": name,
            **self.described(),
            "user_ids": self.some(self.users, 4),
            "application_ids": self.some(self.applications, 6),
        }

    def policy(self, name: str) -> Entry:
        title = self.one_of("user", "group", "application", "application", "group", "")
        ids = {"user": self.users, "group": self.groups, "application": self.applications}
        principal = {f"{title}_id": self.choice(ids[title])} if title else {}
        rules = [self.rule() for _ in range(self.choice((0, 1, 1, 1, 2, 3, 5)))]
        if rules and self.chance(0.05):
            rules.append(rules[0])
        return {"id": self.new(), "name": name, **self.described(), **principal, "rules": rules}

    def rule(self) -> Entry:
        scope = self.one_of("project_ids", "all", "organization")
        kind = "organization" if scope == "organization" else "projects"
        rule: Entry = {"permission_set_names": self.some(_SETS[kind], 3) or [_SETS[kind][0]]}
        if scope == "project_ids":
            rule["project_ids"] = self.some(self.projects, 3) or self.projects[:1]
        if self.chance(0.4):
            rule["condition"] = self.choice(CONDITIONS)(self.random)
        return rule

    def api_key(self) -> Entry:
        bearer = self.one_of("application", "application", "user")
        ids = self.users if bearer == "user" else self.applications
        digest = hashlib.sha256(self.new().encode()).hexdigest().upper()
        entry: Entry = {"access_key": f"SCW{digest[:17]}", f"{bearer}_id": self.choice(ids)}
        if self.chance(0.6):
            entry["description"] = self.text()
        if digest.endswith(("0", "1")):
            mark = Mark(digest[:8].lower())
            entry["description"] = mark.added_to(entry.get("description", "")[:150])
        if self.chance(0.4):
            entry["default_project_id"] = self.choice(self.projects)
        now = datetime.now(timezone.utc)
        days = self.one_of(None, None, -100, -1, 100, 10_000)
        if days is not None:
            entry["expires_at"] = (now + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
        return entry

    def ssh_key(self) -> Entry:
        key_id = self.new()
        algorithm, key = b"ssh-ed25519", hashlib.sha256(key_id.encode()).digest()
        blob = b"".join(len(part).to_bytes(4, "big") + part for part in (algorithm, key))
        text = f"ssh-ed25519 {base64.b64encode(blob).decode()}"
        entry: Entry = {
            "id": key_id,
            "name": self.choice(("laptop", "class", self.text(), self.text())),
            "public_key": self.choice((text, f"{text} alice@laptop")),
        }
        if self.chance(0.5):
            # The last project has no SSH keys, so it can be deleted.
            entry["project_id"] = self.choice(self.projects[:-1])
        return entry

    def managed(self, seed: dict[str, list[Entry]]) -> frozenset[str]:
        """Choose the objects of a Scaleway product: applications with their policies and keys, and groups."""
        applications = {item["id"] for item in seed["applications"] if self.chance(0.05)}
        theirs = {
            item.get("id") or item["access_key"]
            for item in (*seed["policies"], *seed["api_keys"])
            if item.get("application_id") in applications
        }
        groups = {item["id"] for item in seed["groups"] if self.chance(0.05)}
        return frozenset(applications | theirs | groups)

    def features(self) -> dict[str, Any]:
        """Draw the settings of the organization."""
        drawn: dict[str, Any] = {}
        if self.chance(0.8):
            drawn["security_settings"] = {
                "login_attempts_before_locked": self.random.randint(1, 50),
                "max_login_session_duration": self.choice(("3600s", "86400s", "0s", "90.5s")),
                # Existing API keys may exceed the limit.
                "max_api_key_expiration_duration": self.choice(("0s", "8640000s")),
            }
        if self.chance(0.8):
            drawn["saml"] = self.choice(
                (
                    {},
                    {
                        "entity_id": "https://idp/${x}",
                        "single_sign_on_url": "https://idp/sso?a=b&c='d'",
                    },
                )
            )
            drawn["certificates"] = self.random.randint(0, 2)
        if self.chance(0.8):
            drawn["scim_tokens"] = self.random.randint(0, 2)
        return drawn

    # Values

    def described(self) -> Entry:
        return {"description": self.text(), "tags": self.tags()}

    def text(self) -> str:
        return str(self.choice(TEXTS))

    def tags(self) -> list[str]:
        return self.some(TAGS, 3)

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def choice(self, values: Sequence[Any]) -> Any:
        return values[self.random.randrange(len(values))]

    def one_of(self, *values: Any) -> Any:
        return self.choice(values)

    def some(self, values: Sequence[str], most: int) -> list[str]:
        """Draw at most `most` different values."""
        return list(dict.fromkeys(self.choice(values) for _ in range(self.random.randint(0, most))))

    def distinct(self, names: Sequence[str], longest: int) -> Iterator[str]:
        """Yield different names: those of the list first, then the same with a number."""
        given = list(dict.fromkeys(names))
        self.random.shuffle(given)
        yield from given
        while True:
            self._count += 1
            sign = self.choice(".-_ ()")
            yield f"{self.choice(names)[: longest - 8]}{sign}{self._count}"

    def new(self, ids: list[str] | None = None) -> str:
        """Return a new id, and add it to the list."""
        self._count += 1
        new = _id(self._count)
        if ids is not None:
            ids.append(new)
        return new


def _id(number: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, str(number)))
