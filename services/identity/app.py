"""
Identity: who is a member, under which manifesto, in which sessions.

`python -m services.identity.app` runs it. Its vault names people; its log does not.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from joserfc.jwk import OKPKey

from libs.service.database import Pool
from libs.service.keys import kept_key
from libs.service.process import Service
from libs.service.vault import Vault
from libs.settings import ServiceSettings
from services.identity.commands import HANDLERS
from services.identity.commands.means import Means
from services.identity.domain.password import Passwords
from services.identity.domain.session import Signer
from services.identity.projections import identity
from services.identity.queries import QUERIES
from services.identity.reactions import reactions

KEY_FILE = "token-key.pem"
"""The private key (Ed25519, PKCS #8). To take another: remove the file, start identity and the gateway again."""

_ANNOUNCE = (
    "INSERT INTO token_key (kid, x, used_at) VALUES ($1, $2, now()) ON CONFLICT (kid) DO UPDATE SET used_at = now()"
)


def token_key(folder: Path) -> OKPKey:
    """Return the key in *folder*, which is made at the first start and never written over."""
    return OKPKey.import_key(kept_key(folder / KEY_FILE, _new_token_key))


def _new_token_key() -> bytes:
    return OKPKey.generate_key("Ed25519", private=True).as_pem(private=True)


async def _means(pool: Pool, settings: ServiceSettings) -> Sequence[Any]:
    if settings.secrets_dir is None:
        raise ValueError("PLAANET_SECRETS_DIR is not set: identity keeps its signing key there.")
    key = token_key(settings.secrets_dir)
    await pool.execute(_ANNOUNCE, key.thumbprint(), key.as_dict(private=False)["x"])
    return [Means(Vault(pool), Passwords(), Signer(key, settings.node_name))]


SERVICE = Service(
    name="identity",
    folder=Path(__file__).parent,
    commands=HANDLERS,
    queries=QUERIES,
    projection=identity,
    reactions=reactions,
    resources=_means,
)

if __name__ == "__main__":
    SERVICE.run()
