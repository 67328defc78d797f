"""What the doctor finds: one sentence each, and whether it is good news."""

from enum import Enum
from typing import NamedTuple


class Verdict(Enum):
    """How a finding is to be taken."""

    WELL = "ok"
    NOTE = "note"
    WRONG = "WRONG"


class Finding(NamedTuple):
    """One thing that was looked at."""

    verdict: Verdict
    sentence: str


def well(sentence: str) -> Finding:
    """All is as it should be."""
    return Finding(Verdict.WELL, sentence)


def note(sentence: str) -> Finding:
    """Worth knowing, and nothing to be done."""
    return Finding(Verdict.NOTE, sentence)


def wrong(sentence: str) -> Finding:
    """Something has to be done; the sentence says what."""
    return Finding(Verdict.WRONG, sentence)
