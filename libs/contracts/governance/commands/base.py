"""What the commands to governance share."""

from typing import ClassVar

from libs.contracts.base import Command


class GovernanceCommand(Command):
    """What the commands to governance share."""

    service: ClassVar[str] = "governance"
