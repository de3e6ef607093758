"""One program with types of this package and of another provider, in a process of its own."""

from __future__ import annotations

import json
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pulumi_scw_iam.api.client import IamClient
    from tests.support.stack import Stack

pytestmark = pytest.mark.engine

NOTES = '''
import json
import sys

from pulumi.provider.experimental import provider as p
from pulumi.provider.experimental import server

TEXT = {"text": {"type": "string"}}
NOTE = {"inputProperties": TEXT, "requiredInputs": ["text"], "properties": TEXT, "required": ["text"]}
SCHEMA = {"name": "notes", "version": "1.0.0", "resources": {"notes:index:Note": NOTE}}


class Notes(p.Provider):
    """Keeps a text. A preview does not know the id."""

    async def get_schema(self, request):
        return p.GetSchemaResponse(json.dumps(SCHEMA))

    async def check_config(self, request):
        return p.CheckResponse(inputs=request.new_inputs)

    async def configure(self, request):
        return p.ConfigureResponse(accept_secrets=True)

    async def check(self, request):
        return p.CheckResponse(inputs=request.new_inputs)

    async def diff(self, request):
        return p.DiffResponse(changes=False)

    async def create(self, request):
        return p.CreateResponse(resource_id=f"note-{request.name}", properties=request.properties)

    async def delete(self, request):
        return None


server.main(sys.argv[1:], "1.0.0", Notes())
'''
"""A provider on the provider server of the SDK."""


def test_outputs_pass_between_this_package_and_another_provider(
    stack: Stack, iam: IamClient
) -> None:
    plugin = stack.folder / "plugin"
    plugin.mkdir()
    (plugin / "PulumiPlugin.yaml").write_text("{name: notes, runtime: python}")
    (plugin / "__main__.py").write_text(NOTES)
    stack.write_yaml(
        dedent("""\
        plugins: {providers: [{name: notes, path: plugin}]}
        resources:
          purpose: {type: "notes:index:Note", properties: {text: "${pulumi.project}"}}
          crew:
            type: scw-iam:index:Team
            properties:
              # Not known in a preview.
              description: ${purpose.id}
              rules: [{permissionSetNames: [IAMReadOnly], organizationId: "${robot.organizationId}"}]
              application: true
            options: {dependsOn: ["${purpose}"]}
          robot: {type: "scw-iam:index:Application", properties: {tags: ["${purpose.text}"]}}
          keys: {type: "notes:index:Note", properties: {text: "${crew.accessKey}=${crew.secretKey}"}}
          stash: {type: "pulumi:index:Stash", properties: {input: "${crew.secretKey}"}}
        outputs: {text: "${keys.text}", group: "${crew.groupId}", stash: "${stash.output}"}
        """)
    )
    preview, up = stack.preview(), stack.up()
    assert preview.changes == up.changes == {"create": 7}
    outputs = stack.outputs()
    access_key, _, secret_key = outputs["text"].partition("=")
    assert iam.get_api_key(access_key)["description"].startswith("crew ")
    assert outputs["stash"] == secret_key
    assert iam.get_group(outputs["group"])["description"] == "note-purpose"
    assert secret_key not in preview.output + up.output + stack.state_text()

    resources = json.loads(stack.state_text())["checkpoint"]["latest"]["resources"]
    dependencies = {one["urn"]: set(one.get("dependencies", ())) for one in resources}
    start = "urn:pulumi:test::test::"
    assert (
        f"{start}notes:index:Note::purpose"
        in dependencies[f"{start}scw-iam:index:Team$scw-iam:index:Policy::crew"]
    )
    assert f"{start}scw-iam:index:Team::crew" in dependencies[f"{start}notes:index:Note::keys"]
    assert stack.up(None, "--expect-no-changes").changes == {"same": 7}
    stack.destroy()
    assert list(iam.list_groups()) == []
