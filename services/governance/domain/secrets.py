"""What this service alone knows: who is who in the log, and what opens its sealed entries."""

from dataclasses import dataclass

from services.governance.domain.keys import PollKeys
from services.governance.domain.pseudonyms import Pseudonyms


@dataclass(frozen=True, slots=True)
class Secrets:
    """What names people (*pseudonyms*), and what seals entries (*keys*)."""

    pseudonyms: Pseudonyms
    keys: PollKeys
