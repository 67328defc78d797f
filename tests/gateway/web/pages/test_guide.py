"""Help: every method has its paragraph, and its example is how the house counts."""

import httpx

from libs.tally import METHODS, Ballot, Settings, count

OAK, ELM, ASH, FIR = "chêne", "orme", "frêne", "sapin"


async def test_every_method_is_explained(visitor: httpx.AsyncClient) -> None:
    """One paragraph and one example each, reached by its name."""
    text = (await visitor.get("/aide")).text

    assert text.count("<b>Exemple.</b>") == len(METHODS)
    for name in ("consentement", "classement", "jugement", "verifier", "clavier", "acces", "mots", "code"):
        assert f'id="{name}"' in text
        assert f'href="#{name}"' in text


def test_the_examples_are_counted_so() -> None:
    """What the paragraphs tell of trees and benches is what the count gives."""

    def winners(method: str, options: list[str], ballots: list[Ballot], **settings: object) -> tuple[str, ...]:
        return count(method, options, ballots, seed=b"", settings=Settings(**settings)).winners  # type: ignore[arg-type]

    ranked = 4 * [Ballot((OAK,))] + 3 * [Ballot((ELM, ASH))] + 2 * [Ballot((ASH, ELM))] + [Ballot((FIR, ASH, ELM))]
    assert winners("ranked", [OAK, ELM, ASH, FIR], ranked) == (ELM,)
    scores = [Ballot((OAK, ELM), (5, 3)), Ballot((ELM, ASH), (4, 1)), Ballot((ASH,), (5,))]
    assert winners("score", [OAK, ELM, ASH], scores, score_max=5) == (ELM,)
    judged = [Ballot((OAK, ELM), grades) for grades in ((0, 0), (0, 0), (1, 1), (1, 2), (2, 2))]
    assert winners("judgment", [OAK, ELM], judged, grades=("bien", "passable", "mauvais")) == (OAK,)
    duels = 4 * [Ballot((OAK, ELM, ASH))] + 3 * [Ballot((ELM, ASH, OAK))] + 2 * [Ballot((ASH, OAK, ELM))]
    assert winners("schulze", [OAK, ELM, ASH], duels) == (OAK,)
    seats = 7 * [Ballot((OAK, ELM))] + 3 * [Ballot((ASH,))] + 2 * [Ballot((FIR, ELM))] + [Ballot((ELM,))]
    assert winners("stv", [OAK, ELM, ASH, FIR], seats, seats=2) == (OAK, ELM)
    dots = [Ballot((OAK,), (6,)), Ballot((ELM, ASH), (4, 2)), Ballot((ELM,), (3,))]
    assert winners("dots", [OAK, ELM, ASH], dots, budget=6) == (ELM,)
    bench, well, sign = "banc", "puits", "panneau"
    wanted = 3 * [Ballot((bench,))] + [Ballot((bench, well))] + 2 * [Ballot((well, sign))]
    assert winners("budget", [bench, well, sign], wanted, budget=60, costs=(24, 22, 14)) == (bench, well, sign)
    days = 2 * [Ballot(("lundi", "mardi"), (2, 2))] + [Ballot(("lundi", "mardi"), (2, 1))]
    days += [Ballot(("lundi", "mardi"), (1, 1)), Ballot(("mardi",), (1,))]
    assert winners("date", ["lundi", "mardi"], days) == ("mardi",)
