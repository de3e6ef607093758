"""A client for Scaleway's IAM API, usable without Pulumi.

from pulumi_scw_iam.api import IamClient, NotFound, Settings

client = IamClient(Settings.resolve())
print([group["name"] for group in client.list_groups()])
"""

# The underscores keep these names out of editors' completions.
import importlib as _importlib
import typing as _typing

if _typing.TYPE_CHECKING:
    from pulumi_scw_iam.api import types
    from pulumi_scw_iam.api.audit_trail import AuditTrail
    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.api.retry import Retry
    from pulumi_scw_iam.api.secret_manager import SecretManager
    from pulumi_scw_iam.api.settings import Settings
    from pulumi_scw_iam.common.errors import (
        ApiError,
        Cancelled,
        ConfigError,
        Conflict,
        Gone,
        IamError,
        Incomplete,
        InvalidArguments,
        NoAnswer,
        NotFound,
        PermissionDenied,
        PreconditionFailed,
        QuotaExceeded,
        RateLimited,
        Refused,
        ServerError,
        TransientState,
        Unauthenticated,
        UnknownOutcome,
    )
else:
    # Loaded on first use: some modules of this package are needed without `requests`.
    _MODULES = {
        "AuditTrail": "api.audit_trail",
        "IamClient": "api.client",
        "Retry": "api.retry",
        "SecretManager": "api.secret_manager",
        "Settings": "api.settings",
    }

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        if name == "types":
            return _importlib.import_module(f"{__name__}.types")
        module = _importlib.import_module(f"pulumi_scw_iam.{_MODULES.get(name, 'common.errors')}")
        value = globals()[name] = getattr(module, name)
        return value

    def __dir__() -> list[str]:
        return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})


__all__ = [
    "ApiError",
    "AuditTrail",
    "Cancelled",
    "ConfigError",
    "Conflict",
    "Gone",
    "IamClient",
    "IamError",
    "Incomplete",
    "InvalidArguments",
    "NoAnswer",
    "NotFound",
    "PermissionDenied",
    "PreconditionFailed",
    "QuotaExceeded",
    "RateLimited",
    "Refused",
    "Retry",
    "SecretManager",
    "ServerError",
    "Settings",
    "TransientState",
    "Unauthenticated",
    "UnknownOutcome",
    "types",
]
