"""The keys of governance: made once, kept, and never exchanged unnoticed."""

import hashlib
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from libs.service import database as databases
from libs.service.tables import prepare
from libs.settings import ServiceSettings
from services.governance.app import SERVICE, KeyIsAnother, poll_keys, query_resources, secret
from services.governance.domain.keys import PollKeys
from tests.services.governance.conftest import ANA, GROUP


class TestKey:
    def test_is_made_at_the_first_start(self, tmp_path: Path) -> None:
        """32 random bytes that nobody else may read, the same ever after."""
        key = secret(tmp_path, "pseudonyms.key")

        assert len(key) == 32
        assert secret(tmp_path, "pseudonyms.key") == key
        assert stat.S_IMODE((tmp_path / "pseudonyms.key").stat().st_mode) == 0o600
        assert [file.name for file in tmp_path.iterdir()] == ["pseudonyms.key"]

    def test_is_one_for_all_replicas(self, tmp_path: Path) -> None:
        """Replicas that start at the same moment end with the same key."""
        with ThreadPoolExecutor(8) as replicas:
            keys = set(replicas.map(secret, [tmp_path] * 8, ["pseudonyms.key"] * 8))

        assert len(keys) == 1

    def test_that_is_cut_short_is_refused(self, tmp_path: Path) -> None:
        """Half a key is not used, nor replaced."""
        (tmp_path / "pseudonyms.key").write_bytes(b"half")

        with pytest.raises(KeyIsAnother, match="restore it"):
            secret(tmp_path, "pseudonyms.key")


@pytest.mark.postgres
@pytest.mark.parametrize("lost", ["pseudonyms.key", "ballots.key"])
async def test_another_key_stops_the_start(database: str, tmp_path: Path, lost: str) -> None:
    """Under another key members would be strangers, or ballots stay sealed: the service says so and does not start."""
    pool = await databases.connect(database, None, connections_max=2)
    await prepare(pool, schema="SELECT 1", vault=(SERVICE.folder / "vault.sql").read_text())
    settings = settings_with(database, tmp_path)
    (first,) = await query_resources(pool, settings)
    (again,) = await query_resources(pool, settings)
    assert first.pseudonyms.elector(GROUP, ANA) == again.pseudonyms.elector(GROUP, ANA)
    assert first.keys.key(GROUP) == again.keys.key(GROUP) == poll_keys(settings).key(GROUP)

    (tmp_path / lost).unlink()
    with pytest.raises(KeyIsAnother, match=f"{lost}.*backup"):
        await query_resources(pool, settings)
    await pool.close()


@pytest.mark.postgres
async def test_a_node_from_before_sealed_ballots_gets_a_key(database: str, tmp_path: Path) -> None:
    """Whose vault knows the key of pseudonyms alone starts on, with a new key of ballots that is kept from then on."""
    pool = await databases.connect(database, None, connections_max=2)
    await prepare(pool, schema="SELECT 1", vault=(SERVICE.folder / "vault.sql").read_text())
    key = secret(tmp_path, "pseudonyms.key")
    await pool.execute("INSERT INTO pseudonyms_key (sha256) VALUES ($1)", hashlib.sha256(key).hexdigest())

    (secrets,) = await query_resources(pool, settings_with(database, tmp_path))
    assert secrets.keys.key(GROUP) == PollKeys((tmp_path / "ballots.key").read_bytes()).key(GROUP)
    await pool.close()


def settings_with(database: str, folder: Path) -> ServiceSettings:
    """The service's settings, with its secrets in *folder*."""
    return ServiceSettings(
        nats_url="nats://nowhere",
        nats_user="governance",
        nats_password_file=folder,
        database_url=database,
        secrets_dir=folder,
    )
