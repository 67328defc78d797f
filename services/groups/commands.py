"""What may be asked of groups: one function for each command. Each loads, decides and saves."""

from secrets import token_bytes
from uuid import UUID

from libs.contracts.groups import (
    AdmitMember,
    ChangeGroup,
    ChangePage,
    ClosePage,
    DismissSteward,
    FollowPage,
    FoundGroup,
    JoinGroup,
    LeaveGroup,
    NameSteward,
    OpenPage,
    ReleaseFollower,
    ReleaseMember,
    ReleasePage,
    RemoveMember,
    SucceedSteward,
    UnfollowPage,
)
from libs.eventlog.log import LogMovedOn, Recorded
from libs.service.aggregates import Aggregates
from libs.service.desk import CommandHandlers
from libs.service.vault import Vault
from services.groups.domain.group import Description, Group
from services.groups.domain.membership import Membership
from services.groups.domain.page import Face, Follow, Page, digest_of


async def found_group(command: FoundGroup, aggregates: Aggregates, _vault: Vault) -> Recorded:
    """The group and its founder's membership are kept together or not at all."""
    group_id, founder = aggregates.new_id(), _actor(aggregates)
    if command.parent_id:
        await aggregates.find(Group, group_id)  # the same command sent again ends here
        (await _led_group(aggregates, command.parent_id)).check_takes_subgroups()
    group = Group.found(
        group_id,
        _description(command),
        founder=founder,
        charter_keys=command.charter_keys,
        threshold=command.threshold,
        parent_id=command.parent_id,
    )
    membership = Membership.before_any(group.id, founder)
    membership.begin()
    return await aggregates.save(membership, group)


async def change_group(command: ChangeGroup, aggregates: Aggregates, _vault: Vault) -> Recorded:
    group = await aggregates.get(Group, command.group_id)
    group.change(_description(command), by=_actor(aggregates))
    return await aggregates.save(group)


async def join_group(command: JoinGroup, aggregates: Aggregates, _vault: Vault) -> Recorded:
    group = await aggregates.get(Group, command.group_id)
    membership = await _membership(aggregates, group.id, _actor(aggregates))
    if membership.role is None:
        group.check_takes_members()
    membership.join(must_ask=group.description.admission == "approval")
    return await aggregates.save(membership)


async def leave_group(command: LeaveGroup, aggregates: Aggregates, _vault: Vault) -> Recorded:
    membership = await _membership(aggregates, command.group_id, _actor(aggregates))
    if membership.role != "steward":
        membership.leave("left")
        return await aggregates.save(membership)
    # Should somebody have joined since the leaver looked, they are made the steward (see reactions).
    group = await aggregates.get(Group, command.group_id)
    group.stand_down(membership.member_id, is_alone=command.members_count <= 1)
    membership.leave("left")
    return await aggregates.save(group, membership)


async def admit_member(command: AdmitMember, aggregates: Aggregates, _vault: Vault) -> Recorded:
    await _led_group(aggregates, command.group_id)
    membership = await _membership(aggregates, command.group_id, command.member_id)
    membership.admit()
    return await aggregates.save(membership)


async def remove_member(command: RemoveMember, aggregates: Aggregates, _vault: Vault) -> Recorded:
    group = await _led_group(aggregates, command.group_id)
    membership = await _membership(aggregates, group.id, command.member_id)
    group.stand_down(membership.member_id)
    membership.leave("removed")
    return await aggregates.save(group, membership)


async def name_steward(command: NameSteward, aggregates: Aggregates, _vault: Vault) -> Recorded:
    group = await _led_group(aggregates, command.group_id)
    return await _make_steward(group, command.member_id, aggregates)


async def dismiss_steward(command: DismissSteward, aggregates: Aggregates, _vault: Vault) -> Recorded:
    group = await _led_group(aggregates, command.group_id)
    membership = await _membership(aggregates, group.id, command.member_id)
    membership.give("member")
    group.stand_down(membership.member_id)
    return await aggregates.save(group, membership)


async def succeed_steward(command: SucceedSteward, aggregates: Aggregates, _vault: Vault) -> Recorded:
    """A group that has found a steward meanwhile needs no other."""
    group = await aggregates.get(Group, command.group_id)
    if group.stewards:
        return await aggregates.save(group)
    return await _make_steward(group, command.member_id, aggregates)


async def release_member(command: ReleaseMember, aggregates: Aggregates, _vault: Vault) -> Recorded:
    """Who is gone is gone, the last steward too."""
    group = await aggregates.get(Group, command.group_id)
    membership = await _membership(aggregates, group.id, command.member_id)
    group.stand_down(membership.member_id, is_alone=True)
    membership.leave("erased")
    return await aggregates.save(group, membership)


async def open_page(command: OpenPage, aggregates: Aggregates, vault: Vault) -> Recorded:
    page_id, member_id = aggregates.new_id(), _actor(aggregates)
    await aggregates.find(Page, page_id)  # the same command sent again ends here
    if command.for_group:
        await _led_group(aggregates, command.for_group)
    page = Page.open(
        page_id,
        await _face(command, page_id, vault, before=None),
        owner_kind="group" if command.for_group else "member",
        owner=command.for_group or member_id,
    )
    return await _save_page(page, aggregates, vault, superseded=None)


async def change_page(command: ChangePage, aggregates: Aggregates, vault: Vault) -> Recorded:
    page = await _cared_for_page(aggregates, command.page_id)
    page.check_is_open()
    before = page.face.content_sha256
    page.change(await _face(command, page.id, vault, before=before))
    return await _save_page(page, aggregates, vault, superseded=before)


async def close_page(command: ClosePage, aggregates: Aggregates, vault: Vault) -> Recorded:
    page = await _cared_for_page(aggregates, command.page_id)
    return await _take_down(page, aggregates, vault)


async def release_page(command: ReleasePage, aggregates: Aggregates, vault: Vault) -> Recorded:
    return await _take_down(await aggregates.get(Page, command.page_id), aggregates, vault)


async def follow_page(command: FollowPage, aggregates: Aggregates, _vault: Vault) -> Recorded:
    page = await aggregates.get(Page, command.page_id)
    page.check_is_open()
    follow = await _follow(aggregates, page.id, _actor(aggregates))
    follow.begin()
    return await aggregates.save(follow, group_id=page.group_id)


async def unfollow_page(command: UnfollowPage, aggregates: Aggregates, _vault: Vault) -> Recorded:
    page = await aggregates.get(Page, command.page_id)
    return await _end_following(page, _actor(aggregates), aggregates)


async def release_follower(command: ReleaseFollower, aggregates: Aggregates, _vault: Vault) -> Recorded:
    page = await aggregates.get(Page, command.page_id)
    return await _end_following(page, command.member_id, aggregates)


def _actor(aggregates: Aggregates) -> UUID:
    return UUID(aggregates.actor)


def _description(command: FoundGroup | ChangeGroup) -> Description:
    return Description(command.name, command.purpose, command.place, command.admission)


async def _membership(aggregates: Aggregates, group_id: UUID, member_id: UUID) -> Membership:
    membership = await aggregates.find(Membership, Membership.create_id(group_id, member_id))
    return membership or Membership.before_any(group_id, member_id)


async def _led_group(aggregates: Aggregates, group_id: UUID) -> Group:
    """
    Return a group that the caller is a steward of.

    Raises:
        NotASteward: The caller is none.
    """
    group = await aggregates.get(Group, group_id)
    group.check_steward(_actor(aggregates))
    return group


async def _make_steward(group: Group, member_id: UUID, aggregates: Aggregates) -> Recorded:
    membership = await _membership(aggregates, group.id, member_id)
    membership.give("steward")
    group.name_steward(member_id)
    return await aggregates.save(group, membership)


async def _cared_for_page(aggregates: Aggregates, page_id: UUID) -> Page:
    """
    Return a page that the caller may change.

    Raises:
        NotYourPage, NotASteward: It is another's, or of a group that the caller is no steward of.
    """
    page = await aggregates.get(Page, page_id)
    page.check_owner(_actor(aggregates))
    if page.group_id:
        await _led_group(aggregates, page.group_id)
    return page


async def _follow(aggregates: Aggregates, page_id: UUID, member_id: UUID) -> Follow:
    follow = await aggregates.find(Follow, Follow.create_id(page_id, member_id))
    return follow or Follow.before_any(page_id, member_id)


async def _end_following(page: Page, member_id: UUID, aggregates: Aggregates) -> Recorded:
    follow = await _follow(aggregates, page.id, member_id)
    follow.end()
    return await aggregates.save(follow, group_id=page.group_id)


async def _face(command: OpenPage | ChangePage, page_id: UUID, vault: Vault, *, before: str | None) -> Face:
    """
    Return what the page is to show, once its words and links stand in the vault.

    They stand there before the log names their digest; a row that the log never names is shown to nobody. Words that
    are those behind the digest *before* keep it, so that the same change made twice is one.
    """
    digest: str | None = None
    if command.words is not None or command.links:
        async with vault.open() as content:
            salt = await content.fetchval(
                "SELECT salt FROM page_content WHERE page_id = $1 AND sha256 = $2", page_id, before
            )
            if salt is None or (digest := digest_of(command.words, command.links, salt)) != before:
                salt = token_bytes(16)
                digest = digest_of(command.words, command.links, salt)
                await content.execute(
                    "INSERT INTO page_content (page_id, sha256, salt, words, links) VALUES ($1, $2, $3, $4, $5)",
                    page_id,
                    digest,
                    salt,
                    command.words,
                    [link.model_dump() for link in command.links],
                )
    return Face(command.name, command.kind, command.place, digest)


async def _save_page(page: Page, aggregates: Aggregates, vault: Vault, *, superseded: str | None) -> Recorded:
    """Keep the page, then forget the words that it no longer shows; or the new ones, where it is not kept."""
    shown = page.face.content_sha256
    if shown == superseded:
        return await aggregates.save(page)
    try:
        recorded = await aggregates.save(page)
    except LogMovedOn:
        await _forget(vault, page.id, shown)
        raise
    await _forget(vault, page.id, superseded)
    return recorded


async def _take_down(page: Page, aggregates: Aggregates, vault: Vault) -> Recorded:
    """Every word of the page goes, also those that no entry of the log names."""
    page.close()
    recorded = await aggregates.save(page)
    async with vault.open() as content:
        await content.execute("DELETE FROM page_content WHERE page_id = $1", page.id)
    return recorded


async def _forget(vault: Vault, page_id: UUID, digest: str | None) -> None:
    async with vault.open() as content:
        await content.execute("DELETE FROM page_content WHERE page_id = $1 AND sha256 = $2", page_id, digest)


HANDLERS: CommandHandlers = {
    FoundGroup: found_group,
    ChangeGroup: change_group,
    JoinGroup: join_group,
    LeaveGroup: leave_group,
    AdmitMember: admit_member,
    RemoveMember: remove_member,
    NameSteward: name_steward,
    DismissSteward: dismiss_steward,
    SucceedSteward: succeed_steward,
    ReleaseMember: release_member,
    OpenPage: open_page,
    ChangePage: change_page,
    ClosePage: close_page,
    FollowPage: follow_page,
    UnfollowPage: unfollow_page,
    ReleaseFollower: release_follower,
    ReleasePage: release_page,
}
