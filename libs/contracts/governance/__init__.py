"""
What governance publishes: its events, commands, queries and views.

Everything that a result depends on is in this one log, so whoever has its entries can count again. What is longer
than one entry of the log is several, appended as one: first the parts (`RollFrozen`, `PaperBallotsEntered`,
`RoundsCounted`), last the entry that says how many they are (`PollOpened`, `PaperBatchEntered`, `ResultDeclared`).

**Which ballots count.** Those whose entry lies between their poll's `PollOpened` and its `PollClosed`; of a ballot's
entries there (`BallotCast`, `BallotReplaced`, `BallotWithdrawn`: one aggregate id) the last; of paper ballots those
whose batch was not struck (`PaperBatchStruck`) there. What stands behind `PollClosed` counts for nothing, and in a poll
that was cancelled (`PollCancelled`, in place of a close) nothing counts and no result is declared. Who may vote is on
the roll, and a ballot's aggregate id is `uuid5(poll_id, str(voter))`: one address for each voter.
"""

# Each of them says in its `__all__` what it publishes.
from libs.contracts.governance.commands import *  # noqa: F403
from libs.contracts.governance.events import *  # noqa: F403
from libs.contracts.governance.terms import *  # noqa: F403
from libs.contracts.governance.views import *  # noqa: F403
