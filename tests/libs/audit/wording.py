"""Texts that are voted on, in a log as governance writes it."""

from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import orjson

from libs.contracts.base import Event
from libs.contracts.governance import AmendmentMade, ProposalMade, ProposalRevised
from libs.eventlog.codec import encode
from libs.eventlog.log import New
from tests.libs.audit.conftest import BO, GROUP, NOON, place, with_data

PROPOSAL, AMENDMENT = UUID(int=71), UUID(int=72)
TITLE, TEXT, OTHER_TEXT = "An orchard", "The field becomes an orchard.", "A third of the field stays wild."


def hash_of(text: str) -> str:
    """What a text is known by."""
    return sha256(f"{TITLE}\n{text}".encode()).hexdigest()


def entry(event: Event, aggregate_id: UUID, version: int = 1) -> bytes:
    """An entry of Bo's."""
    return encode(New(event, aggregate_id, version, 0, str(BO), uuid4(), NOON, GROUP))


TEXTS: dict[str, Any] = {"title": TITLE, "text": TEXT, "text_sha256": hash_of(TEXT)}
OTHERS: dict[str, Any] = {"title": TITLE, "text": OTHER_TEXT, "text_sha256": hash_of(OTHER_TEXT)}


def with_texts(entries: list[bytes]) -> list[bytes]:
    """Have the poll of these entries be on the second version of a proposal, which has an amendment too."""
    made = ProposalMade(group_id=GROUP, author=BO, topic=None, discussion_until=NOON, support_needed=0, **TEXTS)
    amendment = AmendmentMade(proposal_id=PROPOSAL, author=BO, of_version=1, why=None, **OTHERS)
    revised = ProposalRevised(version_number=2, **OTHERS)
    opened = place(entries, "PollOpened")
    about = {"proposal_id": str(PROPOSAL), "version_number": 2, "text_sha256": hash_of(OTHER_TEXT)}
    entries[opened] = with_data(entries[opened], terms={"proposal": about})
    return [
        entry(made, PROPOSAL),
        entry(amendment, AMENDMENT),
        entry(revised, PROPOSAL, 2),
        *entries,
    ]


def vote_on(entries: list[bytes], **about: object) -> None:
    """Have the poll say that it is on something else."""
    nth = place(entries, "PollOpened")
    proposal = orjson.loads(entries[nth])["data"]["terms"]["proposal"]
    entries[nth] = with_data(entries[nth], terms={"proposal": {**proposal, **about}})
