"""
Why something was refused, as a member reads it: what happened, whether it counts, what now.

The services say why in English, for programs; here each refusal that a page can meet has its sentence by its stable
name, in one table for each service. What has none is told by its status.
"""

from collections.abc import Mapping

from gateway import problems
from gateway.web.refusals import events, governance, groups, identity, node, proposals
from gateway.web.words import Words
from libs.errors import Problem

BY_KIND: Mapping[str, str] = {
    **node.BY_KIND,
    **identity.BY_KIND,
    **groups.BY_KIND,
    **events.BY_KIND,
    **governance.BY_KIND,
    **proposals.BY_KIND,
}
"""The sentence of each refusal, by its name."""


def refusal(kind: str, status: int, words: Words) -> str:
    """Return the sentence for a refusal named *kind*."""
    return words(BY_KIND.get(kind) or node.BY_STATUS.get(status) or node.BY_STATUS[500])


def told(problem: Problem, words: Words) -> str:
    """Return the sentence for *problem*."""
    status, kind, _detail = problems.of(problem)
    return refusal(kind, status, words)
