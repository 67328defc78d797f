"""
A witness: cosigns a log's checkpoints, and only those that extend what it saw before (https://c2sp.org/tlog-witness).

It keeps of each log the last checkpoint that it cosigned, and nothing of the entries. A log that shows different
people different trees, or that goes back to an older one, finds no witness for the second: and where it has signed
two trees of one size, the witness keeps both as evidence.

    requests.py   what a log sends, and what a witness answers
    store.py      what it keeps; the check and the change are one step, and stay when it is done
    witness.py    whom it knows, and what it cosigns

This is the witness without its HTTP door, which is `libs/node/witness.py`.
"""

from libs.audit.witness.witness import Witness

__all__ = ["Witness"]
