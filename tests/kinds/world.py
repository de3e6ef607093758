"""The organization of the tests of the kinds."""

from __future__ import annotations

from tests.support.organization import LocalOrganization


class World(LocalOrganization):
    """An organization whose client retries for 2 seconds at most: tests delete new objects behind its back."""

    def __init__(self) -> None:
        super().__init__(environment={"PULUMI_SCW_IAM_RETRY_TIMEOUT": "2"})
