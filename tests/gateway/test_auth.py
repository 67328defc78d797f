"""From a token to who asks: what is believed, and for how long."""

import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, OKPKey

from gateway.actor import ActorInfo
from gateway.auth import SessionIsOver, Standing, TokenIsExpired, Tokens
from libs.contracts.base import Event
from libs.contracts.identity import ManifestoApproved, ManifestoPublished, MemberErased, SessionsEnded
from libs.errors import NotSignedIn, NotYet
from libs.eventlog.log import Recorded

ANA = UUID("a0000000-0000-4000-8000-000000000001")
SESSION = UUID("50000000-0000-4000-8000-000000000003")
KEY = OKPKey.generate_key("Ed25519", parameters={"kid": "today"})

OLD, NEW = "0" * 64, "1" * 64


@pytest.fixture
def tokens() -> Tokens:
    """The checker of a node that knows identity's key."""
    tokens = Tokens("node.example")
    tokens.use_keys(dict(KeySet([KEY]).as_dict(private=False)))
    return tokens


def token(key: Any = KEY, algorithm: str = "Ed25519", **changed: Any) -> str:
    """A token for Ana, with some claims changed."""
    claims = {
        "iss": "node.example",
        "aud": "plaanet",
        "sub": str(ANA),
        "sid": str(SESSION),
        "exp": int(time.time()) + 600,
        "manifesto": OLD,
    }
    header = {"alg": algorithm, "kid": "today"}
    return jwt.encode(header, claims | changed, key, algorithms=[algorithm])


def actor(approved: str = OLD) -> ActorInfo:
    """Ana, in her session."""
    return ActorInfo(ANA, SESSION, approved, expires_at=4e9)


def recorded(event: Event, aggregate_id: UUID = ANA) -> Recorded:
    """An entry of identity's log."""
    return Recorded("identity", 1, event, uuid4(), "x", aggregate_id, 1, None, datetime.now(UTC), b"")


class TestTokens:
    def test_names_who_asks(self, tokens: Tokens) -> None:
        """A good token names the member, the session and the manifesto that was approved."""
        found = tokens.check(token())

        assert (found.id, found.session_id, found.approved_sha256) == (ANA, SESSION, OLD)

    @pytest.mark.parametrize(
        "bad",
        [
            "",
            "x",
            "a.b.c",
            "x" * 5_000,
            token(key=OKPKey.generate_key("Ed25519", parameters={"kid": "today"})),
            token(iss="evil.example"),
            token(aud="other"),
            token(sub="ana"),
            token(sub=None),
            token(exp="soon"),
            token(key=OctKey.import_key(str(KEY.as_dict(private=False)["x"])), algorithm="HS256"),
        ],
    )
    def test_believes_no_other(self, tokens: Tokens, bad: str) -> None:
        """Neither noise nor another key's, node's or purpose's token, nor one whose secret is the public key."""
        with pytest.raises(NotSignedIn):
            tokens.check(bad)

    def test_a_changed_token_is_not_the_same(self, tokens: Tokens) -> None:
        """Flipping one character of a good token makes it bad, also right after the good one was seen."""
        good = token()
        tokens.check(good)
        middle = len(good) // 2

        with pytest.raises(NotSignedIn):
            tokens.check(good[:middle] + ("A" if good[middle] != "A" else "B") + good[middle + 1 :])

    def test_expires(self, tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
        """A token that was good, and is remembered, is refused from its last second on."""
        good = token()
        tokens.check(good)
        later = time.time() + 600
        monkeypatch.setattr(time, "time", lambda: later)

        with pytest.raises(TokenIsExpired):
            tokens.check(good)

    def test_before_the_keys_are_known_nobody_is_turned_away(self) -> None:
        """A gateway that has not heard from identity yet says so: who is signed in must not think they are not."""
        with pytest.raises(NotYet):
            Tokens("node.example").check(token())


class TestSessions:
    def test_an_ended_session_is_over(self) -> None:
        """After `SessionsEnded` the session's tokens are worth nothing; another session's are."""
        standing = Standing()
        standing.hear(recorded(SessionsEnded(session_ids=(SESSION,))))

        with pytest.raises(SessionIsOver):
            standing.check(actor())
        other = ActorInfo(ANA, uuid4(), OLD, 4e9)
        assert standing.check(other) is other

    def test_an_erased_member_has_no_session(self) -> None:
        """After `MemberErased` every session of the member is over."""
        standing = Standing()
        standing.hear(recorded(MemberErased()))

        assert standing.is_over(actor())


class TestApproval:
    async def test_of_the_manifesto_that_stands(self) -> None:
        """A token made under the current manifesto is enough."""
        standing = Standing()
        standing.hear(recorded(ManifestoPublished(manifesto_version=1, sha256=OLD, text="…"), uuid4()))

        assert await standing.is_given(actor())

    async def test_ends_with_a_new_manifesto(self) -> None:
        """When a new manifesto stands, an older token is not enough, until identity says the member approved."""
        approved = OLD

        async def ask(_: UUID) -> str:
            return approved

        standing = Standing()
        standing.ask_with(ask)
        standing.hear(recorded(ManifestoPublished(manifesto_version=2, sha256=NEW, text="…"), uuid4()))

        assert not await standing.is_given(actor())
        approved = NEW
        assert await standing.is_given(actor())

    async def test_is_heard_from_the_log(self) -> None:
        """Who approves is known to have approved at once, with the token that they have."""
        standing = Standing()
        standing.hear(recorded(ManifestoPublished(manifesto_version=2, sha256=NEW, text="…"), uuid4()))
        standing.hear(recorded(ManifestoApproved(sha256=NEW)))

        assert await standing.is_given(actor())
