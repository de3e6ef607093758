"""The engine's protocol: the generated stubs of the Pulumi SDK, without the SDK.

`import pulumi` is for programs. The import loads an event loop, the automation API and a YAML parser, and
takes longer than the rest of the plugin's start. One Pulumi command starts two plugins. The stubs do not
need the SDK, so this module is a package of stubs:
`from pulumi_scw_iam.native.protocol import provider_pb2`. If `pulumi` is imported too, both share their
messages: protobuf registers messages by full name.
"""

# ruff: noqa: PLC0414 - names for other modules

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi.runtime.proto import engine_pb2 as engine_pb2
    from pulumi.runtime.proto import engine_pb2_grpc as engine_pb2_grpc
    from pulumi.runtime.proto import plugin_pb2 as plugin_pb2
    from pulumi.runtime.proto import provider_pb2 as provider_pb2
    from pulumi.runtime.proto import provider_pb2_grpc as provider_pb2_grpc
    from pulumi.runtime.proto import status_pb2 as status_pb2

_SDK = find_spec("pulumi")  # located, not imported
assert _SDK
__path__ = [
    str(Path(folder, "runtime", "proto")) for folder in _SDK.submodule_search_locations or ()
]
