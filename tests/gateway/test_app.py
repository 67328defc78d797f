"""What the gateway learns of members when it is in doubt."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from gateway.app import approved_now
from libs.contracts.identity import ManifestoApproved, Standing, StandingOf
from libs.errors import NotYet
from libs.eventlog.log import LogUnreachable, New
from libs.eventlog.memory import MemoryLog
from tests.gateway.conftest import ANA, FakeServices

SHA256 = "5e" * 32


async def identity_log(*, entries: int) -> MemoryLog:
    """Return identity's log with so many approvals."""
    log = MemoryLog("identity")
    for _ in range(entries):
        approval = ManifestoApproved(sha256=SHA256)
        await log.append(New(approval, uuid4(), 1, 0, "", uuid4(), datetime(2026, 3, 2, tzinfo=UTC)))
    return log


class TestApprovedNow:
    async def test_is_as_of_the_logs_end(self) -> None:
        """Who approved a moment ago, at another gateway even, is not refused: identity answers when it is level."""
        services = FakeServices()
        services.answers(StandingOf, Standing(approved_sha256=SHA256, is_former=False))

        approved = await approved_now(ANA, services, await identity_log(entries=3))  # type: ignore[arg-type]

        assert approved == SHA256
        assert services.at_least == ("identity:3",)

    async def test_of_a_log_that_is_away_is_not_known_yet(self) -> None:
        """Then the member is asked to try again, not to approve again."""

        class Away(MemoryLog):
            async def last(self) -> int:
                raise LogUnreachable("The log identity does not answer.")

        with pytest.raises(NotYet):
            await approved_now(ANA, FakeServices(), Away("identity"))  # type: ignore[arg-type]
