"""A member of the command line's: signs up by itself and stays signed in."""

import pytest

from libs.node.embedded import EmbeddedNode
from libs.node.member import Member
from libs.node.visitor import RefusedByNode, Visitor


@pytest.mark.node
class TestMember:
    def test_signs_in_again_when_the_session_ends(self, node: EmbeddedNode) -> None:
        """A long election outlives an access token."""
        visitor = Visitor(node.url)
        member = Member(visitor)
        assert member.does(lambda: visitor.get("/me"))

        visitor.headers["Authorization"] = "Bearer no longer"
        assert member.does(lambda: visitor.get("/me"))
        visitor.close()

    def test_hears_of_other_refusals(self, node: EmbeddedNode) -> None:
        """Only a session can be renewed; what is refused otherwise stays refused."""
        visitor = Visitor(node.url)
        member = Member(visitor)
        with pytest.raises(RefusedByNode) as refusal:
            member.does(lambda: visitor.get("/polls/00000000-0000-4000-8000-000000000001"))

        assert refusal.value.status == 404
        visitor.close()
