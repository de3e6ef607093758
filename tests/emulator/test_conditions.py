"""Conditions of rules: their syntax, their variables, and their effect if the emulator enforces permissions."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import requests

from pulumi_scw_iam.commands import main
from pulumi_scw_iam.emulator import Emulator
from tests.support.emulator_command import command
from tests.support.local_api import UNKNOWN_ID, Answer, Clock, Iam, denied, invalid
from tests.support.ssh_keys import SSH_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

LISTED = Answer(200, {"groups": [], "total_count": 0})
REFUSED = denied("list", "group")
SECRETS = "/secret-manager/v1beta1/regions/nl-ams/secrets"


class Robot:
    """An application with one rule, and its client."""

    def __init__(self, owner: Iam) -> None:
        self.owner = owner
        self.emulator = owner.emulator
        self.id = owner.application("robot")
        self.policy_id = owner.policy("robot", application_id=self.id)
        self.iam = owner.acting_as(application_id=self.id)

    def allow(self, condition: str, *names: str) -> None:
        """Replace the rule of the application."""
        rule = {"permission_set_names": names or ["IAMGroupReadOnly"], "condition": condition}
        rule["organization_id"] = self.owner.organization_id
        self.owner.put("/rules", policy_id=self.policy_id, rules=[rule])

    def groups(self) -> Answer:
        return self.iam.call("GET", "/groups")


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return []


@pytest.fixture(scope="module")
def enforcing(lines: list[str]) -> Iterator[tuple[Emulator, Clock]]:
    clock = Clock()
    with Emulator(clock=clock, enforce=True, access_log=lines.append) as emulator:
        yield emulator, clock


@pytest.fixture
def robot(enforcing: tuple[Emulator, Clock]) -> Iterator[Robot]:
    emulator, clock = enforcing
    clock.restart()
    emulator.reset()
    owner = Iam(emulator, clock)
    robot = Robot(owner)
    with owner.session, robot.iam.session:
        yield robot


def test_a_condition_on_working_hours_changes_its_answer_with_the_clock(robot: Robot) -> None:
    hour, day = (f'request.time.{name}("Europe/Paris")' for name in ("getHours", "getDayOfWeek"))
    robot.allow(f"{hour} >= 8 && {hour} < 19 && {day} in [1, 2, 3, 4, 5]")
    found = []
    # The clock starts on Tuesday, 2030-01-01 at 00:00 UTC: 01:00 in Paris.
    for hours in (0, 6, 1, 10, 1, 13, 72):
        robot.emulator.advance(timedelta(hours=hours))
        found.append((f"{robot.emulator.time:%a %H:%M}", robot.groups() == LISTED))
    assert found == [
        ("Tue 00:00", False),
        ("Tue 06:00", False),
        ("Tue 07:00", True),
        ("Tue 17:00", True),
        ("Tue 18:00", False),
        ("Wed 07:00", True),
        ("Sat 07:00", False),
    ]


def test_a_condition_on_the_address_compares_the_address_of_the_caller(robot: Robot) -> None:
    robot.allow('request.ip == "203.0.113.7"')
    assert robot.groups() == REFUSED
    robot.emulator.client_ip = "203.0.113.7"
    assert robot.groups() == LISTED
    robot.emulator.client_ip = "203.0.113.8"
    assert robot.groups() == REFUSED
    robot.emulator.client_ip = None
    robot.allow('request.ip == "127.0.0.1"')
    assert robot.groups() == LISTED


@pytest.mark.parametrize(
    "header",
    ["X-Forwarded-For", "X-Real-IP", "Forwarded", "True-Client-IP", "X-Envoy-External-Address"],
)
def test_no_header_changes_the_address_of_the_caller(robot: Robot, header: str) -> None:
    robot.allow('request.ip != "127.0.0.1"')
    robot.iam.session.headers[header] = "203.0.113.7"
    assert robot.groups() == REFUSED


def test_a_condition_on_the_user_agent_sees_its_first_255_characters(robot: Robot) -> None:
    robot.allow('request.user_agent.contains("pulumi") && request.user_agent.size() < 256')
    found = {}
    for name, agent in {
        "other": "curl/8",
        "ours": "pulumi-scw-iam/1",
        "upper case": "Pulumi",
        "beyond": "x" * 250 + "pulumi",
        "long": "pulumi" + "x" * 300,
    }.items():
        robot.iam.session.headers["User-Agent"] = agent
        found[name] = robot.groups() == LISTED
    assert found == {
        "other": False,
        "ours": True,
        "upper case": False,
        "beyond": False,
        "long": True,
    }


def test_a_false_condition_takes_nothing_from_another_rule(robot: Robot) -> None:
    robot.allow("false")
    group_id = robot.owner.group("group")
    scope = {"organization_id": robot.owner.organization_id}
    rules = [{"permission_set_names": ["IAMGroupReadOnly"], "condition": "", **scope}]
    robot.owner.create("/policies", name="group", group_id=group_id, rules=rules)
    assert robot.groups() == REFUSED
    robot.owner.post(f"/groups/{group_id}/add-member", application_id=robot.id)
    assert robot.groups().body["total_count"] == 1


@pytest.mark.parametrize(
    ("condition", "note"),
    [
        ("1 == 2", "is false"),
        ("request.ip", "is not true or false"),
        ("1", "is not true or false"),
        ("request.nope == 1", "cannot be evaluated: request.nope does not exist"),
        ("principal.id == 1", "cannot be evaluated: principal does not exist"),
        ('request.ip.startswith("1")', "cannot be evaluated: startswith() does not exist"),
        (
            'request.time < "2030-01-31T12:00:00Z"',
            "cannot be evaluated: < has no meaning for google.protobuf.Timestamp and string",
        ),
        (
            'request.time.getHours("Europe/Pariss") < 24',
            "cannot be evaluated: 'Europe/Pariss' is not a time zone",
        ),
        ('resource.id == "x"', "cannot be evaluated: resource.id does not exist"),
        ("1 / 0 == 1", "cannot be evaluated: division by zero"),
        (
            'request.ip.matches("(?=1)")',
            "cannot be evaluated: matches() cannot use the pattern: (?= is not supported",
        ),
        (
            'request.ip.matches("[\\n--]")',
            "cannot be evaluated: matches() cannot use the pattern: -- in a character class is not supported",
        ),
        ("[0].all(a, " * 40 + "a" + ")" * 40, "cannot be evaluated: int is not a bool"),
        (
            ("[1, 1, 1, 1, 1, 1, 1, 1].all(a, " * 6) + "true" + ")" * 6,
            "cannot be evaluated: takes more than 50000 steps",
        ),
    ],
)
def test_a_condition_without_the_value_true_grants_nothing_and_the_log_has_the_reason(
    robot: Robot, lines: list[str], condition: str, note: str
) -> None:
    robot.allow(condition)
    assert robot.groups() == REFUSED
    call, _, reason = lines[-1].partition("ms ")
    assert call.startswith("GET /iam/v1alpha1/groups 403 ")
    assert reason == f"rules[0] of policy {robot.policy_id}: the condition {note}"


def test_the_log_has_no_reason_if_no_condition_decided(robot: Robot, lines: list[str]) -> None:
    robot.allow("false", "IAMPolicyReadOnly")
    assert robot.groups() == REFUSED
    assert lines[-1].endswith("ms")
    robot.allow("true")
    assert robot.groups() == LISTED
    assert lines[-1].endswith("ms")


def test_the_target_of_a_call_is_the_resource_of_a_condition(robot: Robot) -> None:
    owner = robot.owner
    one, two = owner.group("one"), owner.group("two")
    policy_id = owner.policy("other")
    user_id = owner.user("alice")
    key_id = owner.post(
        "/ssh-keys", name="laptop", public_key=SSH_KEY, project_id=owner.emulator.project_id
    )["id"]
    secret = {"name": "key", "path": "/billing/", "project_id": owner.emulator.project_id}
    secret_id = owner.good(owner.call("POST", SECRETS, secret))["id"]
    own_key = robot.iam.get("/api-keys", bearer_id=robot.id)["api_keys"][0]["access_key"]
    sets = ("IAMManager",)
    calls: list[tuple[str, str, Any]] = [
        ("GET", "/groups", None),
        ("POST", "/groups", {"name": "new", "organization_id": owner.organization_id}),
        ("GET", f"/groups/{one}", None),
        ("GET", f"/groups/{two}", None),
        ("POST", f"/groups/{one}/add-member", {"user_id": user_id}),
        ("GET", f"/groups/{UNKNOWN_ID}", None),
        ("GET", f"/users/{user_id}", None),
        ("GET", f"/policies/{policy_id}", None),
        ("PUT", "/rules", {"policy_id": policy_id, "rules": []}),
        ("GET", f"/rules?policy_id={policy_id}", None),
        ("GET", f"/applications/{robot.id}", None),
        ("PATCH", f"/api-keys/{own_key}", {"description": "x"}),
        ("GET", f"/organizations/{owner.organization_id}/security-settings", None),
        ("GET", f"/account/v3/projects/{owner.emulator.project_id}", None),
    ]

    def allowed(condition: str, *names: str, among: Any = calls) -> list[str]:
        robot.allow(condition, *(names or sets))
        found = []
        for method, path, body in among:
            status = robot.iam.call(method, path, body).status
            assert status in {200, 403, 404}
            if status != 403:
                found.append(f"{method} {path.partition('?')[0]}")
                if (method, path) == ("POST", "/groups"):
                    groups = owner.list("/groups", name="new")["groups"]
                    owner.delete(f"/groups/{groups[0]['id']}")
        return found

    without = ["GET /groups", "POST /groups", "GET /rules"]
    assert allowed("!has(resource.id)") == without
    assert allowed(f'resource.id == "{one}"') == [
        f"GET /groups/{one}",
        f"POST /groups/{one}/add-member",
    ]
    assert allowed(f'resource.id == "{UNKNOWN_ID}"') == [f"GET /groups/{UNKNOWN_ID}"]
    assert allowed('resource.name == "two"') == [f"GET /groups/{two}"]
    assert allowed('resource.name == "alice"') == [f"GET /users/{user_id}"]
    assert allowed('resource.name == "robot"') == [f"GET /applications/{robot.id}"]
    assert allowed('resource.name == "other"') == [f"GET /policies/{policy_id}", "PUT /rules"]
    assert allowed(f'resource.id == "{own_key}"') == [f"PATCH /api-keys/{own_key}"]
    assert allowed(f'resource.id == "{one}" || !has(resource.id)') == [
        "GET /groups",
        "POST /groups",
        f"GET /groups/{one}",
        f"POST /groups/{one}/add-member",
        "GET /rules",
    ]
    assert len(allowed('resource.locality == "global"')) == len(calls) - len(without) - 2
    assert len(allowed("true")) == len(calls)

    products: list[tuple[str, str, Any]] = [
        ("GET", SECRETS, None),
        ("GET", f"{SECRETS}/{secret_id}", None),
        ("POST", f"{SECRETS}/{secret_id}/versions", {"data": "AAAA"}),
        ("GET", f"{SECRETS}/{secret_id}/versions", None),
        ("GET", f"/ssh-keys/{key_id}", None),
    ]
    rights = ("SecretManagerReadOnly", "SecretManagerSecretCreate", "SSHKeysReadOnly")
    secrets = [f"{method} {path}" for method, path, _ in products[1:4]]
    for condition in (
        'resource.name == "/billing/key"',
        'resource.name.startsWith("/billing/")',
        'resource.locality == "nl-ams"',
        f'resource.id == "{secret_id}"',
    ):
        assert allowed(condition, *rights, among=products) == secrets
    keys = [f"GET /ssh-keys/{key_id}"]
    assert allowed('resource.name == "laptop"', *rights, among=products) == keys
    assert allowed('resource.locality == "global"', *rights, among=products) == keys


@pytest.mark.parametrize(
    ("condition", "help_message"),
    [
        (
            'request.ip = "203.0.113.7"',
            'value is not a CEL expression: unexpected "=" at line 1, column 12; write == to compare',
        ),
        (
            "request.ip ==",
            'value is not a CEL expression: unexpected end after "=="; complete the expression',
        ),
        ("  ", "value is blank; write an expression, or remove the condition"),
        (
            '"a',
            r'value is not a CEL expression: the string "\"a" at line 1, column 1 is not closed; close it with "',
        ),
        (
            'resource.?id == "x"',
            "value uses optional fields (`.?` or `[?`), an extension of standard CEL; test the field"
            " with has(…) instead",
        ),
        (
            r'request.ip.matches("\d")',
            r"value is not a CEL expression: \d is not an escape",
        ),
        (
            "has(resource)",
            "value is not a CEL expression: has() needs a field, as in has(resource.id)",
        ),
        (
            "[1].all(1, true)",
            "value is not a CEL expression: the first argument of all() is not a name; write a name such as x",
        ),
        ("while == 1", "value is not a CEL expression: while is a reserved word; use another name"),
        (
            "18446744073709551616 > 1",
            "value is not a CEL expression: the number 18446744073709551616 is too large; write a number of 64 bits",
        ),
        ("-" * 1000 + "1", "value is not a CEL expression: it is nested too deeply"),
    ],
)
def test_wrong_syntax_is_refused_in_both_places(
    iam: Iam, condition: str, help_message: str
) -> None:
    policy_id = iam.policy()
    scope = {"organization_id": iam.organization_id}
    rules = [
        {"permission_set_names": ["VPCReadOnly"], "condition": text, **scope}
        for text in ("true", condition)
    ]
    expected = invalid(("rules[1].condition", "format", help_message))
    assert iam.call("PUT", "/rules", {"policy_id": policy_id, "rules": rules}) == expected
    body = {"name": "p", "no_principal": True, "rules": rules, **scope}
    assert iam.call("POST", "/policies", body) == expected
    assert iam.list("/policies")["total_count"] == 1


@pytest.mark.parametrize(
    "condition",
    [
        "1 == 1",
        "request.user_agent == 'terraform-test'",
        'request.ip == "a" && request.ip == "b"',
        "principal.id == 1",
        "request.ip.nope()",
        "nope(1)",
        "request.ip",
        '"text"',
        'resource.annotation == "x"',
        'request.time < "2030-01-31T12:00:00Z"',
        "[1, 2,].size() == 2 // a comment",
    ],
)
def test_only_the_syntax_is_checked(iam: Iam, condition: str) -> None:
    scope = {"organization_id": iam.organization_id}
    rule = {"permission_set_names": ["VPCReadOnly"], "condition": condition, **scope}
    answer = iam.put("/rules", policy_id=iam.policy(), rules=[rule])
    assert answer["rules"][0]["condition"] == condition


def control(emulator: Emulator, method: str, body: Any = None) -> Answer:
    headers = {"X-Auth-Token": emulator.secret_key}
    url = f"{emulator.url}/__emulator/client-ip"
    response = requests.request(method, url, json=body, headers=headers, timeout=10)
    return Answer(response.status_code, response.json())


def test_the_address_of_callers_is_set_over_http_and_in_logs_and_keys(iam: Iam) -> None:
    assert control(iam.emulator, "GET") == Answer(200, {"ip": None})
    body = {"ip": "2001:DB8:0::7"}
    assert control(iam.emulator, "POST", body) == Answer(200, {"ip": "2001:db8::7"})
    assert iam.emulator.client_ip == "2001:db8::7"
    key = iam.create("/api-keys", application_id=iam.application())
    assert key["creation_ip"] == "2001:db8::7"
    assert {log["ip"] for log in iam.list("/logs")["logs"]} == {"2001:db8::7"}
    for wrong, reason in (
        (
            {"ip": "203.0.113.0/24"},
            '"203.0.113.0/24" is not an IP address; pass one such as 203.0.113.7',
        ),
        ({"ip": 1}, 'must be {"ip": "203.0.113.7"} or {"ip": null}'),
        ({}, 'must be {"ip": "203.0.113.7"} or {"ip": null}'),
        ({"ip": None, "more": 1}, 'must be {"ip": "203.0.113.7"} or {"ip": null}'),
    ):
        assert control(iam.emulator, "POST", wrong) == invalid(("body", "format", reason))
    assert control(iam.emulator, "GET") == Answer(200, {"ip": "2001:db8::7"})
    assert control(iam.emulator, "POST", {"ip": None}) == Answer(200, {"ip": None})
    iam.emulator.client_ip = "203.0.113.9"
    iam.emulator.reset()
    assert iam.emulator.client_ip is None


def test_the_command_sets_the_address_of_callers(capsys: pytest.CaptureFixture[str]) -> None:
    with command("--client-ip", "203.0.113.7") as (_, facts):
        headers = {"X-Auth-Token": facts["secret_key"]}
        url = f"{facts['url']}/__emulator/client-ip"
        assert requests.get(url, headers=headers, timeout=10).json() == {"ip": "203.0.113.7"}
    assert main.main(["emulator", "--client-ip", "office"]) == 1
    line = (
        "pulumi-scw-iam: cannot start the emulator:"
        ' "office" is not an IP address; pass one such as 203.0.113.7\n'
    )
    assert capsys.readouterr() == ("", line)
