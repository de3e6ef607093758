"""The local IAM API gives every recorded response of the real API; the records contain facts only.

tests/emulator/recorded has one file for each public test recording of Scaleway's Terraform provider and CLI.
`make conformance` sets CONFORMANCE to the folder of the recordings, if it exists.
"""

from __future__ import annotations

import itertools
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.common.permission_sets import bundled
from pulumi_scw_iam.emulator import Emulator, Fault
from tests.support.recorded import FOLDER, PLACEHOLDER, Replay, Session, Values, compare, sessions
from tools import record_facts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SESSIONS = sessions()
RECORDINGS = Path(os.environ.get("CONFORMANCE", "missing")) / "recordings"

with_recordings = pytest.mark.skipif(
    not RECORDINGS.is_dir(),
    reason="the recordings are not in this repository; set CONFORMANCE to their folder",
)


@pytest.mark.parametrize("session", SESSIONS, ids=lambda session: session.name)
def test_every_recorded_response_is_given(session: Session) -> None:
    with Emulator() as emulator:
        assert Replay(emulator).differences(session) == []


def test_nearly_every_recorded_call_is_replayed() -> None:
    recorded = sum(session.recorded for session in SESSIONS)
    left_out = sum(sum(session.left_out.values()) for session in SESSIONS)
    assert sum(session.calls for session in SESSIONS) == recorded - left_out
    assert (len(SESSIONS), recorded, left_out) == (56, 881, 16)


# A replay can fail

GROUP = next(session for session in SESSIONS if session.name == "terraform__group-basic")


def differences(*faults: Fault) -> list[str]:
    """Return the differences of a session with planted faults."""
    with Emulator(faults=faults) as emulator:
        return Replay(emulator).differences(GROUP)


def test_another_status_is_a_difference() -> None:
    fault = Fault(operation="delete_group", status=409, last=1, body={"type": "transient_state"})
    deleted, still_there = differences(fault)
    assert deleted == (
        "line 12: DELETE /iam/v1alpha1/groups/{group-1}: "
        'status 409, recorded 204: {"type": "transient_state"}'
    )
    assert still_there.startswith(
        "line 13: GET /iam/v1alpha1/groups/{group-1}: status 200, recorded 404: "
    )


def test_a_stale_read_is_a_difference() -> None:
    found = differences(Fault(operation="create_group", hidden_reads=1))
    assert len(found) == 1
    assert found[0].startswith(
        "line 3: GET /iam/v1alpha1/groups/{group-1}: status 404, recorded 200: "
    )


def test_another_body_is_a_difference() -> None:
    fault = Fault(operation="get_group", first=25, status=404, body={"groups": []})
    found = differences(fault)
    place = "line 13: GET /iam/v1alpha1/groups/{group-1}: response"
    assert found == [
        f"{place}.message: missing",
        f"{place}.resource: missing",
        f"{place}.resource_id: missing",
        f"{place}.type: missing",
        f"{place}.groups: not recorded",
    ]


FACT = {
    "id": "{group-1}",
    "created_at": "{time-01}",
    "updated_at": "{time-02}",
    "name": "{name-01}",
    "user_ids": ["{sorted}", "{user-2}", "{user-1}"],
    "tags": ["{tag-02}", "{tag-01}"],
    "url": "https://api.scaleway.com/{group-1}",
    "secret_key": "{secret}",
    "editable": True,
    "nb_rules": 1,
    "expires_at": None,
    "rules": [{"id": "{rule-1}"}, {"id": "{rule-2}"}],
}
ID = "11111111-1111-4111-8111-11111111111{}"
ACTUAL = {
    "id": ID.format(1),
    "created_at": "2030-01-01T00:00:00.000001Z",
    "updated_at": "2030-01-01T00:00:00.000002Z",
    "name": "name-01",
    "user_ids": [ID.format(8), ID.format(9)],
    "tags": ["tag-02", "tag-01"],
    "url": f"https://api.scaleway.com/{ID.format(1)}",
    "secret_key": "any text",
    "editable": True,
    "nb_rules": 1,
    "expires_at": None,
    "rules": [{"id": ID.format(2)}, {"id": ID.format(3)}],
}


def planted(actual: Any) -> list[str]:
    """Compare a response with the fact."""
    values = Values(ID.format(0))
    values.known |= {"user-1": ID.format(8), "user-2": ID.format(9)}
    return list(compare(FACT, actual, values))


def test_a_response_like_the_fact_has_no_difference() -> None:
    assert planted(ACTUAL) == []


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ({"id": "x"}, "response.id: 'x' is not a new group"),
        ({"id": ID.format(8)}, f"response.id: {ID.format(8)!r} is not new"),
        ({"created_at": "2030-01-01T00:00:00Z"}, "'2030-01-01T00:00:00Z' is not a new time"),
        ({"updated_at": ACTUAL["created_at"]}, f"{ACTUAL['created_at']!r} is not new"),
        (
            {"updated_at": "2029-01-01T00:00:00.000000Z"},
            "'2029-01-01T00:00:00.000000Z' is not in order with '2030-01-01T00:00:00.000001Z'",
        ),
        ({"name": "name-02"}, "response.name: 'name-02', recorded {name-01} = 'name-01'"),
        ({"name": None}, "response.name: None, recorded {name-01} = 'name-01'"),
        ({"user_ids": [ID.format(9), ID.format(8)]}, "response.user_ids: not sorted: "),
        ({"user_ids": [ID.format(8)]}, "response.user_ids: 1 items, recorded 2"),
        ({"tags": ["tag-01", "tag-02"]}, "response.tags[0]: 'tag-01', recorded {tag-02}"),
        ({"tags": {}}, "response.tags: {}, recorded ["),
        ({"url": "https://api.scaleway.com/"}, "response.url: 'https://api.scaleway.com/', "),
        ({"secret_key": ""}, "response.secret_key: '', recorded a string"),
        ({"secret_key": None}, "response.secret_key: None, recorded a string"),
        ({"editable": False}, "response.editable: False, recorded True"),
        ({"editable": 1}, "response.editable: 1, recorded True"),
        ({"nb_rules": 2}, "response.nb_rules: 2, recorded 1"),
        ({"nb_rules": True}, "response.nb_rules: True, recorded 1"),
        ({"nb_rules": "1"}, "response.nb_rules: '1', recorded 1"),
        ({"expires_at": ""}, "response.expires_at: '', recorded None"),
        ({"rules": [{"id": ID.format(2)}]}, "response.rules: 1 items, recorded 2"),
        ({"rules": [{"id": ID.format(2)}] * 2}, f"rules[1].id: {ID.format(2)!r} is not new"),
        ({"rules": [{}, {}]}, "response.rules[0].id: missing"),
        ({"status": "new"}, "response.status: not recorded"),
    ],
)
def test_a_planted_difference_is_found(change: Mapping[str, Any], difference: str) -> None:
    found = planted({**ACTUAL, **change})
    assert found, "no difference was found"
    assert difference in found[0]


def test_another_order_of_fields_is_a_difference() -> None:
    (found,) = planted(dict(reversed(ACTUAL.items())))
    assert found.startswith("response: fields in the order ['rules', 'expires_at', ")


@pytest.mark.parametrize("actual", [None, [], "text", 5])
def test_another_type_of_body_is_a_difference(actual: object) -> None:
    assert planted(actual)[0].startswith(f"response: {actual!r}, recorded {{")


# The records contain facts only

WORDS = {
    *("access_key", "activated", "api_key", "application", "group", "identity_provider", "member"),
    *("missing_certificate", "missing_entity_id", "not_found", "organization", "owner", "policy"),
    *("organization_saml", "organization_scim", "project", "projects", "saml", "scim", "signing"),
    *(
        "ssh_key",
        "user",
        "en_US",
        "resource is not found",
        "unknown_type",
        "true",
        "false",
        "1",
        "",
    ),
    *("created_at_asc", "policy_name_asc"),
    *("deletable", "managed", "qualification"),
    *("256 MD5:{} (ssh-ed25519)", "256 MD5:{} (ecdsa-sha2-nistp256)", "{}", "{} {}"),
    *("https://iam.scaleway.com/saml/{}", "https://api.scaleway.com/iam/v1/saml/{}/login"),
}
"""All texts in requests and responses other than generated values: words of the API."""


def texts(value: Any) -> Iterator[str]:
    """Yield the texts in the queries, requests and responses of a line, without placeholders."""
    for name, part in value.items():
        if name == "query":
            yield from (text for _, text in part)
        elif name not in {"call", "id"}:
            yield from (text for _, text in record_facts.texts_of(part))


@pytest.mark.parametrize("session", SESSIONS, ids=lambda session: session.name)
def test_a_record_contains_words_of_the_api_and_placeholders_only(session: Session) -> None:
    found = {PLACEHOLDER.sub("{}", text) for line in session.lines for text in texts(line)}
    assert found - WORDS - bundled().by_name.keys() == set()
    parts = {part for line in session.lines for part in line.get("call", "").split("/")}
    assert [part for part in parts if re.search(r"\d{4}|@|SCW", part)] == []


def test_the_records_are_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.glob("*.jsonl")) < 150_000


def recorded_texts() -> set[str]:
    """Return all strings of the recordings other than words of the API: of bodies and queries, and ids of paths."""
    found: set[str] = set()
    for call in itertools.chain.from_iterable(record_facts.read(RECORDINGS).values()):
        values = [call.request, call.response, dict(call.query)]
        found.update(text for _, text in record_facts.texts_of(values))
        found.update(part for part in call.path.split("/") if record_facts.ID.fullmatch(part))
    return {text for text in found if len(text) > 1} - WORDS - bundled().by_name.keys()


@with_recordings
def test_no_text_of_a_recording_is_in_the_records() -> None:
    written = "".join(path.read_text("utf-8") for path in FOLDER.glob("*.jsonl"))
    recorded = recorded_texts()
    assert len(recorded) > 500
    assert sorted(text for text in recorded if json.dumps(text)[1:-1] in written) == []


@with_recordings
def test_the_records_are_those_of_the_recordings() -> None:
    written = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.jsonl")}
    assert record_facts.files(RECORDINGS) == written
