"""What identity decides, before any log or database."""

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from argon2 import PasswordHasher
from hypothesis import given as for_all
from hypothesis import strategies
from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey

from libs.contracts.identity import (
    ManifestoApproved,
    ManifestoPublished,
    MemberErased,
    MemberSignedUp,
    SessionsEnded,
)
from services.identity.domain import handle as handles
from services.identity.domain.handle import HandleNotAllowed
from services.identity.domain.manifesto import Manifesto, ManifestoNotCurrent, ManifestoStandsAlready, publish
from services.identity.domain.member import Member, MemberIsErased
from services.identity.domain.password import PasswordIsWeak, Passwords, check_is_strong
from services.identity.domain.session import (
    LOST_REPLY_GRACE,
    Kept,
    Presented,
    RefreshToken,
    RefreshTokenNotValid,
    Signer,
)
from tests.given import given

NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)
ZOE = UUID("20e00000-0000-4000-8000-000000000001")
HERE, THERE = UUID(int=1), UUID(int=2)
OLD, NEW = "a" * 64, "b" * 64

signed_up = MemberSignedUp(manifesto_sha256=OLD)


class TestSignUp:
    def test_is_approving_the_manifesto(self) -> None:
        """Whoever signs up has approved the manifesto whose hash they sent back."""
        given(Member).when(Member, id=ZOE, manifesto_sha256=OLD).then(signed_up)


class TestApprove:
    def test_a_new_manifesto(self) -> None:
        """A member approves the version that came after."""
        given(Member, signed_up).when(Member.approve, NEW).then(ManifestoApproved(sha256=NEW))

    def test_twice_is_once(self) -> None:
        """Approving what one approved last changes nothing."""
        given(Member, signed_up, ManifestoApproved(sha256=NEW)).when(Member.approve, NEW).then()

    def test_an_older_text_that_came_back(self) -> None:
        """A text that was approved before must be approved again after another."""
        approved = ManifestoApproved(sha256=NEW)
        given(Member, signed_up, approved).when(Member.approve, OLD).then(ManifestoApproved(sha256=OLD))

    def test_not_after_erasure(self) -> None:
        """Nobody approves in the name of somebody who is gone."""
        given(Member, signed_up, MemberErased()).when(Member.approve, NEW).refuses(MemberIsErased)


class TestEndSessions:
    def test_names_each_once(self) -> None:
        """The entry names the sessions that end, each once, in one order."""
        ended = SessionsEnded(session_ids=(HERE, THERE))
        given(Member, signed_up).when(Member.end_sessions, [THERE, HERE, HERE]).then(ended)

    def test_what_is_over_stays_so(self) -> None:
        """Ending a session again changes nothing."""
        given(Member, signed_up, SessionsEnded(session_ids=(HERE,))).when(Member.end_sessions, [HERE]).then()

    def test_none(self) -> None:
        """No sessions, no entry."""
        given(Member, signed_up).when(Member.end_sessions, []).then()


class TestErase:
    def test_once(self) -> None:
        """A member who is gone stays gone; erasing them again changes nothing."""
        given(Member, signed_up).when(Member.erase).then(MemberErased())
        given(Member, signed_up, MemberErased()).when(Member.erase).then()

    def test_ends_every_session(self) -> None:
        """There is nothing left to log out of."""
        given(Member, signed_up, MemberErased()).when(Member.end_sessions, [HERE]).refuses(MemberIsErased)


class TestPublish:
    def test_the_first(self) -> None:
        """The first manifesto is version 1; its hash is over its exact UTF-8 bytes."""
        text = "é\n"
        sha256 = hashlib.sha256(b"\xc3\xa9\n").hexdigest()

        given(Manifesto).when(publish, text, behind=None).then(
            ManifestoPublished(manifesto_version=1, sha256=sha256, text=text)
        )

    def test_the_next_has_the_next_address(self) -> None:
        """Versions are counted, and each has one address: of two published at once, one must decide again."""
        first = publish("one", behind=None)
        second, other = publish("two", behind=first), publish("three", behind=first)

        assert second.manifesto_version == 2
        assert second.id == other.id != first.id

    def test_the_same_is_nothing_new(self) -> None:
        """A text that stands is not published again: it would change nothing for anybody."""
        first = publish("one", behind=None)
        with pytest.raises(ManifestoStandsAlready):
            publish("one", behind=first)

    def test_a_former_one_comes_back(self) -> None:
        """An older text may stand again, as a version of its own."""
        again = publish("one", behind=publish("two", behind=publish("one", behind=None)))
        assert again.manifesto_version == 3

    def test_only_the_current_hash_will_do(self) -> None:
        """What members approve is the version that stands, and no other."""
        first = publish("one", behind=None)
        second = publish("two", behind=first)

        second.check_is_current(second.sha256)
        with pytest.raises(ManifestoNotCurrent, match="version 2"):
            second.check_is_current(first.sha256)


class TestHandle:
    @pytest.mark.parametrize(
        "typed,shown",
        [
            ("zoé", "zoé"),
            ("ZOÉ", "zoé"),
            ("Zoe\u0301", "zoé"),  # an accent of its own
            ("ｚｏｅ", "zoe"),  # full width
            ("jean-luc_2.0", "jean-luc_2.0"),
            ("日本語", "日本語"),
            ("ひらがなカナ漢字", "ひらがなカナ漢字"),
            ("أحمد", "أحمد"),
            ("हिन्दी", "हिन्दी"),
            ("İstanbul", "istanbul"),
            ("x" * 30, "x" * 30),
        ],
    )
    def test_is_kept_in_small_letters(self, typed: str, shown: str) -> None:
        """A handle is shown in small letters, in Unicode's composed form."""
        assert handles.read(typed).shown == shown

    @pytest.mark.parametrize(
        "one,other",
        [
            ("zoé", "ZOÉ"),
            ("straße", "STRASSE"),
            ("раура", "paypa"),  # Cyrillic
            ("аррӏе", "apple"),
            ("modem", "modern"),
            ("bob0", "bobo"),
            ("hal9", "ha19"),
            ("ıstanbul", "istanbul"),
            ("σοο", "ooo"),
            ("𝓪𝓫𝓬", "abc"),
        ],
    )
    def test_look_alikes_are_the_same(self, one: str, other: str) -> None:
        """Two handles that a reader cannot tell apart are one handle, in whatever alphabet."""
        assert handles.read(one).skeleton == handles.read(other).skeleton

    @pytest.mark.parametrize("one,other", [("zoe", "zoé"), ("jean-luc", "jean_luc"), ("ana", "anna"), ("rené", "renè")])
    def test_others_are_not(self, one: str, other: str) -> None:
        """An accent makes another name."""
        assert handles.read(one).skeleton != handles.read(other).skeleton

    @pytest.mark.parametrize(
        "typed",
        [
            "",
            "ab",
            "x" * 31,
            "раураl",  # five Cyrillic letters and a Latin one
            "abc١٢٣",  # Latin with Arabic digits
            "zoé\u200b",  # no width
            "zoé\u200d",
            "\u202ezoé",  # turns the direction of writing
            "zoé\u00a0",
            "zo é",
            "zo\té",
            "zo\u2028é",
            "zo\x00é",
            "zo\ud800é",
            "zo\u0301\u0302\u0303\u0304e",  # a tower of accents
            "\u0301zoe",
            "-zoé",
            ".zoé",
            "zoé@ici",
            "zoé/..",
            "👍👍👍",
            "zo\ufe0fé",  # chooses how a character is drawn
            "zo\u115fé",  # a letter that fills no room
        ],
    )
    def test_refuses_what_cannot_be_seen_or_told(self, typed: str) -> None:
        """3 to 30 letters, digits, points, dashes and underscores, of one script, beginning with a letter or digit."""
        with pytest.raises(HandleNotAllowed):
            handles.read(typed)

    @pytest.mark.parametrize(
        "typed", ["admin", "ADMIN", "adm1n", "аdmin", "Plaanet", "p.l.a.a.n.e.t", "moderator", "modérateur", "0perator"]
    )
    def test_nobody_is_the_node(self, typed: str) -> None:
        """No member is called as if they were the node or ran it."""
        with pytest.raises(HandleNotAllowed):
            handles.read(typed)

    @for_all(strategies.text(max_size=40))
    def test_any_text_is_taken_or_refused(self, typed: str) -> None:
        """Whatever is sent, it is a handle or a refusal; and a handle read again is itself."""
        try:
            handle = handles.read(typed)
        except HandleNotAllowed:
            return
        assert handles.read(handle.shown) == handle
        assert handles.fold(handle.shown) == handles.fold(typed)


class TestPassword:
    @pytest.mark.parametrize(
        "password",
        [
            "neuf char",
            "aaaaaaaaaaaa",
            "1234567890",
            "Password123",
            "MotDePasse",
            "zoé.la.belle",
            "ZOÉ.LA.BELLE",
            "x" * 257,
        ],
    )
    def test_refuses_what_is_guessed_first(self, password: str) -> None:
        """A password has at least 10 characters, 5 different ones, and is neither the handle nor everybody's first."""
        with pytest.raises(PasswordIsWeak):
            check_is_strong(password, handle="zoé.la.belle")

    @pytest.mark.parametrize("password", ["quatre chevaux", "пароль-пароль", "👍👎✊✋👌" * 2, " spaces are fine "])
    def test_takes_any_characters(self, password: str) -> None:
        """Every script, space and sign will do."""
        check_is_strong(password, handle="zoé")

    def test_is_kept_as_a_hash_that_says_how_it_was_made(self) -> None:
        """argon2id with the parameters of RFC 9106; a hash made otherwise is outdated."""
        passwords, former = Passwords(), PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        kept = passwords.hash("quatre chevaux")

        assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
        assert passwords.is_right("quatre chevaux", kept)
        assert not passwords.is_right("quatre cheveux", kept)
        assert not passwords.is_outdated(kept)
        assert passwords.is_outdated(former.hash("quatre chevaux"))

    def test_nobodys_is_never_right(self) -> None:
        """Where there is no member, some hash is computed all the same, and the answer is no."""
        hasher = _Counting(time_cost=1, memory_cost=8, parallelism=1)
        passwords = Passwords(hasher)

        assert not passwords.is_right("quatre chevaux", None)
        assert hasher.verified_count == 1


class _Counting(PasswordHasher):
    verified_count = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]  # noqa: A002
        self.verified_count += 1
        return super().verify(hash, password)


class TestRefreshToken:
    def session(self, *, used: int = 1) -> tuple[list[RefreshToken], Kept]:
        """A session whose tokens were used that often, the last time at noon; its tokens, oldest first."""
        tokens = [RefreshToken.first(uuid4())]
        for _ in range(used):
            tokens.append(tokens[-1].next())
        previous = tokens[-2].sha256 if used else None
        return tokens, Kept(tokens[0].family_sha256, tokens[-1].sha256, previous, NOON)

    def test_the_newest_goes_on(self) -> None:
        """The newest token is good, whenever it comes."""
        tokens, kept = self.session()
        assert kept.judge(tokens[-1], now=NOON + timedelta(days=80)) is Presented.NEWEST

    def test_the_one_before_is_good_for_ten_seconds(self) -> None:
        """A client that lost the answer may ask again within ten seconds; then it looks like a thief."""
        tokens, kept = self.session()

        assert kept.judge(tokens[-2], now=NOON + LOST_REPLY_GRACE) is Presented.REPEATED
        late = NOON + LOST_REPLY_GRACE + timedelta(microseconds=1)
        assert kept.judge(tokens[-2], now=late) is Presented.STOLEN

    def test_any_older_one_is_stolen(self) -> None:
        """A copy of a token from long ago ends the session, however many came after."""
        tokens, kept = self.session(used=7)
        assert {kept.judge(token, now=NOON) for token in tokens[:-2]} == {Presented.STOLEN}

    def test_who_merely_knows_the_session_proves_nothing(self) -> None:
        """A session's id is no secret: a token made up with it is nobody's, and ends nothing."""
        tokens, kept = self.session()
        made_up = RefreshToken.first(tokens[0].session_id)

        assert kept.judge(made_up, now=NOON) is Presented.FOREIGN

    def test_crosses_the_house_as_text(self) -> None:
        """What a client keeps is the same token."""
        token = RefreshToken.first(ZOE)

        assert RefreshToken.read(str(token)) == token
        assert token.session_id == ZOE
        assert str(token) not in repr(token)

    @pytest.mark.parametrize("text", ["", "x", "é" * 86, "A" * 85, "A" * 87, "=" * 86, "A" * 85 + "\n", "A" * 200])
    def test_refuses_what_is_none(self, text: str) -> None:
        """Anything else is refused as no token at all."""
        with pytest.raises(RefreshTokenNotValid):
            RefreshToken.read(text)


class TestAccessToken:
    def test_says_who_where_and_under_which_manifesto(self) -> None:
        """The token names member, session and manifesto by opaque ids, and lives ten minutes."""
        key = OKPKey.generate_key("Ed25519", private=True)
        token = Signer(key, "node.example").sign(member_id=ZOE, session_id=HERE, approved_sha256=OLD, now=NOON)
        public = KeySet.import_key_set({"keys": [{**key.as_dict(private=False), "kid": key.thumbprint()}]})

        assert jwt.decode(token, public, algorithms=["Ed25519"]).claims == {
            "iss": "node.example",
            "aud": "plaanet",
            "sub": str(ZOE),
            "sid": str(HERE),
            "iat": int(NOON.timestamp()),
            "exp": int(NOON.timestamp()) + 600,
            "manifesto": OLD,
        }
