"""
Proof that the results follow from the log.

An auditor takes the entries of the vote log, in order, and nothing else: no database, no word of the node that served
them. `Replay` reads them once and keeps only what a later entry can depend on. What it checks is written down, rule by
rule and for any programming language, in `docs/AUDIT.md`.
"""

from libs.audit.books import StateUnusable
from libs.audit.replay import Replay
from libs.audit.report import Difference, PollReport, Report, Seal
from libs.audit.results import Declared, compare

__all__ = ["Declared", "Difference", "PollReport", "Replay", "Report", "Seal", "StateUnusable", "compare"]
