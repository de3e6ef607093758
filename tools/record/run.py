"""Ask the questions, compare the answers with the assumptions, and write the masked recording."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import requests

from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.common.errors import ConfigError
from tools.record.masking import masked_lines
from tools.record.questions import QUESTIONS, Answers
from tools.record.session import Api, Unanswered

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tools.record.questions import Question

__all__ = ["PREFIX", "Report", "ask", "differences", "record", "resolved", "write"]

PREFIX = "pulumi-scw-iam-record-"


@dataclass(kw_only=True)
class Report:
    """The answers of a session."""

    prefix: str
    answers: dict[str, Answers] = field(default_factory=dict)
    """The answers by question."""
    unanswered: dict[str, str] = field(default_factory=dict)
    """The reasons of questions without an answer."""
    left: list[str] = field(default_factory=list)
    """The objects that could not be deleted, by their paths."""

    @property
    def status(self) -> int:
        """The exit status: 0 all as assumed or not asked, 3 another answer, 1 an object is left."""
        if self.left:
            return 1
        return 3 if any(self._differences()) else 0

    def _differences(self) -> Iterator[str]:
        for one in QUESTIONS:
            if one.id in self.answers:
                yield from differences(one, self.answers[one.id])

    def lines(self) -> Iterator[str]:
        """Yield the lines of the report."""
        for one in QUESTIONS:
            if one.id in self.unanswered:
                yield f"{one.id}: no answer: {self.unanswered[one.id]}"
            elif one.id in self.answers:
                found = list(differences(one, self.answers[one.id]))
                yield from found or [f"{one.id}: as assumed"]
        for path in self.left:
            yield f"left behind: {path}"
        if self.left:
            yield f"delete them with `pulumi-scw-iam sweep --prefix {self.prefix} --older-than 0h`"


def resolved() -> Settings:
    """Return the settings of the environment or a profile. Raises ConfigError if a setting is missing."""
    settings = Settings.resolve()
    if settings.organization_id is None:
        raise ConfigError("there is no organization; set SCW_DEFAULT_ORGANIZATION_ID")
    return settings


def differences(question: Question, answers: Answers) -> Iterator[str]:
    """Yield a line for each answer that differs from the assumption."""
    for label in {**question.assumed, **answers}:
        answer, assumed = answers.get(label), question.assumed.get(label)
        if answer != assumed:
            yield (
                f"{question.id}: {label}: the API answers {answer or 'nothing'}, we assume"
                f" {assumed or 'nothing'}"
            )


def ask(settings: Settings, email: str = "", only: Iterable[str] = ()) -> tuple[Api, Report]:
    """Ask the questions; return the session and the report. All created objects are deleted.

    `only` are ids of questions; by default, all are asked. Without `email`, no user is created.
    """
    prefix = f"{PREFIX}{secrets.token_hex(4)}"
    api = Api(settings, prefix, email)
    report = Report(prefix=prefix)
    wanted = {*only}
    for question in QUESTIONS:
        if wanted and question.id not in wanted:
            continue
        if question.creates_users and not email:
            report.unanswered[question.id] = (
                "it creates users; set LIVE_EMAIL to an address of yours"
            )
            continue
        api.question = question.id
        try:
            report.answers[question.id] = question.ask(api)
        except Unanswered as reason:
            report.unanswered[question.id] = str(reason)
        except requests.RequestException as error:
            report.unanswered[question.id] = f"no response ({type(error).__name__})"
            report.left.append(
                f"perhaps an object of {question.id}, by the call without a response"
            )
        finally:
            api.clean_up()
    report.left += api.left
    return api, report


def write(api: Api, folder: Path) -> list[Path]:
    """Write the masked recording: one file for each question, for this user only. Raises Leak."""
    hidden = [
        api.settings.secret_key,
        api.settings.access_key or "",
        api.organization_id,
        api.email,
    ]
    texts = {
        name: "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        for name, lines in masked_lines(api.calls, hidden, api.own_texts).items()
    }
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in folder.glob("record__*.jsonl"):
        path.unlink()  # the masks of another session
    written = []
    for name, text in texts.items():
        path = folder / f"record__{name}.jsonl"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        written.append(path)
    return written


def record(settings: Settings, folder: Path, email: str = "") -> Report:
    """Ask all questions, and write the masked recording. Raises Leak; then nothing is written."""
    api, report = ask(settings, email)
    write(api, folder)
    return report
