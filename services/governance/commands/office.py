"""What every handler works with beside the log: the secrets of this service, and its vault."""

from dataclasses import dataclass

from libs.service.vault import Vault
from services.governance.domain.keys import PollKeys
from services.governance.domain.pseudonyms import Pseudonyms
from services.governance.domain.secrets import Secrets


@dataclass(frozen=True, slots=True)
class Office:
    """The service's *secrets*, and the *vault* where words stand that may be erased."""

    secrets: Secrets
    vault: Vault

    @property
    def pseudonyms(self) -> Pseudonyms:
        """What names people."""
        return self.secrets.pseudonyms

    @property
    def keys(self) -> PollKeys:
        """What seals entries."""
        return self.secrets.keys
