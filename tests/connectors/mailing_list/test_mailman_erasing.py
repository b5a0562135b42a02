"""A real Mailman: what leaving and erasing mean there, and the traps on the way."""

from typing import Any

import pytest

from habeas.errors import PermanentError

pytestmark = pytest.mark.timeout(400)  # the first run installs Mailman


def test_an_erased_person_is_in_no_table_of_mailman(corner: Any) -> None:
    """Neither as a member, owner or nonmember, nor as a user, sender or applicant, nor in a ban; and in no journal."""
    noor = corner.email("noor.oz")
    news, staff = corner.make_list("news"), corner.make_list("staff", subscription_policy="moderate")
    corner.join(news, noor, name="Noor Unmistakable")
    corner.join(staff, noor, role="owner")
    corner.join(news, corner.email("else"), name="Someone Else")
    corner.write(news, f"Noor <{noor}>", "Hello")
    corner.write(staff, corner.email("Noor.Oz"), "As a nonmember")
    corner.api.post("members", list_id=staff, subscriber=noor, pre_verified="true", pre_confirmed="true")
    corner.ban(corner.email("Noor.Oz"), news)
    plan = corner.found(noor)
    assert corner.collections(plan) == [*["subscriptions"] * 4, *["held messages"] * 2, "bans", "addresses"]
    corner.applied(plan, "erase")
    assert corner.found(noor) == []
    content = corner.dump() + (corner.journal._path.read_bytes().decode("latin-1").casefold())
    assert "noor" not in content
    assert "unmistakable" not in content
    assert "someone else" in content


@pytest.mark.parametrize("policy", ["open", "confirm", "moderate", "confirm_then_moderate"])
def test_nobody_is_written_to(corner: Any, policy: str) -> None:
    """Not the member, not the owners, whatever the list is set to; and nobody has to approve."""
    news = corner.make_list("news", unsubscription_policy=policy)
    corner.join(news, corner.email("owner"), role="owner")
    noor = corner.email("noor")
    corner.join(news, noor, name="Noor")
    before = corner.mails()
    for task, act in (("task-1", "restrict"), ("task-2", "lift"), ("task-3", "erase")):
        corner.applied(corner.found(noor), act, task=task)
    assert corner.found(noor) == []
    assert corner.mails() == before


def test_who_has_only_left_the_lists_is_still_found_and_erased(corner: Any) -> None:
    """Mailman keeps the address and the user of somebody who unsubscribed."""
    noor = corner.email("noor")
    news = corner.make_list("news")
    corner.join(news, noor, name="Noor")
    corner.api.delete("lists", news, "roster", "member", emails=noor)
    [address] = corner.found(noor)
    assert {each.name: each.value for each in address.fields}["display_name"] == "Noor"
    corner.applied([address], "erase")
    assert corner.api.get("users", noor) is None
    assert noor not in corner.dump()


def test_a_refused_subscription_leaves_an_address_that_is_found_and_erased(corner: Any) -> None:
    """Mailman keeps the address of whom it refuses, without a user."""
    noor = corner.email("noor")
    news = corner.make_list("news")
    corner.ban(noor)
    with pytest.raises(PermanentError):
        corner.api.post("members", list_id=news, subscriber=noor, pre_verified="true")
    plan = corner.found(noor)
    assert corner.collections(plan) == ["bans", "addresses"]
    corner.applied(plan, "erase")
    assert noor not in corner.dump()


def test_the_number_of_a_held_message_may_have_gone_to_another(corner: Any) -> None:
    """Mailman gives numbers out anew: somebody else's message is not discarded in the place of one that has gone."""
    news, noor, other = corner.make_list("news"), corner.email("noor"), corner.email("other")
    corner.join(news, noor)
    corner.join(news, other)
    corner.write(news, noor, "Mine")
    plan = corner.found(noor)
    number = next(each.key for each in plan if each.collection == "held messages").split("/")[1]
    corner.api.post("lists", news, "held", number, action="discard")
    assert corner.write(news, other, "Not yours").split("/")[1] == number
    effects = corner.applied(plan, "erase")
    assert "held messages" not in effects.as_json()
    assert "held messages" in corner.collections(corner.found(other))


def test_a_ban_by_a_pattern_that_spells_the_address_out_is_the_persons(corner: Any) -> None:
    """A pattern that only fits many is not."""
    news, noor = corner.make_list("news"), corner.email("noor")
    corner.ban(corner.email("eleanoor"), news)
    spelt = corner.ban("^" + noor.replace(".", r"\."), news)
    corner.ban("^.*@" + corner.domain, news)
    [ban] = corner.found(noor)
    assert ban.key == spelt
    corner.applied([ban], "erase")
    assert corner.found(noor) == []
    assert len(list(corner.places.bans_of(news))) == 2


def test_a_subscription_by_way_of_the_preferred_address(corner: Any) -> None:
    """The user is subscribed and not the address; erasing one address of two leaves the other in order."""
    news, noor, second = corner.make_list("news"), corner.email("noor"), corner.email("second")
    corner.api.post("users", email=noor, display_name="Noor")
    corner.api.post("users", noor, "addresses", email=second)
    corner.api.post("addresses", noor, "verify")
    corner.api.post("users", noor, "preferred_address", email=noor)
    user = corner.api.get("users", noor)["user_id"]
    corner.api.post("members", list_id=news, subscriber=user, pre_confirmed="true", pre_approved="true")
    plan = corner.found(second)
    assert corner.collections(plan) == ["subscriptions", "addresses", "addresses"]
    [first] = [each for each in plan if each.key == corner.address_key(noor)]
    corner.applied([first], "erase")
    assert corner.collections(corner.found(second)) == ["addresses"]
    assert list(corner.api.entries("lists", news, "roster", "member")) == []
    assert corner.api.get("users", user, "preferred_address") is None
    corner.applied(plan, "erase", task="task-2")
    assert corner.api.get("users", user) is None
