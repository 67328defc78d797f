"""Several questions in one letter."""

from libs.contracts import letter


def test_is_read_as_it_was_written() -> None:
    """Whatever JSON says: an end of line in a text is not one of the letter."""
    lines = [("GroupOf", rb'{"words":"a\nb c"}'), ("PollOf", b"{}")]

    assert letter.read(letter.written(lines)) == lines


def test_what_does_not_fit_is_named() -> None:
    """A long answer is left to be asked for alone; the short ones behind it still go along."""
    long = ("View", b"x" * (letter.LETTER_BYTES_MAX - 5))

    assert letter.fitted([long, ("View", b"123456"), ("View", b"12345")]) == [
        long,
        ("Alone", b"null"),
        ("View", b"12345"),
    ]
