"""The address of a gathering that is held on line, as the last line of its description."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.web.online import is_link, split_link, with_link

LINK = "https://meet.example.org/soupe"


@pytest.mark.parametrize(
    "description, parts",
    [
        (None, (None, None)),
        (LINK, (None, LINK)),
        (f"On mange.\n\n{LINK}", ("On mange.", LINK)),
        (f"On mange.\n{LINK} ", ("On mange.", LINK)),
        (f"Voir {LINK}", (f"Voir {LINK}", None)),
        (f"{LINK}\nOn mange.", (f"{LINK}\nOn mange.", None)),
    ],
)
def test_the_last_line_is_the_address(description: str | None, parts: tuple[str | None, str | None]) -> None:
    """If it is a link and nothing else."""
    assert split_link(description) == parts


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zs"]), min_size=1))
def test_what_was_put_together_comes_apart(text: str) -> None:
    """A form shows again what was typed into it."""
    if not is_link(text):
        assert split_link(with_link(text, LINK)) == (text.strip() or None, LINK)


@pytest.mark.parametrize(
    "text",
    ["javascript:alert(1)", "https://", "//evil.example", "https://a b", "data:text/html,x", "https://[", "x" * 600],
)
def test_what_is_no_address_of_the_web_is_none(text: str) -> None:
    """Nothing that could be run, and nothing that leads nowhere."""
    assert not is_link(text)
