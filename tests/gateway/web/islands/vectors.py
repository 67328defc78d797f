"""Counts by `libs.tally` that another implementation must give to the letter; every method, many ties."""

import random
from collections import Counter
from hashlib import sha256
from typing import Any

from libs.tally import METHODS, Ballot, Rules, Settings, ballots_sha256, count_weighted, resolve

_NAMES = ["elm", "ash", "chêne", "été \U0001f33b", "Z", 'a "quoted"\\one', "line\u2028break", "fir", "oak", "\x7f"]
_HAVE_SUPPORT = ("consent", "single", "approval", "ranked")


def counts(number: int) -> list[dict[str, Any]]:
    """*number* polls of each method, with their ballots and what these decide; the same ones every time."""
    return [_count(method, random.Random(f"{method} {seed}")) for method in METHODS for seed in range(number)]


def delegations(number: int) -> list[dict[str, Any]]:
    """Delegations among a few, chains and circles among them, and what becomes of them."""
    return [_delegation(random.Random(f"delegation {seed}")) for seed in range(number)]


def _count(method: str, draw: random.Random) -> dict[str, Any]:
    options = ["yes", "no", "abstain", "block"][: draw.choice((3, 4))] if method == "consent" else _options(draw)
    settings = _settings(method, options, draw)
    ballots = Counter(_ballot(method, options, settings, draw) for _ in range(draw.choice((0, 1, 2, 3, 5, 8, 13, 40))))
    if draw.random() < 0.1:
        ballots = Counter({ballot: number * draw.choice((10**4, 10**6)) for ballot, number in ballots.items()})
    rules = _rules(method, draw) if draw.random() < 0.6 else None
    voters_count = ballots.total() + draw.randrange(5)
    seed = sha256(draw.randbytes(8)).digest()
    outcome = count_weighted(
        method, options, ballots, seed=seed, settings=settings, rules=rules, voters_count=voters_count
    )
    plain = {name: getattr(settings, name) for name in Settings.__dataclass_fields__}
    return {
        "method": method,
        "options": options,
        "settings": {name: value for name, value in plain.items() if value != getattr(Settings(), name)},
        "rules": {name: getattr(rules, name) for name in Rules.__dataclass_fields__} if rules else None,
        "voters_count": voters_count,
        "seed": seed.hex(),
        "ballots": [[number, ballot.choices, ballot.marks] for ballot, number in ballots.items()],
        "ballots_sha256": ballots_sha256(ballots),
        "outcome": outcome.as_plain(),
    }


def _options(draw: random.Random) -> list[str]:
    return draw.sample(_NAMES, draw.randint(1, 7))


def _settings(method: str, options: list[str], draw: random.Random) -> Settings:
    draws_ties = draw.random() < 0.5
    match method:
        case "score":
            return Settings(score_max=draw.choice((1, 5, 1000)), draws_ties=draws_ties)
        case "judgment":
            return Settings(grades=tuple(f"grade {n}" for n in range(draw.randint(2, 7))), draws_ties=draws_ties)
        case "stv":
            return Settings(seats=draw.randint(1, len(options)), draws_ties=draws_ties)
        case "dots":
            return Settings(budget=draw.choice((3, 10, 10**12)), draws_ties=draws_ties)
        case "budget":
            budget = draw.choice((10, 100, 99_999_999_999))
            return Settings(
                budget=budget,
                costs=tuple(draw.choice((1, 2, 5, draw.randint(1, budget), budget // 2, budget)) for _ in options),
                draws_ties=draws_ties,
            )
    return Settings(draws_ties=draws_ties)


def _rules(method: str, draw: random.Random) -> Rules:
    threshold = draw.choice(("simple", "absolute", "qualified")) if method in _HAVE_SUPPORT else "simple"
    may_abstain = method == "consent" or threshold == "qualified"
    return Rules(
        quorum_roll=draw.choice((None, (1, 2), (1, 3), (1, 1))),
        quorum_ballots=draw.choice((None, 1, 10)),
        threshold=threshold,  # type: ignore[arg-type]
        share=draw.choice(((1, 2), (2, 3), (1, 1), (333, 1000))) if threshold == "qualified" else None,
        abstentions_count=may_abstain and draw.random() < 0.5,
    )


def _ballot(method: str, options: list[str], settings: Settings, draw: random.Random) -> Ballot:
    most = 1 if method in ("single", "consent") else len(options)
    if method == "dots":
        most = min(most, settings.budget or 0)  # a dot at least for each
    choices = tuple(draw.sample(options, draw.randint(0, most)))
    return Ballot(choices, _marks(method, choices, len(options), settings, draw))


def _marks(
    method: str, choices: tuple[str, ...], options_count: int, settings: Settings, draw: random.Random
) -> tuple[int, ...]:
    match method:
        case "score":
            return tuple(draw.randint(0, settings.score_max or 0) for _ in choices)
        case "judgment":
            return tuple(draw.randrange(len(settings.grades)) for _ in choices)
        case "date":
            return tuple(draw.randint(0, 2) for _ in choices)
        case "dots":
            each = (settings.budget or 0) // max(len(choices), 1)
            return tuple(draw.randint(1, each) for _ in choices)
        case "schulze" | "borda" if draw.random() < 0.6:
            return tuple(sorted(draw.randint(1, options_count) for _ in choices))
    return ()


def _delegation(draw: random.Random) -> dict[str, Any]:
    people = list("abcdefghij")
    voters = set(draw.sample(people, draw.randint(0, 5)))
    grants = [tuple(draw.sample(people, 2)) for _ in range(draw.randint(0, 15))]
    carry_max = draw.choice((None, 0, 1, 2))
    resolution = resolve(voters, grants, carry_max=carry_max)  # type: ignore[arg-type]
    return {
        "voters": sorted(voters),
        "grants": grants,
        "carry_max": carry_max,
        "carriers": dict(resolution.carriers),
        "lost": {who: why.replace("-", " ") for who, why in resolution.lost.items()},
    }
