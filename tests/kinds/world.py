"""The organization for the tests of kinds."""

from __future__ import annotations

from tests.support.organization import LocalOrganization


class World(LocalOrganization):
    """An organization with a retry timeout of 2 seconds, because tests delete new objects from outside."""

    def __init__(self) -> None:
        super().__init__(environment={"PULUMI_SCW_IAM_RETRY_TIMEOUT": "2"})
