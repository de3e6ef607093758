"""Checks against the organization: few API calls, and warnings for missing permissions."""

from __future__ import annotations

import logging
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.common.errors import Conflict, PermissionDenied, QuotaExceeded, Refused
from pulumi_scw_iam.core.declared import Change
from pulumi_scw_iam.core.fields import decode, encode
from pulumi_scw_iam.core.provider import ProviderCore
from pulumi_scw_iam.emulator import Emulator, Fault
from pulumi_scw_iam.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = "99999999-9999-4999-8999-999999999999"
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|SCW[0-9A-Z]{17}")


class Runs:
    """Runs of the engine on a local IAM API. Each run has a new provider core."""

    def __init__(self, emulator: Emulator, log: list[str]) -> None:
        self.emulator = emulator
        self.log = log
        self.settings = Settings.resolve(environ=emulator.environment)
        self.iam = IamClient(self.settings)
        self.organization = emulator.organization_id
        self.core = ProviderCore(lambda: self.settings)

    def begin(self, **settings: Any) -> None:
        """Begin a new run with the given settings. Defaults to the settings of the owner."""
        chosen = Settings.resolve(environ=self.emulator.environment, **settings)
        self.core = ProviderCore(lambda: chosen)
        self.log.clear()

    def check(self, kind: str, olds: dict[str, Any] | None = None, **news: Any) -> list[str]:
        """Check inputs and return the failures, one line each."""
        return [
            reason if reason.startswith((f"{path}[", f"{path}.")) else f"{path}: {reason}"
            for path, reason in self.failures(kind, olds or {}, news)
        ]

    def failures(
        self, kind: str, olds: dict[str, Any], news: dict[str, Any]
    ) -> list[tuple[str, str]]:
        _, failures = self.core.check(KINDS[kind], olds, news)
        return [failure.for_engine for failure in failures]

    def inputs(self, kind: str, **news: Any) -> dict[str, Any]:
        """Return checked inputs, as in the state after `pulumi up`."""
        return KINDS[kind].check(
            {}, news, settings={"organization_id": self.organization, "project_id": None}
        )[0]

    def calls(self) -> list[str]:
        """Return the API calls since the last call of this method, sorted, with `ID` for ids."""
        lines = [_ID.sub("ID", line.rpartition(" ")[0]) for line in self.log]
        self.log.clear()
        return sorted(line.replace("/iam/v1alpha1/", "") for line in lines)

    def credentials(self, *permission_sets: str) -> tuple[str, dict[str, str]]:
        """Create an application with permission sets and an API key.

        Returns the id of the application and the settings for the key.
        """
        robot = self.iam.create_application(name="robot")["id"]
        self.iam.create_policy(
            name="robot",
            application_id=robot,
            rules=[
                {
                    "permission_set_names": list(permission_sets),
                    "organization_id": self.organization,
                    "condition": "",
                }
            ],
        )
        key = self.iam.create_api_key(application_id=robot)
        return robot, {"access_key": key["access_key"], "secret_key": str(key["secret_key"])}


@pytest.fixture(params=[False])
def runs(request: pytest.FixtureRequest) -> Iterator[Runs]:
    log: list[str] = []
    with Emulator(access_log=log.append, enforce=request.param) as emulator:
        yield Runs(emulator, log)


ENFORCED = pytest.mark.parametrize("runs", [True], indirect=True)


def test_many_resources_cost_one_list_per_kind(runs: Runs) -> None:
    alice = runs.iam.create_user(member=member("alice"))["id"]
    project = runs.emulator.project_id
    runs.begin()
    for n in range(30):
        assert runs.check("Group", name=f"group-{n}", user_ids=[alice]) == []
        news: dict[str, Any] = {
            "name": f"policy-{n}",
            "no_principal": True,
            "rules": [rule([project])],
        }
        assert runs.check("Policy", **news) == []
    assert runs.calls() == [
        "GET /account/v3/projects 200",
        "GET groups 200",
        "GET organizations/ID/scim 404",
        "GET permission-sets 200",
        "GET permission-sets 200",
        "GET permission-sets 200",
        "GET policies 200",
        "GET quota 200",
        "GET users 200",
    ]


def test_what_is_as_it_was_makes_no_call(runs: Runs) -> None:
    programs: dict[str, dict[str, Any]] = {
        "Group": {"name": "devs", "user_ids": [NOBODY]},
        "Application": {"name": "robot"},
        "Policy": {"name": "p", "group_id": NOBODY, "rules": [rule([NOBODY])]},
        "APIKey": {"user_id": NOBODY, "expires_at": "2020-01-01T00:00:00Z"},
        "User": {"email": "a@example.com", "username": "alice", "locked": True},
        "GroupMembership": {"group_id": NOBODY, "user_id": NOBODY},
        "OrganizationSecuritySettings": {"enforce_password_renewal": True},
        "SAML": {},
        "SCIM": {},
    }
    for kind, news in programs.items():
        assert runs.check(kind, runs.inputs(kind, **news), **news) == []
    assert runs.calls() == []


def test_only_what_changed_is_looked_up(runs: Runs) -> None:
    olds = runs.inputs("Group", name="devs", user_ids=[NOBODY])
    assert runs.check("Group", olds, name="devs", user_ids=[NOBODY], description="new") == []
    assert runs.calls() == []
    assert runs.check("Group", olds, name="others", user_ids=[NOBODY]) == []
    assert runs.calls() == ["GET groups 200"]


def test_an_id_that_others_made_since_the_list_was_read_is_found(runs: Runs) -> None:
    assert runs.check("Group", name="a", user_ids=[NOBODY]) == [
        f"user_ids: user {NOBODY} does not exist in organization {runs.organization};"
        " pass the id of an existing user, or remove the id if the user was deleted"
    ]
    alice = runs.iam.create_user(member=member("alice"))["id"]
    runs.calls()
    assert runs.check("Group", name="b", user_ids=[alice]) == []
    assert runs.calls() == ["GET users/ID 200"]


def test_an_id_that_was_not_found_is_looked_up_again_and_one_that_was_found_is_not(
    runs: Runs,
) -> None:
    """Reads are eventually consistent: a new object from elsewhere may be missing at first."""
    (owner,) = runs.iam.list_users()
    assert runs.check("Group", name="a", user_ids=[owner["id"]]) == []
    alice = runs.iam.create_user(member=member("alice"))["id"]
    runs.calls()
    runs.emulator.faults.add(Fault(operation="get_user", last=1, status=404, body=NOT_FOUND))
    assert runs.check("Group", name="c", user_ids=[alice]) == [
        f"user_ids: user {alice} does not exist in organization {runs.organization};"
        " pass the id of an existing user, or remove the id if the user was deleted"
    ]
    assert runs.check("Group", name="d", user_ids=[alice]) == []
    assert runs.check("Group", name="e", user_ids=[alice]) == []
    assert [call for call in runs.calls() if call.startswith("GET users/")] == [
        "GET users/ID 200",
        "GET users/ID 404",
    ]


NOT_FOUND = {"type": "not_found", "resource": "user", "resource_id": NOBODY}


def test_a_permission_set_that_no_list_has_can_be_insisted_on(runs: Runs) -> None:
    rules = [{**rule([runs.emulator.project_id], "NewBeta", "Unheard")}]
    cure = (
        "see `pulumi-scw-iam permission-sets`; if it is new, add it to"
        " scw-iam:allowUnknownPermissionSets"
    )
    reasons = [
        f'rules[0].permission_set_names: permission set "{name}" does not exist; {cure}'
        for name in ("NewBeta", "Unheard")
    ]
    assert runs.check("Policy", name="p", no_principal=True, rules=rules) == reasons
    runs.begin(pulumi_config={"scw-iam:allowUnknownPermissionSets": "NewBeta"}.get)
    assert runs.check("Policy", name="p", no_principal=True, rules=rules) == reasons[1:]


def test_a_condition_check_that_the_settings_ignore_does_not_warn(
    runs: Runs, caplog: pytest.LogCaptureFixture
) -> None:
    condition = 'request.ip == "10.0.0.1" && request.time.getHours() < 18'
    wrong = 'request.ip = "10.0.0.1"'
    rules = [{**rule([runs.emulator.project_id]), "condition": condition}]
    private = (
        'policy "p": condition: "10.0.0.1" is a private address, but Scaleway sees only public'
        " addresses; write the public address [condition-private-address]"
    )
    no_zone = (
        'policy "p": condition: request.time.getHours() is in UTC; pass a time zone, as in'
        ' request.time.getHours("Europe/Paris") [condition-no-time-zone]'
    )
    assert runs.check("Policy", name="p", no_principal=True, rules=rules) == []
    assert caplog.messages == [no_zone, private]
    caplog.clear()
    runs.begin(pulumi_config={"scw-iam:ignoreConditionChecks": "condition-private-address"}.get)
    assert runs.check("Policy", name="p", no_principal=True, rules=rules) == []
    assert caplog.messages == [no_zone]
    rules = [{**rule([runs.emulator.project_id]), "condition": wrong}]
    assert runs.check("Policy", name="q", no_principal=True, rules=rules) == [
        'rules[0].condition: is not a CEL expression: unexpected "=" at line 1, column 12;'
        " write == to compare [condition-syntax]"
    ]


def test_what_this_run_made_is_known_without_a_call(runs: Runs) -> None:
    assert runs.check("Group", name="a", user_ids=[]) == []
    inputs = runs.inputs("User", email="a@example.com", username="alice")
    alice, _ = runs.core.create(KINDS["User"], inputs)
    assert runs.check("Group", name="b", user_ids=[alice]) == []
    assert runs.calls() == [
        "GET groups 200",
        "GET organizations/ID/scim 404",
        "GET quota 200",
        "POST users 200",
    ]


IN_THE_WAY = (
    "; if this resource has the object and is being replaced, set the option delete_before_replace"
)
IF_OWN = 'if this stack manages the object under an old name, add aliases=[pulumi.Alias(name="OLD NAME")]; otherwise'

UNIQUE = pytest.mark.parametrize("kind", ["Group", "Policy"])


def create_named(runs: Runs, kind: str, name: str) -> str:
    """Create an object with a name outside Pulumi; return its id."""
    return KINDS[kind].create(
        runs.iam, decode(KINDS[kind].inputs, runs.inputs(kind, **minimal_inputs(kind, name)))
    )[0]


def minimal_inputs(kind: str, name: str) -> dict[str, Any]:
    """Return the minimal inputs for an object with a name."""
    return {"name": name, **({"no_principal": True} if kind == "Policy" else {})}


@UNIQUE
def test_a_name_that_is_taken_is_told_with_the_id_and_how_to_go_on(
    runs: Runs, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    held = create_named(runs, kind, "devs")
    taken = f'the name "devs" is already in use in organization {runs.organization}'
    # No failure: the resource may be tainted, or imported later.
    assert runs.check(kind, **minimal_inputs(kind, "devs")) == []
    assert caplog.messages == [
        f'{kind.lower()} "devs": {taken}; {IF_OWN} look it up with {kind}.get("devs", "{held}"), import it with `pulumi-scw-iam adopt --program`,'
        f" or choose another name{IN_THE_WAY}"
    ]
    olds = runs.inputs(kind, **minimal_inputs(kind, "others"))
    create_named(runs, kind, "others")
    runs.begin()
    assert runs.check(kind, olds, **minimal_inputs(kind, "devs")) == [
        f"name: {taken} by {kind.lower()} {held}; choose another name"
    ]
    assert len(caplog.messages) == 1
    assert runs.check(kind, **minimal_inputs(kind, "ops")) == []
    assert runs.check(kind, **minimal_inputs(kind, "ops")) == [
        f'name: another {kind.lower()} of this program has the name "ops"; choose another name'
    ]


@UNIQUE
def test_a_name_that_another_resource_gives_up_is_free(runs: Runs, kind: str) -> None:
    create_named(runs, kind, "devs")
    others, developers = (minimal_inputs(kind, name) for name in ("others", "developers"))
    olds = runs.inputs(kind, **minimal_inputs(kind, "devs"))
    assert runs.check(kind, olds, **developers) == []
    assert runs.check(kind, runs.inputs(kind, **others), **minimal_inputs(kind, "devs")) == []


@UNIQUE
def test_two_resources_cannot_swap_their_names(runs: Runs, kind: str) -> None:
    """The API refuses the first update, in either order."""
    one, two = minimal_inputs(kind, "one"), minimal_inputs(kind, "two")
    _, held = (create_named(runs, kind, name) for name in ("one", "two"))
    runs.begin()
    assert runs.check(kind, runs.inputs(kind, **one), **two) == [
        f'name: the name "two" is already in use in organization {runs.organization} by {kind.lower()} {held};'
        " choose another name"
    ]


def test_applications_may_share_a_name(runs: Runs) -> None:
    """There is no evidence that the API refuses equal names, so the check and the local API accept them."""
    for _ in range(2):
        assert runs.check("Application", name="robot") == []
        runs.core.create(KINDS["Application"], runs.inputs("Application", name="robot"))


def test_a_policy_name_that_is_taken_meanwhile_is_told_with_the_id(runs: Runs) -> None:
    inputs = runs.inputs("Policy", name="devs", no_principal=True)
    assert runs.check("Policy", **inputs) == []
    held = create_named(runs, "Policy", "devs")
    with pytest.raises(Conflict) as refused:
        runs.core.create(KINDS["Policy"], inputs)
    line = re.sub("request [0-9a-f-]+", "request ID", str(refused.value))
    assert line == (
        'create policy "devs": resource already exists: a policy with this name already exists'
        f' (409, request ID); {IF_OWN} look it up with Policy.get("devs", "{held}"), import it with `pulumi-scw-iam adopt --program`, or choose another name'
    )


def test_a_username_that_is_taken_meanwhile_is_told_by_its_name(runs: Runs) -> None:
    inputs = runs.inputs("User", email="alice@example.com", username="alice")
    held, _ = runs.core.create(KINDS["User"], inputs)
    with pytest.raises(Conflict) as refused:
        runs.core.create(KINDS["User"], inputs)
    assert str(refused.value).endswith(
        f'; {IF_OWN} look it up with User.get("alice", "{held}"), import it with `pulumi-scw-iam adopt --program`,'
        " or choose another username"
    )


def test_a_resource_that_is_replaced_does_not_stand_in_its_own_way(runs: Runs) -> None:
    """For a replacement, the engine checks the inputs a second time, without the old inputs."""
    runs.iam.create_group(name="devs")
    olds = runs.inputs("Group", name="devs")
    assert runs.check("Group", olds, name="devs") == []
    assert runs.check("Group", name="devs") == []


def test_a_quota_counts_what_there_is_and_what_the_program_adds(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log: list[str] = []
    with Emulator(quotas={"iam_groups": 3}, access_log=log.append) as emulator:
        runs = Runs(emulator, log)
        runs.iam.create_group(name="there")
        for number in range(2):
            assert runs.check("Group", name=f"g{number}") == []
        # An existing object may be imported or replaced, so it does not count twice.
        assert runs.check("Group", name="there") == []
        (taken,) = caplog.messages
        assert "is already in use" in taken
        assert runs.check("Group", name="g3") == []
        assert caplog.messages[1:] == [
            f'group "g3" would exceed the quota of organization {runs.organization} (4 groups, at'
            " most 3 are allowed); delete unused groups, or ask Scaleway support to raise the quota"
        ]
        caplog.clear()
        # A planned object counts once, also after its creation.
        runs.begin()
        for name in ("a", "b"):
            assert runs.check("Group", name=name) == []
            runs.core.create(KINDS["Group"], runs.inputs("Group", name=name))
        assert caplog.messages == []


def test_a_replacement_counts_beside_what_it_replaces(caplog: pytest.LogCaptureFixture) -> None:
    """The engine deletes old objects last. It does not report the options that change this order."""
    log: list[str] = []
    with Emulator(quotas={"iam_api_keys": 4}, access_log=log.append) as emulator:
        runs = Runs(emulator, log)
        robot = runs.iam.create_application(name="robot")["id"]
        olds: list[dict[str, Any]] = [
            {"application_id": robot, "description": name, "expires_at": "2040-01-31T12:00:00Z"}
            for name in ("a", "b", "c")
        ]
        for inputs in olds:
            runs.iam.create_api_key(**inputs)
        used = len(list(runs.iam.list_api_keys()))
        assert used == 4, "one key belongs to the owner"
        # A new description is an update in place.
        for inputs in olds:
            assert runs.check("APIKey", inputs, **{**inputs, "description": "other"}) == []
        assert caplog.messages == []
        for inputs in olds:
            assert (
                runs.check("APIKey", inputs, **{**inputs, "expires_at": "2041-01-31T12:00:00Z"})
                == []
            )
        assert caplog.messages == [
            f'API key "{name}": the replacement would exceed the quota of organization'
            f" {runs.organization} ({number} API keys, at most 4 are allowed), because the engine deletes the"
            " old object last; set the option delete_before_replace, or replace fewer at once with --target"
            for number, name in enumerate("abc", 5)
        ]
        news = runs.inputs("APIKey", **{**olds[0], "expires_at": "2041-01-31T12:00:00Z"})
        with pytest.raises(QuotaExceeded) as full:
            runs.core.create(KINDS["APIKey"], news)
        assert str(full.value).endswith(
            "; delete unused objects, or ask Scaleway support to raise the quota; the engine deletes"
            " replaced and undeclared resources last: to delete them first, set the option"
            " delete_before_replace, or use --target"
        )


@ENFORCED
def test_what_may_not_be_read_is_told_once_and_not_checked(
    runs: Runs, caplog: pytest.LogCaptureFixture
) -> None:
    _, credentials = runs.credentials("IAMGroupReadOnly")
    runs.begin(**credentials)
    with caplog.at_level(logging.WARNING):
        for name in ("a", "b"):
            assert runs.check("Group", name=name, user_ids=[NOBODY]) == []
    assert [record.getMessage() for record in caplog.records] == [
        f"could not read the users of organization {runs.organization}, so they were not checked: {words}"
        for words in [_words(caplog.records[0].getMessage())]
    ] + [
        f"could not read the quotas of organization {runs.organization}, so they were not checked:"
        f" {_words(caplog.records[1].getMessage())}"
    ]
    assert runs.calls() == [
        "GET groups 200",
        "GET organizations/ID/scim 403",
        "GET quota 403",
        "GET users 403",
    ]


def _words(message: str) -> str:
    words = message.partition("checked: ")[2]
    assert re.fullmatch(
        r"the API key has no permission to list \w+ \(403, request [0-9a-f-]+\)", words
    ), words
    return words


def test_without_the_api_the_form_is_checked_and_it_is_told_once(
    runs: Runs, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pulumi_scw_iam.api.retry.Retry.wait", lambda *_: 0.0)
    runs.emulator.close()
    runs.begin()
    with caplog.at_level(logging.WARNING):
        for name in ("p", "q"):
            news: dict[str, Any] = {
                "name": name,
                "group_id": NOBODY,
                "rules": [rule([NOBODY], "NotYetKnown")],
            }
            assert runs.check("Policy", **news) == []
        mixed = rule([NOBODY], "IAMReadOnly", "AllProductsReadOnly")
        assert runs.check("Policy", name="r", no_principal=True, rules=[mixed]) == [
            "rules[0].permission_set_names: all permission sets of a rule must have the same scope type,"
            " but these differ (IAMReadOnly: organization; AllProductsReadOnly: projects); write two"
            ' rules, {permission_set_names: ["IAMReadOnly"], organization_id: "…"} and'
            f' {{permission_set_names: ["AllProductsReadOnly"], project_ids: ["{NOBODY}"]}}'
        ]
    messages = [record.getMessage() for record in caplog.records]
    assert [message.partition(":")[0] for message in messages] == [
        f"could not read organization {runs.organization}, so only the syntax of the inputs was checked",
        'policy "p"',
        'policy "q"',
    ]


@ENFORCED
def test_a_program_does_not_take_its_own_rights_unless_it_is_meant(runs: Runs) -> None:
    robot, credentials = runs.credentials("IAMManager")
    manages = {"permission_set_names": ["IAMManager"], "organization_id": runs.organization}
    reads = {"permission_set_names": ["IAMReadOnly"], "organization_id": runs.organization}
    olds = runs.inputs("Policy", name="robot", application_id=robot, rules=[manages])
    lost = _LOCKOUT.format("applications, groups, policies and users")
    news = {"name": "robot", "application_id": robot, "rules": [reads]}
    runs.begin(**credentials)
    assert runs.check("Policy", olds, **news) == [f"rules: {lost}"]
    assert runs.check("Policy", olds, name="robot", user_id="bob", rules=[manages]) == [
        'user_id: "bob" is not a UUID; pass the user\'s id, not the name'
    ]
    assert runs.check("Policy", olds, name="robot", no_principal=True, rules=[manages]) == [
        f"no_principal: {lost}"
    ]
    runs.begin(**credentials, allow_self_lockout=True)
    assert runs.check("Policy", olds, **news) == []


MANAGES = {"permission_set_names": ["IAMManager"], "condition": ""}
READS = {"permission_set_names": ["IAMReadOnly"], "condition": ""}
_LOCKOUT = (
    "this takes the right to manage {} away from the API key that runs the program; give the key "
    "this right by another policy in an earlier update, use another API key, or set "
    "scw-iam:allowSelfLockout to true if this is intended"
)
ALL_LOST = _LOCKOUT.format("applications, groups, policies and users")


class Policies:
    """The policies of the application that runs the program, by name."""

    def __init__(self, runs: Runs) -> None:
        self.runs = runs
        self.robot, self.credentials = runs.credentials("IAMManager")
        self.held: dict[str, tuple[str, dict[str, Any]]] = {}
        (first,) = runs.iam.list_policies(policy_name="robot")
        self._hold("robot", first["id"])

    def _hold(self, name: str, resource_id: str) -> None:
        state = self.runs.core.read(KINDS["Policy"], resource_id, None)
        assert state is not None
        self.held[name] = (resource_id, state)

    def add(self, name: str, *rules: dict[str, Any]) -> None:
        """Create another policy before the run."""
        own = {"organization_id": self.runs.organization}
        specs: Any = [{**rule, **own} for rule in rules]
        made = self.runs.iam.create_policy(name=name, application_id=self.robot, rules=specs)
        self._hold(name, made["id"])

    def news(self, name: str, *rules: dict[str, Any]) -> dict[str, Any]:
        own = {"organization_id": self.runs.organization}
        rules_ = [{**rule, **own} for rule in rules]
        return self.runs.inputs("Policy", name=name, application_id=self.robot, rules=rules_)

    def check(self, name: str, *rules: dict[str, Any]) -> list[str]:
        olds = self.held[name][1]
        olds = {field: olds[field] for field in self.news(name) if field in olds}
        failures = self.runs.failures("Policy", olds, self.news(name, *rules))
        return [f"{path}: {reason}" for path, reason in failures]

    def update(self, name: str, *rules: dict[str, Any]) -> None:
        resource_id, state = self.held[name]
        self.runs.core.update(KINDS["Policy"], resource_id, state, self.news(name, *rules))


@ENFORCED
@pytest.mark.parametrize("first", ["robot", "other"])
def test_a_lockout_is_refused_in_whatever_order_the_engine_checks(runs: Runs, first: str) -> None:
    """Two policies give the permission, and the program removes it from both."""
    policies = Policies(runs)
    policies.add("other", MANAGES)
    runs.begin(**policies.credentials)
    second = {"robot": "other", "other": "robot"}[first]
    assert policies.check(first, READS) == []
    assert policies.check(second, READS) == [f"rules: {ALL_LOST}"]


@ENFORCED
@pytest.mark.parametrize("planned_first", [True, False])
def test_a_policy_that_is_only_planned_makes_up_for_nothing(
    runs: Runs, planned_first: bool
) -> None:
    """A planned policy may be created later, or fail. An existing policy compensates."""
    policies = Policies(runs)
    runs.begin(**policies.credentials)
    news = policies.news("new", MANAGES)
    if planned_first:
        assert runs.failures("Policy", {}, news) == []
    assert policies.check("robot", READS) == [f"rules: {ALL_LOST}"]
    runs.core.create(KINDS["Policy"], news)
    runs.begin(**policies.credentials)
    assert policies.check("robot", READS) == []
    policies.update("robot", READS)


@ENFORCED
def test_an_update_is_judged_by_what_exists_when_it_is_made(runs: Runs) -> None:
    policies = Policies(runs)
    runs.begin(**policies.credentials)
    with pytest.raises(Refused) as refused:
        policies.update("robot", READS)
    assert str(refused.value) == f'update policy "robot": {ALL_LOST}'
    runs.core.create(KINDS["Policy"], policies.news("new", MANAGES))
    policies.update("robot", READS)


@ENFORCED
def test_a_right_under_a_new_condition_counts_as_lost(runs: Runs) -> None:
    policies = Policies(runs)
    at_work = {**MANAGES, "condition": "request.user_agent == 'ci'"}
    policies.add("other", at_work)
    runs.begin(**policies.credentials)
    assert policies.check("robot", at_work) == [f"rules: {ALL_LOST}"]
    runs.begin(**policies.credentials)
    assert policies.check("robot", at_work, MANAGES) == []
    # An existing condition is not a loss.
    assert policies.check("other", READS) == []
    groups = {**MANAGES, "permission_set_names": ["IAMGroupManager"]}
    runs.begin(**policies.credentials)
    assert policies.check("robot", at_work, groups) == [
        f"rules: {_LOCKOUT.format('applications, policies and users')}"
    ]


@ENFORCED
def test_a_right_by_a_group_that_this_run_has_joined_counts(runs: Runs) -> None:
    policies = Policies(runs)
    group = runs.iam.create_group(name="admins")["id"]
    rules: Any = [{**MANAGES, "organization_id": runs.organization}]
    runs.iam.create_policy(name="admins", group_id=group, rules=rules)
    runs.begin(**policies.credentials)
    membership = {"group_id": group, "application_id": policies.robot}
    with pytest.raises(Refused):
        policies.update("robot", READS)
    resource_id, state = runs.core.create(KINDS["GroupMembership"], membership)
    policies.update("robot", READS)
    runs.begin(**policies.credentials)
    with pytest.raises(Refused) as refused:
        runs.core.delete(KINDS["GroupMembership"], resource_id, state)
    assert refused.value.reason == ALL_LOST


@ENFORCED
def test_threads_that_delete_two_policies_leave_one_that_gives_the_right(runs: Runs) -> None:
    """The engine deletes in parallel. During one delete, the other policy is the last."""
    policies = Policies(runs)
    policies.add("other", MANAGES)
    runs.begin(**policies.credentials)
    runs.emulator.faults.add(Fault(operation="delete_policy", latency=0.2))

    def delete(name: str) -> str:
        try:
            runs.core.delete(KINDS["Policy"], *policies.held[name])
        except Refused as refused:
            return refused.reason
        return ""

    with ThreadPoolExecutor(2) as threads:
        reasons = sorted(threads.map(delete, policies.held))
    assert reasons == ["", ALL_LOST]
    assert len(list(runs.iam.list_policies())) == 1


@ENFORCED
def test_a_deletion_that_fails_takes_no_right_away(runs: Runs) -> None:
    policies = Policies(runs)
    policies.add("other", MANAGES)
    runs.begin(**policies.credentials)
    runs.emulator.faults.add(Fault(operation="delete_policy", last=1, status=403, body={}))
    with pytest.raises(PermissionDenied):
        runs.core.delete(KINDS["Policy"], *policies.held["robot"])
    runs.core.delete(KINDS["Policy"], *policies.held["other"])
    with pytest.raises(Refused):
        runs.core.delete(KINDS["Policy"], *policies.held["robot"])


def test_a_user_does_not_lock_itself_in_an_update(runs: Runs) -> None:
    olds = runs.inputs("User", email="a@example.com", username="alice")
    alice, state = runs.core.create(KINDS["User"], olds)
    key = runs.iam.create_api_key(user_id=alice)
    runs.begin(access_key=key["access_key"], secret_key=str(key["secret_key"]))
    with pytest.raises(Refused) as refused:
        runs.core.update(KINDS["User"], alice, state, {**olds, "locked": True})
    assert str(refused.value) == (
        'update user "a@example.com": this locks the user whose API key runs the program; use another'
        " API key, or set scw-iam:allowSelfLockout to true if this is intended"
    )


@ENFORCED
def test_keys_from_two_places_are_told_once_and_nobody_is_taken_for_the_caller(
    runs: Runs, caplog: pytest.LogCaptureFixture
) -> None:
    policies = Policies(runs)
    policies.add("other", MANAGES)
    runs.begin(secret_key=policies.credentials["secret_key"])
    with caplog.at_level(logging.WARNING):
        for name in ("robot", "other"):
            assert policies.check(name, READS) == []
    assert caplog.messages == [
        "the rights of the API key that runs this program were not checked: the access key and the"
        " secret key come from two places, SCW_ACCESS_KEY in the environment and the argument secret_key,"
        " and may belong to different API keys; set both in one place"
    ]


@ENFORCED
def test_what_runs_the_program_is_not_deleted_unless_it_is_meant(runs: Runs) -> None:
    robot, credentials = runs.credentials("IAMManager")
    other = runs.iam.create_application(name="other")["id"]
    policy = next(iter(runs.iam.list_policies(policy_name="robot")))["id"]
    runs.begin(**credentials)
    state = {kind: {"organization_id": runs.organization} for kind in ("Application", "Policy")}
    cure = "use another API key, or set scw-iam:allowSelfLockout to true if this is intended"
    for kind, resource_id, words in (
        (
            "Application",
            robot,
            f"this deletes the application whose API key runs the program; {cure}",
        ),
        (
            "APIKey",
            credentials["access_key"],
            f"this deletes the API key that runs the program; {cure}",
        ),
        ("Policy", policy, ALL_LOST),
    ):
        olds = runs.core.read(KINDS[kind], resource_id, None, looks_up=False)
        assert olds is not None
        with pytest.raises(Refused) as refused:
            runs.core.delete(KINDS[kind], resource_id, olds)
        assert refused.value.reason == words
    runs.core.delete(
        KINDS["Application"], other, {**state["Application"], "name": "other", "created_at": ""}
    )
    runs.begin(**credentials, allow_self_lockout=True)
    olds = runs.core.read(KINDS["Application"], robot, None, looks_up=False)
    assert olds is not None
    runs.core.delete(KINDS["Application"], robot, olds)


def member(name: str) -> Any:
    return {
        "email": f"{name}@example.com",
        "username": name,
        "password": "",
        "first_name": "",
        "last_name": "",
        "phone_number": "",
        "locale": "",
        "send_password_email": False,
        "send_welcome_email": False,
    }


def rule(project_ids: list[str], *names: str) -> dict[str, Any]:
    return {
        "permission_set_names": list(names or ["AllProductsReadOnly"]),
        "project_ids": project_ids,
    }


def test_a_membership_that_becomes_an_entry_of_the_groups_own_list_stays(runs: Runs) -> None:
    alice = runs.iam.create_user(email="a@example.com")["id"]
    group, old = runs.core.create(KINDS["Group"], runs.inputs("Group", name="devs"))
    membership = {"group_id": group, "user_id": alice}
    resource_id, state = runs.core.create(KINDS["GroupMembership"], membership)
    runs.begin()
    news = runs.inputs("Group", name="devs", user_ids=[alice])
    assert runs.failures("Group", runs.inputs("Group", name="devs"), news) == []
    runs.core.update(KINDS["Group"], group, old, news)
    # The engine deletes after all creates and updates.
    runs.core.delete(KINDS["GroupMembership"], resource_id, state)
    assert runs.iam.get_group(group)["user_ids"] == [alice]
    runs.begin()
    runs.core.delete(KINDS["GroupMembership"], resource_id, state)
    assert runs.iam.get_group(group)["user_ids"] == []


def test_a_guest_that_is_there_under_another_case_is_told_and_found(
    runs: Runs, caplog: pytest.LogCaptureFixture
) -> None:
    guest = runs.iam.create_user(email="Gina@Example.com")["id"]
    assert runs.check("User", email="gina@example.com", type="guest") == []
    assert caplog.messages == [
        'user "gina@example.com": the email "gina@example.com" is already in use in organization'
        f' {runs.organization}; {IF_OWN} look it up with User.get("gina@example.com", "{guest}"), import it with `pulumi-scw-iam adopt --program`, or'
        f" choose another email{IN_THE_WAY}"
    ]
    assert runs.check("User", email="hugo@example.com", type="guest") == []
    assert runs.check("User", email="Hugo@example.com", type="guest") == [
        'email: another user of this program has the email "Hugo@example.com"; choose another email'
    ]
    assert runs.core.find(KINDS["User"], "email:GINA@example.com") == guest


@pytest.mark.parametrize("api_type", ["member", "guest"])
def test_an_invited_person_cannot_be_made_a_member_by_an_update(runs: Runs, api_type: str) -> None:
    olds = runs.inputs("User", email="a@example.com", type="guest")
    if api_type == "guest":
        runs.emulator.seed({"users": [{"email": "a@example.com", "type": "guest"}]})
    else:
        runs.core.create(KINDS["User"], olds)
    runs.begin()
    assert runs.check("User", olds, email="a@example.com", username="alice") == [
        "username: is for members only, and this user is still a guest, which an update cannot change; keep"
        ' type "guest", or replace the user with `pulumi up --replace`'
    ]
    (user,) = (one for one in runs.iam.list_users() if one["email"] == "a@example.com")
    assert (user["type"], user["username"]) == (api_type, "a@example.com")


def test_the_email_of_a_pending_invitation_stays_until_the_guest_is_replaced(runs: Runs) -> None:
    kind = KINDS["User"]
    olds = runs.inputs("User", email="a@example.com", type="guest")
    _, state = runs.core.create(kind, olds)
    runs.begin()
    assert runs.check("User", olds, email="A@example.com", type="guest", tags=["x"]) == []
    assert runs.check("User", olds, email="b@example.com", type="guest") == [
        "email: cannot be changed while the invitation of this user is pending; keep the old address,"
        " or replace the user with `pulumi up --replace`"
    ]
    # For a replacement, the engine checks the inputs without the old ones.
    assert runs.check("User", email="b@example.com", type="guest") == []
    assert kind.diff(state, {**olds, "email": "b@example.com"}) == {"email": Change.UPDATE}

    runs.emulator.seed({"users": [{"email": "c@example.com", "type": "guest"}]})
    runs.begin()
    (user,) = (one for one in runs.iam.list_users() if one["email"] == "c@example.com")
    guest = encode(kind.state_of(user))
    assert kind.diff(guest, {**olds, "email": "d@example.com"}) == {"email": Change.REPLACE}
    held = runs.inputs("User", email="c@example.com", type="guest")
    assert runs.check("User", held, email="d@example.com", type="guest") == []


def test_the_new_name_of_a_resource_is_not_taken_by_itself(runs: Runs) -> None:
    """After an update with a lost response, the state still has the old name."""
    olds = runs.inputs("Group", name="devs")
    group, _ = runs.core.create(KINDS["Group"], olds)
    runs.iam.update_group(group, name="hosts")
    runs.begin()
    assert runs.check("Group", olds, name="hosts") == []


@ENFORCED
@pytest.mark.parametrize("unset", [False, True], ids=["list", "list that was unset"])
def test_a_group_does_not_lose_the_caller_by_whom_it_is_updated(unset: bool, runs: Runs) -> None:
    """The update checks for a lockout again, because the check may have seen unknown values."""
    robot, credentials = runs.credentials("IAMReadOnly")
    group = runs.iam.create_group(name="managers")["id"]
    runs.iam.add_group_member(group, application_id=robot)
    runs.iam.create_policy(
        name="managers",
        group_id=group,
        rules=[{"permission_set_names": ["IAMManager"], "organization_id": runs.organization}],
    )
    runs.begin(**credentials)
    state = runs.core.read(KINDS["Group"], group, None)
    assert state is not None
    if unset:
        state = {name: value for name, value in state.items() if name != "application_ids"}
    news = runs.inputs("Group", name="managers", application_ids=[])
    with pytest.raises(Refused) as refused:
        runs.core.update(KINDS["Group"], group, state, news)
    assert str(refused.value) == f'update group "managers": {ALL_LOST}'
    assert runs.iam.get_group(group)["application_ids"] == [robot]


def test_a_password_that_the_api_may_refuse_is_warned_about_without_its_text(
    runs: Runs, caplog: pytest.LogCaptureFixture
) -> None:
    user: dict[str, Any] = {"email": "a@example.com", "username": "alice"}
    line = (
        'user "a@example.com": password is short or simple, and the API may refuse it, because Scaleway\'s'
        " rules for passwords are not documented; use at least 12 characters, with a lower-case letter, an"
        " upper-case letter, a digit and another character"
    )
    assert runs.check("User", **user, password="correct horse") == []
    assert caplog.messages == [line]
    caplog.clear()
    weak = runs.inputs("User", **user, password="correct horse")
    assert runs.check("User", weak, **user, password="correct horse", tags=["x"]) == []
    assert runs.check("User", weak, **user, password="Correct-horse-1") == []
    assert runs.check("User", weak, **user) == []
    assert caplog.messages == []
    assert runs.check("User", weak, **user, password="staple") == []
    assert caplog.messages == [line]
