"""The client of Scaleway's IAM API: one method per operation, named as in Scaleway's own SDK.

Methods return the JSON of the response, typed in `types`. In a request, None is unset and is not sent; ""
and [] are values. Every failure is an error of `common.errors`. `operations` makes the calls.
"""

from __future__ import annotations

from datetime import datetime, timezone
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict, TypeVar, cast

from pulumi_scw_iam.api import create_watch, types
from pulumi_scw_iam.api.audit_trail import AuditTrail
from pulumi_scw_iam.api.calls import Calls
from pulumi_scw_iam.api.create_fingerprint import CreateFingerprint, matches
from pulumi_scw_iam.api.keywords import accepts
from pulumi_scw_iam.api.operations import Operations
from pulumi_scw_iam.api.retry import Retry
from pulumi_scw_iam.api.secret_manager import SecretManager
from pulumi_scw_iam.common.errors import NotFound
from pulumi_scw_iam.common.redaction import hidden

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from typing_extensions import Unpack

    from pulumi_scw_iam.api.settings import Settings

__all__ = ["IamClient", "Retry"]


T = TypeVar("T")

_EMPTY: Mapping[str, object] = {"description": "", "tags": ()}
"""The default values of these keywords in a create."""


class Listed(NamedTuple):
    """A kind with a GET for one object and a list call."""

    item: Any
    """The type of an object."""
    id_filter: str = ""
    """The list's query parameter for ids; empty if the list has no such parameter."""
    key: str = "id"


LISTED: Mapping[str, Listed] = {
    "api-keys": Listed(types.APIKey, "access_keys", "access_key"),
    "applications": Listed(types.Application, "application_ids"),
    "groups": Listed(types.Group, "group_ids"),
    "policies": Listed(types.Policy, "policy_ids"),
    "ssh-keys": Listed(types.SSHKey),
    "users": Listed(types.User, "user_ids"),
}
"""The kinds by the path of the list. The path of an object is this path and the id. `batching` uses these lists."""

_CONNECT_TIMEOUT = 10.0
_OTHER_CHANGE = "another change of the group's members"


class IamClient(Operations):
    """A client of the IAM API. Thread-safe.

    `timeout` has the time-outs for the connection and for the next bytes of a response, in seconds. A whole
    response may take four times as long. By default, `timeout` and `retry` follow from the settings. `front`
    names the caller in the User-Agent.

    Any method may raise:

    - a subclass of ApiError if the API returns an error;
    - NoAnswer if the API returns no response;
    - Cancelled if `cancel` ends a wait;
    - Refused for an invalid id;
    - ConfigError if a required organization is neither passed nor configured.

    Every call is retried if the request surely had no effect: on 429, on 409 `transient_state`, and without a
    connection. On 5xx and lost responses, only idempotent calls are retried: GET, PUT, PATCH, DELETE and some
    POSTs. A create with a lost response goes through create recovery (`create_recovery`), and raises
    UnknownOutcome if the recovery fails. A 404 for an object that this client just created, and a 403 after a
    grant by this client, are retried until the API shows the write.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        timeout: tuple[float, float] | None = None,
        retry: Retry | None = None,
        front: str = "",
    ) -> None:
        read = settings.request_timeout
        timeout = timeout or (min(_CONNECT_TIMEOUT, read), read)
        retry = retry or Retry.within(settings.retry_timeout)
        super().__init__(settings, Calls(settings, timeout, retry, front))

    def is_unproved(self, resource_id: str) -> bool:
        """Return whether a create adopted the object without proof.

        Another program may have created such an object.
        """
        return self._calls.own_writes.is_unproved(resource_id)

    def close(self) -> None:
        """Look once more for objects of creates with lost responses; takes at most a few seconds."""
        create_watch.finish()

    def bounded(self, seconds: float | None) -> AbstractContextManager[None]:
        """Limit the retries of this thread's calls to `seconds` from now; None removes the limit."""
        return self._calls.bounded(seconds)

    def cancel(self) -> None:
        """End all current and future waits with Cancelled.

        Requests in progress, and later requests, may still take the time-out for the next bytes. So calls
        without a wait still succeed, and an unfinished operation can be undone.
        """
        self._calls.cancel()

    def audit_trail(self, region: str) -> AuditTrail:
        """Return a client of the Audit Trail in a region, such as `fr-par`.

        The client shares the settings, the connections and the retries of this client.
        """
        return AuditTrail(self._settings, self._calls, region)

    def secret_manager(self, region: str) -> SecretManager:
        """Return a client of the Secret Manager in a region, such as `fr-par`.

        The client shares the settings, the connections and the retries of this client.
        """
        return SecretManager(self._settings, self._calls, region)

    # API keys

    def list_api_keys(
        self,
        *,
        organization_id: str | None = None,
        order_by: types.APIKeyOrder = "created_at_asc",
        access_key: str | None = None,
        access_keys: Collection[str] | None = None,
        application_id: str | None = None,
        user_id: str | None = None,
        bearer_id: str | None = None,
        bearer_type: types.BearerType | None = None,
        description: str | None = None,
        editable: bool | None = None,
        expired: bool | None = None,
    ) -> Iterator[types.APIKey]:
        """Yield the API keys of an organization, without their secret keys.

        GET /iam/v1alpha1/api-keys
        """
        return self._pages(
            types.APIKey,
            "api-keys",
            organization_id=self._organization(organization_id),
            order_by=order_by,
            access_key=access_key,
            access_keys=access_keys,
            application_id=application_id,
            user_id=user_id,
            bearer_id=bearer_id,
            bearer_type=bearer_type,
            description=description,
            editable=editable,
            expired=expired,
        )

    @accepts(types.APIKeyFields)
    def create_api_key(
        self,
        *,
        application_id: str | None = None,
        user_id: str | None = None,
        **fields: Unpack[types.APIKeyFields],
    ) -> types.APIKey:
        """Create an API key for one bearer: a user or an application.

        Only this response contains `secret_key`.

        POST /iam/v1alpha1/api-keys
        """
        organization_id = cache(lambda: self._organization_of(application_id, user_id))
        return self._create(
            types.APIKey,
            "api-keys",
            fingerprint=CreateFingerprint(
                noun="API key",
                of=f"application {application_id}" if application_id else f"user {user_id}",
                key="access_key",
                secret=True,
                listed=lambda: self.list_api_keys(
                    organization_id=organization_id(),
                    application_id=application_id,
                    user_id=user_id,
                ),
                body={
                    "application_id": application_id,
                    "user_id": user_id,
                    "description": "",
                    **fields,
                },
                log=self._log_of("api_key", organization_id),
                delete=self.delete_api_key,
            ),
        )

    def get_api_key(self, access_key: str) -> types.APIKey:
        """Return an API key, without its secret key.

        GET /iam/v1alpha1/api-keys/{access_key}
        """
        return self._get(types.APIKey, "api-keys/{}", access_key)

    @accepts(types.APIKeyFields)
    def update_api_key(self, access_key: str, **fields: Unpack[types.APIKeyFields]) -> types.APIKey:
        """Update an API key. The bearer cannot be changed.

        `expires_at` can be set once. A later change of the expiry is not documented.

        PATCH /iam/v1alpha1/api-keys/{access_key}
        """
        return self._patch(types.APIKey, "api-keys/{}", access_key, **fields)

    def delete_api_key(self, access_key: str) -> None:
        """Delete an API key.

        DELETE /iam/v1alpha1/api-keys/{access_key}
        """
        self._delete("api-keys/{}", access_key)

    # Applications

    def list_applications(
        self,
        *,
        organization_id: str | None = None,
        order_by: types.ApplicationOrder = "created_at_asc",
        name: str | None = None,
        editable: bool | None = None,
        application_ids: Collection[str] | None = None,
        tag: str | None = None,
    ) -> Iterator[types.Application]:
        """Yield the applications of an organization.

        GET /iam/v1alpha1/applications
        """
        return self._pages(
            types.Application,
            "applications",
            organization_id=self._organization(organization_id),
            order_by=order_by,
            name=name,
            editable=editable,
            application_ids=application_ids,
            tag=tag,
        )

    @accepts(types.ApplicationFields)
    def create_application(
        self,
        *,
        organization_id: str | None = None,
        name: str,
        **fields: Unpack[types.ApplicationFields],
    ) -> types.Application:
        """Create an application.

        POST /iam/v1alpha1/applications
        """
        organization_id = self._organization(organization_id)
        return self._create(
            types.Application,
            "applications",
            fingerprint=CreateFingerprint(
                noun="application",
                listed=lambda: self.list_applications(organization_id=organization_id, name=name),
                body={"name": name, **_EMPTY, **fields},
                log=self._log_of("application", lambda: organization_id),
                delete=self.delete_application,
            ),
            organization_id=organization_id,
        )

    def get_application(self, application_id: str) -> types.Application:
        """Return an application.

        GET /iam/v1alpha1/applications/{application_id}
        """
        return self._get(types.Application, "applications/{}", application_id)

    @accepts(types.ApplicationFields)
    def update_application(
        self,
        application_id: str,
        *,
        name: str | None = None,
        **fields: Unpack[types.ApplicationFields],
    ) -> types.Application:
        """Update an application.

        PATCH /iam/v1alpha1/applications/{application_id}
        """
        return self._patch(
            types.Application, "applications/{}", application_id, name=name, **fields
        )

    def delete_application(self, application_id: str) -> None:
        """Delete an application and its API keys.

        DELETE /iam/v1alpha1/applications/{application_id}
        """
        self._delete("applications/{}", application_id)

    # Groups

    def list_groups(
        self,
        *,
        organization_id: str | None = None,
        order_by: types.GroupOrder = "created_at_asc",
        name: str | None = None,
        application_ids: Collection[str] | None = None,
        user_ids: Collection[str] | None = None,
        group_ids: Collection[str] | None = None,
        tag: str | None = None,
    ) -> Iterator[types.Group]:
        """Yield the groups of an organization.

        `user_ids` and `application_ids` select the groups with these members.

        GET /iam/v1alpha1/groups
        """
        return self._pages(
            types.Group,
            "groups",
            organization_id=self._organization(organization_id),
            order_by=order_by,
            name=name,
            application_ids=application_ids,
            user_ids=user_ids,
            group_ids=group_ids,
            tag=tag,
        )

    @accepts(types.GroupFields)
    def create_group(
        self,
        *,
        organization_id: str | None = None,
        name: str,
        **fields: Unpack[types.GroupFields],
    ) -> types.Group:
        """Create a group without members.

        Raises Conflict if the name is already in use in the organization.

        POST /iam/v1alpha1/groups
        """
        organization_id = self._organization(organization_id)
        return self._create(
            types.Group,
            "groups",
            fingerprint=CreateFingerprint(
                noun="group",
                unique=True,
                listed=lambda: self.list_groups(organization_id=organization_id, name=name),
                body={"name": name, **_EMPTY, **fields},
                # A new group has no members.
                also=lambda group: matches(group, user_ids=(), application_ids=()),
                log=self._log_of("group", lambda: organization_id),
                delete=self.delete_group,
            ),
            organization_id=organization_id,
        )

    def get_group(self, group_id: str) -> types.Group:
        """Return a group with its members.

        GET /iam/v1alpha1/groups/{group_id}
        """
        return self._get(types.Group, "groups/{}", group_id)

    @accepts(types.GroupFields)
    def update_group(
        self, group_id: str, *, name: str | None = None, **fields: Unpack[types.GroupFields]
    ) -> types.Group:
        """Update a group. The members do not change.

        PATCH /iam/v1alpha1/groups/{group_id}
        """
        return self._patch(types.Group, "groups/{}", group_id, name=name, **fields)

    def changing_members(self, group_id: str) -> AbstractContextManager[None]:
        """Context manager: block all other changes of a group's members in this process.

        Each method that changes members enters this context for its own call. Use the context around a read
        and the changes based on this read. A thread may enter the context again.

        Raises Cancelled if `cancel` ends the wait for another thread.
        """
        return self._calls.turns.turn(group_id, _OTHER_CHANGE)

    def set_group_members(
        self, group_id: str, *, user_ids: Collection[str], application_ids: Collection[str]
    ) -> types.Group:
        """Replace all members of a group: unlisted members lose the group's policies.

        Use this method only if the caller manages both lists. To keep one list, use `add_group_members` and
        `remove_group_member`: a list from an earlier read may be outdated, and would remove members that
        another program added since.

        Raises NotFound if the group or a member does not exist.

        PUT /iam/v1alpha1/groups/{group_id}/members
        """
        with self.changing_members(group_id):
            return self._put(
                types.Group,
                "groups/{}/members",
                group_id,
                user_ids=user_ids,
                application_ids=application_ids,
            )

    def add_group_member(
        self, group_id: str, *, user_id: str | None = None, application_id: str | None = None
    ) -> types.Group:
        """Add one user or one application to a group.

        POST /iam/v1alpha1/groups/{group_id}/add-member
        """
        with self.changing_members(group_id):
            return self._post_same(
                types.Group,
                "groups/{}/add-member",
                group_id,
                user_id=user_id,
                application_id=application_id,
            )

    def add_group_members(
        self,
        group_id: str,
        *,
        user_ids: Collection[str] | None = None,
        application_ids: Collection[str] | None = None,
    ) -> types.Group:
        """Add users and applications to a group. The other members stay.

        POST /iam/v1alpha1/groups/{group_id}/add-members
        """
        with self.changing_members(group_id):
            return self._post_same(
                types.Group,
                "groups/{}/add-members",
                group_id,
                user_ids=user_ids,
                application_ids=application_ids,
            )

    def remove_group_member(
        self, group_id: str, *, user_id: str | None = None, application_id: str | None = None
    ) -> types.Group:
        """Remove one user or one application from a group.

        Raises NotFound for a user or application that is not a member. After a retry, this may also mean
        that an earlier attempt succeeded.

        POST /iam/v1alpha1/groups/{group_id}/remove-member
        """
        with self.changing_members(group_id):
            return self._post_same(
                types.Group,
                "groups/{}/remove-member",
                group_id,
                user_id=user_id,
                application_id=application_id,
            )

    def delete_group(self, group_id: str) -> None:
        """Delete a group. The members stay, and lose the permissions of the group.

        DELETE /iam/v1alpha1/groups/{group_id}
        """
        self._delete("groups/{}", group_id)

    # Policies and their rules

    def list_policies(
        self,
        *,
        organization_id: str | None = None,
        order_by: types.PolicyOrder = "created_at_asc",
        policy_name: str | None = None,
        editable: bool | None = None,
        user_ids: Collection[str] | None = None,
        group_ids: Collection[str] | None = None,
        application_ids: Collection[str] | None = None,
        no_principal: bool | None = None,
        tag: str | None = None,
        policy_ids: Collection[str] | None = None,
    ) -> Iterator[types.Policy]:
        """Yield the policies of an organization, without their rules.

        GET /iam/v1alpha1/policies
        """
        return self._pages(
            types.Policy,
            "policies",
            organization_id=self._organization(organization_id),
            order_by=order_by,
            policy_name=policy_name,
            editable=editable,
            user_ids=user_ids,
            group_ids=group_ids,
            application_ids=application_ids,
            no_principal=no_principal,
            tag=tag,
            policy_ids=policy_ids,
        )

    @accepts(types.PolicyFields)
    def create_policy(
        self,
        *,
        organization_id: str | None = None,
        name: str,
        rules: Collection[types.RuleSpecs] = (),
        **fields: Unpack[types.PolicyFields],
    ) -> types.Policy:
        """Create a policy with its rules, for one principal or without a principal.

        Raises Conflict if the name is already in use in the organization.

        POST /iam/v1alpha1/policies
        """
        organization_id = self._organization(organization_id)
        return self._create(
            types.Policy,
            "policies",
            fingerprint=CreateFingerprint(
                noun="policy",
                unique=True,
                listed=lambda: self.list_policies(
                    organization_id=organization_id, policy_name=name
                ),
                body={"name": name, **_EMPTY, **fields, "rules": rules},
                unshown=("rules",),
                also=lambda policy: self._has_rules(policy["id"], rules),
                log=self._log_of("policy", lambda: organization_id),
                delete=self.delete_policy,
            ),
            organization_id=organization_id,
        )

    def get_policy(self, policy_id: str) -> types.Policy:
        """Return a policy, without its rules.

        GET /iam/v1alpha1/policies/{policy_id}
        """
        return self._get(types.Policy, "policies/{}", policy_id)

    @accepts(types.PolicyFields)
    def update_policy(
        self, policy_id: str, *, name: str | None = None, **fields: Unpack[types.PolicyFields]
    ) -> types.Policy:
        """Update a policy. A new principal replaces the current principal.

        PATCH /iam/v1alpha1/policies/{policy_id}
        """
        return self._patch(types.Policy, "policies/{}", policy_id, name=name, **fields)

    def delete_policy(self, policy_id: str) -> None:
        """Delete a policy. The principal loses the permissions of the policy.

        DELETE /iam/v1alpha1/policies/{policy_id}
        """
        self._delete("policies/{}", policy_id)

    def clone_policy(self, policy_id: str) -> types.Policy:
        """Create a copy of a policy, with the same rules and without a principal.

        POST /iam/v1alpha1/policies/{policy_id}/clone
        """
        return self._post(types.Policy, "policies/{}/clone", policy_id)

    def list_rules(self, *, policy_id: str) -> Iterator[types.Rule]:
        """Yield the rules of a policy, in order.

        GET /iam/v1alpha1/rules
        """
        return self._pages(types.Rule, "rules", policy_id=policy_id)

    def set_rules(self, *, policy_id: str, rules: Iterable[types.RuleSpecs]) -> list[types.Rule]:
        """Replace all rules of a policy; return the new rules. Every rule gets a new id.

        PUT /iam/v1alpha1/rules
        """
        return self._put(_Rules, "rules", policy_id=policy_id, rules=rules)["rules"]

    def list_permission_sets(
        self,
        *,
        organization_id: str | None = None,
        order_by: types.PermissionSetOrder = "created_at_asc",
    ) -> Iterator[types.PermissionSet]:
        """Yield the permission sets for use in rules.

        GET /iam/v1alpha1/permission-sets
        """
        return self._pages(
            types.PermissionSet,
            "permission-sets",
            organization_id=self._organization(organization_id),
            order_by=order_by,
        )

    # SSH keys

    def list_ssh_keys(
        self,
        *,
        organization_id: str | None = None,
        order_by: types.SSHKeyOrder = "created_at_asc",
        name: str | None = None,
        project_id: str | None = None,
        disabled: bool | None = None,
    ) -> Iterator[types.SSHKey]:
        """Yield the SSH keys of a project, or of all projects of an organization.

        With a project, the default organization is not sent: the API refuses the list of an organization to
        callers with permissions on a single project.

        GET /iam/v1alpha1/ssh-keys
        """
        if project_id is None:
            organization_id = self._organization(organization_id)
        return self._pages(
            types.SSHKey,
            "ssh-keys",
            organization_id=organization_id,
            order_by=order_by,
            name=name,
            project_id=project_id,
            disabled=disabled,
        )

    @accepts(types.SSHKeyFields)
    def create_ssh_key(
        self,
        *,
        name: str,
        public_key: str,
        project_id: str,
        **fields: Unpack[types.SSHKeyFields],
    ) -> types.SSHKey:
        """Create an SSH key in a project. The API accepts the same public key more than once.

        POST /iam/v1alpha1/ssh-keys
        """
        return self._create(
            types.SSHKey,
            "ssh-keys",
            fingerprint=CreateFingerprint(
                noun="SSH key",
                listed=lambda: self.list_ssh_keys(project_id=project_id, name=name),
                body={
                    "name": name,
                    "public_key": public_key,
                    "project_id": project_id,
                    **fields,
                },
                delete=self.delete_ssh_key,
            ),
        )

    def get_ssh_key(self, ssh_key_id: str) -> types.SSHKey:
        """Return an SSH key.

        GET /iam/v1alpha1/ssh-keys/{ssh_key_id}
        """
        return self._get(types.SSHKey, "ssh-keys/{}", ssh_key_id)

    @accepts(types.SSHKeyFields)
    def update_ssh_key(
        self,
        ssh_key_id: str,
        *,
        name: str | None = None,
        disabled: bool | None = None,
        **fields: Unpack[types.SSHKeyFields],
    ) -> types.SSHKey:
        """Rename, disable or enable an SSH key.

        PATCH /iam/v1alpha1/ssh-keys/{ssh_key_id}
        """
        return self._patch(
            types.SSHKey, "ssh-keys/{}", ssh_key_id, name=name, disabled=disabled, **fields
        )

    def delete_ssh_key(self, ssh_key_id: str) -> None:
        """Delete an SSH key.

        DELETE /iam/v1alpha1/ssh-keys/{ssh_key_id}
        """
        self._delete("ssh-keys/{}", ssh_key_id)

    # Users

    def list_users(
        self,
        *,
        organization_id: str | None = None,
        order_by: types.UserOrder = "created_at_asc",
        user_ids: Collection[str] | None = None,
        mfa: bool | None = None,
        tag: str | None = None,
        type: types.UserType | None = None,  # noqa: A002 - the API's own word
    ) -> Iterator[types.User]:
        """Yield the users of an organization.

        GET /iam/v1alpha1/users
        """
        return self._pages(
            types.User,
            "users",
            organization_id=self._organization(organization_id),
            order_by=order_by,
            user_ids=user_ids,
            mfa=mfa,
            tag=tag,
            type=type,
        )

    def create_user(
        self,
        *,
        organization_id: str | None = None,
        tags: Collection[str] = (),
        email: str | None = None,
        member: types.CreateMember | None = None,
    ) -> types.User:
        """Create a member, or invite a guest by e-mail.

        POST /iam/v1alpha1/users
        """
        member = hidden(member)
        organization_id = self._organization(organization_id)
        username = member["username"] if member else None
        return self._create(
            types.User,
            "users",
            fingerprint=CreateFingerprint(
                noun="user",
                unique=True,
                listed=lambda: self.list_users(organization_id=organization_id),
                body={"tags": tags, "email": email, "member": member and _given(member)},
                unshown=("member",),
                # The username is unique. The other details may have been changed since.
                also=lambda user: matches(user, username=username),
                log=self._log_of("user", lambda: organization_id),
                delete=self.delete_user,
            ),
            organization_id=organization_id,
        )

    def get_user(self, user_id: str) -> types.User:
        """Return a user.

        GET /iam/v1alpha1/users/{user_id}
        """
        return self._get(types.User, "users/{}", user_id)

    @accepts(types.UserFields)
    def update_user(self, user_id: str, **fields: Unpack[types.UserFields]) -> types.User:
        """Update a user. Use `update_user_username` and `update_user_password` for username and password.

        PATCH /iam/v1alpha1/users/{user_id}
        """
        return self._patch(types.User, "users/{}", user_id, **fields)

    def delete_user(self, user_id: str) -> None:
        """Delete a user and its API keys. Policies of the user stay, without effect.

        DELETE /iam/v1alpha1/users/{user_id}
        """
        self._delete("users/{}", user_id)

    def update_user_username(self, user_id: str, *, username: str) -> types.User:
        """Change the username of a member.

        POST /iam/v1alpha1/users/{user_id}/update-username
        """
        return self._post_same(types.User, "users/{}/update-username", user_id, username=username)

    def update_user_password(self, user_id: str, *, password: str) -> types.User:
        """Set the password of a member: 1 to 72 bytes.

        POST /iam/v1alpha1/users/{user_id}/update-password
        """
        password = hidden(password, secret=True)
        return self._post_same(types.User, "users/{}/update-password", user_id, password=password)

    def lock_user(self, user_id: str) -> types.User:
        """Lock a member: logins and the member's API keys are refused.

        POST /iam/v1alpha1/users/{user_id}/lock
        """
        return self._post_same(types.User, "users/{}/lock", user_id)

    def unlock_user(self, user_id: str) -> types.User:
        """Unlock a member.

        POST /iam/v1alpha1/users/{user_id}/unlock
        """
        return self._post_same(types.User, "users/{}/unlock", user_id)

    def create_user_mfaotp(self, user_id: str) -> types.MFAOTP:
        """Start the setup of one-time passwords. The response contains a secret.

        POST /iam/v1alpha1/users/{user_id}/mfa-otp
        """
        return self._post(types.MFAOTP, "users/{}/mfa-otp", user_id)

    def validate_user_mfaotp(
        self, user_id: str, *, one_time_password: str
    ) -> types.ValidateUserMFAOTPResponse:
        """Finish the setup of one-time passwords. The response contains secret recovery codes.

        POST /iam/v1alpha1/users/{user_id}/validate-mfa-otp
        """
        one_time_password = hidden(one_time_password, secret=True)
        return self._post(
            types.ValidateUserMFAOTPResponse,
            "users/{}/validate-mfa-otp",
            user_id,
            one_time_password=one_time_password,
        )

    def delete_user_mfaotp(self, user_id: str) -> None:
        """Disable one-time passwords for a user.

        DELETE /iam/v1alpha1/users/{user_id}/mfa-otp
        """
        self._delete("users/{}/mfa-otp", user_id)

    def list_user_web_authn_authenticators(
        self, user_id: str, *, order_by: types.WebAuthnAuthenticatorOrder = "created_at_asc"
    ) -> Iterator[types.WebAuthnAuthenticator]:
        """Yield the passkeys and security keys (WebAuthn) of a user.

        GET /iam/v1alpha1/users/{user_id}/webauthn-authenticators
        """
        path = "users/{}/webauthn-authenticators"
        return self._pages(types.WebAuthnAuthenticator, path, user_id, order_by=order_by)

    def list_grace_periods(self, *, user_id: str | None = None) -> list[types.GracePeriod]:
        """Return the grace periods of a user, by default of the caller.

        GET /iam/v1alpha1/grace-periods
        """
        return self._get(_GracePeriods, "grace-periods", user_id=user_id)["grace_periods"]

    def get_user_connections(self, user_id: str) -> list[types.Connection]:
        """Return the other organizations of a user.

        GET /iam/v1alpha1/users/{user_id}/connections
        """
        return self._get(_Connections, "users/{}/connections", user_id)["connections"]

    # JWTs

    def list_jw_ts(
        self,
        *,
        audience_id: str | None = None,
        order_by: types.JWTOrder = "created_at_asc",
        expired: bool | None = None,
    ) -> Iterator[types.JWT]:
        """Yield the login sessions of a user; `audience_id` is the id of the user.

        GET /iam/v1alpha1/jwts
        """
        return self._pages(
            types.JWT, "jwts", audience_id=audience_id, order_by=order_by, expired=expired
        )

    def create_jwt(self, *, user_id: str, referrer: str) -> types.EncodedJWT:
        """Create a token for a user. The response contains the secret token.

        POST /iam/v1alpha1/jwts
        """
        return self._post(types.EncodedJWT, "jwts", user_id=user_id, referrer=referrer)

    def get_jwt(self, jti: str) -> types.JWT:
        """Return the description of a token, without the token itself.

        GET /iam/v1alpha1/jwts/{jti}
        """
        return self._get(types.JWT, "jwts/{}", jti)

    def delete_jwt(self, jti: str) -> None:
        """Revoke a token.

        DELETE /iam/v1alpha1/jwts/{jti}
        """
        self._delete("jwts/{}", jti)

    # Logs, quotas, security settings

    def list_logs(
        self,
        *,
        organization_id: str | None = None,
        order_by: types.LogOrder = "created_at_asc",
        created_after: str | None = None,
        created_before: str | None = None,
        action: types.LogAction | None = None,
        resource_type: types.LogResourceType | None = None,
        search: str | None = None,
    ) -> Iterator[types.Log]:
        """Yield the audit log of an organization; `search` is the id of a bearer or of a resource.

        GET /iam/v1alpha1/logs
        """
        return self._pages(
            types.Log,
            "logs",
            organization_id=self._organization(organization_id),
            order_by=order_by,
            created_after=created_after,
            created_before=created_before,
            action=action,
            resource_type=resource_type,
            search=search,
        )

    def get_log(self, log_id: str) -> types.Log:
        """Return one entry of the audit log.

        GET /iam/v1alpha1/logs/{log_id}
        """
        return self._get(types.Log, "logs/{}", log_id)

    def list_quota(
        self,
        *,
        organization_id: str | None = None,
        order_by: types.QuotumOrder = "name_asc",
        quotum_names: Collection[str] | None = None,
    ) -> Iterator[types.Quotum]:
        """Yield the quotas of an organization.

        GET /iam/v1alpha1/quota
        """
        return self._pages(
            types.Quotum,
            "quota",
            organization_id=self._organization(organization_id),
            order_by=order_by,
            quotum_names=quotum_names,
        )

    def get_quotum(self, quotum_name: str, *, organization_id: str | None = None) -> types.Quotum:
        """Return one quota of an organization.

        GET /iam/v1alpha1/quota/{quotum_name}
        """
        return self._get(
            types.Quotum,
            "quota/{}",
            quotum_name,
            organization_id=self._organization(organization_id),
        )

    def get_organization_security_settings(
        self, organization_id: str | None = None
    ) -> types.OrganizationSecuritySettings:
        """Return the security settings of an organization. Durations are in seconds, as "259200s".

        GET /iam/v1alpha1/organizations/{organization_id}/security-settings
        """
        return self._get(
            types.OrganizationSecuritySettings,
            "organizations/{}/security-settings",
            self._organization(organization_id),
        )

    @accepts(types.SecuritySettingsFields)
    def update_organization_security_settings(
        self,
        organization_id: str | None = None,
        **fields: Unpack[types.SecuritySettingsFields],
    ) -> types.OrganizationSecuritySettings:
        """Update the security settings of an organization. Durations are in seconds, as "259200s".

        PATCH /iam/v1alpha1/organizations/{organization_id}/security-settings
        """
        return self._patch(
            types.OrganizationSecuritySettings,
            "organizations/{}/security-settings",
            self._organization(organization_id),
            **fields,
        )

    # Projects, of the account API

    def list_projects(self, *, organization_id: str | None = None) -> Iterator[types.Project]:
        """Yield the projects of an organization.

        GET /account/v3/projects
        """
        return self._pages(
            types.Project,
            "/account/v3/projects",
            organization_id=self._organization(organization_id),
        )

    def get_project(self, project_id: str) -> types.Project:
        """Return a project.

        GET /account/v3/projects/{project_id}
        """
        return self._get(types.Project, "/account/v3/projects/{}", project_id)

    # Organizations

    def get_organization(self, organization_id: str | None = None) -> types.Organization:
        """Return an organization, with the login methods of its members.

        GET /iam/v1alpha1/organizations/{organization_id}
        """
        return self._get(
            types.Organization, "organizations/{}", self._organization(organization_id)
        )

    def set_organization_alias(
        self, organization_id: str | None = None, *, alias: str
    ) -> types.Organization:
        """Set the alias of an organization. The API refuses to change an existing alias.

        PUT /iam/v1alpha1/organizations/{organization_id}/alias
        """
        return self._call(
            types.Organization,
            "PUT",
            "organizations/{}/alias",
            (self._organization(organization_id),),
            body={"alias": alias},
            repeatable=False,
        )

    @accepts(types.LoginMethodsFields)
    def update_organization_login_methods(
        self,
        organization_id: str | None = None,
        **fields: Unpack[types.LoginMethodsFields],
    ) -> types.Organization:
        """Update the login methods of members. Without any login method, members cannot log in.

        PATCH /iam/v1alpha1/organizations/{organization_id}/login-methods
        """
        return self._patch(
            types.Organization,
            "organizations/{}/login-methods",
            self._organization(organization_id),
            **fields,
        )

    # SAML

    def get_organization_saml(self, organization_id: str | None = None) -> types.SAML:
        """Return the SAML configuration of an organization.

        Raises NotFound if SAML is not enabled.

        GET /iam/v1alpha1/organizations/{organization_id}/saml
        """
        return self._get(types.SAML, "organizations/{}/saml", self._organization(organization_id))

    def enable_organization_saml(self, organization_id: str | None = None) -> types.SAML:
        """Enable SAML for an organization; return the new SAML configuration.

        An organization has at most one SAML configuration.

        POST /iam/v1alpha1/organizations/{organization_id}/saml
        """
        return self._enable(
            types.SAML, "SAML", organization_id, self.get_organization_saml, self.delete_saml
        )

    @accepts(types.SAMLFields)
    def update_saml(self, saml_id: str, **fields: Unpack[types.SAMLFields]) -> types.SAML:
        """Update the identity provider's entity id and single sign-on URL.

        PATCH /iam/v1alpha1/saml/{saml_id}
        """
        return self._patch(types.SAML, "saml/{}", saml_id, **fields)

    def delete_saml(self, saml_id: str) -> None:
        """Disable SAML: delete a SAML configuration and its certificates.

        DELETE /iam/v1alpha1/saml/{saml_id}
        """
        self._delete("saml/{}", saml_id)

    def list_saml_certificates(self, saml_id: str) -> list[types.SAMLCertificate]:
        """Return the certificates of a SAML configuration.

        GET /iam/v1alpha1/saml/{saml_id}/certificates
        """
        return self._get(_Certificates, "saml/{}/certificates", saml_id)["certificates"]

    def add_saml_certificate(
        self,
        saml_id: str,
        *,
        type: types.SAMLCertificateType,  # noqa: A002 - the API's own word
        content: str,
    ) -> types.SAMLCertificate:
        """Add a certificate of the identity provider, in PEM form.

        POST /iam/v1alpha1/saml/{saml_id}/certificates
        """
        return self._create(
            types.SAMLCertificate,
            "saml/{}/certificates",
            saml_id,
            fingerprint=CreateFingerprint(
                noun="SAML certificate",
                dated=False,
                listed=lambda: self.list_saml_certificates(saml_id),
                body={"type": type, "content": content},
                delete=self.delete_saml_certificate,
            ),
        )

    def get_saml_certificate(self, certificate_id: str) -> types.SAMLCertificate:
        """Return a SAML certificate.

        GET /iam/v1alpha1/saml-certificates/{certificate_id}
        """
        return self._get(types.SAMLCertificate, "saml-certificates/{}", certificate_id)

    def delete_saml_certificate(self, certificate_id: str) -> None:
        """Delete a SAML certificate.

        DELETE /iam/v1alpha1/saml-certificates/{certificate_id}
        """
        self._delete("saml-certificates/{}", certificate_id)

    def parse_saml_metadata(self, *, file: types.File) -> types.ParsedSAMLMetadata:
        """Return the identity provider of a SAML metadata file. Nothing is stored.

        POST /iam/v1alpha1/parse-saml-metadata
        """
        return self._post_same(types.ParsedSAMLMetadata, "parse-saml-metadata", file=file)

    # SCIM

    def get_organization_scim(self, organization_id: str | None = None) -> types.SCIM:
        """Return the SCIM configuration of an organization.

        Raises NotFound if SCIM is not enabled.

        GET /iam/v1alpha1/organizations/{organization_id}/scim
        """
        return self._get(types.SCIM, "organizations/{}/scim", self._organization(organization_id))

    def enable_organization_scim(self, organization_id: str | None = None) -> types.SCIM:
        """Enable SCIM for an organization; return the new SCIM configuration.

        An organization has at most one SCIM configuration.

        POST /iam/v1alpha1/organizations/{organization_id}/scim
        """
        return self._enable(
            types.SCIM, "SCIM", organization_id, self.get_organization_scim, self.delete_scim
        )

    def delete_scim(self, scim_id: str) -> None:
        """Disable SCIM: delete a SCIM configuration and its tokens.

        DELETE /iam/v1alpha1/scim/{scim_id}
        """
        self._delete("scim/{}", scim_id)

    def list_scim_tokens(
        self, scim_id: str, *, order_by: types.SCIMTokenOrder = "created_at_asc"
    ) -> Iterator[types.SCIMToken]:
        """Yield the tokens of a SCIM configuration, without their secrets.

        GET /iam/v1alpha1/scim/{scim_id}/tokens
        """
        return self._pages(types.SCIMToken, "scim/{}/tokens", scim_id, order_by=order_by)

    def create_scim_token(self, scim_id: str) -> types.CreateSCIMTokenResponse:
        """Create a SCIM token, valid for one year.

        Only this response contains the secret `bearer_token`.

        POST /iam/v1alpha1/scim/{scim_id}/tokens
        """
        return self._create(
            types.CreateSCIMTokenResponse,
            "scim/{}/tokens",
            scim_id,
            fingerprint=CreateFingerprint(
                noun="SCIM token",
                of=f"SCIM configuration {scim_id}",
                part="token",
                prefix=f"{scim_id}/",
                secret=True,
                listed=lambda: self.list_scim_tokens(scim_id),
                delete=self.delete_scim_token,
            ),
        )

    def get_scim_token(self, token_id: str) -> types.SCIMToken:
        """Return a SCIM token, without its secret.

        The operation is in the Go SDK since 1.39 and is not recorded. An API server without the
        operation returns an ApiError that is not NotFound.

        GET /iam/v1alpha1/scim-tokens/{token_id}
        """
        return self._get(types.SCIMToken, "scim-tokens/{}", token_id)

    def delete_scim_token(self, token_id: str) -> None:
        """Delete a SCIM token.

        DELETE /iam/v1alpha1/scim-tokens/{token_id}
        """
        self._delete("scim-tokens/{}", token_id)

    # Helpers

    @property
    def default_organization_id(self) -> str:
        """The default organization of calls. Raises ConfigError if no default is configured."""
        return self._organization(None)

    @property
    def now(self) -> datetime:
        """The time by the API's clock, to the second; by the local clock before the first response."""
        return datetime.now(timezone.utc) + self._calls.ahead

    @property
    def trusts_policy_timestamps(self) -> bool:
        """The setting `trust_policy_timestamps`.

        If True, a policy whose `updated_at` equals `created_at` is assumed to have its original rules.
        """
        return self._settings.trust_policy_timestamps

    def _enable(
        self,
        response: type[T],
        feature: str,
        organization_id: str | None,
        get: Callable[[str], Any],
        delete: Callable[[str], None],
    ) -> T:
        """Enable a feature with at most one configuration per organization."""
        organization_id = self._organization(organization_id)
        return self._create(
            response,
            f"organizations/{{}}/{feature.lower()}",
            organization_id,
            fingerprint=CreateFingerprint(
                noun=f"{feature} configuration",
                unique=True,
                listed=lambda: _any(lambda: get(organization_id)),
                delete=delete,
            ),
        )

    def _log_of(
        self, kind: types.LogResourceType, organization_id: Callable[[], str]
    ) -> Callable[[datetime], Iterator[types.Log]]:
        """Return a function that lists the audit log's entries for creates of a kind, newest first."""
        return lambda since: self.list_logs(
            organization_id=organization_id(),
            order_by="created_at_desc",
            created_after=since.strftime("%Y-%m-%dT%H:%M:%SZ"),
            action="created",
            resource_type=kind,
        )

    def _organization_of(self, application_id: str | None, user_id: str | None) -> str:
        """Return the organization of an API key's bearer."""
        bearer = (
            self.get_application(application_id)
            if application_id is not None
            else self.get_user(str(user_id))
        )
        return bearer["organization_id"]

    def _has_rules(self, policy_id: str, rules: Collection[types.RuleSpecs]) -> bool:
        existing = list(self.list_rules(policy_id=policy_id))
        return len(existing) == len(rules) and all(
            any(matches(cast("dict[str, Any]", rule), **expected) for rule in existing)
            for expected in rules
        )


class _Rules(TypedDict):
    rules: list[types.Rule]


class _GracePeriods(TypedDict):
    grace_periods: list[types.GracePeriod]


class _Certificates(TypedDict):
    certificates: list[types.SAMLCertificate]


class _Connections(TypedDict):
    connections: list[types.Connection]


def _given(values: Mapping[str, object]) -> dict[str, object]:
    """Return a copy of a mapping without None values, which are not sent."""
    return {name: value for name, value in values.items() if value is not None}


def _any(get: Callable[[], T]) -> list[T]:
    """Return the object of `get` as a list; the list is empty after NotFound."""
    try:
        return [get()]
    except NotFound:
        return []
