"""What one request asks of the services: few letters, and an answer for each question."""

import asyncio

import pytest

from gateway.questions import Answer, Questions
from gateway.services import ServiceIsAway
from libs.contracts import letter

REFUSED = b'{"status":404,"type":"NotFound","detail":"There is no such thing."}'


class Post:
    """Remembers what was sent; answers each question with its own words, in a letter as a desk does."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, int]] = []
        self.fault: Exception | None = None
        self.has_room = True
        self.refuses_letters: bytes | None = None
        self.questions = Questions(self.send)

    async def send(self, service: str, name: str, content: bytes) -> Answer:
        """Take a question, or a letter of them."""
        if name != letter.SEVERAL:
            self.sent.append((service, name, 1))
        else:
            self.sent.append((service, name, len(letter.read(content))))
        await asyncio.sleep(0)
        if self.fault:
            raise self.fault
        if name != letter.SEVERAL:
            return Answer("View", b'"' + name.encode() + b'"')
        if self.refuses_letters:
            return Answer("Refusal", self.refuses_letters)
        return Answer(letter.SEVERAL, letter.written(self._line(*line) for line in letter.read(content)))

    def _line(self, name: str, _: bytes) -> letter.Line:
        if name == "Unknown":
            return "Refusal", REFUSED
        return ("View", b'"' + name.encode() + b'"') if self.has_room else ("Alone", b"null")


@pytest.fixture
def post() -> Post:
    """The way to the services."""
    return Post()


async def test_what_is_asked_in_one_breath_goes_in_one_letter(post: Post) -> None:
    """However deep it is asked, and for each service one."""

    async def deep() -> list[Answer]:
        inner = [asyncio.create_task(post.questions.ask(*asked)) for asked in (("groups", "C", b""), ("geo", "D", b""))]
        return [await each for each in inner]

    first, second, (third, fourth) = await asyncio.gather(
        post.questions.ask("groups", "A", b"{}"), post.questions.ask("groups", "B", b"{}"), deep()
    )

    assert [each.content for each in (first, second, third, fourth)] == [b'"A"', b'"B"', b'"C"', b'"D"']
    assert sorted(post.sent) == [("geo", "D", 1), ("groups", "Several", 3)]


async def test_one_question_goes_as_it_is(post: Post) -> None:
    """A letter for one would only cost more."""
    assert (await post.questions.ask("groups", "A", b"{}")).content == b'"A"'
    assert post.sent == [("groups", "A", 1)]


async def test_what_is_asked_twice_is_sent_once(post: Post) -> None:
    """Two parts of a page may want the same."""
    answers = await asyncio.gather(*(post.questions.ask("groups", "A", b"{}") for _ in range(3)))

    assert [each.content for each in answers] == [b'"A"'] * 3
    assert post.sent == [("groups", "A", 1)]


async def test_a_refusal_is_of_one_question(post: Post) -> None:
    """The others have their answers."""
    good, bad = await asyncio.gather(
        post.questions.ask("groups", "A", b"{}"), post.questions.ask("groups", "Unknown", b"{}")
    )

    assert good == Answer("View", b'"A"')
    assert bad == Answer("Refusal", REFUSED)


async def test_a_service_that_is_away_is_heard_of_by_all(post: Post) -> None:
    """And nobody waits for ever."""
    post.fault = ServiceIsAway("The service groups does not answer.")

    found = await asyncio.gather(*(post.questions.ask("groups", name, b"{}") for name in "AB"), return_exceptions=True)

    assert [type(each) for each in found] == [ServiceIsAway, ServiceIsAway]


async def test_who_gave_up_does_not_take_the_answer_from_others(post: Post) -> None:
    """Of two who asked the same, one may be cancelled."""
    one = asyncio.create_task(post.questions.ask("groups", "A", b"{}"))
    other = asyncio.create_task(post.questions.ask("groups", "A", b"{}"))
    await asyncio.sleep(0)
    one.cancel()

    assert (await other).content == b'"A"'


async def test_what_a_letter_has_no_room_for_is_asked_alone(post: Post) -> None:
    """So a long list never takes its neighbours with it."""
    post.has_room = False

    found = await asyncio.gather(*(post.questions.ask("groups", name, b"{}") for name in "AB"))

    assert [each.content for each in found] == [b'"A"', b'"B"']
    assert post.sent == [("groups", "Several", 2), ("groups", "A", 1), ("groups", "B", 1)]


async def test_a_service_of_the_release_before_is_asked_one_by_one(post: Post) -> None:
    """It has never heard of letters, says so, and can answer every question."""
    post.refuses_letters = REFUSED

    first, second = await asyncio.gather(post.questions.ask("groups", "A", b""), post.questions.ask("groups", "B", b""))

    assert (first.content, second.content) == (b'"A"', b'"B"')
    assert post.sent == [("groups", "Several", 2), ("groups", "A", 1), ("groups", "B", 1)]


async def test_a_letter_that_is_refused_is_refused_for_each(post: Post) -> None:
    """Who is behind is behind for every question; nobody asks again behind their back."""
    post.refuses_letters = b'{"status":503,"type":"NotYet","detail":"Not level yet."}'

    first, second = await asyncio.gather(post.questions.ask("groups", "A", b""), post.questions.ask("groups", "B", b""))

    assert first == second == Answer("Refusal", post.refuses_letters)
    assert post.sent == [("groups", "Several", 2)]


async def test_very_many_are_several_letters(post: Post) -> None:
    """No letter is longer than a desk takes."""
    await asyncio.gather(*(post.questions.ask("groups", f"Q{n}", b"{}") for n in range(letter.QUESTIONS_MAX + 2)))

    assert [count for _, _, count in post.sent] == [letter.QUESTIONS_MAX, 2]
