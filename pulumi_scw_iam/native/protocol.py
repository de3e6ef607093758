"""The engine's protocol: the stubs that the SDK was generated with, without the SDK.

`import pulumi` is for programs: it brings their event loop, the automation API, a YAML parser and more, which
takes longer than all else that a plugin needs, in each of the two that one command starts. The stubs are
modules of their own, so this module is a package of them: `from pulumi_scw_iam.native.protocol import provider_pb2`.
Where `pulumi` was imported too, both have the same messages, since protobuf knows them by their full names.
"""

# ruff: noqa: PLC0414 - names that it gives on

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

_SDK = find_spec("pulumi")  # found, and not run
assert _SDK
__path__ = [
    str(Path(folder, "runtime", "proto")) for folder in _SDK.submodule_search_locations or ()
]
