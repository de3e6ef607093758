"""SSH keys, which belong to a project."""

from __future__ import annotations

from pulumi_scw_iam.emulator.kinds import PROJECT, SSH_KEY
from pulumi_scw_iam.emulator.operations import (
    IAM,
    Call,
    Json,
    deleted,
    listed,
    operation,
    read,
    updated,
)
from pulumi_scw_iam.emulator.refusals import Problem, invalid
from pulumi_scw_iam.ssh import parse_public_key

PATH = f"{IAM}/ssh-keys"
ONE = f"{PATH}/<ssh_key_id>"


@operation("POST", PATH, body=SSH_KEY.create)
def create_ssh_key(call: Call) -> Json:
    """Keep a public key without its comment. The same key may be there any number of times."""
    project = call.find(PROJECT, call.body["project_id"])
    try:
        key = parse_public_key(call.body["public_key"])
    except ValueError as error:
        raise invalid(Problem("public_key", f"value {error}", "format")) from None
    values = {**call.body, "public_key": key.text, "fingerprint": key.fingerprint}
    new = call.add(SSH_KEY, **values, organization_id=project["organization_id"])
    return call.show(SSH_KEY, new)


listed(SSH_KEY, PATH)
read(SSH_KEY, ONE, "ssh_key")
updated(SSH_KEY, ONE, "ssh_key")
deleted(SSH_KEY, ONE, "ssh_key")
