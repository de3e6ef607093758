"""Replay masked recordings on the local IAM API, and print each difference.

    python -m tools.record.replay FOLDER

Each file starts with an empty local API. Ids, access keys, times and addresses differ by nature: the first response with an
id, or with a masked text, defines it for the rest of the file. Times in requests are moved, so that the future stays the future.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import requests

from pulumi_scw_iam.common.formats import moment
from pulumi_scw_iam.emulator import Emulator
from tools.record.masking import ACCESS_KEY, MASKED_TEXT, TIME, UUID

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["differences"]

_ID = re.compile(f"{UUID.pattern}|{ACCESS_KEY.pattern}", re.IGNORECASE)
_VALUE = re.compile(f"{_ID.pattern}|{MASKED_TEXT.pattern}", re.IGNORECASE)
_OPAQUE = frozenset({"creation_ip", "ip", "source_ip", "user_agent", "secret_key", "bearer_token"})


def differences(path: Path, emulator: Emulator) -> Iterator[str]:
    """Replay a recording on a new local API; yield each difference."""
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    yield from _Replay(lines, emulator).run()


class _Replay:
    """A replay of one file."""

    def __init__(self, lines: list[dict[str, Any]], emulator: Emulator) -> None:
        self._lines = lines
        self._emulator = emulator
        good = [line for line in lines if line["status"] < 300]
        # A 403 may be about another organization, and a 404 about another project.
        allowed = [line for line in lines if line["status"] != 403]
        organizations = Counter(_values(allowed, "organization_id")).most_common(1)
        self._ids = {text: emulator.organization_id for text, _ in organizations}
        for text in _values(good, "project_id"):
            self._ids.setdefault(text, emulator.project_id)
        recorded = parsedate_to_datetime(lines[0]["date"])
        self._delay = datetime.now(timezone.utc) - recorded

    def run(self) -> Iterator[str]:
        """Send all calls; yield the differences of the responses."""
        with requests.Session() as http:
            http.trust_env = False
            for number, line in enumerate(self._lines, 1):
                response = http.request(
                    line["method"],
                    self._emulator.url + self._filled(line["path"]),
                    params=self._filled(parse_qsl(line["query"], keep_blank_values=True)),
                    json=self._filled(line["request_body"]),
                    headers={"X-Auth-Token": self._emulator.secret_key},
                    timeout=30,
                )
                place = f"line {number}: {line['method']} {line['path']}"
                if response.status_code != line["status"]:
                    yield f"{place}: status {response.status_code}, recorded {line['status']}"
                    continue
                body = response.json() if response.content else None
                yield from (
                    f"{place}: {difference}"
                    for difference in self._compare(line["response_body"], body, "response")
                )

    def _filled(self, value: Any) -> Any:
        """Return a value of a request with the ids and times of this replay."""
        if isinstance(value, dict):
            return {name: self._filled(item) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(self._filled(item) for item in value)
        if not isinstance(value, str):
            return value
        if TIME.fullmatch(value):
            later = moment(value) + timedelta(seconds=int(self._delay.total_seconds()))
            return later.strftime("%Y-%m-%dT%H:%M:%SZ")
        return _VALUE.sub(lambda match: self._ids.get(match[0], match[0]), value)

    def _compare(self, recorded: Any, actual: Any, where: str) -> Iterator[str]:
        """Yield the differences between two JSON values."""
        if isinstance(recorded, dict) and isinstance(actual, dict):
            if list(recorded) != list(actual):
                yield f"{where}: fields {list(actual)}, recorded {list(recorded)}"
            for name in recorded.keys() & actual.keys() - _OPAQUE:
                yield from self._compare(recorded[name], actual[name], f"{where}.{name}")
        elif isinstance(recorded, list) and isinstance(actual, list):
            if len(recorded) != len(actual):
                yield f"{where}: {len(actual)} items, recorded {len(recorded)}"
            for number, (one, other) in enumerate(zip(recorded, actual, strict=False)):
                yield from self._compare(one, other, f"{where}[{number}]")
        elif type(recorded) is not type(actual) or self._expected(recorded, actual) != actual:
            yield f"{where}: {actual!r}, recorded {recorded!r}"

    def _expected(self, recorded: Any, actual: Any) -> Any:
        """Return the value of this replay for a recorded value; a new id is defined by the actual value."""
        if not isinstance(recorded, str):
            return recorded
        is_id = _ID.fullmatch(recorded) and _ID.fullmatch(actual)
        if is_id or MASKED_TEXT.fullmatch(recorded):
            return self._ids.setdefault(recorded, actual)
        is_time = TIME.fullmatch(recorded) and TIME.fullmatch(actual)
        return actual if is_time else self._filled(recorded)


def _values(value: Any, name: str) -> Iterator[str]:
    """Yield the values of all fields and query parameters with a name."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "query":
                yield from (text for parameter, text in parse_qsl(item) if parameter == name)
            elif key == name and isinstance(item, str):
                yield item
            else:
                yield from _values(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from _values(item, name)


def main() -> int:
    """Replay all files of a folder; return 1 if there is a difference."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.record.replay", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("folder", type=Path, help="folder of the recordings")
    paths = sorted(parser.parse_args().folder.glob("*.jsonl"))
    found = 0
    for path in paths:
        with Emulator() as emulator:
            for difference in differences(path, emulator):
                found += 1
                print(f"{path.stem}: {difference}")
    print(f"{len(paths)} recordings, {found} differences")
    return 1 if found or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
