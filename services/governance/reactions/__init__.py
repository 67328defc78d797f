"""
What governance does by itself: it hears who joins and leaves groups, closes polls at their time, and counts.
"""

from libs.service.reactions import Reactions
from services.governance.reactions import (
    clock,
    counting,
    electorates,
    follow_up,
    proposals,
)

reactions = Reactions.of(
    electorates.reactions, clock.reactions, counting.reactions, proposals.reactions, follow_up.reactions
)
