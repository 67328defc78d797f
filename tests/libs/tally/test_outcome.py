import json
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given

from libs.tally import METHODS, Ballot, Outcome, Round, Settings, Tie, Verdict, count, count_weighted
from libs.tally.methods import COUNTS
from tests.libs.tally.elections import SEED, Election, elections

ENTRY_BYTES_MAX = 60_000
ROUND_BYTES_MAX = 40_000


class TestAsPlain:
    def test_says_everything(self) -> None:
        """The plain form has every figure, in types that JSON has."""
        outcome = Outcome(
            method="ranked",
            options=("oak", "elm", "ash"),
            ballots_count=8,
            blank_count=1,
            rounds=(
                Round((3, 2, 2), 1, eliminated=(2,), tie=Tie((1, 2), ("lot",), seed="5eed")),
                Round((3, 4, None), 1),
            ),
            winners=("elm",),
        )

        assert outcome.as_plain() == {
            "method": "ranked",
            "options": ["oak", "elm", "ash"],
            "ballots_count": 8,
            "blank_count": 1,
            "rounds": [
                {
                    "counts": [3, 2, 2],
                    "exhausted_count": 1,
                    "eliminated": [2],
                    "tie": {"options": [1, 2], "broken_by": ["lot"], "seed": "5eed"},
                },
                {"counts": [3, 4, None], "exhausted_count": 1, "eliminated": [], "tie": None},
            ],
            "winners": ["elm"],
        }

    @given(elections(*COUNTS))
    def test_survives_json(self, election: Election) -> None:
        """What was declared and read back equals a recount, value for value and byte for byte."""
        backwards = election._replace(ballots=election.ballots[::-1])
        declared = json.dumps(election.outcome().as_plain(), sort_keys=True)

        recount = backwards.outcome().as_plain()

        assert json.loads(declared) == recount
        assert json.dumps(recount, sort_keys=True) == declared

    def test_a_long_count_fits_into_one_entry(self) -> None:
        """50 options with the longest names, tied in every round, stay below an entry's 60,000 bytes."""
        options = [f"{number:0>200}" for number in range(50)]
        ballots = [(option,) for option in options] * 2_000

        outcome = count("ranked", options, ballots, seed=bytes(32))

        assert len(outcome.rounds) == 50
        plain = json.dumps(outcome.as_plain(), separators=(",", ":"))
        assert len(plain.encode()) < ENTRY_BYTES_MAX

    @pytest.mark.parametrize("method", sorted(set(METHODS) - {"consent"}))
    def test_a_round_is_short(self, method: str) -> None:
        """A round of 500 options and a billion ballots stays below 40,000 bytes, so each fits into an entry."""
        options = tuple(f"option {number}" for number in range(500))
        needs: dict[str, dict[str, Any]] = {
            "score": {"score_max": 1000},
            "judgment": {"grades": ("g" * 200, "h" * 200)},
            "stv": {"seats": 498},
            "dots": {"budget": 10**12},
            "budget": {"budget": 10**12, "costs": (10**12 - 1,) * 500},
        }
        marks = {"score": 1000, "judgment": 0, "dots": 10**12, "date": 2}
        mark = (marks[method],) if method in marks else ()
        ballots = {Ballot((option,), mark): 2 * 10**6 for option in options[:500]}
        if method == "budget":
            ballots = {Ballot(options[:250]): 10**9, Ballot(options[250:]): 10**9}

        outcome = count_weighted(
            method, options, ballots, seed=bytes(32), settings=Settings(**needs.get(method, {}), draws_ties=True)
        )

        assert all(len(json.dumps(round_.as_plain())) < ROUND_BYTES_MAX for round_ in outcome.rounds)

    def test_says_what_is_new_where_there_is_something(self) -> None:
        """What an outcome has beside the figures of a simple one is written only where it says something."""
        plain = Outcome(
            method="stv",
            options=("oak", "elm"),
            ballots_count=3,
            blank_count=0,
            rounds=(Round((300_000, 0), 0, elected=(0,), label="surplus 1"),),
            winners=("oak",),
            unit=100_000,
            quota=200_000,
            ranking=((0,), (1,)),
            verdict=Verdict(2, True, None, None, 0, True),
        ).as_plain()

        assert (plain["unit"], plain["quota"], plain["ranking"]) == (100_000, 200_000, [[0], [1]])
        assert plain["rounds"][0]["elected"] == [0]
        assert plain["rounds"][0]["label"] == "surplus 1"
        assert plain["verdict"] == {
            "quorum_needed": 2,
            "quorum_is_met": True,
            "support": None,
            "support_needed": None,
            "blocks_count": 0,
            "is_passed": True,
        }


class TestWhatWasDeclaredBefore:
    """Outcomes that logs hold already are recounted to the byte."""

    @pytest.mark.parametrize(
        "method, digest",
        [
            ("approval", "25080b28add921611258f241eedde4c92bb7a0c7fc9c2e5b8cfb0cd06a0b3155"),
            ("single", "fe502b96d7a91fdc24155becd976f6dc34e1fca5454cc21c96ec860df1c4395b"),
            ("ranked", "73ea337ee36c635c6e599f5ae4225df3d04c1746c9d3a392b880cbf920da2cda"),
        ],
    )
    def test_keeps_its_digest(self, method: str, digest: str) -> None:
        """The three methods of the first release have the same outcome, and the same SHA-256 of it."""
        ballots = [("oak",), ("elm",), ("ash",), ("ash",), (), ("elm",)]
        if method != "single":
            ballots += [("oak", "elm"), ("ash", "oak")]

        outcome = count(method, ("oak", "elm", "ash"), ballots, seed=SEED)

        canonical = json.dumps(outcome.as_plain(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert sha256(canonical.encode()).hexdigest() == digest
