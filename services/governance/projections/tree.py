"""
The Merkle tree over the log, as far as it is read: its root at a poll's close is the seed of the poll's lots.

The same root stands in the sealed log's checkpoints, so nobody has to take it from this service.
"""

from collections.abc import Sequence

from libs.audit.merkle import Frontier, leaf_hash
from libs.contracts.governance import PollClosed
from libs.eventlog.log import Recorded
from libs.service.database import Connection
from libs.service.projection import Projection

projection = Projection()


@projection.on_all("governance")
async def grow(tx: Connection, new: Sequence[Recorded]) -> None:
    """Let the tree grow by every entry, and note its root where a poll closes."""
    (row,) = await tx.fetch("SELECT size, hashes FROM tree")
    tree = Frontier(row["size"], row["hashes"])
    roots = []
    for recorded in new:
        tree.append(leaf_hash(recorded.entry))
        if isinstance(recorded.event, PollClosed):
            roots.append((recorded.aggregate_id, recorded.position, tree.root().hex()))
    await tx.execute("UPDATE tree SET size = $1, hashes = $2", tree.size, tree.hashes)
    if roots:
        await tx.executemany("UPDATE poll SET closed_root = $3 WHERE poll_id = $1 AND closed_position = $2", roots)
