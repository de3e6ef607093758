"""The open facts of the API: what no recording shows, what this package assumes, and the calls that answer it.

Each question is declared once, above the function that asks it:

    @question("What does …?", matters="…", assumed={"second create": "409 already_exists group"})
    def equal_names_of_groups(api: Api) -> Answers: ...

`make record` asks all questions, and reports each answer that differs from the assumption. The page
docs/reference/open-facts.md is generated from the declarations. A question changes only objects that it creates.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tools.record.session import Api, Unanswered, outcome

__all__ = ["QUESTIONS", "Answers", "Question"]

Answers = dict[str, str]
"""The answers of one question, by their label."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """An open fact."""

    id: str
    asks: str
    matters: str
    """Why the answer matters: the code, decision or promise that depends on it."""
    assumed: Mapping[str, str]
    """The answers that the local IAM API gives, and that the code expects."""
    ask: Callable[[Api], Answers]
    settles: tuple[str, ...] = ()
    """The beginnings of the behaviours of the local IAM API that the answer proves or refutes."""
    creates_users: bool = False
    """Whether the question creates users. It is then asked only with an e-mail address for them."""


QUESTIONS: list[Question] = []
"""All questions, in the order of the page."""

_RULE = {"permission_set_names": ["IAMReadOnly"]}


def question(
    asks: str,
    *,
    matters: str,
    assumed: Mapping[str, str],
    settles: tuple[str, ...] = (),
    creates_users: bool = False,
) -> Callable[[Callable[[Api], Answers]], Callable[[Api], Answers]]:
    """Decorate the function that asks a question."""

    def declare(ask: Callable[[Api], Answers]) -> Callable[[Api], Answers]:
        QUESTIONS.append(
            Question(
                id=ask.__name__.replace("_", "-"),
                asks=asks,
                matters=matters,
                assumed=assumed,
                settles=settles,
                creates_users=creates_users,
                ask=ask,
            )
        )
        return ask

    return declare


def _yes(value: object) -> str:
    return "yes" if value else "no"


def _fields(response: Any, *names: str) -> str:
    """Return the named fields of an object, or `absent`."""
    body = response.body if isinstance(response.body, dict) else {}
    return ", ".join(f"{name} {body.get(name, 'absent')}".lower() for name in names)


# The IAM log


def _entry(api: Api, resource_type: str, resource_id: str) -> Any:
    """Return the log's entry for a create by this session of an object; waits until it is there."""
    return api.wait(
        lambda: api.get(
            "logs",
            organization_id=api.organization_id,
            order_by="created_at_desc",
            created_after=api.later(timedelta(minutes=-5)),
            action="created",
            resource_type=resource_type,
        ),
        lambda body: [
            entry
            for entry in body["logs"]
            if resource_id in entry.values() or entry["user_agent"] == api.user_agent
        ][:1],
    )[0]


@question(
    "Which `resource_id` has an API key in the IAM log, and is the User-Agent whole?",
    matters="Create recovery and `doctor` find a key without a response by the log: by its access key, and by the nonce at"
    " the end of the User-Agent (decision 41).",
    assumed={"resource_type": "api_key", "resource_id": "the access key", "user_agent": "whole"},
    settles=("Creates, updates and deletes of users, applications, groups, policies and API keys",),
)
def log_of_a_key(api: Api) -> Answers:
    key = api.create("api-keys", **api.key_body(application_id=api.application()))
    entry = _entry(api, "api_key", key["access_key"])
    is_key = entry["resource_id"] == key["access_key"]
    return {
        "resource_type": entry["resource_type"],
        "resource_id": "the access key" if is_key else "another value",
        "user_agent": "whole" if entry["user_agent"] == api.user_agent else "changed",
    }


@question(
    "Does the IAM log have an entry for a change of members, and of which action?",
    matters="`doctor` reads creates only, so a change of members must not be an entry of a create.",
    assumed={"add-member": "updated"},
    settles=("A change of members or rules is logged as an update",),
)
def log_of_members(api: Api) -> Answers:
    group = api.group()
    api.call("POST", f"groups/{group}/add-member", {"application_id": api.application()})
    entries = api.wait(
        lambda: api.get(
            "logs",
            organization_id=api.organization_id,
            order_by="created_at_desc",
            search=group,
        ),
        lambda body: [e["action"] for e in body["logs"] if e["action"] != "created"],
    )
    return {"add-member": str(entries[0])}


@question(
    "Which names and types has an event of the Audit Trail for an SSH key?",
    matters="`doctor` finds the author of an object by the resources of events. The IAM log has no SSH keys.",
    assumed={
        "service_name": "scaleway.iam.v1alpha1.Api",
        "method_name": "CreateSSHKey",
        "resources": "iam_ssh_key with the id",
        "user_agent": "whole",
    },
    settles=("The names of services and methods follow the names",),
)
def audit_events(api: Api) -> Answers:
    body = {
        "name": api.name("ssh-key"),
        "project_id": api.project_id,
        "public_key": api.public_key(),
    }
    ssh_key = api.create("ssh-keys", **body)["id"]
    event = api.wait(
        lambda: api.get(
            "/audit-trail/v1alpha1/regions/fr-par/events",
            organization_id=api.organization_id,
            recorded_after=api.later(timedelta(minutes=-5)),
            resource_id=ssh_key,
        ),
        lambda body: body["events"][:1],
    )[0]
    found = [
        one["type"] + (" with the id" if one["id"] == ssh_key else " with another id")
        for one in event["resources"]
    ]
    return {
        "service_name": event["service_name"],
        "method_name": event["method_name"],
        "resources": ", ".join(found),
        "user_agent": "whole" if event["user_agent"] == api.user_agent else "changed",
    }


# The organization


@question(
    "What is the answer for an organization that does not exist?",
    matters="A 404 would look like a deleted object in a refresh; the code takes it for a denial.",
    assumed={
        "list": "403 permissions_denied",
        "create": "403 permissions_denied",
        "security settings": "403 permissions_denied",
    },
    settles=("A call about another organization is a 403",),
)
def unknown_organization(api: Api) -> Answers:
    unknown = str(uuid.uuid4())
    return {
        "list": outcome(api.get("applications", organization_id=unknown)),
        "create": outcome(
            api.post("applications", {"organization_id": unknown, "name": api.name("application")})
        ),
        "security settings": outcome(api.get(f"organizations/{unknown}/security-settings")),
    }


@question(
    "What is the answer for an id that is no UUID, and for an unknown id?",
    matters="An import with a wrong id must end with the reason, not with a missing object.",
    assumed={
        "no UUID": "400 invalid_arguments group_id: format",
        "unknown": "404 not_found group",
        "deleted twice": "404 not_found group",
    },
    settles=("An id in a path must be a UUID",),
)
def ids_in_paths(api: Api) -> Answers:
    group = api.deleted("groups")
    return {
        "no UUID": outcome(api.get("groups/devs")),
        "unknown": outcome(api.get(f"groups/{uuid.uuid4()}")),
        "deleted twice": outcome(api.delete(f"groups/{group}")),
    }


@question(
    "Have objects an SRN, and what is the name of a quotum?",
    matters="The output `srn` is unset if the API returns none (decision 65). A preview warns at a quota, by its name.",
    assumed={
        "srn": "absent",
        "iam_groups": "200",
        "unknown quotum": "404 not_found quotum",
    },
    settles=("An unknown quotum is a 404",),
)
def srn_and_quota(api: Api) -> Answers:
    application = api.create("applications", name=api.name("application"))

    def quotum(name: str) -> str:
        return outcome(api.get(f"quota/{name}", organization_id=api.organization_id))

    return {
        "srn": str(application.get("srn", "absent")).partition(application["id"])[0],
        "iam_groups": quotum("iam_groups"),
        "unknown quotum": quotum("no_such_quotum"),
    }


@question(
    "What are the answers to unknown fields, to a body that is no JSON object, and to `null`?",
    matters="A newer client may send fields that the API does not know. The local API must refuse what the API refuses.",
    assumed={
        "unknown field": "200",
        "list as the body": "400 invalid_arguments body: format",
        "null as the name": "400 invalid_arguments name: constraint",
        "number as the name": "400 invalid_arguments name: format",
    },
    settles=("Unknown fields are ignored.", "A string must be a JSON string."),
)
def bodies(api: Api) -> Answers:
    def create(**body: Any) -> str:
        whole = {"organization_id": api.organization_id, "name": api.name("group"), **body}
        return outcome(api.post("groups", whole))

    return {
        "unknown field": create(no_such_field=1),
        "list as the body": outcome(api.post("groups", [])),
        "null as the name": create(name=None),
        "number as the name": create(name=1),
    }


# Names


@question(
    "Which names are unique, and does case count?",
    matters="A preview looks up the names of groups and policies, and no others (decision 30). A create with a lost response"
    " adopts the object with a unique name.",
    assumed={
        "group": "409 already_exists group",
        "group in capitals": "200",
        "policy": "409 already_exists policy",
        "policy in capitals": "200",
        "application": "200",
    },
    settles=(
        "The name of a group is unique in its organization.",
        "The name of a policy is unique in its organization",
        "A name already in use, in the same case",
    ),
)
def equal_names(api: Api) -> Answers:
    found = {}
    for word, path in (
        ("group", "groups"),
        ("policy", "policies"),
        ("application", "applications"),
    ):
        name = api.name(word)
        body: dict[str, Any] = {"organization_id": api.organization_id, "name": name}
        if word == "policy":
            body["no_principal"] = True
        api.create(path, **body)
        found[word] = outcome(api.post(path, body))
        if word != "application":
            found[f"{word} in capitals"] = outcome(api.post(path, {**body, "name": name.upper()}))
    return found


@question(
    "Which lengths and characters of names and tags are refused?",
    matters="A check failure at preview must be neither stricter nor milder than the API.",
    assumed={
        "name of 64": "200",
        "name of 65": "400 invalid_arguments name: constraint",
        "empty name": "400 invalid_arguments name: constraint",
        "accent": "400 invalid_arguments name: constraint",
        "11 tags": "400 invalid_arguments tags: constraint",
        "colon in a tag": "400 invalid_arguments tags[0]: constraint",
    },
)
def limits_of_names(api: Api) -> Answers:
    def create(**body: Any) -> str:
        whole = {"organization_id": api.organization_id, "name": api.name("group"), **body}
        return outcome(api.post("groups", whole))

    start = api.name("group")
    return {
        "name of 64": create(name=start.ljust(64, "x")),
        "name of 65": create(name=start.ljust(65, "x")),
        "empty name": create(name=""),
        "accent": create(name=f"{start}-é"),
        "11 tags": create(tags=[f"tag-{number}" for number in range(11)]),
        "colon in a tag": create(tags=["a:b"]),
    }


# Lists


@question(
    "Does a filter by name find parts of names, and does case count?",
    matters="Lookups by name compare the whole name again, so both answers work; a filter by the whole name saves pages.",
    assumed={"whole name": "found", "part of a name": "not found", "capitals": "not found"},
)
def filters_by_name(api: Api) -> Answers:
    name = api.name("application")
    api.create("applications", name=name)

    def find(text: str) -> str:
        response = api.get("applications", organization_id=api.organization_id, name=text)
        if response.status != 200:
            return outcome(response)
        return "found" if response.body["applications"] else "not found"

    return {
        "whole name": find(name),
        "part of a name": find(name[:-1]),
        "capitals": find(name.upper()),
    }


@question(
    "Which sizes of pages are allowed, and what is a page beyond the end?",
    matters="The client asks for pages of 100, and stops at the number of all objects.",
    assumed={
        "100": "200",
        "101": "400 invalid_arguments page_size: constraint",
        "beyond the end": "200, 0 items",
    },
    settles=("A page beyond the end is empty.",),
)
def pages(api: Api) -> Answers:
    def get(**query: Any) -> Any:
        return api.get("groups", organization_id=api.organization_id, **query)

    beyond = get(page=10_000)
    items = beyond.body["groups"] if beyond.status == 200 else None
    return {
        "100": outcome(get(page_size=100)),
        "101": outcome(get(page_size=101)),
        "beyond the end": outcome(beyond) + ("" if items is None else f", {len(items)} items"),
    }


# Groups


@question(
    "What are the answers to members that are in the group already, or do not exist?",
    matters="A membership that exists is adopted by the create of the resource; an unknown member must be named.",
    assumed={
        "existing member": "200",
        "unknown member": "404 not_found application",
        "empty lists": "200",
    },
    settles=("To add an existing member is a 200", "Every member must exist."),
)
def members(api: Api) -> Answers:
    group, application = api.group(), api.application()
    path = f"groups/{group}"
    api.call("POST", f"{path}/add-member", {"application_id": application})
    again = api.call("POST", f"{path}/add-member", {"application_id": application})
    body = {"application_id": api.deleted("applications")}
    unknown = api.call("POST", f"{path}/add-member", body)
    empty = api.put(f"{path}/members", {"user_ids": [], "application_ids": []})
    return {
        "existing member": outcome(again),
        "unknown member": outcome(unknown),
        "empty lists": outcome(empty),
    }


@question(
    "What happens to the groups and keys of a deleted application?",
    matters="The deletion of an application is announced with its keys, and memberships in the state are refreshed.",
    assumed={"member of the group": "no", "its key": "404 not_found access_key"},
    settles=(
        "A deleted user or application loses its API keys.",
        "A deleted user or application is removed",
    ),
)
def deleted_applications(api: Api) -> Answers:
    group, application = api.group(), api.application()
    api.call("POST", f"groups/{group}/add-member", {"application_id": application})
    key = api.create("api-keys", **api.key_body(application_id=application))
    api.delete(f"applications/{application}")
    members_left = api.get(f"groups/{group}").body["application_ids"]
    return {
        "member of the group": _yes(application in members_left),
        "its key": outcome(api.get(f"api-keys/{key['access_key']}")),
    }


# Policies


@question(
    "Which principal has a policy after its principal was deleted?",
    matters="A refresh shows the drift, and `access` names orphaned policies.",
    assumed={
        "of an application": "no_principal true, application_id absent",
        "of a group": "no_principal true, group_id absent",
        "new principal": "200",
    },
    settles=(
        "The policies of a deleted user, application or group stay",
        "A policy shows `no_principal: true`",
    ),
)
def orphaned_policies(api: Api) -> Answers:
    application, group = api.application(), api.group()
    first = api.policy(application_id=application)["id"]
    second = api.policy(group_id=group)["id"]
    api.delete(f"applications/{application}")
    api.delete(f"groups/{group}")
    return {
        "of an application": _fields(
            api.get(f"policies/{first}"), "no_principal", "application_id"
        ),
        "of a group": _fields(api.get(f"policies/{second}"), "no_principal", "group_id"),
        "new principal": outcome(
            api.patch(f"policies/{first}", {"application_id": api.application()})
        ),
    }


@question(
    "What are the answers to policies with two principals, no principal, or an unknown principal?",
    matters="A one-of group of inputs is checked at preview, and the message names the group.",
    assumed={
        "two": "400 invalid_arguments principal: constraint",
        "none": "400 invalid_arguments principal: required",
        "unknown": "404 not_found group",
        "update with two": "400 invalid_arguments principal: constraint",
        "update to none": "200",
    },
    settles=("Of a one-of, a create requires exactly one argument", "A principal must exist."),
)
def principals(api: Api) -> Answers:
    application, group = api.application(), api.group()

    def create(**principal: Any) -> str:
        name = api.name("policy")
        body = {"organization_id": api.organization_id, "name": name, **principal}
        return outcome(api.post("policies", body))

    path = f"policies/{api.policy(group_id=group)['id']}"
    both = {"application_id": application, "group_id": group}
    return {
        "two": create(**both),
        "none": create(),
        "unknown": create(group_id=api.deleted("groups")),
        "update with two": outcome(api.patch(path, both)),
        "update to none": outcome(api.patch(path, {"no_principal": True})),
    }


@question(
    "What are the answers to rules with errors, and to no rules?",
    matters="A policy that moves between principals is detached meanwhile, because an empty list of rules may be refused. A"
    " wrong rule is a check failure.",
    assumed={
        "unknown set": "400 invalid_arguments rules[0].permission_set_names: constraint",
        "mixed scope types": "400 invalid_arguments rules[0].permission_set_names: constraint",
        "set of the organization on a project": "400 invalid_arguments rules[0].project_ids: constraint",
        "no scope": "400 invalid_arguments rules[0]: format",
        "wrong condition": "400 invalid_arguments rules[0].condition: format",
        "no rules": "200",
    },
    settles=(
        "An unknown permission set is refused",
        "All permission sets of a rule must have the same scope type.",
        "A rule with `project_ids` must have permission sets",
        "A condition with wrong syntax is refused",
    ),
)
def rules(api: Api) -> Answers:
    policy = api.policy()["id"]
    organization, project = (
        {"organization_id": api.organization_id},
        {"project_ids": [api.project_id]},
    )

    def put(*rules: Mapping[str, Any]) -> str:
        return outcome(api.put("rules", {"policy_id": policy, "rules": list(rules)}))

    mixed = ["IAMReadOnly", "InstancesReadOnly"]
    return {
        "unknown set": put({"permission_set_names": ["NoSuchSet"], **organization}),
        "mixed scope types": put({"permission_set_names": mixed, **organization}),
        "set of the organization on a project": put({**_RULE, **project}),
        "no scope": put(_RULE),
        "wrong condition": put({**_RULE, **organization, "condition": "1 =="}),
        "no rules": put(),
    }


@question(
    "How does a policy count a permission set in two rules, and which update sets `updated_at`?",
    matters="The counters are outputs of a function. Cached rules are valid while `updated_at` stays.",
    assumed={"nb_permission_sets": "2", "updated_at after a new name": "unchanged"},
    settles=("A permission set in two rules counts twice.",),
)
def counters(api: Api) -> Answers:
    rule = {**_RULE, "organization_id": api.organization_id}
    policy = api.policy(no_principal=True, rules=[rule, {**rule, "condition": "1 == 1"}])
    path = f"policies/{policy['id']}"
    number = api.get(path).body["nb_permission_sets"]
    api.patch(path, {"name": api.name("policy")})
    is_same = api.get(path).body["updated_at"] == policy["updated_at"]
    return {
        "nb_permission_sets": str(number),
        "updated_at after a new name": "unchanged" if is_same else "new",
    }


# API keys


@question(
    "What are the answers to keys with two bearers, no bearer, or an expiry in the past?",
    matters="All three are check failures.",
    assumed={
        "two": "400 invalid_arguments bearer: constraint",
        "none": "400 invalid_arguments bearer: required",
        "unknown": "404 not_found application",
        "past": "400 invalid_arguments expires_at: constraint",
    },
    settles=("The bearer and the project must exist.", "An expiry in the past is refused."),
)
def bearers(api: Api) -> Answers:
    application = api.application()

    def create(**body: Any) -> str:
        return outcome(api.post("api-keys", api.key_body(**body)))

    past = api.later(timedelta(days=-1))
    return {
        "two": create(application_id=application, user_id=str(uuid.uuid4())),
        "none": create(),
        "unknown": create(application_id=api.deleted("applications")),
        "past": create(application_id=application, expires_at=past),
    }


@question(
    "Can the expiry and the project of a key be changed?",
    matters="The first expiry is set in place, each other change replaces the key (`APIKey`). A new project is set in place.",
    assumed={
        "same expiry": "200",
        "later expiry": "400 invalid_arguments expires_at: constraint",
        "project": "200",
    },
    settles=("The expiry of an API key can be set once",),
)
def updates_of_keys(api: Api) -> Answers:
    key = api.create("api-keys", **api.key_body(application_id=api.application()))
    path = f"api-keys/{key['access_key']}"
    return {
        "same expiry": outcome(api.patch(path, {"expires_at": key["expires_at"]})),
        "later expiry": outcome(api.patch(path, {"expires_at": api.later(timedelta(hours=2))})),
        "project": outcome(api.patch(path, {"default_project_id": api.project_id})),
    }


# SSH keys


@question(
    "Which SSH keys are refused, and does a list show disabled keys?",
    matters="A key is parsed at preview. A disabled key must not look deleted.",
    assumed={
        "no key": "400 invalid_arguments public_key: format",
        "unknown project": "404 not_found project",
        "disabled key in the list": "yes",
    },
    settles=("RSA, DSA, Ed25519 and ECDSA keys", "The project must exist."),
)
def ssh_keys(api: Api) -> Answers:
    def create(**body: Any) -> Any:
        whole = {"name": api.name("ssh-key"), "project_id": api.project_id, **body}
        return api.post("ssh-keys", whole)

    answers = {
        "no key": outcome(create(public_key="ssh-ed25519 AAAA")),
        "unknown project": outcome(
            create(public_key=api.public_key(), project_id=str(uuid.uuid4()))
        ),
    }
    created = create(public_key=api.public_key())
    if created.status != 200:
        raise Unanswered(f"POST ssh-keys: {outcome(created)}")
    api.patch(f"ssh-keys/{created.body['id']}", {"disabled": True})
    listed = api.get("ssh-keys", project_id=api.project_id, name=created.body["name"])
    answers["disabled key in the list"] = _yes(listed.body["ssh_keys"])
    return answers


# Users


@question(
    "Which type, status and username has an invited person?",
    matters="The SDKs call an invited person a guest, and Scaleway made all guests members (decision 6).",
    assumed={
        "create": "200",
        "type": "type member, status invitation_pending",
        "username": "the e-mail address",
        "change of the e-mail address": "412 precondition_failed",
        "lock": "412 precondition_failed",
    },
    settles=(
        "With `email` instead of `member`, a person is invited.",
        "An invited person has the type `member`",
        "The e-mail address of a guest cannot be changed.",
        "Lock, unlock, and changes of username and password require a member.",
    ),
    creates_users=True,
)
def guests(api: Api) -> Answers:
    created = _invite(api, api.email)
    if created.status != 200:
        return {"create": outcome(created)}
    path = f"users/{created.body['id']}"
    is_email = created.body.get("username") == api.email
    return {
        "create": "200",
        "type": _fields(created, "type", "status"),
        "username": "the e-mail address" if is_email else "another text",
        "change of the e-mail address": outcome(api.patch(path, {"email": _other(api.email)})),
        "lock": outcome(api.call("POST", f"{path}/lock", {})),
    }


@question(
    "Does case count in e-mail addresses, and can two users have the same address?",
    matters="`email:` finds users without regard to case; two users with one address would be ambiguous.",
    assumed={
        "stored": "as sent",
        "same address": "409 already_exists user",
        "address in capitals": "200",
    },
    creates_users=True,
)
def case_of_email(api: Api) -> Answers:
    name, _, domain = api.email.partition("@")
    capitals = f"{name.upper()}@{domain}"
    first = _invite(api, api.email)
    if first.status != 200:
        raise Unanswered(f"POST users: {outcome(first)}")
    again, other = _invite(api, api.email), _invite(api, capitals)
    return {
        "stored": "as sent" if first.body["email"] == api.email else "changed",
        "same address": outcome(again),
        "address in capitals": outcome(other),
    }


@question(
    "Which usernames of members are taken, and does case count?",
    matters="The username is unique, and a preview looks it up.",
    assumed={
        "same username": "409 already_exists user",
        "username in capitals": "200",
        "lock": "200",
    },
    settles=("A username is unique in its organization", "A username already in use is a 409"),
    creates_users=True,
)
def usernames(api: Api) -> Answers:
    username = api.name("user")

    def create(username: str) -> Any:
        member = {"email": api.email, "username": username}
        return api.post("users", {"organization_id": api.organization_id, "member": member})

    first = create(username)
    if first.status != 200:
        raise Unanswered(f"POST users: {outcome(first)}")
    return {
        "same username": outcome(create(username)),
        "username in capitals": outcome(create(username.upper())),
        "lock": outcome(api.call("POST", f"users/{first.body['id']}/lock", {})),
    }


@question(
    "Which weak passwords of members are refused?",
    matters="A preview warns about a weak password, because Scaleway documents no rule (decision 74).",
    assumed={
        "8 characters": "400 invalid_arguments member.password: constraint",
        "lower-case letters only": "400 invalid_arguments member.password: constraint",
    },
    settles=("Any other password needs at least 12 characters",),
    creates_users=True,
)
def passwords(api: Api) -> Answers:
    def create(password: str) -> str:
        member = {"email": api.email, "username": api.name("user"), "password": password}
        return outcome(
            api.post("users", {"organization_id": api.organization_id, "member": member})
        )

    return {
        "8 characters": create(secrets.token_urlsafe(6)),
        "lower-case letters only": create("".join(secrets.choice("abcdefgh") for _ in range(20))),
    }


def _invite(api: Api, email: str) -> Any:
    return api.post("users", {"organization_id": api.organization_id, "email": email})


def _other(email: str) -> str:
    """Return another address of the same person."""
    name, _, domain = email.partition("@")
    return f"{name}+other@{domain}"
