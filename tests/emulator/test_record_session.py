"""`make record`: the questions about open facts, their answers on the local IAM API, and the masked recording."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.emulator import Emulator, Fault
from pulumi_scw_iam.emulator.schema.grounds import RECORDED
from tests.support.local_api import taken
from tests.support.ssh_keys import SSH_KEY
from tools.generate.open_facts import settled
from tools.record.masking import Leak, Masks, masked_lines
from tools.record.questions import QUESTIONS
from tools.record.replay import differences
from tools.record.run import ask, record, write
from tools.record.session import Call

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EMAIL = "Jane.Doe+live@corp.example"
SEED = {
    "users": [
        {
            "username": "zoe.private",
            "email": "zoe.private@corp.example",
            "first_name": "Zoebelle",
            "last_name": "Privateperson",
            "phone_number": "+33199887766",
        }
    ],
    "applications": [{"name": "Secretive payroll", "description": "the payroll of Zoebelle"}],
    "groups": [{"name": "board of directors", "users": ["zoe.private"]}],
    "api_keys": [{"application": "Secretive payroll", "description": "laptop of Zoebelle"}],
    "ssh_keys": [{"name": "laptop of Zoebelle", "public_key": SSH_KEY}],
}
PLANTED = (
    *("zoebelle", "zoe.private", "privateperson", "payroll", "board of directors", "99887766"),
    *("jane.doe", "corp.example"),
    *("127.0.0.1", SSH_KEY.split()[1].lower()),
)
"""Parts of the values that no recording may have, in lower case."""


def settings_of(emulator: Emulator) -> Settings:
    return Settings.resolve(environ=emulator.environment)


@pytest.fixture(scope="module")
def recorded(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Path, Emulator, list[str]]]:
    """Record a session in an organization with people and objects: the folder, the API, and the report."""
    folder = tmp_path_factory.mktemp("session") / "recordings"
    with Emulator() as emulator:
        emulator.seed(SEED)
        before = emulator.counts()
        report = record(settings_of(emulator), folder, EMAIL)
        records = {"logs": 0, "events": 0}
        assert {**emulator.counts(), **records} == {**before, **records}
        assert report.status == 0
        yield folder, emulator, list(report.lines())


def test_every_question_has_the_assumed_answer_on_the_local_api(
    recorded: tuple[Path, Emulator, list[str]],
) -> None:
    assert recorded[2] == [f"{question.id}: as assumed" for question in QUESTIONS]
    assert len(QUESTIONS) > 20


def test_the_recording_is_masked_and_for_this_user_only(
    recorded: tuple[Path, Emulator, list[str]],
) -> None:
    folder, emulator, _ = recorded
    paths = sorted(folder.iterdir())
    assert [path.name for path in paths] == sorted(
        f"record__{question.id}.jsonl" for question in QUESTIONS
    )
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}
    text = "".join(path.read_text("utf-8") for path in paths).lower()
    values = [
        value
        for items in emulator.snapshot().objects.values()
        for item in items
        for name, value in item.items()
        if isinstance(value, str) and re.fullmatch(r".*(id|_key|secret.*|email)", name) and value
    ]
    assert len(values) > 300
    assert [value for value in (*PLANTED, *values) if value.lower() in text] == []


@pytest.fixture(scope="module")
def replayable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Record a session in an empty organization, since a replay starts with one; return the folder."""
    folder = tmp_path_factory.mktemp("replayable")
    with Emulator() as emulator:
        assert record(settings_of(emulator), folder, EMAIL).status == 0
    return folder


@pytest.mark.parametrize("question", [question.id for question in QUESTIONS])
def test_the_recording_can_be_replayed(replayable: Path, question: str) -> None:
    with Emulator() as emulator:
        assert list(differences(replayable / f"record__{question}.jsonl", emulator)) == []


def test_a_replay_names_a_difference(
    recorded: tuple[Path, Emulator, list[str]], tmp_path: Path
) -> None:
    source = (recorded[0] / "record__ids-in-paths.jsonl").read_text("utf-8")
    path = tmp_path / "changed.jsonl"
    path.write_text(source.replace('"resource": "group"', '"resource": "team"'))
    with Emulator() as emulator:
        found = list(differences(path, emulator))
    assert [one.partition(": response")[2] for one in found] == [
        ".resource: 'group', recorded 'team'"
    ] * 2
    with Emulator(faults=[Fault(operation="delete_group", status=412)]) as emulator:
        first, *_ = differences(path, emulator)
    assert re.fullmatch(r"line 2: DELETE /iam/v1alpha1/groups/\S+: status 412, recorded 204", first)


def test_without_an_address_no_user_is_created() -> None:
    with Emulator(faults=[Fault(operation="create_user", status=500)]) as emulator:
        api, report = ask(settings_of(emulator), only=["guests", "usernames", "members"])
    assert list(report.lines()) == [
        "members: as assumed",
        "guests: no answer: it creates users; set LIVE_EMAIL to an address of yours",
        "usernames: no answer: it creates users; set LIVE_EMAIL to an address of yours",
    ]
    assert {call.question for call in api.calls} == {"members"}


def test_another_answer_is_a_line_of_the_report() -> None:
    body = taken("application", "1", "the name is taken").body
    faults = [
        Fault(operation="create_application", first=2, status=409, body=body),
        Fault(operation="get_application", status=403),
    ]
    with Emulator(faults=faults) as emulator:
        _, report = ask(settings_of(emulator), only=["equal-names", "filters-by-name"])
    assert report.status == 3
    assert list(report.lines()) == [
        "equal-names: application: the API answers 409 already_exists application, we assume 200",
        "filters-by-name: no answer: POST applications: 409 already_exists application",
    ]


def test_an_object_that_cannot_be_deleted_is_named_with_the_cure() -> None:
    with Emulator(faults=[Fault(operation="delete_application", status=412)]) as emulator:
        _, report = ask(settings_of(emulator), only=["filters-by-name"])
    assert report.status == 1
    as_assumed, left, cure = report.lines()
    assert as_assumed == "filters-by-name: as assumed"
    assert re.fullmatch(r"left behind: applications/[-0-9a-f]{36}", left)
    assert cure == (
        f"delete them with `pulumi-scw-iam sweep --prefix {report.prefix} --older-than 0h`"
    )


def test_a_new_recording_replaces_the_one_before(tmp_path: Path) -> None:
    (tmp_path / "record__old.jsonl").write_text("{}")
    (tmp_path / "notes.txt").write_text("")
    with Emulator() as emulator:
        api, _ = ask(settings_of(emulator), only=["pages"])
        assert write(api, tmp_path) == [tmp_path / "record__pages.jsonl"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notes.txt", "record__pages.jsonl"]


def test_without_a_network_all_questions_end_and_the_objects_are_named() -> None:
    faults = [
        Fault(operation="list_groups", lost="before"),
        Fault(operation="delete_application", lost="before"),
    ]
    with Emulator(faults=faults) as emulator:
        _, report = ask(settings_of(emulator), only=["pages", "filters-by-name"])
    filters, pages, perhaps, left, _ = report.lines()
    assert filters == "filters-by-name: as assumed"
    assert pages == "pages: no answer: no response (ConnectionError)"
    assert perhaps == "left behind: perhaps an object of pages, by the call without a response"
    assert left.startswith("left behind: applications/")
    assert report.status == 1


def test_a_call_beyond_the_rate_limit_is_repeated() -> None:
    with Emulator(faults=[Fault(operation="list_groups", status=429, last=1)]) as emulator:
        _, report = ask(settings_of(emulator), only=["pages"])
    assert list(report.lines()) == ["pages: as assumed"]


def test_the_questions_are_about_facts_without_a_recording() -> None:
    assert [id_ for id_, number in Counter(one.id for one in QUESTIONS).items() if number > 1] == []
    for question in QUESTIONS:
        assert question.asks.endswith("?"), question.id
        assert question.matters.endswith("."), question.id
        found = settled(question)
        assert len(found) == len(question.settles), question.id
        assert [one.text for one in found if one.ground is RECORDED] == []


def test_without_credentials_the_command_says_so(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.record", "--output", str(tmp_path / "none")],
        env={"HOME": str(tmp_path), "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("make record: there is no secret key; looked for ")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "none").exists()


# Masks

SECRETS = (
    "5f0b0e97-1c2d-4e3f-8a9b-0c1d2e3f4a5b",
    "SCWB4KGBNXM0P6BX5CVM",
    "Mallory.Mask@corp.example",
    "203.0.113.77",
    "2001:db8:beef::7",
    "hunter2-hunter2",
)


def call(
    *,
    path: str = "/iam/v1alpha1/groups",
    query: Any = None,
    request: Any = None,
    response: Any = None,
) -> Call:
    return Call(
        question="q",
        method="GET",
        path=path,
        query=query or {},
        request=request,
        status=200,
        response=response,
        date="Mon, 30 Nov 2026 02:24:27 GMT",
    )


names = st.sampled_from(["name", "description", "message", "type", "tags", "id", "email", "reason"])
around = st.sampled_from(["", "a ", "x=", "(", "policy "])
planted = st.builds(
    lambda before, secret, after: f"{before}{secret}{after}",
    around,
    st.sampled_from(SECRETS[:-1]),
    st.sampled_from(["", " b", ")", ", and"]),
)
values = st.recursive(
    planted | st.none() | st.booleans() | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


@given(request=values, response=values, query=st.dictionaries(names, planted, max_size=2))
def test_no_value_with_a_form_of_its_own_stays_wherever_it_is(
    request: Any, response: Any, query: dict[str, str]
) -> None:
    path = f"/iam/v1alpha1/api-keys/{SECRETS[1]}"
    calls = [call(path=path, query=query, request=request, response=response)]
    text = json.dumps(masked_lines(calls, SECRETS)).lower()
    assert [secret for secret in SECRETS if secret.lower() in text] == []


def test_equal_values_have_equal_masks_in_the_order_of_the_values() -> None:
    low, high = "11111111-0000-4000-8000-000000000000", "EEEEEEEE-0000-4000-8000-000000000000"
    first = call(
        path=f"/iam/v1alpha1/groups/{high}",
        response={
            "user_ids": [low, high.lower()],
            "name": "a foreign name",
            "email": "Zoe@corp.example",
            "help_message": f"the user zoe@corp.example of {low} has a foreign name",
            "ip": "203.0.113.7",
            "type": "member",
            "created_at": "2026-11-30T02:24:27.109289Z",
            "secret_key": low,
            "total_count": 2,
            "argument_name": "rules[0].project_ids",
        },
    )
    second = call(query={"name": "a name of ours"}, response={"name": "a name of ours"})
    (one, other) = masked_lines([first, second], [])["q"]
    low_mask, high_mask = (f"00000000-0000-4000-8000-{number:012}" for number in (1, 2))
    assert one["path"] == f"/iam/v1alpha1/groups/{high_mask}"
    assert one["response_body"] == {
        "user_ids": [low_mask, high_mask],
        "name": "text-0001",
        "email": "Person-1@example.com",
        "help_message": f"the user person-1@example.com of {low_mask} has text-0001",
        "ip": "192.0.2.1",
        "type": "member",
        "created_at": "2026-11-30T02:24:27.109289Z",
        "secret_key": low_mask,
        "total_count": 2,
        "argument_name": "rules[0].project_ids",
    }
    assert (other["query"], other["response_body"]) == (
        "name=a+name+of+ours",
        {"name": "a name of ours"},
    )


def test_a_password_is_masked_in_the_request_too() -> None:
    body = {"member": {"username": "zoe", "password": "hunter2-hunter2"}}
    (line,) = masked_lines([call(request=body)], [])["q"]
    assert "hunter2" not in json.dumps(line)
    assert "zoe" not in json.dumps(line)


def test_a_recording_with_a_secret_is_not_written(tmp_path: Path) -> None:
    masks = Masks([call(request={"name": "the hunter2-hunter2"})], ["hunter2-hunter2"])
    with pytest.raises(Leak, match=r"^GET of q: a value is not masked; nothing is written$"):
        masks.line(call(request={"name": "the hunter2-hunter2"}))
    with Emulator() as emulator:
        api, _ = ask(settings_of(emulator), only=["pages"])
        api.email = "pulumi"  # a text that the User-Agent has
        api.calls.append(call(request={"name": "pulumi-scw-iam"}))
        with pytest.raises(Leak):
            write(api, tmp_path / "none")
    assert not (tmp_path / "none").exists()
