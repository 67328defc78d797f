import json

from hypothesis import given

from libs.tally import Outcome, Round, Tie, count
from libs.tally.methods import COUNTS
from tests.libs.tally.elections import Election, elections

ENTRY_BYTES_MAX = 60_000


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
