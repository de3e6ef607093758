"""APIKey: an access key and a secret key for calls to the API."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.core.fields import UNKNOWN, OneOf, Prop, Props, Sent
from pulumi_scw_iam.core.gone import own_get
from pulumi_scw_iam.core.kind import Kind
from pulumi_scw_iam.core.organization.plan import EndsCaller
from pulumi_scw_iam.core.organization.proposal import CheckFinding
from pulumi_scw_iam.core.undo import undone_by
from pulumi_scw_iam.kinds.shared import secret_sink
from pulumi_scw_iam.kinds.shared.fields import (
    DefaultProjectId,
    Description,
    Facts,
    InOrganization,
    without_default_project,
)
from pulumi_scw_iam.kinds.shared.secret_sink import SecretVersion

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from pulumi_scw_iam.api import types
    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.core.check import Spell
    from pulumi_scw_iam.core.organization.directory import Directory
    from pulumi_scw_iam.core.organization.organization import Organization
    from pulumi_scw_iam.core.organization.plan import Loss
    from pulumi_scw_iam.core.organization.proposal import Proposal


def _moves_expiry(olds: Props, news: Props) -> bool:
    """Return whether the inputs change an existing expiry.

    A first expiry is set in place. No API call is known to change or remove an expiry.
    """
    del news
    return olds.get("expires_at") is not None


def _moves_secret(olds: Props, news: Props) -> bool:
    """Return whether the inputs change the place of a secret key that is not in the state.

    A secret key in the state can be handed on in place. Otherwise, only a new key has a known secret key.
    """
    del news
    return olds.get("secret_id") is not None or olds.get("secret_key") is None


@dataclass(frozen=True, kw_only=True)
class APIKeyInputs:
    """An API key (an access key and a secret key) of a user or an application.

    The key has the permissions of its bearer, and is deleted with its bearer.
    """

    exactly_one_of: ClassVar[tuple[OneOf, ...]] = (OneOf("bearer", ("application_id", "user_id")),)

    application_id: Annotated[
        str | None,
        Prop(
            "The id of the application, if the bearer is an application.",
            format=formats.uuid_of("application"),
            replace=True,
        ),
    ] = None
    user_id: Annotated[
        str | None,
        Prop(
            "The id of the user, if the bearer is a user.",
            format=formats.uuid_of("user"),
            replace=True,
        ),
    ] = None
    description: Description = ""
    default_project_id: DefaultProjectId = None
    expires_at: Annotated[
        str | None,
        Prop(
            "The expiry time (RFC 3339, such as 2030-01-31T12:00:00Z). If unset, the key never"
            " expires. A first expiry is set in place; a later change or removal replaces the key.",
            format=formats.instant,
            replace=_moves_expiry,
        ),
    ] = None
    secret_id: Annotated[
        str | None,
        Prop(
            "The id of a secret in the Secret Manager, as UUID or `region/UUID`. The region is `fr-par`"
            " if unset. If set, the secret key goes to a new version of this secret, and is neither in the"
            " state nor in the outputs. A secret key in the state moves there in place; any later change"
            " replaces the key.",
            format=formats.secret_id,
            replace=_moves_secret,
            kept=True,
            sent=Sent.APART,
        ),
    ] = None
    secret_format: Annotated[
        str | None,
        Prop(
            "The format of the version: `raw` has the secret key, `json` an object with `access_key` and"
            " `secret_key`, and `env` lines with `SCW_ACCESS_KEY` and `SCW_SECRET_KEY`. Defaults to `raw`. A"
            " change replaces the key.",
            choices=secret_sink.FORMATS,
            replace=_moves_secret,
            kept=True,
            sent=Sent.DERIVED,
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class APIKeyState(Facts, APIKeyInputs):
    """The state of an API key, with the secret key of the create response."""

    access_key: Annotated[str, Prop("The access key, which is also the id of the API key.")] = ""
    secret_key: Annotated[
        str | None,
        Prop(
            "The secret key. The API returns it only at creation, so it is unset for an imported or"
            " looked-up key. It is also unset if `secret_id` is set.",
            secret=True,
            kept=True,
        ),
    ] = field(default=None, repr=False)
    secret_version: SecretVersion = None
    creation_ip: Annotated[str, Prop("The IP address of the request that created the key.")] = ""
    organization_id: InOrganization = None


class APIKeyKind(Kind[APIKeyInputs, APIKeyState]):
    """APIKey, managed through `api-keys`."""

    name = "APIKey"
    noun = "API key"
    quota = "iam_api_keys"
    described_by = "description"
    inputs = APIKeyInputs
    state = APIKeyState

    def rules(self, olds: Props, inputs: Props, spell: Spell) -> Iterator[tuple[str, str]]:
        """Check that a format has a secret."""
        del olds
        return secret_sink.rules(inputs, spell)

    def normalized(self, inputs: dict[str, Any]) -> dict[str, Any]:
        """Set the default format if a secret is set."""
        return secret_sink.with_format(inputs)

    def preview(self, olds: Props | None, news: Props) -> dict[str, Any]:
        """Return the outputs: a secret key that is handed on is in no output."""
        outputs = super().preview(olds, news)
        if news.get("secret_id") is None:
            outputs.pop("secret_version", None)
        else:
            moving = dict.fromkeys(self.moving_outputs(olds or {}, news), UNKNOWN)
            outputs = {**outputs, **moving}
            if news["secret_id"] is not UNKNOWN:
                outputs.pop("secret_key", None)
        return outputs

    def moving_outputs(self, olds: Props, news: Props) -> Collection[str]:
        """Return the secret key and its version if the update hands the secret key on."""
        same = olds.get("secret_id") == news.get("secret_id")
        return () if same else ("secret_key", "secret_version")

    def inputs_of(self, outputs: Props) -> dict[str, Any]:
        return without_default_project(super().inputs_of(outputs), outputs)

    def check_against(
        self, organization: Organization, proposal: Proposal
    ) -> Iterator[CheckFinding]:
        """Also report a wrong secret, an expiry in the past, and a lifetime above the organization's limit."""
        yield from super().check_against(organization, proposal)
        yield from secret_sink.findings(organization, proposal)
        olds, expires_at = proposal.olds, proposal.news.get("expires_at")
        if expires_at is UNKNOWN or (olds and (expires_at is None or "expires_at" in olds)):
            return
        now = datetime.now(timezone.utc)
        life = None if expires_at is None else formats.moment(expires_at) - now
        if life is not None and life <= timedelta(0):
            yield CheckFinding("expires_at", f"{expires_at} is in the past; choose a later date")
            return
        settings = organization.security_settings()
        longest = (settings or {}).get("max_api_key_expiration_duration")
        most = formats.limit(longest)
        if most and (life is None or life > most):
            # A limit of many centuries would overflow datetime.
            reach = min(most, datetime.max.replace(tzinfo=timezone.utc) - now)
            latest = f"{now + reach:%Y-%m-%dT%H:%M:%SZ}"
            given = "is not set" if expires_at is None else f"{expires_at} is too late"
            yield CheckFinding(
                "expires_at",
                f"{given}: organization {organization.id} allows API keys to last {longest} at most;"
                f" choose a date before {latest}",
            )

    def warnings(self, resource_id: str, outputs: Props) -> Iterator[str]:
        """Warn about an expired key, which the API no longer accepts."""
        expires_at = outputs.get("expires_at")
        with suppress(ValueError):
            if isinstance(expires_at, str) and formats.moment(expires_at) <= datetime.now(
                timezone.utc
            ):
                yield (
                    f"{self.describe(outputs, resource_id)}: API key {resource_id} expired at"
                    f" {expires_at}; set a later date to replace the key, or remove the key"
                )

    def loss_by_delete(
        self, directory: Directory, resource_id: str, state: APIKeyState
    ) -> Loss | None:
        if not directory.is_own_key(resource_id):
            return None
        return EndsCaller("deletes the API key that runs the program")

    def create(self, client: IamClient, inputs: APIKeyInputs) -> tuple[str, APIKeyState]:
        key = client.create_api_key(**self.body(inputs))
        access_key = key["access_key"]
        if inputs.secret_id is None:
            return access_key, self.state_of(key)
        # An unfinished state without a secret makes the next update replace the key.
        created = self.state_of({**key, "secret_key": None})
        with undone_by(
            client, lambda: client.delete_api_key(access_key), self.noun, access_key, created
        ):
            revision = secret_sink.hand_on(
                client, inputs.secret_id, inputs.secret_format, access_key, key["secret_key"]
            )
        return access_key, _handed_on(created, inputs, revision)

    def read(self, client: IamClient, resource_id: str, state: APIKeyState | None) -> APIKeyState:
        with own_get(resource_id):
            key = client.get_api_key(resource_id)
        return self.state_of(key, state)

    def update(
        self, client: IamClient, resource_id: str, state: APIKeyState, inputs: APIKeyInputs
    ) -> APIKeyState:
        self.refuse_locked("change", state)
        fields = self.differing(state, inputs)
        if inputs.secret_id is None or inputs.secret_id == state.secret_id:
            return self.state_of(client.update_api_key(resource_id, **fields), state)
        changed = replace(state, **{name: getattr(inputs, name) for name in fields})
        keys: list[types.APIKey] = []
        revisions: list[int] = []
        steps: list[tuple[Callable[[], object], APIKeyState]] = [
            (
                # The state after a lost response keeps the secret key: a second version does no harm.
                lambda: revisions.append(
                    secret_sink.hand_on(
                        client,
                        inputs.secret_id,
                        inputs.secret_format,
                        resource_id,
                        state.secret_key,
                    )
                ),
                changed,
            )
        ]
        if fields:
            patch = lambda: keys.append(client.update_api_key(resource_id, **fields))  # noqa: E731
            steps.insert(0, (patch, changed))
        self.apply_steps(resource_id, state, steps)
        new = self.state_of(keys[0], state) if keys else state
        return _handed_on(new, inputs, revisions[0])

    def delete(self, client: IamClient, resource_id: str, state: APIKeyState) -> None:
        self.refuse_locked("delete", state)
        client.delete_api_key(resource_id)

    def withdraw(self, client: IamClient, state: APIKeyState) -> None:
        """Disable the version with the secret key, so that no consumer reads a deleted key."""
        if state.secret_id is not None and state.secret_version is not None:
            secret_sink.disable(client, state.secret_id, state.secret_version)

    def listed(self, client: IamClient, **named: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        return ((item["access_key"], item) for item in client.list_api_keys())


def _handed_on(state: APIKeyState, inputs: APIKeyInputs, revision: int) -> APIKeyState:
    """Return the state of a key after its secret key was handed on."""
    return replace(
        state,
        secret_id=inputs.secret_id,
        secret_format=inputs.secret_format or secret_sink.FORMATS[0],
        secret_key=None,
        secret_version=revision,
    )
