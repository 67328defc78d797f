"""
What commits to the ballots of a poll, whatever they elect.

An outcome does not show every word of every ballot: a rank that was never reached leaves no trace in it. The digest
does; and since it does not depend on the ballots' order or on who cast them, whoever counts can make it.
"""

import json
from collections.abc import Mapping
from hashlib import sha256

from libs.tally.ballot import Ballot


def ballots_sha256(ballots: Mapping[Ballot, int]) -> str:
    """
    Return the SHA-256, in hexadecimal digits, of the *ballots*, each distinct one with its number.

    It is over one line for each distinct ballot: its number, its choices and, where it has any, its marks as JSON
    without white space, in UTF-8 and ended by a line feed (`[3,["elm","ash"]]`, `[2,["elm","ash"],[5,0]]`); the lines
    are sorted by their bytes.
    """
    return sha256(b"".join(sorted(_line(ballot, number) for ballot, number in ballots.items() if number))).hexdigest()


def _line(ballot: Ballot, number: int) -> bytes:
    # A ballot without marks is written as it was when there were none.
    said = [ballot.choices, ballot.marks] if ballot.marks else [ballot.choices]
    return json.dumps([number, *said], separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
