"""What the bench says of audits: of a whole log, and of what is new in it."""

from pathlib import Path

from libs.node.bench.auditing import audits
from libs.node.bench.votes import vote_log


def test_a_second_audit_reads_what_is_new(tmp_path: Path) -> None:
    """The first reads the one half of a small log, the second only the other; both find nothing wrong."""
    found = audits(tmp_path, 300)

    assert found["ballots"] == 300
    assert found["whole"]["entries"] + found["again"]["entries"] == sum(1 for _ in vote_log(300))
    assert found["whole"]["most_memory_mb"] > 0
