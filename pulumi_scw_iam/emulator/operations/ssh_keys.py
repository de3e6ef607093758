"""SSH keys, which belong to a project."""

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


@behaviour(RECORDED, "Comment and final newline are dropped.")
@behaviour(
    RECORDED,
    "The fingerprint is the length in bits, `MD5:` and the digest of the key, and the "
    "algorithm in brackets.",
)
@behaviour(RECORDED, "The same key and the same name may be there any number of times.")
@behaviour(
    DOCUMENTED,
    "RSA, DSA, Ed25519 and ECDSA on NIST curves are taken; the key is really read. The "
    "refusal of anything else is assumed.",
)
@behaviour(ASSUMED, "The project must exist.")
@operation("POST", PATH, SSH_KEY.guard, body=SSH_KEY.create, ground=RECORDED)
def create_ssh_key(call: Call) -> Json:
    """Keep a public key without its comment. The same key may be there any number of times."""
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
