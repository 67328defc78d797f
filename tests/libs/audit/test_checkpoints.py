"""Checkpoints as other tools write them; what could be read in two ways is not read."""

import base64

import pytest

from libs.audit.checkpoints import Checkpoint
from libs.audit.merkle import EMPTY_ROOT
from libs.audit.notes import BadNote

ROOT = base64.b64decode("Psgz5Q73Y3tEowciT0c63a2Neav3Vqx8f6REU1VMax8=")
TEXT = "vote.example/poll-7\n8\nPsgz5Q73Y3tEowciT0c63a2Neav3Vqx8f6REU1VMax8=\n"


@pytest.mark.parametrize(
    "checkpoint, text",
    [
        (Checkpoint("vote.example/poll-7", 8, ROOT), TEXT),
        (Checkpoint("vote.example/poll-7", 8, ROOT, ("a line", "another")), TEXT + "a line\nanother\n"),
        (Checkpoint("a", 0, EMPTY_ROOT), f"a\n0\n{base64.b64encode(EMPTY_ROOT).decode()}\n"),
    ],
)
def test_has_one_text(checkpoint: Checkpoint, text: str) -> None:
    """It is read and written as it is."""
    assert checkpoint.text == text
    assert Checkpoint.parse(text) == checkpoint


@pytest.mark.parametrize(
    "text",
    [
        "",
        TEXT[:-1],
        "\n".join(TEXT.split("\n")[:2]) + "\n",
        TEXT.replace("vote.example/poll-7", ""),
        *(TEXT.replace("\n8\n", f"\n{size}\n") for size in ("", "08", "+8", "-8", "8.0", " 8", "٨", "0", str(2**63))),
        TEXT.replace("x8=", "x8"),
        TEXT.replace("x8=", "x9="),
        TEXT.replace("Psgz", ""),
        TEXT + "\n",
        TEXT + "extension\n\n",
    ],
)
def test_nothing_else_is_one(text: str) -> None:
    """Leading zeros, another base64, an empty line, a root of nothing that is not that of nothing: none is read."""
    with pytest.raises(BadNote):
        Checkpoint.parse(text)
