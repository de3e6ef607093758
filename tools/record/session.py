"""The API calls of a session, kept in memory as they are, and the objects that a question creates."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from urllib3.util.retry import Retry

from pulumi_scw_iam.api.user_agent import user_agent
from pulumi_scw_iam.common.ssh_keys import parse_public_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_scw_iam.api.settings import Settings

__all__ = ["IAM", "Api", "Call", "Response", "Unanswered", "outcome"]

IAM = "/iam/v1alpha1/"
_TIMEOUT = 30
_LONGEST_WAIT = 60
_LIFETIME = timedelta(hours=1)
"""The lifetime of the API keys of a session."""


class Unanswered(Exception):
    """A question has no answer, with the reason: a call before the question failed."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call and its response, not masked: only `masking` may write it to a file."""

    question: str
    method: str
    path: str
    query: dict[str, str] = field(repr=False)
    request: Any = field(repr=False)
    status: int
    response: Any = field(repr=False)
    date: str


@dataclass(frozen=True, kw_only=True)
class Response:
    """The status and the JSON of a response."""

    status: int
    body: Any = field(repr=False)


def outcome(response: Response) -> str:
    """Return the comparable part of a response: `200`, or `400 invalid_arguments name: constraint`."""
    if response.status < 300 or not isinstance(response.body, dict):
        return str(response.status)
    words = [str(response.status), str(response.body.get("type", ""))]
    details = response.body.get("details")
    words += [
        f"{detail['argument_name'] or 'body'}: {detail.get('reason')}"
        for detail in (details if isinstance(details, list) else [])
        if isinstance(detail, dict) and "argument_name" in detail
    ]
    if isinstance(resource := response.body.get("resource"), str):
        words.append(resource or "without a resource")
    return " ".join(filter(None, words))


class Api:
    """The API as a question uses it. All names begin with the prefix of the run, and all API keys expire.

    `email` is the address for the questions about users; empty if no user may be created.
    """

    def __init__(self, settings: Settings, prefix: str, email: str = "") -> None:
        self.settings = settings
        self.prefix = prefix
        self.email = email
        self.calls: list[Call] = []
        self.question = ""
        """The id of the current question."""
        self.left: list[str] = []
        """The paths of objects that could not be deleted."""
        self.started = datetime.now(timezone.utc).replace(microsecond=0)
        self.user_agent = f"{user_agent()} record"
        self.own_texts = {self.user_agent}
        """The texts of this session that only responses show."""
        self._created: list[str] = []
        self._numbers: dict[str, int] = defaultdict(int)
        self._http = requests.Session()
        self._http.headers["User-Agent"] = self.user_agent
        # Only a 429 is repeated: the API surely did not act.
        retries = Retry(
            8,
            connect=0,
            read=0,
            other=0,
            status_forcelist=[429],
            allowed_methods=None,
            backoff_factor=1,
            raise_on_status=False,
        )
        for scheme in ("http://", "https://"):
            self._http.mount(scheme, requests.adapters.HTTPAdapter(max_retries=retries))
        if settings.is_local:
            self._http.trust_env = False

    @property
    def organization_id(self) -> str:
        """The organization of the session."""
        return str(self.settings.organization_id)

    @property
    def project_id(self) -> str:
        """The project of the session: by default the default project, with the id of the organization."""
        return str(self.settings.project_id or self.settings.organization_id)

    # Calls

    def call(
        self, method: str, path: str, body: Any = None, *, key: str = "", **query: Any
    ) -> Response:
        """Send a call, and keep it. A path without a slash at the start is one of the IAM API."""
        whole = path if path.startswith("/") else IAM + path
        parameters = {name: str(value) for name, value in query.items()}
        answer = self._http.request(
            method,
            self.settings.api_url + whole,
            json=body,
            params=parameters,
            headers={"X-Auth-Token": key or self.settings.secret_key},
            timeout=_TIMEOUT,
        )
        try:
            content = answer.json() if answer.content else None
        except ValueError:
            content = None  # a gateway's page; no test of this API needs it
        self.calls.append(
            Call(
                question=self.question,
                method=method,
                path=whole,
                query=parameters,
                request=body,
                status=answer.status_code,
                response=content,
                date=answer.headers.get("Date", ""),
            )
        )
        return Response(status=answer.status_code, body=content)

    def get(self, path: str, **query: Any) -> Response:
        """GET a path."""
        return self.call("GET", path, **query)

    def post(self, path: str, body: Any) -> Response:
        """POST a body. A created object is deleted after the question."""
        response = self.call("POST", path, body)
        if response.status == 200 and isinstance(response.body, dict):
            created = response.body.get("id") or response.body.get("access_key")
            if created and "/" not in path:
                self._created.append(f"{path}/{created}")
        return response

    def patch(self, path: str, body: Any) -> Response:
        """PATCH an object."""
        return self.call("PATCH", path, body)

    def put(self, path: str, body: Any) -> Response:
        """PUT a body."""
        return self.call("PUT", path, body)

    def delete(self, path: str) -> Response:
        """DELETE an object."""
        response = self.call("DELETE", path)
        if response.status in (204, 404) and path in self._created:
            self._created.remove(path)
        return response

    def wait(self, get: Callable[[], Response], found: Callable[[Any], Any]) -> Any:
        """Repeat a GET until `found` returns something in its body. Raises Unanswered after a minute."""
        end = time.monotonic() + _LONGEST_WAIT
        while True:
            response = get()
            if response.status == 200 and (result := found(response.body)):
                return result
            if time.monotonic() > end or response.status != 200:
                raise Unanswered(f"no such entry after {_LONGEST_WAIT} s: {outcome(response)}")
            time.sleep(3)

    # Objects

    def name(self, word: str) -> str:
        """Return a new name with the prefix of the run."""
        self._numbers[word] += 1
        return f"{self.prefix}-{word}-{self._numbers[word]}"

    def create(self, path: str, **body: Any) -> dict[str, Any]:
        """Create an object in the organization. Raises Unanswered if the API refuses."""
        if path not in ("api-keys", "ssh-keys"):
            body = {"organization_id": self.organization_id, **body}
        response = self.post(path, body)
        if response.status != 200:
            raise Unanswered(f"POST {path}: {outcome(response)}")
        created: dict[str, Any] = response.body
        return created

    def application(self) -> str:
        """Create an application; return its id."""
        return str(self.create("applications", name=self.name("application"))["id"])

    def group(self) -> str:
        """Create a group; return its id."""
        return str(self.create("groups", name=self.name("group"))["id"])

    def policy(self, **body: Any) -> dict[str, Any]:
        """Create a policy without rules, or with those in `body`."""
        return self.create("policies", name=self.name("policy"), **(body or {"no_principal": True}))

    def key_body(self, **body: Any) -> dict[str, Any]:
        """Return the body for an API key of this run, with an expiry."""
        return {"description": self.name("key"), "expires_at": self.later(), **body}

    def later(self, delay: timedelta = _LIFETIME) -> str:
        """Return a time after the start of the session."""
        return (self.started + delay).strftime("%Y-%m-%dT%H:%M:%SZ")

    def public_key(self) -> str:
        """Return a new public key. Its private key is thrown away."""
        generated = Ed25519PrivateKey.generate().public_key()
        text = generated.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
        self.own_texts.add(parse_public_key(text).fingerprint)
        return text

    def deleted(self, path: str) -> str:
        """Create an object and delete it; return its id, which no object has then."""
        found = str(self.create(path, name=self.name(path.removesuffix("s")))["id"])
        self.delete(f"{path}/{found}")
        return found

    def clean_up(self) -> None:
        """Delete the objects of the question, the newest first."""
        for path in reversed(self._created.copy()):
            try:
                is_deleted = self.delete(path).status in (204, 404)
            except requests.RequestException:
                is_deleted = False
            if not is_deleted:
                self.left.append(path)
        self._created.clear()
