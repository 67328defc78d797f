"""Verifier keys as other tools read them."""

import base64

import pytest

from libs.audit.notes import verifier_key


def test_a_known_key_has_its_known_form() -> None:
    """A key that was made by another tool, and checked with an independent verifier."""
    vkey = "vote.example/poll-7+c08f233f+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
    name, _, key = vkey.split("+", 2)

    assert verifier_key(name, base64.b64decode(key)[1:]) == vkey


@pytest.mark.parametrize("name, key", [("", b"k" * 32), ("a b", b"k" * 32), ("a+b", b"k" * 32), ("a", b"k" * 31)])
def test_what_cannot_be_one_is_refused(name: str, key: bytes) -> None:
    """A name that would break the form, or a key of another length, is an error and no key."""
    with pytest.raises(ValueError, match=r"\."):
        verifier_key(name, key)
