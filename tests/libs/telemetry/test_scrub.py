"""What may be a person's does not pass into a log line."""

import pytest

from libs.telemetry.scrub import HIDDEN, scrub


class TestScrub:
    @pytest.mark.parametrize(
        "private",
        [
            "ana.silva+vote@exemple.fr",
            "98470e21-6a4f-4c57-9d7c-2f6f8f0c1a11",
            "98470e216a4f4c579d7c2f6f8f0c1a11",
            "203.0.113.7",
            "2001:db8::8a2e:370:7334",
            "fe80:0:0:0:1:2:3:4",
            "::ffff:203.0.113.7",
        ],
    )
    def test_hides_what_names_somebody(self, private: str) -> None:
        """Mail addresses, ids and network addresses are hidden wherever they stand in a sentence."""
        assert scrub(f"It was {private}, at last.") == f"It was {HIDDEN}, at last."

    def test_hides_what_libraries_quote(self) -> None:
        """Pydantic quotes its input and PostgreSQL a row's key; the kind of the fault stays."""
        pydantic = "  Input should be a valid UUID [type=uuid_parsing, input_value='ana la grande', input_type=str]"
        postgres = (
            'duplicate key value violates unique constraint "handle"\nDETAIL:  Key (handle)=(ana) already exists.'
        )

        assert "ana" not in scrub(pydantic)
        assert "uuid_parsing" in scrub(pydantic)
        assert "ana" not in scrub(postgres)
        assert 'unique constraint "handle"' in scrub(postgres)

    @pytest.mark.parametrize(
        "sentence",
        [
            "The log governance has a gap: position 1705 is missing before 1706.",
            "Connect call failed ('127.0.0.1', 4222)",
            "at 12:30:45 UTC, with version 2.15.1.0.3",
            "Connect call failed ('::1', 4222)",
            "libs::service",
            'File "/app/libs/service/desk.py", line 92, in ask',
        ],
    )
    def test_leaves_what_an_operator_needs(self, sentence: str) -> None:
        """Positions, times, files and this machine's own address stay."""
        assert scrub(sentence) == sentence
