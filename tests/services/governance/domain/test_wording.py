"""What names a text, how long it may be, and how two of them differ."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.governance import AmendmentMade, ProposalMade, ProposalRevised
from libs.contracts.text import ARTICLE_BYTES_MAX
from libs.eventlog.sealing import DATA_BYTES_MAX
from services.governance.domain.wording import COMPARED_MAX, Piece, TextIsTooLong, Wording, compare


def read(lines: tuple[tuple[Piece, ...], ...], side: str) -> str:
    """One of the two texts, put together again."""
    kept = [[words for kind, words in line if kind in ("=", side)] for line in lines]
    return "\n".join("".join(words) for words in kept if words)


TEXTS = st.text(alphabet="ab \n\té,.", max_size=60)


class TestCompare:
    @given(TEXTS, TEXTS)
    def test_gives_both_texts_back(self, older: str, newer: str) -> None:
        """Nothing of either text is lost or made up."""
        lines = compare(older, newer)

        assert read(lines, "-") == older
        assert read(lines, "+") == newer

    def test_shows_words_in_a_changed_line(self) -> None:
        """Within a line that is mostly the same only the words that changed are marked."""
        assert compare(
            "It becomes an orchard.\nOpen to all.", "It becomes a wild orchard.\nOpen to all.\nFor ever."
        ) == (
            (("=", "It becomes "), ("-", "an"), ("+", "a wild"), ("=", " orchard.")),
            (("=", "Open to all."),),
            (("+", "For ever."),),
        )

    def test_shows_another_line_as_another(self) -> None:
        """Two lines that share less than a third are not made out to be one that changed."""
        assert compare("An orchard.", "No houses.") == ((("-", "An orchard."),), (("+", "No houses."),))

    def test_of_the_same(self) -> None:
        """Of a text and itself all is the same, empty lines too."""
        assert compare("a\n\nb", "a\n\nb") == ((("=", "a"),), (("=", ""),), (("=", "b"),))

    @pytest.mark.parametrize("lines_count", [COMPARED_MAX - 1, COMPARED_MAX * 10])
    def test_of_long_texts_is_quick(self, lines_count: int) -> None:
        """Where more lies between alike ends than is compared, all of it is shown as changed; nothing is lost."""
        older = "\n".join(["head", *("ab"[n % 2] for n in range(lines_count)), "foot"])
        newer = "\n".join(["head", *("ba"[n % 3 == 0] for n in range(lines_count)), "foot"])

        lines = compare(older, newer)
        assert (read(lines, "-"), read(lines, "+")) == (older, newer)
        assert len(json.dumps(lines)) < 1_000_000


class TestLength:
    def test_is_named_by_its_digest(self) -> None:
        """The digest is of the title, a line feed and the text."""
        assert Wording("A", "é").sha256 == hashlib.sha256(b"A\n\xc3\xa9").hexdigest()

    def test_the_longest_article_fits(self) -> None:
        """A text of the length that a contract takes fits, in whatever script."""
        Wording("T" * 200, "é" * (ARTICLE_BYTES_MAX // 2)).check_fits("w" * 200)

    def test_what_grows_in_the_log_is_refused(self) -> None:
        """Quotation marks take two bytes in an entry; a text that is mostly these is told so."""
        with pytest.raises(TextIsTooLong, match="quotation marks"):
            Wording("T", '"' * ARTICLE_BYTES_MAX).check_fits()

    @pytest.mark.parametrize("kind", [ProposalMade, ProposalRevised, AmendmentMade])
    def test_what_fits_may_be_sealed(self, kind: Any) -> None:
        """The largest that passes leaves room for the rest of its entry, also where that is sealed."""
        lines = "\n" * 3_500
        text = f"a{lines}" + "b" * (ARTICLE_BYTES_MAX - len(lines) - 1)
        event = kind(**kind.model_config["json_schema_extra"]["example"] | {"title": "é" * 200, "text": text})
        Wording(event.title, event.text).check_fits()

        assert len(json.dumps(event.model_dump(mode="json"), ensure_ascii=False).encode()) < DATA_BYTES_MAX
