"""SSH keys of projects."""

from __future__ import annotations

from pulumi_scw_iam.common.ssh_keys import parse_public_key
from pulumi_scw_iam.emulator.operations.base import IAM, Call, Json, operation
from pulumi_scw_iam.emulator.operations.standard import (
    declare_delete,
    declare_get,
    declare_list,
    declare_update,
)
from pulumi_scw_iam.emulator.schema.grounds import ASSUMED, DOCUMENTED, RECORDED, behaviour
from pulumi_scw_iam.emulator.schema.kinds import PROJECT, SSH_KEY
from pulumi_scw_iam.emulator.schema.refusals import InvalidArgument, invalid

PATH = f"{IAM}/ssh-keys"
ONE = f"{PATH}/<ssh_key_id>"


@behaviour(RECORDED, "The comment and a final newline of the public key are removed.")
@behaviour(
    RECORDED,
    "The fingerprint is the length in bits, `MD5:` with the digest of the key, and the algorithm in "
    "parentheses.",
)
@behaviour(RECORDED, "Several SSH keys may have the same public key and the same name.")
@behaviour(
    DOCUMENTED,
    "RSA, DSA, Ed25519 and ECDSA keys on NIST curves are accepted; the key is parsed. The "
    "refusal of all other keys is assumed.",
)
@behaviour(ASSUMED, "The project must exist.")
@operation("POST", PATH, SSH_KEY.guard, body=SSH_KEY.create, ground=RECORDED)
def create_ssh_key(call: Call) -> Json:
    """Store a public key without its comment; duplicates are allowed."""
    project = call.find(PROJECT, call.body["project_id"])
    try:
        key = parse_public_key(call.body["public_key"])
    except ValueError as error:
        raise invalid(InvalidArgument("public_key", f"value {error}", "format")) from None
    values = {**call.body, "public_key": key.text, "fingerprint": key.fingerprint}
    new = call.add(SSH_KEY, **values, organization_id=project["organization_id"])
    return call.show(SSH_KEY, new)


declare_list(SSH_KEY, PATH, ground=RECORDED)
declare_get(SSH_KEY, ONE, "ssh_key", ground=RECORDED)
declare_update(SSH_KEY, ONE, "ssh_key", ground=RECORDED)
declare_delete(SSH_KEY, ONE, "ssh_key", ground=RECORDED)
